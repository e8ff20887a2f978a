// The `data` of public events, back into the events they were written from.

import MartletModel

/// One reader per type of event; each appends exactly one event to the batch.
enum EnvelopeData {
    private static let tradeKeys: [StaticString] = [
        "id", "price", "quantity", "aggressor", "firstId", "lastId", "flags",
    ]

    static func trade(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(tradeKeys, optionalFrom: 4)
        var event = TradeEvent(
            header: head.header, id: try data.text(0),
            price: try data.present(1, data.decimal(1)),
            quantity: try data.present(2, data.decimal(2)),
            aggressor: try data.present(3, data.word(3, Aggressor.self)))
        event.firstID = try data.text(4)
        event.lastID = try data.text(5)
        event.isMarket = try !hasNonMarketFlag(data, 6)
        batch.events.append(.trade(event))
    }

    /// Whether the value is `["nonMarket"]`, the only list of flags there is.
    private static func hasNonMarketFlag(
        _ data: EnvelopeFields, _ place: Int
    ) throws(EnvelopeFailure) -> Bool {
        guard data.has(place) else { return false }
        guard var cursor = data.cursor(place), cursor.takeIf(UInt8(ascii: "[")) else {
            throw data.failure(place, "is no list of flags")
        }
        let flag: TextSlice?
        do throws(DecodingFailure) { flag = try cursor.text() } catch { flag = nil }
        guard flag?.equals("nonMarket") == true, cursor.takeIf(UInt8(ascii: "]")) else {
            throw data.failure(place, "is not [\"nonMarket\"]")
        }
        return true
    }

    static func snapshot(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) { try book(head, &batch, isSnapshot: true) }

    static func change(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) { try book(head, &batch, isSnapshot: false) }

    private static let bookKeys: [StaticString] = [
        "bids", "asks", "firstUpdate", "lastUpdate", "previousUpdate", "depth", "checksum",
    ]

    private static func book(
        _ head: EnvelopeHead, _ batch: inout EventBatch, isSnapshot: Bool
    ) throws(EnvelopeFailure) {
        let data = try head.data(bookKeys, optionalFrom: 6)
        let bids = try data.levels(0, into: &batch.levels)
        let asks = try data.levels(1, into: &batch.levels)
        var checksum: Int32?
        if data.has(6) {
            guard let value = Int32(exactly: try data.present(6, data.integer(6))) else {
                throw data.failure(6, "is no whole number of 32 bits")
            }
            checksum = value
        }
        let event = BookEvent(
            header: head.header, isSnapshot: isSnapshot, bids: bids, asks: asks,
            firstUpdate: try data.integer(2), lastUpdate: try data.integer(3),
            previousUpdate: try data.integer(4), depth: try data.natural(5).map { Int($0) },
            checksum: checksum)
        batch.events.append(.book(event))
    }

    private static let quoteKeys: [StaticString] = [
        "bidPrice", "bidQuantity", "askPrice", "askQuantity", "update",
    ]

    static func quote(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(quoteKeys)
        let event = QuoteEvent(
            header: head.header, bidPrice: try data.decimal(0), bidQuantity: try data.decimal(1),
            askPrice: try data.decimal(2), askQuantity: try data.decimal(3),
            update: try data.integer(4))
        batch.events.append(.quote(event))
    }

    private static let barKeys: [StaticString] = [
        "interval", "openTime", "closeTime", "open", "high", "low", "close", "volume", "closed",
        "priceKind",
    ]

    static func bar(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(barKeys, optionalFrom: 9)
        var priceKind = BarPriceKind.trade
        if data.has(9) {
            priceKind = try data.present(9, data.word(9, BarPriceKind.self))
            guard priceKind != .trade else { throw data.failure(9, "is none of mark, index") }
        }
        let event = BarEvent(
            header: head.header, interval: try data.present(0, data.interval(0)),
            openTime: try data.present(1, data.natural(1)),
            closeTime: try data.present(2, data.natural(2)),
            open: try data.present(3, data.decimal(3)),
            high: try data.present(4, data.decimal(4)),
            low: try data.present(5, data.decimal(5)),
            close: try data.present(6, data.decimal(6)), volume: try data.decimal(7),
            isClosed: try data.flag(8), priceKind: priceKind)
        batch.events.append(.bar(event))
    }

    private static func price(_ head: EnvelopeHead) throws(EnvelopeFailure) -> PriceEvent {
        let data = try head.data(["price"])
        return PriceEvent(header: head.header, price: try data.present(0, data.decimal(0)))
    }

    static func markPrice(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) { batch.events.append(.markPrice(try price(head))) }

    static func indexPrice(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) { batch.events.append(.indexPrice(try price(head))) }

    static func funding(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(["rate", "nextFundingTime", "interval"])
        let event = FundingEvent(
            header: head.header, rate: try data.present(0, data.decimal(0)),
            nextFundingTime: try data.natural(1), interval: try data.interval(2))
        batch.events.append(.funding(event))
    }

    static func openInterest(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(["quantity"])
        let event = OpenInterestEvent(
            header: head.header, quantity: try data.present(0, data.decimal(0)))
        batch.events.append(.openInterest(event))
    }

    static func liquidation(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(["side", "price", "priceKind", "quantity"])
        let event = LiquidationEvent(
            header: head.header, side: try data.present(0, data.side(0)),
            price: try data.present(1, data.decimal(1)),
            priceKind: try data.present(2, data.word(2, LiquidationPriceKind.self)),
            quantity: try data.present(3, data.decimal(3)))
        batch.events.append(.liquidation(event))
    }
}
