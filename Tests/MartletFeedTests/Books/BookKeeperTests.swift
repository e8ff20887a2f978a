// What of a book is delivered: only what is whole, in sequence, two-sided and not crossed.

import MartletBook
import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("BookKeeper")
struct BookKeeperTests {
    private let messages = BookMessages()

    private func keeper(
        _ source: BookSource, canRequest: Bool = false,
        checksum: (@Sendable (borrowing KeptBook) -> Int32)? = nil
    ) -> BookKeeper {
        BookKeeper(BookSettings(source: source, canRequest: canRequest, checksum: checksum))
    }

    @Test("changes wait for the snapshot, then the book goes live as a whole")
    func bootstrap() {
        let keeper = keeper(.requested(.binanceSpot), canRequest: true)
        #expect(keeper.need == .nothing)
        let early = messages.hand(keeper, bids: [("10.10", "1.50")], first: 101, last: 105)
        #expect(early == .withhold && keeper.need == .requestedSnapshot)
        let answer = messages.hand(
            keeper, isSnapshot: true, bids: [("10.00", "2.0"), ("9.90", "1")],
            asks: [("10.20", "3")], last: 103, isAnswer: true)
        #expect(answer == .wentLive(FeedTrouble("bootstrap", count: 0)))
        #expect(keeper.texts.bids == ["10.10x1.50", "10.00x2.0", "9.90x1"])
        #expect(keeper.need == .nothing && keeper.state == .live)
        let next = messages.hand(keeper, asks: [("10.20", "0.000")], first: 106, last: 106)
        // An empty side is no book to trade on.
        #expect(next == .lost(FeedTrouble("emptySide")) && !keeper.isLive)
        let back = messages.hand(keeper, asks: [("10.3", "7")], first: 107, last: 107)
        #expect(back == .wentLive(FeedTrouble("emptySide", count: 0)))
    }

