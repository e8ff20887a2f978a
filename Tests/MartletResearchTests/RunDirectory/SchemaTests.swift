// Published schemas and column lists against what is really written.

import MartletModel
import MartletResearch
import MartletStore
import MartletTesting
import Testing

@Suite("Published schemas")
struct SchemaTests {
    /// The text of a file below the package's folder.
    private func file(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let bytes = try #require(readFile("/" + root + "/" + path))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func schema(_ name: String) throws -> JSONSchema {
        JSONSchema(root: try AnyJSON(text: try file("docs/reference/schemas/\(name).json")))
    }

    static let runs = [
        SyntheticRun(), SyntheticRun(seed: 2, cash: 10_000), SyntheticRun(fillChance: 0),
        SyntheticRun(seed: 3, cash: 1, kind: .inverse),
        SyntheticRun(seed: 4, seconds: 2000, cash: 500, step: 60_000_000_000),
    ]

    @Test("hold for manifests and metrics of runs of every kind", arguments: runs.indices)
    func runFiles(index: Int) throws {
        let directory = TemporaryDirectory()
        let record = try Self.runs[index].record()
        let metrics = try RunMetrics(record)
        let context = RunContext(
            version: "0.0.0",
            inputs: [
                RunInput(
                    role: "events", path: "ev.npy", sha256: String(repeating: "a0", count: 32),
                    bytes: 5)
            ], bracket: [BracketRow(label: "risk", record: record, metrics: metrics)],
            assumptions: [ModelAssumption(name: "Queue", statement: "Moves.", errs: .unknown)])
        try RunArtifacts.write(
            record, metrics: metrics, context: context, to: directory.path + "/run")
        for name in ["manifest", "metrics"] {
            let value = try AnyJSON(text: directory.text("run/\(name).json"))
            #expect(try schema(name).complaints(value) == [], "\(name)")
        }
        let paths = ["\(directory.path)/run", "\(directory.path)/run/"]
        let comparison = try AnyJSON(text: try Comparison.run(paths).json.line)
        #expect(try schema("comparison").complaints(comparison) == [])
    }

    @Test("refuse what is not so")
    func refuse() throws {
        let schema = try schema("manifest")
        #expect(!schema.complaints(.object([:])).isEmpty)
        #expect(!schema.complaints(.null).isEmpty)
    }

    @Test("name every column of every table, in order")
    func columns() throws {
        let directory = TemporaryDirectory()
        let record = try SyntheticRun(seconds: 2).record()
        try RunArtifacts.write(
            record, metrics: try RunMetrics(record), context: RunContext(version: "0"),
            to: directory.path + "/run")
        let reference = try file("docs/reference/run-directory.md")
        for table in ["orders", "fills", "equity"] {
            let start = try #require(reference.firstRange(of: "### `\(table).csv`"))
            let rest = reference[start.upperBound...]
            let part = rest[..<(rest.firstRange(of: "###")?.lowerBound ?? rest.endIndex)]
            let documented = part.split(separator: "\n").filter { $0.hasPrefix("| `") }
                .flatMap { line in
                    line.split(separator: "|")[0].split(separator: "`").filter {
                        $0.contains { $0.isLetter }
                    }
                }
            let header = try #require(
                directory.text("run/\(table).csv").split(separator: "\n").first)
            #expect(header.split(separator: ",") == documented, "\(table)")
        }
    }
}
