// What a position of so many lots is worth at so many ticks, exactly, at the scale of a run.

public import MartletModel

/// Values of positions in the settlement asset, in units of `10^−scale`, without rounding for spot
/// and linear instruments.
///
/// Everything is *doubled*, so that the value at a mid between two ticks stays whole. An inverse
/// contract is worth −multiplier ÷ price, so that a rise earns; there the last digit is rounded.
public struct ContractArithmetic: Sendable {
    /// Digits after the point of every amount.
    public let scale: Int
    private let isInverse: Bool
    /// Linear: value of one lot at one tick. Inverse: value of one lot × one tick (over the price).
    private let factor: Int128
    /// What products are divided by where the scale is coarser than the factors.
    private let divisor: Int128

    /// Arithmetic of `instrument` at `scale` digits.
    ///
    /// - Throws: an integrity failure when the factors leave 128 bits.
    public init(_ instrument: InstrumentSpec, scale: Int) throws(Failure) {
        self.scale = scale
        isInverse = instrument.kind == .inverse
        let tick = instrument.tickSize
        let lot = instrument.lotSize
        let multiplier = instrument.multiplier
        var product = try Self.product(Int128(lot.mantissa), Int128(multiplier.mantissa))
        var digits = scale - lot.scale - multiplier.scale
        var divisor: Int128 = 1
        if isInverse {
            // Doubled twice: once as everywhere, once because the price comes doubled.
            product = try Self.product(product, 4)
            divisor = Int128(tick.mantissa)
            digits += tick.scale
        } else {
            product = try Self.product(product, Int128(tick.mantissa))
            digits -= tick.scale
        }
        factor = try Self.product(product, Self.power(max(0, digits)))
        self.divisor = try Self.product(divisor, Self.power(max(0, -digits)))
    }

    /// Twice the value of `lots` (signed) at a price of `doubleTicks` half ticks.
    ///
    /// - Throws: an integrity failure when the value leaves 128 bits; 0 for inverse at price 0.
    public func doubleValue(lots: Int64, doubleTicks: Int64) throws(Failure) -> Int128 {
        if isInverse {
            guard doubleTicks != 0 else { return 0 }
            let over = try Self.product(Int128(lots), factor)
            return -Self.rounded(over, by: try Self.product(Int128(doubleTicks), divisor))
        }
        let value = try Self.product(Self.product(Int128(lots), Int128(doubleTicks)), factor)
        return divisor == 1 ? value : Self.rounded(value, by: divisor)
    }

    /// The value that changes hands when `lots` trade at `ticks`, without sign.
    public func notional(lots: Int64, ticks: Int64) throws(Failure) -> Int128 {
        guard let doubleTicks = Int64(exactly: Int128(ticks) * 2) else { throw Self.tooLarge }
        let value = try doubleValue(lots: lots, doubleTicks: doubleTicks) / 2
        return value < 0 ? -value : value
    }

    /// An amount as the nearest double: for statistics only.
    public func number(_ amount: Int128) -> Double { amountValue(amount, scale: scale) }

    /// The sum, or the failure that it is too large.
    static func sum(_ left: Int128, _ right: Int128) throws(Failure) -> Int128 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        if overflow { throw tooLarge }
        return sum
    }

    /// The difference, or the failure that it is too large.
    static func difference(_ left: Int128, _ right: Int128) throws(Failure) -> Int128 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        if overflow { throw tooLarge }
        return difference
    }

    /// The product, or the failure that it is too large.
    static func product(_ left: Int128, _ right: Int128) throws(Failure) -> Int128 {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        if overflow { throw tooLarge }
        return product
    }

    /// What is said of amounts that leave 128 bits.
    static let tooLarge = Failure(
        .integrity,
        "number too large: an amount of this run leaves 128 bits; "
            + "check the instrument's tick and lot sizes and the order quantity")

    private static func power(_ exponent: Int) throws(Failure) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power = try product(power, 10) }
        return power
    }

    /// The quotient rounded to nearest, halves away from 0.
    private static func rounded(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude >= divisor.magnitude - remainder.magnitude else {
            return quotient
        }
        return quotient + ((value < 0) == (divisor < 0) ? 1 : -1)
    }
}

/// `amount × 10^−scale` as the nearest double: for statistics only.
func amountValue(_ amount: Int128, scale: Int) -> Double {
    var divisor = 1.0
    for _ in 0..<scale { divisor *= 10 }
    return Double(amount) / divisor
}
