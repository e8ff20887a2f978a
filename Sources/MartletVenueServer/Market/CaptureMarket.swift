// A recording as a market source: its messages, read with the venue's own codec, move the market.

package import MartletModel
package import MartletVenues

/// Replays recordings of one venue. Update numbers, trade ids, times and decimals are the recorded
/// ones; what the recorder did not hear, subscribers do not hear.
///
/// Where the venue's books start with a requested snapshot, the first one of the recording is the
/// book from the beginning on: REST serves it while older changes are still told, which the venue's
/// rules make clients pass over. Later ones count only after the recorder had lost the stream.
package struct CaptureMarket: MarketSource {
    /// What is in the recording.
    package let instruments: [MarketInstrument]
    /// A recording.
    package var isRecorded: Bool { true }
    /// Just before the first message.
    package let startTime: Int64
    /// When the next message was received.
    package var nextTime: Int64? { captures.nextTime }
    /// Messages that do not decode, and lines that are none.
    package var unusable: Int64 { failures + captures.unusable }
    /// What it holds by kind, and what clients will miss.
    package let summary: String

    private var captures: MergedCaptures
    private var decoder: any VenueDecoder
    private let venue: any VenueProtocol
    private let scanned: [ScannedInstrument]
    private let assumed: String?
    private let isRequested: Bool
    private var places: [String: Int] = [:]
    private var failures: Int64 = 0
    private var isBroken: [Bool]
    private var running: [Int64]

    /// Looks through the recordings and opens them at their start.
    ///
    /// - Throws: `notFound`, or `integrity` where there is nothing of the venue in them.
    package init(
        paths: [String], venue: any VenueProtocol, adapter: any VenueAdapter
    ) throws(Failure) {
        let scan = try CaptureScan(paths: paths, adapter: adapter)
        self.venue = venue
        scanned = scan.instruments
        assumed = scan.assumed
        summary =
            "\(scan.tally.messages) messages hold \(scan.tally.holdings)"
            + (scan.tally.lacks.map { "; \($0)" } ?? "")
        startTime = max(0, (scan.firstTime ?? 1) - 1)
        instruments = scan.instruments.map { Self.instrument($0, venue) }
        captures = try MergedCaptures(paths: paths)
        decoder = adapter.makeDecoder()
        isBroken = scan.instruments.map { _ in false }
        running = scan.instruments.map { _ in 0 }
        for (index, instrument) in scan.instruments.enumerated() {
            places[instrument.symbol] = index
        }
        if case .requested = adapter.profile.bookSource {
            isRequested = true
        } else {
            isRequested = false
        }
    }

    private static func instrument(
        _ scanned: ScannedInstrument, _ venue: any VenueProtocol
    ) -> MarketInstrument {
        let tick = scanned.prices.step
        var instrument = venue.instrument(
            recordedAs: scanned.symbol, tickSize: tick, lotSize: scanned.quantities.step,
            priceStyle: scanned.prices.style, quantityStyle: scanned.quantities.style)
        if let price = scanned.topPrice?.wholeSteps(of: tick), price > 0 {
            instrument.startTick = price
        }
        return instrument
    }

    /// Sets up the books that begin with a requested snapshot.
    package mutating func begin(_ market: VenueMarket, _ updates: inout [MarketUpdate]) {
        for (index, scanned) in scanned.enumerated() {
            market.instruments[index].derivesQuotes = !scanned.hasQuotes
            guard isRequested, let first = scanned.firstSnapshot else { continue }
            let instrument = market.instruments[index].instrument
            var change = BookChange(at: startTime, update: first.update)
            for (side, price, quantity) in first.levels {
                guard let tick = price.wholeSteps(of: instrument.tickSize),
                    let lots = quantity.wholeSteps(of: instrument.lotSize)
                else { continue }
                change.add(side, MarketLevel(tick: tick, lots: lots))
            }
            market.instruments[index].replace(change, isStreamed: false, &updates)
        }
    }

    /// Plays the next message.
    package mutating func step(
        _ market: VenueMarket, _ updates: inout [MarketUpdate]
    ) throws(Failure) {
        guard let message = try captures.next() else { return }
        if message.followsLoss { isBroken = isBroken.map { _ in true } }
        var batch = EventBatch()
        message.payload.withUnsafeBufferPointer { bytes in
            let payload = UnsafeBufferPointer(rebasing: bytes[..<message.count])
            let frame = Frame(
                payload, isBinary: message.isBinary, request: message.request,
                instrument: assumed)
            let kind = try? decoder.decode(frame, into: &batch)  // nil: counted right below
            guard let kind else {
                failures += 1
                return
            }
            if kind == .decoded || (kind == .unknown && batch.events.count > 0) {
                play(batch, message, market, &updates)
            } else if kind == .unknown, let (stream, range) = venue.recordedStream(of: payload) {
                updates.append(
                    MarketUpdate(
                        -1, .recorded(stream: stream, payload: Array(payload[range]))))
            }
        }
    }

    private mutating func play(
        _ batch: borrowing EventBatch, _ message: RecordedMessage, _ market: VenueMarket,
        _ updates: inout [MarketUpdate]
    ) {
        var references: [(index: Int, reference: MarketReference)] = []
        for number in 0..<batch.events.count {
            let event = batch.events[number]
            guard let header = Self.header(event), let symbol = header.instrument?.string,
                let index = places[symbol]
            else { continue }
            let time = header.exchangeTime ?? message.time
            let instrument = market.instruments[index]
            switch event {
            case .trade(let trade): play(trade, instrument, time, &updates)
            case .book(let book):
                play(book, batch, instrument, time, message.request != nil, &updates)
            case .quote(let quote): play(quote, instrument, time, &updates)
            case .bar(let bar): play(bar, instrument)
            case .openInterest(let interest):
                instrument.tell(
                    openInterest: interest.quantity.text, time: time, &updates)
            case .liquidation(let order):
                updates.append(
                    MarketUpdate(
                        index,
                        .liquidation(
                            MarketLiquidation(
                                side: order.side, price: order.price.text,
                                quantity: order.quantity.text, time: time))))
            default: Self.collect(event, index, instrument, time, &references)
            }
        }
        for (index, reference) in references {
            market.instruments[index].tell(reference, &updates)
        }
    }

    /// Mark, index and funding of one message become one update.
    private static func collect(
        _ event: MarketEvent, _ index: Int, _ market: InstrumentMarket, _ time: Int64,
        _ references: inout [(index: Int, reference: MarketReference)]
    ) {
        var place = references.firstIndex { $0.index == index }
        if place == nil {
            var reference =
                market.reference
                ?? MarketReference(
                    mark: "", index: "", fundingRate: "", nextFundingTime: 0, time: time)
            reference.time = time
            references.append((index, reference))
            place = references.count - 1
        }
        guard let place else { return }
        switch event {
        case .markPrice(let price): references[place].reference.mark = price.price.text
        case .indexPrice(let price): references[place].reference.index = price.price.text
        case .funding(let funding):
            references[place].reference.fundingRate = funding.rate.text
            if let next = funding.nextFundingTime {
                references[place].reference.nextFundingTime = next
            }
            if let interval = funding.interval?.nanoseconds {
                references[place].reference.fundingInterval = interval
            }
        default: references.remove(at: place)
        }
    }

    private static func header(_ event: MarketEvent) -> EventHeader? {
        switch event {
        case .trade(let event): event.header
        case .book(let event): event.header
        case .quote(let event): event.header
        case .bar(let event): event.header
        case .markPrice(let event), .indexPrice(let event): event.header
        case .funding(let event): event.header
        case .openInterest(let event): event.header
        case .liquidation(let event): event.header
        default: nil
        }
    }

    private mutating func play(
        _ trade: TradeEvent, _ market: InstrumentMarket, _ time: Int64,
        _ updates: inout [MarketUpdate]
    ) {
        let scanned = scanned[market.index]
        // Where single trades are recorded too, aggregates would tell them twice.
        if trade.firstID != nil, scanned.hasTrades { return }
        guard let level = level(trade.price, trade.quantity, market.instrument) else { return }
        running[market.index] += 1
        let text = trade.id?.string
        let id = text.flatMap { Int64($0) } ?? running[market.index]
        var played = MarketTrade(
            id: id, textID: text.flatMap { Int64($0) == nil ? $0 : nil }, aggregateID: id,
            firstID: trade.firstID.flatMap { Int64($0.string) } ?? id,
            lastID: trade.lastID.flatMap { Int64($0.string) } ?? id, tick: level.tick,
            lots: level.lots, aggressor: nil, time: time)
        played.isMarket = trade.isMarket
        if trade.aggressor != .unknown { played.aggressor = trade.aggressor == .buy ? .buy : .sell }
        market.add(played, &updates)
    }

    private mutating func level(
        _ price: DecimalText, _ quantity: DecimalText, _ instrument: MarketInstrument
    ) -> MarketLevel? {
        guard let tick = price.value?.wholeSteps(of: instrument.tickSize),
            let lots = quantity.value?.wholeSteps(of: instrument.lotSize), lots >= 0
        else {
            failures += 1
            return nil
        }
        return MarketLevel(tick: tick, lots: lots)
    }

    private mutating func play(
        _ book: BookEvent, _ batch: borrowing EventBatch, _ market: InstrumentMarket,
        _ time: Int64, _ wasRequested: Bool, _ updates: inout [MarketUpdate]
    ) {
        let index = market.index
        // The top of a book that is told by its changes as well says nothing new.
        if book.isTopOnly, scanned[index].hasChanges || scanned[index].firstSnapshot != nil {
            return
        }
        let last = book.lastUpdate ?? market.update + 1
        var change = BookChange(at: time, update: last)
        change.isSnapshot = book.isSnapshot
        change.checksum = book.checksum
        change.previousUpdate = book.previousUpdate ?? market.update
        change.firstUpdate = book.firstUpdate ?? book.previousUpdate.map { $0 + 1 } ?? last
        for (side, range) in [(Side.buy, book.bids), (.sell, book.asks)] {
            for place in range.indices {
                let text = batch.levels[place]
                guard let level = level(text.price, text.quantity, market.instrument) else {
                    return
                }
                change.add(side, level)
            }
        }
        guard book.isSnapshot else {
            return play(change, market, numbers: book.previousUpdate != nil, &updates)
        }
        if isRequested || wasRequested {
            guard isBroken[index] || !market.hasBook else { return }
            isBroken[index] = false
            market.replace(change, isStreamed: false, &updates)
        } else {
            market.replace(change, isStreamed: true, &updates)
        }
    }

    private mutating func play(
        _ change: BookChange, _ market: InstrumentMarket, numbers: Bool,
        _ updates: inout [MarketUpdate]
    ) {
        if isRequested, market.hasBook, change.lastUpdate <= market.update {
            return market.pass(change, &updates)
        }
        let isNext =
            numbers
            ? change.previousUpdate <= market.update : change.firstUpdate <= market.update + 1
        if market.hasBook, !isNext { isBroken[market.index] = true }
        market.set(change, isRecorded: true, &updates)
    }

    private mutating func play(
        _ quote: QuoteEvent, _ market: InstrumentMarket, _ time: Int64,
        _ updates: inout [MarketUpdate]
    ) {
        var told = MarketQuote(
            bid: MarketLevel(tick: 0, lots: 0), ask: MarketLevel(tick: 0, lots: 0),
            update: quote.update ?? market.update, time: time)
        if let price = quote.bidPrice, let quantity = quote.bidQuantity {
            guard let level = level(price, quantity, market.instrument) else { return }
            told.bid = level
        }
        if let price = quote.askPrice, let quantity = quote.askQuantity {
            guard let level = level(price, quantity, market.instrument) else { return }
            told.ask = level
        }
        market.tell(told, &updates)
    }

    private mutating func play(_ bar: BarEvent, _ market: InstrumentMarket) {
        guard bar.priceKind == .trade, let volume = bar.volume,
            let open = level(bar.open, volume, market.instrument),
            let high = level(bar.high, volume, market.instrument),
            let low = level(bar.low, volume, market.instrument),
            let close = level(bar.close, volume, market.instrument)
        else { return }
        var played = MarketBar(openTime: bar.openTime, tick: open.tick)
        (played.high, played.low, played.close) = (high.tick, low.tick, close.tick)
        played.lots = open.lots
        played.turnover = Int128(close.tick) * Int128(open.lots)
        played.trades = 1
        market.put(played, interval: bar.interval)
    }
}

extension BookChange {
    /// A snapshot without levels yet, or a change to be filled.
    init(at time: Int64, update: Int64) {
        self.init(
            isSnapshot: true, firstUpdate: update, lastUpdate: update, previousUpdate: update,
            publication: 0, bids: [], asks: [], checksum: nil, time: time)
    }

    /// Adds a level at the end of a side.
    mutating func add(_ side: Side, _ level: MarketLevel) {
        if side == .buy { bids.append(level) } else { asks.append(level) }
    }
}
