// `config check` and `config show`: whether a file is right, and what it comes to.

import MartletModel
import MartletResearch
import MartletStore

/// Verbs of `config`.
package enum ConfigCommands {
    /// The table.
    package static let verbs = [
        Verb(
            "config", "check", "say whether configuration files are right",
            positionals: Positionals(placeholder: "CONFIG.json5", minimum: 1, maximum: 1000),
            examples: ["martlet config check Examples/touch-quoter.json5"], run: check),
        Verb(
            "config", "show", "show what a file, the environment and flags come to",
            positionals: Positionals(placeholder: "CONFIG.json5", minimum: 0, maximum: 1),
            flags: [.toggle("resolved", "every option, defaults too, with where it came from")]
                + BacktestFlags.all.map(\.unlisted),
            examples: [
                "martlet config show --resolved Examples/touch-quoter.json5",
                "martlet config show --resolved Examples/touch-quoter.json5 --queue log",
            ], run: show),
    ]

    private static func check(_ invocation: Invocation, _ console: Console) throws(Failure) {
        for path in invocation.positionals {
            var settings = Settings()
            settings.override(with: try BacktestSettings.reader.settings(file: path))
            do {
                let options = try BacktestOptionsBuilder(settings).build()
                try StrategyCommands.check(options.strategy, options.parameters)
            } catch {
                throw Failure(
                    .configuration,
                    error.message.hasPrefix(path) ? error.message : "\(path): \(error.message)")
            }
            if !invocation.wantsJSON { try console.print("\(path): ok") }
        }
        if invocation.wantsJSON {
            try console.print(
                .object([("ok", .array(invocation.positionals.map { .string($0) }))]))
        }
    }

    private static func show(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let settings = try BacktestSettings.collect(file: invocation.positionals.first, invocation)
        let shown: [Setting]
        if invocation.isOn("resolved") {
            let builder = BacktestOptionsBuilder(settings)
            shown = builder.resolved(try builder.build()).filter { $0.name != "json" }
        } else {
            shown = settings.all.filter { $0.name != "json" }
        }
        if invocation.wantsJSON {
            return try console.print(
                .array(
                    shown.map {
                        .object([
                            ("name", .string($0.name)), ("value", .string($0.text)),
                            ("origin", .string($0.origin.text($0.name))),
                        ])
                    }))
        }
        let nameWidth = shown.map(\.name.count).max() ?? 0
        let valueWidth = min(40, shown.map(\.text.count).max() ?? 0)
        for setting in shown {
            try console.print(
                padded(setting.name, nameWidth) + "  " + padded(setting.text, valueWidth) + "  "
                    + setting.origin.text(setting.name))
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
