// What Hyperliquid's adapter asks and says.

import MartletModel
import MartletVenues
import Testing

@Suite("Hyperliquid adapter")
struct HyperliquidAdapterTests {
    private let adapter = HyperliquidAdapter()
    private static let user = "0x5e9ee1089755c3435139848e47e6635505d5a13a"

    @Test(
        "every channel has its words",
        arguments: [
            (Topic(.trades, of: "BTC"), #"{"type":"trades","coin":"BTC"}"#),
            (Topic(.l2, of: "@107"), #"{"type":"l2Book","coin":"@107"}"#),
            (Topic(.bbo, of: "PURR/USDC"), #"{"type":"bbo","coin":"PURR/USDC"}"#),
            (
                Topic(.bars, of: "BTC", interval: BarInterval("1h")),
                #"{"type":"candle","coin":"BTC","interval":"1h"}"#
            ),
            (Topic(.funding, of: "BTC"), #"{"type":"activeAssetCtx","coin":"BTC"}"#),
            (Topic(.markPrice, of: "xyz:TSLA"), #"{"type":"activeAssetCtx","coin":"xyz:TSLA"}"#),
            (Topic(.fills, of: user), #"{"type":"userFills","user":"\#(user)"}"#),
            (Topic(.orders, of: user), #"{"type":"orderUpdates","user":"\#(user)"}"#),
        ])
    func subscriptions(topic: Topic, subscription: String) throws {
        #expect(try adapter.route(of: topic).path == "/ws")
        #expect(
            adapter.subscribe([topic, topic], id: 1) == [
                #"{"method":"subscribe","subscription":\#(subscription)}"#
            ])
        #expect(
            adapter.unsubscribe([topic], id: 1) == [
                #"{"method":"unsubscribe","subscription":\#(subscription)}"#
            ])
    }

    @Test("what does not exist is refused with its reason")
    func refused() {
        for topic in [
            Topic(.liquidations, of: "BTC"), Topic(.funding, of: "@107"), Topic(.fills, of: "BTC"),
            Topic(.trades, of: ""), Topic(.trades, of: "B\"C"),
            Topic(.bars, of: "BTC", interval: BarInterval("7m")),
        ] {
            #expect(throws: Failure.self) { try adapter.route(of: topic) }
        }
    }

    @Test(
        "pairs have the venue's spelling",
        arguments: [
            ("BTC/USDC:USDC", "BTC"), ("PURR/USDC", "PURR/USDC"), ("BTC", "BTC"), ("/USDC", nil),
            ("a/b/c", nil),
        ])
    func symbols(pair: String, symbol: String?) {
        #expect(adapter.symbol(for: pair) == symbol)
    }

    @Test("bars are asked for by page")
    func bars() throws {
        let minute = BarInterval(seconds: 60)
        let latest = BarQuery(symbol: "BTC", interval: minute, from: nil, to: nil)
        #expect(
            adapter.bars(latest)?.body
                == #"{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","startTime":0}}"#)
        let page = BarQuery(
            symbol: "BTC", interval: minute, from: 60_000_000_000, to: 180_000_000_000)
        #expect(
            adapter.bars(page)?.body
                == #"{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","#
                + #""startTime":60000,"endTime":179999}}"#)
        let endless = BarQuery(
            symbol: "BTC", interval: BarInterval(months: 1), from: .max, to: .max)
        #expect(adapter.bars(endless) != nil)
    }
}
