// Whole numbers and made numbers as the lists of several venues need them.

extension JSONScanner {
    /// Takes a whole number of at most 64 bits that is not negative, in quotes or not.
    @inlinable
    mutating func quotedInteger() throws(DecodingFailure) -> Int64 {
        let isQuoted = takeIf(UInt8(ascii: "\""))
        let value = try integer()
        if isQuoted {
            guard peek() == UInt8(ascii: "\"") else { throw failure(.badInteger) }
            at += 1
        }
        return value
    }
}

extension EventBatch {
    /// Keeps a plain decimal number that does not stand in the message.
    mutating func keepNumber(_ bytes: [UInt8]) throws(DecodingFailure) -> DecimalText {
        var scanner = try JSONScanner(keep(bytes).bytes)
        return try scanner.decimal()
    }
}
