// Whether a Sharpe ratio is more than luck: probabilistic and deflated ratios, minimum track record.

import Glibc

extension Statistics {
    /// Probabilistic Sharpe ratio: the probability that the true ratio is above `benchmark`.
    ///
    /// All ratios are per period; `kurtosis` is Pearson's (normal = 3), not excess kurtosis.
    /// Source: Bailey and López de Prado, Journal of Risk 15(2), 2012.
    ///
    /// - Returns: nil below two returns, or when the variance term is not above 0.
    public static func probabilisticSharpe(
        sharpe: Double, above benchmark: Double, count: Int, skewness: Double, kurtosis: Double
    ) -> Double? {
        let error = sharpeStandardError(
            sharpe: sharpe, count: count, skewness: skewness, kurtosis: kurtosis)
        guard let error, error > 0 else { return nil }
        return normalCumulative((sharpe - benchmark) / error)
    }

    /// Minimum track record length: returns needed to show a ratio above `benchmark` with
    /// `confidence` (for example 0.95).
    ///
    /// Per-period ratios, Pearson kurtosis. Source: Bailey and López de Prado 2012.
    ///
    /// - Returns: nil when the ratio is not above the benchmark: no length would do.
    public static func minimumTrackRecord(
        sharpe: Double, above benchmark: Double, skewness: Double, kurtosis: Double,
        confidence: Double
    ) -> Double? {
        guard sharpe > benchmark, let quantile = normalQuantile(confidence) else { return nil }
        let variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
        guard variance > 0 else { return nil }
        let distance = quantile / (sharpe - benchmark)
        return 1 + variance * distance * distance
    }

    /// Expected maximum of `trials` independent standard normal values (asymptotic), or nil below
    /// two: (1−γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e)) with Euler's γ.
    public static func expectedMaximum(trials: Double) -> Double? {
        let euler = 0.577_215_664_901_532_9
        guard trials > 1, let first = normalQuantile(1 - 1 / trials),
            let second = normalQuantile(1 - 1 / (trials * M_E))
        else { return nil }
        return (1 - euler) * first + euler * second
    }

    /// The per-period Sharpe ratio that the best of `trials` worthless strategies is expected to
    /// show, given the variance of the ratio among trials.
    public static func expectedMaximumSharpe(trials: Double, variance: Double) -> Double? {
        guard variance >= 0 else { return nil }
        return expectedMaximum(trials: trials).map { $0 * variance.squareRoot() }
    }

    /// Deflated Sharpe ratio: the probabilistic ratio above the expected best of `trials`.
    ///
    /// `trials` counts *independent* trials. Source: Bailey and López de Prado, Journal of
    /// Portfolio Management 40(5), 2014.
    public static func deflatedSharpe(
        sharpe: Double, count: Int, skewness: Double, kurtosis: Double, trials: Double,
        trialVariance: Double
    ) -> Double? {
        expectedMaximumSharpe(trials: trials, variance: trialVariance).flatMap {
            probabilisticSharpe(
                sharpe: sharpe, above: $0, count: count, skewness: skewness, kurtosis: kurtosis)
        }
    }
}
