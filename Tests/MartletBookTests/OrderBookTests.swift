// The order book's rules, one by one: bests, overlaps, clears, walks, hashes.

import MartletBook
import MartletModel
import Testing

@Suite("OrderBook")
struct OrderBookTests {
    /// What is done to a book, in short.
    enum Step: Sendable {
        case bid(Int64, Int64)
        case ask(Int64, Int64)
        case clear(Side, Int64)
        case empty(Side)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var rules = BookRules.plain
        let steps: [Step]
        let bid: Int64?
        let ask: Int64?
        var testDescription: String { "\(rules): \(name)" }
    }

    static let plain = [
        Row(name: "nothing", steps: [], bid: nil, ask: nil),
        Row(
            name: "the best of each side", steps: [.bid(5, 1), .bid(7, 1), .ask(9, 1), .ask(8, 1)],
            bid: 7, ask: 8),
        Row(
            name: "a best that goes makes way for the next",
            steps: [.bid(5, 1), .bid(7, 1), .bid(7, 0), .ask(9, 1), .ask(8, 1), .ask(8, 0)], bid: 5,
            ask: 9),
        Row(
            name: "the last one leaves the side empty", steps: [.bid(5, 1), .bid(5, 0)], bid: nil,
            ask: nil),
        Row(
            name: "removing what is not there changes nothing",
            steps: [.bid(5, 1), .bid(6, 0), .bid(4, 0), .ask(4, 0)], bid: 5, ask: nil),
        Row(
            name: "an overlap stays as the messages said it",
            steps: [.bid(5, 1), .ask(7, 1), .bid(9, 1)], bid: 9, ask: 7),
        Row(
            name: "a clear empties the side",
            steps: [.bid(5, 1), .bid(1, 1), .ask(7, 1), .clear(.buy, 4)], bid: nil, ask: 7),
        Row(
            name: "negative prices", steps: [.bid(-5, 1), .bid(-7, 1), .ask(-2, 1), .ask(0, 1)],
            bid: -5, ask: -2),
    ]

    static let skipStale = [
        Row(
            name: "a side that is overtaken skips its stale levels", rules: .skipStale,
            steps: [.ask(7, 1), .ask(8, 1), .ask(10, 1), .bid(8, 1)], bid: 8, ask: 10),
        Row(
            name: "with nothing behind the bid there is no ask", rules: .skipStale,
            steps: [.ask(7, 1), .bid(8, 1)], bid: 8, ask: nil),
        Row(
            name: "a skipped level is not deleted: it is best again when set again",
            rules: .skipStale,
            steps: [.ask(7, 1), .ask(10, 1), .bid(8, 1), .bid(8, 0), .ask(7, 2)], bid: nil, ask: 7),
        Row(
            name: "asks overtake bids alike", rules: .skipStale,
            steps: [.bid(5, 1), .bid(3, 1), .bid(1, 1), .ask(3, 1)], bid: 1, ask: 3),
        Row(
            name: "a clear looks for the new best from two ticks away", rules: .skipStale,
            steps: [.bid(9, 1), .bid(6, 1), .bid(5, 1), .bid(4, 1), .clear(.buy, 6)], bid: 4,
            ask: nil),
        Row(
            name: "and so for asks", rules: .skipStale,
            steps: [.ask(1, 1), .ask(4, 1), .ask(5, 1), .ask(6, 1), .clear(.sell, 4)], bid: nil,
            ask: 6),
        Row(
            name: "a clear of an empty side does nothing", rules: .skipStale,
            steps: [.clear(.buy, 5), .clear(.sell, 5)], bid: nil, ask: nil),
    ]

    private func apply(_ steps: [Step], to book: inout OrderBook) {
        for step in steps {
            switch step {
            case .bid(let tick, let lots): book.setBid(tick: tick, lots: lots)
            case .ask(let tick, let lots): book.setAsk(tick: tick, lots: lots)
            case .clear(let side, let tick): book.clear(side, lastTick: tick)
            case .empty(let side): book.removeAll(side)
            }
        }
    }

    @Test("keeps the bests", arguments: plain + skipStale)
    func bests(row: Row) {
        var book = OrderBook(rules: row.rules)
        apply(row.steps, to: &book)
        let (bid, ask) = (book.bestBid, book.bestAsk)
        #expect(bid == row.bid ?? OrderBook.noBid)
        #expect(ask == row.ask ?? OrderBook.noAsk)
        book.checkInvariants()
    }

    @Test("walks a side from the best outwards")
    func walking() {
        var book = OrderBook()
        apply([.bid(5, 1), .bid(900_000_000, 2), .bid(7, 3), .ask(6, 4)], to: &book)
        var seen: [Int64] = []
        book.forEachLevel(.buy) { tick, lots in seen += [tick, lots] }
        #expect(seen == [900_000_000, 2, 7, 3, 5, 1])
        seen = []
        book.forEachLevel(.buy, count: 1) { tick, _ in seen.append(tick) }
        book.forEachLevel(.buy, count: 0) { tick, _ in seen.append(tick) }
        #expect(seen == [900_000_000])
        let next = [
            book.nextLevel(.buy, beyond: 900_000_000), book.nextLevel(.buy, beyond: 5),
            book.nextLevel(.sell, beyond: Int64.max), book.nextLevel(.buy, beyond: Int64.min),
        ]
        #expect(next == [7, nil, nil, nil])
    }

    @Test("equal books have equal hashes, however they came to be")
    func hashes() {
        var first = OrderBook()
        var second = OrderBook()
        apply([.bid(5, 1), .bid(7, 3), .ask(9, 4)], to: &first)
        apply(
            [
                .ask(9, 4), .bid(1_000_000, 9), .bid(7, 2), .bid(5, 1), .bid(7, 3),
                .bid(1_000_000, 0),
            ],
            to: &second)
        let (left, right) = (first.stateHash(), second.stateHash())
        #expect(left == right)
        apply([.bid(7, 4)], to: &second)
        let changed = second.stateHash()
        #expect(left != changed)
        apply([.empty(.buy), .empty(.sell)], to: &second)
        let (empty, new) = (second.stateHash(), OrderBook().stateHash())
        #expect(empty == new)
    }

    @Test("a view shows the market, and no mid while sides are missing or overlap")
    func view() {
        let state = UnsafeMutablePointer<MarketState>.allocate(capacity: 1)
        state.initialize(to: MarketState())
        defer {
            state.deinitialize(count: 1)
            state.deallocate()
        }
        let view = MarketView(state)
        #expect(view.bestBid == nil && view.bestAsk == nil && view.doubleMid == nil)
        #expect(view.status == .syncing && view.lastTradeTick == nil && view.markPriceE8 == nil)
        state.pointee.book.setBid(tick: 5, lots: 2)
        #expect(view.bestBid == 5 && view.doubleMid == nil)
        state.pointee.book.setAsk(tick: 8, lots: 3)
        #expect(view.doubleMid == 13)
        #expect(view.lots(.buy, tick: 5) == 2 && view.lots(.sell, tick: 5) == 0)
        state.pointee.book.setBid(tick: 8, lots: 1)
        #expect(view.doubleMid == nil)
    }
}
