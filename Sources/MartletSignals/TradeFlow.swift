// What public trades say: who pushes, how much, and how one-sided it is.

public import MartletModel

/// Share by which buyers outweigh sellers in the last trades: Σ side·size ÷ Σ size, −1 to 1.
public struct TradeImbalance: Hashable, Sendable {
    private var ring: [Int64]
    private var next = 0
    private var signed: Int128 = 0
    private var total: Int128 = 0

    /// A window of the last `trades` trades, at least 1.
    public init(trades: Int) {
        precondition(trades >= 1, "a window holds at least one trade")
        ring = [Int64](repeating: 0, count: trades)
    }

    /// Adds a trade by its aggressor and its size in lots.
    public mutating func add(_ aggressor: Side, lots: Int64) {
        let value = aggressor.sign * lots
        signed += Int128(value) - Int128(ring[next])
        total += Int128(value.magnitude) - Int128(ring[next].magnitude)
        ring[next] = value
        next = next + 1 == ring.count ? 0 : next + 1
    }

    /// The imbalance, or nil before the first trade.
    public var value: Double? { total > 0 ? Double(signed) / Double(total) : nil }
}

/// Cumulative volume delta: what buyers took minus what sellers took. It never resets by itself.
public struct CumulativeVolumeDelta: Hashable, Sendable {
    /// Σ side·size; lots.
    public private(set) var lots: Int128 = 0
    /// Σ side·size·price; lots × ticks.
    public private(set) var lotTicks: Int128 = 0

    /// Nothing traded yet.
    public init() {}

    /// Adds a trade.
    public mutating func add(_ aggressor: Side, price: Price, lots added: Int64) {
        lots += Int128(aggressor.sign * added)
        // 53 × 53 bits; 2^20 trades of the largest size at the largest price still fit.
        lotTicks &+= Int128(aggressor.sign * added) * Int128(price.ticks)
    }

    /// Starts again from 0.
    public mutating func reset() { self = CumulativeVolumeDelta() }
}

/// Volume-synchronised probability of informed trading (Easley, López de Prado, O'Hara 2012), from
/// the venue's aggressor sides: Σ |buys − sells| ÷ (m·V) over the last m buckets of volume V.
///
/// A trade that overfills a bucket is split at its border. Known limit: VPIN follows volume and
/// volatility to a large part (Andersen, Bondarenko 2014); test its worth before relying on it.
public struct InformedTradingProbability: Hashable, Sendable {
    /// Volume of a bucket; lots.
    public let bucketLots: Int64
    private var ring: [Int64]
    private var next = 0
    private var sum: Int128 = 0
    private var buys: Int64 = 0
    private var sells: Int64 = 0
    /// Full buckets seen, counted up to the window's length.
    public private(set) var filled = 0

    /// A window of `buckets` buckets of `bucketLots` lots; both at least 1.
    public init(bucketLots: Int64, buckets: Int) {
        precondition(bucketLots >= 1 && buckets >= 1, "there are buckets and they hold something")
        self.bucketLots = bucketLots
        ring = [Int64](repeating: 0, count: buckets)
    }

    /// Adds a trade by its aggressor and its size in lots, at least 0.
    public mutating func add(_ aggressor: Side, lots: Int64) {
        let room = bucketLots - buys - sells
        guard lots >= room else { return fill(aggressor, lots) }
        fill(aggressor, room)
        close()
        var rest = lots - room
        // Whole buckets of one side all look alike: more of them than the window is no news.
        let whole = rest / bucketLots
        rest -= whole * bucketLots
        for _ in 0..<min(whole, Int64(ring.count)) {
            fill(aggressor, bucketLots)
            close()
        }
        fill(aggressor, rest)
    }

    private mutating func fill(_ aggressor: Side, _ lots: Int64) {
        if aggressor == .buy { buys += lots } else { sells += lots }
    }

    private mutating func close() {
        let difference = abs(buys - sells)
        sum += Int128(difference) - Int128(ring[next])
        ring[next] = difference
        next = next + 1 == ring.count ? 0 : next + 1
        if filled < ring.count { filled += 1 }
        (buys, sells) = (0, 0)
    }

    /// 0 to 1, or nil until every bucket of the window is full.
    public var value: Double? {
        guard filled == ring.count else { return nil }
        return Double(sum) / (Double(ring.count) * Double(bucketLots))
    }
}
