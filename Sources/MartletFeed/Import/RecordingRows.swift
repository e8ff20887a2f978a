// The rows that the normalized events of one instrument become, whatever the venue.

import MartletModel
import MartletStore
import MartletVenues

/// Writes the events of one instrument as rows of a segment, in the rules of docs/event-segment.md.
struct RecordingRows: ~Copyable {
    private let spec: InstrumentSpec
    private let ticks: StepScale
    private let lots: StepScale
    private let track: UpdateTrack
    private var writer: SegmentWriter
    private var latest: Int64?
    private var hasChanges = false
    private var hasSingleTrades = false
    private var trades = RecentTrades()
    private var owed: EventFlags = []
    /// Book messages after which the book was crossed.
    private(set) var crossed: Int64 = 0
    /// Trades that were told before.
    private(set) var repeatedTrades: Int64 = 0
    /// Books of the top only, where the whole book is there.
    private(set) var partialBooks: Int64 = 0
    /// Events of kinds that segments do not hold.
    private(set) var otherKinds: Int64 = 0

    init(_ spec: InstrumentSpec, _ source: BookSource, _ writer: consuming SegmentWriter) {
        self.spec = spec
        self.writer = writer
        ticks = StepScale(of: spec.tickSize)
        lots = StepScale(of: spec.lotSize)
        track = UpdateTrack(source)
    }

    /// Gives back the writer.
    consuming func finish() -> SegmentWriter { writer }

    /// Writes one event.
    ///
    /// - Throws: integrity for numbers that are no whole ticks or lots, and for impossible times.
    mutating func take(
        _ event: MarketEvent, of batch: borrowing EventBatch, at received: Int64
    ) throws(Failure) {
        switch event {
        case .book(let book): try take(book, batch, received)
        case .trade(let trade): try take(trade, received)
        case .quote(let quote): try take(quote, received)
        case .liquidation(let order):
            let (time, flags) = try moment(order.header, received)
            try writer.append(
                EventRow(
                    kind: .liquidation, side: order.side, flags: flags.union(Self.whole),
                    exchangeTime: time, receiveTime: received, price: try price(order.price),
                    quantity: try quantity(order.quantity), sequence: -1))
        case .markPrice(let price):
            try reference(.markPrice, price.price, 8, price.header, received)
        case .indexPrice(let price):
            try reference(.indexPrice, price.price, 8, price.header, received)
        case .funding(let funding):
            try reference(
                .funding, funding.rate, 12, funding.header, received,
                quantity: max(0, funding.nextFundingTime ?? 0))
        case .openInterest(let interest):
            guard let count = lots.steps(interest.quantity), count >= 0 else {
                otherKinds += 1
                return
            }
            let (time, flags) = try moment(interest.header, received)
            try writer.append(
                EventRow(
                    kind: .openInterest, side: nil, flags: flags.union(Self.whole),
                    exchangeTime: time, receiveTime: received, price: 0, quantity: count,
                    sequence: -1))
        default: otherKinds += 1
        }
    }

    private static let whole: EventFlags = [.messageStart, .messageEnd]

    private mutating func take(
        _ book: BookEvent, _ batch: borrowing EventBatch, _ received: Int64
    ) throws(Failure) {
        if book.isTopOnly, hasChanges {
            partialBooks += 1
            return
        }
        if !book.isSnapshot { hasChanges = true }
        let verdict = track.take(book, of: batch)
        let (time, flags) = try moment(book.header, received)
        var first = owed
        switch verdict {
        case .hole: first.insert(.gap)
        case .repeated: first.insert(.stale)
        case .follows: break
        }
        owed = []
        let count = book.bids.count + book.asks.count
        guard count > 0 || book.isSnapshot else {
            // A hole before a message without levels is flagged on the next one.
            owed = first.intersection(.gap)
            return
        }
        first.formUnion(.messageStart)
        if book.isSnapshot { first.insert(.snapshotStart) }
        let kind: EventFlags = book.isSnapshot ? [.snapshot] : []
        var row = EventRow(
            kind: .level, side: .buy, exchangeTime: time, receiveTime: received, price: 0,
            quantity: 0, sequence: book.lastUpdate ?? -1)
        var written = 0
        let total = count + (book.isSnapshot ? 2 : 0)
        for (side, range) in [(Side.buy, book.bids), (.sell, book.asks)] {
            row.sideCode = side.rawValue
            if book.isSnapshot {
                row.flags = flags.union([.snapshot, .clear]).union(written == 0 ? first : [])
                if range.count == 0 { row.flags.insert(.emptySide) }
                row.price =
                    range.count > 0
                    ? try price(batch.levels[range.first + range.count - 1].price) : 0
                row.quantity = 0
                written += 1
                if written == total { row.flags.insert(.messageEnd) }
                try writer.append(row)
            }
            for index in range.indices {
                row.price = try price(batch.levels[index].price)
                row.quantity = try quantity(batch.levels[index].quantity)
                row.flags = flags.union(kind).union(written == 0 ? first : [])
                written += 1
                if written == total { row.flags.insert(.messageEnd) }
                try writer.append(row)
            }
        }
        if track.isCrossed { crossed += 1 }
    }

