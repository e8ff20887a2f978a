// A consumer that trusts the stream: it applies what is delivered and remembers what it saw.

import MartletFeed
import MartletModel
import MartletVenues

/// One instrument's book as a naive consumer builds it from delivered events.
struct WitnessBook {
    private(set) var bids: [Int128: Int128] = [:]
    private(set) var asks: [Int128: Int128] = [:]
    /// Whether the stream says that the book may be used.
    var isLive = false

    /// Numbers as whole units of 10⁻¹⁸, so that equal numbers are equal whatever their zeros.
    private static func unit(_ text: DecimalText) -> Int128? {
        guard let value = text.value else { return nil }
        var result = Int128(value.mantissa)
        for _ in value.scale..<18 { result *= 10 }
        return result
    }

    mutating func apply(_ book: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>) {
        if book.isSnapshot {
            bids.removeAll(keepingCapacity: true)
            asks.removeAll(keepingCapacity: true)
        }
        for index in book.bids.indices { Self.set(&bids, levels[index]) }
        for index in book.asks.indices { Self.set(&asks, levels[index]) }
    }

    private static func set(_ side: inout [Int128: Int128], _ level: BookLevel) {
        guard let price = unit(level.price), let quantity = unit(level.quantity) else { return }
        side[price] = quantity == 0 ? nil : quantity
    }

    var isCrossed: Bool {
        guard let bid = bids.keys.max(), let ask = asks.keys.min() else { return false }
        return bid >= ask
    }

    /// The ten best levels of each side.
    var top: [Int128] {
        let best =
            bids.keys.sorted(by: >).prefix(10).map { ($0, bids[$0] ?? 0) }
            + asks.keys.sorted().prefix(10).map { ($0, asks[$0] ?? 0) }
        return best.flatMap { [$0.0, $0.1] }
    }
}

/// Hears one pipeline, keeps its books, and counts what the stream said about itself.
final class BookWitness: FeedSink {
    private(set) var books: [String: WitnessBook] = [:]
    private(set) var gaps = 0
    private(set) var reasons: [String: Int] = [:]
    /// Delivered books that were crossed while the stream called them live.
    private(set) var crossed = 0
    /// Book events delivered while the stream did not call the book live.
    private(set) var untrusted = 0
    private(set) var deliveries = 0
    /// Called after each delivered book event: instrument, last update, and the book.
    var onBook: ((String, Int64?, WitnessBook) -> Void)?

    func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
        guard case .book(let event) = batch.events[index] else { return }
        let name = event.header.instrument?.string ?? context.instrument ?? ""
        var book = books[name] ?? WitnessBook()
        book.apply(event, batch.levels.values)
        deliveries += 1
        if book.isLive {
            if book.isCrossed { crossed += 1 }
        } else {
            untrusted += 1
        }
        books[name] = book
        onBook?(name, event.lastUpdate, book)
    }

    func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext) {
        guard channel == .l2, let name = context.instrument else { return }
        switch record {
        case .gap(let trouble):
            gaps += 1
            reasons[trouble.reason ?? "", default: 0] += 1
        case .state(let state, _): books[name, default: WitnessBook()].isLive = state == .live
        default: break
        }
    }

    func note(_ text: String) {}
}
