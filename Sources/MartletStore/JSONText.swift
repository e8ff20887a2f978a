// JSON out, with keys in the order given, so that equal results are equal bytes.

import Glibc

/// A JSON value whose objects keep the order of their keys.
public indirect enum JSONText: Hashable, Sendable {
    /// `null`: also how an undefined statistic is shown.
    case null
    /// `true` or `false`.
    case flag(Bool)
    /// A whole number.
    case integer(Int64)
    /// Number text as it stands: plain decimal digits, never quoted.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONText])
    /// An object; keys in order, none twice.
    case object([(key: String, value: JSONText)])

    /// A double by its shortest exact text; not finite is `null`.
    public static func double(_ value: Double?) -> JSONText {
        guard let value, value.isFinite else { return .null }
        if value == value.rounded(), abs(value) < 1e15 { return .number("\(Int64(value))") }
        return .number("\(value)")
    }

    /// The JSON text on one line.
    public var line: String {
        var text = ""
        write(to: &text, indent: nil)
        return text
    }

    /// The JSON text with two blanks of indentation and a final newline.
    public var pretty: String {
        var text = ""
        write(to: &text, indent: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .flag(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value
        case .string(let value): Self.quote(value, to: &text)
        case .array(let items):
            Self.list(items, "[", "]", &text, indent) { item, text, inner in
                item.write(to: &text, indent: inner)
            }
        case .object(let members):
            Self.list(members, "{", "}", &text, indent) { member, text, inner in
                Self.quote(member.key, to: &text)
                text += inner == nil ? ":" : ": "
                member.value.write(to: &text, indent: inner)
            }
        }
    }

    private static func list<Item>(
        _ items: [Item], _ open: String, _ close: String, _ text: inout String, _ indent: Int?,
        _ body: (Item, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            body(item, &text, inner)
        }
        if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += close
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 32:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    /// Equal when the texts are equal.
    public static func == (left: JSONText, right: JSONText) -> Bool { left.line == right.line }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(line) }
}
