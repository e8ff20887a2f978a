// The level table on its own: any tick, any hole, memory that is given back.

import MartletBook
import Testing

@Suite("LevelTable")
struct LevelTableTests {
    static let largest: Int64 = 1 << 53
    static let ticks: [Int64] = [
        -largest, -largest + 1, -(1 << 40), -65, -64, -63, -1, 0, 1, 63, 64, 65, 4_096, 262_144,
        1 << 40, largest - 1, largest,
    ]

    @Test("levels at any tick are found again, in order, both ways")
    func order() {
        var table = LevelTable()
        for tick in Self.ticks.shuffledBySum {
            _ = table.set(tick: tick, lots: tick &+ largestPlusOne)
        }
        var walked: [Int64] = []
        var from = Int64.min / 2
        while let tick = table.lowest(from: from, upTo: Int64.max / 2) {
            walked.append(tick)
            from = tick + 1
        }
        #expect(walked == Self.ticks)
        walked = []
        from = Int64.max / 2
        while let tick = table.highest(from: from, downTo: Int64.min / 2) {
            walked.append(tick)
            from = tick - 1
        }
        #expect(walked == Self.ticks.reversed())
        for tick in Self.ticks {
            let lots = table.lots(tick: tick)
            #expect(lots == tick &+ largestPlusOne)
        }
    }

    private var largestPlusOne: Int64 { Self.largest + 1 }

    @Test("a search stops at its bound, the bound included")
    func bounds() {
        var table = LevelTable()
        _ = table.set(tick: 1_000_000, lots: 5)
        let found = [
            table.highest(from: 2_000_000, downTo: 1_000_000),
            table.highest(from: 2_000_000, downTo: 1_000_001),
            table.highest(from: 1_000_000, downTo: 1_000_000),
            table.highest(from: 999_999, downTo: 0),
            table.highest(from: 5, downTo: 6),
            table.lowest(from: 0, upTo: 1_000_000),
            table.lowest(from: 0, upTo: 999_999),
            table.lowest(from: 1_000_000, upTo: 1_000_000),
            table.lowest(from: 1_000_001, upTo: 2_000_000),
        ]
        #expect(
            found == [1_000_000, nil, 1_000_000, nil, nil, 1_000_000, nil, 1_000_000, nil])
    }

    @Test("setting returns the size before, and 0 removes")
    func sizes() {
        var table = LevelTable()
        let before = [
            table.set(tick: 7, lots: 0), table.set(tick: 7, lots: 3), table.set(tick: 7, lots: 4),
            table.set(tick: 7, lots: 0), table.set(tick: 7, lots: 0),
        ]
        #expect(before == [0, 0, 3, 4, 0])
        let next = table.lowest(from: 0, upTo: 100)
        #expect(next == nil)
    }

    @Test("a price that wanders far uses no more memory than one that stays")
    func reclaim() {
        var table = LevelTable()
        for step in 0..<200_000 as Range<Int64> {
            _ = table.set(tick: step * 64, lots: 1)
            if step >= 10 { _ = table.set(tick: (step - 10) * 64, lots: 0) }
        }
        let pages = table.allocatedPages
        #expect(pages <= 256)
        let lowest = table.lowest(from: 0, upTo: Int64.max / 2)
        let expected: Int64 = 199_990 * 64
        #expect(lowest == expected)
    }

    @Test("an emptied table finds nothing and can be used again")
    func removeAll() {
        var table = LevelTable()
        for tick in Self.ticks { _ = table.set(tick: tick, lots: 1) }
        table.removeAll()
        let none = table.lowest(from: -Self.largest, upTo: Self.largest)
        #expect(none == nil)
        _ = table.set(tick: -1, lots: 2)
        let one = table.highest(from: Self.largest, downTo: -Self.largest)
        #expect(one == -1)
    }
}

extension [Int64] {
    /// The same numbers in an order that is neither up nor down.
    fileprivate var shuffledBySum: [Int64] {
        sorted { (($0 &* 31) & 1_023, $0) < (($1 &* 31) & 1_023, $1) }
    }
}
