// Times as text (RFC 3339), read from the bytes of a message without copying them.

/// Reads times such as `2021-02-22T15:51:44.208335689Z` and `2022-04-19T13:45:04.98-04:00`.
enum InternetTime {
    /// Nanoseconds since the epoch, or nil where the bytes are no time; digits beyond nanoseconds
    /// are cut off. Times before 1970 give 0: venues write year 1 for "none".
    ///
    /// Source: RFC 3339, section 5.6. A leap second counts as the second after it.
    static func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = Reader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2),
            reader.take("-"), let day = reader.number(2), (1...12).contains(month), day >= 1,
            day <= daysIn(month, of: year),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
            reader.take(":"), let second = reader.number(2), hour < 24, minute < 60, second <= 60
        else { return nil }
        guard let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd,
            year <= 2255
        else { return nil }
        guard year >= 1970 else { return 0 }
        let days = daysSinceEpoch(year, month, day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return seconds < 0 ? 0 : seconds * 1_000_000_000 + fraction
    }

    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Walks over the bytes.
    private struct Reader {
        let text: UnsafeBufferPointer<UInt8>
        var index = 0

        init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

        var isAtEnd: Bool { index == text.count }

        mutating func take(_ letter: Unicode.Scalar) -> Bool {
            guard index < text.count, text[index] == UInt8(ascii: letter) else { return false }
            index += 1
            return true
        }

        mutating func number(_ count: Int) -> Int64? {
            guard text.count - index >= count else { return nil }
            var value: Int64 = 0
            for place in index..<(index + count) {
                let digit = text[place] &- 48
                guard digit <= 9 else { return nil }
                value = value * 10 + Int64(digit)
            }
            index += count
            return value
        }

        /// The part of a second, ns; 0 where none is written.
        mutating func fraction() -> Int64? {
            guard take(".") || take(",") else { return 0 }
            var value: Int64 = 0
            var count = 0
            while index < text.count, text[index] &- 48 <= 9 {
                if count < 9 { value = value * 10 + Int64(text[index] - 48) }
                count += 1
                index += 1
            }
            guard count > 0 else { return nil }
            while count < 9 {
                value *= 10
                count += 1
            }
            return value
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let isWest: Bool
            if take("+") { isWest = false } else if take("-") { isWest = true } else { return nil }
            guard let hour = number(2), hour < 24 else { return nil }
            _ = take(":")
            guard let minute = number(2), minute < 60 else { return nil }
            return (hour * 3600 + minute * 60) * (isWest ? -1 : 1)
        }
    }
}
