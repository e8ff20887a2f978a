// Importing, checking and exporting from the command line, on the shipped market.

import Glibc
import MartletModel
import Testing

/// The shipped capture, and the flags that import it.
enum Shipped {
    static let capture = RunningProgram.checkout + "/Data/binance-usdm/ethusdt_20240808.gz"

    static func importing(_ source: String, to out: String) -> [String] {
        [
            "data", "import", "--format", "binance-usdm-capture", "--instrument", "ETHUSDT",
            "--tick", "0.01", "--lot=0.001", source, "--out", out,
        ]
    }

    /// The first lines of the shipped capture, as a plain file.
    static func firstLines(_ count: Int, to path: String) throws {
        let code = system("zcat '\(capture)' 2>/dev/null | head -n \(count) > '\(path)'")
        try #require(code == 0)
    }
}

@Suite("Data commands", .serialized)
struct DataCommandTests {
    @Test("a capture becomes a segment that verifies, lists, and exports")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let capture = folder.path + "/first.txt"
        try Shipped.firstLines(3000, to: capture)
        let segment = folder.path + "/ev.npy"
        let imported = try RunningProgram.run(Shipped.importing(capture, to: segment) + ["--json"])
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("\"read\":3000"))
        #expect(imported.output.split(separator: "\n").count == 1)
        let verified = try RunningProgram.run(["data", "verify", segment])
        #expect(verified.code == 0)
        #expect(verified.output.hasPrefix("\(segment): ok"))
        let listed = try RunningProgram.run(["data", "ls", folder.path])
        #expect(listed.output.contains("ETHUSDT"))
        let damaged = folder.path + "/damaged.npy.json"
        try #require(system("echo '{' > '\(damaged)'") == 0)
        let rest = try RunningProgram.run(["data", "ls", folder.path])
        #expect(rest.code == 9 && rest.output == listed.output)
        #expect(rest.errors.contains(damaged))
        unlink(damaged)
        let quality = try RunningProgram.run(["data", "quality", segment])
        #expect(quality.output.contains("ns are added to every receive time"))
        let exported = try RunningProgram.run(
            ["data", "export", "--format", "hftbacktest", segment, "--out", folder.path + "/x.npz"])
        #expect(exported.code == 0, "\(exported.errors)")
        #expect(folder.names == ["ev.npy", "ev.npy.json", "first.txt", "x.npz"])
    }

    @Test("a host that nobody reaches is told at the first attempt")
    func unreachable() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try RunningProgram.run([
            "data", "fetch", "--venue", "binance", "--symbol", "BTC/USDT", "--rest-url",
            "http://127.0.0.1:1", "--out", folder.path,
        ])
        #expect(finished.code == 5)
        let lines = finished.errors.split(separator: "\n")
        #expect(lines.first?.contains("127.0.0.1") == true)
        #expect(lines.first?.contains("sending again (1 of 4)") == true)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        let says: String
        var testDescription: String { arguments.joined(separator: " ") + " → \(code)" }
    }

    static let wrong = [
        Row(
            arguments: Shipped.importing("/no/such.gz", to: "OUT"), code: 4, says: "/no/such.gz"),
        Row(arguments: Shipped.importing("/tmp", to: "OUT"), code: 1, says: "directory"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "OUT").map {
                $0 == "ETHUSDT" ? "BTCUSDT" : $0
            }, code: 4, says: "BTCUSDT"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "OUT").map {
                $0 == "0.01" ? "0.5" : $0
            }, code: 9, says: "line"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "OUT").map {
                $0 == "0.01" ? "zero" : $0
            }, code: 2, says: "--tick 'zero' is not a plain decimal above 0"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "OUT").map {
                $0 == "0.01" ? "0.00" : $0
            }, code: 2, says: "--tick '0.00' is not a plain decimal above 0"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "OUT") + ["--strict"], code: 9,
            says: "line"),
        Row(
            arguments: Shipped.importing(Shipped.capture, to: "/no/such/ev.npy"), code: 1,
            says: "/no/such"),
        Row(
            arguments: ["data", "import", "x", "--format", "tea"], code: 2,
            says: "--format 'tea' is not known"),
        Row(arguments: ["data", "import", "x"], code: 2, says: "--format"),
        Row(arguments: ["data", "verify", "/no/such.npy"], code: 4, says: "/no/such.npy"),
        Row(arguments: ["data", "verify", Shipped.capture], code: 9, says: "NumPy"),
        Row(arguments: ["data", "ls", "/no/such"], code: 4, says: "/no/such"),
    ]

    @Test("what is wrong is said, with its exit code, and nothing is left", arguments: wrong)
    func refused(row: Row) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let arguments = row.arguments.map { $0 == "OUT" ? folder.path + "/ev.npy" : $0 }
        let finished = try RunningProgram.run(arguments)
        #expect(finished.code == row.code, "\(finished.errors)")
        #expect(finished.errors.contains(row.says), "\(finished.errors)")
        #expect(finished.output.isEmpty)
        #expect(folder.names.isEmpty)
    }

    @Test(
        "an interrupted import leaves nothing",
        arguments: [(SIGINT, 130), (SIGTERM, 0)] as [(Int32, Int32)])
    func interrupted(signal: Int32, code: Int32) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let running = try RunningProgram.start(
            Shipped.importing(Shipped.capture, to: folder.path + "/ev.npy")
                + Array(repeating: Shipped.capture, count: 1))
        while folder.names.isEmpty { usleep(1000) }
        running.send(signal)
        let finished = running.finish()
        #expect(finished.code == code, "\(finished.errors)")
        #expect(folder.names.isEmpty)
    }
}
