// The values a message is made of: texts, whole numbers, decimals, flags, and what is skipped.

extension JSONScanner {
    /// Takes a string and gives the bytes between its quotes.
    @inlinable @inline(__always)
    public mutating func text() throws(DecodingFailure) -> TextSlice {
        try take(UInt8(ascii: "\""))
        let first = at
        while end - at >= 8 {
            let others = EightBytes(at).notPlain
            at += EightBytes.count(before: others)
            if others != 0 { break }
        }
        while at < end, JSONScanner.isPlain(at.pointee) { at += 1 }
        if peek() == UInt8(ascii: "\"") {
            at += 1
            return TextSlice(start: first, count: at - 1 - first, hasEscapes: false)
        }
        at = first
        return try restOfString()
    }

    /// Takes a string whose opening quote has been taken, whatever it holds.
    @usableFromInline @inline(never)
    mutating func restOfString() throws(DecodingFailure) -> TextSlice {
        let first = at
        var hasEscapes = false
        var isASCII = true
        while true {
            let byte = peek()
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw failure(.badString) }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape()
                continue
            }
            if byte >= 0x80 { isASCII = false }
            at += 1
        }
        let slice = TextSlice(start: first, count: at - first, hasEscapes: hasEscapes)
        if !isASCII, !UTF8Check.isValid(slice.bytes) { throw failure(.badString, at: first) }
        at += 1
        return slice
    }

    /// Passes one escape, from its backslash on. Surrogates must come in pairs.
    private mutating func skipEscape() throws(DecodingFailure) {
        at += 1
        let kind = peek()
        if kind == UInt8(ascii: "u") {
            let unit = try hexadecimalUnit()
            if unit & 0xFC00 == 0xDC00 { throw failure(.badString) }
            guard unit & 0xFC00 == 0xD800 else { return }
            guard peek() == UInt8(ascii: "\\"), end - at >= 2, at[1] == UInt8(ascii: "u") else {
                throw failure(.badString)
            }
            at += 1
            guard try hexadecimalUnit() & 0xFC00 == 0xDC00 else { throw failure(.badString) }
            return
        }
        guard TextSlice.unescaped(kind) != nil else { throw failure(.badString) }
        at += 1
    }

    /// Takes `uXXXX`.
    private mutating func hexadecimalUnit() throws(DecodingFailure) -> UInt16 {
        at += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = TextSlice.hexadecimal(peek()) else { throw failure(.badString) }
            unit = unit << 4 | UInt16(digit)
            at += 1
        }
        return unit
    }

    /// Takes a whole number of at most 64 bits that is not negative: an id, a count, a time.
    @inlinable @inline(__always)
    public mutating func integer() throws(DecodingFailure) -> Int64 {
        var first = at
        if peek() &- 48 > 9 {
            skipBlanks()
            first = at
        }
        var value: UInt64 = 0
        if end - at >= 17 {
            // Up to 16 digits in two words; the byte after them is looked at below.
            let word = EightBytes(at)
            let count = EightBytes.count(before: word.notDigits)
            value = word.number(ofFirst: count)
            at += count
            if count == 8 {
                let word = EightBytes(at)
                let count = EightBytes.count(before: word.notDigits)
                value = value &* EightBytes.powerOfTen(count) &+ word.number(ofFirst: count)
                at += count
            }
        }
        while true {
            let digit = peek() &- 48
            if digit > 9 { break }
            value = value &* 10 &+ UInt64(digit)
            at += 1
        }
        let count = at - first
        let next = peek()
        // 18 digits always fit; a second digit after a leading 0 breaks JSON's grammar.
        if count == 0 || count > 18 || (count > 1 && first.pointee == 48)
            || next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e")
        {
            return try longInteger(first, count)
        }
        return Int64(truncatingIfNeeded: value)
    }

    @usableFromInline @inline(never)
    func longInteger(
        _ first: UnsafePointer<UInt8>, _ count: Int
    ) throws(DecodingFailure) -> Int64 {
        let next = peek()
        guard count > 18, first.pointee != 48, next != UInt8(ascii: "."),
            next | 0x20 != UInt8(ascii: "e")
        else { throw failure(.badInteger, at: first) }
        guard count <= 19 else { throw failure(.integerTooLarge, at: first) }
        var value: Int64 = 0
        for index in 0..<count {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(first[index] - 48))
            guard !overflow, !carry else { throw failure(.integerTooLarge, at: first) }
            value = sum
        }
        return value
    }

    /// Takes a whole number as ``integer()`` does, and gives its digits as well.
    @inlinable @inline(__always)
    mutating func digits() throws(DecodingFailure) -> (Int64, TextSlice) {
        if peek() &- 48 > 9 { skipBlanks() }
        let first = at
        let value = try integer()
        return (value, TextSlice(start: first, count: at - first, hasEscapes: false))
    }

    /// Takes a plain decimal number, in quotes or not: `"2681.62"` or `2681.62`.
    ///
    /// Exponents, escapes, a leading plus and empty parts are refused. A number that does not fit
    /// is taken and marked as such; see ``DecimalText/fits``.
    @inlinable @inline(__always)
    public mutating func decimal() throws(DecodingFailure) -> DecimalText {
        if let number = shortDecimal() { return number }
        return try anyDecimal()
    }

    /// Takes a number as nearly all are: at most 7 digits, a point, at most 8 digits, in quotes or
    /// before a comma or bracket; nil, and nothing is taken, for all others. Two words at a time:
    /// how many digits a number has cannot be predicted.
    @inlinable @inline(__always)
    mutating func shortDecimal() -> DecimalText? {
        guard end - at >= 20 else { return nil }
        let isQuoted = at.pointee == UInt8(ascii: "\"")
        let first = isQuoted ? at + 1 : at
        let word = EightBytes(first)
        let wholeCount = EightBytes.count(before: word.notDigits)
        guard wholeCount > 0, wholeCount < 8 else { return nil }
        var next = first + wholeCount
        var mantissa = word.number(ofFirst: wholeCount)
        var scale = 0
        if next.pointee == UInt8(ascii: ".") {
            let word = EightBytes(next + 1)
            scale = EightBytes.count(before: word.notDigits)
            guard scale > 0 else { return nil }
            mantissa =
                mantissa &* EightBytes.powerOfTen(scale) &+ word.number(ofFirst: scale)
            next += scale + 1
        }
        let count = next - first
        if isQuoted {
            guard next.pointee == UInt8(ascii: "\"") else { return nil }
            next += 1
        } else {
            let byte = next.pointee
            guard
                byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"),
                wholeCount == 1 || first.pointee != UInt8(ascii: "0")
            else { return nil }
        }
        at = next
        return DecimalText(
            mantissa: Int64(truncatingIfNeeded: mantissa), scale: Int32(truncatingIfNeeded: scale),
            start: first, count: Int32(truncatingIfNeeded: count))
    }

    /// Takes a number of any length and sign.
    @inlinable @inline(never)
    mutating func anyDecimal() throws(DecodingFailure) -> DecimalText {
        var isQuoted = peek() == UInt8(ascii: "\"")
        if !isQuoted {
            skipBlanks()
            isQuoted = peek() == UInt8(ascii: "\"")
        }
        if isQuoted { at += 1 }
        let first = at
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative { at += 1 }
        let whole = at
        var mantissa: Int64 = 0
        var digit = peek() &- 48
        while digit <= 9 {
            mantissa = mantissa &* 10 &+ Int64(digit)
            at += 1
            digit = peek() &- 48
        }
        let wholeCount = at - whole
        var scale = 0
        if peek() == UInt8(ascii: ".") {
            at += 1
            let fraction = at
            digit = peek() &- 48
            while digit <= 9 {
                mantissa = mantissa &* 10 &+ Int64(digit)
                at += 1
                digit = peek() &- 48
            }
            scale = at - fraction
            if scale == 0 { throw failure(.badDecimal) }
        }
        let count = at - first
        if isQuoted {
            guard peek() == UInt8(ascii: "\"") else { throw failure(.badDecimal) }
            at += 1
        } else if (wholeCount > 1 && whole.pointee == 48) || peek() | 0x20 == UInt8(ascii: "e") {
            throw failure(.badDecimal, at: first)
        }
        if wholeCount == 0 { throw failure(.badDecimal, at: first) }
        if wholeCount + scale > 18 {
            return try longDecimal(first, count, scale)
        }
        return DecimalText(
            mantissa: isNegative ? 0 &- mantissa : mantissa,
            scale: Int32(truncatingIfNeeded: scale),
            start: first, count: Int32(truncatingIfNeeded: count))
    }

    @usableFromInline @inline(never)
    func longDecimal(
        _ first: UnsafePointer<UInt8>, _ count: Int, _ scale: Int
    ) throws(DecodingFailure) -> DecimalText {
        guard let length = Int32(exactly: count) else { throw failure(.badDecimal, at: first) }
        let isNegative = first.pointee == UInt8(ascii: "-")
        var mantissa: Int64 = 0
        var overflows = scale > 18
        for index in (isNegative ? 1 : 0)..<count where first[index] != UInt8(ascii: ".") {
            let (scaled, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(first[index] - 48))
            overflows = overflows || overflow || carry
            mantissa = sum
        }
        return DecimalText(
            mantissa: overflows ? 0 : (isNegative ? -mantissa : mantissa),
            scale: overflows ? -1 : Int32(scale), start: first, count: length)
    }

    /// Takes a decimal number as ``decimal()`` does, or `""` or `null`, which give nil.
    public mutating func decimalIfAny() throws(DecodingFailure) -> DecimalText? {
        skipBlanks()
        if peek() == UInt8(ascii: "n") {
            try literal("null")
            return nil
        }
        if peek() == UInt8(ascii: "\""), end - at >= 2, at[1] == UInt8(ascii: "\"") {
            at += 2
            return nil
        }
        return try decimal()
    }

    /// Takes a decimal number as ``decimal()`` does; for `""` and `null` gives `none`. Costs a number
    /// that is there nothing.
    @inlinable @inline(__always)
    mutating func decimal(or none: DecimalText) throws(DecodingFailure) -> DecimalText {
        if let number = shortDecimal() { return number }
        return try anyDecimal(or: none)
    }

    @inlinable @inline(never)
    mutating func anyDecimal(or none: DecimalText) throws(DecodingFailure) -> DecimalText {
        let place = at
        do throws(DecodingFailure) { return try anyDecimal() } catch {
            at = place
            return try decimalIfAny() ?? none
        }
    }

    /// Takes `true` or `false`.
    @inlinable @inline(__always)
    public mutating func flag() throws(DecodingFailure) -> Bool {
        skipBlanks()
        if peek() == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    @usableFromInline
    mutating func literal(_ word: StaticString) throws(DecodingFailure) {
        let count = word.utf8CodeUnitCount
        for index in 0..<count {
            guard peek() == word.utf8Start[index] else { throw failure(.unexpectedByte) }
            at += 1
        }
    }
}
