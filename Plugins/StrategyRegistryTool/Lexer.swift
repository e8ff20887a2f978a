// Cuts Swift source into the few kinds of words that finding a type declaration takes.

/// One word of source.
struct Token: Equatable {
    /// What the word is.
    enum Kind: Equatable {
        /// A name or keyword.
        case word
        /// A string literal; the text is its content, as written.
        case text
        /// Any other single character.
        case mark
    }
    let kind: Kind
    let text: String
    /// Counted from 1.
    let line: Int
}

/// Cuts source into tokens; comments and blanks are left out, interpolations stay part of the text.
struct Lexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    init(_ source: String) { bytes = Array(source.utf8) }

    /// All tokens of the source.
    static func tokens(of source: String) -> [Token] {
        var lexer = Lexer(source)
        var tokens: [Token] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private func byte(_ ahead: Int = 0) -> UInt8 {
        index + ahead < bytes.count ? bytes[index + ahead] : 0
    }

    private mutating func step() {
        if byte() == 10 { line += 1 }
        index += 1
    }

    private mutating func next() -> Token? {
        skipBlanksAndComments()
        guard index < bytes.count else { return nil }
        let start = line
        if Self.isWord(byte()) {
            let first = index
            while index < bytes.count, Self.isWord(byte()) { index += 1 }
            return Token(
                kind: .word, text: String(decoding: bytes[first..<index], as: UTF8.self),
                line: start)
        }
        var hashes = 0
        while byte(hashes) == UInt8(ascii: "#") { hashes += 1 }
        if byte(hashes) == UInt8(ascii: "\"") {
            index += hashes
            return Token(kind: .text, text: literal(hashes: hashes), line: start)
        }
        let mark = byte()
        step()
        return Token(kind: .mark, text: String(UnicodeScalar(mark)), line: start)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 128
            || (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90)
            || (byte >= 97 && byte <= 122)
    }

    private mutating func skipBlanksAndComments() {
        while index < bytes.count {
            if byte() == 32 || (byte() >= 9 && byte() <= 13) {
                step()
            } else if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "/") {
                while index < bytes.count, byte() != 10 { index += 1 }
            } else if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        while index < bytes.count {
            if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                depth += 1
                index += 2
            } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                depth -= 1
                index += 2
                if depth == 0 { return }
            } else {
                step()
            }
        }
    }

    /// Reads a literal from its opening quotes to behind its closing ones; returns its content.
    private mutating func literal(hashes: Int) -> String {
        let quote = UInt8(ascii: "\"")
        let width = byte(1) == quote && byte(2) == quote ? 3 : 1
        index += width
        let first = index
        while index < bytes.count {
            if closes(width: width, hashes: hashes) {
                let content = String(decoding: bytes[first..<index], as: UTF8.self)
                index += width + hashes
                return content
            }
            if byte() == UInt8(ascii: "\\"), hashes == 0 {
                index += 1
                if byte() == UInt8(ascii: "(") {
                    skipInterpolation()
                    continue
                }
            }
            step()
        }
        return String(decoding: bytes[min(first, bytes.count)...], as: UTF8.self)
    }

    private func closes(width: Int, hashes: Int) -> Bool {
        for offset in 0..<width where byte(offset) != UInt8(ascii: "\"") { return false }
        for offset in 0..<hashes where byte(width + offset) != UInt8(ascii: "#") { return false }
        return true
    }

    private mutating func skipInterpolation() {
        var depth = 0
        while let token = next() {
            guard token.kind == .mark else { continue }
            if token.text == "(" { depth += 1 }
            if token.text == ")" {
                depth -= 1
                if depth == 0 { return }
            }
        }
    }
}
