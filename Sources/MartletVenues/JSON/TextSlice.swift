// A piece of text inside a message that is being decoded: no copy, valid as long as the message.

/// The bytes between the quotes of a JSON string, as they stand in the message.
///
/// It points into the message: use it while the message is being decoded, and copy it with
/// ``string`` to keep it.
@frozen public struct TextSlice {
    /// The first byte; meaningless when ``count`` is 0.
    public let start: UnsafePointer<UInt8>
    /// Twice the count, and 1 where there are escapes: two words copy faster than two and a byte.
    @usableFromInline let packed: UInt
    /// How many bytes, escapes not resolved.
    @inlinable @inline(__always) public var count: Int { Int(bitPattern: packed >> 1) }
    /// Whether the bytes contain escapes.
    @inlinable @inline(__always) public var hasEscapes: Bool { packed & 1 != 0 }

    /// A piece of text by where it stands.
    @inlinable @inline(__always)
    public init(start: UnsafePointer<UInt8>, count: Int, hasEscapes: Bool) {
        self.start = start
        packed = UInt(bitPattern: count) << 1 | (hasEscapes ? 1 : 0)
    }

    /// No text.
    @inlinable @inline(__always)
    public static func empty(at start: UnsafePointer<UInt8>) -> TextSlice {
        TextSlice(start: start, count: 0, hasEscapes: false)
    }

    /// Whether there is no text.
    @inlinable @inline(__always) public var isEmpty: Bool { count == 0 }

    /// The bytes as they stand in the message.
    @inlinable @inline(__always)
    public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// Whether the text, escapes resolved, is exactly `text`.
    @inlinable @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        if hasEscapes { return string == text.description }
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where start[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether the text is exactly these ASCII bytes; letters may differ in case if `foldingCase`.
    @inlinable public func equals(_ other: [UInt8], foldingCase: Bool = false) -> Bool {
        if hasEscapes {
            let own = Array(string.utf8)
            return own.count == other.count
                && zip(own, other).allSatisfy { TextSlice.same($0, $1, foldingCase) }
        }
        guard count == other.count else { return false }
        for index in 0..<count
        where !TextSlice.same(start[index], other[index], foldingCase) { return false }
        return true
    }

    @inlinable @inline(__always)
    static func same(_ left: UInt8, _ right: UInt8, _ foldingCase: Bool) -> Bool {
        if left == right { return true }
        guard foldingCase, left ^ right == 0x20 else { return false }
        let letter = left | 0x20
        return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z")
    }

    /// A copy of the text, escapes resolved. The scanner has checked the escapes and the UTF-8.
    public var string: String {
        guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        var units: [UInt16] = []
        var plain: [UInt8] = []
        var result = ""
        func flush() {
            result += String(decoding: plain, as: UTF8.self)
            result += String(decoding: units, as: UTF16.self)
            plain.removeAll()
            units.removeAll()
        }
        var index = 0
        while index < count {
            let byte = start[index]
            if byte != UInt8(ascii: "\\") || index + 1 >= count {
                if !units.isEmpty { flush() }
                plain.append(byte)
                index += 1
                continue
            }
            let escaped = start[index + 1]
            if escaped == UInt8(ascii: "u"), index + 5 < count {
                if !plain.isEmpty { flush() }
                var unit: UInt16 = 0
                for offset in 2...5 {
                    unit = unit << 4 | UInt16(TextSlice.hexadecimal(start[index + offset]) ?? 0)
                }
                units.append(unit)
                index += 6
                continue
            }
            if !units.isEmpty { flush() }
            plain.append(TextSlice.unescaped(escaped) ?? escaped)
            index += 2
        }
        flush()
        return result
    }

    /// The value of a hexadecimal digit, or nil.
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// What a one-letter escape stands for, or nil where JSON has no such escape.
    static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: nil
        }
    }
}
