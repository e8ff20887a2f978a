// Binance's instrument lists as events, with the venue's own numbers.

import MartletModel

extension BinanceReader {
    /// The entries of `symbols` in an `exchangeInfo`.
    func instruments(
        _ symbols: JSONValue, time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        for entry in try symbols.elements() {
            guard entry.isObject else { throw entry.failure(.unexpectedByte) }
            try instrument(entry.members(), time, &batch)
        }
    }

    private func instrument(
        _ entry: JSONMembers, _ time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(instrument: try entry.need("symbol").text(), exchangeTime: time)
        var event = InstrumentEvent(
            header: header, kind: product.instrumentKind,
            unit: product == .coinm ? .contracts : .base)
        event.stateText = entry.plain("status") ?? entry.plain("contractStatus")
        event.state = event.stateText.map { .binance($0) } ?? .unknown
        event.baseAsset = entry.plain("baseAsset")
        event.quoteAsset = entry.plain("quoteAsset")
        event.settlementAsset = entry.plain("marginAsset")
        if product == .coinm { event.multiplier = try entry.number("contractSize", &batch) }
        // Perpetuals carry a date of the year 2100.
        let isPerpetual = entry.plain("contractType")?.string.hasSuffix("PERPETUAL") == true
        if !isPerpetual { event.expiryTime = try entry.time("deliveryDate") }
        for filter in try entry.list("filters") where filter.isObject {
            try rule(filter.members(), &event, &batch)
        }
        batch.append(event)
    }

    private func rule(
        _ filter: JSONMembers, _ event: inout InstrumentEvent, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let type = filter.plain("filterType") else { return }
        if type.equals("PRICE_FILTER") {
            event.tickSize = try filter.number("tickSize", &batch)
        } else if type.equals("LOT_SIZE") {
            event.lotSize = try filter.number("stepSize", &batch)
            event.minimumQuantity = try filter.number("minQty", &batch)
            event.maximumQuantity = try filter.number("maxQty", &batch)
        } else if type.equals("NOTIONAL") || type.equals("MIN_NOTIONAL") {
            event.minimumNotional = try filter.number("minNotional", or: "notional", &batch)
        }
    }
}

extension BinanceProduct {
    /// How the market's instruments pay.
    var instrumentKind: InstrumentKind {
        switch self {
        case .spot: .spot
        case .usdm: .linear
        case .coinm: .inverse
        }
    }
}
