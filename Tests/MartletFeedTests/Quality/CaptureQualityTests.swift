// Quality: clean captures score 100, and every kind of injected damage is counted.

import MartletFeed
import MartletModel
import MartletStore
import MartletTesting
import Testing

@Suite("Capture quality")
struct CaptureQualityTests {
    struct Line {
        var time: Int64
        var text: String
        var request: String? = nil
    }

    static func depth(_ first: Int64, _ last: Int64, bid: String = "100.0") -> String {
        "{\"stream\":\"x@depth\",\"data\":{\"e\":\"depthUpdate\",\"E\":\(afternoon / 1_000_000 + last),"
            + "\"T\":\(afternoon / 1_000_000 + last),\"s\":\"BTCUSDT\",\"U\":\(first),\"u\":\(last),"
            + "\"pu\":\(first - 1),\"b\":[[\"\(bid)\",\"1\"]],\"a\":[[\"100.50\",\"2\"]]}}"
    }

    /// A clean minute: a snapshot, a change every 100 ms, a trade after each.
    static func clean() -> [Line] {
        var lines: [Line] = []
        for index in 0..<600 as Range<Int64> {
            let time = afternoon + index * 100_000_000 + 5_000_000
            if index == 3 {
                lines.append(
                    Line(
                        time: time - 1,
                        text: "{\"lastUpdateId\":23,\"E\":1,\"T\":1,\"bids\":[[\"99.00\",\"1\"]],"
                            + "\"asks\":[[\"101.00\",\"1\"]]}",
                        request: "GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000"))
            }
            lines.append(Line(time: time, text: depth(index * 10 + 1, index * 10 + 10)))
            lines.append(Line(time: time + 1, text: FeedReplayTests.trade(Int(index))))
        }
        return lines
    }

    func measure(_ lines: [Line]) -> CaptureReport {
        let quality = CaptureQuality(venue: .binanceUSDM)
        for line in lines {
            Array(line.text.utf8).withUnsafeBytes {
                quality.message($0, isBinary: false, request: line.request, at: line.time)
            }
        }
        return quality.finished
    }

    @Test("a clean capture scores 100")
    func clean() {
        let report = measure(Self.clean())
        #expect(report.score == 100)
        #expect(report.gaps == 0 && report.repeats == 0 && report.crossed == 0)
        #expect(report.messages == 1201 && report.errors == 0 && report.timesBackwards == 0)
        #expect(report.coverage == 1)
    }

    @Test("a lost message is a gap, wherever it is lost", arguments: [10, 100, 601, 1100])
    func hole(index: Int) {
        var lines = Self.clean()
        // Changes stand at odd places after the snapshot.
        let place = lines[index].text.contains("depthUpdate") ? index : index + 1
        lines.remove(at: place)
        let report = measure(lines)
        #expect(report.gaps == 1)
        #expect(report.score == 99)
    }

    @Test("a repeated message is a repeat", arguments: [10, 11, 500, 501])
    func repeated(index: Int) {
        var lines = Self.clean()
        lines.insert(lines[index], at: index + 1)
        let report = measure(lines)
        #expect(report.repeats == 1 && report.gaps == 0)
        #expect(report.score == 99)
    }

    @Test("swapped changes are a hole and a repeat; times run backwards")
    func swapped() {
        var lines = Self.clean()
        let places = lines.indices.filter { lines[$0].text.contains("depthUpdate") }
        let (left, right) = (places[40], places[41])
        (lines[left].text, lines[right].text) = (lines[right].text, lines[left].text)
        let report = measure(lines)
        #expect(report.gaps >= 1 && report.repeats == 1 && report.timesBackwards == 1)
    }

    @Test("a crossed book is counted with its time")
    func crossing() {
        var lines = Self.clean()
        let places = lines.indices.filter { lines[$0].text.contains("depthUpdate") }
        lines[places[100]].text = Self.depth(1001, 1010, bid: "100.5")
        lines[places[105]].text = Self.depth(1051, 1060, bid: "100.5")
            .replacing("\"1\"]],\"a\"", with: "\"0\"]],\"a\"")
        let report = measure(lines)
        #expect(report.crossed == 5)
        #expect(report.crossedNanoseconds == 500_000_000)
        #expect(report.gaps == 0)
    }

    @Test("silence lowers coverage, an unknown or broken message is counted")
    func silence() {
        var lines = Self.clean()
        for index in 600..<lines.count { lines[index].time += 60_000_000_000 }
        lines.append(Line(time: lines[lines.count - 1].time, text: "{\"e\":\"newKind\",\"x\":1}"))
        lines.append(Line(time: lines[lines.count - 1].time, text: "{\"e\":"))
        let report = measure(lines)
        #expect(report.silences == 1 && report.longestSilence > 60_000_000_000)
        #expect(report.coverage < 0.52 && report.coverage > 0.48)
        #expect(report.unknown == 1 && report.errors == 1)
        #expect((48...51).contains(report.score))
    }

    @Test("the recorder's own holes count as lost, those of the stream do not count twice")
    func facts() {
        let quality = CaptureQuality(venue: .okx)
        for json in [
            #"{"reason":"recorderFull","messages":7,"bytes":1}"#, #"{"reason":"sequence"}"#,
            #"{"reason":"tooLarge","messages":1}"#, "no json",
        ] {
            Array(json.utf8).withUnsafeBytes { quality.fact("gap", $0, at: afternoon) }
        }
        #expect(quality.finished.lost == 8)
    }

    @Test("the seal says what a later measure says")
    func seal() throws {
        let folder = TestFolder()
        let recorder = try CaptureRecorder(.init(root: folder.path, run: 7)) { _ in }
        for line in Self.clean() {
            recorder.take(
                line.text, of: FeedReplayTests.connection, at: line.time, request: line.request)
        }
        _ = try recorder.finish()
        let judged = try CaptureJudgement.run(CaptureSelection(paths: [folder.path])) { _ in }
        #expect(judged.count == 1 && judged[0].sealed == 1)
        #expect(judged[0].report.score == 100)
        let seal = try #require(folder.files.first { $0.hasSuffix(".json") })
        let text = String(decoding: folder.contents(seal), as: UTF8.self)
        for (key, value) in judged[0].report.members where key != "channels" && key != "clock" {
            #expect(text.contains("\"\(key)\": \(value.line)"), "\(key)")
        }
    }

    @Test("recorded captures without damage score 100 and have no gap")
    func recordedCaptures() throws {
        var paths = [TestData.shippedCapture]
        if let shared = TestData.shared {
            paths += ["08", "09"].map {
                shared + "/data/captures/binance-spot/ethusdt_202408\($0).gz"
            }
        } else {
            print("SKIPPED: there is no shared folder with Binance spot captures")
        }
        for path in paths {
            var selection = CaptureSelection(paths: [path])
            selection.venue = path.contains("spot") ? .binanceSpot : .binanceUSDM
            let judged = try CaptureJudgement.run(selection) { _ in }
            #expect(judged.map(\.report.score) == [100], "\(path)")
            #expect(judged.map(\.report.gaps) == [0])
            #expect(judged.map(\.report.errors) == [0])
        }
    }
}
