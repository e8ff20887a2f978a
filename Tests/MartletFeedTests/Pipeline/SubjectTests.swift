// Topics whose events name another instrument than the topic, or none.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Subjects of topics")
struct SubjectTests {
    private func hand(_ pipeline: FeedPipeline, _ text: String, at time: Int64) {
        var text = text
        text.withUTF8 { _ = pipeline.frame($0, at: time) }
    }

    private func pipeline(
        _ adapter: any VenueAdapter
    ) -> (FeedPipeline, CollectingSink) {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: adapter.profile.venue, number: 1), adapter: adapter,
            memories: TradeMemories(), sink: sink, isSelective: true)
        return (pipeline, sink)
    }

    @Test("an index that has a name of its own keeps its topic alive")
    func index() {
        let (pipeline, _) = pipeline(OKXAdapter())
        pipeline.expect(Topic(.indexPrice, of: "BTC-USDT-SWAP"), at: 0)
        #expect(!pipeline.isSynced)
        hand(
            pipeline,
            #"{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"#
                + #""data":[{"instId":"BTC-USDT","idxPx":"1","ts":"1"}]}"#, at: 1)
        #expect(pipeline.isSynced)
        #expect(pipeline.counts.events == 1)
        #expect(pipeline.tick(at: 59_000_000_000).isEmpty)
    }

    @Test("executions of a user are delivered whatever their instrument")
    func fills() {
        let user = "0x5e9ee1089755c3435139848e47e6635505d5a13a"
        let (pipeline, _) = pipeline(HyperliquidAdapter())
        pipeline.expect(Topic(.fills, of: user), at: 0)
        hand(
            pipeline,
            #"{"channel":"userFills","data":{"user":"\#(user)","fills":[{"coin":"BTC","px":"1","#
                + #""sz":"2","side":"B","time":5,"oid":1,"tid":2,"crossed":true,"fee":"0"}]}}"#,
            at: 1)
        #expect(pipeline.counts.events == 1)
        hand(
            pipeline,
            #"{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"1","sz":"2","time":5,"tid":9}]}"#,
            at: 2)
        #expect(pipeline.counts.events == 1)
    }
}
