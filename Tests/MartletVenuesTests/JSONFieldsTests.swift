// Members by name, and numbers that a message implies.

import MartletModel
import Testing

@testable import MartletVenues

@Suite("JSON fields")
struct JSONFieldsTests {
    private func fields<Result>(
        _ text: String, _ body: (JSONFields, inout EventBatch) throws -> Result
    ) throws -> Result {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = try JSONScanner(bytes)
            var fields = JSONFields(of: scanner)
            try fields.read(&scanner)
            var batch = EventBatch()
            return try body(fields, &batch)
        }
    }

    @Test("absent, null and empty are nil")
    func absent() throws {
        try fields(#"{"a":null,"b":"","c":"0","d":"x","e":5}"#) {
            (fields: JSONFields, batch: inout EventBatch) throws in
            #expect(try fields.text("z") == nil)
            #expect(try fields.text("a") == nil)
            #expect(try fields.text("b") == nil)
            #expect(try fields.time("c") == nil)
            #expect(try fields.text("d")?.string == "x")
            #expect(try fields.text("e")?.string == "5")
            #expect(try fields.firstText("a", "b", "d")?.string == "x")
            #expect(fields.has("a") && !fields.has("z"))
        }
    }

    @Test("a name that stands twice is refused when it is asked for")
    func repeated() throws {
        try fields(#"{"a":1,"b":2,"a":3}"#) { (fields: JSONFields, _: inout EventBatch) throws in
            #expect(throws: DecodingFailure.self) { try fields.text("a") }
            #expect(try fields.text("b")?.string == "2")
        }
    }

    @Test(
        "differences and products are exact",
        arguments: [
            ("1.10", "0.3", "0.80", "0.33"), ("5", "10", "-5", "50"),
            ("0.5", "0.25", "0.25", "0.125"),
        ])
    func arithmetic(left: String, right: String, difference: String, product: String) throws {
        try fields(#"{"a":"\#(left)","b":"\#(right)"}"#) {
            (fields: JSONFields, batch: inout EventBatch) throws in
            let a = try #require(try fields.decimal("a", &batch))
            let b = try #require(try fields.decimal("b", &batch))
            #expect(a.minus(b, &batch)?.text == difference)
            #expect(a.times(b, &batch)?.text == product)
        }
    }

    @Test("turning the sign", arguments: [("1.5", "-1.5"), ("-1.5", "1.5"), ("0.00", "0.00")])
    func negation(from: String, to: String) throws {
        try fields(#"{"a":"\#(from)"}"#) { (fields: JSONFields, batch: inout EventBatch) throws in
            let number = try #require(try fields.decimal("a", &batch)?.negated(&batch))
            #expect(number.text == to)
            #expect(number.value?.description == to)
        }
    }

    @Test("keys are packed as the scanner packs them")
    func keys() {
        #expect(OKXKeys.arg == JSONScanner.key("arg"))
        #expect(OKXKeys.data == JSONScanner.key("data"))
        #expect(OKXKeys.action == JSONScanner.key("action"))
        #expect(OKXKeys.channel == JSONScanner.key("channel"))
        #expect(OKXKeys.trade == JSONScanner.key("tradeId"))
        #expect(OKXKeys.instrument == JSONScanner.key("instId"))
        #expect(HyperliquidKeys.levels == JSONScanner.key("levels"))
        #expect(HyperliquidKeys.quote == JSONScanner.key("bbo"))
        #expect(HyperliquidKeys.coin == JSONScanner.key("coin"))
    }
}
