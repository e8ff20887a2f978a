// One side of a kept book: levels sorted by exact price, the best one last, in short pieces.

import MartletModel

/// Levels in pieces of at most ``pieceMax``, worst first, so that a change far from the best moves
/// few of them, however many there are.
///
/// A price is looked for by its key: its digits at the scale that the whole book has reached. Keys
/// are stored as ranks, which ascend towards the best on both sides: for asks the complement. The
/// memory of a piece that has become empty is used again, so that a settled book allocates nothing.
struct KeptSide: ~Copyable {
    /// The most levels of a piece.
    static let pieceMax = 64

    /// What is kept beside a rank: 24 bytes, because changes move levels around.
    struct Entry {
        /// The quantity's lower half, and its upper one with the sign.
        var low: UInt64
        var high: Int64
        /// Digits after the point.
        var priceScale: Int8
        var quantityScale: Int8

        var quantity: Int128 { Int128(high) << 64 | Int128(low) }

        init(_ level: KeptLevel) {
            low = UInt64(truncatingIfNeeded: level.quantity)
            high = Int64(truncatingIfNeeded: level.quantity >> 64)
            priceScale = level.priceScale
            quantityScale = level.quantityScale
        }

        init(quantity: Int64, scale: Int8, priceScale: Int8) {
            low = UInt64(bitPattern: quantity)
            high = quantity < 0 ? -1 : 0
            self.priceScale = priceScale
            quantityScale = scale
        }
    }

    /// Memory for a piece: ranks and entries side by side. Ranks beyond `count` are ``free``, which
    /// is above all others, so that a search need not know how many there are.
    private struct Piece {
        static let free = Int64.max

        let ranks: UnsafeMutablePointer<Int64>
        let entries: UnsafeMutablePointer<Entry>
        var count = 0

        init() {
            ranks = .allocate(capacity: KeptSide.pieceMax)
            ranks.initialize(repeating: Self.free, count: KeptSide.pieceMax)
            entries = .allocate(capacity: KeptSide.pieceMax)
        }

        func deallocate() {
            ranks.deallocate()
            entries.deallocate()
        }

        /// The first index whose rank is not below `rank`.
        ///
        /// Two counts instead of a search by halves: which way such a search goes cannot be
        /// predicted, and a wrong guess costs more than all comparisons here.
        @inline(__always)
        func index(of rank: Int64) -> Int {
            var block = 0
            for probe in 1..<4 { block += ranks[probe * 16 - 1] < rank ? 1 : 0 }
            let start = ranks + block * 16
            var inside = 0
            for probe in 0..<16 { inside += start[probe] < rank ? 1 : 0 }
            return block * 16 + inside
        }

        /// Makes room for a level at `index`, in memory that has room.
        @inline(__always)
        mutating func open(_ index: Int) {
            (ranks + index + 1).update(from: ranks + index, count: count - index)
            (entries + index + 1).update(from: entries + index, count: count - index)
            count += 1
        }

        /// Takes out `removed` levels from `index` on.
        @inline(__always)
        mutating func close(_ index: Int, count removed: Int) {
            let moved = count - index - removed
            (ranks + index).update(from: ranks + index + removed, count: moved)
            (entries + index).update(from: entries + index + removed, count: moved)
            count -= removed
            for place in count..<(count + removed) { ranks[place] = Self.free }
        }

        /// Adds `count` levels of another piece from `index` on.
        mutating func take(_ other: Piece, from index: Int, count added: Int) {
            (ranks + count).update(from: other.ranks + index, count: added)
            (entries + count).update(from: other.entries + index, count: added)
            count += added
        }
    }

    /// Whether higher prices are better.
    let isBid: Bool
    /// How many levels there are.
    private(set) var count = 0
    private var pieces: [Piece] = []
    /// The first rank of every piece.
    private var firsts: [Int64] = []
    private var spare: [Piece] = []

    /// The most empty pieces that are kept for later.
    private static let spareMax = 64

    init(isBid: Bool) { self.isBid = isBid }

    deinit {
        for piece in pieces { piece.deallocate() }
        for piece in spare { piece.deallocate() }
    }

    /// The best key.
    var best: Int64? {
        guard let last = pieces.last else { return nil }
        return rank(last.ranks[last.count - 1])
    }

    /// Calls `body` with every key and what is kept of it, best first.
    func forEach(_ body: (_ key: Int64, _ entry: Entry) -> Void) {
        for piece in pieces.reversed() {
            for index in stride(from: piece.count - 1, through: 0, by: -1) {
                body(rank(piece.ranks[index]), piece.entries[index])
            }
        }
    }

    /// The key and what is kept of it, `rank` places behind the best, or nil.
    func level(rank place: Int) -> (key: Int64, entry: Entry)? {
        var left = place
        for piece in pieces.reversed() {
            if left < piece.count {
                let index = piece.count - 1 - left
                return (rank(piece.ranks[index]), piece.entries[index])
            }
            left -= piece.count
        }
        return nil
    }

    /// From key to rank and back.
    @inline(__always)
    private func rank(_ key: Int64) -> Int64 { isBid ? key : ~key }

