// From arguments to an invocation: pure, strict, and helpful when a word is not known.

package import MartletModel

/// What a command line asks for.
package enum Request: Sendable {
    /// The version.
    case version
    /// Help of the program, of a noun, or of a verb.
    case help(HelpSubject)
    /// Something to do.
    case run(Invocation)
}

/// What help is asked about.
package enum HelpSubject: Sendable {
    /// The program.
    case program
    /// A noun with its verbs.
    case noun(String)
    /// A verb with its flags.
    case verb(Verb)
}

/// Reads arguments against the table of verbs.
package struct ArgumentParser: Sendable {
    private let verbs: [Verb]

    /// A parser for these verbs.
    package init(verbs: [Verb]) { self.verbs = verbs }

    /// Reads the arguments after the program's name.
    ///
    /// - Throws: a usage failure naming the nearest known word.
    package func parse(_ arguments: [String]) throws(Failure) -> Request {
        guard let first = arguments.first else {
            throw Failure(.usage, "a command is missing; " + nounList + "; see martlet --help")
        }
        if first == "--version" { return .version }
        if Self.isHelp(first) { return .help(.program) }
        if first.hasPrefix("-") {
            throw Failure(
                .usage,
                "unknown flag '\(first)' before the command; "
                    + suggestion(for: first, in: ["--help", "--version"]))
        }
        let ofNoun = verbs.filter { $0.noun == first }
        guard !ofNoun.isEmpty else {
            throw Failure(
                .usage, "unknown command '\(first)'; " + suggestion(for: first, in: nouns))
        }
        if let only = ofNoun.first, only.name.isEmpty {
            return try request(only, Array(arguments.dropFirst()))
        }
        return try parseVerb(of: first, ofNoun, Array(arguments.dropFirst()))
    }

    /// All nouns in table order, once each.
    package var nouns: [String] {
        verbs.reduce(into: []) { if $0.last != $1.noun { $0.append($1.noun) } }
    }

    private var nounList: String { "known: " + nouns.joined(separator: ", ") }

    private static func isHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }

    private func parseVerb(
        of noun: String, _ ofNoun: [Verb], _ rest: [String]
    ) throws(Failure) -> Request {
        let known = ofNoun.map(\.name)
        guard let word = rest.first else {
            throw Failure(
                .usage,
                "'\(noun)' needs a verb: " + known.joined(separator: ", ")
                    + "; see martlet \(noun) --help")
        }
        if Self.isHelp(word) { return .help(.noun(noun)) }
        guard let verb = ofNoun.first(where: { $0.name == word }) else {
            throw Failure(
                .usage, "'\(noun)' has no verb '\(word)'; " + suggestion(for: word, in: known))
        }
        return try request(verb, Array(rest.dropFirst()))
    }

    private func request(_ verb: Verb, _ arguments: [String]) throws(Failure) -> Request {
        let ownWords = arguments.prefix { $0 != "--" }
        if ownWords.contains(where: Self.isHelp) { return .help(.verb(verb)) }
        var reader = FlagReader(verb: verb)
        try reader.read(arguments)
        return .run(try reader.finish())
    }
}

/// Collects the flags and bare arguments of one verb.
private struct FlagReader {
    let verb: Verb
    var positionals: [String] = []
    var given: [(name: String, text: String)] = []

    init(verb: Verb) { self.verb = verb }

    mutating func read(_ arguments: [String]) throws(Failure) {
        var index = 0
        var flagsEnded = false
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            if flagsEnded || !word.hasPrefix("-") || word == "-" || ExactDecimal(word) != nil {
                positionals.append(word)
            } else if word == "--" {
                flagsEnded = true
            } else {
                try readFlag(word, arguments, &index)
            }
        }
    }

    private mutating func readFlag(
        _ word: String, _ arguments: [String], _ index: inout Int
    ) throws(Failure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let spelled = String(parts[0])
        let name = spelled.hasPrefix("--") ? String(spelled.dropFirst(2)) : ""
        guard let flag = verb.allFlags.first(where: { $0.name == name }) else {
            let known = verb.allFlags.map { "--" + $0.name }
            throw Failure(
                .usage,
                "\(verb.title): unknown flag '\(spelled)'; "
                    + (nearestWord(to: spelled, in: known).map { "did you mean '\($0)'?" }
                        ?? "see martlet \(verb.title) --help"))
        }
        if flag.kind != .list, given.contains(where: { $0.name == name }) {
            throw Failure(.usage, "\(verb.title): --\(name) is given twice; give it once")
        }
        given.append(
            (
                name,
                try value(
                    of: flag, parts.count > 1 ? String(parts[1]) : nil,
                    arguments, &index)
            ))
    }

    private func value(
        of flag: Flag, _ attached: String?, _ arguments: [String], _ index: inout Int
    ) throws(Failure) -> String {
        if flag.kind == .toggle {
            guard let attached else { return "true" }
            guard attached == "true" || attached == "false" else {
                throw Failure(
                    .usage,
                    "\(verb.title): --\(flag.name) takes no value (or =true, =false),"
                        + " not '\(attached)'")
            }
            return attached
        }
        if let attached {
            if !attached.isEmpty { return attached }
        } else if index < arguments.count, !arguments[index].hasPrefix("--") {
            index += 1
            if !arguments[index - 1].isEmpty { return arguments[index - 1] }
        }
        throw Failure(
            .usage,
            "\(verb.title): --\(flag.name) needs a value: --\(flag.name) \(flag.placeholder)")
    }

    func finish() throws(Failure) -> Invocation {
        let expected = verb.positionals
        if positionals.count < expected.minimum {
            throw Failure(
                .usage,
                "\(verb.title): \(expected.placeholder) is missing;"
                    + " see martlet \(verb.title) --help")
        }
        if positionals.count > expected.maximum {
            throw Failure(
                .usage,
                "\(verb.title): unexpected argument '\(positionals[expected.maximum])';"
                    + " see martlet \(verb.title) --help")
        }
        return Invocation(verb: verb, positionals: positionals, given: given)
    }
}
