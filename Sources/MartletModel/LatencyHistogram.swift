// Counts of durations in constant memory, for quantiles of latencies.

/// Counts of durations in buckets of an eighth of a power of two: constant memory, quantiles within
/// a few percent, exact where all durations are equal.
public struct LatencyHistogram: Hashable, Sendable {
    /// Buckets: enough for every `Int64`.
    public static let bucketCount = 8 * 61
    /// Counts per bucket; see ``bucket(of:)``.
    public private(set) var counts = [Int64](repeating: 0, count: Self.bucketCount)
    /// Durations counted.
    public private(set) var total: Int64 = 0
    /// Durations below 0: data errors, counted apart and not in ``total``.
    public private(set) var negatives: Int64 = 0
    /// The longest duration; ns.
    public private(set) var maximum: Int64 = 0
    /// The shortest duration of at least 0; ns, 0 while there is none.
    public private(set) var minimum: Int64 = 0

    /// An empty histogram.
    public init() {}

    /// Adds a duration in ns, `count` (at least 1) times.
    public mutating func add(_ nanoseconds: Int64, count: Int64 = 1) {
        guard nanoseconds >= 0 else {
            negatives += count
            return
        }
        counts[Self.bucket(of: nanoseconds)] += count
        minimum = total == 0 ? nanoseconds : min(minimum, nanoseconds)
        total += count
        maximum = max(maximum, nanoseconds)
    }

    /// The bucket of a duration: eight linear steps within each power of two.
    public static func bucket(of nanoseconds: Int64) -> Int {
        if nanoseconds < 8 { return Int(nanoseconds) }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        let step = Int(nanoseconds >> Int64(exponent - 3)) & 7
        return (exponent - 2) * 8 + step
    }

    /// The smallest duration of a bucket; ns. The largest number for the end of the last one.
    public static func lowerBound(ofBucket bucket: Int) -> Int64 {
        if bucket < 8 { return Int64(bucket) }
        if bucket >= bucketCount { return .max }
        return Int64(8 + bucket % 8) << Int64(bucket / 8 - 1)
    }

    /// The duration below which `share` (0 to 1) of all lie, or nil while there is none; ns. Within
    /// a bucket, durations count as evenly spread.
    public func quantile(_ share: Double) -> Int64? {
        guard total > 0 else { return nil }
        let rank = Int64((Double(total - 1) * min(max(share, 0), 1)).rounded(.down))
        if rank == total - 1 { return maximum }
        var seen: Int64 = 0
        for bucket in counts.indices where counts[bucket] > 0 {
            if seen + counts[bucket] > rank {
                let lower = Self.lowerBound(ofBucket: bucket)
                let width = Double(Self.lowerBound(ofBucket: bucket + 1) - lower - 1)
                let place = (Double(rank - seen) + 0.5) / Double(counts[bucket])
                return min(max(lower + Int64(width * place), minimum), maximum)
            }
            seen += counts[bucket]
        }
        return maximum
    }
}
