// How recorded rows become a book: snapshots and changes joined, gaps, repeats, windows, the end.

import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletStrategies
import Testing

/// A message of levels at one time, as a segment has it.
func message(
    _ sequence: Int64, at time: Int64, received: Int64? = nil, bids: [(Int64, Int64)] = [],
    asks: [(Int64, Int64)] = [], isSnapshot: Bool = false, _ first: EventFlags = []
) -> [EventRow] {
    var rows: [EventRow] = []
    func add(_ side: Side, _ tick: Int64, _ lots: Int64, _ flags: EventFlags) {
        rows.append(
            EventRow(
                kind: .level, side: side, flags: flags, exchangeTime: time,
                receiveTime: received ?? time, price: tick, quantity: lots, sequence: sequence))
    }
    for (side, levels) in [(Side.buy, bids), (Side.sell, asks)] {
        if isSnapshot, let last = levels.last { add(side, last.0, 0, [.snapshot, .clear]) }
        for (tick, lots) in levels { add(side, tick, lots, isSnapshot ? .snapshot : []) }
    }
    rows[0].flags.formUnion(
        first.union(isSnapshot ? [.messageStart, .snapshotStart] : .messageStart))
    rows[rows.count - 1].flags.insert(.messageEnd)
    return rows
}

/// Writes down the best bid and the time at every change of the book.
struct BidWatcher: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "bid-watcher", summary: "Looks at the best bid.", parameters: [])
    final class Notes { var lines: [String] = [] }
    let notes: Notes
    let subscriptions: Subscriptions = .book

    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        notes = Notes()
    }
    init(_ notes: Notes) { self.notes = notes }

    mutating func start(_ context: inout StrategyContext) { note("start", context) }
    mutating func bookChanged(_ context: inout StrategyContext) { note("book", context) }
    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {}

    private func note(_ word: String, _ context: borrowing StrategyContext) {
        notes.lines.append("\(word) \(context.now): \(context.market.bestBid ?? 0)")
    }
}

