// The table for people and the JSON for programs.

import Glibc
import MartletModel
import MartletStore

/// All benchmarks, in the order of the table.
let benchmarks: [Benchmark] = [
    .bookUpdate, .codec, .decode, .envelopes, .importing, .replayIdle, .replayQuoter, .replayPlain,
    .sweep, .frames, .websocket, .websocketTLS, .websocketDeflate,
]

/// Collects results as they come.
struct BenchmarkReport {
    private let printsTable: Bool
    private var results: [JSONText] = []
    /// Whether no benchmark allocated more than its baseline.
    private(set) var isWithinBaselines = true

    /// A report; the table's head is printed at once.
    init(printsTable: Bool) {
        self.printsTable = printsTable
        guard printsTable else { return }
        show(["benchmark", "median", "p99", "rate", "bytes", "allocations/event", "baseline"])
    }

    /// Adds one result.
    mutating func add(_ benchmark: Benchmark, _ found: Measurement) {
        let rate = Double(found.events) / found.median
        let perEvent = found.allocations.map { Double($0.count) / Double(max(1, $0.events)) }
        var verdict = "–"
        if let counted = found.allocations, let baseline = Baseline.read(benchmark.name) {
            if baseline.events != counted.events {
                verdict = "other input"
            } else if counted.count <= baseline.allocations {
                verdict = "ok"
            } else {
                verdict = "ABOVE \(baseline.allocations)"
                isWithinBaselines = false
            }
        }
        let bytesRate = found.bytes.map { Double($0) / found.median / 1e9 }
        if printsTable {
            show([
                benchmark.name, milliseconds(found.median), milliseconds(found.p99),
                rounded(rate / 1e6, 2) + " M \(found.unit)/s",
                bytesRate.map { rounded($0, 3) + " GB/s" } ?? "–",
                perEvent.map { rounded($0, 6) } ?? "–", verdict,
            ])
        }
        results.append(
            .object([
                ("name", .string(benchmark.name)), ("meaning", .string(benchmark.meaning)),
                ("unit", .string(found.unit)), ("events", .integer(Int64(found.events))),
                ("bytes", found.bytes.map { .integer(Int64($0)) } ?? .null),
                ("median", .double(found.median)), ("p99", .double(found.p99)),
                ("cpuMedian", .double(found.cpuMedian)),
                ("walls", .array(found.walls.map { .double($0) })),
                ("allocations", found.allocations.map { .integer(Int64($0.count)) } ?? .null),
                ("allocationEvents", found.allocations.map { .integer(Int64($0.events)) } ?? .null),
            ]))
    }

    /// Everything as JSON.
    var json: JSONText { .object([("benchmarks", .array(results))]) }

    private func milliseconds(_ seconds: Double) -> String { rounded(seconds * 1e3, 2) + " ms" }

    private func rounded(_ value: Double, _ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let text = decimalText(Int128((value * scale).rounded()), scale: digits)
        return text
    }

    private func show(_ cells: [String]) {
        let widths = [12, 12, 12, 22, 12, 18, 8]
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += cell + String(repeating: " ", count: max(1, width - cell.count))
        }
        print(line)
        fflush(nil)
    }
}

/// Removes a folder and the files in it.
func removeFolder(_ path: String) {
    guard let stream = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    closedir(stream)
    for name in names where unlink(path + "/" + name) != 0 { removeFolder(path + "/" + name) }
    rmdir(path)
}
