// Silence: learned bounds, quiet channels, channels that never speak.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Watches")
struct WatchTests {
    private static let second: Int64 = 1_000_000_000

    @Test("the bound is the cadence, at least 10 s, until it is learned")
    func bound() {
        var watch = ChannelWatch(.l2, cadence: 3 * Self.second, at: 0)
        #expect(watch.bound == 10 * Self.second)
        let slow = ChannelWatch(.funding, cadence: 90 * Self.second, at: 0)
        #expect(slow.bound == 90 * Self.second)
        // 100 ms apart, every 500th time 1.5 s: the 99.9th percentile is 1.5 s.
        var time: Int64 = 0
        for index in 0..<4_000 {
            time += index % 500 == 499 ? 1_500_000_000 : 100_000_000
            _ = watch.heard(at: time)
        }
        #expect(abs(watch.bound - 4_500_000_000) < 300_000_000)
        let isEarly = watch.becameSilent(at: time + 4 * Self.second)
        let isSilent = watch.becameSilent(at: time + 5 * Self.second)
        let isAgain = watch.becameSilent(at: time + 6 * Self.second)
        #expect(!isEarly && isSilent && !isAgain)
        let isBack = watch.heard(at: time + 7 * Self.second)
        #expect(isBack && !watch.isSilent)
    }

    @Test("a fast channel has a floor of 2 s")
    func floor() {
        var watch = ChannelWatch(.l2, cadence: nil, at: 0)
        for index in 0..<1_002 { _ = watch.heard(at: Int64(index) * 1_000_000) }
        #expect(watch.bound == 2 * Self.second)
    }

