// Pulls JSON values out of raw bytes one at a time: no copies, no allocation, any key order.

/// A cursor over one JSON message. The caller walks it with ``member(isFirst:)``, takes the values
/// it knows and calls ``skipValue()`` for the others; everything walked over is checked.
///
/// Every read is checked against the end of the message, so wrong input is an error and never
/// reads beyond it. The bytes must stay where they are while the scanner is in use.
@frozen public struct JSONScanner {
    /// The first byte of the message.
    public let start: UnsafePointer<UInt8>
    /// One after the last byte of the message.
    public let end: UnsafePointer<UInt8>
    /// The next byte to read.
    public var at: UnsafePointer<UInt8>
    /// The last key as it stands in the message, where ``member(isFirst:)`` gave ``longKey``.
    public var keyText: TextSlice

    /// How many arrays and objects may stand inside each other in a skipped value.
    public static let nestingMax = 64
    /// What ``member(isFirst:)`` gives at the end of an object.
    @inlinable @inline(__always) public static var endOfObject: UInt64 { 0 }
    /// What ``member(isFirst:)`` gives for a key of more than 7 bytes.
    @inlinable @inline(__always) public static var longKey: UInt64 { .max }

    /// A cursor at the start of a message, which must not be empty.
    @inlinable @inline(__always)
    public init(_ bytes: UnsafeBufferPointer<UInt8>) throws(DecodingFailure) {
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            throw DecodingFailure(.truncated, at: 0)
        }
        start = base
        end = base + bytes.count
        at = base
        keyText = .empty(at: base)
    }

    /// The next byte, or 0 at the end (a byte that JSON allows nowhere).
    @inlinable @inline(__always)
    public func peek() -> UInt8 { at < end ? at.pointee : 0 }

    /// A failure at the cursor; at the end of the message it is always "truncated".
    @inlinable @inline(never)
    public func failure(_ code: DecodingFailure.Code) -> DecodingFailure {
        DecodingFailure(at < end ? code : .truncated, at: at - start)
    }

    /// A failure that concerns the place `place`.
    @inlinable @inline(never)
    public func failure(
        _ code: DecodingFailure.Code, at place: UnsafePointer<UInt8>
    ) -> DecodingFailure {
        DecodingFailure(code, at: place - start)
    }

    /// Passes blanks, tabs and line ends.
    @inlinable @inline(__always)
    public mutating func skipBlanks() {
        while at < end {
            let byte = at.pointee
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
            else { return }
            at += 1
        }
    }

    /// Takes exactly this byte, after blanks if there are any.
    @inlinable @inline(__always)
    public mutating func take(_ byte: UInt8) throws(DecodingFailure) {
        if peek() != byte { try seek(byte) }
        at += 1
    }

    /// Takes this byte if it comes next, after blanks if there are any.
    @inlinable @inline(__always)
    public mutating func takeIf(_ byte: UInt8) -> Bool {
        if peek() != byte {
            skipBlanks()
            guard peek() == byte else { return false }
        }
        at += 1
        return true
    }

    /// Whether this byte comes next, after blanks if there are any; it is not taken.
    @inlinable @inline(__always)
    public mutating func nextIs(_ byte: UInt8) -> Bool {
        if peek() == byte { return true }
        skipBlanks()
        return peek() == byte
    }

    @usableFromInline @inline(never)
    mutating func seek(_ byte: UInt8) throws(DecodingFailure) {
        skipBlanks()
        guard peek() == byte else { throw failure(.unexpectedByte) }
    }

    /// Steps to the next member of an object whose `{` has been taken, and takes its key and colon.
    ///
    /// - Parameter isFirst: Whether no member has been read yet.
    /// - Returns: The key as ``key(_:)`` makes it, ``longKey`` (then see ``keyText``), or
    ///   ``endOfObject`` when the `}` was taken.
    @inlinable @inline(__always)
    public mutating func member(isFirst: Bool) throws(DecodingFailure) -> UInt64 {
        if isFirst {
            if takeIf(UInt8(ascii: "}")) { return JSONScanner.endOfObject }
        } else if peek() == UInt8(ascii: ",") {
            at += 1
        } else {
            skipBlanks()
            if peek() == UInt8(ascii: "}") {
                at += 1
                return JSONScanner.endOfObject
            }
            guard peek() == UInt8(ascii: ",") else { throw failure(.unexpectedByte) }
            at += 1
        }
        try take(UInt8(ascii: "\""))
        let key: UInt64
        if end - at >= 2, JSONScanner.isPlain(at[0]), at[1] == UInt8(ascii: "\"") {
            key = UInt64(at[0]) | 2 << 56
            at += 2
        } else {
            key = try otherKey()
        }
        try take(UInt8(ascii: ":"))
        return key
    }

    /// A printable ASCII byte that is neither quote nor backslash.
    @inlinable @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte > UInt8(ascii: "\"") && byte < 0x7F && byte != UInt8(ascii: "\\")
    }

    @usableFromInline @inline(never)
    mutating func otherKey() throws(DecodingFailure) -> UInt64 {
        // Short plain keys first: nearly all that are longer than a letter.
        var key: UInt64 = 0
        let room = min(end - at, 8)
        for index in 0..<room {
            let byte = at[index]
            if byte == UInt8(ascii: "\"") {
                at += index + 1
                return key | UInt64(index + 1) << 56
            }
            guard index < 7, JSONScanner.isPlain(byte) else { break }
            key |= UInt64(byte) << UInt64(8 * index)
        }
        keyText = try restOfString()
        if keyText.hasEscapes {
            let letters = Array(keyText.string.utf8)
            return letters.withUnsafeBufferPointer { JSONScanner.packed($0) }
        }
        return JSONScanner.packed(keyText.bytes)
    }

    private static func packed(_ letters: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard letters.count <= 7 else { return longKey }
        var key: UInt64 = 0
        for letter in letters.reversed() { key = key << 8 | UInt64(letter) }
        return key | UInt64(letters.count + 1) << 56
    }

    /// How a key of at most 7 ASCII letters looks when ``member(isFirst:)`` gives it.
    public static func key(_ text: StaticString) -> UInt64 {
        precondition(text.utf8CodeUnitCount <= 7, "longer keys are compared by their text")
        return packed(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether the last key, which was ``longKey``, is this text, escapes resolved.
    @inlinable @inline(__always)
    public func keyIs(_ text: StaticString) -> Bool { keyText.equals(text) }

    /// Checks that nothing but blanks follows.
    @inlinable @inline(__always)
    public mutating func finish() throws(DecodingFailure) {
        if at == end { return }
        skipBlanks()
        guard at == end else { throw failure(.trailingBytes) }
    }
}
