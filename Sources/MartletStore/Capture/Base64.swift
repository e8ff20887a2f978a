// Base64 of RFC 4648, section 4, with padding: binary messages in lines of text.

/// Bytes as base64 and back.
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each digit, 255 for other bytes.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// Appends the digits of `bytes`.
    static func encode(_ bytes: UnsafeRawBufferPointer, to stage: LineStage) {
        stage.reserve((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let first = UInt32(bytes[index])
            let second = left > 1 ? UInt32(bytes[index + 1]) : 0
            let third = left > 2 ? UInt32(bytes[index + 2]) : 0
            let word = first << 16 | second << 8 | third
            stage.append(digits[Int(word >> 18)])
            stage.append(digits[Int(word >> 12 & 63)])
            stage.append(left > 1 ? digits[Int(word >> 6 & 63)] : UInt8(ascii: "="))
            stage.append(left > 2 ? digits[Int(word & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }

    /// The bytes behind digits; false where they are none (wrong digit, wrong length or padding).
    static func decode(_ text: UnsafeRawBufferPointer, to stage: LineStage) -> Bool {
        guard text.count % 4 == 0 else { return false }
        stage.reserve(text.count / 4 * 3)
        return values.withUnsafeBufferPointer { values in
            var index = 0
            while index < text.count {
                let isLast = index + 4 == text.count
                var padding = 0
                if isLast {
                    if text[index + 3] == UInt8(ascii: "=") { padding = 1 }
                    if padding == 1, text[index + 2] == UInt8(ascii: "=") { padding = 2 }
                }
                var word: UInt32 = 0
                for offset in 0..<(4 - padding) {
                    let value = values[Int(text[index + offset])]
                    if value == 255 { return false }
                    word |= UInt32(value) << UInt32(18 - 6 * offset)
                }
                stage.append(UInt8(truncatingIfNeeded: word >> 16))
                if padding < 2 { stage.append(UInt8(truncatingIfNeeded: word >> 8)) }
                if padding < 1 { stage.append(UInt8(truncatingIfNeeded: word)) }
                index += 4
            }
            return true
        }
    }
}
