// Live feed, import and replay agree on captures: what is clean, and where something is missing.

import Glibc
import MartletBook
import MartletFeed
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("Verdicts on captures", .enabled(if: TestData.shared != nil, "needs ../shared/data"))
struct CaptureVerdictTests {
    struct Capture: CustomTestStringConvertible, Sendable {
        let file: String
        let product: BinanceProduct
        let symbol: String
        var testDescription: String { file }
        var path: String { (TestData.shared ?? "") + "/data/captures/" + file }
    }

    static let captures = [
        Capture(file: "binance-usdm/ethusdt_20240808.gz", product: .usdm, symbol: "ETHUSDT"),
        Capture(file: "binance-spot/ethusdt_20240808.gz", product: .spot, symbol: "ETHUSDT"),
    ]

    /// Runs a capture through a pipeline, leaving out the changes that `isLost` names.
    private func run(
        _ capture: Capture, changeMax: Int = .max, isLost: (Int) -> Bool = { _ in false }
    ) throws -> (pipeline: FeedPipeline, sink: CollectingSink, lost: Int) {
        let adapter = BinanceAdapter(capture.product)
        let sink = CollectingSink(keepsLines: false)
        let pipeline = FeedPipeline(
            connection: ConnectionID(venue: adapter.profile.venue, number: 1), adapter: adapter,
            memories: TradeMemories(), sink: sink)
        let reader = try CaptureReader(path: capture.path)
        var changes = 0
        var lost = 0
        while changes < changeMax, let line = try reader.next() {
            let bytes = line.payload.bindMemory(to: UInt8.self)
            if bytes.contains("depthUpdate") {
                changes += 1
                if isLost(changes) {
                    lost += 1
                    continue
                }
            }
            _ = pipeline.frame(bytes, at: line.receiveTime)
        }
        return (pipeline, sink, lost)
    }

    @Test("clean captures raise no alarm, and their book is live to the end", arguments: captures)
    func clean(capture: Capture) throws {
        let (pipeline, sink, _) = try run(capture)
        #expect(sink.counts["gap"] == nil && sink.counts["resync"] == 1)
        #expect(pipeline.bookState(of: capture.symbol) == .live)
        #expect(pipeline.errorCount == 0 && pipeline.unknownCount == 0)
        let keeper = try #require(pipeline.keeper(of: capture.symbol))
        #expect(keeper.sync.gapCount == 0 && keeper.sync.malformedCount == 0)
        #expect(!keeper.book.isCrossed && keeper.book.bidCount > 500)
    }

    @Test("a lost change is noticed by feed and import alike", arguments: captures)
    func lost(capture: Capture) throws {
        let (pipeline, sink, lost) = try run(capture, changeMax: 1_500) { $0 == 1_400 }
        #expect(lost == 1 && sink.counts["gap"] == 1)
        #expect(pipeline.bookState(of: capture.symbol) == .gapped)
        #expect(pipeline.wishes() == [BookWish(instrument: "ETHUSDT", need: .requestedSnapshot)])
    }

    @Test("BookSync and the import count the same gaps", arguments: captures)
    func sameGaps(capture: Capture) throws {
        let folder = "/tmp/martlet-verdicts-\(getpid())-\(capture.product)"
        try Folder.make(folder)
        defer { for name in ["in", "out.npy", "out.npy.json"] { unlink("\(folder)/\(name)") } }
        defer { rmdir(folder) }
        var decoder = BinanceVenueDecoder(capture.product)
        var batch = EventBatch()
        var sync = BookSync(numbering: capture.product == .spot ? .binanceSpot : .binanceFutures)
        let reader = try CaptureReader(path: capture.path)
        var written: [UInt8] = []
        var changes = 0
        while changes < 3_000, let line = try reader.next() {
            let bytes = line.payload.bindMemory(to: UInt8.self)
            _ = try decoder.decode(Frame(bytes, instrument: capture.symbol), into: &batch)
            if batch.events.count == 1, case .book(let book) = batch.events[0], !book.isSnapshot {
                changes += 1
                if changes > 500, changes % 97 == 0 { continue }
                let header = UpdateHeader(
                    firstUpdate: book.firstUpdate, lastUpdate: book.lastUpdate,
                    previousUpdate: book.previousUpdate)
                // The import goes on after a gap; so does the sync, given a snapshot there.
                let decision = sync.change(header, at: line.receiveTime)
                if decision == .gap || changes == 1 {
                    _ = sync.snapshot(lastUpdate: book.lastUpdate, at: line.receiveTime)
                    _ = sync.change(header, at: line.receiveTime)
                }
            }
            written += "\(line.receiveTime) ".utf8
            written += bytes
            written.append(UInt8(ascii: "\n"))
        }
        let file = try AtomicFile(path: folder + "/in")
        try file.write(written)
        try file.commit()
        var options = CaptureImportOptions(
            product: capture.product, sources: [folder + "/in"], symbol: capture.symbol,
            output: folder + "/out.npy")
        options.tickSize = ExactDecimal("0.01")
        options.lotSize = ExactDecimal(capture.product == .spot ? "0.00001" : "0.001")
        let summary = try CaptureImport.run(options)
        #expect(sync.gapCount > 20 && summary.sidecar.statistics.gaps == sync.gapCount)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the text stands somewhere in the bytes.
    func contains(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
