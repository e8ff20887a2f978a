// The tails of a return distribution, and gains weighed against losses, period by period.

import Glibc

extension Statistics {
    /// Historical value at risk at confidence `level` (for example 0.95): −quantile_{1−level}(r).
    public static func valueAtRisk(_ returns: [Double], level: Double) -> Double? {
        quantile(returns, 1 - level).map { -$0 }
    }

    /// Gaussian value at risk at confidence `level`: −(mean + sd·Φ⁻¹(1 − level)).
    public static func gaussianValueAtRisk(_ returns: [Double], level: Double) -> Double? {
        guard let mean = mean(returns), let deviation = standardDeviation(returns),
            let quantile = normalQuantile(1 - level)
        else { return nil }
        return -(mean + deviation * quantile)
    }

    /// Expected shortfall −mean(r given r ≤ −VaR) at confidence `level`.
    /// Source: Rockafellar and Uryasev, Journal of Risk 2(3), 2000.
    public static func expectedShortfall(_ returns: [Double], level: Double) -> Double? {
        guard let risk = valueAtRisk(returns, level: level) else { return nil }
        return mean(returns.filter { $0 <= -risk }).map { -$0 }
    }

    /// Tail ratio Q95(r)/|Q05(r)|; nil when the lower tail is 0.
    public static func tailRatio(_ returns: [Double]) -> Double? {
        let sorted = returns.sorted()
        guard let upper = quantile(ofSorted: sorted, 0.95),
            let lower = quantile(ofSorted: sorted, 0.05), lower != 0
        else { return nil }
        return upper / abs(lower)
    }

    /// Omega(θ): Σmax(r−θ,0)/Σmax(θ−r,0); nil when nothing fell below θ.
    /// Source: Keating and Shadwick 2002.
    public static func omega(_ returns: [Double], threshold: Double = 0) -> Double? {
        ratio(
            sum(returns.lazy.map { max($0 - threshold, 0) }),
            sum(returns.lazy.map { max(threshold - $0, 0) }))
    }

    /// Gain-to-pain ratio Σr/|Σ negative r|; nil without losses. Source: Schwager.
    public static func gainToPain(_ returns: [Double]) -> Double? {
        ratio(sum(returns), -sum(returns.lazy.filter { $0 < 0 }))
    }

    /// Gross profit/gross loss of periods or of round trips (label which); nil without losses.
    public static func profitFactor(_ results: [Double]) -> Double? {
        ratio(
            sum(results.lazy.filter { $0 > 0 }), -sum(results.lazy.filter { $0 < 0 }))
    }

    /// `over`/`under`, or nil when `under` is 0 or the result not finite.
    public static func ratio(_ over: Double, _ under: Double) -> Double? {
        let value = over / under
        return under != 0 && value.isFinite ? value : nil
    }
}
