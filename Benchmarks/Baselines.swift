// Committed counts: an allocation more than a baseline says fails the run. Times only inform.

import FoundationEssentials
import MartletModel
import MartletStore

/// The baseline of one benchmark: `Benchmarks/baselines/NAME.json`.
struct Baseline: Codable {
    /// The benchmark.
    let name: String
    /// Allocations of one steady run.
    let allocations: Int
    /// Events of that run.
    let events: Int

    /// Where baselines are.
    static let folder = "Benchmarks/baselines"

    /// The committed baseline, or nil where there is none.
    static func read(_ name: String) -> Baseline? {
        let file = URL(filePath: "\(folder)/\(name).json")
        guard let data = try? Data(contentsOf: file) else { return nil }  // there is none
        return try? JSONDecoder().decode(Baseline.self, from: data)  // unreadable: as none
    }

    /// Writes it.
    func write() throws(Failure) {
        let json = JSONText.object([
            ("name", .string(name)), ("allocations", .integer(Int64(allocations))),
            ("events", .integer(Int64(events))),
        ])
        try AtomicFile.write(json.pretty, to: "\(Self.folder)/\(name).json")
    }
}
