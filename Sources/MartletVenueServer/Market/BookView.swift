// One publication of a book: what changed since it spoke last, cut to a depth, at a cadence.

import MartletBook
import MartletModel

/// What a stream of book changes has said so far, and so what it has to say next. All subscribers
/// of a view hear the same messages, so its numbers are consistent for whoever comes when.
struct BookView {
    let key: BookViewKey
    /// Last update of the last publication.
    private(set) var lastUpdate: Int64
    /// How many publications there were.
    private(set) var publication: Int64 = 0
    /// When it speaks next, ns; meaningless for cadence 0.
    var dueTime: Int64

    private var firstUpdate: Int64?
    private var changedBids: Set<Int64> = []
    private var changedAsks: Set<Int64> = []
    private var published: [Side: [MarketLevel]] = [:]

    /// A view that starts with the book as it is.
    init(key: BookViewKey, book: borrowing OrderBook, update: Int64, dueTime: Int64) {
        self.key = key
        self.dueTime = dueTime
        lastUpdate = update
        if key.depth > 0 {
            for side in Side.allCases { published[side] = Self.top(side, key.depth, book) }
        }
    }

    /// A level of the book was set by the update numbered `update`.
    mutating func note(_ side: Side, tick: Int64, firstUpdate update: Int64) {
        if firstUpdate == nil { firstUpdate = update }
        guard key.depth == 0 else { return }
        if side == .buy { changedBids.insert(tick) } else { changedAsks.insert(tick) }
    }

    /// The book was replaced as a whole.
    mutating func restart(update: Int64, book: borrowing OrderBook, time: Int64) -> BookChange {
        changedBids.removeAll(keepingCapacity: true)
        changedAsks.removeAll(keepingCapacity: true)
        firstUpdate = nil
        publication += 1
        let bids = Self.top(.buy, key.depth, book)
        let asks = Self.top(.sell, key.depth, book)
        if key.depth > 0 { published = [.buy: bids, .sell: asks] }
        defer { lastUpdate = update }
        return BookChange(
            isSnapshot: true, firstUpdate: update, lastUpdate: update, previousUpdate: lastUpdate,
            publication: publication, bids: bids, asks: asks, time: time)
    }

    /// What to say now; nil where nothing changed within the depth.
    mutating func publish(
        _ book: borrowing OrderBook, update: Int64, time: Int64
    ) -> BookChange? {
        guard let first = firstUpdate else { return nil }
        let bids: [MarketLevel]
        let asks: [MarketLevel]
        if key.depth == 0 {
            bids = Self.levels(changedBids.sorted(by: >), .buy, book)
            asks = Self.levels(changedAsks.sorted(by: <), .sell, book)
            changedBids.removeAll(keepingCapacity: true)
            changedAsks.removeAll(keepingCapacity: true)
        } else {
            bids = changes(.buy, book)
            asks = changes(.sell, book)
            if bids.isEmpty, asks.isEmpty { return nil }
        }
        firstUpdate = nil
        publication += 1
        defer { lastUpdate = update }
        return BookChange(
            isSnapshot: false, firstUpdate: first, lastUpdate: update, previousUpdate: lastUpdate,
            publication: publication, bids: bids, asks: asks, time: time)
    }

    /// A recorded change is told as it is: the view has said what it says.
    mutating func passed(_ change: BookChange) -> BookChange {
        firstUpdate = nil
        changedBids.removeAll(keepingCapacity: true)
        changedAsks.removeAll(keepingCapacity: true)
        publication += 1
        lastUpdate = change.lastUpdate
        var change = change
        change.publication = publication
        return change
    }

    /// The levels that a subscriber who heard everything so far has, best first: the snapshot to
    /// begin with. For a view of all levels the caller takes them from the book.
    func levels(_ side: Side) -> [MarketLevel] { published[side] ?? [] }

    private mutating func changes(_ side: Side, _ book: borrowing OrderBook) -> [MarketLevel] {
        let new = Self.top(side, key.depth, book)
        let old = published[side] ?? []
        published[side] = new
        var changes: [MarketLevel] = []
        var oldIndex = 0
        var newIndex = 0
        while oldIndex < old.count || newIndex < new.count {
            guard newIndex < new.count else {
                changes.append(MarketLevel(tick: old[oldIndex].tick, lots: 0))
                oldIndex += 1
                continue
            }
            guard oldIndex < old.count else {
                changes.append(new[newIndex])
                newIndex += 1
                continue
            }
            let (before, after) = (old[oldIndex], new[newIndex])
            if before.tick == after.tick {
                if before.lots != after.lots { changes.append(after) }
                oldIndex += 1
                newIndex += 1
            } else if (before.tick > after.tick) == (side == .buy) {
                changes.append(MarketLevel(tick: before.tick, lots: 0))
                oldIndex += 1
            } else {
                changes.append(after)
                newIndex += 1
            }
        }
        return changes
    }

    /// The best `depth` levels (0: all) of a side, best first.
    static func top(_ side: Side, _ depth: Int, _ book: borrowing OrderBook) -> [MarketLevel] {
        var levels: [MarketLevel] = []
        book.forEachLevel(side, count: depth == 0 ? Int.max : depth) { tick, lots in
            levels.append(MarketLevel(tick: tick, lots: lots))
        }
        return levels
    }

    private static func levels(
        _ ticks: [Int64], _ side: Side, _ book: borrowing OrderBook
    ) -> [MarketLevel] {
        var levels: [MarketLevel] = []
        for tick in ticks {
            levels.append(MarketLevel(tick: tick, lots: book.lots(side, tick: tick)))
        }
        return levels
    }
}
