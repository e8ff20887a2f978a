// Faults strike as planned: what the log says is what a client finds, and nothing else.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Faults")
struct FaultTests {
    private static let second: Int64 = 1_000_000_000
    private static let path = "/api/v3/depth?symbol=BTCUSDT&limit=1000"

    private func rule(
        _ kind: FaultKind, _ timing: FaultTiming, _ fill: (inout FaultRule) -> Void = { _ in }
    ) -> FaultRule {
        var rule = FaultRule(kind, timing)
        fill(&rule)
        return rule
    }

    /// A client's book over a run of ten seconds, bootstrapped after one.
    private func listen(
        _ faults: [FaultRule], streams: String = "btcusdt@depth@100ms"
    ) throws -> (bench: ServerBench, number: Int, book: NaiveClientBook) {
        var bench = try ServerBench(BinanceProtocol(.spot), faults: faults)
        let number = try bench.connect("/stream?streams=" + streams)
        bench.run(Self.second)
        var book = NaiveClientBook(try #require(ClientJSON.parse(bench.get(Self.path).body)))
        bench.run(10 * Self.second)
        for message in bench.messages(number) {
            if let data = message?["data"] { book.take(data, isSpot: true) }
        }
        return (bench, number, book)
    }

    @Test("times beyond all clocks are taken for ten years", arguments: [Int64.max, Int64.max - 1])
    func endlessTimes(time: Int64) throws {
        for kind in FaultKind.allCases {
            for timing in [FaultTiming.after(0), .after(time), .every(time), .atMessage(1)] {
                var bench = try ServerBench(
                    BinanceProtocol(.spot),
                    faults: [
                        rule(kind, timing) {
                            $0.delay = time
                            $0.duration = time
                        }
                    ])
                if let number = bench.open("/stream?streams=btcusdt@depth@100ms") {
                    bench.say(#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#, on: number)
                }
                _ = bench.get(Self.path)
                bench.run(Self.second / 4)
                #expect(bench.engine.nextTime > 0)
            }
        }
    }

    @Test("a fast market goes on for years")
    func longRun() throws {
        var pace = VenuePace()
        pace.speed = 10_000
        var instant = ServerInstant(now: 1_000_000_000_000, wall: 1_700_000_000_000_000_000)
        var engine = try VenueEngine(BinanceProtocol(.spot), pace: pace, at: instant) {
            () throws(Failure) in
            VenueMarket(
                source: SyntheticMarket(
                    instruments: Array(BinanceProtocol(.spot).syntheticInstruments.prefix(1)),
                    options: SyntheticOptions(seed: 1, startTime: instant.wall)))
        }
        let start = engine.market.time
        // Twenty days at ten thousand times the pace are more ns than a number holds.
        for _ in 0..<2 {
            instant.now += 20 * 86_400 * Self.second
            instant.wall += 20 * 86_400 * Self.second
            var outputs: [VenueOutput] = []
            engine.advance(at: instant, &outputs)
        }
        #expect(engine.market.time == start + 2 * Self.second)
    }

    @Test("without faults nothing is wrong")
    func clean() throws {
        let (bench, number, book) = try listen([])
        #expect(book.breaks.isEmpty && book.crossings.isEmpty && bench.log.isEmpty)
        #expect(bench.messages(number).allSatisfy { $0 != nil })
    }

    @Test("a gap is found at the next message, as often as injected")
    func gap() throws {
        let (bench, _, book) = try listen([
            rule(.gap, .everyMessages(25)) { $0.channel = .book }
        ])
        let injected = bench.firings(.gap).compactMap { $0["update"]?.integer }
        #expect(injected.count >= 3)
        // The message after a lost one does not continue; before the snapshot nobody notices.
        let first = bench.log.count - book.breaks.count
        #expect(book.breaks.count == injected.filter { $0 < book.last }.count - first)
        #expect(first <= 1)
    }

    @Test("a duplicate and a swap leave traces in the numbers")
    func duplicateAndSwap() throws {
        let duplicated = try listen([rule(.duplicate, .atMessage(30))])
        #expect(duplicated.book.breaks.isEmpty)
        #expect(
            duplicated.book.repeats.suffix(1)
                == duplicated.bench.firings(.duplicate).compactMap { $0["update"]?.integer })
        let swapped = try listen([rule(.swap, .atMessage(30))])
        #expect(swapped.bench.firings(.swap).count == 1)
        #expect(swapped.book.breaks.count == 1)
    }

    @Test("a cut message is no JSON, a crossed one crosses, a reset one goes back to 1")
    func content() throws {
        let cut = try listen([rule(.truncatedPayload, .atMessage(30))])
        #expect(cut.bench.messages(cut.number).count { $0 == nil } == 1)
        let crossed = try listen([rule(.crossedBook, .atMessage(30))])
        let injected = crossed.bench.firings(.crossedBook).compactMap { $0["update"]?.integer }
        #expect(injected.count == 1 && crossed.book.crossings.first == injected.first)
        let reset = try listen([rule(.sequenceReset, .atMessage(30))])
        #expect(reset.bench.messages(reset.number).contains { $0?["data"]?["U"]?.integer == 1 })
    }

    @Test("a silenced stream says nothing while others go on")
    func silence() throws {
        let (bench, number, _) = try listen(
            [
                rule(.silentChannel, .after(3 * Self.second)) {
                    $0.channel = .book
                    $0.duration = 60 * Self.second
                }
            ], streams: "btcusdt@depth@100ms/btcusdt@bookTicker")
        let late = bench.messages(number).suffix(20)
        #expect(late.count == 20)
        #expect(late.allSatisfy { $0?["stream"]?.text == "btcusdt@bookTicker" })
        #expect(bench.firings(.silentChannel).count == 1)
    }

    @Test("prices and times are bent by what the plan says")
    func bending() throws {
        let (bench, number, _) = try listen(
            [
                rule(.priceOutlier, .atMessage(2)) {
                    $0.channel = .trades
                    $0.factorThousandths = 2000
                },
                rule(.timeBackwards, .atMessage(4)) {
                    $0.channel = .trades
                    $0.delay = 5 * Self.second
                },
            ], streams: "btcusdt@trade")
        let trades = bench.messages(number).compactMap { $0?["data"] }
        #expect(trades.count > 10)
        let prices = trades.compactMap { $0["p"]?.text.flatMap { Double($0) } }
        #expect(prices[1] > prices[0] * 1.9 && prices[2] < prices[0] * 1.1)
        let times = trades.compactMap { $0["T"]?.integer }
        #expect(times[3] < times[2] - 3000)
        #expect(times[4] >= times[2])
    }

    @Test("a delay shifts messages, jitter keeps their order, fragments are marked")
    func delays() throws {
        let faults = [
            rule(.delay, .after(0)) {
                $0.delay = 300_000_000
                $0.duration = 600 * Self.second
            },
            rule(.jitter, .after(0)) {
                $0.delay = 50_000_000
                $0.duration = 600 * Self.second
            },
            rule(.fragment, .after(0)) {
                $0.size = 7
                $0.duration = 600 * Self.second
            },
        ]
        var bench = try ServerBench(BinanceProtocol(.spot), faults: faults)
        bench.run(1000)
        let number = try bench.connect("/ws")
        bench.say(#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#, on: number)
        bench.run(200_000_000)
        #expect(bench.heard[number] == nil)
        bench.say(#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#, on: number)
        bench.run(Self.second)
        #expect(bench.heard[number] == [#"7|{"result":[],"id":1}"#, #"7|{"result":[],"id":2}"#])
    }

    @Test(
        "connections end as the plan says",
        arguments: [
            (FaultKind.drop, "reset"), (.close, "close 1001"), (.halfOpen, "silence"),
            (.maintenance, "close 1012"), (.serverShutdown, "close 1001"),
        ])
    func endings(kind: FaultKind, ending: String) throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot), faults: [rule(kind, .after(2 * Self.second))])
        let number = try bench.connect("/ws")
        bench.run(Self.second)
        #expect(bench.ends[number] == nil)
        bench.run(3 * Self.second)
        #expect(bench.ends[number] == ending)
        #expect(bench.firings(kind).count == 1)
        if kind == .serverShutdown {
            #expect(bench.heard[number]?.first?.contains("serverShutdown") == true)
        }
    }