    private mutating func take(_ trade: TradeEvent, _ received: Int64) throws(Failure) {
        let isAggregate = trade.firstID != nil
        if let id = trade.id, trades.repeats(nameHash(id, isAggregate ? 1 : 0)) {
            repeatedTrades += 1
            return
        }
        var (time, flags) = try moment(trade.header, received)
        flags.formUnion(Self.whole)
        if isAggregate {
            flags.insert(.aggregate)
            // Where trades come one by one as well, the aggregate tells them a second time.
            if hasSingleTrades { flags.insert(.nonMarket) }
        } else {
            hasSingleTrades = true
        }
        if !trade.isMarket { flags.insert(.nonMarket) }
        let side: Side?
        switch trade.aggressor {
        case .buy: side = .buy
        case .sell: side = .sell
        case .unknown:
            side = nil
            flags.insert(.aggressorUnknown)
        }
        try writer.append(
            EventRow(
                kind: .trade, side: side, flags: flags, exchangeTime: time, receiveTime: received,
                price: try price(trade.price), quantity: try quantity(trade.quantity),
                sequence: trade.id.flatMap { Int64($0.string) }.flatMap { $0 >= 0 ? $0 : nil } ?? -1
            )
        )
    }

    private mutating func take(_ quote: QuoteEvent, _ received: Int64) throws(Failure) {
        let (time, flags) = try moment(quote.header, received)
        var rows: [EventRow] = []
        for (side, price, quantity) in [
            (Side.buy, quote.bidPrice, quote.bidQuantity),
            (.sell, quote.askPrice, quote.askQuantity),
        ] {
            guard let price, let quantity else { continue }
            rows.append(
                EventRow(
                    kind: .quote, side: side, flags: flags, exchangeTime: time,
                    receiveTime: received, price: try self.price(price),
                    quantity: try self.quantity(quantity), sequence: quote.update ?? -1))
        }
        guard !rows.isEmpty else { return }
        rows[0].flags.insert(.messageStart)
        rows[rows.count - 1].flags.insert(.messageEnd)
        for row in rows { try writer.append(row) }
    }

    private mutating func reference(
        _ kind: EventKind, _ number: DecimalText, _ scale: Int, _ header: EventHeader,
        _ received: Int64, quantity: Int64 = 0
    ) throws(Failure) {
        guard let value = number.value?.normalized.roundedMantissa(atScale: scale) else {
            otherKinds += 1
            return
        }
        let (time, flags) = try moment(header, received)
        try writer.append(
            EventRow(
                kind: kind, side: nil, flags: flags.union(Self.whole), exchangeTime: time,
                receiveTime: received, price: value, quantity: quantity, sequence: -1))
    }

    /// The venue's time, else the latest one heard, else the receive time; with the flags that say so.
    private mutating func moment(
        _ header: EventHeader, _ received: Int64
    ) throws(Failure) -> (Int64, EventFlags) {
        guard let time = header.exchangeTime else { return (latest ?? received, .receiveTimeOnly) }
        guard time >= 0, time <= SegmentLayout.timeMax else {
            throw Failure(.integrity, "the exchange time \(time) is none before the year 2116")
        }
        if let latest, time < latest { return (time, .timeBackwards) }
        latest = time
        return (time, [])
    }

    private func price(_ number: DecimalText) throws(Failure) -> Int64 {
        if let steps = ticks.steps(number) { return steps }
        throw misfit("price", number, spec.tickSize, "tick")
    }

    private func quantity(_ number: DecimalText) throws(Failure) -> Int64 {
        if let steps = lots.steps(number), steps >= 0 { return steps }
        throw misfit("quantity", number, spec.lotSize, "lot")
    }

    private func misfit(
        _ field: String, _ number: DecimalText, _ size: ExactDecimal, _ step: String
    ) -> Failure {
        Failure(
            .integrity,
            "\(field) \(number.text.prefix(60)) is no whole number of \(step) size \(size); give the "
                + "instrument's own with --\(step)")
    }
}
