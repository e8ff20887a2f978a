// Values as several venues write them: times and scalars in quotes or not, lists.

extension JSONScanner {
    /// Takes `""` if it comes next.
    @inlinable @inline(__always)
    mutating func takeEmptyText() -> Bool {
        guard nextIs(UInt8(ascii: "\"")), end - at >= 2, at[1] == UInt8(ascii: "\"") else {
            return false
        }
        at += 2
        return true
    }

    /// Takes `""` or `null` if it comes next.
    mutating func takeNone() throws(DecodingFailure) -> Bool {
        if takeEmptyText() { return true }
        guard nextIs(UInt8(ascii: "n")) else { return false }
        try skipValue()
        return true
    }

    /// Takes a time in milliseconds or microseconds, in quotes or not, and gives nanoseconds.
    @inlinable @inline(__always)
    mutating func venueTime() throws(DecodingFailure) -> Int64 {
        guard takeIf(UInt8(ascii: "\"")) else { return try time() }
        guard peek() &- 48 <= 9 else { throw failure(.badTime) }
        let time = try time()
        guard peek() == UInt8(ascii: "\"") else { throw failure(.badTime) }
        at += 1
        return time
    }

    /// Takes a string, or a number or word as it stands.
    @inlinable @inline(__always)
    mutating func textOrScalar() throws(DecodingFailure) -> TextSlice {
        if nextIs(UInt8(ascii: "\"")) { return try text() }
        if peek() == UInt8(ascii: "{") || peek() == UInt8(ascii: "[") {
            throw failure(.unexpectedByte)
        }
        let first = at
        try skipValue()
        return TextSlice(start: first, count: at - first, hasEscapes: false)
    }

    /// Takes the opening bracket of an array and says whether it has elements; an empty array is
    /// taken whole.
    @inlinable @inline(__always)
    mutating func takeArray() throws(DecodingFailure) -> Bool {
        try take(UInt8(ascii: "["))
        return !takeIf(UInt8(ascii: "]"))
    }

    /// After an element: whether another one follows; else the closing bracket is taken.
    @inlinable @inline(__always)
    mutating func takeNextElement() throws(DecodingFailure) -> Bool {
        if takeIf(UInt8(ascii: ",")) { return true }
        try take(UInt8(ascii: "]"))
        return false
    }
}

extension TextSlice {
    /// Whether the text, which has no escapes, starts with `prefix`.
    func hasPrefix(_ prefix: StaticString) -> Bool {
        guard !hasEscapes, count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount
        where start[index] != prefix.utf8Start[index] { return false }
        return true
    }
}