    @Test(
        "REST is refused as long as the plan says",
        arguments: [(FaultKind.rateLimit, 429), (.ban, 418), (.maintenance, 503)])
    func refusals(kind: FaultKind, status: Int) throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot),
            faults: [rule(kind, .after(Self.second)) { $0.duration = 30 * Self.second }])
        bench.run(2 * Self.second)
        let answer = bench.get(Self.path)
        #expect(answer.status == status)
        if kind != .maintenance {
            #expect(answer.headers.first { $0.name == "Retry-After" }?.value == "29")
        }
        bench.run(30 * Self.second)
        #expect(bench.get(Self.path).status == 200)
    }

    @Test("a stale snapshot is older than the stream")
    func staleSnapshot() throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot), faults: [rule(.staleSnapshot, .atMessage(1))])
        bench.run(5 * Self.second)
        func update() throws -> Int64 {
            try #require(ClientJSON.parse(bench.get(Self.path).body)?["lastUpdateId"]?.integer)
        }
        let stale = try update()
        let fresh = try update()
        #expect(stale < fresh)
        #expect(bench.firings(.staleSnapshot).count == 1)
    }

    @Test("chance follows from the seed, counts bound it")
    func chance() throws {
        func struck(_ seed: UInt64, count: Int64? = nil) throws -> [String] {
            var faults = [
                rule(.gap, .probability(millionths: 100_000)) { $0.count = count }
            ]
            faults[0].channel = .book
            var bench = try ServerBench(BinanceProtocol(.spot), faults: faults, faultSeed: seed)
            _ = bench.open("/ws/btcusdt@depth@100ms")
            bench.run(20 * Self.second)
            return bench.log
        }
        let first = try struck(1)
        #expect(first.count > 5)
        #expect(try struck(1) == first)
        #expect(try struck(2) != first)
        #expect(try struck(1, count: 3).count == 3)
    }

    @Test("rules that make no sense are named")
    func problems() {
        #expect(FaultPlan.problem(with: rule(.gap, .everyMessages(0))) != nil)
        #expect(FaultPlan.problem(with: rule(.maintenance, .atMessage(1))) != nil)
        #expect(FaultPlan.problem(with: rule(.drop, .atMessage(1))) == nil)
        #expect(FaultPlan.problem(with: rule(.gap, .probability(millionths: 2_000_000))) != nil)
        #expect(FaultPlan.problem(with: rule(.delay, .every(0))) != nil)
    }
}
