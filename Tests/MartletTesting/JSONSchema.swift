// A small JSON Schema validator: the keywords that our published schemas use, and no others.

import FoundationEssentials

/// Any JSON value.
package enum AnyJSON: Decodable, Equatable, Sendable {
    case null, flag(Bool), number(Double), string(String), array([AnyJSON])
    case object([String: AnyJSON])

    /// Reads any value.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {  // not this type: try the next
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {  // likewise
            self = .number(value)
        } else if let value = try? container.decode(String.self) {  // likewise
            self = .string(value)
        } else if let value = try? container.decode([AnyJSON].self) {  // likewise
            self = .array(value)
        } else {
            self = .object(try container.decode([String: AnyJSON].self))
        }
    }

    /// Reads JSON text.
    package init(text: String) throws {
        self = try JSONDecoder().decode(AnyJSON.self, from: Data(text.utf8))
    }

    /// The members of an object, or none.
    package var members: [String: AnyJSON] {
        if case .object(let members) = self { return members }
        return [:]
    }

    var strings: [String] {
        if case .string(let text) = self { return [text] }
        guard case .array(let items) = self else { return [] }
        return items.flatMap(\.strings)
    }

    var typeNames: [String] {
        switch self {
        case .null: ["null"]
        case .flag: ["boolean"]
        case .number(let value): value == value.rounded() ? ["integer", "number"] : ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}

/// A schema with its definitions.
package struct JSONSchema: Sendable {
    private let root: AnyJSON

    /// A schema from its own JSON.
    package init(root: AnyJSON) { self.root = root }

    private static let known: Set<String> = [
        "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
        "additionalProperties", "items", "minItems", "maxItems", "enum", "const", "pattern",
        "minimum", "maximum", "anyOf",
    ]

    /// Complaints about `value`; empty when it is valid.
    package func complaints(_ value: AnyJSON) -> [String] { check(value, root, "") }

    private func check(_ value: AnyJSON, _ schema: AnyJSON, _ path: String) -> [String] {
        let rules = schema.members
        var found = rules.keys.filter { !Self.known.contains($0) }.map { "\(path): keyword \($0)" }
        if case .string(let name)? = rules["$ref"] {
            let target = root.members["$defs"]?.members[String(name.dropFirst(8))]
            guard let target else { return ["\(path): no definition \(name)"] }
            found += check(value, target, path)
        }
        if let types = rules["type"]?.strings, Set(types).isDisjoint(with: value.typeNames) {
            found.append("\(path): is \(value.typeNames[0]), not \(types)")
        }
        if let constant = rules["const"], constant != value {
            found.append("\(path): not constant")
        }
        if case .array(let allowed)? = rules["enum"], !allowed.contains(value) {
            found.append("\(path): not one of \(allowed)")
        }
        if case .array(let options)? = rules["anyOf"],
            options.allSatisfy({ !check(value, $0, path).isEmpty })
        {
            found.append("\(path): fits no alternative")
        }
        if case .string(let pattern)? = rules["pattern"], case .string(let text) = value,
            (try? Regex(pattern).firstMatch(in: text)) == nil  // an invalid pattern fits nothing
        {
            found.append("\(path): \(text) does not fit \(pattern)")
        }
        if case .number(let limit)? = rules["minimum"], case .number(let number) = value,
            number < limit
        {
            found.append("\(path): below \(limit)")
        }
        if case .number(let limit)? = rules["maximum"], case .number(let number) = value,
            number > limit
        {
            found.append("\(path): above \(limit)")
        }
        return found + checkParts(value, rules, path)
    }

    private func checkParts(
        _ value: AnyJSON, _ rules: [String: AnyJSON], _ path: String
    ) -> [String] {
        var found: [String] = []
        if case .array(let items) = value {
            if let schema = rules["items"] {
                for (index, item) in items.enumerated() {
                    found += check(item, schema, "\(path)[\(index)]")
                }
            }
            if case .number(let least)? = rules["minItems"], Double(items.count) < least {
                found.append("\(path): too few items")
            }
            if case .number(let most)? = rules["maxItems"], Double(items.count) > most {
                found.append("\(path): too many items")
            }
        }
        guard case .object(let members) = value else { return found }
        for name in rules["required"]?.strings ?? [] where members[name] == nil {
            found.append("\(path).\(name): missing")
        }
        let named = rules["properties"]?.members ?? [:]
        for (name, member) in members {
            if let schema = named[name] {
                found += check(member, schema, "\(path).\(name)")
            } else if let other = rules["additionalProperties"], other != .flag(true) {
                found +=
                    other == .flag(false)
                    ? ["\(path).\(name): not in the schema"]
                    : check(member, other, "\(path).\(name)")
            }
        }
        return found
    }
}
