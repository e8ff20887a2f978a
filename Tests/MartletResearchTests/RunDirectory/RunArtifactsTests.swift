// Run directories: complete or absent, byte for byte the same, never over somebody else's files.

import Glibc
import MartletModel
import MartletResearch
import MartletStore
import Testing

@Suite("Run directory")
struct RunArtifactsTests {
    private let context = RunContext(
        version: "0.0.0",
        inputs: [RunInput(role: "events", path: "/data/ev.npy", sha256: "ab", bytes: 7)])

    private func write(
        _ record: RunRecord, to path: String, force: Bool = false
    ) throws(Failure) {
        try RunArtifacts.write(
            record, metrics: try RunMetrics(record), context: context, to: path, force: force)
    }

    @Test("has its files, and SHA256SUMS lists what they are")
    func complete() throws {
        let directory = TemporaryDirectory()
        try write(try SyntheticRun().record(), to: directory.path + "/runs/one/")
        #expect(directory.names("runs") == ["one"])
        #expect(directory.names("runs/one") == [RunArtifacts.sumsName] + RunArtifacts.names)
        let lines = directory.text("runs/one/SHA256SUMS").split(separator: "\n")
        #expect(lines.count == RunArtifacts.names.count)
        for line in lines {
            let name = String(line.dropFirst(66))
            let path = "\(directory.path)/runs/one/\(name)"
            #expect(try Digest.sha256(file: path) == String(line.prefix(64)))
        }
    }

    @Test("is the same bytes every time, wherever it is written")
    func deterministic() throws {
        let directory = TemporaryDirectory()
        let run = SyntheticRun(seed: 9, seconds: 200, cash: 100)
        try write(try run.record(), to: directory.path + "/a")
        try write(try run.record(), to: directory.path + "/deeper/b")
        for name in RunArtifacts.names + [RunArtifacts.sumsName] {
            #expect(directory.bytes("a/\(name)") == directory.bytes("deeper/b/\(name)"), "\(name)")
            #expect(!directory.text("a/\(name)").contains(directory.path), "\(name)")
        }
    }

