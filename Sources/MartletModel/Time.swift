// Times and durations in whole nanoseconds.

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
@frozen public struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since the Unix epoch.
    public let nanoseconds: Int64

    /// The moment `nanoseconds` after the Unix epoch.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Orders by time.
    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// ISO 8601 text in UTC with the fraction that the time has: `2024-08-08T23:54:15.088156767Z`.
    public var iso8601: String {
        let (seconds, fraction) = nanoseconds.flooredDivision(by: 1_000_000_000)
        let (day, second) = seconds.flooredDivision(by: 86_400)
        let date = civilDate(daysSinceEpoch: day)
        var text =
            padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
        text += padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2)
        text += ":" + padded(second % 60, 2)
        if fraction > 0 {
            let digits = trimmedDecimalText(Int128(fraction), scale: 9)
            text += digits.dropFirst()
        }
        return text + "Z"
    }

    /// The day in UTC, `YYYY-MM-DD`.
    public var utcDay: String { String(iso8601.prefix(10)) }

    /// Reads `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS[.fraction]][Z|+00:00]` (a blank serves as `T`),
    /// or a bare integer of nanoseconds; nil for anything else or any other offset.
    public init?(_ text: String) {
        guard let value = parseTimestamp(Array(text.utf8)) else { return nil }
        self.nanoseconds = value
    }
}

/// A span of time in whole nanoseconds; may be negative.
@frozen public struct Nanoseconds: Hashable, Comparable, Sendable {
    /// The length in nanoseconds.
    public let count: Int64

    /// A span of `count` nanoseconds.
    @inlinable public init(_ count: Int64) { self.count = count }

    /// No time at all.
    public static let zero = Nanoseconds(0)

    /// Orders by length.
    @inlinable public static func < (left: Nanoseconds, right: Nanoseconds) -> Bool {
        left.count < right.count
    }

    /// Reads an integer followed by `ns`, `us`, `ms`, `s`, `m` or `h`, for example `10ms`, `-5us`;
    /// nil for anything else, or beyond ±292 years.
    public init?(_ text: String) {
        let units: [(String, Int64)] = [
            ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        let number = text.prefix { $0 == "-" || ($0.isASCII && $0.isNumber) }
        guard let count = Int64(number),
            let unit = units.first(where: { $0.0 == text.dropFirst(number.count) })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.1)
        guard !overflow else { return nil }
        self.count = product
    }

    /// The shortest text that ``init(_:)`` reads back: `10ms`, `1500us`, `0ms`.
    public var text: String {
        if count == 0 { return "0ms" }
        for (unit, size) in [
            ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
            ("ms", 1_000_000), ("us", 1_000),
        ] as [(String, Int64)] where count % size == 0 {
            return "\(count / size)\(unit)"
        }
        return "\(count)ns"
    }
}

extension Int64 {
    /// Quotient rounded down and remainder at least 0; `divisor` is above 0.
    @inlinable public func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64)
    {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

/// Gregorian date of a day number; Howard Hinnant's `civil_from_days`, public domain algorithm.
func civilDate(daysSinceEpoch day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
    let yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
}

/// Day number of a Gregorian date, the inverse of ``civilDate(daysSinceEpoch:)``.
func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private func parseTimestamp(_ text: [UInt8]) -> Int64? {
    if !text.isEmpty, text.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
        return Int64(String(decoding: text, as: UTF8.self))
    }
    func number(_ range: Range<Int>) -> Int64? {
        guard range.upperBound <= text.count, text[range].allSatisfy({ $0 >= 48 && $0 <= 57 })
        else { return nil }
        return Int64(String(decoding: text[range], as: UTF8.self))
    }
    guard text.count >= 10, text[4] == 45, text[7] == 45, let year = number(0..<4),
        let month = number(5..<7), let day = number(8..<10), (1...12).contains(month),
        (1...31).contains(day)
    else { return nil }
    let days = daysSinceEpoch(year: year, month: month, day: day)
    guard civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
    var seconds = days * 86_400
    var fraction: Int64 = 0
    if text.count > 10 {
        guard text[10] == 84 || text[10] == 32, text.count >= 16, text[13] == 58,
            let hour = number(11..<13), let minute = number(14..<16), hour < 24, minute < 60
        else { return nil }
        seconds += hour * 3600 + minute * 60
        var index = 16
        if index < text.count, text[index] == 58 {
            guard let second = number(17..<19), second < 60 else { return nil }
            seconds += second
            index = 19
            if index < text.count, text[index] == 46 {
                let end = text[(index + 1)...].firstIndex { $0 < 48 || $0 > 57 } ?? text.count
                guard end > index + 1, end - index - 1 <= 9, let digits = number(index + 1..<end)
                else { return nil }
                fraction = digits * powerOfTen(9 - (end - index - 1))
                index = end
            }
        }
        let zone = String(decoding: text[index...], as: UTF8.self)
        guard ["", "Z", "+00:00", "+0000"].contains(zone) else { return nil }
    }
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return nil }
    let (sum, overflowSum) = nanoseconds.addingReportingOverflow(fraction)
    return overflowSum ? nil : sum
}
