// OKX's messages as others recorded them, and the same with damage.

import Foundation
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Recorded OKX messages")
struct OKXRecordedTests {
    private func lines(_ name: String) throws -> [[String: Any]] {
        let path = TestData.packageRoot + "/Tests/Data/okx/" + name
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            let object = try JSONSerialization.jsonObject(with: Data($0.utf8))
            return try #require(object as? [String: Any])
        }
    }

    @Test("say what their source asserts")
    func asserted() throws {
        var facts = 0
        for record in try lines("crypto-msg-parser.jsonl") {
            let message = try JSONSerialization.data(
                withJSONObject: try #require(record["message"]))
            let text = DecodedText(Array(message), OKXDecoder())
            let id = try #require(record["id"] as? String)
            #expect(text.kind == "decoded", "\(id)")
            #expect(!text.events.isEmpty, "\(id)")
            let asserted = try #require(record["asserted"] as? [String: String])
            let line = text.events.joined(separator: " ")
            for (name, value) in asserted where value != "None" {
                let wanted: String
                switch name {
                case "trade.side": wanted = value.hasSuffix("Buy") ? "buy" : "sell"
                case "orderbook.timestamp", "trade.timestamp": wanted = "@\(value)000000"
                case "funding_rates[0].funding_time": wanted = "next \(value)000000"
                case "trade.price", "trade.quantity_base", "funding_rates[0].funding_rate":
                    wanted = value
                case _ where name.hasSuffix(".price"):
                    wanted = value.hasSuffix(".0") ? String(value.dropLast(2)) : value
                default: continue
                }
                facts += 1
                #expect(line.contains(wanted), "\(id): \(name) \(value) in \(line)")
            }
        }
        #expect(facts > 30)
    }

    @Test("of the v3 interface are told as dead, by name")
    func dead() throws {
        for record in try lines("crypto-msg-parser_v3.jsonl") {
            let message = try JSONSerialization.data(
                withJSONObject: try #require(record["message"]))
            let text = DecodedText(Array(message), OKXDecoder())
            #expect(text.kind == "dead")
            #expect(text.note.contains("OKEx v3"))
        }
    }

    @Test("are all of a kind that is known, apart from answers that nothing names")
    func all() throws {
        let shipped = try ShippedMessages("okx")
        #expect(shipped.messages.count > 300)
        for message in shipped.messages {
            let text = DecodedText(message, OKXDecoder())
            #expect(!text.kind.hasPrefix("failure"), "\(String(decoding: message, as: UTF8.self))")
            guard text.kind == "unknown" else { continue }
            let start = String(decoding: message.prefix(8), as: UTF8.self)
            #expect(start == #"{"code":"#, "\(String(decoding: message, as: UTF8.self))")
        }
    }

    @Test("with damage are an error or a message, never the end", arguments: UInt64(0)..<40)
    func damaged(seed: UInt64) throws {
        let shipped = try ShippedMessages("okx")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let text = DecodedText(shipped.damaged(&random), OKXDecoder())
            #expect(!text.kind.isEmpty)
        }
    }
}
