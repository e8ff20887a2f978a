// Binance's messages as normalized events: the fast decoder's output put into a batch.

import MartletModel

/// Reads Binance's messages into a batch.
public struct BinanceVenueDecoder: VenueDecoder {
    private let decoder: BinanceDecoder

    /// A decoder of one of Binance's markets.
    public init(_ product: BinanceProduct) { decoder = BinanceDecoder(product) }

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        return try withUnsafeMutablePointer(to: &batch) { batch throws(DecodingFailure) in
            var sink = BinanceBatchSink(batch: batch, request: frame.request, frame.instrument)
            try decoder.decode(frame.bytes, into: &sink)
            return sink.kind
        }
    }
}

/// Puts what the decoder hands on into a batch, which outlives it.
struct BinanceBatchSink: BinanceSink, ~Copyable {
    private let batch: UnsafeMutablePointer<EventBatch>
    private let named: TextSlice?
    private var firstLevel = 0
    private var asksFrom: Int?
    private(set) var kind = FrameKind.decoded

    init(batch: UnsafeMutablePointer<EventBatch>, request: String?, _ instrument: String?) {
        self.batch = batch
        let name = request.flatMap { BinanceBatchSink.symbol(in: $0) } ?? instrument
        named = name.map { batch.pointee.keep($0) }
    }

    /// What stands after `symbol=` in a request.
    static func symbol(in request: String) -> String? {
        for separator in ["?symbol=", "&symbol="] {
            guard let range = request.utf8.firstRange(of: separator.utf8) else { continue }
            let rest = request.utf8[range.upperBound...]
            return String(rest.prefix { $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: " ") })
        }
        return nil
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

    mutating func trade(_ message: BinanceTrade) {
        batch.pointee.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.tradeTime ?? message.eventTime),
                    id: batch.pointee.keep("\(message.id)"), price: message.price,
                    quantity: message.quantity,
                    aggressor: message.aggressor == .buy ? .buy : .sell,
                    firstID: message.firstTrade.map { batch.pointee.keep("\($0)") },
                    lastID: message.lastTrade.map { batch.pointee.keep("\($0)") },
                    isMarket: message.isMarket)))
    }

    mutating func snapshot(_ message: BinanceSnapshot) {
        let (bids, asks) = claimLevels()
        batch.pointee.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: message.symbol ?? named,
                        exchangeTime: message.transactionTime ?? message.eventTime),
                    isSnapshot: true, bids: bids, asks: asks, lastUpdate: message.lastUpdate)))
    }

    mutating func quote(_ message: BinanceQuote) {
        batch.pointee.events.append(
            .quote(
                QuoteEvent(
                    header: EventHeader(
                        instrument: message.symbol,
                        exchangeTime: message.transactionTime ?? message.eventTime),
                    bidPrice: message.bidPrice, bidQuantity: message.bidQuantity,
                    askPrice: message.askPrice, askQuantity: message.askQuantity,
                    update: message.update)))
    }

    mutating func control() {
        kind = .control
        batch.pointee.control = .other
    }

    mutating func unknown(event: TextSlice?) {
        kind = .unknown
        batch.pointee.note = event.map { "event \($0.string)" }
    }
}
