// Captures of the recorder: snapshots that only their request tells whose they are.

import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("Snapshots with requests")
struct ResponseFactTests {
    private func depth(_ symbol: String, _ update: Int) -> String {
        "{\"e\":\"depthUpdate\",\"E\":\(update),\"T\":\(update),\"s\":\"\(symbol)\",\"U\":\(update),"
            + "\"u\":\(update),\"pu\":\(update - 1),\"b\":[[\"10.0\",\"1\"]],\"a\":[]}"
    }

    @Test("a snapshot of another instrument is left out, whatever its steps")
    func others() throws {
        let folder = TestFolder()
        let answer = #"{"lastUpdateId":2,"E":1,"T":1,"bids":[["9.0","1"]],"asks":[["11.0","1"]]}"#
        let lines = [
            "1 #segment {\"venue\":\"binance-usdm\"}", "2 " + depth("AAAUSDT", 1),
            "3 " + depth("BBBUSDT", 1),
            "4 #response {\"request\":\"GET /fapi/v1/depth?symbol=BBBUSDT&limit=1000\"}",
            "4 " + answer,
            "5 #response {\"request\":\"GET /fapi/v1/depth?symbol=AAAUSDT&limit=1000\"}",
            "5 " + answer, "6 " + depth("AAAUSDT", 3),
        ]
        let path = folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "a.capture")
        let options = CaptureImportOptions(
            product: .usdm, sources: [path], symbol: "AAAUSDT",
            tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 0), output: folder.file("a.npy"))
        let summary = try CaptureImport.run(options)
        // Two changes of one level, and one snapshot of two levels with a clearing row each.
        #expect(summary.sidecar.statistics.rows == 6)
        #expect(summary.skipped.otherInstruments == 2)
        #expect(summary.skipped.recorderFacts == 3)
    }
}
