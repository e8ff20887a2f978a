// Text at the end of a byte buffer: literals, whole numbers, JSON strings. No allocation once grown.

extension GrowingBuffer where Element == UInt8 {
    /// Makes room for `extra` more bytes and gives the place behind the last one.
    @inline(__always)
    mutating func room(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        while capacity - used < extra { grow() }
        return base + used
    }

    /// Adds bytes from elsewhere.
    @inline(__always)
    public mutating func append(_ start: UnsafePointer<UInt8>, count: Int) {
        room(count).initialize(from: start, count: count)
        used += count
    }

    /// Adds bytes from elsewhere.
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        append(start, count: bytes.count)
    }

    /// Adds a literal.
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        append(text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Adds a text, as it is.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// Adds a whole number in decimal digits.
    public mutating func append(decimal value: Int64) {
        let place = room(20)
        var rest = value.magnitude
        // Digits come last first: they are made at the end of a field of 20 and moved down.
        var first = 20
        repeat {
            first -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            place[first] = UInt8(truncatingIfNeeded: digit) + UInt8(ascii: "0")
            rest = quotient
        } while rest > 0
        if value < 0 {
            first -= 1
            place[first] = UInt8(ascii: "-")
        }
        place.update(from: place + first, count: 20 - first)
        used += 20 - first
    }

    /// Adds a whole number, or `null`.
    public mutating func append(decimalOrNull value: Int64?) {
        if let value { append(decimal: value) } else { append("null") }
    }

    /// Adds a JSON string. Escapes of the slice are JSON's already and are copied through.
    mutating func append(json text: TextSlice) {
        guard text.hasEscapes || Self.isPlain(text.bytes) else {
            return append(json: text.string)
        }
        let place = room(text.count + 2)
        place[0] = UInt8(ascii: "\"")
        (place + 1).initialize(from: text.start, count: text.count)
        place[text.count + 1] = UInt8(ascii: "\"")
        used += text.count + 2
    }

    /// Adds a JSON string, or `null`.
    mutating func append(jsonOrNull text: TextSlice?) {
        if let text { append(json: text) } else { append("null") }
    }

    /// Adds a JSON string.
    public mutating func append(json text: String) {
        append("\"")
        var text = text
        text.withUTF8 { bytes in
            if Self.isPlain(bytes) { return append(bytes) }
            for byte in bytes { append(escaping: byte) }
        }
        append("\"")
    }

    /// Adds a JSON string, or `null`.
    mutating func append(jsonOrNull text: String?) {
        if let text { append(json: text) } else { append("null") }
    }

    /// Adds a decimal number as a JSON string.
    @inline(__always)
    mutating func append(json number: DecimalText) {
        let count = Int(number.count)
        let place = room(count + 2)
        place[0] = UInt8(ascii: "\"")
        (place + 1).initialize(from: number.start, count: count)
        place[count + 1] = UInt8(ascii: "\"")
        used += count + 2
    }

    /// Adds a decimal number as a JSON string, or `null`.
    mutating func append(jsonOrNull number: DecimalText?) {
        if let number { append(json: number) } else { append("null") }
    }

    /// Whether bytes stand in a JSON string as they are. Bytes above ASCII are checked by whoever
    /// cut the slice out of its message; here they go the careful way.
    private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes where !JSONScanner.isPlain(byte) && byte != 0x20 && byte != 0x21 {
            return false
        }
        return true
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0..<0x20:
            append("\\u00")
            append(Self.hexadecimal(byte >> 4))
            append(Self.hexadecimal(byte & 15))
        default: append(byte)
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
