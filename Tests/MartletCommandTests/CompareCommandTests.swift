// `backtest compare` from the command line, and `--json` lines against their published schemas.

import MartletModel
import MartletTesting
import Testing

@Suite("Compare command", .serialized)
struct CompareCommandTests {
    private func schema(_ name: String) throws -> JSONSchema {
        let path = RunningProgram.checkout + "/docs/reference/schemas/\(name).json"
        return JSONSchema(root: try AnyJSON(text: RunningProgram.contents(path)))
    }

    @Test("two runs stand side by side; what differs is named; schemas hold")
    func sideBySide() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (name, slow) in [("twenty", "20"), ("fifty", "50")] {
            let arguments = BacktestCommandTests.onBars.map {
                $0 == "slow=20" ? "slow=\(slow)" : $0
            }
            let finished = try RunningProgram.run(
                arguments + ["--json", "--out", "\(folder.path)/\(name)"])
            #expect(finished.code == 0, "\(finished.errors)")
            let line = try AnyJSON(text: finished.output)
            #expect(try schema("backtest").complaints(line) == [])
        }
        let runs = ["\(folder.path)/twenty", "\(folder.path)/fifty"]
        let table = try RunningProgram.run(["backtest", "compare"] + runs)
        #expect(table.code == 0)
        #expect(table.output.contains("set slow"))
        #expect(table.output.contains("132489.851003"))
        let json = try RunningProgram.run(["backtest", "compare", "--json"] + runs)
        #expect(try schema("comparison").complaints(try AnyJSON(text: json.output)) == [])
        let missing = try RunningProgram.run(["backtest", "compare", runs[0], folder.path])
        #expect(missing.code == 4)
        #expect(missing.output.isEmpty)
        _ = try folder.write("{}", to: "fifty/metrics.json")
        let damaged = try RunningProgram.run(["backtest", "compare"] + runs)
        #expect(damaged.code == 9)
        #expect(damaged.errors.contains("fifty/metrics.json"))
        #expect(try RunningProgram.run(["backtest", "compare", runs[0]]).code == 2)
    }

    @Test("sidecars hold their schema")
    func sidecar() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let capture = folder.path + "/first.txt"
        try Shipped.firstLines(500, to: capture)
        let segment = folder.path + "/ev.npy"
        #expect(try RunningProgram.run(Shipped.importing(capture, to: segment)).code == 0)
        let sidecar = try AnyJSON(text: RunningProgram.contents(segment + ".json"))
        #expect(try schema("segment").complaints(sidecar) == [])
    }
}
