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

    /// Appends price, colon and quantity as texts.
    func appendTexts(to bytes: inout [UInt8]) {
        Self.append(price, scale: priceScale, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        if let short = Int64(exactly: quantity) {
            Self.append(short, scale: quantityScale, to: &bytes)
        } else {
            bytes.append(contentsOf: quantityText.utf8)
        }
    }

    /// Appends a number as ``priceText`` has it, without a string in between.
    static func append(_ number: Int64, scale: Int8, to bytes: inout [UInt8]) {
        // Digits come last first: into a field that has room for 19 of them, zeros and a point.
        var field: InlineArray<64, UInt8> = InlineArray(repeating: 0)
        var first = 64
        var rest = number.magnitude
        var left = Int(scale)
        repeat {
            first -= 1
            field[first] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
            rest /= 10
            left -= 1
            if left == 0 {
                first -= 1
                field[first] = UInt8(ascii: ".")
            }
        } while rest > 0 || left >= 0
        if number < 0 {
            first -= 1
            field[first] = UInt8(ascii: "-")
        }
        for index in first..<64 { bytes.append(field[index]) }
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
