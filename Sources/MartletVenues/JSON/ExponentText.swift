// Messages whose numbers have exponents, rewritten for readers that take plain decimals only.

/// Writes out the numbers of a message that have an exponent (`1e-7`, `"2.5E+3"`), in quotes or not.
enum ExponentText {
    /// How much longer than the message the result may be: what is longer is hostile.
    private static let growthMax = 1 << 20

    /// The message with every such value written out digit for digit; nil where it has none, or where
    /// one cannot be written out. Names of members and all other values stay as they are. The
    /// message's grammar is not checked: whoever reads the result does that.
    static func writtenOut(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var hasChanged = false
        var index = 0
        while index < bytes.count {
            let first = index
            if bytes[index] == UInt8(ascii: "\"") {
                index = endOfString(bytes, from: index)
            } else if isNumeric(bytes[index]) {
                while index < bytes.count, isNumeric(bytes[index]) { index += 1 }
            } else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let token = UnsafeBufferPointer(rebasing: bytes[first..<index])
            guard let plain = plain(token), !isName(bytes, endingAt: index) else {
                result.append(contentsOf: token)
                continue
            }
            hasChanged = true
            result.append(contentsOf: plain)
            guard result.count - index <= growthMax else { return nil }
        }
        return hasChanged ? result : nil
    }

    /// The token written out; nil for anything but a number with an exponent.
    private static func plain(_ token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard token.count >= 3, token.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else {
            return nil
        }
        let isQuoted = token[0] == UInt8(ascii: "\"")
        let inner = isQuoted ? UnsafeBufferPointer(rebasing: token[1..<token.count - 1]) : token
        guard inner.allSatisfy(isNumeric) else { return nil }
        do throws(DecodingFailure) {
            var scanner = try JSONScanner(token)
            let text = try scanner.plainAmount(because: scanner.failure(.badDecimal))
            guard scanner.at == scanner.end else { return nil }
            let quote = isQuoted ? [UInt8(ascii: "\"")] : []
            return quote + text + quote
        } catch { return nil }
    }

    /// One after the string that begins at `first`, escapes regarded; the end where none closes it.
    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, from first: Int) -> Int {
        var index = first + 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\"") { return index + 1 }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return bytes.count
    }

    /// Whether a colon follows, so that the text before it is a name.
    private static func isName(_ bytes: UnsafeBufferPointer<UInt8>, endingAt end: Int) -> Bool {
        bytes[end...].first { $0 > 0x20 } == UInt8(ascii: ":")
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        byte &- 48 <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
    }
}
