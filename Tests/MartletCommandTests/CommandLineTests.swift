// The command line as a user meets it: help, versions, wrong words, exit codes.

import Glibc
import MartletModel
import Testing

@testable import martlet

@Suite("Command line")
struct CommandLineTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        let says: String
        var testDescription: String { arguments.joined(separator: " ") + " → \(code)" }
    }

    static let wrongWords = [
        Row(arguments: [], code: 2, says: "a command is missing"),
        Row(arguments: ["bakctest"], code: 2, says: "did you mean 'backtest'?"),
        Row(arguments: ["--hepl"], code: 2, says: "did you mean '--help'?"),
        Row(arguments: ["strategy"], code: 2, says: "needs a verb: list, describe, new"),
        Row(arguments: ["strategy", "lst"], code: 2, says: "did you mean 'list'?"),
        Row(arguments: ["strategy", "list", "--jsno"], code: 2, says: "did you mean '--json'?"),
        Row(arguments: ["strategy", "list", "-j"], code: 2, says: "unknown flag '-j'"),
        Row(arguments: ["strategy", "list", "more"], code: 2, says: "unexpected argument 'more'"),
        Row(arguments: ["strategy", "describe"], code: 2, says: "NAME is missing"),
        Row(arguments: ["strategy", "describe", "idel"], code: 2, says: "did you mean 'idle'?"),
        Row(arguments: ["strategy", "list", "--json", "--json"], code: 2, says: "given twice"),
        Row(arguments: ["strategy", "list", "--json=maybe"], code: 2, says: "takes no value"),
        Row(arguments: ["strategy", "new", "Bad Name"], code: 2, says: "cannot name a strategy"),
        Row(arguments: ["strategy", "new", "x", "--directory"], code: 2, says: "needs a value"),
        Row(arguments: ["strategy", "new", "x", "--directory", "/"], code: 4, says: "checkout"),
        Row(arguments: ["config", "check", "/no/such.json5"], code: 4, says: "/no/such.json5"),
        Row(arguments: ["config", "check", "/tmp"], code: 1, says: "directory"),
    ]

    @Test("a wrong word is answered with the right one", arguments: wrongWords)
    func wrongWord(row: Row) throws {
        let finished = try RunningProgram.run(row.arguments)
        #expect(finished.code == row.code)
        #expect(finished.errors.hasPrefix("martlet: "))
        #expect(finished.errors.contains(row.says))
        #expect(finished.output.isEmpty)
    }

    @Test("errors go to standard error also with --json")
    func jsonErrors() throws {
        let finished = try RunningProgram.run(["strategy", "describe", "--json", "nothing"])
        #expect(finished.code == 2)
        #expect(finished.output.isEmpty)
        #expect(finished.errors.hasPrefix("martlet: "))
    }

    @Test("--version prints one line")
    func version() throws {
        let finished = try RunningProgram.run(["--version"])
        #expect(finished.code == 0)
        #expect(finished.output == "martlet \(MartletVersion.text)\n")
    }

    static let subjects =
        [["--help"]] + ArgumentParser(verbs: Program.verbs).nouns.map { [$0, "--help"] }
        + Program.verbs.map { ($0.name.isEmpty ? [$0.noun] : [$0.noun, $0.name]) + ["--help"] }

    @Test("help fits a screen and ends with examples", arguments: subjects)
    func help(arguments: [String]) throws {
        let finished = try RunningProgram.run(arguments)
        #expect(finished.code == 0)
        #expect(finished.errors.isEmpty)
        let lines = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 45)
        for line in lines { #expect(line.count <= 100, "\(line)") }
        let position = try #require(lines.firstIndex(of: "Examples:"))
        #expect(position < lines.count - 1)
        #expect(
            lines[(position + 1)...].allSatisfy {
                $0.isEmpty || $0.hasPrefix("  martlet ") || $0.hasPrefix("    --")
            })
    }

    @Test(
        "every flag that a verb takes is named in its help", arguments: Program.verbs.map(\.title))
    func flagsAreShown(title: String) throws {
        let verb = try #require(Program.verbs.first { $0.title == title })
        guard title != "config show" else { return }
        let text = HelpText(verbs: Program.verbs).text(.verb(verb))
        for flag in verb.flags {
            #expect(text.contains(flag.name.lastWordOrAll), "\(flag.name)")
        }
    }

    @Test("a reader that goes away ends the program well")
    func closedPipe() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let finished = try RunningProgram.start(["strategy", "list"], outputTo: ends[1]).finish()
        #expect(finished.code == 0)
        #expect(finished.errors.isEmpty)
    }

    @Test("a full disk under standard output is a failure")
    func fullDisk() throws {
        let full = open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let finished = try RunningProgram.start(["strategy", "list"], outputTo: full).finish()
        #expect(finished.code == 1)
        #expect(finished.errors.contains("No space left"))
    }
}

extension String {
    /// `-cancel` of `entry-latency-cancel`: such flags share one line of help.
    fileprivate var lastWordOrAll: String {
        hasSuffix("-submit") || hasSuffix("-cancel") || hasSuffix("-amend")
            ? String(self[lastIndex(of: "-")!...])  // just seen to have one
            : self
    }
}
