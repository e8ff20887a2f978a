// Recordings into segments: the same rows as the Binance import, and rules from the recording itself.

import MartletFeed
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("Recording import")
struct RecordingImportTests {
    @Test("gives the rows that the Binance import gives, for the shipped capture")
    func sameRows() throws {
        let folder = TestFolder()
        let step = try #require(ExactDecimal("0.01"))
        let lot = try #require(ExactDecimal("0.001"))
        let until: Int64 = 1_723_161_285_000_000_000
        var old = CaptureImportOptions(
            product: .usdm, sources: [TestData.shippedCapture], symbol: "ETHUSDT", tickSize: step,
            lotSize: lot, output: folder.file("old.npy"))
        old.to = Timestamp(nanoseconds: until)
        let expected = try CaptureImport.run(old).sidecar
        var selection = CaptureSelection(paths: [TestData.shippedCapture])
        selection.venue = .binanceUSDM
        var options = RecordingImportOptions(
            selection, symbol: "ETHUSDT", output: folder.file("new.npy"))
        options.tickSize = step
        options.lotSize = lot
        options.to = until
        let found = try RecordingImport.run(options) { _ in }.sidecar
        #expect(found.statistics == expected.statistics)
        #expect(found.statistics.rowsSHA256 == expected.statistics.rowsSHA256)
        #expect(found.instrument == expected.instrument)
        #expect(found.crossed == expected.crossed)
    }

    @Test("takes tick and lot from an instrument message, and one instrument of several")
    func rules() throws {
        let folder = TestFolder()
        let recorder = try CaptureRecorder(.init(root: folder.file("captures"), run: 7)) { _ in }
        let connection = FeedReplayTests.connection
        recorder.take(
            #"{"timezone":"UTC","serverTime":1,"symbols":[{"symbol":"BTCUSDT","status":"TRADING","#
                + #""contractType":"PERPETUAL","baseAsset":"BTC","quoteAsset":"USDT","#
                + #""marginAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","#
                + #""maxPrice":"1000000","tickSize":"0.10"},{"filterType":"LOT_SIZE","#
                + #""minQty":"0.001","maxQty":"1000","stepSize":"0.001"}]}]}"#,
            of: connection, at: afternoon, request: "GET /fapi/v1/exchangeInfo")
        for index in 1...10 {
            recorder.take(
                FeedReplayTests.trade(index, index % 2 == 0 ? "BTCUSDT" : "ETHUSDT"),
                of: connection, at: afternoon + Int64(index))
        }
        // Trades that are told again are one row.
        recorder.take(FeedReplayTests.trade(10), of: connection, at: afternoon + 11)
        _ = try recorder.finish()
        let options = RecordingImportOptions(
            CaptureSelection(paths: [folder.file("captures")]), symbol: "BTCUSDT",
            output: folder.file("a.npy"))
        let summary = try RecordingImport.run(options) { _ in }
        #expect(summary.sidecar.statistics.rows == 5)
        #expect(summary.sidecar.instrument.tickSize.description == "0.1")
        #expect(summary.skipped.contains { $0 == ("repeatedTrades", 1) })
        #expect(throws: Failure.self) {
            var other = options
            other.symbol = "XRPUSDT"
            _ = try RecordingImport.run(other) { _ in }
        }
    }
}
