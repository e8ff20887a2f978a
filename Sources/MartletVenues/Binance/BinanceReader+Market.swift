// Binance's REST answers with market data: books, trades, bars, prices, instrument lists.

import MartletModel

extension BinanceReader {
    /// What stands under `result` of a WebSocket API answer: shaped as the REST answer.
    func result(
        _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let inner = value.isObject ? [value] : (value.isArray ? try value.elements() : [])
        if let first = inner.first, first.isArray { return try bars(inner, &batch) }
        var kind: FrameKind?
        for element in inner {
            var found: FrameKind?
            if element.isObject {
                let members = try element.members()
                found = try marketAnswer(members, element, &batch)
                if found == nil { found = try accountAnswer(members, &batch) }
                if found == nil { found = try control(members, &batch) }
            }
            let next = found ?? .unknown
            kind = kind?.joined(with: next) ?? next
        }
        return kind ?? .unknown
    }

    /// An object of a public REST answer; nil where it is something else.
    func marketAnswer(
        _ members: JSONMembers, _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if members.has("lastUpdateId", "bids", "asks") || members.has("u", "s", "b", "B", "a", "A")
        {
            return try readFast(value, &batch) ? .decoded : nil
        }
        if let symbols = members["symbols"], symbols.isArray,
            members.has("exchangeFilters") || members.has("rateLimits") || members.has("timezone")
        {
            try instruments(symbols, time: members.time("serverTime"), &batch)
            return .decoded
        }
        if members.has("isBuyerMaker", "price", "qty") {
            try listedTrade(members, &batch)
        } else if members.has("a", "p", "q", "m"), members.has("f", "l", "T") {
            try aggregate(members, &batch)
        } else if members.has("bidPrice", "askPrice", "bidQty"), !members.has("priceChange") {
            try quote(members, &batch)
        } else if members.has("markPrice", "indexPrice") {
            try premium(members, &batch)
        } else if members.has("fundingRate", "fundingTime") {
            batch.events.append(
                .funding(
                    FundingEvent(
                        header: EventHeader(
                            instrument: members.plain("symbol") ?? context.symbol(&batch),
                            exchangeTime: try members.time("fundingTime")),
                        rate: try members.need("fundingRate").number(&batch),
                        nextFundingTime: nil, interval: nil)))
        } else if let quantity = members["openInterest"] ?? members["sumOpenInterest"] {
            // The latest, or one entry of the history.
            let key: StaticString = members.has("openInterest") ? "time" : "timestamp"
            let header = try listHeader(members, time: key, &batch)
            batch.events.append(
                .openInterest(
                    OpenInterestEvent(header: header, quantity: try quantity.number(&batch))))
        } else {
            return BinanceReader.isSilent(members) ? .decoded : nil
        }
        return .decoded
    }

    /// Answers that are known and say nothing that Martlet has an event for.
    private static func isSilent(_ members: JSONMembers) -> Bool {
        if members.has("orderId") { return members.has("newQty") }
        return members.has("priceChange") || members.has("openPrice", "lastPrice")
            || members.has("symbol", "price") || members.has("mins", "price")
            || members.has("adjustedFundingRateCap") || members.has("longShortRatio")
            || members.has("calculationType") || members.has("rateLimitType")
            || members.has("standardCommissionForOrder") || members.has("standardCommission")
    }

    private func listHeader(
        _ members: JSONMembers, time: StaticString, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> EventHeader {
        EventHeader(
            instrument: members.plain("symbol") ?? context.symbol(&batch),
            exchangeTime: try members.time(time))
    }

    private func listedTrade(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let isBuyerMaker = try members.need("isBuyerMaker").flag()
        batch.events.append(
            .trade(
                TradeEvent(
                    header: try listHeader(members, time: "time", &batch), id: members.plain("id"),
                    price: try members.need("price").number(&batch),
                    quantity: try members.need("qty").number(&batch),
                    aggressor: isBuyerMaker ? .sell : .buy)))
    }

    private func aggregate(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let isBuyerMaker = try members.need("m").flag()
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(
                        instrument: context.symbol(&batch), exchangeTime: try members.time("T")),
                    id: members.plain("a"), price: try members.need("p").number(&batch),
                    quantity: try members.need("q").number(&batch),
                    aggressor: isBuyerMaker ? .sell : .buy, firstID: members.plain("f"),
                    lastID: members.plain("l"))))
    }

    private func quote(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        batch.events.append(
            .quote(
                QuoteEvent(
                    header: try listHeader(members, time: "time", &batch),
                    bidPrice: try members.numberAboveZero("bidPrice", &batch),
                    bidQuantity: try members.numberAboveZero("bidQty", &batch),
                    askPrice: try members.numberAboveZero("askPrice", &batch),
                    askQuantity: try members.numberAboveZero("askQty", &batch),
                    update: try members["lastUpdateId"]?.integer())))
    }

    private func premium(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = try listHeader(members, time: "time", &batch)
        if let price = try members.number("markPrice", &batch) {
            batch.events.append(.markPrice(PriceEvent(header: header, price: price)))
        }
        if let price = try members.number("indexPrice", &batch) {
            batch.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        }
        if let rate = try members.number("lastFundingRate", &batch) {
            batch.events.append(
                .funding(
                    FundingEvent(
                        header: header, rate: rate,
                        nextFundingTime: try members.time("nextFundingTime"), interval: nil)))
        }
    }

    /// The rows of `klines`: open time, open, high, low, close, volume, last millisecond, …
    func bars(
        _ rows: [JSONValue], _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let kind: BarPriceKind
        switch context.request {
        case .some(let request) where request.pathHas("premiumIndexKlines"): return .decoded
        case .some(let request) where request.pathHas("markPriceKlines"): kind = .mark
        case .some(let request) where request.pathHas("indexPriceKlines"): kind = .index
        default: kind = .trade
        }
        for row in rows {
            guard row.isArray else { return unknown(nil, &batch) }
            let cells = try row.elements()
            guard cells.count >= 7 else { return unknown(nil, &batch) }
            try bar(cells, kind, &batch)
        }
        return .decoded
    }

    private func bar(
        _ cells: [JSONValue], _ kind: BarPriceKind, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let open = try cells[0].time()
        let close = try cells[6].time() / 1_000_000 * 1_000_000 + 1_000_000
        let asked = context.request?["interval"].flatMap { BarInterval($0) }
        guard let interval = asked ?? BarInterval(from: open, to: close) else {
            throw cells[6].failure(.badValue)
        }
        batch.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(instrument: context.symbol(&batch), exchangeTime: nil),
                    interval: interval, openTime: open, closeTime: close,
                    open: try cells[1].number(&batch), high: try cells[2].number(&batch),
                    low: try cells[3].number(&batch), close: try cells[4].number(&batch),
                    volume: kind == .trade ? try cells[5].number(&batch) : nil, isClosed: nil,
                    priceKind: kind)))
    }
}

extension BarInterval {
    /// The length of a bar between two times, ns; 28 to 31 days are a month. Nil where the times
    /// are no whole number of seconds apart.
    init?(from open: Int64, to close: Int64) {
        let (length, overflow) = close.subtractingReportingOverflow(open)
        guard !overflow, length > 0, length % 1_000_000_000 == 0 else { return nil }
        let seconds = length / 1_000_000_000
        if (28 * 86_400...31 * 86_400).contains(seconds) {
            self.init(months: 1)
        } else {
            self.init(seconds: seconds)
        }
    }
}
