// The slower public topics of Bybit: tickers, bars, liquidations, the system's status.

import MartletModel

/// What a ticker says, each where it is there.
struct BybitTicker {
    var symbol: TextSlice?
    var bidPrice: DecimalText?
    var bidQuantity: DecimalText?
    var askPrice: DecimalText?
    var askQuantity: DecimalText?
    var markPrice: DecimalText?
    var indexPrice: DecimalText?
    var openInterest: DecimalText?
    var fundingRate: DecimalText?
    var nextFundingTime: Int64?
    var fundingHours: Int64?

    private var fundingInterval: BarInterval? {
        let hours = fundingHours.flatMap { (1...10_000).contains($0) ? $0 : nil }
        return hours.map { BarInterval(seconds: $0 * 3600) }
    }

    /// The part that other streams do not tell: best bid and ask come with `orderbook.1`, sooner
    /// and in an order of their own.
    func change(_ header: EventHeader, isWhole: Bool) -> TickerChange {
        var change = TickerChange(header: header, part: .contract, isWhole: isWhole)
        change.markPrice = markPrice
        change.indexPrice = indexPrice
        change.openInterest = openInterest
        change.fundingRate = fundingRate
        change.nextFundingTime = nextFundingTime
        change.fundingInterval = fundingInterval
        return change
    }

    /// Hands on an event for each thing that is there.
    func emit(_ header: EventHeader, _ batch: inout EventBatch) {
        if bidPrice != nil || askPrice != nil || bidQuantity != nil || askQuantity != nil {
            batch.events.append(
                .quote(
                    QuoteEvent(
                        header: header, bidPrice: bidPrice, bidQuantity: bidQuantity,
                        askPrice: askPrice, askQuantity: askQuantity)))
        }
        if let markPrice {
            batch.events.append(.markPrice(PriceEvent(header: header, price: markPrice)))
        }
        if let indexPrice {
            batch.events.append(.indexPrice(PriceEvent(header: header, price: indexPrice)))
        }
        if let fundingRate {
            batch.events.append(
                .funding(
                    FundingEvent(
                        header: header, rate: fundingRate, nextFundingTime: nextFundingTime,
                        interval: fundingInterval)))
        }
        if let openInterest {
            batch.events.append(
                .openInterest(OpenInterestEvent(header: header, quantity: openInterest)))
        }
    }
}

extension BybitReader {
    /// The data of `tickers`: only what changed, unless it is a snapshot.
    mutating func ticker(
        _ named: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        let ticker = try tickerMembers(&batch)
        let header = EventHeader(
            instrument: ticker.symbol ?? named, exchangeTime: envelope.time)
        ticker.emit(header, &batch)
        batch.tickers.append(ticker.change(header, isWhole: !envelope.isDelta))
    }

