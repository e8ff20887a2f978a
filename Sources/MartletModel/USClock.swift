// The clocks of two cities of the United States, as far as days, weeks and months of bars need them.

/// A clock of the United States: its offset from UTC at any instant, and where its days end.
///
/// Source: Uniform Time Act and its amendments (15 U.S.C. 260a): daylight saving time from 2:00 of
/// the second Sunday of March to 2:00 of the first Sunday of November since 2007, from the first
/// Sunday of April to the last one of October from 1987 to 2006. Before 1987 the later of these two
/// rules is used, which is wrong for some weeks of each year.
@frozen public enum USClock: CaseIterable, Sendable {
    /// Eastern time.
    case newYork
    /// Central time.
    case chicago

    /// Seconds ahead of UTC in winter.
    private var standardOffset: Int64 { self == .newYork ? -5 * 3600 : -6 * 3600 }

    /// Seconds ahead of UTC at an instant (ns since the epoch, UTC); below 0.
    public func offset(at instant: Int64) -> Int64 {
        let standard = standardOffset
        let seconds = USClock.floored(instant, 1_000_000_000) + standard
        let year = CivilDate(daysSinceEpoch: USClock.floored(seconds, 86_400)).year
        let start: Int64
        let end: Int64
        if year >= 2007 {
            start = USClock.sunday(2, ofMonth: 3, year)
            end = USClock.sunday(1, ofMonth: 11, year)
        } else {
            start = USClock.sunday(1, ofMonth: 4, year)
            end = USClock.sunday(1, ofMonth: 11, year) - 7
        }
        // Both in standard time: clocks go forward at 2:00 and back at 2:00, which is 1:00 then.
        let isSummer = seconds >= start * 86_400 + 7200 && seconds < end * 86_400 + 3600
        return isSummer ? standard + 3600 : standard
    }

    /// Whether a day of this clock begins at an instant.
    public func isMidnight(_ instant: Int64) -> Bool {
        guard instant % 1_000_000_000 == 0 else { return false }
        return (instant / 1_000_000_000 + offset(at: instant)) % 86_400 == 0
    }

    /// The instant (ns since the epoch, UTC) at which a bar of whole days, weeks or months ends that
    /// begins at a midnight of this clock; nil where the bar begins at another time, is of another
    /// length, or would end beyond the range of time.
    public func end(ofBarFrom openTime: Int64, _ interval: BarInterval) -> Int64? {
        guard interval.seconds % 86_400 == 0, isMidnight(openTime) else { return nil }
        let shift = offset(at: openTime) * 1_000_000_000
        let (local, overflow) = openTime.addingReportingOverflow(shift)
        guard !overflow, let end = interval.end(ofBarFrom: local) else { return nil }
        // The clock never changes within five hours of a midnight, so that winter's offset is near
        // enough to ask for the one that holds at the end.
        let (guess, carry) = end.subtractingReportingOverflow(standardOffset * 1_000_000_000)
        guard !carry else { return nil }
        let (instant, lost) = end.subtractingReportingOverflow(offset(at: guess) * 1_000_000_000)
        return lost ? nil : instant
    }

    /// The day (since the epoch) of a month's `count`-th Sunday.
    private static func sunday(_ count: Int64, ofMonth month: Int64, _ year: Int64) -> Int64 {
        let first = CivilDate(year: year, month: month, day: 1).daysSinceEpoch
        // 1970-01-04 was a Sunday.
        let weekday = (first - 3) - floored(first - 3, 7) * 7
        return first + (7 - weekday) % 7 + (count - 1) * 7
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
