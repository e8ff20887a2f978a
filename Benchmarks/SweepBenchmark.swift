// All 780 pairs of the windows 2 to 41 of the dual moving average, over a bar file.

import MartletAccounting
import MartletImport
import MartletModel
import MartletResearch
import MartletSimulation

extension Benchmark {
    /// The batched kernel, which a test holds equal to the engine.
    static let sweep = Benchmark(
        name: "sweep", meaning: "searching for parameters takes longer"
    ) { settings throws(Failure) in
        let series = try BarImport.read(settings.bars).series
        var replay = BarReplaySettings()
        let rate = ExactDecimal(mantissa: 5, scale: 4)
        replay.fees = FeeSchedule(FeeRates(maker: rate, taker: rate))
        replay.cash = ExactDecimal(mantissa: 10_000, scale: 0)
        replay.fillsAtClose = true
        let sweep = try SMASweep(windows: Array(2...41), settings: replay)
        let work = sweep.pairs * series.bars.count
        return try Measurement.take("pair-bars", events: work, runs: settings.runs) {
            () throws(Failure) in
            let rows = try sweep.run(series).rows
            return rows.reduce(0) { $0 &* 31 &+ UInt64(truncatingIfNeeded: $1.finalValue) }
        }
    }
}
