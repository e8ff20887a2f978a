// `venue serve` and `venue list` as a program: ports, ends, refusals.

import Glibc
import Testing

@Suite("Venue commands")
struct VenueCommandTests {
    @Test("prints its port, serves, and ends in order on signals", arguments: [SIGTERM, SIGINT])
    func serving(signal: Int32) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let running = try RunningProgram.start(
            [
                "venue", "serve", "binance", "--synthetic", "--seed", "3", "--print-port", "--tls",
                "--ca-out", folder.path + "/ca.pem", "--control",
            ])
        // The port is printed once it listens; a server that cannot start ends by itself.
        var tries = 0
        while !folder.names.contains("ca.pem"), tries < 2000 {
            usleep(10_000)
            tries += 1
        }
        usleep(300_000)
        running.send(signal)
        let finished = running.finish()
        #expect(finished.code == (signal == SIGINT ? 130 : 0))
        #expect(finished.output.hasPrefix("{\"venue\":\"binance-usdm\",\"port\":"))
        #expect(finished.output.contains("\"tlsPort\":") && finished.output.contains("\"token\":"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let code: Int32
        let words: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let refusals = [
        Row(arguments: ["nowhere", "--synthetic"], code: 2, words: "no venue 'nowhere'"),
        Row(arguments: ["binance"], code: 2, words: "either --capture FILE or --synthetic"),
        Row(
            arguments: ["binance", "--synthetic", "--capture", "x"], code: 2,
            words: "either --capture FILE or --synthetic"),
        Row(
            arguments: ["binance", "--capture", "/nowhere/file.gz"], code: 4,
            words: "/nowhere/file.gz"),
        Row(
            arguments: ["binance-spot", "--capture", "README.md"], code: 9,
            words: "no market data of binance-spot"),
        Row(arguments: ["binance", "--synthetic", "--speed", "x0"], code: 2, words: "--speed"),
        Row(arguments: ["binance", "--synthetic", "--port", "70000"], code: 2, words: "--port"),
        Row(
            arguments: ["binance", "--synthetic", "--faults", "/nowhere.json5"], code: 4,
            words: "/nowhere.json5"),
        Row(
            arguments: ["binance", "--synthetic", "--tls-cert", "a.pem"], code: 2,
            words: "come together"),
        Row(
            arguments: ["binance", "--synthetic", "--address", "192.0.2.1"], code: 5,
            words: "192.0.2.1"),
    ]

    @Test("what cannot be served is said, with its exit code", arguments: refusals)
    func refusal(row: Row) throws {
        let finished = try RunningProgram.run(["venue", "serve"] + row.arguments)
        #expect(finished.code == row.code)
        #expect(finished.errors.contains(row.words))
        #expect(finished.output.isEmpty)
    }

    @Test("ends by itself after its duration")
    func duration() throws {
        let finished = try RunningProgram.run(
            ["venue", "serve", "binance-coinm", "--synthetic", "--duration", "300ms"])
        #expect(finished.code == 0)
    }

    @Test("lists venues")
    func list() throws {
        let finished = try RunningProgram.run(["venue", "list"])
        #expect(finished.code == 0)
        #expect(finished.output.contains("binance-usdm"))
    }
}
