// Recorded lines to envelopes: every line is counted once, whatever it is.

import MartletFeed
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Testing

@Suite("Line decoding")
struct LineDecodingTests {
    static let quote =
        #"{"e":"bookTicker","u":4009,"E":1568014460893,"T":1568014460891,"s":"BNBUSDT","#
        + #""b":"25.350","B":"31.21","a":"25.36","A":"40"}"#
    static let snapshot = #"{"lastUpdateId":7,"bids":[["1.0","2"]],"asks":[]}"#

    private func run(
        _ lines: [String], instrument: String? = nil
    ) -> (outcomes: [LineOutcome], counts: DecodingCounts, envelopes: [String]) {
        var decoding = LineDecoding(BinanceAdapter(.usdm), instrument: instrument)
        var outcomes: [LineOutcome] = []
        for line in lines {
            outcomes.append(Array(line.utf8).withUnsafeBytes { decoding.take($0) })
        }
        let envelopes = String(decoding: decoding.writer.lines, as: UTF8.self)
            .split(separator: "\n").map(String.init)
        return (outcomes, decoding.counts, envelopes)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let line: String
        let outcome: LineOutcome
        var testDescription: String { String(line.prefix(60)) }
    }

    private static let noTime = LineOutcome.error(
        "expected a receive time in ns, one blank, and the message as received")

    static let rows = [
        Row(line: "1 " + quote, outcome: .frame(.decoded)),
        Row(line: "9223372036854775807 " + quote, outcome: .frame(.decoded)),
        Row(line: #"1 {"result":null,"id":1}"#, outcome: .frame(.control)),
        Row(line: #"1 {"e":"somethingNew"}"#, outcome: .frame(.unknown)),
        Row(line: "", outcome: .skipped),
        Row(line: "   \t", outcome: .skipped),
        Row(line: "# a comment", outcome: .skipped),
        Row(line: "  # a comment", outcome: .skipped),
        Row(line: "1 #connected {}", outcome: .skipped),
        Row(line: "1 #", outcome: .skipped),
        Row(line: "1 #response {\"request\":", outcome: .skipped),
        Row(line: quote, outcome: noTime),
        Row(line: "9223372036854775808 " + quote, outcome: noTime),
        Row(line: "-1 " + quote, outcome: noTime),
        Row(line: "1", outcome: noTime),
        Row(line: "1 ", outcome: noTime),
        Row(line: "1.5 " + quote, outcome: noTime),
        Row(line: "1\t" + quote, outcome: noTime),
        Row(line: "1 b64:", outcome: .error("what follows b64: is not base64")),
        Row(line: "1 b64:e30", outcome: .error("what follows b64: is not base64")),
        Row(
            line: "1 {\"e\":",
            outcome: .error("the message ends in the middle of a value at byte 5 of the message")),
    ]

    @Test("a line is what it looks like", arguments: rows)
    func line(row: Row) {
        let result = run([row.line])
        #expect(result.outcomes == [row.outcome])
        let counted = result.counts
        #expect(
            counted.frames == counted.decoded + counted.control + counted.unknown + counted.dead
                + counted.errors)
        #expect(counted.frames == (row.outcome == .skipped ? 0 : 1))
    }

    @Test("the counts sum to the frames, and the sequence counts messages")
    func counts() {
        let result = run(Self.rows.map(\.line))
        let counted = result.counts
        #expect(
            counted.json.line
                == #"{"frames":14,"decoded":2,"control":1,"unknown":1,"dead":0,"errors":10}"#)
        #expect(result.envelopes.count == 2)
        #expect(result.envelopes[1].contains(#""connection":1,"sequence":2,"#))
    }

    @Test("a binary message is decoded from base64")
    func binary() {
        // Binance sends no such frames, so they are of an unknown kind.
        let result = run(["5 b64:eyJyZXN1bHQiOm51bGwsImlkIjoxfQ=="])
        #expect(result.outcomes == [.frame(.unknown)])
    }

    @Test("the request of a fact line names the instrument of the next message, and of no other")
    func request() {
        let fact = #"1 #response {"status":200,"request":"GET /fapi/v1/depth?symbol=ETHUSDT"}"#
        let result = run(
            [fact, "", "# comment", "2 " + Self.snapshot, "3 " + Self.snapshot])
        #expect(result.envelopes[0].contains(#""instrument":"ETHUSDT","#))
        #expect(result.envelopes[1].contains(#""instrument":null,"#))
        let fallback = run([fact, "2 " + Self.snapshot, "3 " + Self.snapshot], instrument: "X")
        #expect(fallback.envelopes[0].contains(#""instrument":"ETHUSDT","#))
        #expect(fallback.envelopes[1].contains(#""instrument":"X","#))
        let lost = run([fact, "not a line", "3 " + Self.snapshot])
        #expect(lost.envelopes[0].contains(#""instrument":null,"#))
    }
}

@Suite("Envelopes of the shipped capture")
struct ShippedEnvelopeTests {
    @Test("lines read back and are written again byte for byte")
    func roundTrip() throws {
        var decoding = LineDecoding(BinanceAdapter(.usdm), instrument: "ETHUSDT")
        let lines = try StreamedLines(path: TestData.shippedCapture)
        var batch = EventBatch()
        var again = EnvelopeWriter()
        let reader = EnvelopeReader()
        var count = 0
        while count < 10_000, case .text(let line)? = try lines.next() {
            _ = decoding.take(line)
            var rest = decoding.writer.lines[...]
            while let end = rest.firstIndex(of: 10) {
                let envelope = try reader.read(
                    UnsafeBufferPointer(rebasing: rest[...end]), into: &batch)
                again.append(batch, envelope.context)
                rest = rest[(end + 1)...]
                count += 1
            }
            if !again.lines.elementsEqual(decoding.writer.lines) {
                Issue.record("line \(lines.lineNumber) reads back as something else")
            }
            again.removeAll()
            decoding.writer.removeAll()
        }
        #expect(count == 10_000)
        #expect(decoding.counts.areClean)
    }
}
