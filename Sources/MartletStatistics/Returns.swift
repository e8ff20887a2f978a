// From equity to returns, and what returns add up to: growth, volatility, Sharpe and its kin.

import Glibc

extension Statistics {
    /// Simple returns E_t/E_{t−1} − 1 of equity samples, or nil when a base is not above 0.
    ///
    /// - Parameter equity: Mark-to-market equity on a fixed grid, oldest first; n + 1 values.
    /// - Returns: n returns, oldest first.
    public static func returns(ofEquity equity: [Double]) -> [Double]? {
        guard equity.dropLast().allSatisfy({ $0 > 0 }) else { return nil }
        return zip(equity.dropFirst(), equity).map { $0 / $1 - 1 }
    }

    /// E_T/E_0 of chained returns: growth of one unit, fees and all.
    public static func growth(_ returns: [Double]) -> Double {
        returns.reduce(1) { $0 * (1 + $1) }
    }

    /// Total return E_T/E_0 − 1, or nil of nothing. Source: GIPS (time-weighted).
    public static func totalReturn(_ returns: [Double]) -> Double? {
        returns.isEmpty ? nil : growth(returns) - 1
    }

    /// Compound annual growth rate (E_T/E_0)^(q/n) − 1, or nil of nothing or of ruin.
    public static func annualGrowth(_ returns: [Double], periodsPerYear: Double) -> Double? {
        let growth = growth(returns)
        guard !returns.isEmpty, growth > 0 else { return nil }
        return pow(growth, periodsPerYear / Double(returns.count)) - 1
    }

    /// Annual volatility sd(r)·√q.
    public static func volatility(_ returns: [Double], periodsPerYear: Double) -> Double? {
        standardDeviation(returns).map { $0 * periodsPerYear.squareRoot() }
    }

    /// Sharpe ratio per period, mean(r − rf)/sd(r − rf); nil without spread.
    /// Source: Sharpe, Journal of Portfolio Management 21(1), 1994.
    public static func sharpe(_ returns: [Double], riskFree: Double = 0) -> Double? {
        let excess = riskFree == 0 ? returns : returns.map { $0 - riskFree }
        guard let mean = mean(excess), let deviation = standardDeviation(excess), deviation > 0
        else { return nil }
        return mean / deviation
    }

    /// Sharpe ratio per year under independence, per-period ratio × √q.
    public static func annualSharpe(
        _ returns: [Double], periodsPerYear: Double, riskFree: Double = 0
    ) -> Double? {
        sharpe(returns, riskFree: riskFree).map { $0 * periodsPerYear.squareRoot() }
    }

    /// Sharpe ratio per `periods` periods with autocorrelation: SR·q/√(q + 2Σ(q−k)ρ_k), k < q.
    ///
    /// Lags at which the sample has no pairs count as 0; nil when the root would be of 0 or less.
    /// Source: Lo, Financial Analysts Journal 58(4), 2002. Cost: n × min(q, n).
    public static func autocorrelatedSharpe(_ returns: [Double], periods: Int) -> Double? {
        guard periods >= 1, let ratio = sharpe(returns) else { return nil }
        let weighted = sum(
            (1..<max(1, min(periods, returns.count))).lazy.map { lag in
                Double(periods - lag) * (autocorrelation(returns, lag: lag) ?? 0)
            })
        let under = Double(periods) + 2 * weighted
        return under > 0 ? ratio * Double(periods) / under.squareRoot() : nil
    }

    /// Standard error of a per-period Sharpe ratio, √((1 − γ3·SR + (γ4−1)/4·SR²)/(n−1)).
    ///
    /// - Parameter kurtosis: Pearson's (normal = 3).
    /// - Returns: nil below two returns, or when the variance term is negative.
    /// - Note: Source: Mertens 2002; Bailey and López de Prado 2012.
    public static func sharpeStandardError(
        sharpe: Double, count: Int, skewness: Double, kurtosis: Double
    ) -> Double? {
        let variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
        guard count > 1, variance >= 0 else { return nil }
        return (variance / Double(count - 1)).squareRoot()
    }

    /// Downside deviation √mean(min(r − MAR, 0)²): all n in the denominator.
    public static func downsideDeviation(
        _ returns: [Double], minimumAcceptable: Double = 0
    ) -> Double? {
        mean(
            returns.map { value in
                let shortfall = min(value - minimumAcceptable, 0)
                return shortfall * shortfall
            }
        )?.squareRoot()
    }

    /// Sortino ratio per year, mean(r − MAR)/downside deviation·√q; nil without a downside.
    /// Source: Sortino and Price, Journal of Investing 3(3), 1994.
    public static func sortino(
        _ returns: [Double], periodsPerYear: Double, minimumAcceptable: Double = 0
    ) -> Double? {
        guard let mean = mean(returns),
            let downside = downsideDeviation(returns, minimumAcceptable: minimumAcceptable),
            downside > 0
        else { return nil }
        return (mean - minimumAcceptable) / downside * periodsPerYear.squareRoot()
    }
}
