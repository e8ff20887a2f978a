// Helpers of the bar tests: files, and one backtest in one line.

import FoundationEssentials
import MartletModel
import MartletSimulation
import MartletStrategies

/// Files of the project.
enum TestFiles {
    /// Whether this is a debug build, in which long tests take samples.
    static var isDebug: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// The lines of a text file.
    static func lines(_ path: String) throws -> [Substring] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }
}

/// One backtest.
enum TestRun {
    /// `sma-cross` over a series.
    static func smaCross(
        _ series: BarSeries, fast: Int, slow: Int, _ settings: BarReplaySettings
    ) throws -> BarReplayResult {
        let parameters = try ParameterValues(
            [("fast", "\(fast)"), ("slow", "\(slow)")], for: SMACross.descriptor)
        let strategy = try SMACross(parameters: parameters, instrument: series.instrument)
        var replay = try BarReplay(series, strategy: strategy, settings: settings)
        try replay.run()
        return replay.result
    }
}
