// One side of a kept book: levels sorted by exact price, the best one last, in short pieces.

import MartletModel

/// Levels in pieces of at most ``pieceMax``, worst first, so that a change far from the best moves
/// few of them, however many there are.
///
/// A price is looked for by its key: its digits at the scale that the whole book has reached. Keys
/// are stored as ranks, which ascend towards the best on both sides: for asks the complement.
struct KeptSide: Sendable {
    /// The most levels of a piece.
    static let pieceMax = 128

    private struct Piece: Sendable {
        var ranks: [Int64] = []
        var levels: [KeptLevel] = []

        init() {
            ranks.reserveCapacity(KeptSide.pieceMax)
            levels.reserveCapacity(KeptSide.pieceMax)
        }
    }

    /// Whether higher prices are better.
    let isBid: Bool
    /// How many levels there are.
    private(set) var count = 0
    private var pieces: [Piece] = []
    /// The first rank of every piece.
    private var firsts: [Int64] = []

    init(isBid: Bool) { self.isBid = isBid }

    /// The best key.
    var best: Int64? { pieces.last?.ranks.last.map(rank) }
    /// All keys, worst first.
    var keys: [Int64] { pieces.flatMap { $0.ranks.map(rank) } }
    /// All levels, worst first.
    var levels: [KeptLevel] { pieces.flatMap(\.levels) }

    /// From key to rank and back.
    private func rank(_ key: Int64) -> Int64 { isBid ? key : ~key }

    mutating func removeAll() {
        pieces.removeAll(keepingCapacity: true)
        firsts.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Sets or (quantity 0) removes a level. Costs two binary searches and the move of a piece.
    mutating func set(key: Int64, level: KeptLevel) {
        let rank = rank(key)
        let place = piece(of: rank)
        guard place < pieces.count else {
            if level.quantity != 0 { add(rank, level) }
            return
        }
        let index = KeptSide.lowerBound(of: rank, in: pieces[place].ranks)
        let exists = index < pieces[place].ranks.count && pieces[place].ranks[index] == rank
        if level.quantity == 0 {
            if exists { remove(index, of: place) }
        } else if exists {
            pieces[place].levels[index] = level
        } else {
            insert(rank, level, at: index, of: place)
        }
    }

    /// Adds a level that is better than all others; false (and nothing changed) where it is not.
    mutating func append(key: Int64, level: KeptLevel) -> Bool {
        let rank = rank(key)
        if let last = pieces.last?.ranks.last, last >= rank { return false }
        add(rank, level)
        return true
    }

    /// Forgets the worst levels beyond `count` and says how many those were.
    mutating func trim(to count: Int) -> Int64 {
        let excess = self.count - count
        guard excess > 0 else { return 0 }
        var left = excess
        while left > 0 {
            let size = min(left, pieces[0].ranks.count)
            pieces[0].ranks.removeFirst(size)
            pieces[0].levels.removeFirst(size)
            if pieces[0].ranks.isEmpty { dropPiece(0) } else { firsts[0] = pieces[0].ranks[0] }
            left -= size
        }
        self.count = count
        return Int64(excess)
    }

    /// Multiplies all keys; false (and nothing changed) where one leaves 64 bits.
    mutating func rescale(by factor: Int64) -> Bool {
        for end in [firsts.first, pieces.last?.ranks.last] {
            if let end, rank(end).multipliedReportingOverflow(by: factor).overflow { return false }
        }
        for place in pieces.indices {
            for index in pieces[place].ranks.indices {
                pieces[place].ranks[index] = rank(rank(pieces[place].ranks[index]) * factor)
            }
            firsts[place] = pieces[place].ranks[0]
        }
        return true
    }

    /// The level `rank` places behind the best, or nil.
    func level(rank: Int) -> KeptLevel? {
        var left = rank
        for piece in pieces.reversed() {
            if left < piece.levels.count { return piece.levels[piece.levels.count - 1 - left] }
            left -= piece.levels.count
        }
        return nil
    }

    // MARK: Pieces

    private mutating func add(_ rank: Int64, _ level: KeptLevel) {
        if pieces.isEmpty || pieces[pieces.count - 1].ranks.count == Self.pieceMax {
            pieces.append(Piece())
            firsts.append(rank)
        }
        pieces[pieces.count - 1].ranks.append(rank)
        pieces[pieces.count - 1].levels.append(level)
        count += 1
    }

    private mutating func insert(
        _ rank: Int64, _ level: KeptLevel, at index: Int, of place: Int
    ) {
        if pieces[place].ranks.count == Self.pieceMax {
            if place == pieces.count - 1, index == Self.pieceMax { return add(rank, level) }
            split(place)
            let middle = pieces[place].ranks.count
            let isLater = index > middle
            return insert(
                rank, level, at: isLater ? index - middle : index, of: isLater ? place + 1 : place)
        }
        pieces[place].ranks.insert(rank, at: index)
        pieces[place].levels.insert(level, at: index)
        if index == 0 { firsts[place] = rank }
        count += 1
    }

    private mutating func remove(_ index: Int, of place: Int) {
        pieces[place].ranks.remove(at: index)
        pieces[place].levels.remove(at: index)
        count -= 1
        if pieces[place].ranks.isEmpty {
            dropPiece(place)
        } else {
            if index == 0 { firsts[place] = pieces[place].ranks[0] }
            join(place)
        }
    }

    private mutating func dropPiece(_ place: Int) {
        pieces.remove(at: place)
        firsts.remove(at: place)
    }

    /// Makes two half pieces of a full one.
    private mutating func split(_ place: Int) {
        let middle = Self.pieceMax / 2
        var later = Piece()
        later.ranks.append(contentsOf: pieces[place].ranks[middle...])
        later.levels.append(contentsOf: pieces[place].levels[middle...])
        pieces[place].ranks.removeLast(Self.pieceMax - middle)
        pieces[place].levels.removeLast(Self.pieceMax - middle)
        firsts.insert(later.ranks[0], at: place + 1)
        pieces.insert(later, at: place + 1)
    }

    /// Puts a piece that has become short into the one before it, where both are short.
    private mutating func join(_ place: Int) {
        let size = pieces[place].ranks.count
        guard size < Self.pieceMax / 8, place > 0,
            pieces[place - 1].ranks.count + size < Self.pieceMax / 2
        else { return }
        let last = pieces[place]
        pieces[place - 1].ranks.append(contentsOf: last.ranks)
        pieces[place - 1].levels.append(contentsOf: last.levels)
        dropPiece(place)
    }

    /// The piece in which a rank is or belongs; most are in the last one.
    private func piece(of rank: Int64) -> Int {
        guard let last = firsts.last, rank < last else { return max(0, firsts.count - 1) }
        return max(0, KeptSide.upperBound(of: rank, in: firsts) - 1)
    }

    /// The first index whose value is not below `value`. Without branches that depend on values:
    /// which way a search goes cannot be predicted.
    private static func lowerBound(of value: Int64, in values: [Int64]) -> Int {
        values.withUnsafeBufferPointer { values in
            guard var at = values.baseAddress, !values.isEmpty else { return 0 }
            let start = at
            var size = values.count
            while size > 1 {
                let half = size / 2
                at += at[half - 1] < value ? half : 0
                size -= half
            }
            return at - start + (at[0] < value ? 1 : 0)
        }
    }

    /// The first index whose value is above `value`.
    private static func upperBound(of value: Int64, in values: [Int64]) -> Int {
        value == Int64.max ? values.count : lowerBound(of: value + 1, in: values)
    }
}
