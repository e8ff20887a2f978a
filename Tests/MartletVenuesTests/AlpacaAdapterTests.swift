// What Alpaca's adapters ask and say.

import MartletModel
import MartletVenues
import Testing

@Suite("Alpaca adapter")
struct AlpacaAdapterTests {
    @Test("one route for each market")
    func routes() throws {
        let crypto = try AlpacaAdapter(.crypto).route(of: Topic(.l2, of: "BTC/USD"))
        #expect(crypto.path == "/v1beta3/crypto/us")
        #expect(try AlpacaAdapter(.stocks).route(of: Topic(.bbo, of: "AAPL")).path == "/v2/iex")
        let sip = AlpacaAdapter(.stocks, feed: "sip")
        #expect(try sip.route(of: Topic(.trades, of: "AAPL")).path == "/v2/sip")
    }

    @Test("one message with a list for each channel")
    func subscribe() {
        let topics = [
            Topic(.trades, of: "BTC/USD"), Topic(.l2, of: "BTC/USD"), Topic(.trades, of: "E\"H"),
            Topic(.bars, of: "A/USD"), Topic(.bars, of: "A/USD", interval: BarInterval("1d")),
            Topic(.bbo, of: "A/USD"), Topic(.trades, of: "BTC/USD"),
        ]
        #expect(
            AlpacaAdapter(.crypto).subscribe(topics, id: 1) == [
                #"{"action":"subscribe","trades":["BTC/USD","E\"H"],"orderbooks":["BTC/USD"],"#
                    + #""bars":["A/USD"],"dailyBars":["A/USD"],"quotes":["A/USD"]}"#
            ])
    }

    @Test("stocks have no book, and streams no bars of five minutes")
    func refusals() {
        #expect(throws: Failure.self) {
            try AlpacaAdapter(.stocks).route(of: Topic(.l2, of: "AAPL"))
        }
        #expect(throws: Failure.self) {
            try AlpacaAdapter(.crypto).route(
                of: Topic(.bars, of: "X", interval: BarInterval(seconds: 300)))
        }
        #expect(throws: Failure.self) {
            try AlpacaAdapter(.crypto).route(of: Topic(.funding, of: "BTC/USD"))
        }
    }

    @Test("requests, their hosts, and the next page")
    func requests() throws {
        let adapter = AlpacaAdapter(.crypto)
        let query = BarQuery(
            symbol: "BTC/USD", interval: BarInterval(seconds: 900), from: 1_646_802_000_000_000_000,
            to: 1_646_888_400_000_000_000)
        let bars = try #require(adapter.bars(query))
        #expect(
            bars.path == "/v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=15Min"
                + "&start=2022-03-09T05:00:00Z&end=2022-03-10T04:59:59.999999999Z"
                + "&limit=10000&sort=asc")
        let next = try #require(adapter.nextPage(of: bars, from: "a+b="))
        #expect(next.path == bars.path + "&page_token=a%2Bb%3D")
        #expect(adapter.profile.restBase(for: bars.path) == "https://data.alpaca.markets")
        let assets = try #require(adapter.instruments(nil).first)
        #expect(adapter.profile.restBase(for: assets.path) == "https://api.alpaca.markets")
        let unusual = BarQuery(
            symbol: "X", interval: BarInterval(seconds: 90), from: nil, to: nil)
        #expect(adapter.bars(unusual) == nil)
    }

    @Test("the key stands in the first message and in every request")
    func credentials() {
        let credentials = VenueCredentials(key: "K\"", secret: "S")
        #expect(
            AlpacaAdapter(.stocks).authentication(credentials)
                == #"{"action":"auth","key":"K\"","secret":"S"}"#)
        let headers = AlpacaAdapter(.stocks).headers(credentials)
        #expect(headers.map(\.name) == ["APCA-API-KEY-ID", "APCA-API-SECRET-KEY"])
        #expect(AlpacaAdapter(.stocks).profile.needsCredentials)
    }

    @Test("crypto keeps its slash")
    func symbols() {
        #expect(AlpacaAdapter(.crypto).symbol(for: "BTC/USD") == "BTC/USD")
        #expect(AlpacaAdapter(.crypto).symbol(for: "BTC/USD:USD") == nil)
        #expect(AlpacaAdapter(.stocks).symbol(for: "AAPL") == "AAPL")
        #expect(AlpacaAdapter(.stocks).symbol(for: "BTC/USD") == nil)
    }
}