    /// The members of a ticker whose `{` has been taken.
    mutating func tickerMembers(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BybitTicker {
        var ticker = BybitTicker()
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": ticker.symbol = try scanner.text()
            case "bid1Price", "bidPrice": ticker.bidPrice = try scanner.amountIfAny(&batch)
            case "bid1Size", "bidSize": ticker.bidQuantity = try scanner.amountIfAny(&batch)
            case "ask1Price", "askPrice": ticker.askPrice = try scanner.amountIfAny(&batch)
            case "ask1Size", "askSize": ticker.askQuantity = try scanner.amountIfAny(&batch)
            case "markPrice": ticker.markPrice = try scanner.amountIfAny(&batch)
            case "indexPrice": ticker.indexPrice = try scanner.amountIfAny(&batch)
            case "openInterest": ticker.openInterest = try scanner.amountIfAny(&batch)
            case "fundingRate": ticker.fundingRate = try scanner.amountIfAny(&batch)
            case "nextFundingTime": ticker.nextFundingTime = try scanner.instantIfAny()
            case "fundingIntervalHour": ticker.fundingHours = try scanner.countIfAny()
            default: try scanner.skipValue()
            }
        }
        return ticker
    }

    /// Walks over an array of objects, or over one object: `body` takes each object's members.
    mutating func eachObject(
        _ batch: inout EventBatch,
        _ body: (inout BybitReader, inout EventBatch) throws(DecodingFailure) -> Void
    ) throws(DecodingFailure) {
        if scanner.takeIf(UInt8(ascii: "{")) { return try body(&self, &batch) }
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        repeat {
            try scanner.take(UInt8(ascii: "{"))
            try body(&self, &batch)
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    /// The entries of `kline`.
    mutating func bars(
        _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let time = envelope.time
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.bar(symbol, time, &batch)
        }
    }

    private mutating func bar(
        _ symbol: TextSlice?, _ time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var start: Int64?
        var interval: BarInterval?
        var matched: Int64?
        var isClosed: Bool?
        var open: DecimalText?
        var high: DecimalText?
        var low: DecimalText?
        var close: DecimalText?
        var volume: DecimalText?
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "start": start = try scanner.time()
            case "interval":
                let word = try scanner.scalarIfAny()
                interval = word.flatMap { BybitInterval.interval($0.string) }
            case "timestamp": matched = try scanner.instantIfAny()
            case "confirm": isClosed = try scanner.flagIfAny()
            case "open": open = try scanner.amount(&batch)
            case "high": high = try scanner.amount(&batch)
            case "low": low = try scanner.amount(&batch)
            case "close": close = try scanner.amount(&batch)
            case "volume": volume = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        guard let start, let interval, let open, let high, let low, let close, let volume else {
            throw scanner.failure(.missingField, at: place)
        }
        guard let end = interval.end(ofBarFrom: start) else {
            throw scanner.failure(.badTime, at: place)
        }
        batch.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: matched ?? time),
                    interval: interval, openTime: start, closeTime: end, open: open, high: high,
                    low: low, close: close, volume: volume, isClosed: isClosed)))
    }

    /// The entries of `allLiquidation`, and the one of `liquidation` before 2025.
    ///
    /// `S` and `side` are the side of the position that was closed, so that the forced order has
    /// the opposite side; the price is the bankruptcy price.
    mutating func liquidations(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        var isOld = false
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            if try !reader.liquidation(&batch) { isOld = true }
        }
        guard isOld else { return .decoded }
        batch.note = "Bybit liquidation before V5; use allLiquidation"
        return .dead
    }

    /// - Returns: False for the shape before V5, of which nothing is handed on.
    private mutating func liquidation(_ batch: inout EventBatch) throws(DecodingFailure) -> Bool {
        var symbol: TextSlice?
        var time: Int64?
        var position: Side?
        var price: DecimalText?
        var quantity: DecimalText?
        var isOld = false
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "s", "symbol": symbol = try scanner.text()
            case "T", "updatedTime": time = try scanner.instantIfAny()
            case "S", "side": position = try side()
            case "p", "price": price = try scanner.amount(&batch)
            case "v", "size": quantity = try scanner.amount(&batch)
            case "qty":
                isOld = true
                try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }
        if isOld { return false }
        guard let symbol, let position, let price, let quantity else {
            throw scanner.failure(.missingField, at: place)
        }
        batch.events.append(
            .liquidation(
                LiquidationEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time ?? envelope.time),
                    side: position.opposite, price: price, priceKind: .bankruptcy,
                    quantity: quantity)))
        return true
    }

    /// The notices of `system.status` that concern this product.
    mutating func systemStatus(_ batch: inout EventBatch) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.statusNotice(&batch)
        }
    }

    /// One notice. `env` 1 is production, 2 demo trading, which is another venue.
    private mutating func statusNotice(_ batch: inout EventBatch) throws(DecodingFailure) {
        var word: TextSlice?
        var concerns = false
        var isProduction = true
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "state": word = try scanner.wordsIfAny()
            case "product": concerns = try numbersIfAny(include: product.statusNumber) ?? false
            case "env": isProduction = try numbersIfAny(include: 1) ?? true
            default: try scanner.skipValue()
            }
        }
        guard concerns, isProduction, let word else { return }
        let state: TradingState =
            switch word.string {
            case "ongoing": .halted
            case "completed", "canceled": .trading
            default: .unknown
            }
        batch.events.append(
            .status(
                StatusEvent(
                    header: EventHeader(
                        instrument: nil, exchangeTime: envelope.time ?? envelope.responseTime),
                    state: state, text: word)))
    }

    /// Whether a list of numbers holds this one, or a number is it; nil for a list that is empty
    /// and for `null`.
    private mutating func numbersIfAny(include number: Int64) throws(DecodingFailure) -> Bool? {
        guard scanner.takeIf(UInt8(ascii: "[")) else {
            return try scanner.countIfAny().map { $0 == number }
        }
        if scanner.takeIf(UInt8(ascii: "]")) { return nil }
        var holds = false
        repeat {
            if try scanner.countIfAny() == number { holds = true }
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        return holds
    }
}
