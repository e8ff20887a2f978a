// Segments: what is written is read back, in the right exchange order, whatever the disorder.

import Glibc
import MartletModel
import MartletStore
import Testing

let testInstrument = InstrumentSpec(
    id: InstrumentID(venue: .binanceUSDM, symbol: "ETHUSDT"), kind: .linear,
    tickSize: ExactDecimal(mantissa: 1, scale: 2), lotSize: ExactDecimal(mantissa: 1, scale: 3),
    baseAsset: Asset("ETH"), quoteAsset: Asset("USDT"))

func row(_ index: Int, exchangeTime: Int64) -> EventRow {
    EventRow(
        kind: .level, side: index % 2 == 0 ? .buy : .sell, flags: [.messageStart, .messageEnd],
        exchangeTime: exchangeTime, receiveTime: 2_000_000 + Int64(index),
        price: 100 + Int64(index % 7), quantity: Int64(index % 5), sequence: Int64(index))
}

@discardableResult
func writeSegment(_ rows: [EventRow], to path: String) throws -> SegmentSidecar {
    var writer = try SegmentWriter(path: path)
    for row in rows { try writer.append(row) }
    return try writer.finish { statistics in
        SegmentSidecar(
            instrument: testInstrument, statistics: statistics,
            sources: [.init(path: "a/b.gz", sha256: "00", bytes: 1, lines: 2)], crossed: 3,
            cut: CutTail(lastGoodLine: 7, byteOffset: 9, reason: "cut"), martletVersion: "1")
    }
}

/// The stable order by sorting everything: the twin of the streaming and external orders.
func naiveOrder(_ rows: [EventRow]) -> [Int32] {
    let sorted = rows.indices.sorted {
        (rows[$0].exchangeTime, $0) < (rows[$1].exchangeTime, $1)
    }
    return sorted.enumerated().map { Int32($0.element - $0.offset) }
}

@Suite("Event segment")
struct EventSegmentTests {
    @Test("comes back as it was written", arguments: [0, 1, 2, 32_768, 32_769, 70_000])
    func roundTrip(count: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        let rows = (0..<count).map { row($0, exchangeTime: 1_000_000 + Int64($0 / 3)) }
        let sidecar = try writeSegment(rows, to: path)
        let segment = try EventSegment(path: path)
        try segment.validate()
        try segment.verifyDigest()
        #expect(segment.sidecar == sidecar)
        #expect(Array(segment.rows) == rows)
        #expect(directory.names == ["a.npy", "a.npy.json"])
    }

    /// How far rows are out of order.
    enum Disorder: CaseIterable, Sendable {
        case nearlySorted, oneVeryLate, oneVeryEarly, random, reversed, blocks, allEqual
    }

    static func times(_ disorder: Disorder, count: Int, seed: UInt64) -> [Int64] {
        var random = SeededGenerator(seed: seed)
        let sorted = (0..<count).map { 1_000_000 + Int64($0 / 4) * 10 }
        switch disorder {
        case .nearlySorted:
            return sorted.map { $0 + Int64.random(in: -2000...2000, using: &random) }
        case .oneVeryLate:
            var times = sorted
            times[count - 1] = 1_000_005
            return times
        case .oneVeryEarly:
            var times = sorted
            times[0] = 900_000_000
            return times
        case .random: return sorted.map { _ in Int64.random(in: 0...1_000_000, using: &random) }
        case .reversed: return sorted.reversed()
        case .blocks:
            let cut = Int.random(in: 0..<count, using: &random)
            return Array(sorted[cut...]) + Array(sorted[..<cut])
        case .allEqual: return sorted.map { _ in 5 }
        }
    }

    @Test(
        "stores the stable exchange order", arguments: Disorder.allCases,
        [(3, UInt64(1)), (1000, 2), (66_000, 3)])
    func exchangeOrder(disorder: Disorder, size: (count: Int, seed: UInt64)) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.npy")
        let times = Self.times(disorder, count: size.count, seed: size.seed)
        let rows = times.enumerated().map { row($0.offset, exchangeTime: $0.element) }
        let sidecar = try writeSegment(rows, to: path)
        let segment = try EventSegment(path: path)
        let expected = naiveOrder(rows)
        #expect(segment.rows.map(\.exchangeOrder) == expected)
        #expect(
            sidecar.statistics.exchangeDisplacementMax
                == Int64(expected.map { abs($0) }.max() ?? 0))
        try segment.validate()
        try segment.verifyDigest()
        #expect(directory.names == ["a.npy", "a.npy.json"])
    }

    @Test("a writer that is dropped leaves nothing behind")
    func dropped() throws {
        let directory = TemporaryDirectory()
        do {
            var writer = try SegmentWriter(path: directory.file("a.npy"))
            for index in 0..<100_000 { try writer.append(row(index, exchangeTime: 1)) }
        }
        #expect(directory.names.isEmpty)
    }
}
