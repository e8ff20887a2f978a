// Runs side by side: what differs is said, what is damaged is refused.

import MartletModel
import MartletResearch
import Testing

@Suite("Comparison")
struct ComparisonTests {
    private func write(_ run: SyntheticRun, _ directory: TemporaryDirectory, _ name: String) throws
    {
        let record = try run.record()
        try RunArtifacts.write(
            record, metrics: try RunMetrics(record),
            context: RunContext(version: "0.0.0", seed: run.seed), to: "\(directory.path)/\(name)")
    }

    @Test("shows results by run and the settings that differ")
    func differs() throws {
        let directory = TemporaryDirectory()
        try write(SyntheticRun(seed: 1), directory, "one")
        try write(SyntheticRun(seed: 2, kind: .inverse), directory, "two")
        let comparison = try Comparison.run(["one", "two"].map { "\(directory.path)/\($0)" })
        #expect(comparison.differences.map(\.name) == ["venue", "instrument", "seed"])
        let fills = try #require(comparison.results.first { $0.name == "fills" })
        let first = try SyntheticRun(seed: 1).record()
        #expect(fills.values[0] == String(first.fills.count))
        let lines = comparison.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].split(separator: " ") == ["one", "two"])
        #expect(comparison.text.contains("Settings that differ\n"))
        #expect(comparison.text.contains("effect hash"))
    }

    @Test("equal runs differ in no setting")
    func same() throws {
        let directory = TemporaryDirectory()
        try write(SyntheticRun(), directory, "a")
        try write(SyntheticRun(), directory, "b")
        let comparison = try Comparison.run(["\(directory.path)/a", "\(directory.path)/b"])
        #expect(comparison.differences.isEmpty)
        #expect(comparison.text.hasSuffix("\n\nNo setting differs."))
        #expect(comparison.results.allSatisfy { $0.values[0] == $0.values[1] })
    }

    /// What is done to a run directory, and the failure that must follow.
    struct Damage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let kind: FailureKind
        let apply: @Sendable (TemporaryDirectory) -> String
    }

    static let damages = [
        Damage(testDescription: "no directory", kind: .notFound) { "\($0.path)/none" },
        Damage(testDescription: "a file instead", kind: .notFound) { directory in
            directory.write("x", to: "file")
            return directory.path + "/file"
        },
        Damage(testDescription: "not a run", kind: .notFound) { $0.path },
        Damage(testDescription: "changed metrics", kind: .integrity) { directory in
            directory.write("{}", to: "run/metrics.json")
            return directory.path + "/run"
        },
        Damage(testDescription: "empty manifest", kind: .integrity) { directory in
            directory.write("", to: "run/manifest.json")
            return directory.path + "/run"
        },
        Damage(testDescription: "empty fills", kind: .integrity) { directory in
            directory.write("", to: "run/fills.csv")
            return directory.path + "/run"
        },
        Damage(testDescription: "another report", kind: .integrity) { directory in
            directory.write("<html>", to: "run/report.html")
            return directory.path + "/run"
        },
        Damage(testDescription: "damaged list", kind: .integrity) { directory in
            directory.write("garbage\n", to: "run/SHA256SUMS")
            return directory.path + "/run"
        },
        Damage(testDescription: "empty list", kind: .integrity) { directory in
            directory.write("", to: "run/SHA256SUMS")
            return directory.path + "/run"
        },
    ]

    @Test("refuses what is missing or damaged, naming it", arguments: damages)
    func refused(damage: Damage) throws {
        let directory = TemporaryDirectory()
        try write(SyntheticRun(seconds: 10), directory, "run")
        try write(SyntheticRun(seconds: 10), directory, "good")
        let path = damage.apply(directory)
        let failure = #expect(throws: Failure.self) {
            _ = try Comparison.run(["\(directory.path)/good", path])
        }
        #expect(failure?.kind == damage.kind)
        #expect(failure?.message.contains(path) == true)
    }

    @Test("one run is nothing to compare")
    func tooFew() {
        let failure = #expect(throws: Failure.self) { _ = try Comparison.run(["x"]) }
        #expect(failure?.kind == .usage)
    }
}
