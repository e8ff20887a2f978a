// Every documented kind of message of the twelve venues, against the envelopes in Tests/Data.

import Foundation
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Documented messages")
struct DocumentedMessageTests {
    /// One message of `Tests/Data/documented`, written by hand in the shape that the venues'
    /// documentation gives.
    struct Case {
        var venue = ""
        var name = ""
        var request: String?
        var kind = ""
        var message = ""
        /// The envelopes: type, instrument, channel, time and data.
        var envelopes: [String] = []

        /// The bytes of the message, and whether they come in a binary frame.
        var frame: (bytes: [UInt8], isBinary: Bool) {
            guard message.hasPrefix("b64:"),
                let data = Data(base64Encoded: String(message.dropFirst(4)))
            else { return (Array(message.utf8), false) }
            return (Array(data), true)
        }
    }

    static let files = ["alpaca", "binance", "bybit", "hyperliquid", "mexc", "okx"]

    /// The cases of a file: lines of a word and what it says, an empty line after each case.
    static func cases(of file: String) throws -> [Case] {
        let path = TestData.packageRoot + "/Tests/Data/documented/\(file).txt"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(separator: "\n\n").compactMap { block in
            var found = Case()
            for line in block.split(separator: "\n") where !line.hasPrefix("#") {
                let parts = line.split(separator: " ", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let value = String(parts[1])
                switch parts[0] {
                case "venue": found.venue = value
                case "case": found.name = value
                case "request": found.request = value
                case "kind": found.kind = value
                case "message": found.message = value
                default: found.envelopes.append(value)
                }
            }
            return found.message.isEmpty ? nil : found
        }
    }

    @Test("give the kind and the envelopes that stand beside them", arguments: files)
    func envelopes(file: String) throws {
        let cases = try Self.cases(of: file)
        #expect(cases.count > 40)
        for expected in cases {
            let adapter = try #require(VenueCatalog.adapter(for: VenueID(expected.venue)))
            var decoder = adapter.makeDecoder()
            var batch = EventBatch()
            var writer = EnvelopeWriter()
            let (bytes, isBinary) = expected.frame
            var kind = ""
            bytes.withUnsafeBufferPointer { bytes in
                let frame = Frame(bytes, isBinary: isBinary, request: expected.request)
                do throws(DecodingFailure) {
                    kind = try decoder.decode(frame, into: &batch).rawValue
                    let context = EnvelopeContext(
                        venue: adapter.profile.venue, connection: 1, sequence: 1, receiveTime: 1)
                    writer.append(batch, context)
                } catch { kind = "errors: \(error)" }
            }
            #expect(kind == expected.kind, "\(expected.venue): \(expected.name)")
            let lines = String(decoding: writer.lines, as: UTF8.self).split(separator: "\n")
            let venue = #","venue":"\#(expected.venue)""#
            let stamp = #","receiveTime":1,"connection":1,"sequence":1"#
            let shown = lines.map {
                $0.replacing(#""v":1,"#, with: "", maxReplacements: 1)
                    .replacing(venue, with: "", maxReplacements: 1)
                    .replacing(stamp, with: "", maxReplacements: 1)
            }
            #expect(
                shown.map(String.init) == expected.envelopes,
                "\(expected.venue): \(expected.name)")
        }
    }
}
