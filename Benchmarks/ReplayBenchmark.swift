// Replays of a recorded market: every row visits the venue's book and the local one.

import CAllocationCounter
import MartletAccounting
import MartletBook
import MartletEngine
import MartletImport
import MartletModel
import MartletSimulation
import MartletStore
import MartletStrategies
import MartletVenues

extension Benchmark {
    /// Capture to segment, file to file.
    static let importing = Benchmark(
        name: "import", meaning: "a recorded day takes longer to become replayable"
    ) { settings throws(Failure) in
        var rows = 0
        return try Measurement.take(
            "lines", events: try importCapture(settings).lines, runs: settings.runs
        ) { () throws(Failure) in
            rows = try importCapture(settings).rows
            return UInt64(rows)
        }
    }

    /// A strategy that wakes every 100 ms and does nothing.
    static let replayIdle = Benchmark(
        name: "replay-idle", meaning: "every backtest takes longer"
    ) { settings throws(Failure) in
        try replay("idle", [("interval", "100ms")], settings)
    }

    /// The touch quoter with queue position and 10 ms latency both ways.
    static let replayQuoter = Benchmark(
        name: "replay-quoter", meaning: "backtests of market makers take longer"
    ) { settings throws(Failure) in
        try replay(
            "touch-quoter", [("k", "0"), ("quantity", "0.01"), ("timeInForce", "GTX")], settings)
    }

    /// The quoter in Martlet's own profile: update ids, clamped queues, order rules.
    static let replayPlain = Benchmark(
        name: "replay-plain", meaning: "backtests in the default profile take longer"
    ) { settings throws(Failure) in
        try replay(
            "touch-quoter", [("k", "0"), ("quantity", "0.01"), ("timeInForce", "GTX")], settings,
            isPlain: true)
    }

    private static func importCapture(
        _ settings: BenchmarkSettings
    ) throws(Failure) -> (rows: Int, lines: Int) {
        let options = CaptureImportOptions(
            product: .usdm, sources: [settings.capture], symbol: settings.symbol,
            tickSize: ExactDecimal(settings.tick), lotSize: ExactDecimal(settings.lot),
            output: settings.scratch + "/segment.npy")
        let summary = try CaptureImport.run(options)
        return (Int(summary.sidecar.statistics.rows), Int(summary.lines))
    }

    private static func replay(
        _ name: String, _ parameters: [(name: String, text: String)],
        _ settings: BenchmarkSettings, isPlain: Bool = false
    ) throws(Failure) -> Measurement {
        _ = try importCapture(settings)
        let segment = try EventSegment(path: settings.scratch + "/segment.npy")
        let bench = try ReplayBench(segment, name, parameters, isPlain: isPlain)
        var steady = (count: 0, events: 0)
        let events = try bench.run(&steady).rows
        return try Measurement.take(
            "rows", events: events, runs: settings.runs, allocations: steady
        ) { () throws(Failure) in
            var ignored = (count: 0, events: 0)
            return try bench.run(&ignored).hash
        }
    }
}

/// One configuration of a replay, run again and again.
private struct ReplayBench {
    private let segment: EventSegment
    private let source: ReplaySource
    private let strategy: any Strategy.Type
    private let values: ParameterValues
    private let account: Account
    private let venue: VenueSettings
    private let isPlain: Bool

    init(
        _ segment: EventSegment, _ name: String, _ parameters: [(name: String, text: String)],
        isPlain: Bool
    ) throws(Failure) {
        guard let strategy = StrategyRegistry.find(name) else {
            throw Failure(.usage, "no strategy '\(name)'")
        }
        self.segment = segment
        self.strategy = strategy
        self.isPlain = isPlain
        let instrument = segment.sidecar.instrument
        do {
            values = try ParameterValues(parameters, for: strategy.descriptor)
            account = try Account(
                instrument: instrument,
                fees: FeeSchedule(
                    FeeRates(
                        maker: ExactDecimal(mantissa: -5, scale: 5),
                        taker: ExactDecimal(mantissa: 7, scale: 4))))
        } catch {
            throw Failure(.usage, "\(name): \(error)")
        }
        let shift = isPlain ? segment.sidecar.shift : segment.sidecar.shiftKept
        guard let first = segment.rows.first, let last = segment.rows.last else {
            throw Failure(.integrity, "the segment has no rows")
        }
        source = ReplaySource(
            segments: [ReplaySegment(rows: segment.rows, shift: shift)],
            conduct: isPlain ? .plain : .upstream, hasSnapshot: true,
            startTime: first.receiveTime + shift, endTime: last.receiveTime + shift)
        let latency = LatencyModel.Constants(
            submit: 10_000_000, cancel: 10_000_000, amend: 10_000_000)
        venue = VenueSettings(
            instrument: instrument,
            queue: QueueModel(.power(variant: 1, exponent: 3), isClamped: isPlain),
            fillModel: isPlain ? .partial : .noPartial, conduct: isPlain ? .plain : .upstream,
            latency: LatencyModel(entry: latency, response: latency),
            amendRule: AmendRule.rule(of: instrument.id.venue))
    }

    /// Replays once. `steady` gets the allocations between the first and the last time that the
    /// replay said how far it was, and the rows between them.
    func run(
        _ steady: inout (count: Int, events: Int)
    ) throws(Failure) -> (rows: Int, hash: UInt64) {
        var made: Participant?
        var replay = EventReplay(source) { market in
            let participant = Participant(
                engine: Engine(
                    strategy: makeStrategy(), market: market, account: account,
                    startTime: source.startTime,
                    conduct: isPlain ? .plain : .answerClearsPending),
                venue: VenueAccount(settings: venue))
            made = participant
            return [participant]
        }
        var first: (count: Int, rows: Int)?
        var last = (count: 0, rows: 0)
        do throws(ReplayError) {
            try replay.run { rows in
                last = (Int(martlet_allocation_count()), rows)
                if first == nil { first = last }
                return true
            }
        } catch {
            throw Failure(.integrity, "\(error)")
        }
        if let first { steady = (last.count - first.count, last.rows - first.rows) }
        return (replay.rowsPassed, made?.engine.effectHash.value ?? 0)
    }

    private func makeStrategy() -> any Strategy {
        do throws(ParameterError) {
            return try strategy.init(parameters: values, instrument: account.instrument)
        } catch {
            preconditionFailure("these parameters were accepted before: \(error)")
        }
    }
}
