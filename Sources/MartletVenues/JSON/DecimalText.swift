// A decimal number inside a message: its digits as an integer, and the text itself.

public import MartletModel

/// A decimal number as the venue wrote it: digits and scale, and the text they stand in.
///
/// It points into the message: ``text`` is valid while the message is being decoded.
@frozen public struct DecimalText {
    /// All digits with their sign; 0 where they do not fit (see ``fits``).
    public let mantissa: Int64
    /// The first byte of the text.
    public let start: UnsafePointer<UInt8>
    /// How many bytes the text has.
    public let count: Int32
    /// Digits after the point, 0 to 18; −1 where the number does not fit.
    public let scale: Int32

    /// A number by its digits and where it stands.
    @inlinable @inline(__always)
    public init(mantissa: Int64, scale: Int32, start: UnsafePointer<UInt8>, count: Int32) {
        self.mantissa = mantissa
        self.scale = scale
        self.start = start
        self.count = count
    }

    /// Whether the digits fit an `Int64` and there are at most 18 after the point.
    @inlinable @inline(__always) public var fits: Bool { scale >= 0 }

    /// The number, or nil where it does not fit.
    @inlinable public var value: ExactDecimal? {
        fits ? ExactDecimal(mantissa: mantissa, scale: Int(scale)) : nil
    }

    /// A copy of the text, digit for digit as the venue wrote it.
    public var text: String {
        String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }
}

/// Turns decimal numbers into whole steps of a fixed size: ticks of a price, lots of a quantity.
@frozen public struct StepScale: Sendable {
    /// The digits of one step, above 0.
    @usableFromInline let step: Int64
    /// Digits after the point of one step.
    @usableFromInline let scale: Int32
    /// Powers of ten by exponent.
    @usableFromInline let powers: InlineArray<19, Int64>

    /// The largest count of steps, either way: 2⁵³, so that every count is also an exact double.
    public static let stepsMax: Int64 = 1 << 53

    /// Steps of this size, which must be above 0.
    public init(of size: ExactDecimal) {
        precondition(size.mantissa > 0, "a step is above 0")
        let normalized = size.normalized
        step = normalized.mantissa
        scale = Int32(normalized.scale)
        powers = InlineArray { powerOfTen($0) }
    }

    /// How many whole steps the number is, or nil when it is not a whole multiple, does not fit,
    /// or is more than ``stepsMax`` steps away from 0; see ``problem(with:)``.
    @inlinable @inline(__always)
    public func steps(_ number: DecimalText) -> Int64? {
        if number.scale == scale, step == 1 {
            let count = number.mantissa
            if count <= StepScale.stepsMax, count >= -StepScale.stepsMax { return count }
            return nil
        }
        return otherSteps(number)
    }

    @usableFromInline func otherSteps(_ number: DecimalText) -> Int64? {
        guard number.scale >= 0 else { return nil }
        var value = number.mantissa
        if number.scale > scale {
            let divisor = powers[Int(number.scale - scale)]
            let quotient = value / divisor
            guard quotient &* divisor == value else { return nil }
            value = quotient
        } else if number.scale < scale {
            let (product, overflow) = value.multipliedReportingOverflow(
                by: powers[Int(scale - number.scale)])
            guard !overflow else { return nil }
            value = product
        }
        if step != 1 {
            let quotient = value / step
            guard quotient &* step == value else { return nil }
            value = quotient
        }
        guard value <= StepScale.stepsMax, value >= -StepScale.stepsMax else { return nil }
        return value
    }

    /// Why ``steps(_:)`` refuses a number.
    public enum Problem: Hashable, Sendable {
        /// Not a whole multiple of the step.
        case offStep
        /// More digits or more steps than fit.
        case tooLarge
    }

    /// Why ``steps(_:)`` gave nil for this number.
    public func problem(with number: DecimalText) -> Problem {
        guard number.fits else { return .tooLarge }
        let common = max(number.scale, scale)
        let value = Int128(number.mantissa) * Int128(powers[Int(common - number.scale)])
        let size = Int128(step) * Int128(powers[Int(common - scale)])
        return value % size == 0 ? .tooLarge : .offStep
    }
}
