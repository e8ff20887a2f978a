// NumPy files: numpy opens ours, we open numpy's, and damage is told apart.

import FoundationEssentials
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
}
