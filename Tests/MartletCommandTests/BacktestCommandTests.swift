// Backtests from the command line: on bars, on events, with files and flags, and with mistakes.

import Glibc
import MartletModel
import Testing

@Suite("Backtest commands", .serialized)
struct BacktestCommandTests {
    static let bars = RunningProgram.checkout + "/Data/bars/indicators_btc_daily_bitcoin.csv"
    static let onBars = [
        "backtest", "run", "--bars", bars, "--strategy", "sma-cross", "--set", "fast=5", "--set",
        "slow=20", "--fee", "0.0005", "--cash", "10000", "--fill-at", "close",
    ]

    @Test("a bar run prints one JSON object and writes a run directory")
    func onBars() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let out = folder.path + "/run"
        let finished = try RunningProgram.run(Self.onBars + ["--json", "--out", out])
        #expect(finished.code == 0, "\(finished.errors)")
        #expect(finished.output.split(separator: "\n").count == 1)
        #expect(finished.output.contains("\"orders\":59"))
        #expect(finished.output.contains("\"finalValue\":\"132489.85100268"))
        #expect(RunningProgram.contents(out + "/report.html").contains("<html"))
        let again = try RunningProgram.run(Self.onBars + ["--json", "--out", out])
        #expect(again.code == 2)
        #expect(again.errors.contains("--force"))
        let forced = try RunningProgram.run(Self.onBars + ["--json", "--out", out, "--force"])
        #expect(forced.code == 0)
        let compared = try RunningProgram.run(["backtest", "compare", out, out])
        #expect(compared.code == 0, "\(compared.errors)")
        #expect(compared.output.contains("net result"))
        let missing = try RunningProgram.run(["backtest", "compare", out, folder.path + "/other"])
        #expect(missing.code == 4)
    }

    @Test("a configuration file says the same as flags, and flags win")
    func configured() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write(
            "{ bars: '\(Self.bars)', strategy: 'sma-cross', set: { fast: 5, slow: 50 }, fee: 0.0005,"
                + " cash: 10000, 'fill-at': 'close', json: true }", to: "c.json5")
        let finished = try RunningProgram.run(
            ["backtest", "run", file, "--set", "slow=20", "--out", folder.path + "/run"])
        #expect(finished.code == 0, "\(finished.errors)")
        #expect(finished.output.contains("\"finalValue\":\"132489.85100268"))
    }

    @Test("events are replayed with both books, goldens are written, missing fees are told")
    func onEvents() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let capture = folder.path + "/first.txt"
        try Shipped.firstLines(5000, to: capture)
        let segment = folder.path + "/ev.npy"
        let imported = try RunningProgram.run(Shipped.importing(capture, to: segment))
        #expect(imported.code == 0, "\(imported.errors)")
        let golden = folder.path + "/new/k0_q0.01_GTX"
        let finished = try RunningProgram.run([
            "backtest", "run", "--events", segment, "--strategy", "touch-quoter", "--set", "k=0",
            "--set=quantity=0.010", "--entry-latency", "10ms", "--response-latency=0ms",
            "--queue", "risk", "--profile", "corrected", "--maker-fee", "-0.00005",
            "--golden-out", golden, "--out", folder.path + "/run",
        ])
        #expect(finished.code == 0, "\(finished.errors)")
        #expect(finished.errors.contains("no --taker-fee given; counted as 0"))
        #expect(finished.output.contains("report: \(folder.path)/run/report.html"))
        #expect(RunningProgram.contents(golden + ".fills.csv").hasPrefix("local_ts,"))
        #expect(RunningProgram.contents(golden + ".state.csv").hasPrefix("ts,"))
        #expect(
            RunningProgram.contents(folder.path + "/run/report.html").contains(
                "No --taker-fee given"))
        // A run directory that cannot be written leaves no goldens.
        let blocked = try RunningProgram.run([
            "backtest", "run", "--events", segment, "--strategy", "idle",
            "--golden-out", folder.path + "/other/g", "--out", "/proc/run",
        ])
        #expect(blocked.code == 1, "\(blocked.errors)")
        #expect(!folder.names.contains("other"))
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        let says: String
        var testDescription: String { arguments.joined(separator: " ") + " → \(code)" }
    }

    static let wrong = [
        Row(arguments: ["--strategy", "idle"], code: 2, says: "--events FILE.npy or --bars FILE"),
        Row(arguments: ["--events", "/no/such.npy"], code: 2, says: "--strategy NAME is missing"),
        Row(
            arguments: ["--events", "/no/such.npy", "--strategy", "idle"], code: 4,
            says: "/no/such.npy"),
        Row(
            arguments: ["--events", "/no/such.npy", "--strategy", "idel"], code: 2,
            says: "did you mean 'idle'?"),
        Row(
            arguments: ["--bars", bars, "--strategy", "sma-cross", "--set", "fast=x"], code: 2,
            says: "fast"),
        Row(
            arguments: ["--bars", bars, "--strategy", "sma-cross", "--set", "fat=1"], code: 2,
            says: "fat"),
        Row(arguments: ["--bars", bars, "--strategy", "glft"], code: 2, says: "glft"),
        Row(arguments: ["--bars", "/tmp", "--strategy", "sma-cross"], code: 1, says: "/tmp"),
        Row(
            arguments: ["--bars", Shipped.capture, "--strategy", "sma-cross"], code: 9,
            says: "ethusdt_20240808.gz"),
        Row(arguments: ["/no/such.json5"], code: 4, says: "/no/such.json5"),
    ]

    @Test("what is wrong is said, with its exit code, and nothing is left", arguments: wrong)
    func refused(row: Row) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try RunningProgram.run(
            ["backtest", "run"] + row.arguments + ["--out", folder.path + "/run"])
        #expect(finished.code == row.code, "\(finished.errors)")
        #expect(finished.errors.contains(row.says), "\(finished.errors)")
        #expect(folder.names.isEmpty)
    }

    @Test("the tour in README.md prints what stands there")
    func tour() {
        let root = RunningProgram.checkout
        #expect(system("cd '\(root)' && scripts/readme-tour --check") == 0)
    }

    @Test("every example's keys and values are right")
    func examples() throws {
        for name in ["glft", "sma-cross", "touch-quoter"] {
            let finished = try RunningProgram.run(["config", "check", "Examples/\(name).json5"])
            #expect(finished.code == 0, "\(finished.errors)")
        }
    }
}
