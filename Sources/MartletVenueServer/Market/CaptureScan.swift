// A first pass over a recording: which instruments it has, how their numbers are written, how each
// book begins.

import MartletModel
import MartletVenues

/// What a recording holds of one instrument.
struct ScannedInstrument {
    let symbol: String
    var prices = NumberScan()
    var quantities = NumberScan()
    var hasTrades = false
    var hasAggregates = false
    var hasChanges = false
    var hasQuotes = false
    /// The first whole book that was asked for, with its number.
    var firstSnapshot: (levels: [(Side, ExactDecimal, ExactDecimal)], update: Int64)?
    var topPrice: ExactDecimal?

    init(symbol: String) { self.symbol = symbol }
}

/// Which steps and how many digits the numbers of one kind have.
struct NumberScan {
    private(set) var digitsMin = Int.max
    private(set) var digitsMax = 0
    private var significantMax = 0

    /// Looks at one number.
    mutating func see(_ number: DecimalText) {
        guard let value = number.value else { return }
        digitsMin = min(digitsMin, value.scale)
        digitsMax = max(digitsMax, value.scale)
        guard value.mantissa != 0 else { return }
        var zeros = 0
        var mantissa = value.mantissa
        while mantissa % 10 == 0 {
            mantissa /= 10
            zeros += 1
        }
        significantMax = max(significantMax, value.scale - zeros)
    }

    /// Takes what another scan saw.
    mutating func join(_ other: NumberScan) {
        digitsMin = min(digitsMin, other.digitsMin)
        digitsMax = max(digitsMax, other.digitsMax)
        significantMax = max(significantMax, other.significantMax)
    }

    /// The largest power of ten (at most 1) of which all numbers are multiples.
    var step: ExactDecimal { ExactDecimal(mantissa: 1, scale: min(18, significantMax)) }
    /// How they are written.
    var style: NumberStyle { NumberStyle(min(digitsMin, digitsMax), digitsMax) }
}

/// All that the first pass finds.
struct CaptureScan {
    private(set) var instruments: [ScannedInstrument] = []
    /// What there is by kind.
    private(set) var tally = CaptureTally()
    private(set) var firstTime: Int64?
    /// The instrument of messages that name none: that of a recording of only one.
    var assumed: String? {
        orphan == nil || instruments.count != 1 ? nil : instruments[0].symbol
    }
    /// What messages that name no instrument hold: REST books, as a rule.
    private var orphan: ScannedInstrument?
    private var places: [String: Int] = [:]

    /// Instruments at most; the messages of more are passed over.
    static let instrumentsMax = 5000

    /// Reads whole recordings.
    ///
    /// - Throws: `integrity` where nothing in them is of this venue.
    init(paths: [String], adapter: any VenueAdapter) throws(Failure) {
        var captures = try MergedCaptures(paths: paths)
        var decoder = adapter.makeDecoder()
        var batch = EventBatch()
        while let message = try captures.next() {
            if firstTime == nil { firstTime = message.time }
            let kind = message.payload.withUnsafeBufferPointer { bytes -> FrameKind? in
                let frame = Frame(
                    UnsafeBufferPointer(rebasing: bytes[..<message.count]),
                    isBinary: message.isBinary, request: message.request)
                let kind = try? decoder.decode(frame, into: &batch)  // nil: counted below
                if kind == .decoded || (kind == .unknown && batch.events.count > 0) {
                    see(batch, wasRequested: message.request != nil)
                }
                return kind
            }
            tally.count(kind)
        }
        tally.unusable = captures.unusable
        if let orphan, instruments.count == 1 { instruments[0].adopt(orphan) }
        guard !instruments.isEmpty else {
            throw Failure(
                .integrity,
                "\(paths.joined(separator: ", ")): no market data of \(adapter.profile.venue.name) "
                    + "to serve: \(tally.messages) messages hold \(tally.holdings); needed are "
                    + "trades, books, best bid and ask, or bars of an instrument with a name; "
                    + "check the venue and the file with martlet feed decode")
        }
    }

    private mutating func place(_ header: EventHeader) -> Int? {
        guard let symbol = header.instrument?.string else { return nil }
        if let index = places[symbol] { return index }
        guard instruments.count < Self.instrumentsMax else { return nil }
        places[symbol] = instruments.count
        instruments.append(ScannedInstrument(symbol: symbol))
        return instruments.count - 1
    }

    private mutating func see(_ batch: borrowing EventBatch, wasRequested: Bool) {
        for index in 0..<batch.events.count {
            tally.count(batch.events[index])
            switch batch.events[index] {
            case .trade(let trade):
                guard let place = place(trade.header) else { continue }
                if trade.firstID == nil {
                    instruments[place].hasTrades = true
                } else {
                    instruments[place].hasAggregates = true
                }
                see(place, trade.price, trade.quantity)
            case .book(let book): see(book, batch)
            case .quote(let quote):
                guard let place = place(quote.header) else { continue }
                instruments[place].hasQuotes = true
                if let price = quote.bidPrice, let quantity = quote.bidQuantity {
                    see(place, price, quantity)
                }
                if let price = quote.askPrice, let quantity = quote.askQuantity {
                    see(place, price, quantity)
                }
            case .bar(let bar):
                guard let volume = bar.volume, let place = place(bar.header) else { continue }
                for price in [bar.open, bar.high, bar.low, bar.close] {
                    see(place, price, volume)
                }
            case .markPrice(let price), .indexPrice(let price): _ = place(price.header)
            case .liquidation(let order): _ = place(order.header)
            default: break
            }
        }
    }

    private mutating func see(_ place: Int, _ price: DecimalText, _ quantity: DecimalText) {
        instruments[place].prices.see(price)
        instruments[place].quantities.see(quantity)
        if let value = price.value, value.mantissa > 0 { instruments[place].topPrice = value }
    }

    private mutating func see(_ book: BookEvent, _ batch: borrowing EventBatch) {
        guard book.header.instrument != nil else {
            if orphan == nil { orphan = ScannedInstrument(symbol: "") }
            orphan?.see(book, batch)
            return
        }
        if let place = place(book.header) { instruments[place].see(book, batch) }
    }
}

extension ScannedInstrument {
    /// Looks at a book message; the first whole book is kept.
    mutating func see(_ book: BookEvent, _ batch: borrowing EventBatch) {
        if !book.isTopOnly, !book.isSnapshot { hasChanges = true }
        let keeps =
            book.isSnapshot && !book.isTopOnly && book.lastUpdate != nil && firstSnapshot == nil
        var levels: [(Side, ExactDecimal, ExactDecimal)] = []
        for (side, range) in [(Side.buy, book.bids), (.sell, book.asks)] {
            for index in range.indices {
                let level = batch.levels[index]
                prices.see(level.price)
                quantities.see(level.quantity)
                if keeps, let price = level.price.value, let quantity = level.quantity.value {
                    levels.append((side, price, quantity))
                }
            }
        }
        if let best = levels.first { topPrice = best.1 }
        if keeps { firstSnapshot = (levels, book.lastUpdate ?? 0) }
    }

    /// Takes what was found without a name.
    mutating func adopt(_ other: ScannedInstrument) {
        prices.join(other.prices)
        quantities.join(other.quantities)
        hasChanges = hasChanges || other.hasChanges
        firstSnapshot = firstSnapshot ?? other.firstSnapshot
        topPrice = other.topPrice ?? topPrice
    }
}
