// Trades that were missed: what of an answer is delivered, and what is told of holes that stay.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Backfilled trades")
struct BackfillTests {
    private static let swap = "BTC-USDT-SWAP"
    private static let base: Int64 = 1_700_000_000_000

    private func pipeline(
        _ adapter: any VenueAdapter, isPrimary: Bool = true, _ memories: TradeMemories
    ) -> (FeedPipeline, CollectingSink) {
        let sink = CollectingSink()
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: adapter.profile.venue, number: 1), adapter: adapter,
            memories: memories, sink: sink, isPrimary: isPrimary)
        return (pipeline, sink)
    }

    private func hand(_ pipeline: FeedPipeline, _ text: String) {
        var text = text
        text.withUTF8 { _ = pipeline.frame($0, at: (Self.base + 900) * 1_000_000) }
    }

    private func answer(
        _ pipeline: FeedPipeline, _ text: String, _ symbol: String, _ mark: TradeMark
    ) {
        let request = pipeline.request(symbol)
        var text = text
        text.withUTF8 {
            _ = pipeline.backfill(
                $0, request: request, instrument: symbol, after: mark,
                at: (Self.base + 950) * 1_000_000)
        }
    }

    private func row(_ id: Int, at time: Int64? = nil) -> String {
        #"{"instId":"BTC-USDT-SWAP","tradeId":"\#(id)","px":"101.0","sz":"0.10","side":"buy","#
            + #""ts":"\#(time ?? Self.base + Int64(id))","count":"1"}"#
    }

    private func stream(_ ids: [Int]) -> String {
        #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":["#
            + ids.map { row($0) }.joined(separator: ",") + "]}"
    }

    private func list(_ ids: [Int]) -> String {
        #"{"code":"0","msg":"","data":[\#(ids.map { row($0) }.joined(separator: ","))]}"#
    }

    private func ids(_ sink: CollectingSink) -> [Int] {
        sink.lines.filter { $0.contains(#""type":"trade""#) }.compactMap { line in
            line.firstRange(of: #""id":""#).flatMap {
                Int(line[$0.upperBound...].prefix { $0 != "\"" })
            }
        }
    }

    @Test("an answer with the newest trades is cut at the last one before the loss")
    func cut() throws {
        let memories = TradeMemories()
        let (pipeline, sink) = pipeline(OKXAdapter(), memories)
        hand(pipeline, stream([100, 101]))
        let mark = try #require(memories[Self.swap].latest)
        #expect(mark == TradeMark(time: (Self.base + 101) * 1_000_000, id: "101"))
        hand(pipeline, stream([105]))
        answer(pipeline, list(Array((1...105).reversed())), Self.swap, mark)
        #expect(ids(sink) == [100, 101, 105, 102, 103, 104])
        #expect(sink.counts["gap"] == nil)
    }

    @Test("an answer that does not reach back to the loss leaves a gap, which is told")
    func hole() throws {
        let memories = TradeMemories()
        let (pipeline, sink) = pipeline(OKXAdapter(), memories)
        hand(pipeline, stream([100]))
        let mark = try #require(memories[Self.swap].latest)
        answer(pipeline, list([205, 204, 203]), Self.swap, mark)
        #expect(ids(sink) == [100, 203, 204, 205])
        #expect(
            sink.records == [
                .state(.live, reason: nil), .resync(FeedTrouble("backfill")),
                .gap(FeedTrouble("backfill")),
            ])
        pipeline.missTrades(of: Self.swap, at: 1)
        #expect(sink.records.last == .gap(FeedTrouble("backfill")) && pipeline.counts.gaps == 2)
    }

    @Test("a venue that is asked for what follows has no hole at the beginning of its answer")
    func forward() {
        let (pipeline, sink) = pipeline(BinanceAdapter(.usdm), TradeMemories())
        let mark = TradeMark(time: Self.base * 1_000_000, id: "7")
        #expect(pipeline.asksForward("BTCUSDT", mark))
        answer(
            pipeline,
            #"[{"a":8,"p":"1.0","q":"2.0","f":1,"l":1,"T":\#(Self.base + 50),"m":true}]"#,
            "BTCUSDT",
            mark)
        #expect(ids(sink) == [8] && sink.counts["gap"] == nil)
        #expect(pipeline.filledTo == TradeMark(time: (Self.base + 50) * 1_000_000, id: "8"))
        #expect(!pipeline.filledToEnd)
    }

    @Test("trades without ids are taken strictly between what was delivered")
    func withoutIDs() {
        let memories = TradeMemories()
        let (pipeline, sink) = pipeline(MEXCSpotAdapter(), memories)
        let rows = (0..<6).map {
            #"{"id":null,"price":"1.\#($0)","qty":"2","quoteQty":"2","time":\#(Self.base + Int64($0)),"#
                + #""isBuyerMaker":true,"isBestMatch":true,"tradeType":"ASK"}"#
        }
        let mark = TradeMark(time: (Self.base + 2) * 1_000_000, id: nil)
        answer(pipeline, "[" + rows.reversed().joined(separator: ",") + "]", "BTCUSDT", mark)
        #expect(sink.counts["trades"] == 3)
        #expect(sink.lines.contains { $0.contains(#""price":"1.3""#) })
        #expect(!sink.lines.contains { $0.contains(#""price":"1.2""#) })
        // A mark that the newest trades do not reach, and every one of them is new.
        let early = TradeMark(time: (Self.base - 1) * 1_000_000, id: nil)
        answer(pipeline, "[" + rows[3] + "]", "ETHUSDT", early)
        #expect(sink.counts["trades"] == 4 && sink.counts["gap"] == 1)
        // Of two connections only one delivers them.
        let (second, other) = self.pipeline(MEXCSpotAdapter(), isPrimary: false, memories)
        answer(second, "[" + rows.joined(separator: ",") + "]", "BTCUSDT", mark)
        #expect(other.counts["trades"] == nil)
    }

    @Test("a trade from the future moves the mark no further than its arrival")
    func future() throws {
        let memories = TradeMemories()
        let (pipeline, _) = pipeline(OKXAdapter(), memories)
        hand(
            pipeline,
            #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":["#
                + row(5, at: Self.base + 86_400_000) + "]}")
        hand(pipeline, stream([6]))
        let mark = try #require(memories[Self.swap].latest)
        #expect(mark == TradeMark(time: (Self.base + 900) * 1_000_000, id: "6"))
    }

    @Test("instruments beyond the table's room leave no memory behind")
    func bounded() {
        let memories = TradeMemories()
        let (pipeline, _) = pipeline(OKXAdapter(), memories)
        for index in 0..<20_100 {
            pipeline.expect(Topic(.trades, of: "S\(index)"), at: 0)
        }
        #expect(memories.count == 0)
        hand(pipeline, stream([1]))
        #expect(memories.count == 0)
    }
}

extension FeedPipeline {
    /// What an answer with trades answers.
    fileprivate func request(_ symbol: String) -> String {
        let adapter = VenueCatalog.adapter(for: connection.venue)
        return adapter?.trades(of: symbol, afterID: nil, from: nil)?.summary ?? ""
    }
}