    @Test("tables say exactly what the record says")
    func tables() throws {
        let directory = TemporaryDirectory()
        let record = try SyntheticRun(seconds: 50).record()
        try write(record, to: directory.path + "/run")
        let fills = directory.text("run/fills.csv").split(separator: "\n")
        #expect(fills.count == record.fills.count + 1)
        let columns = fills[0].split(separator: ",")
        for (index, line) in fills.dropFirst().enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let entry = record.fills[index]
            #expect(fields.count == columns.count)
            #expect(fields[3] == record.instrument.priceText(entry.fill.price))
            #expect(fields[4] == record.instrument.quantityText(lots: entry.fill.quantity.lots))
            #expect(fields[8] == trimmedDecimalText(entry.fee, scale: record.amountScale))
            #expect(fields[9] == record.instrument.quantityText(lots: entry.positionAfter))
            #expect(Double(fields[10]) == Double(entry.doubleMidAtFill) / 200)
        }
        let orders = directory.text("run/orders.csv").split(separator: "\n")
        #expect(orders.count == record.orders.count + 1)
        let width = orders[0].split(separator: ",").count
        #expect(
            orders.allSatisfy {
                $0.split(separator: ",", omittingEmptySubsequences: false).count == width
            })
        #expect(directory.text("run/equity.csv").split(separator: "\n").count == 52)
    }

    @Test("an existing path is a usage failure unless forced; forcing keeps other files")
    func force() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run"
        try write(try SyntheticRun(seed: 1).record(), to: path)
        let first = directory.bytes("run/fills.csv")
        directory.write("mine", to: "run/notes.txt")
        let failure = #expect(throws: Failure.self) {
            try write(try SyntheticRun(seed: 2).record(), to: path)
        }
        #expect(failure?.kind == .usage && failure?.message.contains("--force") == true)
        #expect(directory.bytes("run/fills.csv") == first)
        try write(try SyntheticRun(seed: 2).record(), to: path, force: true)
        #expect(directory.bytes("run/fills.csv") != first)
        #expect(directory.text("run/notes.txt") == "mine")
        #expect(directory.names() == ["run"])
    }

    @Test("force touches no directory that is neither empty nor a run")
    func forceRefuses() throws {
        let directory = TemporaryDirectory()
        let record = try SyntheticRun(seconds: 5).record()
        for name in ["notes", "other", "broken"] {
            #expect(mkdir(directory.path + "/" + name, 0o755) == 0)
        }
        directory.write("mine", to: "notes/report.html")
        directory.write("{\"schema\": \"other/1\"}", to: "other/manifest.json")
        directory.write("no JSON", to: "broken/manifest.json")
        let folders = ["/notes", "/notes/", "/other", "/broken", "", "/notes/.", "/new/.."]
        for path in folders.map({ directory.path + $0 }) + [".", "./", "..", "../..", "/", "//"] {
            let failure = #expect(throws: Failure.self) {
                try write(record, to: path, force: true)
            }
            #expect(failure?.kind == .usage, "\(path): \(failure as Any)")
        }
        #expect(directory.text("notes/report.html") == "mine")
        #expect(directory.names() == ["broken", "notes", "other"])
    }

    @Test("forcing fills an empty directory, and keeps what only looks like a temporary")
    func forceKeeps() throws {
        let directory = TemporaryDirectory()
        let record = try SyntheticRun(seconds: 5).record()
        #expect(mkdir(directory.path + "/run", 0o755) == 0)
        try write(record, to: directory.path + "/run", force: true)
        for name in ["mine.tmp", "fills.csv.tmp", "fills.csv.1.x.tmp", "fills.csv.7.0.tmp"] {
            directory.write("mine", to: "run/" + name)
        }
        try write(record, to: directory.path + "/run", force: true)
        for name in ["mine.tmp", "fills.csv.tmp", "fills.csv.1.x.tmp"] {
            #expect(directory.text("run/" + name) == "mine", "\(name)")
        }
        #expect(access(directory.path + "/run/fills.csv.7.0.tmp", F_OK) != 0)
        #expect(directory.names() == ["run"])
    }

    @Test("a file in the way, a missing permission: failures that leave nothing")
    func refusals() throws {
        let directory = TemporaryDirectory()
        directory.write("data", to: "file")
        let record = try SyntheticRun(seconds: 5).record()
        for path in ["/file", "/file/run"] {
            let failure = #expect(throws: Failure.self) {
                try write(record, to: directory.path + path, force: true)
            }
            #expect(failure?.kind == .failure, "\(failure as Any)")
        }
        #expect(throws: Failure.self) { try write(record, to: "") }
        #expect(directory.text("file") == "data")
        #expect(directory.names() == ["file"])
        let full = #expect(throws: Failure.self) { try write(record, to: "/proc/run") }
        #expect(full?.kind == .failure)
    }

    @Test("amounts of every size are written digit for digit")
    func amounts() throws {
        let directory = TemporaryDirectory()
        var record = try SyntheticRun(seconds: 1).record()
        let values: [Int128] = [
            0, 5, -5, 1_000_000_000_000, Int128.max, -Int128.max, 10_230_000_000,
        ]
        record.equity = values.enumerated().map { index, value in
            EquityPoint(
                time: Int64(index), positionLots: -1, doubleMid: 3, cash: value, fees: 0,
                funding: 0, equity: 0)
        }
        let metrics = try RunMetrics(try SyntheticRun(seconds: 1).record())
        try RunArtifacts.write(
            record, metrics: metrics, context: context, to: directory.path + "/run")
        let lines = directory.text("run/equity.csv").split(separator: "\n").dropFirst()
        for (line, value) in zip(lines, values) {
            let fields = line.split(separator: ",")
            #expect(fields[3] == trimmedDecimalText(value, scale: 12))
            #expect(fields[1] == "-0.001" && fields[2] == "0.015")
        }
    }
}
