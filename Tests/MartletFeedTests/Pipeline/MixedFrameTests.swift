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

    private static let alpacaTrade =
        #"{"T":"t","S":"BTC/USD","p":1,"s":2,"t":"1970-01-01T00:00:01Z"}"#

    /// Frames of which a part speaks to the connection, and what it has to hear.
    static let spoken: [(parts: [String], heard: [LinkControl])] = [
        ([#"{"T":"success","msg":"connected"}"#, #"{"T":"zz"}"#], [.welcome]),
        ([#"{"T":"zz"}"#, #"{"T":"success","msg":"authenticated"}"#], [.authenticated]),
        ([#"{"T":"l","S":"X"}"#, #"{"T":"success","msg":"connected"}"#], [.welcome]),
        ([alpacaTrade, #"{"T":"subscription","trades":[]}"#], [.subscribed(id: nil, topic: nil)]),
        (
            [#"{"T":"error","code":402,"msg":"auth failed"}"#, alpacaTrade],
            [.refused(id: nil, code: "402", reason: "auth failed")]
        ),
        (
            [
                #"{"T":"success","msg":"connected"}"#, alpacaTrade,
                #"{"T":"error","code":405,"msg":"symbol limit exceeded"}"#,
                #"{"T":"subscription","trades":[]}"#,
            ],
            [
                .welcome, .refused(id: nil, code: "405", reason: "symbol limit exceeded"),
                .subscribed(id: nil, topic: nil),
            ]
        ),
    ]

    @Test("what a part says to the connection is heard, whatever else the frame holds")
    func control() {
        for (parts, heard) in Self.spoken {
            let sink = CollectingSink()
            let pipeline = FeedPipeline(
                connection: ConnectionID(venue: .alpacaCrypto, number: 1),
                adapter: AlpacaAdapter(.crypto), memories: TradeMemories(), sink: sink)
            var text = "[" + parts.joined(separator: ",") + "]"
            let last = text.withUTF8 { pipeline.frame($0, at: 1) }
            #expect(pipeline.earlierControls + [last].compactMap(\.self) == heard, "\(text)")
            #expect(sink.counts["trades"] ?? 0 == (parts.contains(Self.alpacaTrade) ? 1 : 0))
            // The next frame says nothing of it.
            text = "[\(Self.alpacaTrade)]"
            let next = text.withUTF8 { pipeline.frame($0, at: 2) }
            #expect(next == nil && pipeline.earlierControls.isEmpty)
        }
    }

    @Test("the present parts of a frame with dead ones are delivered, as decoding tells them")
    func dead() {
        var text =
            #"{"topic":"allLiquidation.A","type":"snapshot","ts":2,"data":[{"T":1,"s":"A","#
            + #""S":"Buy","v":"1","p":"2"},{"symbol":"A","side":"Buy","qty":1}]}"#
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: .bybitLinear, number: 1),
            adapter: BybitAdapter(.linear), memories: TradeMemories(), sink: sink)
        let control = text.withUTF8 { pipeline.frame($0, at: 1) }
        #expect(control == nil)
        #expect(sink.counts["liquidations"] == 1)
        #expect(pipeline.deadCount == 1)
        let quality = CaptureQuality(venue: .bybitLinear)
        text.withUTF8 {
            quality.message(UnsafeRawBufferPointer($0), isBinary: false, request: nil, at: 1)
        }
        #expect(quality.finished.dead == 1)
        let channels = quality.finished.members.first { $0.key == "channels" }
        #expect(String(describing: channels).contains("liquidations"))
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
