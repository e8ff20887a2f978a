// Pulls protobuf fields out of raw bytes one at a time: no copies, no allocation, any field order.

/// A cursor over one protobuf message. The caller asks for ``next()`` field after field, takes the
/// values it knows and calls ``skip(_:)`` for the others.
///
/// Every read is checked against the end of the message. Source: the wire format as documented for
/// protocol buffers, version 3.
struct ProtobufReader {
    /// How many groups may stand inside each other in a skipped value.
    static let nestingMax = 32

    /// How a field's value is written.
    enum Wire: UInt8 {
        /// A number of 1 to 10 bytes.
        case varint = 0
        /// 8 bytes.
        case fixed64 = 1
        /// A length, then as many bytes: text, bytes, a message.
        case bytes = 2
        /// The start of a group, a form that is out of use.
        case groupStart = 3
        /// The end of a group.
        case groupEnd = 4
        /// 4 bytes.
        case fixed32 = 5
    }

    /// One field: its number, and how its value is written.
    struct Field {
        let number: UInt32
        let wire: Wire
    }

    /// The first byte of the whole frame, from which failures count.
    private let origin: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private var at: UnsafePointer<UInt8>

    /// A cursor at the start of a frame, which must not be empty.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(DecodingFailure) {
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            throw DecodingFailure(.truncated, at: 0)
        }
        self.init(origin: base, at: base, end: base + bytes.count)
    }

    private init(
        origin: UnsafePointer<UInt8>, at: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>
    ) {
        self.origin = origin
        self.at = at
        self.end = end
    }

    /// A place in the frame at which no text stands.
    var place: UnsafePointer<UInt8> { at }

    /// A failure at the cursor.
    func failure(_ code: DecodingFailure.Code) -> DecodingFailure {
        DecodingFailure(code, at: at - origin)
    }

    /// Takes the next tag; nil at the end of the message.
    @inline(__always)
    mutating func next() throws(DecodingFailure) -> Field? {
        if at == end { return nil }
        let tag = try varint()
        guard tag >> 3 != 0, tag >> 3 <= 0x1FFF_FFFF,
            let wire = Wire(rawValue: UInt8(truncatingIfNeeded: tag & 7))
        else { throw failure(.badValue) }
        return Field(number: UInt32(truncatingIfNeeded: tag >> 3), wire: wire)
    }

    /// Takes a number of up to 10 bytes.
    @inline(__always)
    mutating func varint() throws(DecodingFailure) -> UInt64 {
        guard at < end else { throw failure(.truncated) }
        let first = at.pointee
        if first < 0x80 {
            at += 1
            return UInt64(first)
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(DecodingFailure) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard at < end else { throw failure(.truncated) }
            let byte = at.pointee
            // The tenth byte holds the topmost bit only.
            if index == 9, byte > 1 { throw failure(.badNumber) }
            at += 1
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        throw failure(.badNumber)
    }

    /// Takes the bytes of a length-delimited value as a message of their own.
    @inline(__always)
    mutating func message(_ field: Field) throws(DecodingFailure) -> ProtobufReader {
        guard field.wire == .bytes else { throw failure(.badValue) }
        let length = try varint()
        guard length <= UInt64(end - at) else { throw failure(.truncated) }
        let inner = ProtobufReader(origin: origin, at: at, end: at + Int(length))
        at += Int(length)
        return inner
    }

    /// Takes a text that is UTF-8 and needs no escapes in JSON.
    mutating func text(_ field: Field) throws(DecodingFailure) -> TextSlice {
        let inner = try message(field)
        let count = inner.end - inner.at
        let text = TextSlice(start: inner.at, count: count, hasEscapes: false)
        var isASCII = true
        for index in 0..<count {
            let byte = inner.at[index]
            guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                throw inner.failure(.badString)
            }
            if byte >= 0x80 { isASCII = false }
        }
        if !isASCII, !UTF8Check.isValid(text.bytes) { throw inner.failure(.badString) }
        return text
    }

    /// Takes a decimal number written as text; nil for an empty text.
    mutating func number(
        _ field: Field, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        let inner = try message(field)
        let bytes = UnsafeBufferPointer(start: inner.at, count: inner.end - inner.at)
        if bytes.isEmpty { return nil }
        do throws(DecodingFailure) {
            var scanner = try JSONScanner(bytes)
            let number = try scanner.amount(&batch)
            // Blanks and quotes are JSON's and have no place here.
            guard scanner.at == scanner.end, bytes[0] != 0x20, bytes[0] != UInt8(ascii: "\"") else {
                throw scanner.failure(.badDecimal, at: scanner.start)
            }
            return number
        } catch { throw inner.failure(.badDecimal) }
    }

    /// Takes a number written as decimal digits; nil for an empty text.
    mutating func digits(_ field: Field) throws(DecodingFailure) -> Int64? {
        let text = try text(field)
        if text.isEmpty { return nil }
        var value: Int64 = 0
        for byte in text.bytes {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(byte) - 48)
            guard byte &- 48 <= 9 else { throw failure(.badInteger) }
            guard !overflow, !carry else { throw failure(.integerTooLarge) }
            value = sum
        }
        return value
    }

    /// Takes a number field.
    @inline(__always)
    mutating func integer(_ field: Field) throws(DecodingFailure) -> Int64 {
        guard field.wire == .varint else { throw failure(.badValue) }
        return Int64(truncatingIfNeeded: try varint())
    }

    /// Takes a time field of so many ns a unit (milliseconds: 1,000,000), as ns; nil for 0.
    mutating func time(
        _ field: Field, unit: Int64 = 1_000_000
    ) throws(DecodingFailure) -> Int64? {
        let value = try integer(field)
        guard value >= 0, value <= 9_000_000_000_000_000_000 / unit else {
            throw failure(.badTime)
        }
        return value == 0 ? nil : value * unit
    }

    /// Passes the value of a field.
    mutating func skip(_ field: Field) throws(DecodingFailure) {
        try skip(field, depth: 0)
    }

    private mutating func skip(_ field: Field, depth: Int) throws(DecodingFailure) {
        switch field.wire {
        case .varint: _ = try varint()
        case .fixed64: try skip(bytes: 8)
        case .fixed32: try skip(bytes: 4)
        case .bytes: _ = try message(field)
        case .groupEnd: throw failure(.badValue)
        case .groupStart:
            guard depth < ProtobufReader.nestingMax else { throw failure(.tooDeep) }
            while true {
                guard let inner = try next() else { throw failure(.truncated) }
                if inner.wire == .groupEnd {
                    guard inner.number == field.number else { throw failure(.badValue) }
                    return
                }
                try skip(inner, depth: depth + 1)
            }
        }
    }

    private mutating func skip(bytes count: Int) throws(DecodingFailure) {
        guard end - at >= count else { throw failure(.truncated) }
        at += count
    }
}
