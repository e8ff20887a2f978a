// Finds the types that conform to Strategy in one file, with the names in their descriptors.

/// A strategy as its source declares it.
struct FoundStrategy {
    /// The Swift type.
    let type: String
    /// The name in its descriptor.
    let name: String
    /// Where it is declared.
    let file: String
    /// Counted from 1.
    let line: Int
}

/// Why a file cannot be registered, in the form compilers use, so that editors can jump to it.
struct Complaint: Error {
    let file: String
    let line: Int
    let message: String
    /// One line.
    var text: String { "\(file):\(line):1: error: \(message)" }
}

/// Reads one file's tokens.
struct Finder {
    private let file: String
    private let tokens: [Token]

    init(file: String, source: String) {
        self.file = file
        tokens = Lexer.tokens(of: source)
    }

    /// The strategies that the file declares, in order.
    ///
    /// - Throws: ``Complaint`` when there is none, or one that cannot be registered.
    func strategies() throws(Complaint) -> [FoundStrategy] {
        var found: [FoundStrategy] = []
        var depth = 0
        for index in tokens.indices {
            if tokens[index] ~= "{" { depth += 1 }
            if tokens[index] ~= "}" { depth -= 1 }
            if let strategy = try declaration(at: index, depth: depth) { found.append(strategy) }
        }
        guard !found.isEmpty else {
            throw Complaint(
                file: file, line: 1,
                message: "no type in this file conforms to Strategy; declare one "
                    + "(struct MyStrategy: Strategy), or move the file out of this folder")
        }
        return found
    }

    private func declaration(at index: Int, depth: Int) throws(Complaint) -> FoundStrategy? {
        guard tokens[index].kind == .word, index + 1 < tokens.count,
            ["struct", "class", "enum", "extension"].contains(tokens[index].text),
            tokens[index + 1].kind == .word,
            let open = tokens[index...].firstIndex(where: { $0 ~= "{" || $0 ~= "}" }),
            tokens[open] ~= "{", conformsToStrategy(tokens[(index + 2)..<open])
        else { return nil }
        let type = tokens[index + 1].text
        let line = tokens[index].line
        guard depth == 0 else {
            throw Complaint(
                file: file, line: line,
                message: "strategy \(type) is declared inside another type; declare it outside")
        }
        if index > 0, ["private", "fileprivate"].contains(tokens[index - 1].text) {
            throw Complaint(
                file: file, line: line,
                message: "strategy \(type) is private; remove the word, the registry needs it")
        }
        guard let name = descriptorName(from: open) else {
            throw Complaint(
                file: file, line: line,
                message: "strategy \(type) has no name that can be read here; declare "
                    + "static let descriptor = StrategyDescriptor(name: \"my-name\", …) in it")
        }
        return FoundStrategy(type: type, name: name, file: file, line: line)
    }

    /// Whether the words between a type's name and its brace list `Strategy` as inherited.
    private func conformsToStrategy(_ header: ArraySlice<Token>) -> Bool {
        guard let colon = header.firstIndex(where: { $0 ~= ":" }) else { return false }
        let inherited = header[colon...].prefix { $0.text != "where" }
        return inherited.contains { $0.kind == .word && $0.text == "Strategy" }
    }

    /// The literal after `StrategyDescriptor(name:` in the braces that open at `open`.
    private func descriptorName(from open: Int) -> String? {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index] ~= "{" { depth += 1 }
            if tokens[index] ~= "}" {
                depth -= 1
                if depth == 0 { return nil }
            }
            guard index + 4 < tokens.count, tokens[index].text == "StrategyDescriptor",
                tokens[index + 1] ~= "(", tokens[index + 2].text == "name",
                tokens[index + 3] ~= ":", tokens[index + 4].kind == .text
            else { continue }
            return tokens[index + 4].text
        }
        return nil
    }
}

extension Token {
    /// Whether the token is this character.
    static func ~= (token: Token, mark: String) -> Bool {
        token.kind == .mark && token.text == mark
    }
}
