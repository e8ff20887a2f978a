// A kept book as an event: the whole of it, digit for digit as the venue wrote it.

import MartletBook
import MartletModel
public import MartletVenues

extension BookKeeper {
    /// Puts the book into a batch as one snapshot event; the batch is emptied first.
    public func render(into batch: inout EventBatch, instrument: String) {
        batch.removeAll()
        let bids = append(.buy, to: &batch)
        let asks = append(.sell, to: &batch)
        let header = EventHeader(instrument: batch.keep(instrument), exchangeTime: exchangeTime)
        batch.events.append(
            .book(
                BookEvent(
                    header: header, isSnapshot: true, bids: bids, asks: asks,
                    lastUpdate: sync.knownVersion)))
    }

    private func append(_ side: Side, to batch: inout EventBatch) -> LevelRange {
        let count = side == .buy ? book.bidCount : book.askCount
        var bytes: [UInt8] = []
        var ends: [Int32] = []
        bytes.reserveCapacity(count * 20)
        ends.reserveCapacity(count * 2)
        for rank in 0..<count {
            guard let level = book.level(side, rank: rank) else { break }
            KeptLevel.append(level.price, scale: level.priceScale, to: &bytes)
            ends.append(Int32(bytes.count))
            if let short = Int64(exactly: level.quantity) {
                KeptLevel.append(short, scale: level.quantityScale, to: &bytes)
            } else {
                bytes.append(contentsOf: level.quantityText.utf8)
            }
            ends.append(Int32(bytes.count))
        }
        let text = batch.keep(bytes)
        let first = batch.levels.count
        var start: Int32 = 0
        for rank in 0..<(ends.count / 2) {
            guard let level = book.level(side, rank: rank) else { break }
            let middle = ends[rank * 2]
            let end = ends[rank * 2 + 1]
            let quantity = Int64(exactly: level.quantity)
            let isShort = quantity != nil && level.quantityScale <= 18
            batch.levels.append(
                BookLevel(
                    price: DecimalText(
                        mantissa: level.price, scale: Int32(level.priceScale),
                        start: text.start + Int(start), count: middle - start),
                    quantity: DecimalText(
                        mantissa: isShort ? quantity ?? 0 : 0,
                        scale: isShort ? Int32(level.quantityScale) : -1,
                        start: text.start + Int(middle), count: end - middle)))
            start = end
        }
        return LevelRange(first: first, count: ends.count / 2)
    }
}
