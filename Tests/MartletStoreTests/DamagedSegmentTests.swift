// Segments and sidecars that were altered: each damage is told apart and named.

import Glibc
import MartletModel
import MartletStore
import Testing

@Suite("Damaged segment")
struct DamagedSegmentTests {
    /// Five good rows in the third of which one thing may be changed.
    static func rows() -> [EventRow] {
        (0..<5).map { row($0, exchangeTime: 1_000_000 + Int64($0)) }
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        let name: String
        let words: String
        let alter: @Sendable (inout [UInt8]) -> Void
        var testDescription: String { name }
    }

    static let files = [
        Damage(name: "emptied", words: "is empty") { $0 = [] },
        Damage(name: "no magic", words: "does not begin like") { $0[0] = 0 },
        Damage(name: "version 2", words: "damaged header|version 2|ends inside|65536") {
            $0[6] = 2
        },
        Damage(name: "version 9", words: "version 9.0") { $0[6] = 9 },
        Damage(name: "cut in the magic", words: "does not begin like") { $0 = Array($0[..<5]) },
        Damage(name: "cut in the header", words: "ends inside its header") {
            $0 = Array($0[..<300])
        },
        Damage(name: "cut after the header", words: "is cut off") { $0 = Array($0[..<512]) },
        Damage(name: "cut in a row", words: "is cut off") { $0.removeLast(7) },
        Damage(name: "cut by a row", words: "is cut off") { $0.removeLast(48) },
        Damage(name: "longer", words: "bytes after its rows") { $0.append(0) },
        Damage(name: "other field name", words: "not those of an event segment") {
            replace("receive_time", with: "arrival_time", in: &$0)
        },
        Damage(name: "other field type", words: "not those of an event segment") {
            replace("'price', '<i8'", with: "'price', '<f8'", in: &$0)
        },
        Damage(name: "big-endian", words: "type '>i8'") {
            replace("'price', '<i8'", with: "'price', '>i8'", in: &$0)
        },
        Damage(name: "other row count", words: "bytes after its rows") {
            replace("(5,)", with: "(4,)", in: &$0)
        },
        Damage(name: "header damaged", words: "damaged header") {
            replace("'descr'", with: "'desc\"'", in: &$0)
        },
    ]

