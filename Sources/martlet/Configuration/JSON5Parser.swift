// JSON5 text to values with their places: our own, because a message needs line and column.

package import MartletModel

/// Reads one JSON5 text: comments, trailing commas, single quotes, bare keys.
package struct JSON5Parser {
    /// Nesting that is read; deeper is refused.
    package static let depthMax = 64

    private let file: String
    private let characters: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1

    /// Reads `text` to its end.
    ///
    /// - Parameter file: The name for messages.
    /// - Throws: a configuration failure with file, line and column.
    package static func parse(_ text: String, file: String) throws(Failure) -> ConfigurationValue {
        var parser = JSON5Parser(file: file, characters: Array(text.unicodeScalars))
        try parser.skipBlanks()
        let value = try parser.value(depth: 0)
        try parser.skipBlanks()
        if parser.index < parser.characters.count {
            throw parser.failure("text after the end of the value; remove it")
        }
        return value
    }

    private init(file: String, characters: [Unicode.Scalar]) {
        self.file = file
        self.characters = characters
    }

    private var place: TextPlace { TextPlace(line: line, column: column) }
    private var current: Unicode.Scalar? {
        index < characters.count ? characters[index] : nil
    }

    private func failure(_ message: String, at place: TextPlace? = nil) -> Failure {
        let place = place ?? self.place
        return Failure(.configuration, "\(file):\(place.line):\(place.column): \(message)")
    }

    private mutating func advance() {
        if characters[index] == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        index += 1
    }

    private mutating func accept(_ wanted: Unicode.Scalar) -> Bool {
        guard current == wanted else { return false }
        advance()
        return true
    }

    private mutating func skipBlanks() throws(Failure) {
        while let scalar = current {
            if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
                advance()
            } else if scalar == "/" {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let start = place
        advance()
        if accept("/") {
            while let scalar = current, scalar != "\n" {
                _ = scalar
                advance()
            }
        } else if accept("*") {
            while true {
                guard current != nil else { throw failure("this comment never ends", at: start) }
                if accept("*") {
                    if accept("/") { return }
                } else {
                    advance()
                }
            }
        } else {
            throw failure("'/' begins no comment", at: start)
        }
    }

    private mutating func value(depth: Int) throws(Failure) -> ConfigurationValue {
        let start = place
        guard depth < Self.depthMax else {
            throw failure("nested more than \(Self.depthMax) deep")
        }
        guard let scalar = current else { throw failure("a value is missing") }
        switch scalar {
        case "{": return ConfigurationValue(.object(try object(depth)), at: start)
        case "[": return ConfigurationValue(.array(try array(depth)), at: start)
        case "\"", "'": return ConfigurationValue(.string(try string()), at: start)
        default: return ConfigurationValue(try word(at: start), at: start)
        }
    }

    private mutating func object(_ depth: Int) throws(Failure) -> [ConfigurationMember] {
        advance()
        var members: [ConfigurationMember] = []
        var keys: Set<String> = []
        while true {
            try skipBlanks()
            if accept("}") { return members }
            let start = place
            let key = try self.key()
            guard keys.insert(key).inserted else {
                throw failure("key '\(key)' is there twice; remove one", at: start)
            }
            try skipBlanks()
            guard accept(":") else { throw failure("':' is missing after key '\(key)'") }
            try skipBlanks()
            members.append(
                ConfigurationMember(key: key, place: start, value: try value(depth: depth + 1)))
            try skipBlanks()
            if accept(",") { continue }
            guard current == "}" else { throw failure("',' or '}' is missing") }
        }
    }

    private mutating func array(_ depth: Int) throws(Failure) -> [ConfigurationValue] {
        advance()
        var items: [ConfigurationValue] = []
        while true {
            try skipBlanks()
            if accept("]") { return items }
            items.append(try value(depth: depth + 1))
            try skipBlanks()
            if accept(",") { continue }
            guard current == "]" else { throw failure("',' or ']' is missing") }
        }
    }

    private mutating func key() throws(Failure) -> String {
        if current == "\"" || current == "'" { return try string() }
        let text = bareWord()
        guard let first = text.unicodeScalars.first, !("0"..."9").contains(first) else {
            throw failure("a key is missing")
        }
        return text
    }

    /// Letters, digits and what may stand in bare keys and numbers; a hyphen too, as flags have it.
    private mutating func bareWord() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = current,
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "_$-+.".unicodeScalars.contains(scalar)
        {
            text.append(scalar)
            advance()
        }
        return String(text)
    }

    private mutating func word(at start: TextPlace) throws(Failure) -> ConfigurationValue.Content {
        let text = bareWord()
        switch text {
        case "null": return .null
        case "true": return .flag(true)
        case "false": return .flag(false)
        default:
            guard let first = text.unicodeScalars.first,
                ("0"..."9").contains(first) || "+-.".unicodeScalars.contains(first)
            else {
                throw failure(
                    text.isEmpty
                        ? "a value is missing" : "'\(text)' is no value; put text in quotes",
                    at: start)
            }
            return .number(text)
        }
    }

    private mutating func string() throws(Failure) -> String {
        let start = place
        let quote = characters[index]
        advance()
        var text = String.UnicodeScalarView()
        while let scalar = current {
            advance()
            if scalar == quote { return String(text) }
            if scalar == "\n" { break }
            if scalar == "\\" {
                if let escaped = try escape() { text.append(escaped) }
            } else {
                text.append(scalar)
            }
        }
        throw failure("this string never ends", at: start)
    }

    /// The scalar that an escape stands for; nil for an escaped line end.
    private mutating func escape() throws(Failure) -> Unicode.Scalar? {
        let start = place
        guard let scalar = current else { throw failure("an escape is cut off") }
        advance()
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "v": return "\u{B}"
        case "0": return "\u{0}"
        case "\n": return nil
        case "x": return try hexadecimal(digits: 2, at: start)
        case "u": return try hexadecimal(digits: 4, at: start)
        default: return scalar
        }
    }

    private mutating func hexadecimal(
        digits: Int, at start: TextPlace
    ) throws(Failure) -> Unicode.Scalar {
        var number: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = current, let digit = Character(scalar).hexDigitValue else {
                throw failure("an escape needs \(digits) hexadecimal digits", at: start)
            }
            number = number * 16 + UInt32(digit)
            advance()
        }
        guard let scalar = Unicode.Scalar(number) else {
            throw failure("this escape is half of a pair; write the character itself", at: start)
        }
        return scalar
    }
}
