// A backtest over event segments: timed replays first, then one that is written down.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
import MartletSimulation
import MartletStore
import MartletStrategies

/// What a finished backtest gave.
struct BacktestResult {
    var record: RunRecord
    var account: Account
    /// The other configurations of the bracket, with their labels.
    var bracket: [(label: String, record: RunRecord)] = []
    /// Median of the timed replays; seconds.
    var seconds: Double
    /// Best bid and ask of the local book at the end, or nil.
    var bestBid: Int64?
    var bestAsk: Int64?
    /// What `--golden-out` asked for, not written yet; or nil.
    var golden: GoldenOutput?
}

/// Runs backtests over event segments.
struct EventBacktest {
    private let options: BacktestOptions
    private let setup: BacktestSetup
    private let input: ReplayInput
    private let progress: (Progress) -> Bool
    private let markets = ReplayMarkets()

    init(_ options: BacktestOptions, progress: @escaping (Progress) -> Bool) throws(Failure) {
        self.options = options
        self.progress = progress
        // What needs no data is checked first: a wrong parameter is not worth reading files for.
        let interval = try BacktestSetup.interval(of: options)
        input = try ReplayInput(options, interval: interval)
        setup = try BacktestSetup(options, instrument: input.instrument)
    }

    /// Replays `options.repeats` times for time and once more for the record.
    ///
    /// - Throws: integrity when two replays differ, interrupted when progress asked to stop.
    func run() throws(Failure) -> BacktestResult {
        var seconds: [Double] = []
        var hashes: Set<UInt64> = []
        for round in 0..<options.repeats {
            let watch = Stopwatch()
            let result = try replay(
                phase: "replay \(round + 1)/\(options.repeats)", recorded: false)
            seconds.append(watch.seconds)
            hashes.insert(result.main.engine.effectHash.value)
        }
        let result = try replay(phase: "record", recorded: true)
        hashes.insert(result.main.engine.effectHash.value)
        guard hashes.count == 1 else {
            throw Failure(
                .integrity,
                "replays of the same data gave different effects: the strategy "
                    + "'\(options.strategy)' is not deterministic")
        }
        seconds.sort()
        var record = emptyRecord()
        try fill(&record, from: result, at: 0)
        var bracket: [(label: String, record: RunRecord)] = []
        for (index, variant) in result.variants.enumerated().dropFirst() {
            var other = emptyRecord()
            try fill(&other, from: result, at: index)
            bracket.append((variant.label, other))
        }
        return BacktestResult(
            record: record, account: result.main.engine.account, bracket: bracket,
            seconds: seconds[seconds.count / 2], bestBid: result.bestBid, bestAsk: result.bestAsk,
            golden: result.collectors[0].golden)
    }

    private struct Replayed {
        let variants: [Variant]
        let participants: [Participant]
        let collectors: [RunCollector]
        let bookHash: StableHash
        let bestBid: Int64?
        let bestAsk: Int64?
        var main: Participant { participants[0] }
    }

    private func replay(phase: String, recorded: Bool) throws(Failure) -> Replayed {
        let variants = [setup.main] + (recorded && options.bracket ? setup.bracket : [])
        var collectors: [RunCollector] = []
        if recorded {
            for index in variants.indices { collectors.append(try collector(isMain: index == 0)) }
        }
        let source = input.source
        let total = Int64(input.segments.reduce(0) { $0 + $1.rows.count })
        var participants: [Participant] = []
        var replay = EventReplay(source, markets: markets) { market in
            for (index, variant) in variants.enumerated() {
                participants.append(
                    setup.participant(
                        variant, market: market, startTime: source.startTime,
                        recorder: recorded ? collectors[index] : nil))
            }
            return participants
        }
        do throws(ReplayError) {
            try replay.run { rows in
                progress(Progress(phase: phase, done: Int64(rows), total: total))
            }
        } catch {
            throw Self.failure(error, options)
        }
        return Replayed(
            variants: variants, participants: participants, collectors: collectors,
            bookHash: replay.bookHash, bestBid: replay.market.bestBid,
            bestAsk: replay.market.bestAsk)
    }

    private static func failure(_ error: ReplayError, _ options: BacktestOptions) -> Failure {
        switch error {
        case .amountTooLarge:
            Failure(
                .integrity,
                "an amount left the range of the account: prices, quantities or the "
                    + "position of strategy '\(options.strategy)' are too large")
        case .endlessMoment(let time):
            Failure(
                .failure,
                "strategy '\(options.strategy)' keeps acting at one moment, "
                    + "\(Timestamp(nanoseconds: time).iso8601): give its timers a later time")
        case .interrupted: Failure(.interrupted, "interrupted: nothing was written")
        }
    }

    private func collector(isMain: Bool) throws(Failure) -> RunCollector {
        let source = input.source
        var golden: GoldenOutput?
        if isMain, let path = options.goldenOut {
            golden = GoldenOutput(
                path: path, instrument: setup.instrument, start: source.startTime,
                interval: try BacktestSetup.interval(of: options), end: source.endTime)
        }
        return try RunCollector(
            directory: Folder.nearestExisting(options.out.map(Folder.parent) ?? "."),
            grid: SampleGrid(start: source.startTime, end: source.endTime),
            initialCash: setup.initialCash ?? 0, feedLatency: input.feedLatency, golden: golden)
    }

    private func emptyRecord() -> RunRecord {
        RunRecord(
            instrument: setup.instrument, strategy: options.strategy,
            parameters: setup.parameters.resolved,
            settings: options.resolved.map { ($0.name, $0.text) },
            orders: RecordStorage(copying: []), fills: RecordStorage(copying: []))
    }

    private func fill(
        _ record: inout RunRecord, from result: Replayed, at index: Int
    ) throws(Failure) {
        record.startTime = input.source.startTime
        record.endTime = input.source.endTime
        record.amountScale = setup.emptyAccount.scale
        record.data = input.data
        record.effectHash = result.participants[index].engine.effectHash
        record.bookHash = result.bookHash
        try result.collectors[index].finish(into: &record)
    }
}