    static func replace(_ old: String, with new: String, in bytes: inout [UInt8]) {
        let old = Array(old.utf8)
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: old) }) else {
            preconditionFailure("the text is there")
        }
        bytes.replaceSubrange(start..<(start + old.count), with: new.utf8)
    }

    @Test("damage to the file is named, with and without a sidecar", arguments: files)
    func file(damage: Damage) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        try writeSegment(Self.rows(), to: path)
        var bytes = contents(of: path)
        damage.alter(&bytes)
        _ = directory.write(bytes, to: "a.npy")
        for hasSidecar in [true, false] {
            if !hasSidecar { unlink(path + ".json") }
            let found = failure { _ = try EventSegment(path: path) }
            #expect(found?.kind == .integrity)
            let isNamed = damage.words.split(separator: "|").contains {
                found?.message.contains($0) == true
            }
            #expect(isNamed, "\(found?.message ?? "no failure")")
        }
    }

    static let altered: [(name: String, alter: @Sendable (inout EventRow) -> Void)] = [
        ("kind", { $0.kindCode = 0 }), ("kind", { $0.kindCode = 99 }),
        ("side", { $0.sideCode = 0 }), ("side", { $0.sideCode = 3 }),
        ("price", { $0.price = (1 << 53) + 1 }), ("price", { $0.price = .min }),
        ("quantity", { $0.quantity = -1 }), ("quantity", { $0.quantity = (1 << 53) + 1 }),
        ("exchange_time", { $0.exchangeTime = -1 }),
        ("exchange_time", { $0.exchangeTime = .max }),
        ("receive_time", { $0.receiveTime = .max }),
        ("receive_time (runs backwards)", { $0.receiveTime = 1 }),
        ("exchange_order", { $0.exchangeOrder = .min }),
        ("exchange_order", { $0.exchangeOrder = .max }),
        ("exchange_order", { $0.exchangeOrder = -3 }),
        ("exchange_order (not in exchange-time order)", { $0.exchangeOrder = -1 }),
        ("exchange_order (not in exchange-time order)", { $0.exchangeOrder = 1 }),
    ]

    @Test("an altered row is named by validation", arguments: altered.indices)
    func rows(index: Int) throws {
        let (name, alter) = Self.altered[index]
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        try writeSegment(Self.rows(), to: path)
        var bytes = contents(of: path)
        bytes.withUnsafeMutableBytes { raw in
            let rows = (raw.baseAddress! + 512).assumingMemoryBound(to: EventRow.self)  // 5 rows
            alter(&rows[2])
        }
        _ = directory.write(bytes, to: "a.npy")
        let segment = try EventSegment(path: path)
        let found = failure { try segment.validate() }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains("impossible \(name)") == true, "\(found?.message ?? "")")
        #expect(failure { try segment.verifyDigest() }?.kind == .integrity)
    }

    static let sidecars: [(old: String, new: String, words: String)] = [
        ("martlet.segment/1", "martlet.segment/2", "key schema is \"martlet.segment/2\""),
        ("\"schema\"", "\"scheme\"", "key schema is missing"),
        ("\"rows\": 5", "\"rows\": 6", "rowsByKind does not add up"),
        ("\"shift\": ", "\"shift\": 7", "key clock.shift is not what"),
        ("\"shiftKept\": ", "\"shiftKept\": 3", "key clock"),
        ("\"rows\": 5", "\"rows\": \"5\"", "key rows has the wrong type"),
        ("\"rows\": 5", "\"rows\": 5.5", "key rows"),
        ("\"rows\": 5", "\"rows\": 99999999999999999999", "key rows"),
        ("\"rowsSha256\"", "\"sha\"", "key rowsSha256 is missing"),
        ("\"tickSize\": \"0.01\"", "\"tickSize\": \"0\"", "instrument.tickSize is \"0\""),
        ("\"tickSize\": \"0.01\"", "\"tickSize\": \"1e-2\"", "instrument.tickSize"),
        ("\"tickSize\": \"0.01\"", "\"tickSize\": 0.01", "key instrument.tickSize has the wrong"),
        ("\"kind\": \"linear\"", "\"kind\": \"round\"", "instrument.kind is \"round\""),
        ("\"quantityUnit\": \"base\"", "\"quantityUnit\": \"kg\"", "instrument.quantityUnit"),
        ("\"minimumQuantity\": \"0.001\"", "\"minimumQuantity\": \"0.0001\"", "minimumQuantity"),
        ("\"rule\": \"minimum-zero\"", "\"rule\": \"none\"", "clock.rule is \"none\""),
        ("\"offsetMin\": ", "\"offsetMin\": 9", "key clock.offsetMin"),
        ("\"gaps\": 0", "\"gaps\": null", "key quality.gaps"),
        ("{", "[", "is not JSON"), ("\"martlet\"", "\"martlet", "is not JSON"),
    ]

    @Test("a sidecar that does not fit is named by its key", arguments: sidecars)
    func sidecar(row: (old: String, new: String, words: String)) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        try writeSegment(
            Self.rows().map {
                var far = $0
                far.receiveTime += 1 << 61
                return far
            }, to: path)
        var text = contents(of: path + ".json")
        Self.replace(row.old, with: row.new, in: &text)
        _ = directory.write(text, to: "a.npy.json")
        let found = failure { _ = try EventSegment(path: path) }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains(row.words) == true, "\(found?.message ?? "no failure")")
        #expect(found?.message.hasPrefix(path + ".json: ") == true)
    }

    @Test("missing files, directories and a missing sidecar have their own kinds")
    func places() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        #expect(failure { _ = try EventSegment(path: path) }?.kind == .notFound)
        #expect(failure { _ = try EventSegment(path: directory.path) }?.kind == .failure)
        try writeSegment(Self.rows(), to: path)
        unlink(path + ".json")
        let found = failure { _ = try EventSegment(path: path) }
        #expect(found?.kind == .notFound)
        #expect(found?.message.contains("sidecar") == true)
        _ = directory.write("", to: "a.npy.json")
        #expect(failure { _ = try EventSegment(path: path) }?.kind == .integrity)
    }

    @Test("another row count in an otherwise right sidecar is noticed")
    func otherRows() throws {
        let directory = TemporaryDirectory()
        try writeSegment(Self.rows(), to: directory.file("a.npy"))
        try writeSegment(Array(Self.rows()[..<4]), to: directory.file("b.npy"))
        unlink(directory.file("a.npy.json"))
        rename(directory.file("b.npy.json"), directory.file("a.npy.json"))
        let found = failure { _ = try EventSegment(path: directory.file("a.npy")) }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains("key rows is 4") == true)
        unlink(directory.file("b.npy"))
    }
}
