// The batching replay against its naive twin, event by event, over hundreds of random markets.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletStrategies
import Testing

/// Everything about one random run that its seed decides.
struct RandomRun {
    let market: RandomMarket
    let settings: VenueSettings
    let seed: UInt64
    let conduct: Engine.Conduct

    init(seed: UInt64) { self.init(seed: seed, configuration: seed) }

    /// The market of one seed under the configuration of another.
    init(seed: UInt64, configuration: UInt64, market: RandomMarket? = nil) {
        var random = SeededGenerator(seed: configuration &* 7_919 &+ 1)
        let isUpstream = seed.isMultiple(of: 2)
        self.seed = configuration
        self.market = market ?? RandomMarket(seed: seed, conduct: isUpstream ? .upstream : .plain)
        conduct = isUpstream ? .answerClearsPending : .plain
        let forms: [QueueModel.Form] = [
            .risk, .logarithm, .power(variant: 1, exponent: 3), .power(variant: 2, exponent: 2),
            .power(variant: 3, exponent: 3),
        ]
        settings = VenueSettings(
            instrument: TestInstrument.linear,
            queue: QueueModel(
                forms[Int.random(in: 0..<forms.count, using: &random)], isClamped: !isUpstream),
            fillModel: Bool.random(using: &random) ? .partial : .noPartial,
            conduct: isUpstream ? .upstream : .plain, latency: Self.latency(&random),
            amendRule: Bool.random(using: &random) ? .keepsPriorityWhenSmaller : .losesPriority,
            needsHolding: Int.random(in: 0..<4, using: &random) == 0)
    }

    private static func latency(_ random: inout SeededGenerator) -> LatencyModel {
        func constant(_ most: Int64) -> LatencyModel.Constants {
            LatencyModel.Constants(
                submit: Int64.random(in: 0...most, using: &random),
                cancel: Int64.random(in: 0...most, using: &random),
                amend: Int64.random(in: 0...most, using: &random))
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return LatencyModel(entry: constant(0), response: constant(0))
        case 1: return LatencyModel(entry: constant(12), response: constant(12))
        default:
            var time: Int64 = 900
            let samples = (0..<30).map { _ in
                time += Int64.random(in: 0...40, using: &random)
                let arrives = Int.random(in: 0..<8, using: &random) > 0
                let there = time + Int64.random(in: 0...15, using: &random)
                return LatencySample(
                    requestTime: time, exchangeTime: arrives ? there : 0,
                    responseTime: there + Int64.random(in: 0...15, using: &random))
            }
            return LatencyModel(samples: samples)
        }
    }

    func engine(_ view: MarketView) -> Engine {
        Engine(
            strategy: RandomStrategy(seed: seed &+ 77), market: view,
            account: TestInstrument.account(), startTime: market.source.startTime,
            conduct: conduct)
    }
}

@Suite("Replay and its naive twin")
struct ReplayTwinTests {
    @Test("same effects, same answers, same account, same book", arguments: UInt64(0)..<400)
    func agrees(seed: UInt64) throws {
        let run = RandomRun(seed: seed)
        let naive = NaiveReplay(run.market, run.settings, run.engine)
        try naive.run()
        // Samples and markouts split the batches elsewhere and must change nothing.
        for step in [Int64(0), 7] {
            let log = RunLog(step: step)
            var participant: Participant?
            var replay = EventReplay(run.market.source) { view in
                let made = Participant(
                    engine: run.engine(view), venue: VenueAccount(settings: run.settings),
                    recorder: log)
                participant = made
                return [made]
            }
            try replay.run()
            let fast = try #require(participant)
            let difference = zip(log.lines, naive.log.lines).first { $0 != $1 }
            #expect(difference == nil, "the first line that differs")
            #expect(log.lines.count == naive.log.lines.count)
            #expect(fast.engine.account == naive.engine.account)
            #expect(fast.engine.effectHash == naive.engine.effectHash)
            #expect(replay.bookHash == naive.bookHash)
            #expect(log.sampleTimes == log.sampleTimes.sorted())
        }
    }

    @Test("the random runs reach what they are for")
    func coverage() throws {
        var seen: [String: Int] = [:]
        for seed in UInt64(0)..<60 {
            let run = RandomRun(seed: seed)
            let naive = NaiveReplay(run.market, run.settings, run.engine)
            try naive.run()
            for line in naive.log.lines {
                for word in [
                    "submit", "cancel", "amend(", "accepted", "isMaker: true", "isMaker: false",
                    "postOnlyWouldCross", "immediateRest", "notFillable", "reduceOnly",
                    "unknownOrder", "notDelivered", "insufficientBalance", "amended",
                ] where line.contains(word) {
                    seen[word, default: 0] += 1
                }
            }
        }
        #expect(seen.count == 14, "\(seen)")
        #expect(seen.values.allSatisfy { $0 >= 5 }, "\(seen)")
    }

    @Test("configurations side by side are those runs alone", arguments: UInt64(0)..<60)
    func sideBySide(seed: UInt64) throws {
        let first = RandomRun(seed: seed)
        let runs = (0..<5).map { index in
            RandomRun(
                seed: seed, configuration: seed &+ 1000 &* UInt64(index), market: first.market)
        }
        func replay(_ runs: [RandomRun]) throws -> [Participant] {
            var made: [Participant] = []
            var replay = EventReplay(first.market.source) { view in
                made = runs.map {
                    Participant(
                        engine: $0.engine(view), venue: VenueAccount(settings: $0.settings))
                }
                return made
            }
            try replay.run()
            return made
        }
        let together = try replay(runs)
        for (run, participant) in zip(runs, together) {
            let alone = try replay([run])[0]
            #expect(alone.engine.effectHash == participant.engine.effectHash)
            #expect(alone.engine.account == participant.engine.account)
        }
    }
}
