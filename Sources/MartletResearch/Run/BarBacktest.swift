// A backtest over bars: timed replays first, then one that is written down.

import MartletAccounting
import MartletEngine
import MartletModel
import MartletSimulation
import MartletStore
import MartletStrategies

/// Runs backtests over bars.
struct BarBacktest {
    private let options: BacktestOptions
    private let series: BarSeries
    private let setup: BacktestSetup
    private let settings: BarReplaySettings
    private let progress: (Progress) -> Bool

    /// Checks how the options go together with bars.
    ///
    /// - Throws: usage for options and strategies that need events, and as ``BacktestSetup``.
    init(
        _ options: BacktestOptions, series: BarSeries, progress: @escaping (Progress) -> Bool
    ) throws(Failure) {
        let strategy = try BacktestSetup.strategy(of: options)
        guard strategy.descriptor.usesBars else {
            throw Failure(
                .usage,
                "strategy '\(options.strategy)' works on events: give --events, or with --bars a "
                    + "strategy that uses bars (martlet strategy list)")
        }
        guard options.goldenOut == nil, options.profile == .standard else {
            throw Failure(.usage, "--golden-out and --profile are for --events; leave them out")
        }
        self.options = options
        self.series = series
        self.progress = progress
        setup = try BacktestSetup(options, instrument: series.instrument)
        var settings = BarReplaySettings()
        settings.fees = setup.fees
        settings.cash = options.cash
        settings.fillsAtClose = options.fillAt == .close
        settings.slippage = options.slippage
        settings.from = options.from
        settings.to = options.to
        self.settings = settings
    }

    /// The configurations of the bracket: the same with the other fill price, and with 0.1 % more
    /// slippage.
    private var variants: [(label: String, settings: BarReplaySettings)] {
        var other = settings
        other.fillsAtClose.toggle()
        var slipping = settings
        let scale = max(settings.slippage.scale, 3)
        let slippage = settings.slippage.mantissa(atScale: scale) ?? 0
        slipping.slippage = ExactDecimal(mantissa: slippage + powerOfTen(scale - 3), scale: scale)
        return [
            (
                other.fillsAtClose ? "Filled at the signal bar's close" : "Filled at the next open",
                other
            ),
            ("0.1 % more slippage", slipping),
        ]
    }

    /// Replays `options.repeats` times for time and once more for the record.
    ///
    /// - Throws: integrity when two replays differ or an amount is too large, interrupted when
    ///   progress asked to stop.
    func run() throws(Failure) -> BacktestResult {
        var seconds: [Double] = []
        var hashes: Set<UInt64> = []
        for round in 0..<options.repeats {
            var replay = try makeReplay(settings, recorder: nil)
            let watch = Stopwatch()
            try run(&replay, phase: "replay \(round + 1)/\(options.repeats)")
            seconds.append(watch.seconds)
            hashes.insert(replay.result.effectHash.value)
        }
        let main = try record(settings)
        hashes.insert(main.record.effectHash.value)
        guard hashes.count == 1 else {
            throw Failure(
                .integrity,
                "replays of the same data gave different effects: the strategy "
                    + "'\(options.strategy)' is not deterministic")
        }
        var bracket: [(label: String, record: RunRecord)] = []
        if options.bracket {
            for variant in variants {
                bracket.append((variant.label, try record(variant.settings).record))
            }
        }
        seconds.sort()
        return BacktestResult(
            record: main.record, account: main.account, bracket: bracket,
            seconds: seconds[seconds.count / 2], bestBid: nil, bestAsk: nil)
    }

    private func record(
        _ settings: BarReplaySettings
    ) throws(Failure) -> (record: RunRecord, account: Account) {
        let bars = settings.bars(of: series)
        let start = bars.first?.openTime ?? 0
        let end = bars.last?.closeTime ?? 0
        let collector = try RunCollector(
            directory: Folder.nearestExisting(options.out.map(Folder.parent) ?? "."),
            grid: SampleGrid(start: start, end: end, finest: series.intervalNanoseconds),
            initialCash: setup.initialCash ?? 0, feedLatency: LatencyHistogram(), golden: nil,
            marksByLastPrice: true)
        var replay = try makeReplay(settings, recorder: collector)
        try run(&replay, phase: "record")
        var record = RunRecord(
            instrument: setup.instrument, strategy: options.strategy,
            parameters: setup.parameters.resolved,
            settings: options.resolved.map { ($0.name, $0.text) },
            orders: RecordStorage(copying: []), fills: RecordStorage(copying: []))
        record.startTime = start
        record.endTime = end
        record.amountScale = setup.emptyAccount.scale
        record.effectHash = replay.result.effectHash
        record.data.rows = Int64(bars.count)
        record.data.rowsByKind = [("bar", Int64(bars.count))]
        record.data.gaps = Int64(series.gaps)
        try collector.finish(into: &record)
        return (record, replay.engine.account)
    }

    private func makeReplay(
        _ settings: BarReplaySettings, recorder: RunCollector?
    ) throws(Failure) -> BarReplay {
        try BarReplay(
            series, strategy: setup.makeStrategy(), settings: settings, recorder: recorder)
    }

    private func run(_ replay: inout BarReplay, phase: String) throws(Failure) {
        let total = Int64(settings.bars(of: series).count)
        try replay.run { bars in
            progress(Progress(phase: phase, done: Int64(bars), total: total))
        }
    }
}
