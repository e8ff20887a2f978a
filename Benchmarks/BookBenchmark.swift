// Book updates as a busy market makes them: mostly near the touch, some far away.

import MartletBook
import MartletModel

extension Benchmark {
    /// Level changes on one book.
    static let bookUpdate = Benchmark(
        name: "book",
        meaning: "every replay and every feed takes longer per level change"
    ) { settings throws(Failure) in
        let updates = randomUpdates(count: 1_000_000, seed: 7)
        var book = OrderBook()
        return try Measurement.take("updates", events: updates.count, runs: settings.runs) {
            for update in updates {
                _ = book.set(update.side, tick: update.tick, lots: update.lots)
            }
            return UInt64(bitPattern: book.bestBid &* 31 &+ book.bestAsk)
        }
    }

    private struct Update {
        let side: Side
        let tick: Int64
        let lots: Int64
    }

    /// A middle that wanders; sizes 0 to 99, a quarter of them 0; one in 50 far away.
    private static func randomUpdates(count: Int, seed: UInt64) -> [Update] {
        var random = SeededGenerator(seed: seed)
        var middle: Int64 = 240_000
        return (0..<count).map { index in
            if index % 16 == 0 { middle += Int64.random(in: -1...1, using: &random) }
            let reach: Int64 = index % 50 == 0 ? 20_000 : 200
            let distance = Int64.random(in: 1...reach, using: &random)
            let isBuy = Bool.random(using: &random)
            let lots = max(0, Int64.random(in: -33...99, using: &random))
            return Update(
                side: isBuy ? .buy : .sell, tick: isBuy ? middle - distance : middle + distance,
                lots: lots)
        }
    }
}
