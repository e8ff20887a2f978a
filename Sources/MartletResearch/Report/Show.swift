// Numbers for people: grouped digits, few decimals, honest dashes for what is undefined.

import MartletModel

/// Formatting for reports and tables; never for files that programs read.
enum Show {
    /// What stands for an undefined value.
    static let undefined = "–"

    /// A whole number with thin groups of three digits.
    static func count(_ value: Int64) -> String { grouped(String(value)) }

    /// A number with at most `digits` decimals, trailing zeros cut unless `isFixed`.
    static func number(_ value: Double?, digits: Int, isFixed: Bool = false) -> String {
        guard let value, value.isFinite, abs(value) < 1e15 else { return undefined }
        let factor = Double(powerOfTen(min(digits, 15)))
        guard abs(value) * factor < 9e15 else { return grouped("\(Int64(value))") }
        let mantissa = Int128((value * factor).rounded())
        let text =
            isFixed
            ? decimalText(mantissa, scale: digits) : trimmedDecimalText(mantissa, scale: digits)
        return grouped(text == "-0" ? "0" : text)
    }

    /// A number with about `figures` significant figures.
    static func significant(_ value: Double?, figures: Int = 4) -> String {
        guard let value, value.isFinite else { return undefined }
        if value == 0 { return "0" }
        var size = abs(value)
        var digits = figures - 1
        while size >= 10, digits > 0 {
            size /= 10
            digits -= 1
        }
        while size < 1, digits < 12 {
            size *= 10
            digits += 1
        }
        return number(value, digits: digits)
    }

    /// A share as percent with one decimal: `41.3 %`.
    static func percent(_ share: Double?, digits: Int = 1) -> String {
        guard let share else { return undefined }
        return number(share * 100, digits: digits, isFixed: true) + "\u{202F}%"
    }

    /// A share as percent with three significant figures: `0.0123 %`.
    static func share(_ share: Double?) -> String {
        share.map { significant($0 * 100, figures: 3) + "\u{202F}%" } ?? undefined
    }

    /// An exact amount rounded for reading to `digits` decimals, with a sign where `isSigned`.
    static func amount(
        _ amount: Int128, scale: Int, digits: Int, isSigned: Bool = false
    ) -> String {
        var value = amount
        var scale = scale
        while scale > digits {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
            // Only the last step rounds; earlier ones keep a sticky digit.
            value =
                scale == digits + 1
                ? quotient + (abs(remainder) >= 5 ? value.signum() : 0) : quotient
            scale -= 1
        }
        let text = grouped(decimalText(value, scale: scale))
        return isSigned && value > 0 ? "+" + text : text
    }

    /// A duration with the unit that suits it: `1.25 ms`.
    static func duration(_ nanoseconds: Int64?) -> String {
        guard let nanoseconds else { return undefined }
        let units: [(String, Double, Int64)] = [
            ("d", 86_400e9, 172_800_000_000_000), ("h", 3600e9, 7_200_000_000_000),
            ("min", 60e9, 120_000_000_000), ("s", 1e9, 1_000_000_000), ("ms", 1e6, 1_000_000),
            ("µs", 1e3, 1_000),
        ]
        for (name, size, threshold) in units where abs(nanoseconds) >= threshold {
            return significant(Double(nanoseconds) / size, figures: 3) + "\u{202F}" + name
        }
        return "\(nanoseconds)\u{202F}ns"
    }

    /// Plain decimal text with zeros added up to `digits` decimals, grouped.
    static func padded(_ text: String, _ digits: Int) -> String {
        let decimals = text.firstIndex(of: ".").map { text[$0...].count - 1 } ?? 0
        guard decimals < digits else { return grouped(text) }
        let point = decimals == 0 ? "." : ""
        return grouped(text + point + String(repeating: "0", count: digits - decimals))
    }

    /// A length of time in its two largest units: `5 min 45 s`, `3 d 4 h`.
    static func span(_ nanoseconds: Int64) -> String {
        guard nanoseconds >= 60_000_000_000 else { return duration(nanoseconds) }
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        let seconds = nanoseconds / 1_000_000_000
        guard let first = units.firstIndex(where: { seconds >= $0.1 }) else { return "" }
        let text = "\(count(seconds / units[first].1))\u{202F}\(units[first].0)"
        guard first + 1 < units.count else { return text }
        let rest = seconds % units[first].1 / units[first + 1].1
        return rest == 0 ? text : text + " \(rest)\u{202F}\(units[first + 1].0)"
    }

    /// A moment to the millisecond, `2024-08-08 23:54:15.088`.
    static func moment(_ time: Int64) -> String {
        let rest = time.flooredDivision(by: 1_000_000_000).remainder
        let text = Timestamp(nanoseconds: time - rest).iso8601
        let milliseconds = String(1000 + rest / 1_000_000).dropFirst()
        return String(text.dropLast().map { $0 == "T" ? " " : $0 }) + "." + milliseconds
    }

    /// Groups the digits before the point in threes with narrow blanks; a real minus sign.
    static func grouped(_ text: String) -> String {
        let isNegative = text.hasPrefix("-")
        let body = isNegative ? text.dropFirst() : text[...]
        let point = body.firstIndex(of: ".") ?? body.endIndex
        let whole = body[..<point]
        var result = isNegative ? "−" : ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0, whole.count > 4 { result += "\u{202F}" }
            result.append(digit)
        }
        return result + body[point...]
    }
}

extension Show {
    /// A number as CSS and SVG take it: plain digits, a point, an ASCII minus.
    static func plain(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let mantissa = Int128((value * Double(powerOfTen(digits))).rounded())
        return trimmedDecimalText(mantissa, scale: digits)
    }
}
