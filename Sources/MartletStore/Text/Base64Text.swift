// Binary messages in captures: base64 text, strict.

/// Base64 as RFC 4648 section 4 has it: the standard alphabet with padding, and no line ends.
public enum Base64Text {
    /// Appends the decoded bytes to `target`; false (and `target` as it was) where the text is none.
    public static func decode(
        _ text: UnsafeRawBufferPointer, appendingTo target: inout [UInt8]
    ) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let before = target.count
        target.reserveCapacity(before + text.count / 4 * 3)
        var index = 0
        while index < text.count {
            let isLast = index + 4 == text.count
            var padding = 0
            if isLast, text[index + 3] == UInt8(ascii: "=") {
                padding = text[index + 2] == UInt8(ascii: "=") ? 2 : 1
            }
            var bits: UInt32 = 0
            for offset in 0..<4 {
                let digit = offset < 4 - padding ? value(of: text[index + offset]) : 0
                guard digit < 64 else {
                    target.removeSubrange(before...)
                    return false
                }
                bits = bits << 6 | UInt32(digit)
            }
            // Bits beyond the last byte are 0 in canonical text.
            guard padding == 0 || bits & (padding == 1 ? 0xFF : 0xFFFF) == 0 else {
                target.removeSubrange(before...)
                return false
            }
            for place in 0..<(3 - padding) {
                target.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place)))
            }
            index += 4
        }
        return true
    }

    /// Appends the text of `bytes` to `target`.
    public static func encode(
        _ bytes: UnsafeRawBufferPointer, appendingTo target: inout [UInt8]
    ) {
        target.reserveCapacity(target.count + (bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0)
            }
            for place in 0..<4 {
                let digit = UInt8(bits >> UInt32(18 - 6 * place) & 63)
                target.append(place <= count ? letter(of: digit) : UInt8(ascii: "="))
            }
            index += 3
        }
    }

    /// The 6 bits of a letter, or 255.
    private static func value(of letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: 255
        }
    }

    private static func letter(of digit: UInt8) -> UInt8 {
        switch digit {
        case 0..<26: UInt8(ascii: "A") + digit
        case 26..<52: UInt8(ascii: "a") + digit - 26
        case 52..<62: UInt8(ascii: "0") + digit - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
