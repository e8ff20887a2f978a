// The length of a bar: its text, and where a bar ends.

import MartletModel
import Testing

@Suite("Bar interval")
struct BarIntervalTests {
    @Test(
        "reads and writes the usual texts",
        arguments: ["1s", "1m", "15m", "4h", "1d", "3d", "1w", "1M", "3M"])
    func text(text: String) {
        #expect(BarInterval(text)?.text == text)
    }

    @Test("refuses what is no length", arguments: ["", "m", "0m", "-1m", "1x", "1.5h", "99999m"])
    func refused(text: String) {
        #expect(BarInterval(text) == nil)
    }

    @Test("a minute bar ends a minute later; a month bar ends with the month")
    func end() {
        #expect(BarInterval("1m")?.end(ofBarFrom: 0) == 60_000_000_000)
        let day: Int64 = 86_400_000_000_000
        // 2024-02-01 is day 19754; February 2024 has 29 days.
        #expect(BarInterval("1M")?.end(ofBarFrom: 19_754 * day) == (19_754 + 29) * day)
        // 2023-12-01 is day 19692.
        #expect(BarInterval("1M")?.end(ofBarFrom: 19_692 * day) == (19_692 + 31) * day)
    }
}
