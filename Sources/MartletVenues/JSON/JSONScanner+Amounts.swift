// Numbers as venues of every habit write them: quoted or not, with exponents, or as raw digits.

extension JSONScanner {
    /// Takes a decimal number as ``decimal()`` does, and also one with an exponent: that becomes
    /// plain decimal text, every digit kept, made in the batch.
    @inline(__always)
    mutating func amount(_ batch: inout EventBatch) throws(DecodingFailure) -> DecimalText {
        let before = at
        do throws(DecodingFailure) { return try decimal() } catch {
            at = before
            return try expandedAmount(&batch, because: error)
        }
    }

    /// Takes an amount, or `""` or `null`, which give nil.
    mutating func amountIfAny(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        skipBlanks()
        if peek() == UInt8(ascii: "n") {
            try literal("null")
            return nil
        }
        if peek() == UInt8(ascii: "\""), end - at >= 2, at[1] == UInt8(ascii: "\"") {
            at += 2
            return nil
        }
        return try amount(&batch)
    }

    /// The largest exponent, either way, that is written out.
    static var exponentMax: Int { 400 }

    @inline(never)
    private mutating func expandedAmount(
        _ batch: inout EventBatch, because failure: DecodingFailure
    ) throws(DecodingFailure) -> DecimalText {
        let kept = batch.keep(try plainAmount(because: failure))
        // The text was just made of digits, so that reading it cannot fail.
        var scanner = try JSONScanner(kept.bytes)
        return try scanner.decimal()
    }

    /// Takes a number with an exponent, in quotes or not, and gives its plain decimal digits;
    /// `failure` says what is wrong where it is no such number.
    mutating func plainAmount(
        because failure: DecodingFailure
    ) throws(DecodingFailure) -> [UInt8] {
        skipBlanks()
        let isQuoted = peek() == UInt8(ascii: "\"")
        if isQuoted { at += 1 }
        let first = at
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var digits: [UInt8] = []
        takeDigits(&digits)
        let wholeCount = digits.count
        guard wholeCount > 0, wholeCount == 1 || digits[0] != 48 else { throw failure }
        if peek() == UInt8(ascii: ".") {
            at += 1
            takeDigits(&digits)
            guard digits.count > wholeCount else { throw failure }
        }
        guard peek() | 0x20 == UInt8(ascii: "e") else { throw failure }
        at += 1
        let pointMovesLeft = peek() == UInt8(ascii: "-")
        if pointMovesLeft || peek() == UInt8(ascii: "+") { at += 1 }
        var power: [UInt8] = []
        takeDigits(&power)
        var exponent = 0
        for digit in power { exponent = min(exponent * 10 + Int(digit - 48), 1_000_000) }
        guard !power.isEmpty, exponent <= JSONScanner.exponentMax else {
            throw self.failure(.badDecimal, at: first)
        }
        if isQuoted { try take(UInt8(ascii: "\"")) }
        return JSONScanner.plain(
            digits, point: wholeCount + (pointMovesLeft ? -exponent : exponent), isNegative)
    }

    private mutating func takeDigits(_ digits: inout [UInt8]) {
        while peek() &- 48 <= 9 {
            digits.append(peek())
            at += 1
        }
    }

    /// Digits with the point after the first `point` of them, written without an exponent.
    private static func plain(_ digits: [UInt8], point: Int, _ isNegative: Bool) -> [UInt8] {
        var whole: [UInt8] = []
        var fraction: [UInt8] = []
        if point <= 0 {
            fraction = Array(repeating: 48, count: -point) + digits
        } else {
            whole = Array(digits.prefix(point))
            whole += Array(repeating: 48, count: point - whole.count)
            fraction = Array(digits.dropFirst(point))
        }
        whole = Array(whole.drop { $0 == 48 })
        if whole.isEmpty { whole = [48] }
        return (isNegative ? [45] : []) + whole + (fraction.isEmpty ? [] : [46] + fraction)
    }

    /// Takes a whole number that is not negative, in quotes or not; `""` and `null` give nil.
    mutating func countIfAny() throws(DecodingFailure) -> Int64? {
        skipBlanks()
        if peek() == UInt8(ascii: "n") {
            try literal("null")
            return nil
        }
        guard peek() == UInt8(ascii: "\"") else { return try integer() }
        at += 1
        if peek() == UInt8(ascii: "\"") {
            at += 1
            return nil
        }
        let value = try integer()
        try take(UInt8(ascii: "\""))
        return value
    }

    /// Takes a venue time as ``time()`` does, in quotes or not, and gives nanoseconds; `""`, `null`
    /// and 0 give nil.
    mutating func instantIfAny() throws(DecodingFailure) -> Int64? {
        skipBlanks()
        guard peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "n") else {
            let value = try time()
            return value == 0 ? nil : value
        }
        let place = at
        guard let value = try countIfAny(), value > 0 else { return nil }
        guard value <= 9_000_000_000_000 else {
            guard value >= 100_000_000_000_000, value <= 9_000_000_000_000_000 else {
                throw failure(.badTime, at: place)
            }
            return value * 1000
        }
        return value * 1_000_000
    }

    /// Takes a string, a number or a word such as `true`, and gives its bytes; nil for `null` and
    /// for arrays and objects, which are passed.
    mutating func scalarIfAny() throws(DecodingFailure) -> TextSlice? {
        skipBlanks()
        let byte = peek()
        if byte == UInt8(ascii: "\"") { return try text() }
        let first = at
        try skipValue()
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"): return nil
        default: return TextSlice(start: first, count: at - first, hasEscapes: false)
        }
    }

    /// Takes a string as ``text()`` does; `""` and any other kind of value give nil.
    mutating func wordsIfAny() throws(DecodingFailure) -> TextSlice? {
        skipBlanks()
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        let slice = try text()
        return slice.isEmpty ? nil : slice
    }

    /// Takes `true` or `false`; any other value is passed and gives nil.
    mutating func flagIfAny() throws(DecodingFailure) -> Bool? {
        skipBlanks()
        guard peek() == UInt8(ascii: "t") || peek() == UInt8(ascii: "f") else {
            try skipValue()
            return nil
        }
        return try flag()
    }

    /// Steps to the next member as ``member(isFirst:)`` does and gives its key; nil at the end of
    /// the object. For messages that are rare: it copies the key.
    mutating func name(_ isFirst: inout Bool) throws(DecodingFailure) -> String? {
        let key = try member(isFirst: isFirst)
        isFirst = false
        if key == JSONScanner.endOfObject { return nil }
        if key == JSONScanner.longKey { return keyText.string }
        let count = Int(key >> 56) - 1
        return String(
            unsafeUninitializedCapacity: max(count, 0)
        ) { buffer in
            for index in 0..<max(count, 0) { buffer[index] = UInt8(key >> (8 * index) & 0xFF) }
            return max(count, 0)
        }
    }
}
