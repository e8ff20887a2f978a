// The order book against its naive twin: the same updates, the same bests and hashes all the way.

import MartletBook
import MartletModel
import MartletTesting
import Testing

@Suite("OrderBook against its twin")
struct OrderBookPropertyTests {
    /// How prices are spread. Every run takes one of them by its seed.
    enum Terrain: UInt64, CaseIterable {
        /// A few hundred neighbouring ticks, often crossing.
        case dense
        /// A drifting mid with levels up to 3,000 ticks away.
        case drifting
        /// Levels in pages of their own, holes of thousands of ticks.
        case strided
        /// Anything from −2^53 to 2^53.
        case extreme
        /// Around zero, both signs.
        case aroundZero
        /// A mid that moves through millions of ticks, so that the book's window has to follow.
        case wandering
    }

    /// 24 seeds under each of the two rules make 1.2 million updates.
    private static let updatesPerSeed = 25_000
    private static let largest: Int64 = 1 << 53

    private func tick(
        _ terrain: Terrain, _ side: Side, _ mid: inout Int64, _ random: inout SeededGenerator
    ) -> Int64 {
        let away = -side.sign
        switch terrain {
        case .dense:
            return 10_000 + away * Int64.random(in: -20...150, using: &random)
        case .drifting:
            mid += Int64.random(in: -3...4, using: &random)
            let width = Bool.random(using: &random) ? 30 : 3_000 as Int64
            return mid + away * Int64.random(in: -2...width, using: &random)
        case .strided:
            return 50_000_000 + away * Int64.random(in: -4...150, using: &random) * 100_003
        case .extreme:
            let choices = [Self.largest, -Self.largest, 0, 1 << 40, -(1 << 47)]
            let base = choices[Int.random(in: 0..<choices.count, using: &random)]
            let offset = Int64.random(in: 0...60, using: &random)
            return base == Self.largest ? base - offset : base + offset
        case .wandering:
            mid += Int64.random(in: -900...1_500, using: &random)
            return mid + away * Int64.random(in: -2...80, using: &random)
        case .aroundZero:
            return away * Int64.random(in: -10...200, using: &random)
        }
    }

    private func agree(_ book: borrowing OrderBook, _ twin: NaiveBook) -> Bool {
        book.bestBid == (twin.best(.buy) ?? OrderBook.noBid)
            && book.bestAsk == (twin.best(.sell) ?? OrderBook.noAsk)
    }

    private func run(seed: UInt64, rules: BookRules) -> (agreed: Bool, updates: Int) {
        let terrain = Terrain(rawValue: seed % UInt64(Terrain.allCases.count)) ?? .dense
        var random = SeededGenerator(seed: seed)
        var book = OrderBook(rules: rules)
        var twin = NaiveBook(rules: rules)
        var mid: Int64 = 1_000_000
        for update in 1...Self.updatesPerSeed {
            let side: Side = Bool.random(using: &random) ? .buy : .sell
            var tick = tick(terrain, side, &mid, &random)
            let kind = Int.random(in: 0..<1_000, using: &random)
            if kind == 0 {
                book.clear(side, lastTick: tick)
                twin.clear(side, lastTick: tick)
            } else if kind == 1, update % 7 == 0 {
                book.removeAll(side)
                twin.removeAll(side)
            } else {
                if kind < 200, let best = twin.best(side) { tick = best }
                let isRemoval = twin.count > 250 ? kind < 700 : kind < 450
                let lots = isRemoval ? 0 : Int64.random(in: 1...Self.largest, using: &random)
                guard
                    book.set(side, tick: tick, lots: lots)
                        == twin.set(side, tick: tick, lots: lots)
                else { return (false, update) }
            }
            guard agree(book, twin) else { return (false, update) }
            if update % 500 == 0 {
                book.checkInvariants()
                guard book.stateHash() == twin.stateHash() else { return (false, update) }
            }
        }
        return (book.stateHash() == twin.stateHash(), Self.updatesPerSeed)
    }

    @Test("a plain book agrees with its twin", arguments: UInt64(0)..<24)
    func plain(seed: UInt64) {
        let (agreed, updates) = run(seed: seed, rules: .plain)
        #expect(agreed, "differs after \(updates) updates")
    }

    @Test("a book that skips stale levels agrees with its twin", arguments: UInt64(1_000)..<1_024)
    func skipStale(seed: UInt64) {
        let (agreed, updates) = run(seed: seed, rules: .skipStale)
        #expect(agreed, "differs after \(updates) updates")
    }
}
