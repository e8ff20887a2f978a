// Frames with parts of known and of unknown kinds: told as unknown, and nothing known is lost.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Frames of several kinds")
struct MixedFrameTests {
    private static let frame =
        #"[{"e":"markPriceUpdate","E":2,"s":"A","p":"1"},{"e":"brandNew"},"#
        + #"{"e":"markPriceUpdate","E":3,"s":"B","p":"2"}]"#

    @Test("a live stream delivers the known parts and tells of the unknown one")
    func live() {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .binanceUSDM, number: 1),
            adapter: BinanceAdapter(.usdm), memories: TradeMemories(), sink: sink,
            isSelective: false)
        for symbol in ["A", "B"] { pipeline.expect(Topic(.markPrice, of: symbol), at: 0) }
        var text = Self.frame
        text.withUTF8 { _ = pipeline.frame($0, at: 1) }
        #expect(sink.counts["markprice"] == 2)
        #expect(pipeline.unknownCount == 1)
        #expect(sink.notes.contains { $0.contains("brandNew") })
    }

    @Test("a capture is judged by its known parts too")
    func quality() {
        let trade = #"{"e":"trade","E":1,"T":1,"s":"A","t":7,"p":"1","q":"2","m":true}"#
        let quality = CaptureQuality(venue: .binanceUSDM)
        for _ in 0..<2 {
            Array("[\(trade),{\"e\":\"brandNew\"}]".utf8).withUnsafeBytes {
                quality.message($0, isBinary: false, request: nil, at: 1_000_000)
            }
        }
        let report = quality.finished
        #expect(report.unknown == 2)
        #expect(report.repeats == 1)
    }
}
