// The order book again, as plainly as it can be said: the twin that the fast one is held against.

public import MartletBook
public import MartletModel

/// Levels in a dictionary per side; every question is answered by looking at all of them.
public struct NaiveBook {
    /// One side. Levels and bound are kept as if it were the bid side: asks have their ticks turned
    /// around, so that for both a larger tick is a better one.
    private struct Half {
        var levels: [Int64: Int64] = [:]
        var best: Int64?
        /// The worst tick seen since the side was last empty.
        var worst: Int64?

        func highest(atMost limit: Int64) -> Int64? {
            guard let worst else { return nil }
            return levels.keys.filter { $0 <= limit && $0 >= worst }.max()
        }
    }

    private let rules: BookRules
    private var halves: [Side: Half] = [.buy: Half(), .sell: Half()]

    /// An empty book.
    public init(rules: BookRules) { self.rules = rules }

    private func turned(_ side: Side, _ tick: Int64) -> Int64 { side == .buy ? tick : -tick }

    private func half(_ side: Side) -> Half { halves[side] ?? Half() }

    /// The best tick of a side, or nil.
    public func best(_ side: Side) -> Int64? { half(side).best.map { turned(side, $0) } }

    /// The size at a tick, 0 where there is none.
    public func lots(_ side: Side, tick: Int64) -> Int64 {
        half(side).levels[turned(side, tick)] ?? 0
    }

    /// Levels of both sides.
    public var count: Int { half(.buy).levels.count + half(.sell).levels.count }

    /// Sets a level and returns the size it had.
    @discardableResult
    public mutating func set(_ side: Side, tick: Int64, lots: Int64) -> Int64 {
        var half = half(side)
        let tick = turned(side, tick)
        let before = half.levels[tick] ?? 0
        half.levels[tick] = lots == 0 ? nil : lots
        if lots != 0 {
            half.worst = min(half.worst ?? tick, tick)
            if half.best.map({ tick > $0 }) ?? true {
                half.best = tick
                if rules == .skipStale { overtake(side.opposite, from: -tick) }
            }
        } else if tick == half.best {
            half.best = half.highest(atMost: tick - 1)
            if half.best == nil { half.worst = nil }
        }
        halves[side] = half
        return before
    }

    /// The other side's best came to `tick` (as this side turns it): a best that is not strictly
    /// behind it moves to the next level strictly behind it; nothing is deleted.
    private mutating func overtake(_ side: Side, from tick: Int64) {
        var half = half(side)
        guard let best = half.best, best >= tick else { return }
        half.best = half.highest(atMost: tick - 1)
        halves[side] = half
    }

    /// Empties a side.
    public mutating func removeAll(_ side: Side) { halves[side] = Half() }

    /// A snapshot's clear: see ``OrderBook/clear(_:lastTick:)``.
    public mutating func clear(_ side: Side, lastTick: Int64) {
        guard rules == .skipStale else { return removeAll(side) }
        var half = half(side)
        let last = turned(side, lastTick)
        if let best = half.best {
            for tick in half.levels.keys where tick >= last && tick <= best {
                half.levels[tick] = nil
            }
        }
        half.best = half.highest(atMost: last - 2)
        if half.best == nil { half.worst = nil }
        halves[side] = half
    }

    /// The levels of a side that a reader of the book sees, best first.
    public func levels(_ side: Side) -> [(tick: Int64, lots: Int64)] {
        let half = half(side)
        guard let best = half.best, let worst = half.worst else { return [] }
        return half.levels.filter { $0.key <= best && $0.key >= worst }
            .sorted { $0.key > $1.key }
            .map { (tick: turned(side, $0.key), lots: $0.value) }
    }

    /// The hash that ``OrderBook/stateHash()`` has for the same levels.
    public func stateHash() -> StableHash {
        var hash = StableHash()
        for side in [Side.buy, .sell] {
            hash.add(Int64(side.rawValue))
            let levels = levels(side)
            for level in levels {
                hash.add(level.tick)
                hash.add(level.lots)
            }
            hash.add(Int64(levels.count))
        }
        return hash
    }
}
