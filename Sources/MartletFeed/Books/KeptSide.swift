// One side of a kept book: levels sorted by exact price, the best one last.

import MartletModel

/// Levels in two parallel arrays, the best last, because most changes happen there.
///
/// A price is looked for by its key: its digits at the scale that the whole book has reached.
struct KeptSide: Sendable {
    /// Whether higher prices are better.
    let isBid: Bool
    /// Keys, ascending for bids, descending for asks.
    private(set) var keys: [Int64] = []
    /// Levels by the same index.
    private(set) var levels: [KeptLevel] = []

    init(isBid: Bool) { self.isBid = isBid }

    var count: Int { keys.count }
    var best: Int64? { keys.last }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        levels.removeAll(keepingCapacity: true)
    }

    /// Sets or (quantity 0) removes a level. Costs a binary search and the move of better levels.
    mutating func set(key: Int64, level: KeptLevel) {
        let index = place(of: key)
        let exists = index < keys.count && keys[index] == key
        switch (exists, level.quantity == 0) {
        case (true, true):
            keys.remove(at: index)
            levels.remove(at: index)
        case (true, false): levels[index] = level
        case (false, false):
            keys.insert(key, at: index)
            levels.insert(level, at: index)
        case (false, true): break
        }
    }

    /// Adds a level that is better than all others; false (and nothing changed) where it is not.
    mutating func append(key: Int64, level: KeptLevel) -> Bool {
        if let best, !isBefore(best, key) { return false }
        keys.append(key)
        levels.append(level)
        return true
    }

    /// Forgets the worst levels beyond `count` and says how many those were.
    mutating func trim(to count: Int) -> Int64 {
        let excess = keys.count - count
        guard excess > 0 else { return 0 }
        keys.removeFirst(excess)
        levels.removeFirst(excess)
        return Int64(excess)
    }

    /// Multiplies all keys; false (and nothing changed) where one leaves 64 bits.
    mutating func rescale(by factor: Int64) -> Bool {
        for key in [keys.first, keys.last] {
            if let key, key.multipliedReportingOverflow(by: factor).overflow { return false }
        }
        for index in keys.indices { keys[index] *= factor }
        return true
    }

    /// The level `rank` places behind the best, or nil.
    func level(rank: Int) -> KeptLevel? {
        rank < levels.count ? levels[levels.count - 1 - rank] : nil
    }

    private func isBefore(_ left: Int64, _ right: Int64) -> Bool {
        isBid ? left < right : left > right
    }

    /// The first index whose key is not before `key`. Looks near the best first.
    private func place(of key: Int64) -> Int {
        var high = keys.count
        var step = 8
        while high > 0, step < keys.count, !isBefore(keys[max(high - step, 0)], key) {
            high = max(high - step, 0)
            step *= 2
        }
        var low = max(high - step, 0)
        if low > 0, !isBefore(keys[low], key) { low = 0 }
        while low < high {
            let middle = (low + high) / 2
            if isBefore(keys[middle], key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
