// The smallest value of an order, checked exactly: one rule for every simulated venue.

import MartletModel

extension InstrumentSpec {
    /// Whether `lots` at `ticks` are worth less than the venue takes; exact. An inverse contract has
    /// its value in the quote asset by itself, whatever the price. Reduce-only orders are exempt:
    /// the caller does not ask for them.
    func isBelowMinimumNotional(ticks: Int64, lots: Int64) -> Bool {
        guard minimumNotional.mantissa > 0 else { return false }
        var factors = [lots, lotSize.mantissa, multiplier.mantissa]
        var scale = lotSize.scale + multiplier.scale
        if kind != .inverse {
            factors += [ticks, tickSize.mantissa]
            scale += tickSize.scale
        }
        let value = Self.product(factors, tens: max(0, minimumNotional.scale - scale))
        let needed = Self.product(
            [minimumNotional.mantissa], tens: max(0, scale - minimumNotional.scale))
        // A value beyond 128 bits is far above any minimum; such a minimum is never reached.
        guard let value else { return false }
        guard let needed else { return true }
        return value < needed
    }

    private static func product(_ factors: [Int64], tens: Int) -> Int128? {
        var result: Int128 = 1
        // What is worth nothing must not overflow on the way.
        if factors.contains(0) { return 0 }
        for factor in factors + Array(repeating: 10, count: tens) {
            let (product, overflow) = result.multipliedReportingOverflow(by: Int128(factor))
            if overflow { return nil }
            result = product
        }
        return result
    }
}
