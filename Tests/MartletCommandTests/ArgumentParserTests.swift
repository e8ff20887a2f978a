// How arguments become an invocation.

import MartletModel
import Testing

@testable import martlet

@Suite("Argument parser")
struct ArgumentParserTests {
    static let verb = Verb(
        "data", "bend", "for tests",
        positionals: Positionals(placeholder: "FILE", minimum: 0, maximum: 2),
        flags: [
            .value("fee", "RATE", "a rate"), .list("set", "NAME=VALUE", "a setting"),
            .toggle("strict", "a switch"),
        ], examples: ["martlet data bend"], run: { _, _ in })

    private func invocation(_ arguments: [String]) throws(Failure) -> Invocation? {
        let parser = ArgumentParser(verbs: [Self.verb])
        guard case .run(let invocation) = try parser.parse(["data", "bend"] + arguments) else {
            return nil
        }
        return invocation
    }

    @Test(
        "a value follows its flag after a blank or an equals sign, negative ones too",
        arguments: [["--fee", "-0.00005"], ["--fee=-0.00005"]])
    func values(arguments: [String]) throws {
        let invocation = try #require(try invocation(arguments))
        #expect(invocation.text("fee") == "-0.00005")
        #expect(invocation.positionals.isEmpty)
    }

    @Test("only the first equals sign divides flag and value")
    func settings() throws {
        let invocation = try #require(try invocation(["--set", "k=-2", "--set=a=b=c", "x"]))
        #expect(invocation.texts("set") == ["k=-2", "a=b=c"])
        #expect(invocation.positionals == ["x"])
    }

    @Test("toggles are off unless given")
    func toggles() throws {
        #expect(try #require(try invocation([])).isOn("strict") == false)
        #expect(try #require(try invocation(["--strict"])).isOn("strict"))
        #expect(try #require(try invocation(["--strict=false"])).isOn("strict") == false)
    }

    @Test("after -- everything is an argument")
    func endOfFlags() throws {
        #expect(
            try #require(try invocation(["--", "--strict", "-x"])).positionals == [
                "--strict", "-x",
            ])
    }

    @Test("a flag does not swallow the next flag")
    func missingValue() {
        #expect(throws: Failure.self) { try invocation(["--fee", "--strict"]) }
        #expect(throws: Failure.self) { try invocation(["--fee="]) }
        #expect(throws: Failure.self) { try invocation(["--fee"]) }
    }

    @Test(
        "the nearest word is found over one or two slips",
        arguments: [
            ("queu", "queue"), ("queeu", "queue"), ("QUEUE", "queue"), ("maker-fe", "maker-fee"),
        ])
    func nearest(word: String, wanted: String) {
        #expect(nearestWord(to: word, in: ["queue", "maker-fee", "taker-fee"]) == wanted)
    }

    @Test("nothing is suggested for a word unlike any other")
    func notNear() {
        #expect(nearestWord(to: "zzzzzz", in: ["queue", "maker-fee"]) == nil)
        #expect(nearestWord(to: "", in: ["queue"]) == nil)
    }
}
