// From values to places on a chart: ranges with air around them, round tick marks, fewer points.

import Glibc
import MartletModel

/// A range of values and the marks along it.
struct ChartScale {
    /// Coordinates run from 0 to this, so that four digits of a value survive in a path.
    static let size = 10_000.0
    let lower: Double
    let upper: Double
    let ticks: [Double]
    /// Decimals that tell neighbouring ticks apart.
    let digits: Int

    /// A scale around values from `low` to `high` with about `wanted` round ticks.
    init(low: Double, high: Double, wanted: Int = 5, air: Double = 0.06) {
        var low = low
        var high = high
        if !(high > low) {
            let around = max(abs(low) * 0.001, 1e-9)
            low -= around
            high += around
        }
        let margin = (high - low) * air
        lower = low - margin
        upper = high + margin
        let step = Self.roundStep((upper - lower) / Double(wanted))
        digits = max(0, min(12, Int((-log10(step)).rounded(.up))))
        var ticks: [Double] = []
        var index = (lower / step).rounded(.up)
        while index * step <= upper, ticks.count < 4 * wanted {
            ticks.append(index * step)
            index += 1
        }
        self.ticks = ticks
    }

    /// A scale exactly from `low` to `high` without ticks.
    init(from low: Double, to high: Double) {
        lower = low
        upper = high > low ? high : low + 1
        ticks = []
        digits = 0
    }

    /// 0 at the lower end to 1 at the upper.
    func share(_ value: Double) -> Double { (value - lower) / (upper - lower) }

    /// A horizontal coordinate.
    func x(_ value: Double) -> Int { Int((share(value) * Self.size).rounded()) }

    /// A vertical coordinate, growing downwards.
    func y(_ value: Double) -> Int { Int(((1 - share(value)) * Self.size).rounded()) }

    /// The smallest of 1, 2, 5 × 10^n that is at least `raw`.
    static func roundStep(_ raw: Double) -> Double {
        let power = pow(10, log10(raw).rounded(.down))
        for factor in [1.0, 2, 5] where factor * power >= raw * 0.999 { return factor * power }
        return 10 * power
    }

    /// Round moments between two times (ns) with about `wanted` marks, and their labels in UTC.
    static func moments(
        from start: Int64, to end: Int64, wanted: Int64 = 6
    ) -> [(time: Int64, label: String)] {
        guard end > start else { return [] }
        let second: Int64 = 1_000_000_000
        if end - start > 90 * 86_400 * second {
            return months(from: start, to: end, wanted: wanted)
        }
        let steps: [Int64] =
            [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * 1_000_000 }
            + [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map { $0 * second }
            + [1, 2, 3, 6, 12, 24, 48, 168, 336].map { $0 * 3600 * second }
        guard let step = steps.first(where: { (end - start) / $0 <= wanted }) else { return [] }
        var time = start.flooredDivision(by: step).quotient * step
        if time < start { time += step }
        var marks: [(time: Int64, label: String)] = []
        while time <= end, marks.count < 40 {
            let text = Timestamp(nanoseconds: time).iso8601
            let clock = text.dropFirst(11).dropLast()
            let isDay = clock == "00:00:00" && end - start > 36 * 3600 * second
            let label =
                step >= 24 * 3600 * second || isDay
                ? text.prefix(10) : step >= 60 * second ? clock.prefix(5) : clock
            marks.append((time, String(label)))
            time += step
        }
        return marks
    }

    /// First days of months or years between two times, for runs longer than a quarter.
    private static func months(
        from start: Int64, to end: Int64, wanted: Int64
    ) -> [(time: Int64, label: String)] {
        func month(_ time: Int64) -> Int64 {
            let text = Timestamp(nanoseconds: time).iso8601
            return (Int64(text.prefix(4)) ?? 1970) * 12 + (Int64(text.dropFirst(5).prefix(2)) ?? 1)
                - 1
        }
        let span = month(end) - month(start)
        let step = [1, 2, 3, 6, 12, 24, 60, 120].first { span / $0 <= wanted } ?? 600
        var marks: [(time: Int64, label: String)] = []
        var current = (month(start) + step - 1) / step * step
        while current <= month(end), marks.count < 40 {
            let name = "\(current / 12)-" + String(100 + current % 12 + 1).dropFirst()
            if let time = Timestamp(name + "-01")?.nanoseconds, time >= start, time <= end {
                marks.append((time, step >= 12 ? String(current / 12) : name))
            }
            current += step
        }
        return marks
    }
}

/// A point of a chart; without `y` the line breaks.
struct ChartValue {
    let x: Double
    let y: Double?
}

/// At most about `limit` points that keep every visible peak: the lowest and the highest value of
/// each stretch, in their order.
func decimated(_ points: [ChartValue], limit: Int = 1500) -> [ChartValue] {
    guard points.count > limit else { return points }
    let stretches = max(1, limit / 2)
    var kept: [ChartValue] = []
    kept.reserveCapacity(limit + 2)
    for stretch in 0..<stretches {
        let range = points.count * stretch / stretches..<points.count * (stretch + 1) / stretches
        var low: Int?
        var high: Int?
        for index in range {
            guard let y = points[index].y else { continue }
            if y < low.flatMap({ points[$0].y }) ?? .infinity { low = index }
            if y > high.flatMap({ points[$0].y }) ?? -.infinity { high = index }
        }
        guard let low, let high else {
            if let first = range.first { kept.append(points[first]) }
            continue
        }
        kept.append(points[min(low, high)])
        if low != high { kept.append(points[max(low, high)]) }
    }
    return kept
}
