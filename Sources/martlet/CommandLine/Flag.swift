// The words of the command line: flags, verbs and what belongs to them, as a table.

package import MartletModel

/// One flag of a verb.
package struct Flag: Hashable, Sendable {
    /// What follows the name.
    package enum Kind: Hashable, Sendable {
        /// Nothing: present or absent (`--name=false` takes it back).
        case toggle
        /// One value.
        case value
        /// One value each time; the flag may be given again.
        case list
    }

    /// Without dashes, lower case with hyphens; also the key in a configuration file.
    package let name: String
    /// What follows it.
    package let kind: Kind
    /// What its value is, for help: `FILE`, `RATE`.
    package let placeholder: String
    /// One line for help; empty where the line of a neighbour speaks for it too.
    package let help: String

    /// A flag that is present or absent.
    package static func toggle(_ name: String, _ help: String) -> Flag {
        Flag(name: name, kind: .toggle, placeholder: "", help: help)
    }

    /// A flag with one value.
    package static func value(_ name: String, _ placeholder: String, _ help: String) -> Flag {
        Flag(name: name, kind: .value, placeholder: placeholder, help: help)
    }

    /// A flag with a value that may be given again.
    package static func list(_ name: String, _ placeholder: String, _ help: String) -> Flag {
        Flag(name: name, kind: .list, placeholder: placeholder, help: help)
    }

    /// The same flag, understood but not shown in help.
    package var unlisted: Flag { Flag(name: name, kind: kind, placeholder: placeholder, help: "") }

    /// Understood by every verb.
    package static let common: [Flag] = [
        .toggle("json", "print one JSON object on one line"),
        .toggle("help", ""),
    ]
}

/// How many bare arguments a verb takes, and what they are called.
package struct Positionals: Hashable, Sendable {
    /// What they are, for help: `CAPTURE.gz`.
    package let placeholder: String
    /// The fewest.
    package let minimum: Int
    /// The most.
    package let maximum: Int

    /// None at all.
    package static let none = Positionals(placeholder: "", minimum: 0, maximum: 0)

    /// Between `minimum` and `maximum` arguments.
    package init(placeholder: String, minimum: Int, maximum: Int) {
        self.placeholder = placeholder
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// One verb: its words, and the function that does it.
package struct Verb: Sendable {
    /// The noun it belongs to.
    package let noun: String
    /// The verb, or empty where the noun alone is the command.
    package let name: String
    /// One line: what it does.
    package let summary: String
    /// Bare arguments.
    package let positionals: Positionals
    /// Flags besides the common ones.
    package let flags: [Flag]
    /// Whole command lines that work.
    package let examples: [String]
    /// Does it. Data go to the console's output; a failure is thrown.
    package let run: @Sendable (Invocation, Console) throws(Failure) -> Void

    /// A verb from its parts.
    package init(
        _ noun: String, _ name: String, _ summary: String, positionals: Positionals = .none,
        flags: [Flag] = [], examples: [String],
        run: @escaping @Sendable (Invocation, Console) throws(Failure) -> Void
    ) {
        self.noun = noun
        self.name = name
        self.summary = summary
        self.positionals = positionals
        self.flags = flags
        self.examples = examples
        self.run = run
    }

    /// All flags, the common ones last.
    package var allFlags: [Flag] { flags + Flag.common }

    /// `noun verb`, as typed.
    package var title: String { name.isEmpty ? noun : noun + " " + name }
}

/// One call of a verb: what was given.
package struct Invocation: Sendable {
    /// The verb.
    package let verb: Verb
    /// Bare arguments in order.
    package let positionals: [String]
    /// Flags in the order given; toggles carry `true` or `false`.
    package let given: [(name: String, text: String)]

    /// The last text given for a flag, or nil.
    package func text(_ name: String) -> String? {
        precondition(
            verb.allFlags.contains { $0.name == name }, "a command reads flags that it declares")
        return given.last { $0.name == name }?.text
    }

    /// All texts given for a flag, in order.
    package func texts(_ name: String) -> [String] {
        given.filter { $0.name == name }.map(\.text)
    }

    /// Whether a toggle is on.
    package func isOn(_ name: String) -> Bool { text(name) == "true" }

    /// Whether the result is wanted as JSON.
    package var wantsJSON: Bool { isOn("json") }

    /// The text of a flag that must be there.
    ///
    /// - Throws: a usage failure naming it.
    package func required(_ name: String) throws(Failure) -> String {
        if let text = text(name) { return text }
        let placeholder = verb.allFlags.first { $0.name == name }?.placeholder ?? "VALUE"
        throw Failure(
            .usage,
            "\(verb.title): --\(name) \(placeholder) is missing; see martlet \(verb.title) --help")
    }

    /// A flag's value as read by `parse`, or nil when it was not given.
    ///
    /// - Throws: a usage failure that says what `expected` is.
    package func parsed<Value>(
        _ name: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(Failure) -> Value? {
        guard let text = text(name) else { return nil }
        if let value = parse(text) { return value }
        throw Failure(.usage, "--\(name) '\(text)' is not \(expected)")
    }
}
