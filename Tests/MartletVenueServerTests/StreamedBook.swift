// A book put together from decoded messages, level by level, to compare with the served market.

import MartletModel
import MartletVenueServer
import MartletVenues

/// What a client of a stream has: the books by symbol, and what it heard besides.
struct StreamedBook {
    private(set) var sides: [Side: [String: String]] = [.buy: [:], .sell: [:]]
    private(set) var snapshots = 0
    private(set) var changes = 0
    private(set) var lastUpdate: Int64?
    /// Messages that did not follow the one before by 1.
    private(set) var gaps = 0
    /// Lines of other events.
    private(set) var counts: [FeedChannel: Int] = [:]
    private(set) var trades: [String] = []
    private(set) var controls = 0
    private(set) var failures: [String] = []

    /// Reads a message with the venue's own codec.
    mutating func take(_ text: String, _ decoder: inout any VenueDecoder) {
        var batch = EventBatch()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { bytes in
            do throws(DecodingFailure) {
                switch try decoder.decode(Frame(bytes), into: &batch) {
                case .control: controls += 1
                case .decoded: apply(batch)
                default: failures.append(text)
                }
            } catch { failures.append("\(error): \(text)") }
        }
    }

    private mutating func apply(_ batch: borrowing EventBatch) {
        for index in 0..<batch.events.count {
            let event = batch.events[index]
            counts[event.channel, default: 0] += 1
            if case .trade(let trade) = event {
                trades.append(
                    "\(trade.id?.string ?? "") \(trade.price.text) \(trade.quantity.text) "
                        + "\(trade.aggressor.rawValue)")
            }
            guard case .book(let book) = event else { continue }
            if book.isSnapshot {
                snapshots += 1
                sides = [.buy: [:], .sell: [:]]
            } else {
                changes += 1
                if let last = lastUpdate, let update = book.lastUpdate, update != last + 1 {
                    gaps += 1
                }
            }
            lastUpdate = book.lastUpdate
            for (side, range) in [(Side.buy, book.bids), (.sell, book.asks)] {
                for place in range.indices {
                    let level = batch.levels[place]
                    let isGone = level.quantity.fits && level.quantity.mantissa == 0
                    sides[side]?[level.price.text] = isGone ? nil : level.quantity.text
                }
            }
        }
    }

    /// The levels of a side of the market, as the venue writes them.
    static func levels(_ side: Side, _ market: InstrumentMarket, depth: Int) -> [String: String] {
        var result: [String: String] = [:]
        for level in market.levels(side, depth: depth) {
            result[market.instrument.price(level.tick)] = market.instrument.quantity(level.lots)
        }
        return result
    }
}
