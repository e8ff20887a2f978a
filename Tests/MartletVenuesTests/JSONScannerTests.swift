// The scanner takes what JSON allows and refuses the rest, whatever the bytes.

import MartletModel
import MartletVenues
import Testing

/// The failure that passing `bytes` as one value gives, or nil.
private func skipped(_ bytes: [UInt8]) -> DecodingFailure? {
    bytes.withUnsafeBufferPointer { buffer in
        do throws(DecodingFailure) {
            var scanner = try JSONScanner(buffer)
            try scanner.skipValue()
            try scanner.finish()
            return nil
        } catch { return error }
    }
}

@Suite("JSON scanner")
struct JSONScannerTests {
    @Test(
        "takes valid JSON",
        arguments: [
            "{}", "[]", "[[]]", "[{}]", "{\"\":{}}", " [ 1 , 2 ] ", "null", "true", "false", "0",
            "-0", "-1.5e+10", "1E5", "0.5", "\"\"", "\"\\u00e9\\n\\\\\\/\"", "\"\\ud83d\\ude00\"",
            "\"é😀\"", "[null,true,{\"a\":[1,{\"b\":\"c\"}]},-3]", "\t{\"a\"\n:\r1}",
            "{\"a\":[],\"b\":{},\"c\":[[],[]]}", "123456789012345678901234567890",
        ])
    func accepts(text: String) { #expect(skipped(Array(text.utf8)) == nil) }

    @Test(
        "refuses what is not JSON",
        arguments: [
            ("", .truncated), (" ", .truncated), ("{", .truncated), ("[", .truncated),
            ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte),
            ("{a:1}", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte), ("[1 2]", .unexpectedByte),
            ("[1}", .unexpectedByte), ("{\"a\":1]", .unexpectedByte), ("]", .unexpectedByte),
            ("01", .badNumber), ("-", .truncated), ("1.", .truncated), ("1.x", .badNumber),
            (".5", .unexpectedByte), ("1e", .truncated), ("1e+", .truncated),
            ("+1", .unexpectedByte), ("nul", .truncated), ("nulL", .unexpectedByte),
            ("\"a", .truncated), ("\"\\x\"", .badString), ("\"\\u12g4\"", .badString),
            ("\"\\ud800\"", .badString), ("\"\\udc00\"", .badString),
            ("\"\\ud800\\u0041\"", .badString), ("\"a\nb\"", .badString), ("1 1", .trailingBytes),
            ("{}{}", .trailingBytes), ("\u{FEFF}{}", .unexpectedByte), ("'a'", .unexpectedByte),
        ] as [(String, DecodingFailure.Code)])
    func refuses(text: String, code: DecodingFailure.Code) {
        #expect(skipped(Array(text.utf8))?.code == code)
    }

    @Test(
        "refuses bytes that are not UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xE2, 0x82], [0xFF], [0xC3, 0x28],
        ] as [[UInt8]])
    func refusesOddBytes(bytes: [UInt8]) {
        #expect(skipped([0x22] + bytes + [0x22])?.code == .badString)
    }

    @Test("nests 64 deep and no deeper")
    func nesting() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth)
                + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(skipped(nested(64)) == nil)
        #expect(skipped(nested(65))?.code == .tooDeep)
        #expect(skipped(Array(repeating: UInt8(ascii: "["), count: 1_000_000))?.code == .tooDeep)
    }

    @Test(
        "takes any generated document, and none of its proper prefixes", arguments: UInt64(0)..<40)
    func prefixes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let document = Array("[\(generated(&random, depth: 5))]".utf8)
        #expect(skipped(document) == nil)
        for count in 0..<document.count {
            #expect(skipped(Array(document[..<count])) != nil, "prefix of \(count) bytes")
        }
    }

    @Test("never reads or runs beyond wrong bytes", arguments: UInt64(0)..<40)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var document = Array("[\(generated(&random, depth: 5))]".utf8)
        for _ in 0..<50 {
            let place = Int.random(in: 0..<document.count, using: &random)
            document[place] = UInt8.random(in: 0...255, using: &random)
            if let failure = skipped(document) {
                #expect(failure.offset >= 0 && failure.offset <= document.count)
            }
        }
    }

    private func generated(_ random: inout SeededGenerator, depth: Int) -> String {
        let scalars = [
            "0", "-12.50", "1e-7", "true", "false", "null", "\"\"", "\"ab\\\"c\"", "\"\\u20ac\"",
            "\"日本\"", "18446744073709551616",
        ]
        let kind = depth == 0 ? 0 : Int.random(in: 0..<3, using: &random)
        if kind == 0 { return scalars[Int.random(in: 0..<scalars.count, using: &random)] }
        let blank = Bool.random(using: &random) ? " " : ""
        let items = (0..<Int.random(in: 0..<4, using: &random)).map { index in
            (kind == 1 ? "" : "\"k\(index)\"\(blank):")
                + blank + generated(&random, depth: depth - 1)
        }
        let inside = items.joined(separator: blank + ",")
        return kind == 1 ? "[\(inside)\(blank)]" : "{\(blank)\(inside)}"
    }
}

