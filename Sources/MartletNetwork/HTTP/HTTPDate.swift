// Dates of header fields, such as `Wed, 21 Oct 2026 07:28:00 GMT`.

import MartletModel

/// Reads the one form of date that HTTP still writes. Source: RFC 9110, section 5.6.7.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    /// The last year that nanoseconds since 1970 can say; later dates are taken for dates in it.
    private static let lastYear = 2261

    /// Nanoseconds since 1970; nil where the text is no such date. The day's name need not fit.
    static func nanoseconds(_ text: String) -> Int64? {
        let words = text.trimmedBlanks().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[5] == "GMT", words[0].last == ",",
            days.contains(String(words[0].dropLast())), words[1].utf8.count == 2,
            let month = months.firstIndex(of: String(words[2])), words[3].utf8.count == 4,
            let year = Int(words[3]), year >= 1970, words[4].utf8.count == 8
        else { return nil }
        let date = "\(min(year, lastYear))-\(month < 9 ? "0" : "")\(month + 1)-\(words[1])"
        return Timestamp(date + "T\(words[4])Z")?.nanoseconds
    }
}
