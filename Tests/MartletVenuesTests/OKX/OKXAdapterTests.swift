// What OKX's adapter asks and says.

import MartletModel
import MartletVenues
import Testing

@Suite("OKX adapter")
struct OKXAdapterTests {
    private let adapter = OKXAdapter()

    @Test(
        "every channel has its route and its words",
        arguments: [
            (
                Topic(.trades, of: "BTC-USDT"), "public",
                #"{"channel":"trades","instId":"BTC-USDT"}"#
            ),
            (Topic(.l2, of: "A-B-SWAP"), "public", #"{"channel":"books","instId":"A-B-SWAP"}"#),
            (Topic(.l2, of: "A-B", depth: 5), "public", #"{"channel":"books5","instId":"A-B"}"#),
            (Topic(.bbo, of: "A-B"), "public", #"{"channel":"bbo-tbt","instId":"A-B"}"#),
            (
                Topic(.bars, of: "A-B", interval: BarInterval("1d")), "business",
                #"{"channel":"candle1Dutc","instId":"A-B"}"#
            ),
            (
                Topic(.funding, of: "A-B-SWAP"), "public",
                #"{"channel":"funding-rate","instId":"A-B-SWAP"}"#
            ),
            (
                Topic(.indexPrice, of: "A-B-SWAP"), "public",
                #"{"channel":"index-tickers","instId":"A-B"}"#
            ),
            (
                Topic(.liquidations, of: "A-B-251226"), "public",
                #"{"channel":"liquidation-orders","instType":"FUTURES"}"#
            ),
            (Topic(.fills, of: ""), "private", #"{"channel":"orders","instType":"ANY"}"#),
            (Topic(.balances, of: ""), "private", #"{"channel":"account"}"#),
        ])
    func subscriptions(topic: Topic, route: String, argument: String) throws {
        #expect(try adapter.route(of: topic) == StreamRoute(name: route, path: "/ws/v5/\(route)"))
        #expect(
            adapter.subscribe([topic, topic], id: 4) == [
                #"{"id":"4","op":"subscribe","args":[\#(argument)]}"#
            ])
    }

    @Test("what does not exist is refused with its reason")
    func refused() {
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.funding, of: "BTC-USDT")) }
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.trades, of: "BTCUSDT")) }
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.trades, of: "A-\"B")) }
        #expect(throws: Failure.self) {
            try adapter.route(of: Topic(.bars, of: "A-B", interval: BarInterval("7m")))
        }
    }

    @Test("many topics go in several messages with ids of their own")
    func many() {
        let topics = (0..<250).map { Topic(.trades, of: "A\($0)-B") }
        let messages = adapter.subscribe(topics, id: 10)
        #expect(messages.count == 3)
        #expect(messages[2].hasPrefix(#"{"id":"12","op":"subscribe","args":["#))
    }

    @Test(
        "pairs have the venue's spelling",
        arguments: [
            ("BTC/USDT", "BTC-USDT"), ("BTC/USDT:USDT", "BTC-USDT-SWAP"),
            ("BTC/USD:BTC-251226", "BTC-USD-251226"), ("BTC-USDT-SWAP", "BTC-USDT-SWAP"),
            ("/USDT", nil), ("BTC/", nil), ("BTC/USDT:", nil), ("a/b/c", nil),
        ])
    func symbols(pair: String, symbol: String?) {
        #expect(adapter.symbol(for: pair) == symbol)
    }

    @Test("a page of bars is the first after a time, whatever the end")
    func bars() throws {
        let second: Int64 = 1_000_000_000
        let query = BarQuery(
            symbol: "A-B", interval: BarInterval(seconds: 60), from: 600 * second,
            to: 1_000_000 * second)
        #expect(
            adapter.bars(query)?.path == "/api/v5/market/history-candles?instId=A-B&bar=1m"
                + "&before=599999&after=6600000&limit=100")
        let latest = BarQuery(
            symbol: "A-B", interval: BarInterval(seconds: 14_400), from: nil, to: nil)
        #expect(
            adapter.bars(latest)?.path == "/api/v5/market/candles?instId=A-B&bar=4H&limit=300")
        let endless = BarQuery(
            symbol: "A-B", interval: BarInterval(months: 1), from: .max, to: .max)
        #expect(adapter.bars(endless) != nil)
    }

    @Test("answers to its own requests are read")
    func answers() throws {
        let request = try #require(adapter.bookSnapshot(of: "A-B"))
        // Without orders of the enhanced programme, as the stream has it.
        #expect(request.path == "/api/v5/market/books?instId=A-B&sz=400&source=0")
        let text = DecodedText(
            #"{"code":"0","msg":"","data":[{"asks":[],"bids":[],"ts":"1","seqId":5}]}"#,
            adapter.makeDecoder(), request: request.summary)
        #expect(text.events == ["snapshot A-B @1000000 [] [] u5 depth 400"])
    }
}
