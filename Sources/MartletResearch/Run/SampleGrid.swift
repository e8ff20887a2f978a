// At which moments a run's account and chart are sampled.

import MartletModel

/// Moments on our clock: multiples of a step (so that runs share them), first and last included.
///
/// The equity step is the coarsest of a day, an hour, a minute and a second that gives at least 30
/// returns, or a second (docs/reference/metrics.md). The chart has at most 2,000 points.
struct SampleGrid {
    let start: Int64
    let end: Int64
    let equityStep: Int64
    let chartStep: Int64

    /// A grid from `start` to `end`, with no step below `finest`; ns.
    init(start: Int64, end: Int64, finest: Int64 = 1) {
        self.start = start
        self.end = end
        let second: Int64 = 1_000_000_000
        let step =
            [86_400 * second, 3_600 * second, 60 * second].first { (end - start) / $0 >= 30 }
            ?? second
        equityStep = max(finest, step)
        let fine: [Int64] = [
            100_000_000, 200_000_000, 500_000_000, second, 2 * second, 5 * second, 10 * second,
            30 * second, 60 * second, 300 * second, 900 * second, 3_600 * second, 14_400 * second,
            86_400 * second,
        ]
        chartStep = max(
            finest, fine.first { (end - start) / $0 <= 2_000 } ?? (end - start) / 2_000)
    }

    func isEquityTime(_ time: Int64) -> Bool {
        time == start || time == end || time % equityStep == 0
    }

    func isChartTime(_ time: Int64) -> Bool {
        time == start || time == end || time % chartStep == 0
    }

    /// The next moment after `time`, or the end of time behind the last one.
    func next(after time: Int64) -> Int64 {
        if time >= end { return Int64.max }
        return min(end, min(multiple(equityStep, after: time), multiple(chartStep, after: time)))
    }

    private func multiple(_ step: Int64, after time: Int64) -> Int64 {
        (time.flooredDivision(by: step).quotient + 1) * step
    }
}
