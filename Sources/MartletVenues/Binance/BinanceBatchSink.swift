// Binance's frequent messages as normalized events: what the fast decoder reads, put into a batch.

import MartletModel

/// Puts what the fast decoder hands on into a batch, which outlives it.
struct BinanceBatchSink: BinanceSink, ~Copyable {
    private let batch: UnsafeMutablePointer<EventBatch>
    private let context: BinanceContext
    private var firstLevel: Int
    private var asksFrom: Int?
    /// Whether the message is, or holds, something that the fast decoder does not read.
    private(set) var isForReader = false

    init(_ batch: UnsafeMutablePointer<EventBatch>, _ context: BinanceContext) {
        self.batch = batch
        self.context = context
        firstLevel = batch.pointee.levels.count
    }

    /// Reads bytes with the fast decoder; numbers with exponents, which it refuses, are written out
    /// first.
    ///
    /// - Returns: Whether there was nothing but what the fast decoder reads; else the events that
    ///   were added are not all.
    static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, _ context: BinanceContext,
        into batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        let events = batch.events.count
        let levels = batch.levels.count
        do throws(DecodingFailure) { return try readPlain(bytes, context, &batch) } catch {
            guard error.code == .badDecimal else { throw error }
            batch.events.truncate(to: events)
            batch.levels.truncate(to: levels)
            guard let text = ExponentText.writtenOut(bytes) else { throw error }
            let kept = batch.keep(text)
            // Places in the rewritten text are none in the message.
            let offset = error.offset
            do throws(DecodingFailure) { return try readPlain(kept.bytes, context, &batch) } catch {
                throw DecodingFailure(error.code, at: offset)
            }
        }
    }

    @inline(__always)
    private static func readPlain(
        _ bytes: UnsafeBufferPointer<UInt8>, _ context: BinanceContext, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        try withUnsafeMutablePointer(to: &batch) { batch throws(DecodingFailure) in
            var sink = BinanceBatchSink(batch, context)
            try BinanceDecoder(context.product).decode(bytes, into: &sink)
            return !sink.isForReader
        }
    }

    mutating func startMessage() {
        batch.pointee.levels.truncate(to: firstLevel)
        asksFrom = nil
    }

    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {
        if side == .sell, asksFrom == nil { asksFrom = batch.pointee.levels.count }
        batch.pointee.levels.append(BookLevel(price: price, quantity: quantity))
    }

    private mutating func claimLevels() -> (bids: LevelRange, asks: LevelRange) {
        let end = batch.pointee.levels.count
        let middle = asksFrom ?? end
        defer {
            firstLevel = end
            asksFrom = nil
        }
        return (
            LevelRange(first: firstLevel, count: middle - firstLevel),
            LevelRange(first: middle, count: end - middle)
        )
    }

    mutating func depth(_ message: BinanceDepth) {
        let (bids, asks) = claimLevels()
        batch.pointee.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.transactionTime ?? message.eventTime),
                    isSnapshot: message.partialLevels > 0, bids: bids, asks: asks,
                    firstUpdate: message.firstUpdate, lastUpdate: message.lastUpdate,
                    previousUpdate: message.previousUpdate,
                    depth: message.partialLevels > 0 ? message.partialLevels : nil,
                    isTopOnly: message.partialLevels > 0)))
    }

    mutating func snapshot(_ message: BinanceSnapshot) {
        let (bids, asks) = claimLevels()
        let levels = BinanceDecoder.partialLevels(of: message.stream)
        batch.pointee.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: message.symbol ?? symbol(of: message.stream)
                            ?? context.symbol(&batch.pointee),
                        exchangeTime: message.transactionTime ?? message.eventTime),
                    isSnapshot: true, bids: bids, asks: asks, lastUpdate: message.lastUpdate,
                    depth: levels > 0 ? levels : context.limit, isTopOnly: levels > 0)))
    }

    /// The instrument that a stream's name starts with, in the letters of the instrument lists.
    private func symbol(of stream: TextSlice) -> TextSlice? {
        guard !stream.isEmpty, !stream.hasEscapes, stream.start[0] != UInt8(ascii: "!"),
            let end = stream.bytes.firstIndex(of: UInt8(ascii: "@")), end > 0
        else { return nil }
        return batch.pointee.keepUppercased(
            TextSlice(start: stream.start, count: end, hasEscapes: false))
    }

    mutating func trade(_ message: BinanceTrade) {
        batch.pointee.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.tradeTime ?? message.eventTime),
                    id: message.idText, price: message.price, quantity: message.quantity,
                    aggressor: message.aggressor == .buy ? .buy : .sell,
                    firstID: message.firstTradeText, lastID: message.lastTradeText,
                    isMarket: message.isMarket)))
    }

    /// An empty side has a price or a quantity of 0, or none.
    @inline(__always)
    private func isEmpty(_ price: DecimalText, _ quantity: DecimalText) -> Bool {
        (price.fits && price.mantissa == 0) || (quantity.fits && quantity.mantissa == 0)
    }

    mutating func quote(_ message: BinanceQuote) {
        let hasBid = !isEmpty(message.bidPrice, message.bidQuantity)
        let hasAsk = !isEmpty(message.askPrice, message.askQuantity)
        batch.pointee.events.append(
            .quote(
                QuoteEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.transactionTime ?? message.eventTime),
                    bidPrice: hasBid ? message.bidPrice : nil,
                    bidQuantity: hasBid ? message.bidQuantity : nil,
                    askPrice: hasAsk ? message.askPrice : nil,
                    askQuantity: hasAsk ? message.askQuantity : nil,
                    update: message.update)))
    }

    mutating func markPrice(_ message: BinanceMarkPrice) {
        let header = EventHeader(instrument: message.symbol, exchangeTime: message.eventTime)
        if let price = message.markPrice {
            batch.pointee.events.append(.markPrice(PriceEvent(header: header, price: price)))
        }
        if let price = message.indexPrice {
            batch.pointee.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        }
        if let rate = message.fundingRate {
            batch.pointee.events.append(
                .funding(
                    FundingEvent(
                        header: header, rate: rate, nextFundingTime: message.nextFundingTime,
                        interval: nil)))
        }
    }

    mutating func liquidation(_ message: BinanceLiquidation) {
        let average = message.averagePrice.flatMap { $0.isZero ? nil : $0 }
        batch.pointee.events.append(
            .liquidation(
                LiquidationEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.tradeTime ?? message.eventTime),
                    side: message.side, price: average ?? message.price,
                    priceKind: average == nil ? .order : .fill, quantity: message.quantity)))
    }

    mutating func bar(_ message: BinanceBar) {
        guard let interval = BarInterval(message.interval.string) else {
            isForReader = true
            return
        }
        batch.pointee.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(
                        instrument: message.symbol, exchangeTime: message.eventTime),
                    interval: interval, openTime: message.openTime, closeTime: message.closeTime,
                    open: message.open, high: message.high, low: message.low,
                    close: message.close, volume: message.volume, isClosed: message.isClosed)))
    }

    mutating func instrument(_ rules: BinanceInstrument) { isForReader = true }
    mutating func control() { isForReader = true }
    mutating func unknown(event: TextSlice?) { isForReader = true }
}
