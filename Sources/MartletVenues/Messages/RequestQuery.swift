// The request that a message answers, taken apart: its path and what stands in its query.

/// Path and query of a ``Frame/request``, such as `GET /v5/market/kline?symbol=BTCUSDT&interval=1`.
struct RequestQuery {
    /// The path without method and query; empty where there is none.
    let path: String
    private let query: Substring

    /// Takes a request apart; nil where there is none.
    init?(_ request: String?) {
        guard let request else { return nil }
        let words = request.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
        guard let target = words.count > 1 ? words[1] : words.first else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? parts[1] : ""
    }

    /// The value of a parameter, percent escapes resolved; nil where it is missing or empty.
    subscript(name: String) -> String? {
        for parameter in query.split(separator: "&") {
            guard let equals = parameter.firstIndex(of: "="), parameter[..<equals] == name else {
                continue
            }
            let value = RequestQuery.unescaped(parameter[parameter.index(after: equals)...])
            return value.isEmpty ? nil : value
        }
        return nil
    }

    /// Whether the path contains this text.
    func pathHas(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        var path = path
        return path.withUTF8 { path in
            guard path.count >= count else { return false }
            return (0...(path.count - count)).contains { start in
                (0..<count).allSatisfy { path[start + $0] == text.utf8Start[$0] }
            }
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = TextSlice.hexadecimal(source[index + 1]),
                let low = TextSlice.hexadecimal(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text with everything but letters, digits and `-._~/%` percent-escaped, for a query.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: "%"):
                bytes.append(byte)
            default:
                bytes += [
                    UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)],
                ]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
