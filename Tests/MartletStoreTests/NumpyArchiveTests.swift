// NumPy files: numpy opens ours, we open numpy's, and damage is told apart.

import Glibc
import MartletModel
import MartletStore
import Testing

/// A row of the archives under test: 16 bytes.
struct PairRow: Equatable {
    var time: Int64
    var value: Double
}

let pairFields = [NumpyField("time", "<i8"), NumpyField("value", "<f8")]

func writePairs(_ rows: [PairRow], to path: String) throws {
    var writer = try NumpyArchiveWriter(path: path, fields: pairFields)
    var done = 0
    while done < rows.count {
        let end = min(done + 1000, rows.count)
        try rows[done..<end].withUnsafeBytes { try writer.append($0) }
        done = end
    }
    try writer.finish()
}

func readPairs(_ path: String, key: String = "data", atOnce: Int = 777) throws -> [PairRow] {
    let reader = try NumpyArrayReader(path: path, key: key)
    try reader.require(pairFields)
    var rows: [PairRow] = []
    let buffer = UnsafeMutableBufferPointer<PairRow>.allocate(capacity: atOnce)
    defer { buffer.deallocate() }
    while true {
        let count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer))
        if count == 0 { return rows }
        rows += buffer[..<count]
    }
}

func pairs(_ count: Int) -> [PairRow] {
    var random = SeededGenerator(seed: UInt64(count))
    return (0..<count).map {
        PairRow(time: Int64($0) * 10, value: Double.random(in: -1...1, using: &random))
    }
}

@Suite("NumPy archive")
struct NumpyArchiveTests {
    @Test("comes back as it was written", arguments: [0, 1, 1000, 50_000])
    func roundTrip(count: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npz")
        try writePairs(pairs(count), to: path)
        #expect(try readPairs(path) == pairs(count))
        #expect(directory.names == ["a.npz"])
    }

    @Test("equal rows give equal bytes")
    func deterministic() throws {
        let directory = TemporaryDirectory()
        try writePairs(pairs(5000), to: directory.file("a.npz"))
        try writePairs(pairs(5000), to: directory.file("b.npz"))
        #expect(contents(of: directory.file("a.npz")) == contents(of: directory.file("b.npz")))
    }

    @Test("reads what numpy wrote, stored and deflated, by key")
    func foreign() throws {
        for name in ["compressed", "stored", "two-arrays", "plain-npy"] {
            let reader = try NumpyArrayReader(path: corpus("npz/" + name))
            #expect(reader.header.rows == 4)
            #expect(reader.header.rowSize == 64)
            #expect(reader.header.offset(of: "px") == 24)
            let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 640, alignment: 8)
            defer { target.deallocate() }
            #expect(try reader.read(into: target) == 4)
            #expect(target.load(fromByteOffset: 64 + 24, as: Double.self) == 1.5)
            #expect(try reader.read(into: target) == 0)
        }
        let latency = try NumpyArrayReader(path: corpus("npz/latency"))
        #expect(latency.header.fields.map(\.name) == ["req_ts", "exch_ts", "resp_ts"])
        let other = failure { try latency.require(pairFields) }
        #expect(other?.message.contains("expected [('time', '<i8')") == true)
    }

    @Test("refuses what is not there or of another kind")
    func places() throws {
        let directory = TemporaryDirectory()
        let wrongKey = failure { _ = try readPairs(corpus("npz/wrong-key")) }
        #expect(wrongKey?.kind == .integrity)
        #expect(wrongKey?.message.contains("no array 'data'; it has other.npy") == true)
        #expect(failure { _ = try readPairs(directory.file("none")) }?.kind == .notFound)
        #expect(failure { _ = try readPairs(directory.path) }?.kind == .failure)
        let empty = directory.write("", to: "empty")
        #expect(failure { _ = try readPairs(empty) }?.message.contains("is empty") == true)
        let text = directory.write("hello, this is no archive at all", to: "text")
        #expect(failure { _ = try readPairs(text) }?.kind == .integrity)
    }

    @Test("cut at any byte is an integrity failure")
    func everyCut() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npz")
        try writePairs(pairs(20), to: path)
        let whole = contents(of: path)
        for count in 0..<whole.count {
            let cut = directory.write(Array(whole[..<count]), to: "cut")
            #expect(failure { _ = try readPairs(cut) }?.kind == .integrity, "\(count) bytes")
        }
    }

    @Test("a flipped byte changes no row unnoticed", arguments: [UInt8(0x01), 0x80, 0xFF])
    func everyFlip(mask: UInt8) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npz")
        try writePairs(pairs(20), to: path)
        let whole = contents(of: path)
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= mask
            let flipped = directory.write(bytes, to: "flipped")
            let found = failure {
                let rows = try readPairs(flipped)
                #expect(rows == pairs(20), "byte \(index)")
            }
            #expect(found == nil || found?.kind == .integrity, "byte \(index)")
        }
    }
}

@Suite("numpy opens our files")
struct NumpyOpensTests {
    /// A Python with numpy: the one named by MARTLET_PYTHON, the project's own, or the system's.
    static let python: String? = {
        let named = getenv("MARTLET_PYTHON").map { [String(cString: $0)] } ?? []
        return (named + [root + "/.venv/bin/python", "python3"]).first {
            system("'\($0)' -c 'import numpy' >/dev/null 2>&1") == 0
        }
    }()

    /// Runs a script; nil without numpy, which fails in continuous integration.
    static func run(_ script: String) -> Bool? {
        guard let python else {
            let isCI = getenv("CI").map { String(cString: $0) } == "true"
            #expect(!isCI, "numpy is missing: run scripts/setup")
            print("SKIPPED: no python3 with numpy; run scripts/setup")
            return nil
        }
        return system("'\(python)' -c '\(script)'") == 0
    }

    @Test("a segment is a structured array for numpy.load, mapped or not")
    func segment() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        try writeSegment((0..<1000).map { row($0, exchangeTime: 5000 - Int64($0)) }, to: path)
        let result = Self.run(
            """
            import numpy as np
            for mode in (None, "r"):
                a = np.load("\(path)", mmap_mode=mode)
                assert a.shape == (1000,) and a.dtype.itemsize == 48
                assert a.dtype.names == ("exchange_time", "receive_time", "price", "quantity",
                    "sequence", "exchange_order", "kind", "side", "flags")
                assert (a["exchange_time"] == 5000 - np.arange(1000)).all()
                assert (a["sequence"] == np.arange(1000)).all() and (a["kind"] == 1).all()
                order = np.argsort(a["exchange_time"], kind="stable")
                assert (order == np.arange(1000) + a["exchange_order"]).all()
            """)
        #expect(result != false)
    }

    @Test("an archive is opened by numpy.load, every byte the same")
    func archive() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npz")
        try writePairs(
            (0..<5000).map { PairRow(time: Int64($0), value: Double($0) / 1000) }, to: path)
        let result = Self.run(
            """
            import numpy as np, zipfile
            assert zipfile.ZipFile("\(path)").testzip() is None
            a = np.load("\(path)")["data"]
            assert a.shape == (5000,) and a.dtype.names == ("time", "value")
            assert (a["time"] == np.arange(5000)).all()
            assert (a["value"] == np.arange(5000) / 1000).all()
            """)
        #expect(result != false)
    }
}
