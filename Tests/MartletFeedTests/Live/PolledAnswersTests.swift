// Answers to repeated questions: which of them say that the venue does not have something.

import MartletFeed
import MartletModel
import MartletTesting
import MartletVenues
import Synchronization
import Testing

@Suite("Polled answers")
struct PolledAnswersTests {
    private static func bybit(_ symbols: [String]) -> String {
        let list = symbols.map {
            #"{"symbol":"\#($0)","baseCoin":"A","quoteCoin":"USDT","status":"Trading","#
                + #""lotSizeFilter":{"basePrecision":"0.000001","minOrderQty":"0.000048","#
                + #""maxOrderQty":"71.7","minOrderAmt":"1"},"priceFilter":{"tickSize":"0.01"}}"#
        }
        return #"{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":["#
            + list.joined(separator: ",") + #"]},"retExtInfo":{},"time":1700000000000}"#
    }

    private static func binance(_ symbols: [String]) -> String {
        let list = symbols.map {
            #"{"symbol":"\#($0)","pair":"\#($0)","contractType":"PERPETUAL","status":"TRADING","#
                + #""baseAsset":"A","quoteAsset":"USDT","marginAsset":"USDT","filters":["#
                + #"{"filterType":"PRICE_FILTER","minPrice":"0.1","maxPrice":"1000","#
                + #""tickSize":"0.10"},{"filterType":"LOT_SIZE","stepSize":"0.001","#
                + #""minQty":"0.001","maxQty":"100"}]}"#
        }
        return #"{"timezone":"UTC","serverTime":1700000000000,"symbols":["#
            + list.joined(separator: ",") + "]}"
    }

    private static func settings(
        _ venue: VenueID, _ server: ScriptedLiveVenue, _ wanted: [([String], [FeedChannel])]
    ) -> FeedSettings {
        var settings = FeedSettings()
        settings.sources = wanted.map {
            FeedSource(venue: venue, symbols: $0.0, channels: $0.1)
        }
        settings.addresses[venue] = VenueAddress(webSocket: "ws://127.0.0.1:\(server.port)")
        return settings
    }

    private static func rules(_ bench: LiveBench, of symbol: String) -> Int {
        bench.lines(#""type":"instrument""#).count { $0.contains(#""instrument":"\#(symbol)""#) }
    }

    @Test("nine instruments, each with a question of its own: each is asked for and judged by it")
    func many() throws {
        let symbols = (1...9).map { "A\($0)USDT" }
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard let name = target.split(separator: "=").last else { return nil }
                return Self.bybit(symbols.contains(String(name)) ? [String(name)] : [])
            },
            onMessage: { _, _ in })
        var settings = Self.settings(.bybitSpot, venue, [(symbols + ["NOSUCH"], [.instruments])])
        // Nothing is left to the clock.
        settings.tickEvery = 3_600_000_000_000
        let bench = try LiveBench(settings)
        #expect(eventually { symbols.allSatisfy { Self.rules(bench, of: $0) == 1 } })
        #expect(eventually { bench.notes.contains { $0.contains("'NOSUCH'") } })
        #expect(bench.notes.count { $0.contains("does not have it") } == 1)
        #expect(bench.hopeless == nil)
        _ = bench.stop()
        venue.stop()
    }

    @Test("answers about open interest say nothing of rules that were not asked for yet")
    func others() throws {
        let symbols = ["AUSDT", "BUSDT", "CUSDT", "DUSDT"]
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                if target == "/fapi/v1/exchangeInfo" { return Self.binance(symbols) }
                guard target.hasPrefix("/fapi/v1/openInterest"),
                    let name = target.split(separator: "=").last
                else { return nil }
                return #"{"symbol":"\#(name)","openInterest":"7.5","time":1700000000000}"#
            },
            onMessage: { session, text in
                guard let place = text.firstRange(of: "\"id\":") else { return }
                let id = text[place.upperBound...].prefix { $0.isNumber }
                session.send(#"{"result":null,"id":\#(id)}"#)
            })
        let bench = try LiveBench(
            Self.settings(
                .binanceUSDM, venue, [(symbols, [.openInterest]), (["AUSDT"], [.instruments])]))
        #expect(eventually { Self.rules(bench, of: "AUSDT") > 0 })
        #expect(!bench.notes.contains { $0.contains("refuses") })
        _ = bench.stop()
        venue.stop()
    }

    static let unusable = [
        "<html>maintenance</html>", #"{"retCode":10006,"retMsg":"Too many visits!"}"#,
        #"{"retCode":0,"retMsg":"OK","result":{}}"#, #"{"hello":1}"#, "{}", "[]", "", "HTTP 302",
        "HTTP 408", "HTTP 451",
    ]

    @Test("what cannot be used says nothing, and is no answer", arguments: unusable)
    func nothing(text: String) throws {
        let isWell = Mutex(false)
        let venue = try ScriptedLiveVenue(
            onRequest: { _ in isWell.withLock { $0 } ? Self.bybit(["AUSDT"]) : text },
            onMessage: { _, _ in })
        var settings = Self.settings(.bybitSpot, venue, [(["AUSDT"], [.instruments])])
        settings.pollEvery = 100_000_000
        let bench = try LiveBench(settings)
        func asked() -> Int {
            venue.asked.withLock { $0.count { $0.contains("instruments-info") } }
        }
        #expect(eventually { asked() >= 2 })
        let health = bench.health?.venues.first
        #expect(health?.connections == 0 && health?.topics == 1)
        #expect(bench.hopeless == nil)
        #expect(!bench.notes.contains { $0.contains("refuses") })
        #expect(bench.notes.contains { $0.contains("no answer to GET /v5/market") })
        isWell.withLock { $0 = true }
        #expect(eventually { Self.rules(bench, of: "AUSDT") > 0 })
        #expect(bench.health?.venues.first?.connections == 1)
        _ = bench.stop()
        venue.stop()
    }

    @Test("an empty list of all instruments says nothing, a full one does")
    func emptyList() throws {
        let symbols = (1...11).map { "A\($0)USDT" }
        let count = Mutex(0)
        let venue = try ScriptedLiveVenue(
            onRequest: { _ in
                let isFirst = count.withLock {
                    $0 += 1
                    return $0 < 3
                }
                return Self.bybit(isFirst ? [] : symbols)
            },
            onMessage: { _, _ in })
        var settings = Self.settings(.bybitSpot, venue, [(symbols + ["NOSUCH"], [.instruments])])
        settings.pollEvery = 100_000_000
        let bench = try LiveBench(settings)
        #expect(eventually { bench.notes.contains { $0.contains("does not have it") } })
        #expect(eventually { symbols.allSatisfy { Self.rules(bench, of: $0) > 0 } })
        let refused = bench.notes.filter { $0.contains("does not have it") }
        #expect(refused.count == 1 && refused.first?.contains("'NOSUCH'") == true)
        _ = bench.stop()
        venue.stop()
    }

    @Test("403 to keys is their refusal, not a ban")
    func keys() throws {
        let venue = try ScriptedLiveVenue(
            onRequest: { _ in "HTTP 403" }, onMessage: { _, _ in })
        var settings = Self.settings(.alpacaStocks, venue, [(["AAPL"], [.instruments])])
        settings.credentials[.alpacaStocks] = VenueCredentials(key: "k", secret: "s")
        let bench = try LiveBench(settings)
        #expect(eventually { bench.hopeless != nil })
        #expect(bench.hopeless?.kind == .configuration)
        _ = bench.stop()
        venue.stop()
    }
}
