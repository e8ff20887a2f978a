// Averages, spreads, shapes and quantiles of a sample; what cannot be told from it is nil.

import Glibc

/// Statistics of samples as functions over arrays.
///
/// Conventions: the standard deviation divides by n − 1; skewness and kurtosis are the plain moment
/// ratios (kurtosis is Pearson's: 3 for a normal distribution); an undefined value (too few numbers,
/// a denominator of 0) is nil, never a large number or 0.
public enum Statistics {}

extension Statistics {
    /// The arithmetic mean, or nil of nothing.
    public static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : sum(values) / Double(values.count)
    }

    /// The sum with Neumaier's compensation, so that its error does not grow with the count.
    public static func sum(_ values: some Sequence<Double>) -> Double {
        var total = CompensatedSum()
        for value in values { total.add(value) }
        return total.value
    }

    /// The sample standard deviation (ddof = 1), or nil below two values.
    public static func standardDeviation(_ values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let squares = sum(values.lazy.map { ($0 - mean) * ($0 - mean) })
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The skewness m3/m2^1.5 with plain moments, or nil without spread.
    public static func skewness(_ values: [Double]) -> Double? {
        guard let (second, third, _) = centralMoments(values), second > 0 else { return nil }
        return third / (second * second.squareRoot())
    }

    /// Pearson's kurtosis m4/m2² with plain moments (normal = 3), or nil without spread.
    public static func kurtosis(_ values: [Double]) -> Double? {
        guard let (second, _, fourth) = centralMoments(values), second > 0 else { return nil }
        return fourth / (second * second)
    }

    /// The quantile at `share` (0 to 1) by linear interpolation between order statistics (type 7),
    /// or nil of nothing. Cost: one sort.
    public static func quantile(_ values: [Double], _ share: Double) -> Double? {
        quantile(ofSorted: values.sorted(), share)
    }

    /// As ``quantile(_:_:)``, of values in ascending order: constant cost.
    public static func quantile(ofSorted values: [Double], _ share: Double) -> Double? {
        guard !values.isEmpty, (0...1).contains(share) else { return nil }
        let position = Double(values.count - 1) * share
        let lower = Int(position.rounded(.down))
        let upper = min(lower + 1, values.count - 1)
        return values[lower] + (values[upper] - values[lower]) * (position - Double(lower))
    }

    /// The autocorrelation at `lag` (sums over the common mean), or nil without spread or overlap.
    public static func autocorrelation(_ values: [Double], lag: Int) -> Double? {
        guard lag >= 1, lag < values.count, let mean = mean(values) else { return nil }
        let spread = sum(values.lazy.map { ($0 - mean) * ($0 - mean) })
        guard spread > 0 else { return nil }
        let products = sum(
            (lag..<values.count).lazy.map { (values[$0] - mean) * (values[$0 - lag] - mean) })
        return products / spread
    }

    private static func centralMoments(
        _ values: [Double]
    ) -> (second: Double, third: Double, fourth: Double)? {
        guard let mean = mean(values) else { return nil }
        let count = Double(values.count)
        func moment(_ power: (Double) -> Double) -> Double {
            sum(values.map { power($0 - mean) }) / count
        }
        return (
            moment { $0 * $0 }, moment { $0 * $0 * $0 }, moment { ($0 * $0) * ($0 * $0) }
        )
    }
}

/// A running sum of doubles with Neumaier's compensation.
public struct CompensatedSum: Hashable, Sendable {
    private var total = 0.0
    private var lost = 0.0

    /// A sum of nothing.
    public init() {}

    /// Adds one number.
    public mutating func add(_ number: Double) {
        let next = total + number
        lost += abs(total) >= abs(number) ? (total - next) + number : (number - next) + total
        total = next
    }

    /// The sum so far.
    public var value: Double { total + lost }
}