    @Test("a gap quarantines the book until a snapshot joins again")
    func gap() {
        let keeper = keeper(.requested(.binanceFutures), canRequest: true)
        _ = messages.hand(keeper, bids: [("1", "1")], first: 9, last: 11, previous: 8)
        let live = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 10,
            isAnswer: true)
        #expect(live == .wentLive(FeedTrouble("bootstrap", count: 0)))
        let hole = messages.hand(keeper, bids: [("1", "2")], first: 14, last: 15, previous: 13)
        #expect(hole == .lost(FeedTrouble("sequence", expected: 11, seen: 13)))
        #expect(keeper.need == .requestedSnapshot && keeper.state == .gapped)
        let more = messages.hand(keeper, bids: [("1", "3")], first: 16, last: 17, previous: 15)
        #expect(more == .withhold)
        let stale = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "9")], asks: [("2", "9")], last: 12,
            isAnswer: true)
        #expect(stale == .withhold && keeper.need == .requestedSnapshot)
        let joined = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "9")], asks: [("2", "9")], last: 15,
            isAnswer: true)
        #expect(joined == .wentLive(FeedTrouble("sequence", count: 0)))
        #expect(keeper.texts.bids == ["1x3"] && keeper.gapCount == 1)
    }

    @Test("a stream without its snapshot asks for one where it can, else subscribes anew")
    func streamed() {
        let asking = keeper(.streamed(.okx), canRequest: true)
        _ = messages.hand(asking, bids: [("1", "1")], last: 5, previous: 4)
        #expect(asking.need == .requestedSnapshot)
        let waiting = keeper(.streamed(.bybit))
        _ = messages.hand(waiting, bids: [("1", "1")], last: 5)
        #expect(waiting.need == .nothing)
        _ = messages.hand(waiting, bids: [("1", "1")], last: 6, at: 2_000_000_001)
        // The stream owes its snapshot for too long.
        #expect(waiting.need == .streamedSnapshot)
        let live = messages.hand(
            waiting, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 5,
            at: 2_000_000_002)
        #expect(live == .wentLive(FeedTrouble("bootstrap", count: 0)))
        let hole = messages.hand(waiting, bids: [("1", "1")], last: 7, at: 2_000_000_003)
        #expect(hole == .lost(FeedTrouble("sequence", expected: 6, seen: 7)))
        #expect(waiting.need == .streamedSnapshot)
    }

    @Test("a crossed book is not delivered; a cross that lasts asks for a new book")
    func crossed() {
        let keeper = keeper(.streamed(.none))
        _ = messages.hand(keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")])
        let cross = messages.hand(keeper, bids: [("3", "1")], at: 10)
        #expect(cross == .lost(FeedTrouble("crossed")) && keeper.state == .gapped)
        let healed = messages.hand(keeper, bids: [("3", "0")], at: 20)
        #expect(healed == .wentLive(FeedTrouble("crossed", count: 0)))
        _ = messages.hand(keeper, bids: [("2", "1")], at: 30)
        #expect(keeper.need == .nothing)
        _ = keeper.tick(2_000_000_000, staleAfter: 10_000_000_000)
        #expect(keeper.need == .streamedSnapshot)
    }

    @Test("a wrong checksum breaks the book")
    func checksum() {
        let keeper = keeper(.streamed(.okx)) { Int32($0.bidCount) }
        let live = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], checksum: 1)
        #expect(live == .wentLive(FeedTrouble("bootstrap", count: 0)))
        #expect(messages.hand(keeper, bids: [("0.5", "1")], checksum: 2) == .deliver)
        #expect(messages.hand(keeper, bids: [("0.6", "1")], checksum: 0) == .deliver)
        let wrong = messages.hand(keeper, bids: [("0.7", "1")], checksum: 3)
        #expect(wrong == .lost(FeedTrouble("checksum")) && keeper.need == .streamedSnapshot)
    }

    @Test("silence makes a book stale, the next change revives it as a whole")
    func stale() {
        let keeper = keeper(.streamed(.bybit))
        _ = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 5, at: 0)
        #expect(keeper.tick(100, staleAfter: 100) == .withhold)
        #expect(keeper.tick(101, staleAfter: 100) == .wentStale && keeper.state == .stale)
        #expect(keeper.tick(500, staleAfter: 100) == .withhold)
        let next = messages.hand(keeper, bids: [("1", "2")], last: 6, at: 600)
        #expect(next == .wentLive(FeedTrouble("stale", count: 0)))
    }

    @Test("after silence the whole that a subscription begins with revives nothing, a change does")
    func doubted() {
        let keeper = keeper(.streamed(.bybit))
        func whole(_ last: Int64, at time: Int64) -> BookOutcome {
            messages.hand(
                keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: last,
                at: time)
        }
        _ = whole(5, at: 0)
        #expect(keeper.tick(101, staleAfter: 100) == .wentStale)
        // Subscribed to anew twice, and nothing follows.
        for (step, time) in [(Int64(6), Int64(110)), (7, 300)] {
            keeper.expect()
            let again = whole(step, at: time)
            #expect(again == .withhold && !keeper.isLive && keeper.state == .stale)
            #expect(keeper.tick(time + 150, staleAfter: 100) == .withhold)
            #expect(keeper.need == .nothing && keeper.state == .stale)
        }
        keeper.expect()
        _ = whole(8, at: 500)
        let next = messages.hand(keeper, bids: [("1", "2")], last: 9, at: 510)
        #expect(next == .wentLive(FeedTrouble("stale", count: 0)) && keeper.texts.bids == ["1x2"])
    }

    @Test("after silence the second whole of a venue that sends nothing else revives the book")
    func doubtedWholes() {
        for source in [BookSource.snapshots, .streamed(.bybit)] {
            let keeper = keeper(source)
            func whole(at time: Int64) -> BookOutcome {
                messages.hand(
                    keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 5,
                    exchangeTime: time, at: time)
            }
            _ = whole(at: 0)
            #expect(keeper.tick(101, staleAfter: 100) == .wentStale)
            keeper.expect()
            #expect(whole(at: 110) == .withhold && keeper.state == .stale)
            // Bybit repeats the number of a book that did not change.
            #expect(whole(at: 120) == .wentLive(FeedTrouble("stale", count: 0)))
            #expect(keeper.isLive && keeper.tick(130, staleAfter: 100) == .withhold)
        }
    }

    @Test("an answer to a request says nothing of a silent stream")
    func doubtedAnswer() {
        let keeper = keeper(.streamed(.okx))
        _ = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 5, at: 0)
        _ = keeper.tick(101, staleAfter: 100)
        let answer = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "3")], asks: [("2", "1")], last: 7,
            isAnswer: true, at: 110)
        #expect(answer == .withhold && keeper.state == .stale)
    }

    @Test("numbers beyond what a book can keep end its life, never the process")
    func unusable() {
        let keeper = keeper(.streamed(.bybit))
        _ = messages.hand(
            keeper, isSnapshot: true, bids: [("1", "1")], asks: [("2", "1")], last: 5)
        let long = messages.hand(
            keeper, bids: [("1.0", "123456789012345678901.25")], last: 6)
        #expect(long == .deliver && keeper.texts.bids == ["1.0x123456789012345678901.25"])
        let wrong = messages.hand(
            keeper, bids: [("99999999999999999999999", "1")], last: 7)
        #expect(wrong == .lost(FeedTrouble("level")))
    }

    @Test("what waits for a snapshot is bounded")
    func bounded() {
        let keeper = BookKeeper(
            BookSettings(
                source: .requested(.binanceSpot), canRequest: true, bufferedMax: 5,
                bufferedLevelMax: 3))
        for update in 1...50 as ClosedRange<Int64> {
            let outcome = messages.hand(
                keeper, bids: [("1", "1")], first: update, last: update)
            #expect(outcome == .withhold)
        }
        #expect(keeper.sync.bufferedCount <= 5)
    }
}
