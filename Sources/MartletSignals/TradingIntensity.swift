// How often somebody trades at a distance from the mid: λ(δ) = A·e^(−kδ), fitted as it goes.

import Glibc

/// Arrival rate at the mid and its decay with distance.
public struct IntensityFit: Hashable, Sendable {
    /// Arrivals per second that reach distance 0; above 0.
    public let rate: Double
    /// Decay per tick of distance; above 0.
    public let decay: Double

    /// A fit from its numbers.
    public init(rate: Double, decay: Double) {
        self.rate = rate
        self.decay = decay
    }

    /// Least squares of ln(arrivals per second) on distance.
    ///
    /// - Parameters:
    ///   - points: Distance in ticks and arrivals per second that reach it; rates above 0.
    /// - Returns: Nil below two different distances, or where the rate does not fall with distance.
    public init?(_ points: some Collection<(distance: Double, rate: Double)>) {
        var count = 0.0
        var (sumX, sumY, sumXX, sumXY) = (0.0, 0.0, 0.0, 0.0)
        for point in points where point.rate > 0 {
            let y = log(point.rate)
            count += 1
            sumX += point.distance
            sumY += y
            sumXX += point.distance * point.distance
            sumXY += point.distance * y
        }
        let spread = count * sumXX - sumX * sumX
        guard count >= 2, spread > 1e-12 * max(1, sumXX) else { return nil }
        let slope = (count * sumXY - sumX * sumY) / spread
        let rate = exp((sumY - slope * sumX) / count)
        guard slope < 0, rate > 0, rate.isFinite else { return nil }
        self.init(rate: rate, decay: -slope)
    }
}

/// Collects how far from the mid recent arrivals reached, and fits ``IntensityFit`` to them.
///
/// It keeps the last arrivals in a ring, so the window adapts to activity. Distances are grouped in
/// eight steps of a quarter of their mean, which makes the fit independent of the tick size; only
/// these near distances count (formulas: fit only near-touch depths). Assumes that arrivals on
/// both sides are alike and independent (clusters of arrivals make the rate err high).
public struct TradingIntensity: Hashable, Sendable {
    private var distances: [Int64]
    private var times: [Int64]
    private var next = 0
    private static let steps = 8
    private var reached: [Double]
    /// Arrivals in the window.
    public private(set) var count = 0

    /// A window of the last `arrivals` arrivals, at least 1.
    public init(arrivals: Int) {
        precondition(arrivals >= 1, "a window holds at least one arrival")
        distances = [Int64](repeating: 0, count: arrivals)
        times = [Int64](repeating: 0, count: arrivals)
        reached = [Double](repeating: 0, count: Self.steps)
    }

    /// Adds an arrival that reached `halfTicks` half ticks from the mid, at least 0, at `time` (ns).
    public mutating func add(halfTicks: Int64, at time: Int64) {
        distances[next] = max(0, halfTicks)
        times[next] = time
        next = next + 1 == distances.count ? 0 : next + 1
        if count < distances.count { count += 1 }
    }

    /// The fit over the window up to `now` (ns), or nil below ten arrivals, or where all are at the
    /// mid. Where the line does not fall, or hardly (arrivals at one distance only), the decay is
    /// that of an exponential distribution with the mean distance. Cost: a step per arrival in the
    /// window; allocates nothing.
    public mutating func fit(now: Int64) -> IntensityFit? {
        guard count >= 10 else { return nil }
        let oldest = count < distances.count ? times[0] : times[next]
        let seconds = max(1e-3, Double(now) / 1e9 - Double(oldest) / 1e9)
        var total = 0.0
        for index in 0..<count { total += Double(distances[index]) }
        guard total > 0 else { return nil }
        let meanHalfTicks = total / Double(count)
        let step = max(1, meanHalfTicks / 4)
        for index in 0..<Self.steps { reached[index] = 0 }
        for index in 0..<count {
            let steps = min(
                Double(Self.steps - 1), (Double(distances[index]) / step).rounded(.down))
            reached[Int(steps)] += 1
        }
        for index in stride(from: Self.steps - 2, through: 0, by: -1) {
            reached[index] += reached[index + 1]
        }
        let line = IntensityFit(
            (0..<Self.steps).lazy.map { [reached] index in
                (distance: Double(index) * step / 2, rate: reached[index] / seconds)
            })
        if let line, line.decay * meanHalfTicks / 2 > 0.1 { return line }
        return IntensityFit(rate: Double(count) / seconds, decay: 2 / meanHalfTicks)
    }
}
