// An L2 order book: price levels with resting quantity, and the best of each side.

public import MartletModel

/// What a book does when an update makes its sides overlap, and how a clear works.
@frozen public enum BookRules: Sendable {
    /// Levels are exactly what the messages said; the best is the true best, also while crossed.
    case plain
    /// The rules of hftbacktest 2.4.4's hash-map depth: a side that is overtaken skips its stale
    /// levels without deleting them, and a clear looks for the new best from two ticks away.
    case skipStale
}

/// Two sides of levels in ticks and lots. A level of 0 lots does not exist.
///
/// Updates cost constant work in practice (see ``LevelTable``) and allocate only for a price
/// region never seen before.
@frozen public struct OrderBook: ~Copyable {
    /// How overlaps and clears behave.
    public private(set) var rules: BookRules
    /// The highest bid, or ``noBid``.
    public internal(set) var bestBid: Int64
    /// The lowest ask, or ``noAsk``.
    public internal(set) var bestAsk: Int64
    @usableFromInline var bids: LevelTable
    @usableFromInline var asks: LevelTable
    @usableFromInline var lowestBid: Int64
    @usableFromInline var highestAsk: Int64

    /// Stands for "no bid": below every tick.
    @inlinable public static var noBid: Int64 { Int64.min }
    /// Stands for "no ask": above every tick.
    @inlinable public static var noAsk: Int64 { Int64.max }

    /// An empty book.
    public init(rules: BookRules = .plain) {
        self.rules = rules
        bestBid = Self.noBid
        bestAsk = Self.noAsk
        bids = LevelTable()
        asks = LevelTable()
        lowestBid = Self.noAsk
        highestAsk = Self.noBid
    }

    /// Whether both sides have a level.
    @inlinable public var isTwoSided: Bool { bestBid != Self.noBid && bestAsk != Self.noAsk }

    /// Whether the best bid is at or above the best ask.
    @inlinable public var isCrossed: Bool { bestBid >= bestAsk && isTwoSided }

    /// Sets a bid level to `lots` (0 removes it) and returns the size it had.
    @inlinable @inline(__always) @discardableResult
    public mutating func setBid(tick: Int64, lots: Int64) -> Int64 {
        let previous = bids.set(tick: tick, lots: lots)
        // Rare conditions first: whether a level goes is not predictable, where it stands is.
        if tick >= bestBid { changeBestBid(tick: tick, lots: lots) }
        if tick < lowestBid, lots != 0 { lowestBid = tick }
        return previous
    }

    /// Sets an ask level to `lots` (0 removes it) and returns the size it had.
    @inlinable @inline(__always) @discardableResult
    public mutating func setAsk(tick: Int64, lots: Int64) -> Int64 {
        let previous = asks.set(tick: tick, lots: lots)
        if tick <= bestAsk { changeBestAsk(tick: tick, lots: lots) }
        if tick > highestAsk, lots != 0 { highestAsk = tick }
        return previous
    }

    /// Sets a level of either side.
    @inlinable @discardableResult
    public mutating func set(_ side: Side, tick: Int64, lots: Int64) -> Int64 {
        side == .buy ? setBid(tick: tick, lots: lots) : setAsk(tick: tick, lots: lots)
    }

    @usableFromInline mutating func changeBestBid(tick: Int64, lots: Int64) {
        if lots == 0 {
            if tick == bestBid { lowerBid(below: tick) }
        } else if tick > bestBid {
            raiseBid(to: tick)
        }
    }

    @usableFromInline mutating func changeBestAsk(tick: Int64, lots: Int64) {
        if lots == 0 {
            if tick == bestAsk { raiseAsk(above: tick) }
        } else if tick < bestAsk {
            lowerAsk(to: tick)
        }
    }

    private mutating func raiseBid(to tick: Int64) {
        bestBid = tick
        if !bids.isCentered(on: tick) { bids.recenter(on: tick) }
        if rules == .skipStale, tick >= bestAsk {
            bestAsk = asks.lowest(from: tick + 1, upTo: highestAsk) ?? Self.noAsk
        }
    }

    private mutating func lowerAsk(to tick: Int64) {
        bestAsk = tick
        if !asks.isCentered(on: tick) { asks.recenter(on: tick) }
        if rules == .skipStale, tick <= bestBid {
            bestBid = bids.highest(from: tick - 1, downTo: lowestBid) ?? Self.noBid
        }
    }

    private mutating func lowerBid(below tick: Int64) {
        bestBid = bids.highest(from: tick - 1, downTo: lowestBid) ?? Self.noBid
        if bestBid == Self.noBid {
            lowestBid = Self.noAsk
        } else if !bids.isCentered(on: bestBid) {
            bids.recenter(on: bestBid)
        }
    }

