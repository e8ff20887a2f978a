// NumPy headers: what is understood, and what each refusal says.

import MartletModel
import MartletStore
import Testing

@Suite("NumPy header")
struct NumpyHeaderTests {
    static func header(
        _ text: String, version: [UInt8] = [1, 0], length: Int? = nil
    ) -> [UInt8] {
        let count = length ?? text.utf8.count
        var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59] + version
        bytes += [UInt8(count & 255), UInt8(count >> 8 & 255)]
        if version[0] > 1 { bytes += [UInt8(count >> 16 & 255), UInt8(count >> 24 & 255)] }
        return bytes + Array(text.utf8)
    }

    static func parse(_ bytes: [UInt8]) throws -> NumpyHeader {
        try bytes.withUnsafeBytes { try NumpyHeader(parsing: $0, name: "x.npy") }
    }

    @Test("a header comes back as it was written", arguments: [0, 1, 90_000_000])
    func roundTrip(rows: Int) throws {
        let written = NumpyHeader(fields: SegmentLayout.fields, rows: rows)
        let bytes = written.bytes(length: 512)
        #expect(bytes.count == 512 && bytes.last == 10)
        let read = try Self.parse(bytes)
        #expect(read.fields == SegmentLayout.fields)
        #expect(read.rows == rows)
        #expect(read.dataOffset == 512)
        #expect(read.rowSize == 48)
        #expect(read.offset(of: "sequence") == 32)
        #expect(read.offset(of: "other") == nil)
    }

    static let understood: [(text: String, rows: Int, size: Int)] = [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", 3, 8),
        ("{'shape':(3,),'descr':\"<i2\",'fortran_order':True}", 3, 2),
        ("{'descr': [('a', '<i8'), ('b', '|u1'),], 'fortran_order': False, 'shape': (0,)}\n", 0, 9),
    ]

    @Test("understands every spelling that NumPy uses", arguments: understood)
    func spellings(row: (text: String, rows: Int, size: Int)) throws {
        for version: [UInt8] in [[1, 0], [2, 0], [3, 0]] {
            let header = try Self.parse(Self.header(row.text, version: version))
            #expect(header.rows == row.rows)
            #expect(header.rowSize == row.size)
            #expect(header.version == version[0])
        }
    }

    static let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"
    static let refused: [(bytes: [UInt8], words: String)] = [
        ([], "does not begin like"), ([0x93, 0x4E], "does not begin like"),
        (header(good, version: [4, 0]), "version 4.0"),
        (header(good, version: [1, 1]), "version 1.1"),
        (header(good, version: [0, 0]), "version 0.0"),
        (header(good, length: 60_000), "ends inside its header"),
        (header(good, version: [2, 0], length: 1 << 24), "more than 65536"),
        (header(""), "damaged header"), (header("{"), "damaged header"),
        (header("{'descr': '<f8', 'fortran_order': False}"), "damaged header"),
        (header("{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}"), "damaged header"),
        (header(good + "x"), "damaged header"),
        (header("{'descr': eval('1'), 'fortran_order': False, 'shape': (3,)}"), "damaged header"),
        (
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
            "damaged header"
        ),
        (
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000000000000,)}"),
            "which no file can hold"
        ),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': ()}"), "0 dimensions"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}"), "2 dimensions"),
        (header("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2)}"), "Fortran"),
        (header("{'descr': '>i8', 'fortran_order': False, 'shape': (2,)}"), "type '>i8'"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"), "type '|O'"),
        (
            header("{'descr': [('a', '<i8', (2,))], 'fortran_order': False, 'shape': (2,)}"),
            "damaged header"
        ),
        (
            header("{'descr': [('a','<i8'),('a','<i8')],'fortran_order':False,'shape':(2,)}"),
            "damaged header"
        ),
    ]

    @Test("refuses everything else in words", arguments: refused)
    func refusals(row: (bytes: [UInt8], words: String)) {
        let found = failure { _ = try Self.parse(row.bytes) }
        #expect(found?.kind == .integrity)
        #expect(found?.message.contains(row.words) == true, "\(found?.message ?? "no failure")")
        #expect(found?.message.hasPrefix("x.npy: ") == true)
    }

    @Test("any flipped byte is understood or refused, never a trap", arguments: [0x01, 0x20, 0xFF])
    func everyFlip(mask: UInt8) {
        let bytes = NumpyHeader(fields: SegmentLayout.fields, rows: 3).bytes(length: 512)
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= mask
            let found = failure { _ = try Self.parse(flipped) }
            #expect(found == nil || found?.kind == .integrity)
        }
    }
}
