// JSON that clients send, as a tree: small, strict, never trapping.

import MartletVenues

/// A JSON value of a client's message. Numbers keep their text.
package indirect enum ClientJSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case flag(Bool)
    /// A number as written.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([ClientJSON])
    /// An object in order; a key that is there twice counts as its last.
    case object([(key: String, value: ClientJSON)])

    /// Values that may stand inside each other.
    package static let depthMax = 32

    /// Reads a whole text; nil where it is no JSON.
    package static func parse(_ text: String) -> ClientJSON? {
        parse(Array(text.utf8))
    }

    /// Reads a whole text; nil where it is no JSON.
    package static func parse(_ bytes: [UInt8]) -> ClientJSON? {
        guard !bytes.isEmpty else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            do throws(DecodingFailure) {
                var scanner = try JSONScanner(buffer)
                let value = try value(&scanner, depth: 0)
                try scanner.finish()
                return value
            } catch {
                return nil
            }
        }
    }

    private static func value(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(DecodingFailure) -> ClientJSON {
        scanner.skipBlanks()
        guard depth < depthMax else { throw scanner.failure(.tooDeep) }
        switch scanner.peek() {
        case UInt8(ascii: "{"): return try object(&scanner, depth: depth)
        case UInt8(ascii: "["): return try array(&scanner, depth: depth)
        case UInt8(ascii: "\""): return .string(try scanner.text().string)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .flag(try scanner.flag())
        case UInt8(ascii: "n"):
            try scanner.skipValue()
            return .null
        default:
            let start = scanner.at
            try scanner.skipValue()
            return .number(
                String(
                    decoding: UnsafeBufferPointer(start: start, count: scanner.at - start),
                    as: UTF8.self))
        }
    }

    private static func object(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(DecodingFailure) -> ClientJSON {
        var members: [(key: String, value: ClientJSON)] = []
        try scanner.take(UInt8(ascii: "{"))
        if scanner.takeIf(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            scanner.skipBlanks()
            let key = try scanner.text().string
            try scanner.take(UInt8(ascii: ":"))
            members.append((key, try value(&scanner, depth: depth + 1)))
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "}"))
        return .object(members)
    }

    private static func array(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(DecodingFailure) -> ClientJSON {
        var items: [ClientJSON] = []
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            items.append(try value(&scanner, depth: depth + 1))
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        return .array(items)
    }

    /// The member of an object, nil where there is none.
    package subscript(_ key: String) -> ClientJSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// The items of an array, else nil.
    package var items: [ClientJSON]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The text of a string, else nil.
    package var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The value of a whole number, else nil.
    package var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }

    /// The text of a string or a number, else nil: for values that clients send either way.
    package var word: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// The JSON text of the value, on one line.
    package var json: String {
        switch self {
        case .null: "null"
        case .flag(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ":" + $0.value.json }.joined(separator: ",")
                + "}"
        }
    }

    /// A string with its quotes and escapes.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Equal when the texts are equal.
    package static func == (left: ClientJSON, right: ClientJSON) -> Bool {
        left.json == right.json
    }

    /// Hashes the text.
    package func hash(into hasher: inout Hasher) { hasher.combine(json) }
}
