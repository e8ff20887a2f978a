// One level of a kept book: exact numbers that print as the venue wrote them.

import MartletModel
public import MartletVenues

/// A price and its quantity as digits and scales, so that both print digit for digit as they came.
///
/// Prices fit 64 bits with at most 18 digits after the point; quantities may have 38 digits.
public struct KeptLevel: Hashable, Sendable {
    /// Digits of the price.
    public let price: Int64
    /// Digits of the quantity, 0 for a level that is removed.
    public let quantity: Int128
    /// Digits of the price after the point.
    public let priceScale: Int8
    /// Digits of the quantity after the point.
    public let quantityScale: Int8

    /// A level from its digits.
    public init(price: Int64, priceScale: Int8, quantity: Int128, quantityScale: Int8) {
        self.price = price
        self.quantity = quantity
        self.priceScale = priceScale
        self.quantityScale = quantityScale
    }

    /// The numbers of a message's level, or nil where they are beyond what a book can keep.
    public init?(_ level: BookLevel) {
        guard level.price.fits else { return nil }
        price = level.price.mantissa
        priceScale = Int8(level.price.scale)
        if level.quantity.fits {
            quantity = Int128(level.quantity.mantissa)
            quantityScale = Int8(level.quantity.scale)
        } else {
            guard let (digits, scale) = Self.longDecimal(level.quantity) else { return nil }
            quantity = digits
            quantityScale = scale
        }
    }

    /// The price as text.
    public var priceText: String { decimalText(Int128(price), scale: Int(priceScale)) }

    /// The quantity as text.
    public var quantityText: String { decimalText(quantity, scale: Int(quantityScale)) }

    /// How much memory writing a number needs: 38 digits, a sign, a point, a zero before it and a
    /// separator after it; short numbers are written in words of eight bytes.
    static let textRoom = 42

    /// Writes the price; returns how many bytes, fewer than ``textRoom``.
    func writePrice(to bytes: UnsafeMutablePointer<UInt8>) -> Int {
        Self.write(price, scale: priceScale, to: bytes)
    }

    /// Writes the quantity; returns how many bytes, fewer than ``textRoom``.
    func writeQuantity(to bytes: UnsafeMutablePointer<UInt8>) -> Int {
        if let short = Int64(exactly: quantity) {
            return Self.write(short, scale: quantityScale, to: bytes)
        }
        var count = 0
        for byte in quantityText.utf8 {
            bytes[count] = byte
            count += 1
        }
        return count
    }

    /// Writes a number as ``priceText`` has it, without a string in between.
    private static func write(
        _ number: Int64, scale: Int8, to bytes: UnsafeMutablePointer<UInt8>
    ) -> Int {
        if let count = writeShort(number, scale: Int(scale), to: bytes) { return count }
        var rest = number.magnitude
        // Digits come last first: their number is needed to know where the last one stands.
        var digits = 1
        var limit: UInt64 = 10
        while digits < 20, rest >= limit {
            digits += 1
            limit = digits < 20 ? limit &* 10 : .max
        }
        let scale = Int(scale)
        digits = max(digits, scale + 1)
        let start = number < 0 ? 1 : 0
        if number < 0 { bytes[0] = UInt8(ascii: "-") }
        let count = start + digits + (scale > 0 ? 1 : 0)
        let point = scale > 0 ? count - scale - 1 : -1
        for place in stride(from: count - 1, through: start, by: -1) {
            if place == point {
                bytes[place] = UInt8(ascii: ".")
                continue
            }
            let quotient = rest / 10
            bytes[place] = UInt8(truncatingIfNeeded: rest &- quotient &* 10) + UInt8(ascii: "0")
            rest = quotient
        }
        return count
    }

    /// Writes a number of at most eight digits, none of them in front of the text's first; nil, and
    /// nothing is written, for all others.
    @inline(__always)
    private static func writeShort(
        _ number: Int64, scale: Int, to bytes: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        guard number >= 0, number < 100_000_000, scale < 8 else { return nil }
        let digits = eightDigits(UInt64(number))
        let count = max(8 - digits.trailingZeroBitCount >> 3, scale + 1)
        let place = UnsafeMutableRawPointer(bytes)
        // The first digit stands lowest; zeros that lead are left out.
        let text = (digits | 0x3030_3030_3030_3030) >> UInt64(8 * (8 - count))
        place.storeBytes(of: text.littleEndian, as: UInt64.self)
        guard scale > 0 else { return count }
        let whole = count - scale
        bytes[whole] = UInt8(ascii: ".")
        place.storeBytes(
            of: (text >> UInt64(8 * whole)).littleEndian, toByteOffset: whole + 1, as: UInt64.self)
        return count + 1
    }

    /// The eight digits of a number below 10^8, the first one in the lowest byte: halves of four
    /// digits, then of two, then of one, each by a multiplication instead of a division.
    @inline(__always)
    private static func eightDigits(_ number: UInt64) -> UInt64 {
        let fours = number / 10_000 | (number % 10_000) << 32
        let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (twos &- tens &* 10) << 8
    }

    /// Reads up to 38 digits.
    static func longDecimal(_ number: DecimalText) -> (digits: Int128, scale: Int8)? {
        var digits: Int128 = 0
        var seen = 0
        var scale: Int8 = 0
        var isAfterPoint = false
        for index in 0..<Int(number.count) {
            let byte = number.start[index]
            if byte == UInt8(ascii: ".") {
                isAfterPoint = true
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            if digits != 0 || byte != UInt8(ascii: "0") { seen += 1 }
            if isAfterPoint { scale += 1 }
            guard seen <= 38, scale <= 38 else { return digits == 0 ? (0, 0) : nil }
            digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
        }
        return (digits, scale)
    }
}
