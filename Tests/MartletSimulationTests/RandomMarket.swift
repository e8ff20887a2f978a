// Random recorded markets: levels, trades, quotes, snapshots; disordered times, ties on purpose.

import MartletModel
@testable import MartletSimulation

/// Rows as a segment has them, owned by the object, and the same as messages for the naive twin.
final class RandomMarket {
    let segments: [[EventRow]]
    let source: ReplaySource
    /// Whole messages with the time at which they were received, corrected.
    let arrivals: [(time: Int64, rows: [EventRow])]
    private let memory: [UnsafeMutableBufferPointer<EventRow>]

    /// A market of these segments, rows in arrival order; `exchangeOrder` is filled in here.
    init(
        segments: [[EventRow]], shift: Int64 = 0, conduct: FeedConduct, hasSnapshot: Bool = false,
        start: Int64? = nil, end: Int64? = nil
    ) {
        let ordered = segments.map(Self.withExchangeOrder)
        self.segments = ordered
        memory = ordered.map {
            let buffer = UnsafeMutableBufferPointer<EventRow>.allocate(capacity: $0.count)
            _ = buffer.initialize(from: $0)
            return buffer
        }
        var arrivals: [(time: Int64, rows: [EventRow])] = []
        var message: [EventRow] = []
        for row in ordered.joined() {
            message.append(row)
            if row.flags.contains(.messageEnd) {
                arrivals.append((row.receiveTime + shift, message))
                message = []
            }
        }
        self.arrivals = arrivals
        let all = ordered.joined()
        let first = all.map { min($0.receiveTime + shift, $0.exchangeTime) }.min() ?? 0
        let last = all.map { max($0.receiveTime + shift, $0.exchangeTime) }.max() ?? 0
        source = ReplaySource(
            segments: memory.map {
                ReplaySegment(rows: UnsafeBufferPointer($0), shift: shift)
            }, conduct: conduct, hasSnapshot: hasSnapshot, startTime: start ?? first,
            endTime: end ?? last)
    }

    deinit { for buffer in memory { buffer.deallocate() } }

    private static func withExchangeOrder(_ rows: [EventRow]) -> [EventRow] {
        var rows = rows
        let order = rows.indices.sorted {
            (rows[$0].exchangeTime, $0) < (rows[$1].exchangeTime, $1)
        }
        for (position, index) in order.enumerated() {
            rows[position].exchangeOrder = Int32(index - position)
        }
        return rows
    }

    /// A market from a seed: about 250 messages within some hundred nanoseconds, in one or two
    /// segments, plain (no snapshots) or as upstream reads them (with clears).
    convenience init(seed: UInt64, conduct: FeedConduct) {
        var maker = RowMaker(seed: seed, withSnapshots: conduct == .upstream)
        let first = maker.messages(Int.random(in: 100...250, using: &maker.random))
        let second =
            Bool.random(using: &maker.random)
            ? maker.messages(Int.random(in: 1...80, using: &maker.random)) : []
        let start = Int.random(in: 0..<4, using: &maker.random) == 0 ? maker.now / 2 : nil
        self.init(
            segments: second.isEmpty ? [first] : [first, second],
            shift: Int64.random(in: 0...3, using: &maker.random), conduct: conduct,
            start: start.map { max($0, 500) })
    }
}

/// Makes rows around a price that walks.
struct RowMaker {
    var random: SeededGenerator
    let withSnapshots: Bool
    var now: Int64 = 1000
    private var mid: Int64 = 500
    private var sequence: Int64 = 0

    init(seed: UInt64, withSnapshots: Bool) {
        random = SeededGenerator(seed: seed)
        self.withSnapshots = withSnapshots
    }

    mutating func messages(_ count: Int) -> [EventRow] {
        var rows: [EventRow] = []
        for _ in 0..<count {
            // Often nothing passes between two messages: ties of receive times.
            now += max(0, Int64.random(in: -4...6, using: &random))
            mid += Int64.random(in: -1...1, using: &random)
            rows += message(exchange: now - Int64.random(in: 0...9, using: &random))
        }
        return rows
    }

    private mutating func message(exchange: Int64) -> [EventRow] {
        sequence += 1
        var rows: [EventRow] = []
        func add(
            _ kind: EventKind, _ side: Side?, _ tick: Int64, _ lots: Int64, _ flags: EventFlags = []
        ) {
            rows.append(
                EventRow(
                    kind: kind, side: side, flags: flags, exchangeTime: exchange,
                    receiveTime: now, price: tick, quantity: lots, sequence: sequence))
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<11:
            for side in Side.allCases {
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    let distance = Int64.random(in: -1...6, using: &random)
                    let lots = max(0, Int64.random(in: -8...20, using: &random))
                    add(.level, side, mid - side.sign * distance, lots)
                }
            }
            if rows.isEmpty { add(.level, .buy, mid - 3, 7) }
        case 11..<16:
            let side: Side? = Int.random(in: 0..<12, using: &random) == 0 ? nil : anySide()
            let flags: EventFlags =
                Int.random(in: 0..<10, using: &random) == 0
                ? .nonMarket : side == nil ? .aggressorUnknown : []
            add(
                .trade, side, mid + Int64.random(in: -3...3, using: &random),
                Int64.random(in: 1...25, using: &random), flags)
        case 16, 17:
            add(.quote, .buy, mid - 1, 5)
            add(.quote, .sell, mid + 1, 5)
        case 18 where withSnapshots:
            for side in Side.allCases {
                if Int.random(in: 0..<6, using: &random) == 0 {
                    add(.level, side, 0, 0, [.snapshot, .clear, .emptySide])
                    continue
                }
                let depth = Int64.random(in: 1...4, using: &random)
                add(.level, side, mid - side.sign * depth, 0, [.snapshot, .clear])
                for distance in 1...depth {
                    add(
                        .level, side, mid - side.sign * distance,
                        Int64.random(in: 1...20, using: &random), .snapshot)
                }
            }
        default: add(.markPrice, nil, mid, 0)
        }
        rows[0].flags.insert(.messageStart)
        rows[rows.count - 1].flags.insert(.messageEnd)
        return rows
    }

    private mutating func anySide() -> Side { Bool.random(using: &random) ? .buy : .sell }
}
