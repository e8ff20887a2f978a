// MessagePack frames of Alpaca's data streams, rewritten as the JSON that they stand for.

/// Rewrites one MessagePack value as JSON. Numbers keep their value: doubles are written with the
/// fewest digits that read back the same. Timestamps become objects of seconds and
/// nanoseconds.
///
/// Source: the MessagePack specification (github.com/msgpack/msgpack), with its timestamp extension.
struct MessagePackText {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var text: [UInt8] = []

    /// Whether a frame that begins with this byte is MessagePack: an array or a map, which no JSON
    /// begins like.
    static func begins(with byte: UInt8) -> Bool {
        (0x80...0x9F).contains(byte) || (0xDC...0xDF).contains(byte)
    }

    /// The JSON of a frame.
    ///
    /// - Throws: ``DecodingFailure/Code/truncated``, ``DecodingFailure/Code/tooDeep``,
    ///   ``DecodingFailure/Code/trailingBytes``, or ``DecodingFailure/Code/unexpectedByte`` for a
    ///   type that has no place in JSON.
    static func json(of bytes: UnsafeBufferPointer<UInt8>) throws(DecodingFailure) -> [UInt8] {
        var reader = MessagePackText(bytes: bytes)
        try reader.value(depth: 0)
        guard reader.index == bytes.count else {
            throw DecodingFailure(.trailingBytes, at: reader.index)
        }
        return reader.text
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        text.reserveCapacity(bytes.count * 2)
    }

    private mutating func byte() throws(DecodingFailure) -> UInt8 {
        guard index < bytes.count else { throw DecodingFailure(.truncated, at: index) }
        index += 1
        return bytes[index - 1]
    }

    /// An unsigned number of `count` bytes, the highest first.
    private mutating func number(_ count: Int) throws(DecodingFailure) -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
        return value
    }

    private mutating func signed(_ count: Int) throws(DecodingFailure) -> Int64 {
        let value = try number(count)
        let unused = UInt64(64 - 8 * count)
        return Int64(bitPattern: value << unused) >> Int64(unused)
    }

    private mutating func write(_ string: String) { text += Array(string.utf8) }

    private mutating func value(depth: Int) throws(DecodingFailure) {
        guard depth < 32 else { throw DecodingFailure(.tooDeep, at: index) }
        let place = index
        let type = try byte()
        switch type {
        case 0x00...0x7F: write("\(type)")
        case 0xE0...0xFF: write("\(Int8(bitPattern: type))")
        case 0x80...0x8F: try map(Int(type & 0x0F), depth)
        case 0x90...0x9F: try array(Int(type & 0x0F), depth)
        case 0xA0...0xBF: try string(Int(type & 0x1F))
        case 0xC0: write("null")
        case 0xC2: write("false")
        case 0xC3: write("true")
        case 0xCA: try float(Double(Float(bitPattern: UInt32(try number(4)))), at: place)
        case 0xCB: try float(Double(bitPattern: try number(8)), at: place)
        case 0xCC...0xCF: write("\(try number(1 << Int(type - 0xCC)))")
        case 0xD0...0xD3: write("\(try signed(1 << Int(type - 0xD0)))")
        case 0xD9...0xDB: try string(Int(try number(1 << Int(type - 0xD9))))
        case 0xDC, 0xDD: try array(Int(try number(type == 0xDC ? 2 : 4)), depth)
        case 0xDE, 0xDF: try map(Int(try number(type == 0xDE ? 2 : 4)), depth)
        case 0xD4...0xD8: try timestamp(1 << Int(type - 0xD4), at: place)
        case 0xC7: try timestamp(Int(try byte()), at: place)
        default: throw DecodingFailure(.unexpectedByte, at: place)
        }
    }

    /// Every value has a byte at least, so that a count beyond the rest ends as "truncated".
    private mutating func array(_ count: Int, _ depth: Int) throws(DecodingFailure) {
        write("[")
        for position in 0..<count {
            if position > 0 { write(",") }
            try value(depth: depth + 1)
        }
        write("]")
    }

    private mutating func map(_ count: Int, _ depth: Int) throws(DecodingFailure) {
        write("{")
        for position in 0..<count {
            if position > 0 { write(",") }
            guard index < bytes.count else { throw DecodingFailure(.truncated, at: index) }
            let type = bytes[index]
            guard (0xA0...0xBF).contains(type) || (0xD9...0xDB).contains(type) else {
                throw DecodingFailure(.unexpectedByte, at: index)
            }
            try value(depth: depth + 1)
            write(":")
            try value(depth: depth + 1)
        }
        write("}")
    }

    private mutating func string(_ count: Int) throws(DecodingFailure) {
        guard count <= bytes.count - index else {
            throw DecodingFailure(.truncated, at: bytes.count)
        }
        let place = index
        text.append(UInt8(ascii: "\""))
        for _ in 0..<count {
            let letter = try byte()
            if letter < 0x20 { throw DecodingFailure(.badString, at: place) }
            if letter == UInt8(ascii: "\"") || letter == UInt8(ascii: "\\") {
                text.append(UInt8(ascii: "\\"))
            }
            text.append(letter)
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func float(_ value: Double, at place: Int) throws(DecodingFailure) {
        guard value.isFinite else { throw DecodingFailure(.badNumber, at: place) }
        let digits = value.description
        // Swift writes whole doubles with a zero after the point.
        write(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)
    }

    /// The extension of type −1: seconds and nanoseconds in 4, 8 or 12 bytes.
    private mutating func timestamp(_ count: Int, at place: Int) throws(DecodingFailure) {
        guard try byte() == 0xFF else { throw DecodingFailure(.unexpectedByte, at: place) }
        var seconds: Int64 = 0
        var nanoseconds: UInt64 = 0
        switch count {
        case 4: seconds = Int64(try number(4))
        case 8:
            let both = try number(8)
            nanoseconds = both >> 34
            seconds = Int64(both & 0x3_FFFF_FFFF)
        case 12:
            nanoseconds = try number(4)
            seconds = try signed(8)
        default: throw DecodingFailure(.unexpectedByte, at: place)
        }
        guard nanoseconds < 1_000_000_000, seconds >= 0, seconds < 9_000_000_000 else {
            throw DecodingFailure(.badTime, at: place)
        }
        write(#"{"$msgpack_timestamp":{"seconds":"#)
        write("\(seconds),\"nanoseconds\":\(nanoseconds)}}")
    }
}
