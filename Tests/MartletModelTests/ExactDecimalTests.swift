// Decimal text goes to integers and back digit for digit, and nothing that is not plain passes.

import MartletModel
import Testing

@Suite("ExactDecimal")
struct ExactDecimalTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let text: String
        let mantissa: Int64
        let scale: Int
        var testDescription: String { text }
    }

    static let readable = [
        Row(text: "0", mantissa: 0, scale: 0),
        Row(text: "2677.30", mantissa: 267_730, scale: 2),
        Row(text: "-0.00005", mantissa: -5, scale: 5),
        Row(text: "007", mantissa: 7, scale: 0),
        Row(text: "0.000000000000000001", mantissa: 1, scale: 18),
        Row(text: "9223372036854775807", mantissa: Int64.max, scale: 0),
        Row(text: "9.223372036854775807", mantissa: Int64.max, scale: 18),
        Row(text: "-9223372036854775807", mantissa: -Int64.max, scale: 0),
        Row(text: "5.0", mantissa: 50, scale: 1),
    ]

    @Test("reads plain decimals", arguments: readable)
    func reading(row: Row) {
        #expect(ExactDecimal(row.text) == ExactDecimal(mantissa: row.mantissa, scale: row.scale))
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "-", ".", "1.", ".5", "-.5", "+1", "1e5", "1E5", "0x1", " 1", "1 ", "1,5", "1.2.3",
            "--1", "1-", "NaN", "inf", "１", "9223372036854775808", "0.0000000000000000001",
            "99999999999999999999", "1_000", "1\n", "\u{0}",
        ])
    func refusing(text: String) { #expect(ExactDecimal(text) == nil) }

    @Test("printing gives back what was read", arguments: UInt64(0)..<200)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let digits = Int64.random(in: -Int64.max...Int64.max, using: &random)
            let shortened = digits >> Int64.random(in: 0...62, using: &random)
            let number = ExactDecimal(
                mantissa: shortened, scale: Int.random(in: 0...18, using: &random))
            #expect(ExactDecimal(number.description) == number)
            #expect(number.normalized.isEqual(to: number))
        }
    }

    @Test("random bytes never trap", arguments: UInt64(0)..<50)
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = Array("0123456789.-e+ \u{7F}".utf8)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &random)]
            }
            let parsed = bytes.withUnsafeBytes { ExactDecimal(bytes: $0) }
            if let parsed { #expect(ExactDecimal(parsed.description) == parsed) }
        }
    }

    @Test(
        "changes scale only where no digit is lost",
        arguments: [
            ("2677.30", 1, 26_773), ("2677.30", 4, 26_773_000), ("2677.31", 1, nil),
            ("9223372036854775807", 1, nil), ("0", 40, 0), ("1", 40, nil), ("-1.50", 1, -15),
        ] as [(String, Int, Int64?)])
    func scales(text: String, scale: Int, expected: Int64?) {
        #expect(ExactDecimal(text)?.mantissa(atScale: scale) == expected)
    }

    @Test(
        "rounds to the nearest where digits do not fit",
        arguments: [
            ("100.001234567", 8, 10_000_123_457), ("-0.125", 2, -13), ("0.124", 2, 12),
            ("1.5", 8, 150_000_000), ("9223372036854775807", 1, nil),
        ] as [(String, Int, Int64?)])
    func rounding(text: String, scale: Int, expected: Int64?) {
        #expect(ExactDecimal(text)?.roundedMantissa(atScale: scale) == expected)
    }

    @Test(
        "counts whole steps",
        arguments: [
            ("2677.30", "0.01", 267_730), ("2677.305", "0.01", nil), ("0.3", "0.1", 3),
            ("-5", "0.5", -10), ("0", "0.001", 0), ("100", "25", 4), ("110", "25", nil),
            ("9223372036854775807", "0.000000000000000001", nil), ("1.0", "0.10", 10),
        ] as [(String, String, Int64?)])
    func steps(text: String, step: String, expected: Int64?) throws {
        let step = try #require(ExactDecimal(step))
        #expect(ExactDecimal(text)?.wholeSteps(of: step) == expected)
    }

    @Test(
        "decimal text with and without trailing zeros",
        arguments: [
            (0, 0, "0", "0"), (0, 3, "0.000", "0"), (-5, 2, "-0.05", "-0.05"),
            (50, 1, "5.0", "5"), (123_450, 4, "12.3450", "12.345"), (-100, 2, "-1.00", "-1"),
        ] as [(Int128, Int, String, String)])
    func texts(mantissa: Int128, scale: Int, full: String, trimmed: String) {
        #expect(decimalText(mantissa, scale: scale) == full)
        #expect(trimmedDecimalText(mantissa, scale: scale) == trimmed)
    }

    @Test("equal values are equal whatever their scale")
    func equality() throws {
        let short = try #require(ExactDecimal("1.5"))
        let long = try #require(ExactDecimal("1.500"))
        #expect(short != long)
        #expect(short.isEqual(to: long))
        #expect(long.normalized == short)
        #expect(short.doubleValue == 1.5)
    }
}
