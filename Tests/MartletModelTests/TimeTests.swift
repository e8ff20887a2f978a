// Times and durations: text in and out, the calendar, and nothing that overflows.

import MartletModel
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "prints ISO 8601 in UTC, with the fraction that it has",
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (1_723_161_255_088_156_767, "2024-08-08T23:54:15.088156767Z"),
            (1_723_161_255_500_000_000, "2024-08-08T23:54:15.5Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (Int64.max, "2262-04-11T23:47:16.854775807Z"),
            (Int64.min, "1677-09-21T00:12:43.145224192Z"),
        ])
    func printing(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).iso8601 == text)
        #expect(Timestamp(nanoseconds: nanoseconds).utcDay == String(text.prefix(10)))
    }

    @Test(
        "reads days, times and nanoseconds",
        arguments: [
            ("2024-08-08", 1_723_075_200_000_000_000),
            ("2024-08-08T23:54", 1_723_161_240_000_000_000),
            ("2024-08-08 23:54:15", 1_723_161_255_000_000_000),
            ("2024-08-08T23:54:15.088156767Z", 1_723_161_255_088_156_767),
            ("2024-08-08T23:54:15.5+00:00", 1_723_161_255_500_000_000),
            ("1723161255088156767", 1_723_161_255_088_156_767),
            ("1970-01-01", 0), ("1969-12-31T23:59:59.999999999Z", -1),
        ])
    func reading(text: String, nanoseconds: Int64) {
        #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "refuses what is no moment",
        arguments: [
            "", "2024-8-8", "2024-13-01", "2024-00-01", "2024-02-30", "2023-02-29",
            "2024-01-01T24:00", "2024-01-01T00:60", "2024-01-01T00:00:60", "2024-01-01T",
            "2024-01-01T00:00:00.", "2024-01-01T00:00:00.1234567890", "2024-01-01T00:00+02:00",
            "9999-01-01", "0000-01-01", "-1", "99999999999999999999", "yesterday", "2024-01-01x",
            "2024/01/01", "２０２４-01-01",
        ])
    func refusing(text: String) { #expect(Timestamp(text) == nil) }

    @Test("what is printed is read back", arguments: UInt64(0)..<200)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // The first second that Int64 holds is not whole, so its text cannot be read back.
        let time = Timestamp(
            nanoseconds: Int64.random(in: (Int64.min + 1_000_000_000)...Int64.max, using: &random))
        #expect(Timestamp(time.iso8601) == time)
        #expect(Timestamp(String(time.iso8601.dropLast())) == time)
    }

    @Test("every day has its own date, in order")
    func calendar() {
        var previous = ""
        for day in 0..<40_000 as Range<Int64> {
            let text = Timestamp(nanoseconds: day * 86_400_000_000_000).utcDay
            #expect(text > previous && Timestamp(text)?.nanoseconds == day * 86_400_000_000_000)
            previous = text
        }
        #expect(previous == "2079-07-07")
    }
}

@Suite("Nanoseconds")
struct NanosecondsTests {
    @Test(
        "reads an integer and a unit",
        arguments: [
            ("0ms", 0), ("10ms", 10_000_000), ("-5us", -5_000), ("1ns", 1), ("3s", 3_000_000_000),
            ("2m", 120_000_000_000), ("1h", 3_600_000_000_000),
            ("2562047h", 9_223_369_200_000_000_000),
        ])
    func reading(text: String, count: Int64) { #expect(Nanoseconds(text)?.count == count) }

    @Test(
        "refuses the rest",
        arguments: [
            "", "10", "ms", "1.5s", "1 s", "10 ms", "1d", "1MS", "2562048h", "--1s", "1s1s", "+1s",
            "9223372036854775808ns", "１s",
        ])
    func refusing(text: String) { #expect(Nanoseconds(text) == nil) }

    @Test(
        "prints the shortest text",
        arguments: [
            (0, "0ms"), (1_500_000, "1500us"), (60_000_000_000, "1m"), (-90_000_000_000, "-90s"),
            (1, "1ns"), (7_200_000_000_000, "2h"), (Int64.min, "-9223372036854775808ns"),
        ])
    func printing(count: Int64, text: String) {
        #expect(Nanoseconds(count).text == text)
        #expect(Nanoseconds(text)?.count == count)
    }

    @Test("floored division rounds down and leaves at least 0", arguments: UInt64(0)..<100)
    func flooredDivision(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let value = Int64.random(in: Int64.min...Int64.max, using: &random)
        let divisor = Int64.random(in: 1...Int64.max, using: &random)
        let (quotient, remainder) = value.flooredDivision(by: divisor)
        #expect(remainder >= 0 && remainder < divisor)
        #expect(Int128(quotient) * Int128(divisor) + Int128(remainder) == Int128(value))
    }
}
