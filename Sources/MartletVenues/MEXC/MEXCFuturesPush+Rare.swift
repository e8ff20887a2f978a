// MEXC futures' less frequent pushes: tickers, prices, funding, bars, contracts, our own account.

import MartletModel

extension MEXCFuturesPush {
    /// A push that comes a few times a second at most.
    ///
    /// - Returns: False where the channel is another one.
    func rare(_ channel: TextSlice, _ batch: inout EventBatch) throws(DecodingFailure) -> Bool {
        guard let data = outline.data else { return false }
        var scanner = data
        let value = try JSONValue(&scanner)
        if channel.equals("push.ticker") {
            try ticker(value.members(), outline.symbol, &batch)
        } else if channel.equals("push.tickers") {
            for entry in try value.elements() { try ticker(entry.members(), nil, &batch) }
        } else if channel.equals("push.kline") {
            try bar(value.members(), .trade, &batch)
        } else if channel.equals("push.funding.rate") {
            try funding(value.members(), outline, &batch)
        } else if channel.equals("push.fair.price") {
            let (header, price) = try self.price(value.members(), &batch)
            batch.events.append(.markPrice(PriceEvent(header: header, price: price)))
        } else if channel.equals("push.index.price") {
            let (header, price) = try self.price(value.members(), &batch)
            batch.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        } else if channel.equals("push.contract") {
            let entries = value.isArray ? try value.elements() : [value]
            for entry in entries {
                try MEXCFuturesRules.instrument(entry.members(), outline, &batch)
            }
        } else if channel.string.hasPrefix("push.personal.") {
            try personal(channel, value, &batch)
        } else {
            return MEXCFuturesPush.silentChannels.contains { channel.equals($0) }
        }
        return true
    }

    /// Pushes that are known and say nothing that Martlet has an event for. `depth.step` is a book
    /// merged to coarser prices, which must not be taken for the book.
    private static let silentChannels: [StaticString] = [
        "push.depth.step", "push.event.contract", "push.plate.cfg", "push.contract.event",
    ]

    /// Best prices, mark and index price and open interest of a ticker. Its funding rate is left
    /// out: the channel of its own has the rate together with the time that it is for.
    func ticker(
        _ entry: JSONMembers, _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(
            instrument: entry.plain("symbol") ?? symbol,
            exchangeTime: try entry.time("timestamp") ?? outline.time)
        let bid = try entry.numberAboveZero("bid1", &batch)
        let ask = try entry.numberAboveZero("ask1", &batch)
        if bid != nil || ask != nil {
            batch.events.append(
                .quote(
                    QuoteEvent(
                        header: header, bidPrice: bid, bidQuantity: nil, askPrice: ask,
                        askQuantity: nil)))
        }
        if let price = try entry.number("fairPrice", &batch) {
            batch.events.append(.markPrice(PriceEvent(header: header, price: price)))
        }
        if let price = try entry.number("indexPrice", &batch) {
            batch.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        }
        if let quantity = try entry.number("holdVol", &batch) {
            batch.events.append(
                .openInterest(OpenInterestEvent(header: header, quantity: quantity)))
        }
    }

    private func price(
        _ entry: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> (EventHeader, DecimalText) {
        let header = EventHeader(
            instrument: entry.plain("symbol") ?? outline.symbol, exchangeTime: outline.time)
        return (header, try entry.need("price").number(&batch))
    }

    /// A rate: the stream names it `rate`, REST `fundingRate`; `collectCycle` is in hours.
    func funding(
        _ entry: JSONMembers, _ outline: MEXCFuturesOutline, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let rate = try entry.number("rate", or: "fundingRate", &batch) else {
            // A contract that has just come has none yet.
            if entry.has("rate") || entry.has("fundingRate") { return }
            throw try entry.need("rate").failure(.missingField)
        }
        let hours = try entry["collectCycle"]?.integer() ?? 0
        let header = EventHeader(
            instrument: entry.plain("symbol") ?? outline.symbol,
            exchangeTime: try entry.time("timestamp", "settleTime") ?? outline.time)
        batch.events.append(
            .funding(
                FundingEvent(
                    header: header, rate: rate,
                    nextFundingTime: try entry.time("nextSettleTime"),
                    interval: (1...1000).contains(hours) ? BarInterval(seconds: hours * 3600) : nil
                )))
    }

    /// A bar: `q` counts contracts, `t` seconds.
    private func bar(
        _ entry: JSONMembers, _ kind: BarPriceKind, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let name = try entry.need("interval")
        let start = try entry.need("t")
        let seconds = try start.integer()
        guard seconds <= 9_000_000_000 else { throw start.failure(.badTime) }
        let open = seconds * 1_000_000_000
        guard let interval = BarInterval.mexc(try name.text()),
            let close = interval.end(ofBarFrom: open)
        else { throw name.failure(.badValue) }
        let header = EventHeader(
            instrument: entry.plain("symbol") ?? outline.symbol, exchangeTime: outline.time)
        batch.events.append(
            .bar(
                BarEvent(
                    header: header, interval: interval, openTime: open, closeTime: close,
                    open: try entry.need("o").number(&batch),
                    high: try entry.need("h").number(&batch),
                    low: try entry.need("l").number(&batch),
                    close: try entry.need("c").number(&batch),
                    volume: try entry.number("q", &batch), isClosed: nil, priceKind: kind)))
    }

    private func personal(
        _ channel: TextSlice, _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let account = MEXCFuturesAccount(time: outline.time)
        if channel.equals("push.personal.order") {
            try account.order(value.members(), &batch)
        } else if channel.equals("push.personal.order.deal") {
            try account.fill(value.members(), &batch)
        } else if channel.equals("push.personal.position") {
            try account.position(value.members(), &batch)
        } else if channel.equals("push.personal.asset") {
            try account.balance(value.members(), &batch)
        }
        // Risk limits, modes, conditional orders and notices: known, no event of ours.
    }
}
