// How large an order is: as the user said, or the smallest that the instrument's rules allow.

public import MartletModel

/// The size of a strategy's orders: a fixed number of lots, or `auto`.
///
/// `auto` is the smallest order that satisfies the minimum quantity and the minimum notional at the
/// price it is asked for, with 10 % headroom on the notional so that small moves do not make it
/// invalid. Once chosen it stays; it only grows when the price falls so far that it no longer fits.
public struct OrderSize: Hashable, Sendable {
    private let instrument: InstrumentSpec
    private let isAutomatic: Bool
    private var lots: Int64

    /// The size that parameter `name` asks for.
    ///
    /// - Throws: ``ParameterError`` when it does not fit the instrument's lots or minimum.
    public init(_ name: String, _ parameters: ParameterValues, _ instrument: InstrumentSpec)
        throws(ParameterError)
    {
        let fixed = try parameters.quantity(name, of: instrument)
        self.instrument = instrument
        isAutomatic = fixed == nil
        lots = fixed?.lots ?? 0
    }

    /// The size for an order at `tick`, at least 1 lot.
    public mutating func quantity(at tick: Int64) -> Quantity {
        if isAutomatic, lots == 0 || lots < Self.smallestLots(instrument, at: tick, headroom: 1) {
            lots = Self.smallestLots(instrument, at: tick, headroom: 1.1)
        }
        return Quantity(lots: lots)
    }

    /// The smallest order at `tick` whose notional is `headroom` times the instrument's minimum,
    /// rounded up to lots; the minimum quantity where the price is not above 0.
    static func smallestLots(
        _ instrument: InstrumentSpec, at tick: Int64, headroom: Double
    ) -> Int64 {
        let least = instrument.minimumQuantity.lots
        guard instrument.minimumNotional.mantissa > 0, tick > 0 else { return least }
        var lotValue = instrument.lotSize.doubleValue * instrument.multiplier.doubleValue
        if instrument.kind != .inverse {
            lotValue *= Double(tick) * instrument.tickSize.doubleValue
        }
        let lots = (instrument.minimumNotional.doubleValue * headroom / lotValue).rounded(.up)
        guard lots < 9_007_199_254_740_992 else { return max(least, 9_007_199_254_740_992) }
        return max(least, Int64(lots))
    }
}