    private mutating func raiseAsk(above tick: Int64) {
        bestAsk = asks.lowest(from: tick + 1, upTo: highestAsk) ?? Self.noAsk
        if bestAsk == Self.noAsk {
            highestAsk = Self.noBid
        } else if !asks.isCentered(on: bestAsk) {
            asks.recenter(on: bestAsk)
        }
    }

    /// The size of a level in lots, 0 where there is none.
    @inlinable public func lots(_ side: Side, tick: Int64) -> Int64 {
        side == .buy ? bids.lots(tick: tick) : asks.lots(tick: tick)
    }

    /// The next level away from the spread, strictly beyond `tick`, or nil.
    public func nextLevel(_ side: Side, beyond tick: Int64) -> Int64? {
        if side == .buy {
            guard tick > Int64.min else { return nil }
            return bids.highest(from: tick - 1, downTo: lowestBid)
        }
        guard tick < Int64.max else { return nil }
        return asks.lowest(from: tick + 1, upTo: highestAsk)
    }

    /// Empties one side.
    public mutating func removeAll(_ side: Side) {
        if side == .buy {
            bids.removeAll()
            bestBid = Self.noBid
            lowestBid = Self.noAsk
        } else {
            asks.removeAll()
            bestAsk = Self.noAsk
            highestAsk = Self.noBid
        }
    }

    /// Empties the book and gives it rules; its memory stays for what comes.
    public mutating func reset(rules: BookRules) {
        for side in Side.allCases { removeAll(side) }
        self.rules = rules
    }

    /// Applies a snapshot's clear of one side.
    ///
    /// Plain rules empty the side. Under ``BookRules/skipStale`` the levels from the best to
    /// `lastTick` go, deeper ones stay, and the new best is looked for from two ticks beyond
    /// `lastTick`, as hftbacktest does.
    public mutating func clear(_ side: Side, lastTick: Int64) {
        guard rules == .skipStale else { return removeAll(side) }
        if side == .buy {
            if bestBid != Self.noBid {
                while let tick = bids.highest(from: bestBid, downTo: lastTick) {
                    _ = bids.set(tick: tick, lots: 0)
                }
            }
            bestBid = bids.highest(from: lastTick - 2, downTo: lowestBid) ?? Self.noBid
            if bestBid == Self.noBid { lowestBid = Self.noAsk }
        } else {
            if bestAsk != Self.noAsk {
                while let tick = asks.lowest(from: bestAsk, upTo: lastTick) {
                    _ = asks.set(tick: tick, lots: 0)
                }
            }
            bestAsk = asks.lowest(from: lastTick + 2, upTo: highestAsk) ?? Self.noAsk
            if bestAsk == Self.noAsk { highestAsk = Self.noBid }
        }
    }

    /// Calls `body(tick, lots)` for up to `count` levels of a side, best first.
    public func forEachLevel(_ side: Side, count: Int = Int.max, _ body: (Int64, Int64) -> Void) {
        var left = count
        var tick = side == .buy ? bestBid : bestAsk
        guard tick != Self.noBid, tick != Self.noAsk else { return }
        while left > 0 {
            body(tick, lots(side, tick: tick))
            left -= 1
            guard let next = nextLevel(side, beyond: tick) else { return }
            tick = next
        }
    }

    /// A hash of every level from the best outwards, bids first; equal books have equal hashes.
    public func stateHash() -> StableHash {
        var hash = StableHash()
        for side in Side.allCases {
            hash.add(Int64(side.rawValue))
            var levels: Int64 = 0
            forEachLevel(side) { tick, lots in
                hash.add(tick)
                hash.add(lots)
                levels += 1
            }
            hash.add(levels)
        }
        return hash
    }

    /// Checks that the bests are the bests of their sides; for tests and simulation.
    public func checkInvariants() {
        if bestBid != Self.noBid {
            precondition(bids.lots(tick: bestBid) > 0, "the best bid has no size")
            if rules == .plain {
                precondition(
                    bids.lowest(from: bestBid + 1, upTo: Int64.max / 2) == nil,
                    "a bid stands above the best")
            }
        }
        if bestAsk != Self.noAsk {
            precondition(asks.lots(tick: bestAsk) > 0, "the best ask has no size")
            if rules == .plain {
                precondition(
                    asks.highest(from: bestAsk - 1, downTo: Int64.min / 2) == nil,
                    "an ask stands below the best")
            }
        }
    }
}
