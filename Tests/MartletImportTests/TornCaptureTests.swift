// A torn capture may be cut; what is wrong for another reason is refused all the same.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import Testing

@Suite("Torn captures")
struct TornCaptureTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// Stores lines as gzip without compression, the last bytes missing: the checksum and some of
    /// the last line.
    private func gzip(_ lines: [String], lostBytes: Int) throws -> String {
        let text = [UInt8]((lines.joined(separator: "\n") + "\n").utf8)
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        for start in stride(from: 0, to: text.count, by: 60_000) {
            let piece = text[start..<min(text.count, start + 60_000)]
            let count = UInt16(piece.count)
            bytes.append(start + piece.count == text.count ? 1 : 0)
            for number in [count, ~count] {
                bytes += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
            }
            bytes += piece
        }
        let file = bench.path + "/torn.gz"
        try Data(bytes.dropLast(lostBytes)).write(to: URL(fileURLWithPath: file))
        return file
    }

    private func line(_ number: Int, receive: Int? = nil, time: Int? = nil, price: String = "1")
        -> String
    {
        "\(receive ?? number) "
            + depth(
                time ?? number, first: number, last: number, previous: number - 1,
                bids: #"["\#(price)","1"]"#)
    }

    /// Imports a torn file of these lines with torn files accepted.
    private func run(
        _ lines: [String], _ change: (inout CaptureImportOptions) -> Void = { _ in }
    ) throws -> Result<ImportSummary, Failure> {
        var options = bench.options([try gzip(lines, lostBytes: 20)])
        options.acceptsTorn = true
        change(&options)
        let wanted = options
        return Result { () throws(Failure) in try CaptureImport.run(wanted) }
    }

    private func expectRefused(
        _ result: Result<ImportSummary, Failure>, _ words: [String],
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .failure(let failure) = result else {
            Issue.record("it was imported", sourceLocation: location)
            return
        }
        #expect(failure.kind == .integrity, sourceLocation: location)
        for word in words + ["damaged further on"] {
            #expect(failure.message.contains(word), "\(failure)", sourceLocation: location)
        }
        #expect(bench.files == ["torn.gz"], sourceLocation: location)
    }

    @Test("the complete lines are kept")
    func complete() throws {
        let summary = try run((1...5).map { line($0) }).get()
        #expect(summary.lines == 4 && summary.sidecar.cut?.lastGoodLine == 4)
        #expect(try bench.rows().count == 4)
    }

    @Test("a wrong tick, times running backwards and unknown messages are refused")
    func otherProblems() throws {
        expectRefused(
            try run([line(1), line(2, price: "1.05"), line(3)]), ["line 2", "bid price", "--tick"])
        let backwards = [line(1), line(2), line(3, time: 1), line(4)]
        #expect(try run(backwards).get().sidecar.statistics.timesBackwards == 1)
        try FileManager.default.removeItem(atPath: bench.path + "/out.npy")
        try FileManager.default.removeItem(atPath: bench.path + "/out.npy.json")
        expectRefused(try run(backwards) { $0.isStrict = true }, ["line 3", "--strict"])
        expectRefused(
            try run([line(5), line(6, receive: 4), line(7)]), ["line 2", "the receive time 4"])
        let bare = #"6 {"e":"trade","E":3,"T":2,"s":"X","p":"1.5","q":"2","m":true}"#
        expectRefused(try run([line(5), bare, line(7)]), ["line 2"])
    }

    @Test("a damaged line is cut with all its rows")
    func damagedLine() throws {
        let message = depth(2, first: 2, last: 2, previous: 1, bids: #"["1","1"]"#)
        for damaged in [
            message + "x", #"{"stream":"x@depth","data":\#(message),\#u{1}}"#,
            #"{"stream":"x@depth","data":[\#(message),{"e":"depthUp"#,
        ] {
            let summary = try run([line(1), "2 " + damaged, line(3), line(4)]).get()
            #expect(summary.lines == 1 && summary.sidecar.cut?.lastGoodLine == 1)
            #expect(try bench.rows() == ["level buy 10x100 1000000/1 #1 start+end"])
        }
    }
}
