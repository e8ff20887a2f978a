// A book whose instrument rules need not be known: exact, ordered, bounded.

public import MartletModel
import MartletVenues

/// Levels by exact price, kept without knowing tick or lot size.
///
/// Prices become whole numbers at the finest scale seen so far; a finer one rescales the book.
/// Changing a level costs two binary searches and moving at most a piece of a side.
public struct KeptBook: ~Copyable {
    /// The most levels a side keeps; the worst go first.
    public let levelMax: Int
    /// Levels forgotten because a side was full, since the start.
    public private(set) var trimmedCount: Int64 = 0
    private var bids = KeptSide(isBid: true)
    private var asks = KeptSide(isBid: false)
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
        let found = side == .buy ? bids.level(rank: rank) : asks.level(rank: rank)
        return found.map { level($0.key, $0.entry) }
    }

    /// Calls `body` with every level of a side, best first.
    func forEach(_ side: Side, _ body: (KeptLevel) -> Void) {
        if side == .buy {
            bids.forEach { body(level($0, $1)) }
        } else {
            asks.forEach { body(level($0, $1)) }
        }
    }

    private func level(_ key: Int64, _ entry: KeptSide.Entry) -> KeptLevel {
        let isCoarser = entry.priceScale < scale
        return KeptLevel(
            price: isCoarser ? key / powerOfTen(Int(scale - entry.priceScale)) : key,
            priceScale: entry.priceScale, quantity: entry.quantity,
            quantityScale: entry.quantityScale)
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
        guard let key = key(level.price, level.priceScale) else { return false }
        let entry = KeptSide.Entry(level)
        if side == .buy {
            bids.set(key: key, entry)
            trimmedCount += bids.trim(to: levelMax)
        } else {
            asks.set(key: key, entry)
            trimmedCount += asks.trim(to: levelMax)
        }
        return true
    }

    /// Sets or removes the levels of a message, in its order.
    ///
    /// - Returns: False where a level cannot be kept; the levels before it are set.
    mutating func set(_ side: Side, _ levels: Slice<UnsafeBufferPointer<BookLevel>>) -> Bool {
        if side == .buy {
            for text in levels {
                guard let (key, entry) = kept(text) else { return false }
                bids.set(key: key, entry)
            }
            trimmedCount += bids.trim(to: levelMax)
        } else {
            for text in levels {
                guard let (key, entry) = kept(text) else { return false }
                asks.set(key: key, entry)
            }
            trimmedCount += asks.trim(to: levelMax)
        }
        return true
    }

    /// Fills an empty side with levels that come best first, as venues send them, or in any order.
    ///
    /// - Returns: False where a level cannot be kept; the side is then incomplete.
    mutating func fill(_ side: Side, _ levels: Slice<UnsafeBufferPointer<BookLevel>>) -> Bool {
        for text in levels.reversed() {
            guard let (key, entry) = kept(text) else { return false }
            guard entry.low != 0 || entry.high != 0 else { continue }
            if side == .buy {
                if !bids.append(key: key, entry) { bids.set(key: key, entry) }
            } else {
                if !asks.append(key: key, entry) { asks.set(key: key, entry) }
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

    /// What is kept of a message's level; nil where a number is beyond what a book can keep.
    @inline(__always)
    private mutating func kept(_ level: BookLevel) -> (Int64, KeptSide.Entry)? {
        guard level.price.fits, level.quantity.fits else { return keptLong(level) }
        let priceScale = Int8(truncatingIfNeeded: level.price.scale)
        guard let key = key(level.price.mantissa, priceScale) else { return nil }
        return (
            key,
            KeptSide.Entry(
                quantity: level.quantity.mantissa,
                scale: Int8(truncatingIfNeeded: level.quantity.scale), priceScale: priceScale)
        )
    }

    @inline(never)
    private mutating func keptLong(_ level: BookLevel) -> (Int64, KeptSide.Entry)? {
        guard let level = KeptLevel(level), let key = key(level.price, level.priceScale) else {
            return nil
        }
        return (key, KeptSide.Entry(level))
    }

    @inline(__always)
    private mutating func key(_ price: Int64, _ priceScale: Int8) -> Int64? {
        if priceScale == scale { return price }
        return otherKey(price, priceScale)
    }

    @inline(never)
    private mutating func otherKey(_ price: Int64, _ priceScale: Int8) -> Int64? {
        if priceScale > scale, !rescale(to: priceScale) { return nil }
        let (key, overflow) = price.multipliedReportingOverflow(
            by: powerOfTen(Int(scale - priceScale)))
        return overflow ? nil : key
    }

    private mutating func rescale(to finer: Int8) -> Bool {
        let factor = powerOfTen(Int(finer - scale))
        guard bids.canRescale(by: factor), asks.canRescale(by: factor) else { return false }
        bids.rescale(by: factor)
        asks.rescale(by: factor)
        scale = finer
        return true
    }

    /// Checks that both sides are sorted and within their limit; for tests.
    public func checkInvariants() {
        precondition(bids.count <= levelMax && asks.count <= levelMax, "a side is too long")
        for side in Side.allCases {
            var last: Int64?
            var count = 0
            let check = { (key: Int64, entry: KeptSide.Entry) in
                precondition(entry.quantity != 0, "an empty level is kept")
                if let last { precondition(side == .buy ? key < last : key > last, "not sorted") }
                last = key
                count += 1
            }
            if side == .buy { bids.forEach(check) } else { asks.forEach(check) }
            precondition(count == (side == .buy ? bids.count : asks.count), "a wrong count")
        }
    }
}

extension KeptBook {
    /// The sum that OKX's books carried until June 2026; see ``OKXChecksum``.
    public var okxChecksum: Int32 {
        let room = OKXChecksum.levels * 2 * 2 * KeptLevel.textRoom
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { texts in
            // Never empty: `room` is above 0.
            guard let start = texts.baseAddress else { return 0 }
            var count = 0
            for rank in 0..<OKXChecksum.levels {
                for side in [Side.buy, .sell] {
                    guard let level = level(side, rank: rank) else { continue }
                    count += level.writePrice(to: start + count)
                    start[count] = UInt8(ascii: ":")
                    count += 1 + level.writeQuantity(to: start + count + 1)
                    start[count] = UInt8(ascii: ":")
                    count += 1
                }
            }
            // Without the last colon.
            return OKXChecksum.value(
                joined: UnsafeBufferPointer(start: start, count: max(count - 1, 0)))
        }
    }
}
