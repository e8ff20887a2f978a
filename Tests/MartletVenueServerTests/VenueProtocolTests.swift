// A protocol answers control messages, keeps subscriptions and speaks the venue's words.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

/// A session and a market to try a protocol on, without sockets.
struct ProtocolBench {
    let venue: any VenueProtocol
    let market: VenueMarket
    var session: VenueSession

    /// A synthetic market of the venue and a connection opened with `target`; nil where refused.
    init?(_ venue: any VenueProtocol, _ target: String, seed: UInt64 = 1) {
        self.venue = venue
        var options = SyntheticOptions(seed: seed, startTime: 1_700_000_000_000_000_000)
        options.updateStep = venue.rules.updateStep
        options.hasReference = venue.rules.hasReference
        options.minutesBefore = 50
        market = VenueMarket(
            source: SyntheticMarket(instruments: venue.syntheticInstruments, options: options))
        let request = ServerRequest("GET", target)
        session = VenueSession(number: 1, request: request, openedAt: 0)
        guard case .accept = venue.open(request, &session, moment) else { return nil }
    }

    var moment: VenueMoment { VenueMoment(market: market, wallTime: market.time) }

    /// What the server says to a message.
    mutating func say(_ text: String) -> [String] {
        venue.receive(.text(text), &session, moment).map {
            switch $0 {
            case .send(.text(let text)), .tell(_, .text(let text)): text
            case .send(.binary(let bytes)), .tell(_, .binary(let bytes)): "binary \(bytes.count)"
            case .ping: "ping"
            case .close(let code, _): "close \(code)"
            }
        }
    }

    /// What subscribers hear while the market goes on for so many ns.
    mutating func listen(_ nanoseconds: Int64) throws -> [String] {
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + nanoseconds, &updates)
        var heard: [String] = []
        for update in updates {
            for subscription in session.subscriptions {
                guard let told = subscription.told(update, market) else { continue }
                for frame in venue.frames(told, for: subscription, in: session, moment) {
                    if case .text(let text) = frame { heard.append(text) }
                }
            }
        }
        return heard
    }
}

@Suite("Binance, server side: control messages")
struct BinanceControlTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let sent: String
        let answer: String
        var testDescription: String { sent }
    }

    static let rows = [
        Row(
            sent: #"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}"#,
            answer: #"{"result":null,"id":1}"#),
        Row(
            sent: #"{"id":"a-1","params":["nosuch@thing"],"method":"SUBSCRIBE"}"#,
            answer: #"{"result":null,"id":"a-1"}"#),
        Row(
            sent: #"{"method":"LIST_SUBSCRIPTIONS","id":3}"#,
            answer: #"{"result":["btcusdt@trade"],"id":3}"#),
        Row(
            sent: #"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":4}"#,
            answer: #"{"result":null,"id":4}"#),
        Row(
            sent: #"{"method":"GET_PROPERTY","params":["combined"],"id":5}"#,
            answer: #"{"result":false,"id":5}"#),
        Row(
            sent: "ping",
            answer: #"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}"#),
        Row(
            sent: #"{"params":[]}"#,
            answer: #"{"code":2,"msg":"Invalid request: missing field `method`"}"#),
        Row(
            sent: #"{"method":"SUBSCRIBE","params":[1],"id":6}"#,
            answer: #"{"code":2,"msg":"Invalid request: params must be an array of strings"}"#),
        Row(
            sent: #"{"method":"SUBSCRIBE","params":["a@trade"],"id":1.5}"#,
            answer: #"{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}"#),
    ]

    @Test("are answered with their id, or refused", arguments: rows)
    func answer(row: Row) throws {
        var bench = try #require(ProtocolBench(BinanceProtocol(.spot), "/ws/btcusdt@trade"))
        #expect(bench.say(row.sent) == [row.answer])
    }

    @Test("paths of the venue open, others do not")
    func paths() {
        #expect(ProtocolBench(BinanceProtocol(.spot), "/ws") != nil)
        #expect(ProtocolBench(BinanceProtocol(.spot), "/stream?streams=btcusdt@trade") != nil)
        #expect(ProtocolBench(BinanceProtocol(.usdm), "/public/ws/0") != nil)
        #expect(ProtocolBench(BinanceProtocol(.spot), "/ws/v5/public") != nil)
        #expect(ProtocolBench(BinanceProtocol(.spot), "/api/v3/time") == nil)
        #expect(ProtocolBench(BinanceProtocol(.coinm), "/public/ws") == nil)
    }

    @Test("a USDT-M stream speaks on its route only; the retired path only if asked to")
    func routes() throws {
        func hears(_ target: String, _ options: ProtocolOptions = .init()) throws -> Bool {
            var bench = try #require(ProtocolBench(BinanceProtocol(.usdm, options), target))
            return try !bench.listen(5_000_000_000).isEmpty
        }
        #expect(try hears("/public/ws/btcusdt@depth@100ms"))
        #expect(try !hears("/market/ws/btcusdt@depth@100ms"))
        #expect(try hears("/market/ws/btcusdt@aggTrade"))
        #expect(try !hears("/public/ws/btcusdt@aggTrade"))
        #expect(try hears("/market/ws/btcusdt@markPrice@1s"))
        #expect(try !hears("/ws/btcusdt@depth@100ms"))
        var options = ProtocolOptions()
        options.hasLegacyRoutes = true
        #expect(try hears("/stream?streams=btcusdt@depth@100ms", options))
    }
}
