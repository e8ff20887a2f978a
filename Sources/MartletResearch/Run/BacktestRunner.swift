// Runs a backtest from options to run directory.

import MartletAccounting
public import MartletModel
public import MartletStore

/// What a finished backtest tells its caller.
public struct BacktestOutcome: Sendable {
    /// The run directory.
    public let directory: String
    /// The result as the `--json` object (docs/reference/).
    public let json: JSONText
    /// Every number that the run is judged by.
    public let metrics: RunMetrics
    /// The run's record.
    public let record: RunRecord
    /// The same run under other models.
    public let bracket: [BracketRow]
    /// Median time of one replay; seconds.
    public let seconds: Double
}

/// Runs backtests.
public enum BacktestRunner {
    /// Runs `options` over its events, or over `bars`, and writes the run directory.
    ///
    /// - Parameters:
    ///   - bars: The series that `options.bars` names, read by the caller; nil with events.
    ///   - directory: The run directory to make.
    ///   - version: Martlet's version, for the manifest.
    ///   - progress: Called now and then; returns false to stop the run.
    /// - Throws: ``Failure`` with the documented exit code; nothing is left under `directory` then.
    public static func run(
        _ options: BacktestOptions, bars: BarSeries? = nil, directory: String, version: String,
        progress: @escaping (Progress) -> Bool = { _ in true }
    ) throws(Failure) -> BacktestOutcome {
        if options.profile == .hftbacktest, options.fillModel == .partial {
            throw Failure(
                .usage,
                "--profile hftbacktest has no partial fills (upstream loses them): use "
                    + "--profile corrected with --fill-model partial, or --fill-model nopartial")
        }
        try RunArtifacts.check(path: directory, force: options.force)
        var options = options
        options.out = directory
        let result: BacktestResult
        if let bars {
            result = try BarBacktest(options, series: bars, progress: progress).run()
        } else {
            result = try EventBacktest(options, progress: progress).run()
        }
        let metrics = try RunMetrics(result.record, seed: options.seed)
        var rows: [BracketRow] = []
        if !result.bracket.isEmpty {
            rows.append(BracketRow(label: "As configured", record: result.record, metrics: metrics))
        }
        for other in result.bracket {
            rows.append(
                BracketRow(
                    label: other.label, record: other.record,
                    metrics: try RunMetrics(other.record, seed: options.seed)))
        }
        let context = RunContext(
            version: version, seed: options.seed, inputs: try inputs(of: options), bracket: rows,
            assumptions: ModelAssumptions.all(options),
            warnings: feeWarnings(options))
        _ = progress(Progress(phase: "write", done: 0, total: 1))
        try RunArtifacts.write(
            result.record, metrics: metrics, context: context, to: directory, force: options.force)
        if var golden = result.golden { try golden.write() }
        return BacktestOutcome(
            directory: directory, json: json(result, metrics, directory, options), metrics: metrics,
            record: result.record, bracket: rows, seconds: result.seconds)
    }

    /// One warning when a fee was left out and therefore counts as 0.
    private static func feeWarnings(_ options: BacktestOptions) -> [String] {
        let missing = options.missingFees
        guard !missing.isEmpty else { return [] }
        return [
            "No \(missing.joined(separator: " and no ")) given: the run counts 0 for it. Give it, or "
                + "a --fee-preset."
        ]
    }

    private static func inputs(of options: BacktestOptions) throws(Failure) -> [RunInput] {
        var inputs: [RunInput] = []
        let files = options.events.map { ("events", Optional($0)) }
        for (role, path) in files + [("bars", options.bars), ("latency", options.latencyFile)] {
            guard let path else { continue }
            inputs.append(
                RunInput(
                    role: role, path: path, sha256: try Digest.sha256(file: path),
                    bytes: try Folder.fileSize(path)))
        }
        return inputs
    }

    private static func json(
        _ result: BacktestResult, _ metrics: RunMetrics, _ directory: String,
        _ options: BacktestOptions
    ) -> JSONText {
        let record = result.record
        let account = result.account
        let instrument = record.instrument
        func money(_ amount: Int128) -> JSONText { .string(account.money(amount).text) }
        func quantity(_ lots: Int64) -> JSONText { .string(instrument.quantityText(lots: lots)) }
        func count(_ name: String) -> JSONText {
            .integer(record.counts.first { $0.name == name }?.count ?? 0)
        }
        return .object([
            ("schema", .string("martlet.backtest/1")),
            ("strategy", .string(record.strategy)),
            ("instrument", .string(instrument.id.symbol)),
            ("profile", .string(options.profile.rawValue)),
            ("orders", count("submits")),
            ("fills", count("fillRows")),
            ("canceled", count("canceled")),
            ("expired", count("expired")),
            ("rejected", count("rejected")),
            ("position", quantity(account.positionLots)),
            ("balance", money(account.cash)),
            ("fee", money(account.feesPaid)),
            ("funding", money(account.fundingPaid)),
            ("tradingVolume", quantity(account.volumeLots)),
            ("tradingValue", money(account.tradedValue)),
            ("finalValue", money(metrics.finalValue)),
            ("netPnL", money(metrics.attribution.net)),
            ("asset", .string(instrument.settlementAsset.name)),
            ("startTime", .integer(record.startTime)),
            ("endTime", .integer(record.endTime)),
            ("effectHash", .string(record.effectHash.text)),
            ("bookHash", .string(record.bookHash.text)),
            ("bestBidTick", .integer(result.bestBid ?? 0)),
            ("bestAskTick", .integer(result.bestAsk ?? 0)),
            ("events", .integer(record.data.rows)),
            ("repeats", .integer(Int64(options.repeats))),
            ("seconds", .number(plain(result.seconds))),
            ("directory", .string(directory)),
        ])
    }

    /// Seconds as plain decimal text with nanoseconds.
    private static func plain(_ seconds: Double) -> String {
        decimalText(Int128((seconds * 1e9).rounded()), scale: 9)
    }
}
