// Numbers and times of text tables: exact digits, exponents allowed, never through floating point.

import MartletModel
import MartletVenues

/// A number of a table, by its digits: `mantissa × 10^−scale`, without trailing zeros.
struct NumberText: Hashable {
    /// All digits with the sign.
    var mantissa: Int64
    /// Digits after the point, 0 to 18.
    var scale: Int

    /// Why a text is no usable number.
    enum Problem: Error {
        /// Not plain decimal digits with an optional point and exponent.
        case notANumber
        /// More digits than an exact 64-bit integer holds.
        case tooManyDigits
    }

    /// Reads `-12.50`, `1e-05`, `3.2E4`; no blanks, no leading `+`, digits on both sides of a point.
    init(_ bytes: Slice<UnsafeRawBufferPointer>) throws(Problem) {
        let parts = try Parts(bytes)
        var mantissa: Int64 = 0
        var scale = parts.scale
        // Trailing zeros after the point carry nothing; they go before anything can overflow.
        var end = parts.digitsEnd
        while scale > 0, end > parts.digitsStart {
            let byte = bytes[end - 1]
            if byte == 46 {
                end -= 1
                continue
            }
            guard byte == 48 else { break }
            end -= 1
            scale -= 1
        }
        for index in parts.digitsStart..<end where bytes[index] != 46 {
            let (scaled, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, overflowSum) = scaled.addingReportingOverflow(Int64(bytes[index] - 48))
            if overflow || overflowSum { throw .tooManyDigits }
            mantissa = sum
        }
        if mantissa == 0 { scale = 0 }
        while scale < 0 {
            let (scaled, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            if overflow { throw .tooManyDigits }
            mantissa = scaled
            scale += 1
        }
        if scale > ExactDecimal.scaleMax { throw .tooManyDigits }
        self.mantissa = parts.negative ? -mantissa : mantissa
        self.scale = scale
    }

    /// The number in whole steps, or nil where it is none or is beyond ±2⁵³ steps.
    func steps(of step: StepScale) -> Int64? {
        // The text is only for messages, which are made from the field itself.
        withUnsafePointer(to: 0) { (start: UnsafePointer<UInt8>) in
            step.steps(
                DecimalText(mantissa: mantissa, scale: Int32(scale), start: start, count: 0))
        }
    }

    /// The number as an exact decimal.
    var decimal: ExactDecimal { ExactDecimal(mantissa: mantissa, scale: scale) }

    /// Reads an amount of at least 0 in units of 10⁻⁸, dropping finer digits.
    ///
    /// Recorders that went through floating point write `19194919.1000000015`; the digits beyond
    /// the eighth are theirs, not the market's. Returns the amount and whether digits were dropped.
    static func amountE8(_ bytes: Slice<UnsafeRawBufferPointer>) throws(Problem)
        -> (value: Int64, dropped: Bool)
    {
        let parts = try Parts(bytes)
        var value: Int64 = 0
        var dropped = false
        // `places` is the power of ten of the next digit, counted in units of 10⁻⁸.
        var places = -parts.scale + 8
        for index in parts.digitsStart..<parts.digitsEnd where bytes[index] != 46 { places += 1 }
        for index in parts.digitsStart..<parts.digitsEnd where bytes[index] != 46 {
            places -= 1
            let digit = Int64(bytes[index] - 48)
            if places < 0 {
                dropped = dropped || digit != 0
                continue
            }
            if digit == 0, value == 0 { continue }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowSum) = scaled.addingReportingOverflow(digit)
            if overflow || overflowSum { throw .tooManyDigits }
            value = sum
        }
        while places > 0, value != 0 {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { throw .tooManyDigits }
            value = scaled
            places -= 1
        }
        return (parts.negative ? -value : value, dropped)
    }
}

/// Where the digits of a number text lie.
private struct Parts {
    /// Whether a minus stands in front.
    var negative = false
    /// The first digit.
    var digitsStart: Int
    /// Past the last digit of the significand; a point may lie between.
    var digitsEnd: Int
    /// Digits after the point minus the exponent.
    var scale = 0

    init(_ bytes: Slice<UnsafeRawBufferPointer>) throws(NumberText.Problem) {
        var index = bytes.startIndex
        let end = bytes.endIndex
        if index < end, bytes[index] == 45 {
            negative = true
            index += 1
        }
        digitsStart = index
        var digits = 0
        var point = -1
        while index < end {
            let byte = bytes[index]
            if byte == 46 {
                guard point < 0, digits > 0 else { throw .notANumber }
                point = index
            } else if byte >= 48, byte <= 57 {
                digits += 1
                if point >= 0 { scale += 1 }
            } else {
                break
            }
            index += 1
        }
        digitsEnd = index
        guard digits > 0, point != index - 1 else { throw .notANumber }
        guard index < end else { return }
        guard bytes[index] == 101 || bytes[index] == 69 else { throw .notANumber }
        index += 1
        var exponentNegative = false
        if index < end, bytes[index] == 45 || bytes[index] == 43 {
            exponentNegative = bytes[index] == 45
            index += 1
        }
        guard index < end, end - index <= 3 else { throw .notANumber }
        var exponent = 0
        while index < end {
            guard bytes[index] >= 48, bytes[index] <= 57 else { throw .notANumber }
            exponent = exponent * 10 + Int(bytes[index] - 48)
            index += 1
        }
        scale += exponentNegative ? exponent : -exponent
    }
}

/// What whole numbers in a time column count.
enum EpochUnit: Int64 {
    /// Seconds since 1970.
    case seconds = 1_000_000_000
    /// Milliseconds since 1970.
    case milliseconds = 1_000_000
    /// Microseconds since 1970.
    case microseconds = 1_000
    /// Nanoseconds since 1970.
    case nanoseconds = 1

    /// The unit in which a number means a moment between 1973 and 2262, or nil when none does.
    /// The ranges do not overlap, so the answer is never a guess.
    init?(magnitude number: Int64) {
        switch number {
        case 100_000_000..<100_000_000_000: self = .seconds
        case 100_000_000_000..<100_000_000_000_000: self = .milliseconds
        case 100_000_000_000_000..<100_000_000_000_000_000: self = .microseconds
        case 100_000_000_000_000_000...: self = .nanoseconds
        default: return nil
        }
    }
}

/// Reads the time column of one file: whole numbers in one unit throughout, or ISO 8601 in UTC.
struct BarClock {
    private var unit: EpochUnit?

    /// A clock that takes its unit from the first time it reads.
    init() {}

    /// The moment in ns since 1970, or nil when the text is no time or changes the unit.
    mutating func read(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int64? {
        guard !bytes.isEmpty, bytes.count <= 40 else { return nil }
        let isNumber = bytes.allSatisfy { ($0 >= 48 && $0 <= 57) || $0 == 46 }
        guard isNumber else {
            return Timestamp(String(decoding: bytes, as: UTF8.self))?.nanoseconds
        }
        guard let number = try? NumberText(bytes)  // not a number: no time, said by the caller
        else { return nil }
        guard let whole = Int64(exactly: number.mantissa / powerOfTen(number.scale)) else {
            return nil
        }
        guard let found = EpochUnit(magnitude: whole), unit == nil || unit == found else {
            return nil
        }
        unit = found
        let (scaled, overflow) = number.mantissa.multipliedReportingOverflow(by: found.rawValue)
        guard !overflow, scaled % powerOfTen(number.scale) == 0 else { return nil }
        return scaled / powerOfTen(number.scale)
    }
}
