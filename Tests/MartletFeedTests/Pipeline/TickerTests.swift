// Tickers that say only what has changed: what leaves is complete, in any case.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Tickers")
struct TickerTests {
    private static let channels: [FeedChannel] = [
        .bbo, .funding, .markPrice, .indexPrice, .openInterest,
    ]

    private func pipeline(
        _ channels: [FeedChannel] = channels, symbols: [String] = ["BTCUSDT"]
    ) -> (FeedPipeline, CollectingSink) {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .bybitLinear, number: 1),
            adapter: BybitAdapter(.linear), memories: TradeMemories(), sink: sink,
            isSelective: true)
        for symbol in symbols {
            for channel in channels { pipeline.expect(Topic(channel, of: symbol), at: 0) }
        }
        return (pipeline, sink)
    }

    private func hand(_ pipeline: FeedPipeline, _ text: String, at time: Int64 = 1) {
        var text = text
        text.withUTF8 { _ = pipeline.frame($0, at: time) }
    }

    private func ticker(_ type: String, _ members: String, of symbol: String = "BTCUSDT") -> String
    {
        #"{"topic":"tickers.\#(symbol)","type":"\#(type)","data":{"symbol":"\#(symbol)","#
            + #"\#(members)},"cs":1,"ts":1700000000000}"#
    }

    private func top(_ type: String, _ bids: String, _ asks: String, _ update: Int) -> String {
        #"{"topic":"orderbook.1.BTCUSDT","type":"\#(type)","ts":1700000000001,"data":"#
            + #"{"s":"BTCUSDT","b":[\#(bids)],"a":[\#(asks)],"u":\#(update),"seq":1},"#
            + #""cts":1700000000000}"#
    }

    private static let whole =
        #""bid1Price":"99.90","bid1Size":"1","ask1Price":"100.10","ask1Size":"2","#
        + #""markPrice":"100.00","indexPrice":"100.20","openInterest":"5","#
        + #""fundingRate":"0.0001","nextFundingTime":"1700006400000","fundingIntervalHour":"8""#

    @Test("a change of one fact of a record brings the whole record")
    func funding() throws {
        let (pipeline, sink) = pipeline()
        hand(pipeline, ticker("snapshot", Self.whole))
        #expect(sink.counts["funding"] == 1)
        hand(pipeline, ticker("delta", #""fundingRate":"0.00020""#))
        #expect(sink.counts["funding"] == 2)
        let rate = try #require(sink.lines.last)
        #expect(rate.contains(#""rate":"0.00020""#) && rate.contains("1700006400000000000"))
        #expect(rate.contains(#""interval":"8h""#))
        // The next payment is announced alone.
        hand(pipeline, ticker("delta", #""nextFundingTime":"1700035200000""#))
        #expect(sink.counts["funding"] == 3)
        let next = try #require(sink.lines.last)
        #expect(next.contains(#""rate":"0.00020""#) && next.contains("1700035200000000000"))
        // What does not speak of funding brings none.
        hand(pipeline, ticker("delta", #""markPrice":"100.01""#))
        #expect(sink.counts["funding"] == 3 && sink.counts["markprice"] == 2)
        #expect(sink.counts["indexprice"] == 1 && sink.counts["openinterest"] == 1)
    }

    @Test("changes before the whole are dropped and counted, of each instrument for itself")
    func early() {
        let (pipeline, sink) = pipeline(symbols: ["BTCUSDT", "ETHUSDT"])
        hand(pipeline, ticker("snapshot", Self.whole, of: "ETHUSDT"))
        let before = sink.lines.count
        hand(pipeline, ticker("delta", #""fundingRate":"0.0002","markPrice":"1""#))
        #expect(sink.lines.count == before && pipeline.counts.dropped == 1)
        hand(pipeline, ticker("snapshot", Self.whole))
        hand(pipeline, ticker("delta", #""markPrice":"7""#, of: "ETHUSDT"))
        #expect(sink.lines.last?.contains("ETHUSDT") == true)
        #expect(pipeline.counts.dropped == 1)
    }

    @Test("a later whole forgets what it does not name")
    func replaced() {
        let (pipeline, sink) = pipeline()
        hand(pipeline, ticker("snapshot", Self.whole))
        hand(pipeline, ticker("snapshot", #""markPrice":"3","fundingRate":"""#))
        hand(pipeline, ticker("delta", #""nextFundingTime":"1700035200000""#))
        #expect(sink.counts["funding"] == 1 && sink.counts["markprice"] == 2)
    }

    @Test("best bid and ask come from their own channel only, and complete")
    func quotes() throws {
        let (pipeline, sink) = pipeline()
        hand(pipeline, ticker("snapshot", Self.whole))
        hand(pipeline, ticker("delta", #""bid1Price":"99.95","bid1Size":"7""#))
        #expect(sink.counts["bbo"] == nil)
        hand(pipeline, top("snapshot", #"["99.90","1"]"#, #"["100.10","2"]"#, 10))
        #expect(sink.counts["bbo"] == 1)
        // Level 1 was sent as changes once.
        hand(pipeline, top("delta", #"["99.90","0"],["99.80","3"]"#, "", 11))
        let line = try #require(sink.lines.last)
        #expect(
            line.contains(#""bidPrice":"99.80","bidQuantity":"3""#)
                && line.contains(#""askPrice":"100.10","askQuantity":"2""#))
        hand(pipeline, top("snapshot", #"["99.90","1"]"#, "", 12))
        #expect(sink.lines.last?.contains(#""askPrice":null"#) == true)
        #expect(sink.counts["bbo"] == 3)
    }

    @Test("a ticker whose rate does not change is not silent about it")
    func pace() {
        let (pipeline, sink) = pipeline([.funding, .markPrice])
        let second: Int64 = 1_000_000_000
        hand(pipeline, ticker("snapshot", Self.whole))
        for step in 1...60 as ClosedRange<Int64> {
            hand(pipeline, ticker("delta", #""markPrice":"\#(step)""#), at: step * second / 2)
            #expect(pipeline.tick(at: step * second / 2).isEmpty)
        }
        #expect(!sink.lines.contains { $0.contains("stale") })
        #expect(sink.counts["funding"] == 1)
        let silent = pipeline.tick(at: 41 * second)
        #expect(silent.map(\.channel) == [.funding, .markPrice])
    }

    @Test("a decoder without a connection says what each message says")
    func stateless() throws {
        var decoder = BybitDecoder(.linear)
        var batch = EventBatch()
        var text = ticker("delta", #""bid1Price":"1","fundingRate":"0.1""#)
        let count = try text.withUTF8 { bytes throws(DecodingFailure) in
            _ = try decoder.decode(Frame(bytes), into: &batch)
            return batch.events.count
        }
        #expect(count == 2)
    }
}
