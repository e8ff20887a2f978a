// Counts how often the recorded book stands crossed: best bid at or above best ask.

import MartletBook
import MartletModel

/// Keeps the book that the messages describe, applied as they come, whatever gaps there are.
struct CrossingCounter: ~Copyable {
    /// Depth messages after which the book was crossed.
    private(set) var crossed: Int64 = 0
    private var book = OrderBook()

    /// Takes a level over.
    @inline(__always)
    mutating func set(_ isBid: Bool, tick: Int64, lots: Int64) {
        if isBid {
            book.setBid(tick: tick, lots: lots)
        } else {
            book.setAsk(tick: tick, lots: lots)
        }
    }

    /// A snapshot starts: both sides go.
    mutating func clear() {
        book.removeAll(.buy)
        book.removeAll(.sell)
    }

    /// A depth message ends.
    @inline(__always)
    mutating func endMessage() {
        if book.isCrossed { crossed += 1 }
    }
}
