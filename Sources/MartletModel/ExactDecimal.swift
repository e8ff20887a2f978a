// Decimal text to integers and back, digit for digit, never through floating point.

/// A decimal number as its digits and their scale: `mantissa × 10^−scale`.
///
/// It keeps trailing zeros, so that printing it gives back the text it was read from
/// (`"2677.30"` is 267730 at scale 2). Comparison and hashing are by digits *and* scale; use
/// ``isEqual(to:)`` to compare values.
@frozen public struct ExactDecimal: Hashable, Sendable {
    /// All digits of the number, with its sign.
    public let mantissa: Int64
    /// Digits after the decimal point, 0 to ``scaleMax``.
    public let scale: Int

    /// The largest number of digits after the point that fits.
    public static let scaleMax = 18

    /// A number from its digits and scale; the scale is between 0 and ``scaleMax``.
    @inlinable public init(mantissa: Int64, scale: Int) {
        precondition(scale >= 0 && scale <= 18, "a scale is between 0 and 18")
        self.mantissa = mantissa
        self.scale = scale
    }

    /// Zero, without decimals.
    public static let zero = ExactDecimal(mantissa: 0, scale: 0)
    /// One, without decimals.
    public static let one = ExactDecimal(mantissa: 1, scale: 0)

    /// Reads plain decimal text: an optional `-`, digits, optionally a point and more digits.
    ///
    /// Returns nil for anything else: exponents, signs other than a leading minus, blanks, an
    /// empty integer part, more digits than 18 after the point or than an `Int64` holds.
    public init?(_ text: String) {
        var copy = text
        let parsed = copy.withUTF8 { ExactDecimal(bytes: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads plain decimal text from bytes; see ``init(_:)`` for what is accepted.
    @inlinable public init?(bytes: UnsafeRawBufferPointer) {
        var index = 0
        let count = bytes.count
        var negative = false
        if count > 0, bytes[0] == UInt8(ascii: "-") {
            negative = true
            index = 1
        }
        var mantissa: Int64 = 0
        var digits = 0
        var scale = 0
        var afterPoint = false
        while index < count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: ".") {
                if afterPoint || digits == 0 || index == count { return nil }
                afterPoint = true
                continue
            }
            let digit = Int64(byte) - 48
            if digit < 0 || digit > 9 { return nil }
            let (scaled, overflowScaled) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, overflowSum) = scaled.addingReportingOverflow(digit)
            if overflowScaled || overflowSum { return nil }
            mantissa = sum
            digits += 1
            if afterPoint { scale += 1 }
        }
        if digits == 0 || scale > 18 { return nil }
        self.mantissa = negative ? -mantissa : mantissa
        self.scale = scale
    }

    /// The number at another scale, or nil when digits would be lost or the integer overflows.
    @inlinable public func mantissa(atScale wanted: Int) -> Int64? {
        if wanted == scale { return mantissa }
        if wanted > scale {
            guard wanted - scale <= 18 else { return mantissa == 0 ? 0 : nil }
            let (product, overflow) = mantissa.multipliedReportingOverflow(
                by: powerOfTen(wanted - scale))
            return overflow ? nil : product
        }
        let (quotient, remainder) = mantissa.quotientAndRemainder(
            dividingBy: powerOfTen(scale - wanted))
        return remainder == 0 ? quotient : nil
    }

    /// The number at another scale, rounded to the nearest (half away from zero) where digits would
    /// be lost; nil when the integer overflows. For reference values that have no grid of their own.
    public func roundedMantissa(atScale wanted: Int) -> Int64? {
        guard wanted < scale else { return mantissa(atScale: wanted) }
        let power = powerOfTen(scale - wanted)
        let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: power)
        let isUp = remainder.magnitude >= (power / 2).magnitude
        return isUp ? quotient + (mantissa < 0 ? -1 : 1) : quotient
    }

    /// How many whole steps of `step` this number is, or nil when it is not a whole multiple
    /// (or the count leaves `Int64`). `step` must be above 0.
    @inlinable public func wholeSteps(of step: ExactDecimal) -> Int64? {
        let scale = max(self.scale, step.scale)
        let value = Int128(mantissa) * Int128(powerOfTen(scale - self.scale))
        let size = Int128(step.mantissa) * Int128(powerOfTen(scale - step.scale))
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: size)
        guard remainder == 0 else { return nil }
        return Int64(exactly: quotient)
    }

    /// Whether both stand for the same number, trailing zeros aside.
    public func isEqual(to other: ExactDecimal) -> Bool {
        let scale = max(self.scale, other.scale)
        return Int128(mantissa) * Int128(powerOfTen(scale - self.scale))
            == Int128(other.mantissa) * Int128(powerOfTen(scale - other.scale))
    }

    /// The same number without trailing zeros after the point.
    public var normalized: ExactDecimal {
        var mantissa = mantissa
        var scale = scale
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return ExactDecimal(mantissa: mantissa, scale: scale)
    }

    /// The nearest double: for statistics and models only.
    @inlinable public var doubleValue: Double { Double(mantissa) / Double(powerOfTen(scale)) }
}

extension ExactDecimal: CustomStringConvertible {
    /// Plain decimal text with exactly `scale` digits after the point.
    public var description: String { decimalText(Int128(mantissa), scale: scale) }
}

/// 10 to the power of `exponent`, which is between 0 and 18.
@inlinable public func powerOfTen(_ exponent: Int) -> Int64 {
    precondition(exponent >= 0 && exponent <= 18, "10^19 leaves Int64")
    var power: Int64 = 1
    for _ in 0..<exponent { power *= 10 }
    return power
}

/// `mantissa × 10^−scale` as plain decimal text with exactly `scale` digits after the point.
public func decimalText(_ mantissa: Int128, scale: Int) -> String {
    var digits = String(mantissa.magnitude)
    if scale > 0 {
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
        }
        digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
    }
    return mantissa < 0 ? "-" + digits : digits
}

/// As ``decimalText(_:scale:)``, without trailing zeros after the point: `0.50` is `0.5`, `5.0` is `5`.
public func trimmedDecimalText(_ mantissa: Int128, scale: Int) -> String {
    var mantissa = mantissa
    var scale = scale
    while scale > 0, mantissa % 10 == 0 {
        mantissa /= 10
        scale -= 1
    }
    return decimalText(mantissa, scale: scale)
}
