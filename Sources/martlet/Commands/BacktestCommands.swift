// `backtest run`: options from file, environment and flags; a run directory and a summary out.

import MartletImport
import MartletModel
import MartletResearch
import MartletStore
import MartletStrategies

/// Verbs of `backtest`.
package enum BacktestCommands {
    /// The table.
    package static let verbs = [
        Verb(
            "backtest", "run", "trade recorded data with a strategy and write a run directory",
            positionals: Positionals(placeholder: "CONFIG.json5", minimum: 0, maximum: 1),
            flags: BacktestFlags.all,
            examples: [
                "martlet backtest run --events ev.npy --strategy glft --entry-latency 5ms",
                "martlet backtest run Examples/sma-cross.json5 --set fast=10 --json",
            ], run: run),
        Verb(
            "backtest", "compare", "set runs side by side, and what tells them apart",
            positionals: Positionals(placeholder: "RUN", minimum: 2, maximum: 100),
            examples: ["martlet backtest compare runs/first runs/second"], run: compare),
    ]

    private static func compare(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let comparison = try Comparison.run(invocation.positionals)
        if invocation.wantsJSON { return try console.print(comparison.json) }
        try console.print(comparison.text)
    }

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let settings = try BacktestSettings.collect(file: invocation.positionals.first, invocation)
        let options = try BacktestOptionsBuilder(settings).build()
        let outcome = try execute(options, console)
        if settings.isOn("json") { return try console.print(outcome.json) }
        try console.print(RunSummary(outcome).text)
    }

    /// Runs `options` with progress on standard error.
    ///
    /// - Throws: what reading the bars and running throws.
    static func execute(
        _ options: BacktestOptions, _ console: Console
    ) throws(Failure) -> BacktestOutcome {
        try StrategyCommands.check(options.strategy, options.parameters)
        let directory = options.out ?? RunIdentifier.directory(for: options)
        warnOfMissingFees(options, console)
        var bars: BarSeries?
        if let path = options.bars {
            var reading = BarImportOptions()
            if let text = options.columns { reading.columns = try BarColumns(text) }
            let read = try BarImport.read(path, reading)
            for warning in read.quality.warnings { console.note("\(path): \(warning)") }
            bars = read.series
        }
        let progress = ProgressReporter(console)
        defer { progress.finish() }
        return try BacktestRunner.run(
            options, bars: bars, directory: directory, version: MartletVersion.text
        ) { step in
            progress.report(step)
            return true
        }
    }

    private static func warnOfMissingFees(_ options: BacktestOptions, _ console: Console) {
        let missing = options.missingFees
        guard !missing.isEmpty else { return }
        console.note(
            "warning: no " + missing.joined(separator: " and no ")
                + " given; counted as 0 (see --fee-preset)")
    }
}
