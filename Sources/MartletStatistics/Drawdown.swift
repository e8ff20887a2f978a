// How far below its peak an account was, how long, and what was earned for it.

import Glibc

/// The deepest and the longest fall of an equity curve below its peak.
public struct DrawdownSummary: Hashable, Sendable {
    /// The deepest fall as a share of its peak, at most 0.
    public let deepest: Double
    /// Where it was deepest: index into the returns; nil when equity never fell.
    public let deepestIndex: Int?
    /// The longest run of periods below a peak.
    public let longestPeriods: Int
    /// Periods from the deepest point to the next new peak, or nil when none came.
    public let recoveryPeriods: Int?
}

extension Statistics {
    /// Drawdowns E_t/max_{s≤t}E_s − 1 after each return; the peak includes the starting equity.
    ///
    /// - Returns: n values of at most 0, oldest first.
    public static func drawdowns(_ returns: [Double]) -> [Double] {
        var equity = 1.0
        var peak = 1.0
        return returns.map { value in
            equity *= 1 + value
            peak = max(peak, equity)
            return equity / peak - 1
        }
    }

    /// Deepest, longest and recovery of the drawdowns of `returns`, or nil of nothing.
    public static func drawdownSummary(_ returns: [Double]) -> DrawdownSummary? {
        let falls = drawdowns(returns)
        guard let deepest = falls.min() else { return nil }
        let index = deepest < 0 ? falls.firstIndex(of: deepest) : nil
        var longest = 0
        var current = 0
        for fall in falls {
            current = fall < 0 ? current + 1 : 0
            longest = max(longest, current)
        }
        let recovery = index.flatMap { start in
            falls[start...].firstIndex { $0 >= 0 }.map { $0 - start }
        }
        return DrawdownSummary(
            deepest: deepest, deepestIndex: index, longestPeriods: longest,
            recoveryPeriods: recovery)
    }

    /// Ulcer index √mean(DD²), or nil of nothing. Source: Martin 1987.
    public static func ulcerIndex(_ returns: [Double]) -> Double? {
        mean(drawdowns(returns).map { $0 * $0 })?.squareRoot()
    }

    /// Calmar ratio CAGR/|MaxDD| over the whole window; nil without a drawdown.
    /// Source: Young 1991 (there over 36 months).
    public static func calmar(_ returns: [Double], periodsPerYear: Double) -> Double? {
        guard let growth = annualGrowth(returns, periodsPerYear: periodsPerYear),
            let deepest = drawdowns(returns).min(), deepest < 0
        else { return nil }
        return growth / -deepest
    }

    /// Ulcer performance index (CAGR − rf)/Ulcer; nil without a drawdown. Source: Martin 1987.
    ///
    /// - Parameter riskFree: Annual rate.
    public static func ulcerPerformance(
        _ returns: [Double], periodsPerYear: Double, riskFree: Double = 0
    ) -> Double? {
        guard let growth = annualGrowth(returns, periodsPerYear: periodsPerYear),
            let ulcer = ulcerIndex(returns), ulcer > 0
        else { return nil }
        return (growth - riskFree) / ulcer
    }

    /// Recovery factor: net profit/|deepest fall|, both in currency; nil without a fall.
    public static func recoveryFactor(netProfit: Double, deepestFall: Double) -> Double? {
        deepestFall == 0 ? nil : netProfit / abs(deepestFall)
    }
}
