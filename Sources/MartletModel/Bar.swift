// A bar: what an instrument did in one interval.

/// Open, high, low, close and volume of one interval.
@frozen public struct Bar: Hashable, Sendable {
    /// When the interval begins; ns.
    public let openTime: Int64
    /// When it ends, exclusive; ns.
    public let closeTime: Int64
    /// First price, ticks.
    public let open: Price
    /// Highest price, ticks.
    public let high: Price
    /// Lowest price, ticks.
    public let low: Price
    /// Last price, ticks.
    public let close: Price
    /// Traded volume as the source states it, in units of 10⁻⁸ (base or quote: see the series).
    public let volumeE8: Int64

    /// A bar from its facts.
    @inlinable public init(
        openTime: Int64, closeTime: Int64, open: Price, high: Price, low: Price, close: Price,
        volumeE8: Int64
    ) {
        self.openTime = openTime
        self.closeTime = closeTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volumeE8 = volumeE8
    }
}

/// The bars of one instrument in time order, and the rules to read them by.
public struct BarSeries: Hashable, Sendable {
    /// The instrument; tick size is the finest decimal of the source where it had no rules.
    public let instrument: InstrumentSpec
    /// Length of one bar; ns.
    public let intervalNanoseconds: Int64
    /// In time order, none overlapping.
    public let bars: [Bar]
    /// Missing intervals between bars.
    public let gaps: Int

    /// A series from its parts.
    public init(
        instrument: InstrumentSpec, intervalNanoseconds: Int64, bars: [Bar], gaps: Int
    ) {
        self.instrument = instrument
        self.intervalNanoseconds = intervalNanoseconds
        self.bars = bars
        self.gaps = gaps
    }
}
