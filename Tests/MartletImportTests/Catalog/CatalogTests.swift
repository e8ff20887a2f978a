// Segments are listed, verified and judged; any altered byte is found and named.

import Foundation
import MartletImport
import MartletModel
import MartletStore
import MartletTesting
import Testing

@Suite("Catalog")
struct CatalogTests {
    private let bench: Workbench
    private let segment: String

    init() throws {
        bench = try Workbench()
        segment = bench.path + "/out.npy"
        _ = try bench.rows([
            "100 " + #"{"lastUpdateId":1,"E":0,"T":0,"bids":[["9.9","1"]],"asks":[["10.1","1"]]}"#,
            "200 " + depth(1, first: 2, last: 3, previous: 1, bids: #"["9.8","2"]"#),
            "6000000000 " + depth(2, first: 5, last: 6, previous: 4, bids: #"["10.2","2"]"#),
            "7000000000 " + depth(3, first: 7, last: 8, previous: 6, bids: #"["10.2","0"]"#),
        ])
    }

    @Test("quality: gaps, crossing, silences, latencies and score are measured")
    func quality() throws {
        let quality = try SegmentQuality(path: segment)
        #expect(quality.snapshots == 1 && quality.sidecar.statistics.gaps == 1)
        #expect(quality.crossedNanoseconds == 1_000_000_000)
        #expect(quality.liveNanoseconds == 5_999_999_900)
        #expect(quality.silences == 1 && quality.longestSilence == 5_999_999_800)
        #expect(quality.latencies.total == 4 && quality.latencies.negatives == 0)
        #expect(quality.score == 0, "one gap in four messages leaves nothing")
        #expect(quality.facts.contains { $0.name == "score" && $0.value == "0 of 100" })
        #expect(quality.json.line.contains("\"crossedNanoseconds\":1000000000"))
    }

    @Test("the catalog lists what is below folders, by path")
    func catalog() throws {
        let inner = bench.path + "/a/b"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        for suffix in ["", ".json"] {
            try FileManager.default.copyItem(
                atPath: segment + suffix, toPath: inner + "/copy.npy" + suffix)
        }
        let catalog = try DataCatalog(folders: [bench.path, inner])
        #expect(catalog.entries.map(\.path) == [inner + "/copy.npy", segment])
        #expect(catalog.entries[0].day == "1970-01-01")
        #expect(catalog.entries[0].spanSeconds == "6.999")
        #expect(catalog.table.rows[1].dropFirst(3) == ["7", "6.999", "1", "0"])
        #expect(catalog.json.line.contains("\"symbol\":\"X\""))
        #expect(throws: Failure.self) { try DataCatalog(folders: [bench.path + "/none"]) }
    }

    @Test("a damaged sidecar does not hide the other segments")
    func damagedSidecar() throws {
        for name in ["a", "z"] {
            try "{".write(
                toFile: bench.path + "/\(name).npy.json", atomically: false, encoding: .utf8)
        }
        let catalog = try DataCatalog(folders: [bench.path, bench.path])
        #expect(catalog.entries.map(\.path) == [segment])
        #expect(catalog.problems.map(\.kind) == [.integrity, .integrity])
        #expect(catalog.problems[0].message.contains("a.npy.json"))
    }

    private func failure() -> Failure? {
        do throws(Failure) {
            _ = try SegmentVerification.run(segment)
            return nil
        } catch { return error }
    }

    @Test("a whole segment is verified")
    func whole() throws {
        let found = try SegmentVerification.run(segment)
        #expect(found.rows == 7 && found.messages == 4)
        #expect(found.json.line.contains("\"ok\":true"))
    }

    @Test("any flipped byte of the rows or the header is found", arguments: UInt64(0)..<100)
    func flipped(seed: UInt64) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: segment)))
        var random = SeededGenerator(seed: seed)
        // The padding of the header, blanks before its line feed, says nothing.
        let place =
            seed < 20
            ? Int.random(in: 0..<200, using: &random)
            : Int.random(in: 512..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try Data(bytes).write(to: URL(filePath: segment))
        let problem = failure()
        #expect(problem?.kind == .integrity, "byte \(place)")
        #expect(problem?.message.contains(segment) == true)
    }

    static let lies: [(String, String, String)] = [
        ("\"rows\": 7", "\"rows\": 6", "key rows"),
        ("\"messages\": 4", "\"messages\": 5", "key messages"),
        ("\"gaps\": 1", "\"gaps\": 0", "key quality.gaps"),
        ("\"maxPrice\": 102", "\"maxPrice\": 103", "key maxPrice"),
        ("\"level\": 7", "\"level\": 5", "key rowsByKind"),
        ("\"offsetMax\": ", "\"offsetMax\": 1", "key clock.offsetMax"),
        ("\"rowsSha256\": \"", "\"rowsSha256\": \"0", "SHA-256"),
    ]

    @Test("a sidecar that does not fit its rows is found and named", arguments: lies)
    func lying(before: String, after: String, words: String) throws {
        let path = SegmentLayout.sidecarPath(of: segment)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(before))
        try text.replacingOccurrences(of: before, with: after)
            .write(toFile: path, atomically: false, encoding: .utf8)
        #expect(failure()?.kind == .integrity)
        #expect(failure()?.message.contains(words) == true, "\(failure()?.message ?? "accepted")")
    }

    @Test("missing, directory, empty")
    func files() throws {
        func kind(_ path: String) -> FailureKind? {
            do throws(Failure) {
                _ = try SegmentVerification.run(path)
                return nil
            } catch { return error.kind }
        }
        #expect(kind(bench.path + "/none.npy") == .notFound)
        #expect(kind(bench.path) == .failure)
        try FileManager.default.removeItem(atPath: SegmentLayout.sidecarPath(of: segment))
        #expect(kind(segment) == .notFound)
        try Data().write(to: URL(filePath: segment))
        #expect(kind(segment) == .integrity)
    }
}
