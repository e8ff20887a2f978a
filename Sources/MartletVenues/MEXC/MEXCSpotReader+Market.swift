// MEXC spot's REST answers with market data.

import MartletModel

extension MEXCSpotReader {
    /// An object of a public REST answer.
    ///
    /// - Returns: False where it is something else.
    func market(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        if members.has("lastUpdateId", "bids", "asks") {
            try book(members, &batch)
        } else if let symbols = members["symbols"], symbols.isArray {
            let time = try members.time("serverTime")
            for entry in try symbols.elements() {
                try instrument(entry.members(), time, &batch)
            }
        } else if members.has("symbol", "baseAsset", "quoteAsset") {
            try instrument(members, nil, &batch)
        } else if members.has("isBuyerMaker", "price", "qty") {
            let isBuyerMaker = try members.need("isBuyerMaker").flag()
            let header = EventHeader(instrument: symbol, exchangeTime: try members.time("time"))
            batch.events.append(
                .trade(
                    TradeEvent(
                        header: header, id: members.plain("id"),
                        price: try members.need("price").number(&batch),
                        quantity: try members.need("qty").number(&batch),
                        aggressor: isBuyerMaker ? .sell : .buy)))
        } else if members.has("a", "f", "l"), members.has("p", "q", "T") {
            let isBuyerMaker = try members.need("m").flag()
            let header = EventHeader(instrument: symbol, exchangeTime: try members.time("T"))
            batch.events.append(
                .trade(
                    TradeEvent(
                        header: header, id: members.plain("a"),
                        price: try members.need("p").number(&batch),
                        quantity: try members.need("q").number(&batch),
                        aggressor: isBuyerMaker ? .sell : .buy, firstID: members.plain("f"),
                        lastID: members.plain("l"))))
        } else if members.has("bidPrice", "askPrice", "bidQty"), !members.has("priceChange") {
            batch.events.append(
                .quote(
                    QuoteEvent(
                        header: EventHeader(
                            instrument: members.plain("symbol") ?? symbol, exchangeTime: nil),
                        bidPrice: try members.numberAboveZero("bidPrice", &batch),
                        bidQuantity: try members.numberAboveZero("bidQty", &batch),
                        askPrice: try members.numberAboveZero("askPrice", &batch),
                        askQuantity: try members.numberAboveZero("askQty", &batch))))
        } else {
            // Rolling statistics and averages: known, and no event of ours.
            return !members.has("orderId")
                && (members.has("priceChange") || members.has("symbol", "price")
                    || members.has("mins", "price"))
        }
        return true
    }

    private func book(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var bids = try members.need("bids").cursor
        var asks = try members.need("asks").cursor
        let bidRange = try bids.bookLevels(into: &batch)
        let askRange = try asks.bookLevels(into: &batch)
        batch.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: symbol, exchangeTime: try members.time("timestamp")),
                    isSnapshot: true, bids: bidRange, asks: askRange,
                    lastUpdate: try members.need("lastUpdateId").integer(),
                    depth: request?["limit"].flatMap { Int($0) })))
    }

    /// The rows of `klines`: open time, open, high, low, close, volume, close time, amount.
    func bars(
        _ rows: [JSONValue], _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let asked = request?["interval"].flatMap { BarInterval.mexcSpot($0) }
        for row in rows {
            let cells = row.isArray ? try row.elements() : []
            guard cells.count >= 7 else { return unknown(&batch) }
            let open = try cells[0].time()
            let close = try cells[6].time()
            guard let interval = asked ?? BarInterval(from: open, to: close) else {
                throw cells[6].failure(.badValue)
            }
            batch.events.append(
                .bar(
                    BarEvent(
                        header: EventHeader(instrument: symbol, exchangeTime: nil),
                        interval: interval, openTime: open,
                        closeTime: interval.end(ofBarFrom: open) ?? close,
                        open: try cells[1].number(&batch), high: try cells[2].number(&batch),
                        low: try cells[3].number(&batch), close: try cells[4].number(&batch),
                        volume: try cells[5].number(&batch), isClosed: nil)))
        }
        return .decoded
    }

    /// One entry of `exchangeInfo`. Steps are given as numbers of decimals; the field named
    /// `baseSizePrecision` is the smallest order, `quoteAmountPrecision` the smallest order value.
    private func instrument(
        _ entry: JSONMembers, _ time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var event = InstrumentEvent(
            header: EventHeader(instrument: try entry.need("symbol").text(), exchangeTime: time),
            kind: .spot, unit: .base)
        event.stateText = entry.plain("status")
        event.state = MEXCSpotReader.state(event.stateText)
        event.isAPIAllowed = try entry.flag("isSpotTradingAllowed") ?? true
        event.baseAsset = entry.plain("baseAsset")
        event.quoteAsset = entry.plain("quoteAsset")
        event.tickSize = try step(
            entry["quotePrecision"] ?? entry["quoteAssetPrecision"], &batch)
        event.lotSize = try step(entry["baseAssetPrecision"], &batch)
        event.minimumQuantity = try entry.numberAboveZero("baseSizePrecision", &batch)
        event.minimumNotional = try entry.numberAboveZero("quoteAmountPrecision", &batch)
        batch.append(event)
    }

    private static func state(_ word: TextSlice?) -> TradingState {
        switch word?.string {
        case "1", "ENABLED": .trading
        case "2": .halted
        case "3": .closed
        default: .unknown
        }
    }

    /// One unit of the last of so many decimals.
    private func step(
        _ value: JSONValue?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard let value else { return nil }
        let decimals = try value.integer()
        guard decimals <= 18 else { throw value.failure(.badValue) }
        if decimals == 0 { return try batch.keepNumber([48 + 1]) }
        let zeros = Array(repeating: UInt8(48), count: Int(decimals) - 1)
        return try batch.keepNumber([48, UInt8(ascii: ".")] + zeros + [49])
    }
}
