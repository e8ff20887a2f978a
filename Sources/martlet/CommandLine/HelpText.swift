// Help that fits a screen: usage, flags, examples last.

/// Writes help for the table of verbs.
package struct HelpText: Sendable {
    private let verbs: [Verb]
    private let parser: ArgumentParser

    /// Help about these verbs.
    package init(verbs: [Verb]) {
        self.verbs = verbs
        parser = ArgumentParser(verbs: verbs)
    }

    /// The help text, ending in a newline.
    package func text(_ subject: HelpSubject) -> String {
        switch subject {
        case .program: return program
        case .noun(let noun): return text(noun: noun)
        case .verb(let verb): return text(verb: verb)
        }
    }

    private var program: String {
        var lines = [
            "martlet: listen to markets, record and replay them, backtest strategies on them.", "",
            "Usage: martlet NOUN VERB [FLAGS]", "",
        ]
        lines += Self.columns(verbs.map { ($0.title, $0.summary) })
        lines += [
            "", "Everywhere: --help, --json (one object on stdout), --version.",
            "Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 not found, 5 network,",
            "            9 integrity, 130 interrupted. stdout is data, stderr progress and logs.",
            "", "Examples:", "  martlet demo",
            "  martlet feed mux trades --exchange okx --symbol BTC-USDT-SWAP --count 100",
            "  martlet strategy list",
            "  martlet backtest run --help",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(noun: String) -> String {
        let own = verbs.filter { $0.noun == noun }
        var lines = ["Usage: martlet \(noun) VERB [FLAGS]", ""]
        lines += Self.columns(own.map { ($0.name, $0.summary) })
        lines += ["", "Examples:"] + own.flatMap { $0.examples.prefix(1) }.map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(verb: Verb) -> String {
        var usage = "Usage: martlet " + verb.title
        let bare = verb.positionals
        if bare.maximum > 0 {
            let shown = bare.placeholder + (bare.maximum > 1 ? "..." : "")
            usage += bare.minimum == 0 ? " [\(shown)]" : " " + shown
        }
        var lines = [usage + " [FLAGS]", verb.summary, ""]
        let shown = verb.allFlags.filter { !$0.help.isEmpty }
        lines += Self.columns(
            shown.map { (("--" + $0.name + " " + $0.placeholder).trimmedEnd, $0.help) })
        lines += ["", "Examples:"] + verb.examples.map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func columns(_ rows: [(String, String)]) -> [String] {
        let width = min(28, rows.map(\.0.count).max() ?? 0)
        return rows.map { left, right in
            "  " + left + String(repeating: " ", count: max(0, width - left.count) + 2) + right
        }
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var copy = self
        while copy.hasSuffix(" ") { copy.removeLast() }
        return copy
    }
}
