// What was written is read back and written again byte for byte; everything else is refused.

import Foundation
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Envelope reader")
struct EnvelopeReaderTests {
    /// One line per event of every kind, and per record.
    static func samples() -> [String] {
        var batch = EventBatch()
        var writer = EnvelopeWriter()
        batch.fillWithEverything()
        writer.append(batch, SampleRecords.context)
        batch.fillWithNameless()
        writer.append(batch, SampleRecords.context)
        var context = SampleRecords.context
        context.instrument = "BTC-USDT-SWAP\u{7}"
        for (record, channel) in SampleRecords.all {
            writer.append(record, channel: channel, context, exchangeTime: 5)
            writer.append(record, channel: channel, SampleRecords.context)
        }
        return String(decoding: writer.lines, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The line that a line reads as, or the failure in words.
    static func rewritten(_ line: String) -> String {
        Array(line.utf8).withUnsafeBufferPointer { bytes in
            var batch = EventBatch()
            var writer = EnvelopeWriter()
            do throws(EnvelopeFailure) {
                let envelope = try EnvelopeReader().read(bytes, into: &batch)
                if let record = envelope.record {
                    writer.append(
                        record, channel: envelope.channel, envelope.context,
                        exchangeTime: envelope.recordTime)
                } else {
                    writer.append(batch, envelope.context)
                }
                return String(decoding: writer.lines.dropLast(), as: UTF8.self)
            } catch { return "\(error)" }
        }
    }

    @Test("what was written is read and written again byte for byte", arguments: samples())
    func roundTrip(line: String) {
        #expect(Self.rewritten(line) == line)
        #expect(Self.rewritten(line + "\n") == line)
    }

    @Test("keys may stand in any order, blanks between anything")
    func anyOrder() {
        let line =
            #" { "data" : {"price": "1.50"}, "sequence": 17, "connection":3 , "channel":"#
            + #""markprice","receiveTime":5,"exchangeTime":null,"instrument":"X","#
            + #""venue":"okx","type":"mark_price","v":1 } "#
        #expect(
            Self.rewritten(line)
                == #"{"v":1,"type":"mark_price","venue":"okx","instrument":"X","channel":"#
                + #""markprice","exchangeTime":null,"receiveTime":5,"connection":3,"sequence":17,"#
                + #""data":{"price":"1.50"}}"#)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let from: String
        let to: String
        let says: String
        var testDescription: String { "\(from) → \(to)" }
    }

    static let trade =
        #"{"v":1,"type":"trade","venue":"okx","instrument":null,"channel":"trades","#
        + #""exchangeTime":1,"receiveTime":2,"connection":1,"sequence":1,"data":{"id":"7","#
        + #""price":"1","quantity":"2","aggressor":"buy"}}"#

    static let refusals = [
        Row(from: #""v":1"#, to: #""v":2"#, says: "v: is not 1"),
        Row(from: #""v":1"#, to: #""v":"1""#, says: "v: is not a whole number"),
        Row(from: #""v":1,"#, to: "", says: "v: is missing"),
        Row(from: #""v":1"#, to: #""v":1,"v":1"#, says: "v: stands twice"),
        Row(from: #""v":1"#, to: #""v":1,"x":1"#, says: "unknown key"),
        Row(from: #""trade""#, to: #""trades""#, says: "type: is none of trade, "),
        Row(from: #""okx""#, to: #""binance""#, says: "venue: is no venue's full id"),
        Row(from: #""okx""#, to: "null", says: "venue: is null"),
        Row(from: #""trades""#, to: #""l2""#, says: "channel: is none of this type"),
        Row(from: #""trades""#, to: "null", says: "channel: is none of this type"),
        Row(from: #""exchangeTime":1"#, to: #""exchangeTime":-1"#, says: "exchangeTime: is not"),
        Row(from: #""exchangeTime":1"#, to: #""exchangeTime":1e3"#, says: "exchangeTime: is not"),
        Row(from: #""receiveTime":2"#, to: #""receiveTime":null"#, says: "receiveTime: is null"),
        Row(from: #""connection":1"#, to: #""connection":0"#, says: "connection: is not above 0"),
        Row(
            from: #""sequence":1"#, to: #""sequence":9223372036854775808"#,
            says: "sequence: is not"),
        Row(from: #"{"id""#, to: #"{"extra":1,"id""#, says: "data: unknown key"),
        Row(from: #""price":"1""#, to: #""price":1"#, says: "data.price: is not a string of plain"),
        Row(from: #""price":"1""#, to: #""price":"1e5""#, says: "data.price: is not a string"),
        Row(from: #""price":"1""#, to: #""price":null"#, says: "data.price: is null"),
        Row(from: #""price":"1","#, to: "", says: "data.price: is missing"),
        Row(from: #""buy""#, to: #""Buy""#, says: "data.aggressor: is none of buy, sell, unknown"),
        Row(from: #""buy""#, to: #""buy","flags":[]"#, says: "data.flags: is not"),
        Row(from: #""buy""#, to: #""buy","flags":null"#, says: "data.flags: is no list"),
        Row(from: #""buy"}"#, to: #""buy"}]"#, says: "unexpected byte"),
        Row(from: #""buy"}}"#, to: #""buy"}} x"#, says: "bytes after the end"),
        Row(from: #""buy"}}"#, to: #""buy"}"#, says: "ends in the middle"),
        Row(from: trade, to: "", says: "the line is empty"),
        Row(from: trade, to: "[]", says: "not an object"),
    ]

    @Test("a line that is not as documented is refused by its field", arguments: refusals)
    func refuse(row: Row) throws {
        let place = try #require(Self.trade.firstRange(of: row.from))
        var line = Self.trade
        line.replaceSubrange(place, with: row.to)
        let answer = Self.rewritten(line)
        #expect(answer.contains(row.says), "\(answer)")
        #expect(Self.rewritten(Self.trade) == Self.trade)
    }

    @Test("a line cut or changed anywhere is refused or still an envelope", arguments: samples())
    func damaged(line: String) {
        let bytes = Array(line.utf8)
        for keep in 0..<bytes.count {
            let answer = Self.rewritten(String(decoding: bytes[..<keep], as: UTF8.self))
            #expect(!answer.hasPrefix("{"), "cut at \(keep)")
        }
        var random = SeededGenerator(seed: UInt64(bytes.count))
        for _ in 0..<300 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] =
                UInt8.random(in: 0x20..<0x7F, using: &random)
            let once = Self.rewritten(String(decoding: changed, as: UTF8.self))
            if once.hasPrefix("{") { #expect(Self.rewritten(once) == once) }
        }
    }

    @Test("the published schema accepts what the reader accepts")
    func schema() throws {
        let path = TestData.packageRoot + "/docs/reference/schemas/envelope.v1.schema.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let schema = JSONSchema(root: try AnyJSON(text: text))
        for line in Self.samples() {
            #expect(schema.complaints(try AnyJSON(text: line)) == [], "\(line)")
        }
        // What no schema can say is left out: keys that stand twice, bytes that are no JSON.
        for row in Self.refusals where !row.to.contains("\"v\":1,\"v\"") {
            var line = Self.trade
            guard let place = line.firstRange(of: row.from) else { continue }
            line.replaceSubrange(place, with: row.to)
            guard let value = try? AnyJSON(text: line) else { continue }  // no JSON: refused too
            // Numbers are doubles there, so one beyond 64 bits or written 1e3 passes.
            if row.to.contains("9223372036854775808") || row.to.contains("1e3") { continue }
            #expect(schema.complaints(value) != [], "\(line)")
        }
    }
}
