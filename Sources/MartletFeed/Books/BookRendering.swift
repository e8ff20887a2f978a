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
        let first = batch.levels.count
        book.forEach(side) { level in
            let place = batch.reserve(2 * KeptLevel.textRoom)
            let price = batch.keep(written: level.writePrice(to: place))
            let quantity = batch.keep(written: level.writeQuantity(to: place + price.count))
            let short = level.quantityScale <= 18 ? Int64(exactly: level.quantity) : nil
            batch.levels.append(
                BookLevel(
                    price: DecimalText(
                        mantissa: level.price, scale: Int32(level.priceScale),
                        start: price.start, count: Int32(price.count)),
                    quantity: DecimalText(
                        mantissa: short ?? 0, scale: short == nil ? -1 : Int32(level.quantityScale),
                        start: quantity.start, count: Int32(quantity.count))))
        }
        return LevelRange(first: first, count: batch.levels.count - first)
    }
}
