// Holds the levels of the message being read until the message says whose they are.

import MartletModel
import MartletVenues

/// The levels of one message in whole ticks and lots, bids first. Grows with the longest message.
struct LevelStage: ~Copyable {
    /// A level in whole ticks and lots.
    struct Level {
        var price: Int64
        var quantity: Int64
    }

    /// A level that does not fit ticks and lots, as the message has it.
    struct Rejected {
        var side: Side
        var price: DecimalText
        var quantity: DecimalText
    }

    private var storage = UnsafeMutablePointer<Level>.allocate(capacity: 4096)
    private var capacity = 4096
    /// How many levels there are.
    private(set) var count = 0
    /// How many of them, the first ones, are bids.
    private(set) var bidCount = 0
    /// The first level that did not fit; valid while the message is being decoded.
    private(set) var rejected: Rejected?

    deinit { storage.deallocate() }

    /// A level by its position.
    @inline(__always)
    subscript(index: Int) -> Level {
        precondition(index >= 0 && index < count, "a level that is there")
        return storage[index]
    }

    /// Forgets all levels.
    @inline(__always)
    mutating func clear() {
        count = 0
        bidCount = 0
        rejected = nil
    }

    /// Adds a level; bids come before asks.
    @inline(__always)
    mutating func append(_ side: Side, price: Int64, quantity: Int64) {
        if count == capacity { grow() }
        storage[count] = Level(price: price, quantity: quantity)
        count += 1
        if side == .buy { bidCount = count }
    }

    /// Notes a level that does not fit.
    @inline(never)
    mutating func reject(_ side: Side, price: DecimalText, quantity: DecimalText) {
        if rejected == nil { rejected = Rejected(side: side, price: price, quantity: quantity) }
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Level>.allocate(capacity: capacity * 2)
        larger.update(from: storage, count: count)
        storage.deallocate()
        storage = larger
        capacity *= 2
    }
}
