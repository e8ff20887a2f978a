// Configuration: JSON5 with places, strict keys and types, and who overrides whom.

import MartletModel
import MartletResearch
import Testing

@testable import martlet

@Suite("Configuration")
struct ConfigurationTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let text: String
        let says: String
        var testDescription: String { "\(text.prefix(60)) → \(says)" }
    }

    static let wrong = [
        Row(text: "", says: ":1:1: a value is missing"),
        Row(text: "[]", says: ":1:1: a configuration is an object"),
        Row(text: "{ queu: 'log' }", says: ":1:3: unknown key 'queu'; did you mean 'queue'?"),
        Row(text: "{\n  \"json\": 1,\n}", says: ":2:11: 'json' must be true or false"),
        Row(
            text: "{ queue: ['log'] }",
            says: ":1:10: 'queue' must be text or a number, not an array"),
        Row(text: "{ queue: {} }", says: ":1:10: 'queue' must be text or a number, not an object"),
        Row(text: "{ queue: null }", says: "not null"),
        Row(text: "{ queue: true }", says: "not true or false"),
        Row(text: "{ set: 'k=1' }", says: "must be an object such as"),
        Row(text: "{ set: { k: [] } }", says: "'k' must be text or a number"),
        Row(text: "{ events: [1, {}] }", says: ":1:15: 'events' must be text"),
        Row(text: "{ queue: 'log' ", says: "',' or '}' is missing"),
        Row(text: "{ queue 'log' }", says: "':' is missing after key 'queue'"),
        Row(text: "{ queue: log }", says: "'log' is no value; put text in quotes"),
        Row(text: "{ queue: 'log }", says: ":1:10: this string never ends"),
        Row(text: "{} {}", says: "text after the end"),
        Row(text: "/* {}", says: "this comment never ends"),
        Row(text: "{ json: true, json: true }", says: "key 'json' is there twice"),
        Row(text: "{ a: '\\uD800' }", says: "half of a pair"),
        Row(text: String(repeating: "[", count: 5000), says: "nested more than 64 deep"),
        Row(
            text: "{ strategy: 'idle', events: 'x', queue: 'fifo' }",
            says: "'queue' 'fifo' is not one of"),
        Row(
            text: "{ strategy: 'idle', events: 'x', fee: 1e-4 }",
            says: "'fee' '1e-4' is not a fraction"),
        Row(text: "{ events: 'x' }", says: "--strategy NAME is missing"),
        Row(text: "{ events: 'x', strategy: 'idel' }", says: "did you mean 'idle'?"),
        Row(
            text: "{ events: 'x', strategy: 'idle', set: { interval: 'soon' } }",
            says: "'soon' is not a duration"),
    ]

    @Test("what is wrong is said with its place, exit 3", arguments: wrong)
    func refused(row: Row) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(row.text, to: "c.json5")
        let finished = try RunningProgram.run(["config", "check", path])
        #expect(finished.code == 3)
        #expect(finished.errors.contains(row.says), "\(finished.errors)")
        #expect(finished.errors.contains(path))
    }

    @Test("comments, bare keys, single quotes and trailing commas are read; digits are kept")
    func json5() throws {
        let text = """
            // first
            { /* second */ 'maker-fee': -0.000050, events: ["a", 'b',], set: { k: -2, on: true },
              strategy: "touch-\\u0071uoter", force: false, }
            """
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(text, to: "c.json5")
        let settings = try BacktestSettings.reader.settings(file: path)
        #expect(
            settings.map { $0.name + " " + $0.text } == [
                "maker-fee -0.000050", "events a", "events b", "set k=-2", "set on=true",
                "strategy touch-quoter", "force false",
            ])
    }

    @Test("flags win over the environment, the environment over the file")
    func precedence() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(
            "{ strategy: 'idle', events: ['x'], queue: 'risk', seed: 5, cash: 7, set: { a: 1, b: 2 } }",
            to: "c.json5")
        let finished = try RunningProgram.run(
            ["config", "show", "--resolved", path, "--seed", "9", "--set", "b=3"],
            environment: [
                "MARTLET__BACKTEST__SEED=8", "MARTLET__BACKTEST__QUEUE=log",
                "MARTLET__BACKTEST__FORCE=true",
            ])
        #expect(finished.code == 0)
        let lines = finished.output.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(lines.contains("seed 9 flag --seed"))
        #expect(lines.contains("queue log environment MARTLET__BACKTEST__QUEUE"))
        #expect(lines.contains("force true environment MARTLET__BACKTEST__FORCE"))
        #expect(lines.contains("cash 7 \(path):1:66"))
        #expect(lines.contains("set a=1 \(path):1:79"))
        #expect(lines.contains("set b=3 flag --set"))
        #expect(lines.contains("profile default default"))
    }

    @Test(
        "an unknown or wrong environment name is refused",
        arguments: [
            ("MARTLET__BACKTEST__QUEU=log", "did you mean 'MARTLET__BACKTEST__QUEUE'?"),
            ("MARTLET__BACKTEST__FORCE=yes", "must be true or false"),
            ("MARTLET__BACKTEST__SEED=", "is empty"),
        ])
    func environment(entry: String, says: String) throws {
        let finished = try RunningProgram.run(["config", "show"], environment: [entry])
        #expect(finished.code == 3)
        #expect(finished.errors.contains(says), "\(finished.errors)")
    }

    struct OptionRow: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let says: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let wrongOptions = [
        OptionRow(
            arguments: ["--profile", "hftbacktest", "--fill-model", "partial"], says: "corrected"),
        OptionRow(arguments: ["--entry-latency", "10"], says: "is not a latency such as 10ms"),
        OptionRow(arguments: ["--entry-latency", "-1ms"], says: "is not a latency"),
        OptionRow(arguments: ["--entry-latency", "99999999999h"], says: "is not a latency"),
        OptionRow(arguments: ["--maker-fee", "1e-4"], says: "is not a fraction"),
        OptionRow(arguments: ["--taker-fee", "7"], says: "is not a fraction"),
        OptionRow(arguments: ["--cash", "0"], says: "is not an amount above 0"),
        OptionRow(arguments: ["--repeat", "0"], says: "from 1 to 1000"),
        OptionRow(arguments: ["--set", "k"], says: "is not NAME=VALUE"),
        OptionRow(arguments: ["--set", "k=1", "--set", "k=2"], says: "set twice"),
        OptionRow(arguments: ["--queue", "power:9:1"], says: "is not one of"),
        OptionRow(arguments: ["--bars", "b.csv"], says: "exclude each other"),
        OptionRow(arguments: ["--slippage", "0.1"], says: "needs --bars"),
        OptionRow(arguments: ["--from", "noon"], says: "is not a moment"),
        OptionRow(
            arguments: ["--from", "2024-01-02", "--to", "2024-01-01"], says: "must be after"),
        OptionRow(arguments: ["--bracket", "maybe"], says: "is not on or off"),
    ]

    @Test("impossible options are refused with what they take, exit 2", arguments: wrongOptions)
    func options(row: OptionRow) throws {
        let finished = try RunningProgram.run(
            ["config", "show", "--resolved", "--events", "x", "--strategy", "idle"] + row.arguments)
        #expect(finished.code == 2)
        #expect(finished.errors.contains(row.says), "\(finished.errors)")
    }

    @Test(
        "queue names read back as written",
        arguments: ["risk", "power3", "power3c", "log", "power:2:1", "power:1:2.5"])
    func queues(text: String) { #expect(QueueChoice(text)?.text == text) }
}
