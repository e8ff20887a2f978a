// Every clean recording of every venue: no false alarm, every book live to the end.

import MartletFeed
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Clean recordings", .enabled(if: TestData.shared != nil, "needs ../shared/data"))
struct CleanCaptureTests {
    private static let root = (TestData.shared ?? "") + "/data/captures/"

    private func run(
        _ frames: [RecordedFrame], _ venue: VenueID, instrument: String? = nil
    ) throws -> (pipeline: FeedPipeline, sink: CollectingSink) {
        let adapter = try #require(VenueCatalog.adapter(for: venue))
        let sink = CollectingSink(keepsLines: false)
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: venue, number: 1), adapter: adapter,
            memories: TradeMemories(), sink: sink)
        #expect(frames.count > 10)
        for frame in frames {
            frame.bytes.withUnsafeBufferPointer { bytes in
                _ = pipeline.frame(
                    bytes, request: frame.request, instrument: instrument, at: frame.time)
            }
        }
        #expect(pipeline.errorCount == 0 && pipeline.unknownCount == 0)
        return (pipeline, sink)
    }

    @Test("OKX with its checksums")
    func okx() throws {
        let frames = RecordedFrames.cryptofeed(Self.root + "okx", ["OKX.ws.1.0.btc-usdt"])
        let (pipeline, sink) = try run(frames, .okx)
        #expect(sink.counts["gap"] == nil && sink.counts["resync"] == 1)
        #expect(pipeline.bookState(of: "BTC-USDT") == .live)
        #expect(sink.counts["l2"] == 98 && sink.counts["snapshot"] == 1)
    }

    @Test("OKX with one level changed: the checksum tells")
    func okxDamaged() throws {
        var frames = RecordedFrames.cryptofeed(Self.root + "okx", ["OKX.ws.1.0.btc-usdt"])
        let updates = frames.indices.filter {
            frames[$0].bytes.withUnsafeBufferPointer { $0.contains("\"action\":\"update\"") }
        }
        frames.remove(at: updates[40])
        let (_, sink) = try run(frames, .okx)
        #expect(sink.records.contains(.gap(FeedTrouble("checksum"))))
    }

    @Test("Binance COIN-M: ten contracts joined with their answers")
    func coinM() throws {
        let frames = RecordedFrames.cryptofeed(
            Self.root + "binance-coinm", ["BINANCE_DELIVERY.ws.1.0", "BINANCE_DELIVERY.http.0.0"])
        let (pipeline, sink) = try run(frames, .binanceCoinM)
        #expect(sink.counts["gap"] == nil && sink.counts["resync"] == 10)
        #expect(pipeline.bookStates == [.live: 10])
    }

    @Test("Binance spot: four pairs joined with their answers")
    func spot() throws {
        let frames = RecordedFrames.cryptofeed(
            Self.root + "binance-spot", ["BINANCE.ws.1.0", "BINANCE.http.0.0"])
        let (pipeline, sink) = try run(frames, .binanceSpot)
        #expect(sink.counts["gap"] == nil)
        #expect(pipeline.bookStates[.gapped] == nil && pipeline.bookStates[.stale] == nil)
        #expect((sink.counts["resync"] ?? 0) >= 3)
    }

    @Test("Bybit: one snapshot and what follows")
    func bybit() throws {
        let frames = RecordedFrames.bare(
            Self.root + "bybit-v5/2024-12-01_XRPUSDT_ob500.data")
        let (pipeline, sink) = try run(frames, .bybitLinear)
        #expect(sink.counts["gap"] == nil && sink.counts["resync"] == 1)
        #expect(pipeline.bookState(of: "XRPUSDT") == .live && sink.counts["l2"] == 50)
    }

    @Test("Hyperliquid: whole books and the backlog of trades")
    func hyperliquid() throws {
        let frames = try RecordedFrames.stamped(
            Self.root + "hyperliquid/btcusd_20250126.part1.gz")
        let (pipeline, sink) = try run(frames, .hyperliquid)
        #expect(sink.counts["gap"] == nil && sink.counts["resync"] == 1)
        #expect(pipeline.bookStates == [.live: 1])
    }
}
