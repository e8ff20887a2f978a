// The program: from arguments to an exit code.

import MartletModel
import MartletResearch

/// The command line as a whole.
package struct Program: Sendable {
    /// Every verb, grouped by noun, in the order of help.
    package static let verbs: [Verb] =
        [DemoCommand.verb] + FeedCommands.verbs + BacktestCommands.verbs + [
            ImportCommand.verb, ExportCommand.verb,
        ]
        + DataCommands.verbs + VenueCommands.verbs + StrategyCommands.verbs + ConfigCommands.verbs

    private let console: Console

    /// A program that speaks to `console`.
    package init(console: Console) { self.console = console }

    /// Does what the arguments (without the program's name) ask for and returns the exit code.
    package func run(_ arguments: [String]) -> Int32 {
        do throws(Failure) {
            switch try ArgumentParser(verbs: Self.verbs).parse(arguments) {
            case .version: try console.print("martlet " + MartletVersion.text)
            case .help(let subject): try console.print(help(subject))
            case .run(let invocation): try invocation.verb.run(invocation, console)
            }
            return 0
        } catch {
            console.note(error.message)
            return error.kind.rawValue
        }
    }

    private func help(_ subject: HelpSubject) -> String {
        String(HelpText(verbs: Self.verbs).text(subject).dropLast())
    }
}