    mutating func removeAll() {
        for piece in pieces { keepForLater(piece) }
        pieces.removeAll(keepingCapacity: true)
        firsts.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Sets or (quantity 0) removes a level. Costs two binary searches and the move of a piece.
    @inline(__always)
    mutating func set(key: Int64, _ entry: Entry) {
        let rank = rank(key)
        let isRemoval = entry.low == 0 && entry.high == 0
        let place = place(of: rank)
        guard place < pieces.count else {
            if !isRemoval { add(rank, entry) }
            return
        }
        let piece = pieces[place]
        let index = piece.index(of: rank)
        let exists = index < piece.count && piece.ranks[index] == rank
        if isRemoval {
            if exists { remove(index, of: place) }
        } else if exists {
            piece.entries[index] = entry
        } else {
            insert(rank, entry, at: index, of: place)
        }
    }

    /// Adds a level that is better than all others; false (and nothing changed) where it is not.
    mutating func append(key: Int64, _ entry: Entry) -> Bool {
        let rank = rank(key)
        if let last = pieces.last, last.ranks[last.count - 1] >= rank { return false }
        add(rank, entry)
        return true
    }

    /// Forgets the worst levels beyond `count` and says how many those were.
    @inline(__always)
    mutating func trim(to count: Int) -> Int64 {
        self.count > count ? cut(to: count) : 0
    }

    private mutating func cut(to count: Int) -> Int64 {
        let excess = self.count - count
        var left = excess
        while left > 0 {
            let size = min(left, pieces[0].count)
            if size == pieces[0].count {
                dropPiece(0)
            } else {
                pieces[0].close(0, count: size)
                firsts[0] = pieces[0].ranks[0]
            }
            left -= size
        }
        self.count = count
        return Int64(excess)
    }

    /// Whether all keys can be multiplied and stay within 64 bits.
    func canRescale(by factor: Int64) -> Bool {
        guard let worst = firsts.first, let best else { return true }
        return !rank(worst).multipliedReportingOverflow(by: factor).overflow
            && !best.multipliedReportingOverflow(by: factor).overflow
    }

    /// Multiplies all keys; ``canRescale(by:)`` was true.
    mutating func rescale(by factor: Int64) {
        for place in pieces.indices {
            let piece = pieces[place]
            for index in 0..<piece.count {
                piece.ranks[index] = rank(rank(piece.ranks[index]) * factor)
            }
            firsts[place] = piece.ranks[0]
        }
    }

    // MARK: Pieces

    private mutating func newPiece() -> Piece { spare.popLast() ?? Piece() }

    private mutating func keepForLater(_ piece: Piece) {
        guard spare.count < Self.spareMax else { return piece.deallocate() }
        var empty = piece
        empty.close(0, count: piece.count)
        spare.append(empty)
    }

    private mutating func add(_ rank: Int64, _ entry: Entry) {
        if pieces.isEmpty || pieces[pieces.count - 1].count == Self.pieceMax {
            pieces.append(newPiece())
            firsts.append(rank)
        }
        let last = pieces[pieces.count - 1]
        last.ranks[last.count] = rank
        last.entries[last.count] = entry
        pieces[pieces.count - 1].count += 1
        count += 1
    }

    private mutating func insert(_ rank: Int64, _ entry: Entry, at index: Int, of place: Int) {
        let piece = pieces[place]
        if piece.count == Self.pieceMax {
            if place == pieces.count - 1, index == Self.pieceMax { return add(rank, entry) }
            split(place)
            let middle = pieces[place].count
            let isLater = index > middle
            return insert(
                rank, entry, at: isLater ? index - middle : index, of: isLater ? place + 1 : place)
        }
        pieces[place].open(index)
        piece.ranks[index] = rank
        piece.entries[index] = entry
        if index == 0 { firsts[place] = rank }
        count += 1
    }

    private mutating func remove(_ index: Int, of place: Int) {
        let piece = pieces[place]
        count -= 1
        guard piece.count > 1 else { return dropPiece(place) }
        pieces[place].close(index, count: 1)
        if index == 0 { firsts[place] = piece.ranks[0] }
        if pieces[place].count < Self.pieceMax / 8 { join(place) }
    }

    private mutating func dropPiece(_ place: Int) {
        keepForLater(pieces.remove(at: place))
        firsts.remove(at: place)
    }

    /// Makes two half pieces of a full one.
    private mutating func split(_ place: Int) {
        let middle = Self.pieceMax / 2
        var later = newPiece()
        later.take(pieces[place], from: middle, count: Self.pieceMax - middle)
        pieces[place].close(middle, count: Self.pieceMax - middle)
        firsts.insert(later.ranks[0], at: place + 1)
        pieces.insert(later, at: place + 1)
    }

    /// Puts a piece that has become short into the one before it, where both are short.
    private mutating func join(_ place: Int) {
        let last = pieces[place]
        guard place > 0, pieces[place - 1].count + last.count < Self.pieceMax / 2 else { return }
        pieces[place - 1].take(last, from: 0, count: last.count)
        dropPiece(place)
    }

    /// The piece in which a rank is or belongs; most are in the last one.
    @inline(__always)
    private func place(of rank: Int64) -> Int {
        let end = firsts.count
        return firsts.withUnsafeBufferPointer { firsts in
            guard let first = firsts.baseAddress, end > 1, rank < first[end - 1] else {
                return max(0, end - 1)
            }
            // Halves until few are left, then a count of those that are not above.
            var start = 0
            var size = end
            while size > 16 {
                let half = size / 2
                if first[start + half - 1] <= rank { start += half }
                size -= half
            }
            var isNotAbove = 0
            for probe in 0..<size { isNotAbove += first[start + probe] <= rank ? 1 : 0 }
            return max(0, start + isNotAbove - 1)
        }
    }
}
