// Faults touch whom they are about and nobody else: later connections, silenced streams' first words.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Scope of faults")
struct FaultScopeTests {
    private static let second: Int64 = 1_000_000_000

    private func rule(
        _ kind: FaultKind, _ timing: FaultTiming, _ fill: (inout FaultRule) -> Void = { _ in }
    ) -> FaultRule {
        var rule = FaultRule(kind, timing)
        fill(&rule)
        return rule
    }

    @Test("an announced shutdown ends only the connections that were told")
    func shutdownAfterNotice() throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot),
            faults: [
                rule(.serverShutdown, .after(2 * Self.second)) { $0.duration = 5 * Self.second }
            ])
        let early = try bench.connect("/ws/btcusdt@trade")
        bench.run(3 * Self.second)
        let late = try bench.connect("/ws/btcusdt@trade")
        bench.run(10 * Self.second)
        #expect(bench.ends[early] == "close 1001")
        #expect(bench.ends[late] == nil, "opened after the notice")
        let told = [early, late].map { number in
            bench.heard[number]?.count { $0.contains("serverShutdown") } ?? 0
        }
        #expect(told == [1, 0])
        #expect(bench.heard[late]?.isEmpty == false)
    }

    @Test("a shutdown of one connection leaves the others alone")
    func shutdownOfOne() throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot),
            faults: [rule(.serverShutdown, .after(2 * Self.second)) { $0.connection = 2 }])
        let first = try bench.connect("/ws")
        let second = try bench.connect("/ws")
        bench.run(5 * Self.second)
        #expect(bench.ends[first] == nil && bench.heard[first] == nil)
        #expect(bench.ends[second] == "close 1001")
    }

    /// A venue whose streams begin with what stands: how to subscribe, and a word that only its
    /// book messages have.
    struct Venue: CustomTestStringConvertible, Sendable {
        let make: @Sendable () -> any VenueProtocol
        let path: String
        let opening: [String]
        let subscribe: String
        let unsubscribe: String
        let acknowledgement: String
        let word: String
        let channel: FaultChannel
        var testDescription: String { subscribe }
    }

    static let venues = [
        Venue(
            make: { OKXProtocol() }, path: "/ws/v5/public", opening: [],
            subscribe: #"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#,
            unsubscribe: #"{"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#,
            acknowledgement: #""event":"subscribe""#, word: "seqId", channel: .book),
        Venue(
            make: { BybitProtocol(.linear) }, path: "/v5/public/linear", opening: [],
            subscribe: #"{"op":"subscribe","args":["orderbook.50.BTCUSDT"]}"#,
            unsubscribe: #"{"op":"unsubscribe","args":["orderbook.50.BTCUSDT"]}"#,
            acknowledgement: #""op":"subscribe""#, word: #""topic":"orderbook.50"#, channel: .book),
        Venue(
            make: { BybitProtocol(.linear) }, path: "/v5/public/linear", opening: [],
            subscribe: #"{"op":"subscribe","args":["orderbook.1.BTCUSDT"]}"#,
            unsubscribe: #"{"op":"unsubscribe","args":["orderbook.1.BTCUSDT"]}"#,
            acknowledgement: #""op":"subscribe""#, word: #""topic":"orderbook.1"#, channel: .quote),
        Venue(
            make: { HyperliquidProtocol() }, path: "/ws", opening: [],
            subscribe: #"{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#,
            unsubscribe: #"{"method":"unsubscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#,
            acknowledgement: "subscriptionResponse", word: "levels", channel: .book),
        Venue(
            make: { AlpacaProtocol(.crypto) }, path: "/v1beta3/crypto/us",
            opening: [#"{"action":"auth","key":"key","secret":"secret"}"#],
            subscribe: #"{"action":"subscribe","orderbooks":["BTC/USD"]}"#,
            unsubscribe: #"{"action":"unsubscribe","orderbooks":["BTC/USD"]}"#,
            acknowledgement: #""T":"subscription""#, word: #""T":"o""#, channel: .book),
    ]

    @Test(
        "who subscribes again to a silenced stream is acknowledged, and hears nothing more",
        arguments: venues)
    func silenceHolds(venue: Venue) throws {
        // Nearly nothing happens in this market: what a venue tells again by itself is silenced too.
        var bench = try ServerBench(
            venue.make(),
            faults: [
                rule(.silentChannel, .after(3 * Self.second)) {
                    $0.channel = venue.channel
                    $0.duration = 17 * Self.second
                }
            ])
        let number = try bench.connect(venue.path)
        for text in venue.opening { bench.say(text, on: number) }
        bench.say(venue.subscribe, on: number)
        bench.run(2 * Self.second)
        #expect(bench.heard[number]?.contains { $0.contains(venue.word) } == true)
        bench.run(2 * Self.second)
        bench.heard[number] = []
        for _ in 1...3 {
            bench.say(venue.unsubscribe, on: number)
            bench.say(venue.subscribe, on: number)
            bench.run(4 * Self.second)
        }
        let silent = bench.heard[number] ?? []
        #expect(silent.count { $0.contains(venue.acknowledgement) } >= 3)
        #expect(silent.filter { $0.contains(venue.word) } == [])
        // Another stream is not affected, and the end of the fault ends the silence.
        bench.run(5 * Self.second)
        #expect(bench.heard[number]?.contains { $0.contains(venue.word) } == true)
    }

    @Test("an outlier bends what is told of a price, neither the book nor what REST knows")
    func outliers() throws {
        func listen(_ faults: [FaultRule]) throws -> (told: [[String]], trades: String) {
            var bench = try ServerBench(BinanceProtocol(.spot), faults: faults)
            let number = try bench.connect(
                "/stream?streams=btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms")
            bench.run(5 * Self.second)
            let kinds = ["btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms"]
            let messages = bench.messages(number)
            let told = kinds.map { kind in
                messages.compactMap { message in
                    message?["stream"]?.text == kind ? message?["data"]?.json : nil
                }
            }
            return (told, bench.get("/api/v3/trades?symbol=BTCUSDT&limit=1000").text)
        }
        let clean = try listen([])
        for (place, channel) in [(0, FaultChannel.trades), (1, .quote)] {
            let bent = try listen([
                rule(.priceOutlier, .everyMessages(4)) {
                    $0.channel = channel
                    $0.factorThousandths = 500
                }
            ])
            #expect(bent.trades == clean.trades)
            #expect(bent.told[2] == clean.told[2])
            #expect(bent.told[1 - place] == clean.told[1 - place])
            let (ours, theirs) = (bent.told[place], clean.told[place])
            #expect(ours.count == theirs.count && ours.count > 8)
            for (index, pair) in zip(ours, theirs).enumerated() {
                #expect((pair.0 == pair.1) == ((index + 1) % 4 != 0), "message \(index + 1)")
            }
            func price(_ text: String) -> Double? {
                ClientJSON.parse(text)?[place == 0 ? "p" : "b"]?.text.flatMap { Double($0) }
            }
            let ratio = try #require(price(ours[3])) / #require(price(theirs[3]))
            #expect(abs(ratio - 0.5) < 0.001)
        }
    }

    @Test("fragments are of the size asked for, and of text only while the fault lasts")
    func fragments() throws {
        var bench = try ServerBench(
            BinanceProtocol(.spot),
            faults: [
                rule(.fragment, .after(2 * Self.second)) {
                    $0.size = 9
                    $0.duration = 2 * Self.second
                }
            ])
        let number = try bench.connect("/ws/btcusdt@depth@100ms")
        var counts: [Int] = []
        for _ in 0..<3 {
            bench.heard[number] = []
            bench.run(2 * Self.second - 1)
            counts.append(bench.heard[number]?.count { $0.hasPrefix("9|{") } ?? 0)
            #expect(bench.heard[number]?.isEmpty == false)
            bench.run(1)
        }
        #expect(counts[0] == 0 && counts[1] > 5 && counts[2] == 0)
    }

    @Test("the un-routed paths of USDT-M are acknowledged, and speak only where they are on")
    func legacyRoutes() throws {
        for isOn in [false, true] {
            var options = ProtocolOptions()
            options.hasLegacyRoutes = isOn
            var bench = try ServerBench(BinanceProtocol(.usdm, options))
            let plain = try bench.connect("/ws")
            let routed = try bench.connect("/public/ws")
            for number in [plain, routed] {
                bench.say(
                    #"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}"#, on: number)
            }
            let combined = try bench.connect("/stream?streams=btcusdt@depth@100ms")
            bench.run(2 * Self.second)
            #expect(bench.heard[plain]?.first == #"{"result":null,"id":1}"#)
            #expect((bench.heard[plain]?.count ?? 0 > 1) == isOn)
            #expect((bench.heard[combined]?.count ?? 0 > 0) == isOn)
            #expect(bench.heard[routed]?.count ?? 0 > 1)
        }
    }
}
