// Alpaca from the venue's side: who may listen, what is acknowledged, and that streams say what
// the market is.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Alpaca, server side")
struct AlpacaProtocolTests {
    private func bench(_ target: String = "/v1beta3/crypto/us") throws -> ProtocolBench {
        try #require(ProtocolBench(AlpacaProtocol(.crypto), target))
    }

    @Test("a connection is greeted, also on the old path, and must say who it is")
    func authentication() throws {
        let request = ServerRequest("GET", "/v1beta2/crypto")
        var bench = try bench("/v1beta2/crypto")
        guard case .accept(let actions) = bench.venue.open(request, &bench.session, bench.moment)
        else {
            Issue.record("refused")
            return
        }
        #expect(actions == [.send(.text(#"[{"T":"success","msg":"connected"}]"#))])
        #expect(
            bench.say(#"{"action":"subscribe","trades":["BTC/USD"]}"#)
                == [#"[{"T":"error","code":401,"msg":"not authenticated"}]"#])
        #expect(
            bench.say(#"{"action":"auth","key":"","secret":""}"#)
                == [#"[{"T":"error","code":402,"msg":"auth failed"}]"#])
        let auth = #"{"action":"auth","key":"K","secret":"S"}"#
        #expect(bench.say(auth) == [#"[{"T":"success","msg":"authenticated"}]"#])
        #expect(bench.say(auth) == [#"[{"T":"error","code":403,"msg":"already authenticated"}]"#])
        #expect(bench.say("{") == [#"[{"T":"error","code":400,"msg":"invalid syntax"}]"#])
        #expect(
            bench.say(#"{"action":"subscribe","lulds":["BTC/USD"]}"#)
                == [#"[{"T":"error","code":410,"msg":"invalid subscribe action for this feed"}]"#])
    }

    @Test("who does not say who it is in time is let go")
    func timeout() throws {
        var bench = try bench()
        let early = bench.venue.tick(&bench.session, now: 9_000_000_000, bench.moment)
        #expect(early.isEmpty)
        let late = bench.venue.tick(&bench.session, now: 10_000_000_000, bench.moment)
        #expect(late.count == 2)
    }

    @Test("an acknowledgement lists everything that one listens to")
    func lists() throws {
        var bench = try bench()
        _ = bench.say(#"{"action":"auth","key":"K","secret":"S"}"#)
        #expect(
            bench.say(#"{"action":"subscribe","trades":["BTC/USD","NO/USD"],"bars":["*"]}"#)
                == [
                    #"[{"T":"subscription","trades":["BTC/USD","NO/USD"],"quotes":[],"bars":["*"],"#
                        + #""updatedBars":[],"dailyBars":[],"orderbooks":[]}]"#
                ])
        #expect(
            bench.say(#"{"action":"unsubscribe","trades":["NO/USD"]}"#)
                == [
                    #"[{"T":"subscription","trades":["BTC/USD"],"quotes":[],"bars":["*"],"#
                        + #""updatedBars":[],"dailyBars":[],"orderbooks":[]}]"#
                ])
    }

    @Test("the book begins whole and ends as the market's")
    func streams() throws {
        var bench = try bench()
        var decoder = try #require(VenueCatalog.adapter(for: .alpacaCrypto)).makeDecoder()
        var book = StreamedBook()
        _ = bench.say(#"{"action":"auth","key":"K","secret":"S"}"#)
        let request =
            #"{"action":"subscribe","trades":["ETH/USD"],"quotes":["ETH/USD"],"#
            + #""bars":["ETH/USD"],"dailyBars":["ETH/USD"],"orderbooks":["ETH/USD"]}"#
        for text in bench.say(request) { book.take(text, &decoder) }
        for _ in 0..<65 {
            for text in try bench.listen(1_000_000_000) { book.take(text, &decoder) }
        }
        #expect(book.failures.isEmpty)
        #expect(book.controls == 1 && book.snapshots == 1 && book.changes > 20)
        let market = try #require(bench.market.instrument("ETH/USD"))
        for side in Side.allCases {
            #expect(book.sides[side] == StreamedBook.levels(side, market, depth: 0))
        }
        for channel in [FeedChannel.trades, .bbo, .bars] {
            #expect(book.counts[channel] ?? 0 > 0)
        }
    }

    @Test(
        "REST answers decode",
        arguments: [
            ("/v1beta3/crypto/us/latest/orderbooks?symbols=BTC/USD", 1, FeedChannel.l2),
            ("/v1beta3/crypto/us/latest/orderbooks?symbols=BTC%2FUSD,ETH%2FUSD", 2, .l2),
            ("/v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=1min&limit=5", 5, .bars),
            ("/v1beta3/crypto/us/trades?symbols=BTC/USD&limit=2&sort=desc", 2, .trades),
            ("/v1beta3/crypto/us/latest/quotes?symbols=BTC/USD", 1, .bbo),
            ("/v1beta3/crypto/us/snapshots?symbols=BTC/USD", 2, .bars),
            ("/v2/assets?asset_class=crypto&status=active", 3, .instruments),
            ("/v2/assets/BTC%2FUSD", 1, .instruments),
        ])
    func rest(target: String, count: Int, channel: FeedChannel) throws {
        var bench = try bench()
        _ = try bench.listen(20_000_000_000)
        let answer = try #require(
            bench.venue.answer(ServerRequest("GET", target), bench.moment))
        var decoder = try #require(VenueCatalog.adapter(for: .alpacaCrypto)).makeDecoder()
        var batch = EventBatch()
        var found = 0
        try answer.body.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(Frame(bytes, request: "GET " + target), into: &batch)
            #expect(kind == .decoded)
            for index in 0..<batch.events.count where batch.events[index].channel == channel {
                found += 1
            }
        }
        #expect(found == count)
    }

    @Test("stocks have quotes and trades without sides, and no book")
    func stocks() throws {
        var bench = try #require(ProtocolBench(AlpacaProtocol(.stocks), "/v2/iex"))
        _ = bench.say(#"{"action":"auth","key":"K","secret":"S"}"#)
        _ = bench.say(#"{"action":"subscribe","trades":["*"],"quotes":["AAPL"]}"#)
        var decoder = try #require(VenueCatalog.adapter(for: .alpacaStocks)).makeDecoder()
        var book = StreamedBook()
        for text in try bench.listen(30_000_000_000) { book.take(text, &decoder) }
        #expect(book.failures.isEmpty)
        #expect(book.trades.allSatisfy { $0.hasSuffix("unknown") })
        #expect(book.counts[.trades] ?? 0 > 0 && book.counts[.bbo] ?? 0 > 0)
        let refused = bench.say(#"{"action":"subscribe","orderbooks":["AAPL"]}"#)
        #expect(refused.first?.contains("410") == true)
    }
}
