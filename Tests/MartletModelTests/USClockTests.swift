// Bars of days, weeks and months end at midnight of their clock, also where it changes.

import MartletModel
import Testing

@Suite("Clocks of the United States")
struct USClockTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let clock: USClock
        /// Seconds since the epoch.
        let open: Int64
        let interval: String
        let hours: Int64?
        let name: String
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            clock: .newYork, open: 1_614_574_800, interval: "1d", hours: 24,
            name: "a day in winter (2021-03-01)"),
        Row(
            clock: .newYork, open: 1_615_698_000, interval: "1d", hours: 23,
            name: "clocks go forward (2021-03-14)"),
        Row(
            clock: .newYork, open: 1_615_780_800, interval: "1d", hours: 24,
            name: "the day after (2021-03-15)"),
        Row(
            clock: .newYork, open: 1_636_257_600, interval: "1d", hours: 25,
            name: "clocks go back (2021-11-07)"),
        Row(
            clock: .newYork, open: 1_636_347_600, interval: "1d", hours: 24,
            name: "the day after (2021-11-08)"),
        Row(
            clock: .chicago, open: 1_615_701_600, interval: "1d", hours: 23,
            name: "Chicago goes forward (2021-03-14)"),
        Row(
            clock: .chicago, open: 1_636_261_200, interval: "1d", hours: 25,
            name: "Chicago goes back (2021-11-07)"),
        Row(
            clock: .newYork, open: 1_615_179_600, interval: "1w", hours: 167,
            name: "a week with the change (2021-03-08)"),
        Row(
            clock: .newYork, open: 1_614_574_800, interval: "1M", hours: 31 * 24 - 1,
            name: "March 2021"),
        Row(
            clock: .newYork, open: 1_635_739_200, interval: "1M", hours: 30 * 24 + 1,
            name: "November 2021"),
        Row(
            clock: .newYork, open: 1_610_254_800, interval: "6M", hours: 181 * 24 - 1,
            name: "half a year from 2021-01-10"),
        Row(
            clock: .newYork, open: 1_143_954_000, interval: "1d", hours: 23,
            name: "the rule until 2006: first Sunday of April (2006-04-02)"),
        Row(
            clock: .newYork, open: 1_162_094_400, interval: "1d", hours: 25,
            name: "the rule until 2006: last Sunday of October (2006-10-29)"),
        Row(
            clock: .newYork, open: 1_173_589_200, interval: "1d", hours: 23,
            name: "the rule since 2007 (2007-03-11)"),
        Row(
            clock: .newYork, open: 1_615_698_060, interval: "1d", hours: nil,
            name: "a minute past midnight"),
        Row(
            clock: .chicago, open: 1_615_698_000, interval: "1d", hours: nil,
            name: "midnight elsewhere"),
        Row(
            clock: .newYork, open: 1_615_698_000, interval: "4h", hours: nil,
            name: "bars of hours end by themselves"),
    ]

    @Test("end bars at their midnight", arguments: rows)
    func ends(row: Row) throws {
        let interval = try #require(BarInterval(row.interval))
        let end = row.clock.end(ofBarFrom: row.open * 1_000_000_000, interval)
        #expect(end == row.hours.map { (row.open + $0 * 3600) * 1_000_000_000 })
    }

    @Test("change at two o'clock", arguments: USClock.allCases)
    func change(clock: USClock) {
        let winter: Int64 = clock == .newYork ? -5 : -6
        // 2:00 in winter's time on 2021-03-14; 2:00 in summer's on 2021-11-07.
        let forward = 1_615_687_200 - winter * 3600
        let back = 1_636_250_400 - (winter + 1) * 3600
        let hours = [forward - 1, forward, back - 1, back].map {
            clock.offset(at: $0 * 1_000_000_000) / 3600
        }
        #expect(hours == [winter, winter + 1, winter + 1, winter])
    }

    @Test("know every day from 1987 to 2262, each after the other", arguments: USClock.allCases)
    func chain(clock: USClock) throws {
        let day = try #require(BarInterval("1d"))
        // 1987-01-01, midnight.
        var open = (536_457_600 + (clock == .newYork ? 5 : 6) * 3600) * Int64(1_000_000_000)
        var lengths: [Int64: Int] = [:]
        var days = 0
        while let end = clock.end(ofBarFrom: open, day) {
            lengths[(end - open) / 3_600_000_000_000, default: 0] += 1
            open = end
            days += 1
        }
        // 2262-04-10 is the last day whose end is a time; 276 springs and 275 autumns.
        #expect(days == 100_542)
        #expect(lengths == [23: 276, 24: 99_991, 25: 275])
        #expect(clock.end(ofBarFrom: .max, day) == nil)
        #expect(clock.end(ofBarFrom: .min, day) == nil)
    }
}
