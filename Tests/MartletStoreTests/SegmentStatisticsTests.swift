// Counts and ranges of segments against a naive count of the same rows.

import MartletModel
import MartletStore
import Testing

@Suite("Segment statistics")
struct SegmentStatisticsTests {
    static func rows(seed: UInt64, count: Int) -> [EventRow] {
        var random = SeededGenerator(seed: seed)
        let optional: [EventFlags] = [
            .messageStart, .gap, .stale, .timeBackwards, .receiveTimeOnly, .nonMarket, .emptySide,
        ]
        return (0..<count).map { index in
            var flags: EventFlags = index == 0 ? .messageStart : []
            for flag in optional where Int.random(in: 0..<3, using: &random) == 0 {
                flags.insert(flag)
            }
            let kind = EventKind.allCases[
                Int.random(in: 0..<EventKind.allCases.count, using: &random)]
            return EventRow(
                kind: kind, side: .buy, flags: flags,
                exchangeTime: Int64.random(in: 0...1_000_000, using: &random),
                receiveTime: Int64(index) * 10,
                price: Int64.random(in: -50...1000, using: &random), quantity: 1, sequence: 0)
        }
    }

    /// The same numbers, each by its own pass over all rows.
    static func naive(_ rows: [EventRow]) -> SegmentStatistics {
        var expected = SegmentStatistics()
        expected.rows = Int64(rows.count)
        for row in rows { expected.rowsByKind[Int(row.kindCode)] += 1 }
        let starts = rows.filter { $0.flags.contains(.messageStart) }
        expected.messages = Int64(starts.count)
        expected.firstReceiveTime = rows.first?.receiveTime
        expected.lastReceiveTime = rows.last?.receiveTime
        expected.minExchangeTime = rows.map(\.exchangeTime).min()
        expected.maxExchangeTime = rows.map(\.exchangeTime).max()
        let priced = rows.filter {
            [.level, .trade].contains($0.kind) && !$0.flags.contains(.emptySide)
        }
        expected.minPrice = priced.map(\.price).min()
        expected.maxPrice = priced.map(\.price).max()
        func offsets(_ rows: [EventRow]) -> [Int64] {
            rows.filter { !$0.flags.contains(.receiveTimeOnly) }
                .map { $0.receiveTime - $0.exchangeTime }
        }
        expected.offsetMin = offsets(rows).min()
        expected.offsetMax = offsets(rows).max()
        let kept = rows.filter {
            $0.kind == .level || ($0.kind == .trade && !$0.flags.contains(.nonMarket))
        }
        expected.offsetMinKept = offsets(kept).min()
        let medians = offsets(starts).sorted()
        expected.offsetMedian = medians.isEmpty ? nil : medians[(medians.count - 1) / 2]
        expected.gaps = Int64(starts.count { $0.flags.contains(.gap) })
        expected.stale = Int64(starts.count { $0.flags.contains(.stale) })
        var messages: [[EventRow]] = []
        for row in rows {
            if row.flags.contains(.messageStart) {
                messages.append([row])
            } else {
                messages[messages.count - 1].append(row)
            }
        }
        expected.timesBackwards = Int64(
            messages.count { $0.contains { $0.flags.contains(.timeBackwards) } })
        expected.exchangeDisplacementMax = Int64(naiveOrder(rows).map { abs($0) }.max() ?? 0)
        return expected
    }

    @Test("agree with a naive count", arguments: UInt64(0)..<40)
    func agree(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let rows = Self.rows(seed: seed, count: Int(seed * seed))
        let sidecar = try writeSegment(rows, to: directory.file("a.npy"))
        var found = sidecar.statistics
        found.rowsSHA256 = ""
        #expect(found == Self.naive(rows))
        #expect(sidecar.shift == max(0, -(found.offsetMin ?? 0)))
        #expect(sidecar.shiftKept == max(0, -(found.offsetMinKept ?? 0)))
    }

    @Test("equal rows give equal files")
    func deterministic() throws {
        let directory = TemporaryDirectory()
        let rows = Self.rows(seed: 7, count: 40_000)
        try writeSegment(rows, to: directory.file("a.npy"))
        try writeSegment(rows, to: directory.file("b.npy"))
        #expect(contents(of: directory.file("a.npy")) == contents(of: directory.file("b.npy")))
        #expect(
            contents(of: directory.file("a.npy.json")) == contents(of: directory.file("b.npy.json"))
        )
    }
}
