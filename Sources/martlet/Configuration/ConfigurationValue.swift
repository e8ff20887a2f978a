// A value of a configuration file, with the place it stands at.

/// A place in a text file; both count from 1.
package struct TextPlace: Hashable, Sendable {
    /// The line.
    package let line: Int
    /// The column, in characters.
    package let column: Int

    /// A place.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A JSON5 value and where it begins. Numbers keep their text, so that no digit is lost.
package struct ConfigurationValue: Hashable, Sendable {
    /// What it is.
    package indirect enum Content: Hashable, Sendable {
        /// `null`.
        case null
        /// `true` or `false`.
        case flag(Bool)
        /// A number, as written.
        case number(String)
        /// A string.
        case string(String)
        /// An array.
        case array([ConfigurationValue])
        /// An object, in order.
        case object([ConfigurationMember])

        /// What it is called in messages.
        package var typeName: String {
            switch self {
            case .null: return "null"
            case .flag: return "true or false"
            case .number: return "a number"
            case .string: return "a string"
            case .array: return "an array"
            case .object: return "an object"
            }
        }
    }

    /// What it is.
    package let content: Content
    /// Where it begins.
    package let place: TextPlace

    /// A value at its place.
    package init(_ content: Content, at place: TextPlace) {
        self.content = content
        self.place = place
    }
}

/// One member of an object.
package struct ConfigurationMember: Hashable, Sendable {
    /// Its key.
    package let key: String
    /// Where the key begins.
    package let place: TextPlace
    /// Its value.
    package let value: ConfigurationValue

    /// A member.
    package init(key: String, place: TextPlace, value: ConfigurationValue) {
        self.key = key
        self.place = place
        self.value = value
    }
}
