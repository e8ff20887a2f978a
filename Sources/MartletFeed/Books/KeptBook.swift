// A book whose instrument rules need not be known: exact, ordered, bounded.

public import MartletModel
import MartletVenues

/// Levels by exact price, kept without knowing tick or lot size.
///
/// Prices become whole numbers at the finest scale seen so far; a finer one rescales the book.
/// Changing a level costs two binary searches and moving at most a piece of a side.
public struct KeptBook: Sendable {
    /// The most levels a side keeps; the worst go first.
    public let levelMax: Int
    /// Levels forgotten because a side was full, since the start.
    public private(set) var trimmedCount: Int64 = 0
    private(set) var bids = KeptSide(isBid: true)
    private(set) var asks = KeptSide(isBid: false)
    private var scale: Int8 = 0

    /// An empty book of at most `levelMax` levels a side.
    public init(levelMax: Int = 20_000) {
        precondition(levelMax > 0, "a book keeps at least one level")
        self.levelMax = levelMax
    }

    /// How many bids there are.
    public var bidCount: Int { bids.count }
    /// How many asks there are.
    public var askCount: Int { asks.count }
    /// Whether both sides have a level.
    public var isTwoSided: Bool { bids.count > 0 && asks.count > 0 }
    /// Whether the best bid is at or above the best ask.
    public var isCrossed: Bool {
        guard let bid = bids.best, let ask = asks.best else { return false }
        return bid >= ask
    }

    /// The level `rank` places behind the best of a side, or nil.
    public func level(_ side: Side, rank: Int) -> KeptLevel? {
        side == .buy ? bids.level(rank: rank) : asks.level(rank: rank)
    }

    /// Empties the book.
    public mutating func removeAll() {
        bids.removeAll()
        asks.removeAll()
        scale = 0
    }

    /// Sets a level, or removes it where the quantity is 0.
    ///
    /// - Returns: False, and nothing is changed, where the price does not fit beside the others.
    public mutating func set(_ side: Side, _ level: KeptLevel) -> Bool {
        guard let key = key(of: level) else { return false }
        if side == .buy {
            bids.set(key: key, level: level)
            trimmedCount += bids.trim(to: levelMax)
        } else {
            asks.set(key: key, level: level)
            trimmedCount += asks.trim(to: levelMax)
        }
        return true
    }

    /// Sets or removes the levels of a message, in its order.
    ///
    /// - Returns: False where a level cannot be kept; the levels before it are set.
    mutating func set(_ side: Side, _ levels: Slice<UnsafeBufferPointer<BookLevel>>) -> Bool {
        for text in levels {
            guard let level = KeptLevel(text), let key = key(of: level) else { return false }
            if side == .buy {
                bids.set(key: key, level: level)
            } else {
                asks.set(key: key, level: level)
            }
        }
        trimmedCount += side == .buy ? bids.trim(to: levelMax) : asks.trim(to: levelMax)
        return true
    }

    /// Replaces one side by levels that come best first, as venues send them, or in any order.
    ///
    /// - Returns: False where a price does not fit beside the others; the side is then incomplete.
    public mutating func fill(_ side: Side, _ levels: some BidirectionalCollection<KeptLevel>)
        -> Bool
    {
        var isSorted = true
        for level in levels.reversed() where level.quantity != 0 {
            guard let key = key(of: level) else { return false }
            if isSorted {
                isSorted =
                    side == .buy
                    ? bids.append(key: key, level: level) : asks.append(key: key, level: level)
                if isSorted { continue }
            }
            if side == .buy {
                bids.set(key: key, level: level)
            } else {
                asks.set(key: key, level: level)
            }
        }
        trimmedCount += side == .buy ? bids.trim(to: levelMax) : asks.trim(to: levelMax)
        return true
    }

    /// Keeps the best `count` levels of each side, where a venue tells no more.
    public mutating func trim(to count: Int) {
        _ = bids.trim(to: count)
        _ = asks.trim(to: count)
    }

    private mutating func key(of level: KeptLevel) -> Int64? {
        if level.priceScale > scale, !rescale(to: level.priceScale) { return nil }
        let (key, overflow) = level.price.multipliedReportingOverflow(
            by: powerOfTen(Int(scale - level.priceScale)))
        return overflow ? nil : key
    }

    private mutating func rescale(to finer: Int8) -> Bool {
        let factor = powerOfTen(Int(finer - scale))
        var (newBids, newAsks) = (bids, asks)
        guard newBids.rescale(by: factor), newAsks.rescale(by: factor) else { return false }
        (bids, asks) = (newBids, newAsks)
        scale = finer
        return true
    }

    /// Checks that both sides are sorted and within their limit; for tests.
    public func checkInvariants() {
        precondition(bids.count <= levelMax && asks.count <= levelMax, "a side is too long")
        for (left, right) in zip(bids.keys, bids.keys.dropFirst()) {
            precondition(left < right, "bids are not sorted")
        }
        for (left, right) in zip(asks.keys, asks.keys.dropFirst()) {
            precondition(left > right, "asks are not sorted")
        }
        for level in bids.levels + asks.levels {
            precondition(level.quantity != 0, "an empty level is kept")
        }
    }
}

extension KeptBook {
    /// The sum that OKX's books carried until June 2026; see ``OKXChecksum``.
    public var okxChecksum: Int32 {
        var texts: [UInt8] = []
        texts.reserveCapacity(2048)
        for rank in 0..<OKXChecksum.levels {
            for side in [Side.buy, .sell] {
                guard let level = level(side, rank: rank) else { continue }
                if !texts.isEmpty { texts.append(UInt8(ascii: ":")) }
                level.appendTexts(to: &texts)
            }
        }
        return OKXChecksum.value(joined: texts)
    }
}
