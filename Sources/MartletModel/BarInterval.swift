// The length of a bar or of a funding period, in the words that users and venues share.

/// A length of time in whole seconds, or in calendar months: `1s`, `1m`, `4h`, `1d`, `1w`, `1M`.
@frozen public struct BarInterval: Hashable, Sendable, BitwiseCopyable {
    /// Length in seconds; 0 where it is counted in months.
    public let seconds: Int64
    /// Length in calendar months; 0 where it is counted in seconds.
    public let months: Int64

    /// A length in seconds, above 0.
    public init(seconds: Int64) {
        precondition(seconds > 0, "a bar has a length")
        self.seconds = seconds
        months = 0
    }

    /// A length in calendar months, above 0.
    public init(months: Int64) {
        precondition(months > 0, "a bar has a length")
        seconds = 0
        self.months = months
    }

    /// Reads `15m`, `4h`, `1M`; nil for anything else, for zero, and above 10,000 units.
    public init?(_ text: String) {
        guard let unit = text.last, let count = Int64(text.dropLast()),
            (1...10_000).contains(count)
        else { return nil }
        switch unit {
        case "s": self.init(seconds: count)
        case "m": self.init(seconds: count * 60)
        case "h": self.init(seconds: count * 3600)
        case "d": self.init(seconds: count * 86_400)
        case "w": self.init(seconds: count * 604_800)
        case "M": self.init(months: count)
        default: return nil
        }
    }

    /// The length as ``init(_:)`` reads it, in the largest unit that divides it.
    public var text: String {
        if months > 0 { return "\(months)M" }
        for (size, unit) in [(604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, _)]
        where seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    /// Length in ns, or nil for months.
    public var nanoseconds: Int64? { months > 0 ? nil : seconds &* 1_000_000_000 }

    /// The instant (ns since the epoch, UTC) at which a bar ends that begins at `openTime`; nil
    /// where that is no time.
    public func end(ofBarFrom openTime: Int64) -> Int64? {
        guard months > 0 else {
            let (end, overflow) = openTime.addingReportingOverflow(seconds &* 1_000_000_000)
            return overflow ? nil : end
        }
        let day: Int64 = 86_400_000_000_000
        let days = Int64((Double(openTime) / Double(day)).rounded(.down))
        var date = CivilDate(daysSinceEpoch: days)
        let total = date.year * 12 + (date.month - 1) + months
        date = CivilDate(year: total / 12, month: total % 12 + 1, day: date.day)
        let (end, overflow) = (date.daysSinceEpoch - days).multipliedReportingOverflow(by: day)
        let (instant, carry) = openTime.addingReportingOverflow(end)
        return overflow || carry ? nil : instant
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