@Suite("Feeds")
struct FeedTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let messages: [[EventRow]]
        /// Levels of the bids at the end, best first, `tick:lots`.
        let bids: String
        var status = BookStatus.live
        var testDescription: String { name }
    }

    static let table = [
        Row(
            name: "without a snapshot changes are the book",
            messages: [
                message(1, at: 10, bids: [(100, 5), (99, 2)]), message(2, at: 20, bids: [(100, 0)]),
            ], bids: "99:2"),
        Row(
            name: "a snapshot older than changes before it takes the newer ones in",
            messages: [
                message(5, at: 10, bids: [(100, 5)]), message(12, at: 20, bids: [(99, 7)]),
                message(
                    10, at: 15, received: 30, bids: [(100, 3), (98, 1)], asks: [(102, 1)],
                    isSnapshot: true),
            ], bids: "100:3 99:7 98:1"),
        Row(
            name: "changes that a snapshot holds already are dropped, newer ones apply",
            messages: [
                message(10, at: 10, bids: [(100, 3)], isSnapshot: true),
                message(9, at: 20, bids: [(100, 8), (97, 4)]), message(10, at: 25, bids: [(96, 1)]),
                message(11, at: 30, bids: [(101, 1)]), message(12, at: 40, bids: [(100, 4)]),
            ], bids: "101:1 100:4"),
        Row(
            name: "a repeated message is skipped whole",
            messages: [
                message(1, at: 10, bids: [(100, 3)], isSnapshot: true),
                message(2, at: 20, bids: [(100, 4)]),
                message(2, at: 30, bids: [(100, 9), (101, 9)], asks: [(103, 9)], .stale),
                message(3, at: 40, bids: [(99, 1)]),
            ], bids: "100:4 99:1"),
        Row(
            name: "a repeated message is skipped when a snapshot takes changes in, too",
            messages: [
                message(12, at: 10, bids: [(99, 7)]),
                message(11, at: 20, bids: [(99, 1), (98, 1)], .stale),
                message(10, at: 30, bids: [(100, 3)], isSnapshot: true),
            ], bids: "100:3 99:7"),
        Row(
            name: "two snapshots older than a change both take it in",
            messages: [
                message(9, at: 5, bids: [(100, 5)]), message(12, at: 10, bids: [(99, 7)]),
                message(10, at: 20, bids: [(100, 3)], isSnapshot: true),
                message(11, at: 30, bids: [(101, 4)], isSnapshot: true),
                message(13, at: 40, bids: [(97, 2)]),
                message(12, at: 50, bids: [(101, 5), (99, 7)], isSnapshot: true),
                message(13, at: 60, bids: [(101, 6)], isSnapshot: true),
            ], bids: "101:6"),
        Row(
            name: "a gap makes the book gapped",
            messages: [
                message(1, at: 10, bids: [(100, 3)], isSnapshot: true),
                message(2, at: 20, bids: [(100, 4)]), message(9, at: 30, bids: [(99, 2)], .gap),
            ], bids: "100:4 99:2", status: .gapped),
        Row(
            name: "the next snapshot after a gap makes it live again, without old levels",
            messages: [
                message(1, at: 10, bids: [(100, 3), (90, 1)], isSnapshot: true),
                message(2, at: 20, bids: [(100, 4)]), message(9, at: 30, bids: [(99, 2)], .gap),
                message(9, at: 40, bids: [(98, 2)], isSnapshot: true),
            ], bids: "98:2"),
        Row(
            name: "without running numbers nothing is dropped",
            messages: [
                message(-1, at: 10, bids: [(100, 3)], isSnapshot: true),
                message(-1, at: 20, bids: [(100, 4)]),
            ], bids: "100:4"),
        Row(
            name: "before its first snapshot a book is not used",
            messages: [
                message(5, at: 10, bids: [(100, 5)]),
                // The snapshot comes after the end of the run.
                message(9, at: 5000, bids: [(1, 1)], isSnapshot: true),
            ], bids: "", status: .syncing),
    ]

    private func levels(_ market: MarketView) -> String {
        var lines: [String] = []
        market.forEachLevel(.buy, count: 100) { lines.append("\($0):\($1)") }
        return lines.joined(separator: " ")
    }

    @Test("rows become this book", arguments: table)
    func book(row: Row) throws {
        let hasSnapshot = row.messages.joined().contains { $0.flags.contains(.snapshot) }
        // One segment, and every message in a segment of its own where no joining looks back.
        let market = RandomMarket(
            segments: [Array(row.messages.joined())], conduct: .plain, hasSnapshot: hasSnapshot,
            start: 0, end: 1000)
        for listens in [false, true] {
            let notes = BidWatcher.Notes()
            var replay = EventReplay(market.source) { view in
                guard listens else { return [] }
                return [
                    Participant(
                        engine: Engine(
                            strategy: BidWatcher(notes), market: view,
                            account: TestInstrument.account(), startTime: 0),
                        venue: VenueAccount(settings: RandomRun(seed: 1).settings))
                ]
            }
            try replay.run()
            #expect(levels(replay.market) == row.bids, "listens: \(listens)")
            #expect(replay.market.status == row.status, "listens: \(listens)")
        }
    }

    @Test("a stream of snapshots is looked through once", arguments: [-1, 0, 5, 1_000_000])
    func snapshotStream(changeSequence: Int64) {
        var rows = message(changeSequence, at: 1, bids: [(90, 1)])
        for number in 1...5000 as ClosedRange<Int64> {
            rows += message(
                changeSequence < 0 ? -1 : number, at: 10 * number, bids: [(100, number), (99, 1)],
                asks: [(102, number)], isSnapshot: true)
        }
        let market = RandomMarket(segments: [rows], conduct: .plain, hasSnapshot: true)
        let markets = ReplayMarkets()
        var feed = Feed<ArrivalOrder>(market.source, market: markets.local)
        feed.run(to: Int64.max)
        #expect(feed.rowsPassed == rows.count)
        #expect(markets.local.pointee.book.lots(.buy, tick: 100) == 5000)
        // A change that stays newer than every snapshot is found again without a search.
        #expect(feed.joinVisits <= 2 * rows.count, "\(feed.joinVisits)")
        #expect(
            markets.local.pointee.book.lots(.buy, tick: 90) == (changeSequence > 5000 ? 1 : 0))
        #expect(markets.local.pointee.status == .live)
    }

    @Test("a skipped message does not pull the next one forward in time")
    func noLookAhead() throws {
        let rows = [
            message(1, at: 10, bids: [(100, 3)], isSnapshot: true),
            message(2, at: 20, bids: [(101, 4)]),
            message(2, at: 30, bids: [(100, 9), (99, 9), (98, 9)], .stale),
            message(3, at: 40, bids: [(105, 1)]),
        ]
        let market = RandomMarket(
            segments: [Array(rows.joined())], conduct: .plain, hasSnapshot: true, start: 15)
        let notes = BidWatcher.Notes()
        var replay = EventReplay(market.source) { view in
            [
                Participant(
                    engine: Engine(
                        strategy: BidWatcher(notes), market: view,
                        account: TestInstrument.account(), startTime: 15),
                    venue: VenueAccount(settings: RandomRun(seed: 1).settings))
            ]
        }
        try replay.run()
        #expect(
            notes.lines == ["start 15: 100", "book 20: 101", "book 30: 101", "book 40: 105"])
    }

    @Test("a strategy that never lets time pass is an error")
    func endlessMoment() throws {
        let market = RandomMarket(
            segments: [message(1, at: 10, bids: [(100, 3)])], conduct: .plain, start: 0, end: 50)
        var replay = EventReplay(market.source) { view in
            [
                Participant(
                    engine: Engine(
                        strategy: Restless(), market: view, account: TestInstrument.account(),
                        startTime: 0),
                    venue: VenueAccount(settings: RandomRun(seed: 1).settings))
            ]
        }
        var found: ReplayError?
        do throws(ReplayError) { try replay.run() } catch { found = error }
        #expect(found == .endlessMoment(time: 7))
    }
}

/// Sets its timer for now, again and again.
struct Restless: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "restless", summary: "Never waits.", parameters: [])
    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {}
    init() {}
    mutating func start(_ context: inout StrategyContext) { context.setTimer(TimerID(0), at: 7) }
    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(timer, at: context.now)
    }
}
