// A strategy against a benchmark, against its capital, and against its own past.

import Glibc

/// Regression of a strategy's returns on a benchmark's.
public struct BenchmarkFit: Hashable, Sendable {
    /// Cov(r, b)/Var(b).
    public let beta: Double
    /// mean(r) − β·mean(b), per period.
    public let alpha: Double
    /// mean(r − b)/sd(r − b) per period, or nil when they never differ by varying amounts.
    public let informationRatio: Double?
}

extension Statistics {
    /// Beta, alpha and information ratio against benchmark returns of the same periods; nil when
    /// the counts differ, below two, or when the benchmark never moves.
    public static func benchmarkFit(_ returns: [Double], benchmark: [Double]) -> BenchmarkFit? {
        guard returns.count == benchmark.count, returns.count > 1, let mean = mean(returns),
            let benchmarkMean = Statistics.mean(benchmark)
        else { return nil }
        let covariance = sum(zip(returns, benchmark).map { ($0 - mean) * ($1 - benchmarkMean) })
        let variance = sum(benchmark.map { ($0 - benchmarkMean) * ($0 - benchmarkMean) })
        guard variance > 0 else { return nil }
        let beta = covariance / variance
        return BenchmarkFit(
            beta: beta, alpha: mean - beta * benchmarkMean,
            informationRatio: sharpe(zip(returns, benchmark).map { $0 - $1 }))
    }

    /// Turnover Σ|traded notional|/mean equity over the whole run; nil when equity is not above 0.
    public static func turnover(tradedNotional: Double, meanEquity: Double) -> Double? {
        meanEquity > 0 ? tradedNotional / meanEquity : nil
    }

    /// Net profit per traded notional, in basis points; nil when nothing was traded.
    public static func returnPerNotional(netProfit: Double, tradedNotional: Double) -> Double? {
        ratio(netProfit, tradedNotional).map { $0 * 1e4 }
    }

    /// Walk-forward efficiency: annual out-of-sample return/annual in-sample return over the same
    /// windows; below 0.5 is a warning. Source: Pardo 2008.
    public static func walkForwardEfficiency(outOfSample: Double, inSample: Double) -> Double? {
        ratio(outOfSample, inSample)
    }
}
