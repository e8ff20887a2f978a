// Passes values that nobody asked for, checking that they are JSON.

extension JSONScanner {
    /// Passes one value of any kind, checking its grammar.
    @inlinable @inline(__always)
    public mutating func skipValue() throws(DecodingFailure) {
        let byte = peek()
        if byte == UInt8(ascii: "\"") {
            _ = try text()
        } else {
            try skipOtherValue()
        }
    }

    @usableFromInline @inline(never)
    mutating func skipOtherValue() throws(DecodingFailure) {
        skipBlanks()
        let byte = peek()
        guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
            return try skipScalar(byte)
        }
        // One bit per open container, the innermost lowest: 1 for an object, 0 for an array.
        var kinds: UInt64 = 0
        var depth = 0
        repeat {
            try open(&kinds, &depth)
            // What was opened may be empty, and may be the last member of what encloses it.
            while depth > 0, try closes(&kinds, &depth) {}
        } while depth > 0
    }

    /// Takes one value inside the open containers; a container is opened, all else is passed.
    private mutating func open(_ kinds: inout UInt64, _ depth: inout Int) throws(DecodingFailure) {
        skipBlanks()
        let byte = peek()
        guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
            return try skipScalar(byte)
        }
        guard depth < JSONScanner.nestingMax else { throw failure(.tooDeep) }
        let isObject = byte == UInt8(ascii: "{")
        at += 1
        depth += 1
        kinds = kinds << 1 | (isObject ? 1 : 0)
        skipBlanks()
        // Only an empty container may close here; a key or a value must follow otherwise.
        guard peek() != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return }
        if isObject { try skipKey() }
        try open(&kinds, &depth)
    }

    /// Takes what follows a value: a comma (then false: another value is due) or the closing bracket.
    private mutating func closes(
        _ kinds: inout UInt64, _ depth: inout Int
    ) throws(DecodingFailure) -> Bool {
        let isObject = kinds & 1 == 1
        skipBlanks()
        if peek() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            at += 1
            kinds >>= 1
            depth -= 1
            return true
        }
        guard peek() == UInt8(ascii: ",") else { throw failure(.unexpectedByte) }
        at += 1
        if isObject { try skipKey() }
        return false
    }

    private mutating func skipKey() throws(DecodingFailure) {
        try take(UInt8(ascii: "\""))
        _ = try restOfString()
        try take(UInt8(ascii: ":"))
    }

    private mutating func skipScalar(_ byte: UInt8) throws(DecodingFailure) {
        switch byte {
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func skipNumber() throws(DecodingFailure) {
        if peek() == UInt8(ascii: "-") { at += 1 }
        let leadsWithZero = peek() == 48
        let whole = skipDigits()
        guard whole > 0 else { throw failure(.badNumber) }
        if leadsWithZero, whole > 1 { throw failure(.badNumber, at: at - whole) }
        if peek() == UInt8(ascii: ".") {
            at += 1
            guard skipDigits() > 0 else { throw failure(.badNumber) }
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            at += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { at += 1 }
            guard skipDigits() > 0 else { throw failure(.badNumber) }
        }
    }

    private mutating func skipDigits() -> Int {
        let first = at
        while peek() &- 48 <= 9 { at += 1 }
        return at - first
    }
}
