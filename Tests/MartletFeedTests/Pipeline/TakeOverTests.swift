// One connection takes over from another: when it may, and what it tells.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Taking over")
struct TakeOverTests {
    private func pipeline(isPrimary: Bool) -> (FeedPipeline, CollectingSink) {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .bybitLinear, number: 1),
            adapter: BybitAdapter(.linear), memories: TradeMemories(), sink: sink,
            isPrimary: isPrimary, isSelective: true)
        for symbol in ["BTCUSDT", "DEADUSDT"] { pipeline.expect(Topic(.l2, of: symbol), at: 0) }
        pipeline.expect(Topic(.trades, of: "BTCUSDT"), at: 0)
        pipeline.expect(Topic(.markPrice, of: "DEADUSDT"), at: 0)
        return (pipeline, sink)
    }

    private func hand(_ pipeline: FeedPipeline, _ text: String, at time: Int64) {
        var text = text
        text.withUTF8 { _ = pipeline.frame($0, at: time) }
    }

    private let book =
        #"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1700000000000,"data":"#
        + #"{"s":"BTCUSDT","b":[["100.0","1"]],"a":[["101.0","1"]],"u":5,"seq":1},"#
        + #""cts":1700000000000}"#

    private func trades(_ count: Int) -> String {
        let rows = (0..<count).map {
            #"{"T":1700000000000,"s":"BTCUSDT","S":"Buy","v":"1","p":"100.0","i":"\#($0)","BT":false}"#
        }
        return #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1700000000000,"data":["#
            + rows.joined(separator: ",") + "]}"
    }

    @Test("a successor needs what the old connection has, and no more")
    func synced() {
        let (old, _) = pipeline(isPrimary: true)
        let (next, _) = pipeline(isPrimary: false)
        hand(old, book, at: 1)
        #expect(!next.isSynced(like: old))
        hand(next, book, at: 2)
        #expect(!next.isSynced && next.isSynced(like: old))
    }

    @Test("the state of every channel is told, not only of live books")
    func states() {
        let (next, sink) = pipeline(isPrimary: false)
        hand(next, book, at: 1)
        hand(next, trades(1), at: 2)
        _ = next.tick(at: 60_000_000_000)
        #expect(!sink.lines.contains { $0.contains(#""type":"status""#) })
        next.makePrimary(at: 60_000_000_001)
        let states = sink.lines.filter { $0.contains(#""type":"status""#) }
        #expect(states.contains { $0.contains("DEADUSDT") && $0.contains("markprice") })
        #expect(states.contains { $0.contains("BTCUSDT") && $0.contains(#""channel":"trades""#) })
        #expect(states.contains { $0.contains("DEADUSDT") && $0.contains(#""channel":"l2""#) })
    }

    @Test("one message is one sign of life, however many trades it carries")
    func pace() {
        let (pipeline, sink) = pipeline(isPrimary: true)
        // Had every trade counted, 2 s would be learned from distances of nothing.
        for step in 0..<3 { hand(pipeline, trades(2_000), at: Int64(step) * 1_000_000_000) }
        _ = pipeline.tick(at: 7_000_000_000)
        #expect(!sink.records.contains(.state(.stale, reason: "silent")))
        #expect(pipeline.lastMessage(of: Topic(.trades, of: "BTCUSDT")) == 2_000_000_000)
        #expect(pipeline.isAlive(at: 7_000_000_000) && !pipeline.isAlive(at: 70_000_000_000))
    }
}
