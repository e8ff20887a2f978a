// What Bybit's adapters ask and say.

import MartletModel
import MartletVenues
import Testing

@Suite("Bybit adapter")
struct BybitAdapterTests {
    @Test("each product has its own public route, and all share the private one")
    func routes() throws {
        for product in BybitProduct.allCases {
            let adapter = BybitAdapter(product)
            #expect(
                try adapter.route(of: Topic(.trades, of: "BTCUSDT")).path
                    == "/v5/public/\(product.rawValue)")
            #expect(try adapter.route(of: Topic(.fills, of: "")).path == "/v5/private")
        }
    }

    @Test("every channel has its topic")
    func topics() {
        let fifteen = BarInterval(seconds: 900)
        let topics = [
            Topic(.trades, of: "X"), Topic(.l2, of: "X"), Topic(.l2, of: "X", depth: 51),
            Topic(.l2, of: "X", depth: 1000), Topic(.bbo, of: "X"), Topic(.bars, of: "X"),
            Topic(.bars, of: "X", interval: fifteen), Topic(.funding, of: "X"),
            Topic(.markPrice, of: "X"), Topic(.liquidations, of: "X"), Topic(.orders, of: ""),
        ]
        #expect(
            BybitAdapter(.linear).subscribe(topics, id: 7) == [
                #"{"req_id":"7","op":"subscribe","args":["publicTrade.X","orderbook.50.X","#
                    + #""orderbook.200.X","orderbook.1000.X","orderbook.1.X","kline.1.X","#
                    + #""kline.15.X","tickers.X","allLiquidation.X","order"]}"#
            ])
    }

    @Test("spot takes ten topics in a message")
    func tenTopics() {
        let topics = (0..<21).map { Topic(.trades, of: "X\($0)") }
        let messages = BybitAdapter(.spot).unsubscribe(topics, id: 3)
        #expect(messages.count == 3)
        #expect(messages[2] == #"{"req_id":"5","op":"unsubscribe","args":["publicTrade.X20"]}"#)
    }

    @Test("spot has no funding, and no venue has a book of a million levels")
    func refusals() {
        #expect(throws: Failure.self) {
            try BybitAdapter(.spot).route(of: Topic(.funding, of: "X"))
        }
        #expect(throws: Failure.self) {
            try BybitAdapter(.linear).route(of: Topic(.l2, of: "X", depth: 1_000_000))
        }
        #expect(throws: Failure.self) {
            try BybitAdapter(.linear).route(of: Topic(.trades, of: #"X","y"#))
        }
        #expect(throws: Failure.self) {
            try BybitAdapter(.linear).route(
                of: Topic(.bars, of: "X", interval: BarInterval(seconds: 7)))
        }
    }

    @Test("requests, and the next page of one")
    func requests() throws {
        let adapter = BybitAdapter(.linear)
        let hour = BarQuery(
            symbol: "BTCUSDT", interval: BarInterval(seconds: 3600),
            from: 1_670_601_600_000_000_000,
            to: 1_670_605_200_000_000_000)
        #expect(
            adapter.bars(hour)?.path
                == "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=60"
                + "&start=1670601600000&end=1670605199999&limit=1000")
        let first = try #require(adapter.instruments(nil).first)
        #expect(first.path == "/v5/market/instruments-info?category=linear&limit=1000")
        let second = try #require(adapter.nextPage(of: first, from: "first%3D1%26last%3D2"))
        #expect(second.path == first.path + "&cursor=first%3D1%26last%3D2")
        let third = try #require(adapter.nextPage(of: second, from: "x"))
        #expect(third.path == first.path + "&cursor=x")
        #expect(adapter.nextPage(of: first, from: "") == nil)
        #expect(adapter.bookSnapshot(of: "BTCUSDT") == nil)
    }

    @Test("pairs become symbols")
    func symbols() {
        #expect(BybitAdapter(.spot).symbol(for: "BTC/USDT") == "BTCUSDT")
        #expect(BybitAdapter(.linear).symbol(for: "BTC/USDT:USDT") == "BTCUSDT")
        #expect(BybitAdapter(.linear).symbol(for: "BTC/USDC:USDC") == "BTCPERP")
        #expect(BybitAdapter(.inverse).symbol(for: "BTC/USD:BTC") == "BTCUSD")
        #expect(BybitAdapter(.linear).symbol(for: "BTCUSDT") == "BTCUSDT")
        #expect(BybitAdapter(.linear).symbol(for: "/USDT") == nil)
    }
}
