// Book messages made of texts, for tests.

import MartletFeed
import MartletModel
import MartletVenues

/// A batch that holds one book message after the other.
final class BookMessages {
    private var batch = EventBatch()

    func decimal(_ text: String) -> DecimalText {
        let slice = batch.keep(text)
        let digits = text.filter { $0 != "." }
        let scale = text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 }
        let mantissa = Int64(digits)
        return DecimalText(
            mantissa: mantissa ?? 0, scale: mantissa == nil ? -1 : Int32(scale ?? 0),
            start: slice.start, count: Int32(slice.count))
    }

    /// Hands one message to a keeper.
    func hand(
        _ keeper: BookKeeper, isSnapshot: Bool = false, bids: [(String, String)] = [],
        asks: [(String, String)] = [], first: Int64? = nil, last: Int64? = nil,
        previous: Int64? = nil, checksum: Int32? = nil, exchangeTime: Int64? = nil,
        isAnswer: Bool = false, at time: Int64 = 0
    ) -> BookOutcome {
        batch.removeAll()
        for (price, quantity) in bids + asks {
            batch.levels.append(
                BookLevel(price: decimal(price), quantity: decimal(quantity)))
        }
        let event = BookEvent(
            header: EventHeader(instrument: nil, exchangeTime: exchangeTime),
            isSnapshot: isSnapshot, bids: LevelRange(first: 0, count: bids.count),
            asks: LevelRange(first: bids.count, count: asks.count), firstUpdate: first,
            lastUpdate: last, previousUpdate: previous, checksum: checksum)
        return keeper.handle(event, batch.levels.values, isAnswer: isAnswer, at: time)
    }
}

extension BookKeeper {
    /// The levels as texts, best first.
    var texts: (bids: [String], asks: [String]) {
        func side(_ count: Int, _ level: (Int) -> KeptLevel?) -> [String] {
            (0..<count).compactMap(level).map { "\($0.priceText)x\($0.quantityText)" }
        }
        return (
            side(book.bidCount) { book.level(.buy, rank: $0) },
            side(book.askCount) { book.level(.sell, rank: $0) }
        )
    }
}
