// Alpaca's market data: trades, quotes, books, bars and trading states, by stream and by REST.

import MartletModel

/// What a bar says before its length is known.
struct AlpacaBar {
    let symbol: TextSlice?
    let start: Int64
    let open: DecimalText
    let high: DecimalText
    let low: DecimalText
    let close: DecimalText
    let volume: DecimalText
}

extension AlpacaReader {
    /// The members of a trade. Stocks never say who crossed; crypto does.
    mutating func trade(
        _ named: TextSlice?, isFirst: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var symbol = named
        var time: Int64?
        var identifier: TextSlice?
        var price: DecimalText?
        var quantity: DecimalText?
        var aggressor = Aggressor.unknown
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case AlpacaKey.symbol: symbol = try scanner.text()
            case AlpacaKey.time: time = try instantIfAny()
            case AlpacaKey.one("i"): identifier = try scanner.scalarIfAny()
            case AlpacaKey.one("p"): price = try scanner.amount(&batch)
            case AlpacaKey.one("s"): quantity = try scanner.amount(&batch)
            case AlpacaKey.takerSide:
                let side = try scanner.wordsIfAny()
                if let side {
                    aggressor = side.equals("B") ? .buy : side.equals("S") ? .sell : .unknown
                }
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let price, let quantity else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time), id: identifier,
                    price: price, quantity: quantity, aggressor: aggressor)))
    }

    /// The members of a quote; a price of 0 stands for an empty side.
    mutating func quote(
        _ named: TextSlice?, isFirst: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var symbol = named
        var time: Int64?
        var quote = QuoteEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), bidPrice: nil,
            bidQuantity: nil, askPrice: nil, askQuantity: nil)
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case AlpacaKey.symbol: symbol = try scanner.text()
            case AlpacaKey.time: time = try instantIfAny()
            case AlpacaKey.two("b", "p"): quote.bidPrice = try scanner.amountIfAny(&batch)
            case AlpacaKey.two("b", "s"): quote.bidQuantity = try scanner.amountIfAny(&batch)
            case AlpacaKey.two("a", "p"): quote.askPrice = try scanner.amountIfAny(&batch)
            case AlpacaKey.two("a", "s"): quote.askQuantity = try scanner.amountIfAny(&batch)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let symbol, quote.bidPrice != nil || quote.askPrice != nil else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        quote.header = EventHeader(instrument: symbol, exchangeTime: time)
        if let price = quote.bidPrice, price.fits, price.mantissa == 0 {
            (quote.bidPrice, quote.bidQuantity) = (nil, nil)
        }
        if let price = quote.askPrice, price.fits, price.mantissa == 0 {
            (quote.askPrice, quote.askQuantity) = (nil, nil)
        }
        batch.events.append(.quote(quote))
    }

    /// The members of an order book of crypto.
    ///
    /// - Parameter isWhole: Whether it is a whole book anyway; else `r` says so.
    mutating func book(
        _ named: TextSlice?, isFirst: Bool, isWhole: Bool = false, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var symbol = named
        var time: Int64?
        var bids: LevelRange?
        var asks: LevelRange?
        var isReset = isWhole
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case AlpacaKey.symbol: symbol = try scanner.text()
            case AlpacaKey.time: time = try instantIfAny()
            case AlpacaKey.one("b"):
                guard bids == nil else { throw scanner.failure(.repeatedKey) }
                bids = try levels(&batch)
            case AlpacaKey.one("a"):
                guard asks == nil else { throw scanner.failure(.repeatedKey) }
                asks = try levels(&batch)
            case AlpacaKey.one("r"): isReset = try scanner.flagIfAny() ?? false || isWhole
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let symbol, bids != nil || asks != nil else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        let none = LevelRange(first: batch.levels.count, count: 0)
        batch.events.append(
            .book(
                BookEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time),
                    isSnapshot: isReset, bids: bids ?? none, asks: asks ?? none)))
    }

    /// An array of levels, each `{"p":price,"s":quantity}`, or `null`.
    private mutating func levels(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        if scanner.nextIs(UInt8(ascii: "n")) {
            try scanner.literal("null")
            return LevelRange(first: first, count: 0)
        }
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return LevelRange(first: first, count: 0) }
        repeat {
            var price: DecimalText?
            var quantity: DecimalText?
            try scanner.take(UInt8(ascii: "{"))
            var isFirst = true
            scan: while true {
                let key = try scanner.member(isFirst: isFirst)
                isFirst = false
                switch key {
                case AlpacaKey.one("p"): price = try scanner.amount(&batch)
                case AlpacaKey.one("s"): quantity = try scanner.amount(&batch)
                case JSONScanner.endOfObject: break scan
                default: try scanner.skipValue()
                }
            }
            guard let price, let quantity else {
                throw scanner.failure(.missingField, at: scanner.at)
            }
            batch.levels.append(BookLevel(price: price, quantity: quantity))
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        return LevelRange(first: first, count: batch.levels.count - first)
    }

    /// A bar of a stream, whose length its kind says.
    mutating func bar(
        isFirst: Bool, _ interval: BarInterval, isClosed: Bool?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let bar = try barMembers(nil, isFirst: isFirst, &batch)
        guard bar.symbol != nil else { throw scanner.failure(.missingField, at: scanner.at) }
        try emit(bar, interval, isClosed: isClosed, &batch)
    }

    /// The members of a bar.
    mutating func barMembers(
        _ named: TextSlice?, isFirst: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> AlpacaBar {
        var symbol = named
        var start: Int64?
        var open: DecimalText?
        var high: DecimalText?
        var low: DecimalText?
        var close: DecimalText?
        var volume: DecimalText?
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case AlpacaKey.symbol: symbol = try scanner.text()
            case AlpacaKey.time: start = try instantIfAny()
            case AlpacaKey.one("o"): open = try scanner.amount(&batch)
            case AlpacaKey.one("h"): high = try scanner.amount(&batch)
            case AlpacaKey.one("l"): low = try scanner.amount(&batch)
            case AlpacaKey.one("c"): close = try scanner.amount(&batch)
            case AlpacaKey.one("v"): volume = try scanner.amount(&batch)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let start, let open, let high, let low, let close, let volume else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        return AlpacaBar(
            symbol: symbol, start: start, open: open, high: high, low: low, close: close,
            volume: volume)
    }

    /// Hands on a bar once its length is known. Days, weeks and months of stocks begin at midnight
    /// in New York, those of crypto in Chicago: they end at a midnight of the same clock, also
    /// where an hour is lost or won in between. From any other time on they last their length.
    mutating func emit(
        _ bar: AlpacaBar, _ interval: BarInterval, isClosed: Bool?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let end =
            USClock.newYork.end(ofBarFrom: bar.start, interval)
            ?? USClock.chicago.end(ofBarFrom: bar.start, interval)
            ?? interval.end(ofBarFrom: bar.start)
        guard let end else {
            throw scanner.failure(.badTime, at: scanner.at)
        }
        batch.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(instrument: bar.symbol, exchangeTime: nil),
                    interval: interval, openTime: bar.start, closeTime: end, open: bar.open,
                    high: bar.high, low: bar.low, close: bar.close, volume: bar.volume,
                    isClosed: isClosed)))
    }

    /// A halt or its end.
    mutating func status(isFirst: Bool, _ batch: inout EventBatch) throws(DecodingFailure) {
        var symbol: TextSlice?
        var time: Int64?
        var code: TextSlice?
        var words: TextSlice?
        var isFirst = isFirst
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "S": symbol = try scanner.text()
            case "t": time = try instantIfAny()
            case "sc": code = try scanner.scalarIfAny()
            case "sm": words = try scanner.wordsIfAny()
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let code else { throw scanner.failure(.missingField, at: scanner.at) }
        batch.events.append(
            .status(
                StatusEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time),
                    state: AlpacaWords.state(code.string), text: words ?? code)))
    }
}