    @Test("the channel `status` has only the venue's own words, and no instrument is none")
    func venueStatus() {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .okx, number: 1), adapter: OKXAdapter(),
            memories: TradeMemories(), sink: sink, isSelective: true)
        pipeline.expect(Topic(.status, of: ""), at: 0)
        #expect(sink.lines.isEmpty)
        pipeline.expect(Topic(.instruments, of: ""), at: 0)
        #expect(sink.lines.count == 1)
        #expect(
            sink.lines.allSatisfy { $0.contains(#""instrument":null,"channel":"instruments""#) })
    }

    private func pipeline() -> (FeedPipeline, CollectingSink) {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .bybitLinear, number: 1),
            adapter: BybitAdapter(.linear), memories: TradeMemories(), sink: sink,
            isSelective: true)
        return (pipeline, sink)
    }

    private func hand(_ pipeline: FeedPipeline, _ text: String, at time: Int64) {
        var text = text
        text.withUTF8 { _ = pipeline.frame($0, at: time) }
    }

    private func book(_ update: Int, _ type: String = "delta") -> String {
        #"{"topic":"orderbook.50.BTCUSDT","type":"\#(type)","ts":1700000000000,"data":"#
            + #"{"s":"BTCUSDT","b":[["100.0","1"]],"a":[["101.0","1"]],"u":\#(update),"seq":1},"#
            + #""cts":1700000000000}"#
    }

    @Test("trades are quiet while the book lives, and stale with it")
    func quiet() {
        let (pipeline, sink) = pipeline()
        pipeline.expect(Topic(.trades, of: "BTCUSDT"), at: 0)
        pipeline.expect(Topic(.l2, of: "BTCUSDT"), at: 0)
        hand(pipeline, book(10, "snapshot"), at: 0)
        for step in 1...24 {
            hand(pipeline, book(10 + step), at: Int64(step) * Self.second / 2)
        }
        let first = pipeline.tick(at: 12 * Self.second)
        #expect(first.map(\.channel) == [.trades] && first[0].isQuiet && first[0].isFirst)
        #expect(sink.records.contains(.state(.quiet, reason: "silent")))
        // Now the book falls silent, too; pings may go on.
        let second = pipeline.tick(at: 23 * Self.second)
        #expect(second.map(\.channel) == [.l2] && !second[0].isQuiet)
        #expect(sink.records.last == .state(.stale, reason: "silent"))
        #expect(pipeline.bookState(of: "BTCUSDT") == .stale)
        hand(pipeline, book(35), at: 24 * Self.second)
        #expect(pipeline.bookState(of: "BTCUSDT") == .live)
        #expect(sink.records.contains(.resync(FeedTrouble("stale", count: 0))))
    }

    @Test("a silent book is never live, however often it is subscribed to again")
    func silentBook() {
        let (pipeline, sink) = pipeline()
        let topic = Topic(.l2, of: "BTCUSDT")
        pipeline.expect(topic, at: 0)
        hand(pipeline, book(10, "snapshot"), at: 0)
        for step in 1...10 as ClosedRange<Int64> {
            hand(pipeline, book(10 + Int(step)), at: step * Self.second)
        }
        var detected: Int64?
        for step in 41...280 as ClosedRange<Int64> {
            let time = step * Self.second / 4
            guard !pipeline.tick(at: time).isEmpty else {
                if detected != nil { #expect(pipeline.bookState(of: "BTCUSDT") == .stale) }
                continue
            }
            detected = detected ?? time
            #expect(pipeline.isDoubted(topic))
            pipeline.expect(topic, at: time)
            hand(pipeline, book(100 + Int(step), "snapshot"), at: time + 1)
        }
        // Silent since 10 s, with a bound of 10 s.
        #expect(detected.map { $0 <= 20 * Self.second + Self.second / 2 } == true)
        #expect(sink.counts["resync"] == 1)
        hand(pipeline, book(100 + 281, "snapshot"), at: 71 * Self.second)
        #expect(pipeline.bookState(of: "BTCUSDT") == .live && sink.counts["resync"] == 2)
        #expect(!pipeline.isDoubted(topic))
    }

    @Test("what was silent on one connection has to show on the next one that it goes on")
    func silentBefore() {
        let (pipeline, sink) = pipeline()
        pipeline.expect(Topic(.l2, of: "BTCUSDT"), afterSilence: true, at: 0)
        pipeline.expect(Topic(.bars, of: "BTCUSDT"), afterSilence: true, at: 0)
        pipeline.expect(Topic(.trades, of: "BTCUSDT"), afterSilence: true, at: 0)
        hand(pipeline, book(10, "snapshot"), at: 1)
        #expect(pipeline.bookState(of: "BTCUSDT") == .stale && sink.counts["resync"] == nil)
        hand(pipeline, book(11), at: 2)
        #expect(pipeline.bookState(of: "BTCUSDT") == .live)
        #expect(!pipeline.isDoubted(Topic(.trades, of: "BTCUSDT")))
        let states = sink.lines.filter { $0.contains(#""type":"status""#) }
        #expect(states[0].contains("stale") && states.last?.contains(#""state":"live""#) == true)
    }

    @Test("a book that was never live and falls silent changes, though nobody is told")
    func silentHalf() {
        let (pipeline, _) = pipeline()
        let topic = Topic(.l2, of: "BTCUSDT")
        pipeline.expect(topic, at: 0)
        let half = book(10, "snapshot").split(separator: #""a":[["101.0","1"]]"#)
        hand(pipeline, half.joined(separator: #""a":[]"#), at: 0)
        #expect(pipeline.bookState(of: "BTCUSDT") != .live)
        // It was subscribed to again meanwhile: the channel's own silence is counted from then on.
        pipeline.expect(topic, at: 5 * Self.second)
        let changes = pipeline.changeCount
        let silent = pipeline.tick(at: 11 * Self.second)
        #expect(silent.isEmpty && pipeline.isDoubted(topic))
        // What is replayed follows the looks that are recorded: those that changed something.
        #expect(pipeline.changeCount > changes)
    }

    @Test("what was silent before a connection died is doubted, what its death silenced is not")
    func silentBeforeDeath() {
        let (pipeline, _) = pipeline()
        let (l2, bars) = (Topic(.l2, of: "BTCUSDT"), Topic(.bars, of: "BTCUSDT"))
        pipeline.expect(l2, at: 0)
        pipeline.expect(bars, at: 0)
        hand(pipeline, book(10, "snapshot"), at: 0)
        hand(pipeline, book(11), at: Self.second)
        // The last sign of life comes before the bounds (book 11 s, bars 60 s) or after them.
        for time in stride(from: Self.second, through: 75 * Self.second, by: 250_000_000) {
            let silent = pipeline.tick(at: time)
            for item in silent { pipeline.expect(Topic(item.channel, of: "BTCUSDT"), at: time) }
        }
        #expect(pipeline.isDoubted(l2) && pipeline.isDoubted(bars))
        #expect(!pipeline.isDoubted(l2, by: 10 * Self.second))
        #expect(pipeline.isDoubted(l2, by: 12 * Self.second))
        #expect(!pipeline.isDoubted(bars, by: 59 * Self.second))
        #expect(pipeline.isDoubted(bars, by: 61 * Self.second))
        // On the next connection that doubt is older than all times, until the channel goes on.
        let (next, _) = self.pipeline()
        next.expect(l2, afterSilence: true, at: 80 * Self.second)
        next.expect(bars, afterSilence: true, at: 80 * Self.second)
        #expect(next.isDoubted(l2, by: 0))
        #expect(next.isDoubted(bars, by: 0))
        hand(next, book(12, "snapshot"), at: 81 * Self.second)
        #expect(next.isDoubted(l2, by: 0))
        hand(next, book(13), at: 82 * Self.second)
        #expect(!next.isDoubted(l2))
    }

    @Test(
        "a slower channel that was silent is live with its second message after it, not its first")
    func silentTicker() {
        let (pipeline, sink) = pipeline()
        let topic = Topic(.markPrice, of: "BTCUSDT")
        func price(_ type: String, at time: Int64) {
            hand(
                pipeline,
                #"{"topic":"tickers.BTCUSDT","type":"\#(type)","data":{"symbol":"BTCUSDT","#
                    + #""markPrice":"100.1"},"cs":1,"ts":1700000000000}"#, at: time)
        }
        pipeline.expect(topic, at: 0)
        price("snapshot", at: 1)
        #expect(sink.records.last == .state(.live, reason: nil))
        #expect(!pipeline.tick(at: 11 * Self.second).isEmpty)
        for step in 12...15 as ClosedRange<Int64> {
            pipeline.expect(topic, at: step * Self.second)
            price("snapshot", at: step * Self.second + 1)
            #expect(sink.records.last == .state(.stale, reason: "silent"))
        }
        price("delta", at: 16 * Self.second)
        #expect(sink.records.last == .state(.live, reason: nil))
    }

    @Test("what was not asked for is not delivered")
    func selective() {
        let (pipeline, sink) = pipeline()
        pipeline.expect(Topic(.markPrice, of: "BTCUSDT"), at: 0)
        hand(
            pipeline,
            #"{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","#
                + #""markPrice":"100.1","indexPrice":"100.2","fundingRate":"0.0001","#
                + #""openInterest":"5"},"cs":1,"ts":1700000000000}"#, at: 1)
        #expect(sink.counts["markprice"] == 1)
        #expect(sink.counts["indexprice"] == nil && sink.counts["openinterest"] == nil)
    }

    @Test("a message that cannot be read costs no numbered book its life")
    func unreadable() {
        let (pipeline, _) = pipeline()
        pipeline.expect(Topic(.l2, of: "BTCUSDT"), at: 0)
        hand(pipeline, book(10, "snapshot"), at: 0)
        hand(pipeline, String(book(11).dropLast(9)), at: 1)
        #expect(pipeline.errorCount == 1 && pipeline.bookState(of: "BTCUSDT") == .live)
        // The next one shows that it was a change.
        hand(pipeline, book(12), at: 2)
        #expect(pipeline.bookState(of: "BTCUSDT") == .gapped)
    }
}
