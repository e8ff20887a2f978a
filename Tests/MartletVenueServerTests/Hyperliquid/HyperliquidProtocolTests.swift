// Hyperliquid from the venue's side: subscriptions, whole books, questions.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Hyperliquid, server side")
struct HyperliquidProtocolTests {
    private func bench() throws -> ProtocolBench {
        try #require(ProtocolBench(HyperliquidProtocol(), "/ws"))
    }

    private func subscribe(_ subscription: String) -> String {
        #"{"method":"subscribe","subscription":\#(subscription)}"#
    }

    @Test(
        "answers control messages",
        arguments: [
            (#"{"method":"ping"}"#, #"{"channel":"pong"}"#),
            (
                #"{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#,
                #"{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null}}}"#
            ),
            (
                #"{"method":"subscribe","subscription":{"type":"trades","coin":"NO"}}"#,
                #"{"channel":"error","data":"Invalid subscription {\"type\":\"trades\",\"coin\":\"NO\"}"}"#
            ),
            (
                #"{"method":"unsubscribe","subscription":{"type":"trades","coin":"BTC"}}"#,
                #"{"channel":"error","data":"Already unsubscribed: {\"type\":\"trades\",\"coin\":\"BTC\"}"}"#
            ),
            (
                "nonsense",
                #"{"channel":"error","data":"Error parsing JSON into valid websocket request: nonsense"}"#
            ),
            (
                #"{"method":"post","id":3,"request":{"type":"action","payload":{}}}"#,
                #"{"channel":"post","data":{"id":3,"response":{"type":"error","payload":"422 Unprocessable Entity"}}}"#
            ),
        ])
    func control(sent: String, answer: String) throws {
        var bench = try bench()
        #expect(bench.say(sent).first == answer)
    }

    @Test(
        "what is pushed, our codec reads",
        arguments: [
            #"{"type":"trades","coin":"BTC"}"#, #"{"type":"l2Book","coin":"ETH"}"#,
            #"{"type":"bbo","coin":"BTC"}"#, #"{"type":"candle","coin":"SOL","interval":"1m"}"#,
            #"{"type":"activeAssetCtx","coin":"BTC"}"#,
            #"{"type":"activeAssetCtx","coin":"PURR/USDC"}"#,
        ])
    func readable(subscription: String) throws {
        var bench = try bench()
        var texts = bench.say(subscribe(subscription))
        texts += try bench.listen(10_000_000_000)
        #expect(texts.count > 2)
        try expectReadable(texts.dropFirst(), HyperliquidDecoder())
        #expect(bench.say(subscribe(subscription)).first?.contains("Already subscribed") == true)
    }

    @Test("each book is the whole top of the market's book")
    func books() throws {
        var bench = try bench()
        let texts = bench.say(subscribe(#"{"type":"l2Book","coin":"BTC"}"#))
        #expect(texts.count == 2)
        let heard = try bench.listen(5_000_000_000)
        // Half a second apart.
        #expect(heard.count <= 10)
        let market = try #require(bench.market.instrument("BTC"))
        let words = HyperliquidProtocol().answer(
            ServerRequest("POST", "/info", body: Array(#"{"type":"l2Book","coin":"BTC"}"#.utf8)),
            bench.moment)
        let last = try #require(heard.last)
        let answer = try #require(words?.text)
        let levels = answer.split(separator: "\"levels\":").last.map(String.init)
        #expect(levels.map { last.contains($0.dropLast()) } == true)
        #expect(market.levels(.buy, depth: 20).count == 20)
    }

    @Test(
        "answers questions",
        arguments: [
            #"{"type":"meta"}"#, #"{"type":"spotMeta"}"#, #"{"type":"metaAndAssetCtxs"}"#,
            #"{"type":"spotMetaAndAssetCtxs"}"#, #"{"type":"l2Book","coin":"BTC"}"#,
            #"{"type":"recentTrades","coin":"BTC"}"#,
            #"{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","startTime":0}}"#,
            #"{"type":"fundingHistory","coin":"BTC","startTime":0}"#,
        ])
    func questions(body: String) throws {
        var bench = try bench()
        _ = try bench.listen(30_000_000_000)
        let request = ServerRequest("POST", "/info", body: Array(body.utf8))
        let answer = try #require(bench.venue.answer(request, bench.moment))
        #expect(answer.status == 200)
        var decoder = HyperliquidDecoder()
        var batch = EventBatch()
        try answer.body.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(
                Frame(bytes, request: "POST /info " + body), into: &batch)
            #expect(kind == .decoded)
        }
        let count = batch.events.count
        #expect(count > 0)
    }

    @Test("what is no question is refused, and an unknown market is nothing")
    func refused() throws {
        let bench = try bench()
        func status(_ body: String) -> Int? {
            bench.venue.answer(
                ServerRequest("POST", "/info", body: Array(body.utf8)), bench.moment)?.status
        }
        #expect(status("nonsense") == 422)
        #expect(status(#"{"type":"none"}"#) == 422)
        #expect(status(#"{"type":"candleSnapshot"}"#) == 422)
        #expect(status(#"{"type":"l2Book","coin":"NO"}"#) == 200)
        #expect(bench.venue.answer(ServerRequest("GET", "/other"), bench.moment) == nil)
    }
}