@Suite("Numbers in messages")
struct NumberTests {
    private func decimal(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            do throws(DecodingFailure) {
                var scanner = try JSONScanner(buffer)
                let number = try scanner.decimal()
                try scanner.finish()
                return number.value.map { "\($0.mantissa)e-\($0.scale) \(number.text)" }
                    ?? "too large \(number.text)"
            } catch { return "\(error.code)" }
        }
    }

    @Test(
        "decimals are read digit for digit, in quotes or not",
        arguments: [
            ("\"2681.62\"", "268162e-2 2681.62"), ("2681.62", "268162e-2 2681.62"),
            ("\"0.00000000\"", "0e-8 0.00000000"), ("\"-0.50\"", "-50e-2 -0.50"), ("7", "7e-0 7"),
            ("\"9223372036854775807\"", "9223372036854775807e-0 9223372036854775807"),
            ("\"9223372036854775808\"", "too large 9223372036854775808"),
            ("\"0.0000000000000000001\"", "too large 0.0000000000000000001"),
            ("\"000000000000000000000001.5\"", "15e-1 000000000000000000000001.5"),
            ("\"1e5\"", "badDecimal"), ("1e5", "badDecimal"), ("1.5E-3", "badDecimal"),
            ("\"\"", "badDecimal"), ("\"+1\"", "badDecimal"), ("\".5\"", "badDecimal"),
            ("\"1.\"", "badDecimal"), ("\"1..2\"", "badDecimal"), ("\"1\\u0030\"", "badDecimal"),
            ("\" 1\"", "badDecimal"), ("\"--1\"", "badDecimal"), ("\"NaN\"", "badDecimal"),
            ("01.5", "badDecimal"), ("\"1", "truncated"), ("null", "badDecimal"),
        ])
    func decimals(text: String, expected: String) { #expect(decimal(text) == expected) }

    @Test(
        "whole numbers are at most 64 bits, never negative",
        arguments: [
            ("0", 0), ("1723161256302", 1_723_161_256_302),
            ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775807", .max), ("9223372036854775808", nil), ("-1", nil), ("1.0", nil),
            ("1e3", nil), ("01", nil), ("\"1\"", nil), ("", nil),
            ("99999999999999999999999", nil),
        ] as [(String, Int64?)])
    func integers(text: String, expected: Int64?) {
        let bytes = Array(text.utf8)
        let number = bytes.withUnsafeBufferPointer { buffer -> Int64? in
            do throws(DecodingFailure) {
                var scanner = try JSONScanner(buffer)
                let number = try scanner.integer()
                try scanner.finish()
                return number
            } catch { return nil }
        }
        #expect(number == expected)
    }

    @Test("steps agree with exact division", arguments: UInt64(0)..<60)
    func steps(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let size = ExactDecimal(
                mantissa: [1, 2, 5, 10, 25, 125].randomElement(using: &random) ?? 1,
                scale: Int.random(in: 0...18, using: &random))
            let digits = Int.random(in: 0...62, using: &random)
            let mantissa =
                Int64.random(in: 0..<(1 << digits), using: &random)
                * (Bool.random(using: &random) ? 1 : -1)
            let number = ExactDecimal(
                mantissa: mantissa, scale: Int.random(in: 0...18, using: &random))
            let expected = number.wholeSteps(of: size).flatMap {
                abs($0) <= StepScale.stepsMax ? $0 : nil
            }
            let bytes = Array("\"\(number)\"".utf8)
            let steps = try bytes.withUnsafeBufferPointer { buffer throws(DecodingFailure) in
                var scanner = try JSONScanner(buffer)
                return StepScale(of: size).steps(try scanner.decimal())
            }
            #expect(steps == expected, "\(number) in steps of \(size)")
        }
    }
}

@Suite("Words of a message")
struct EightByteTests {
    /// What is left in front of the end decides whether bytes are read eight at a time: the same
    /// text is read with little and with much behind it.
    private func read(
        _ text: [UInt8], room: Int, _ take: (inout JSONScanner) throws(DecodingFailure) -> String
    ) -> String {
        let bytes = text + [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "x"), count: room)
        return bytes.withUnsafeBufferPointer { buffer in
            do throws(DecodingFailure) {
                var scanner = try JSONScanner(buffer)
                let value = try take(&scanner)
                return "\(value), \(scanner.at - scanner.start) bytes"
            } catch { return "\(error.code) at \(error.offset)" }
        }
    }

    private func agrees(
        _ text: [UInt8], _ take: (inout JSONScanner) throws(DecodingFailure) -> String
    ) {
        let (short, long) = (read(text, room: 1, take), read(text, room: 40, take))
        #expect(short == long, "\(String(decoding: text, as: UTF8.self))")
    }

    private func decimal(_ scanner: inout JSONScanner) throws(DecodingFailure) -> String {
        let number = try scanner.decimal()
        return "\(number.mantissa) \(number.scale) \(number.text)"
    }

    @Test("decimals are the same as byte by byte", arguments: UInt64(0)..<40)
    func decimals(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let digits = { (count: Int) in
                (0..<count).map { _ in UInt8.random(in: 48...57, using: &random) }
            }
            let whole = digits(Int.random(in: 0...9, using: &random))
            let fraction = digits(Int.random(in: 0...9, using: &random))
            var text = whole + (fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction)
            if Int.random(in: 0..<4, using: &random) == 0, !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                text[place] = UInt8.random(in: 0...255, using: &random)
            }
            agrees(text, decimal)
            agrees([UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")], decimal)
        }
    }

    @Test("whole numbers of every length are the same")
    func integers() {
        for count in 0...20 {
            for first in UInt8(48)...57 {
                let text = (0..<count).map { (first - 48 + UInt8($0)) % 10 + 48 }
                agrees(text) { (scanner) throws(DecodingFailure) in "\(try scanner.integer())" }
            }
        }
    }

    @Test("texts end at the same byte, whatever stands where")
    func texts() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<17 {
                var text = Array("\"abcdefghijklmnopqr\"".utf8)
                text[place + 1] = byte
                agrees(text) { (scanner) throws(DecodingFailure) in
                    let slice = try scanner.text()
                    return "\(slice.count) \(slice.hasEscapes)"
                }
            }
        }
    }
}
