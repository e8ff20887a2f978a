// Reads Hyperliquid's books, best levels and trades.

import MartletModel

extension HyperliquidDecoder {
    /// Levels a side that a book has at most.
    static let depth = 20

    /// `{coin, time, levels: [bids, asks]}`: always the whole top of the book.
    @inline(__always)
    func book(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let nothing = LevelRange(first: batch.levels.count, count: 0)
        var book = BookEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), isSnapshot: true,
            bids: nothing, asks: nothing, depth: Self.depth, isTopOnly: true)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case HyperliquidKeys.coin:
                try scanner.note(1, &seen)
                book.header.instrument = try scanner.text()
            case HyperliquidKeys.time: book.header.exchangeTime = try scanner.venueTime()
            case HyperliquidKeys.levels:
                try scanner.note(2, &seen)
                try scanner.take(UInt8(ascii: "["))
                book.bids = try levels(&scanner, &batch)
                try scanner.take(UInt8(ascii: ","))
                book.asks = try levels(&scanner, &batch)
                try scanner.take(UInt8(ascii: "]"))
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        batch.events.append(.book(book))
    }

    @inline(__always)
    private func levels(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        guard try scanner.takeArray() else { return LevelRange(first: first, count: 0) }
        repeat {
            batch.levels.append(try level(&scanner, &batch))
        } while try scanner.takeNextElement()
        return LevelRange(first: first, count: batch.levels.count - first)
    }

    /// `{px, sz, n}`.
    @inline(__always)
    private func level(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BookLevel {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        var level = BookLevel(price: none, quantity: none)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case HyperliquidKeys.price:
                try scanner.note(1, &seen)
                level.price = try scanner.amount(&batch)
            case HyperliquidKeys.size:
                try scanner.note(2, &seen)
                level.quantity = try scanner.amount(&batch)
            case JSONScanner.endOfObject:
                try scanner.require(3, seen)
                return level
            default: try scanner.skipValue()
            }
        }
    }

    /// `{coin, time, bbo: [bid or null, ask or null]}`.
    @inline(__always)
    func quote(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var quote = QuoteEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), bidPrice: nil,
            bidQuantity: nil, askPrice: nil, askQuantity: nil)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case HyperliquidKeys.coin:
                try scanner.note(1, &seen)
                quote.header.instrument = try scanner.text()
            case HyperliquidKeys.time: quote.header.exchangeTime = try scanner.venueTime()
            case HyperliquidKeys.quote:
                try scanner.note(2, &seen)
                try scanner.take(UInt8(ascii: "["))
                let bid = try levelIfAny(&scanner, &batch)
                (quote.bidPrice, quote.bidQuantity) = (bid?.price, bid?.quantity)
                try scanner.take(UInt8(ascii: ","))
                let ask = try levelIfAny(&scanner, &batch)
                (quote.askPrice, quote.askQuantity) = (ask?.price, ask?.quantity)
                try scanner.take(UInt8(ascii: "]"))
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        batch.events.append(.quote(quote))
    }

    private func levelIfAny(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BookLevel? {
        if scanner.nextIs(UInt8(ascii: "n")) {
            try scanner.skipValue()
            return nil
        }
        return try level(&scanner, &batch)
    }

    /// Trades; `side` is that of the taker: B bought, A sold.
    @inline(__always)
    func trades(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            try trade(&scanner, &batch)
        } while try scanner.takeNextElement()
    }

    @inline(__always)
    func trade(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        var event = TradeEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), id: nil, price: none,
            quantity: none, aggressor: .unknown)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case HyperliquidKeys.coin:
                try scanner.note(1, &seen)
                event.header.instrument = try scanner.text()
            case HyperliquidKeys.price:
                try scanner.note(2, &seen)
                event.price = try scanner.amount(&batch)
            case HyperliquidKeys.size:
                try scanner.note(4, &seen)
                event.quantity = try scanner.amount(&batch)
            case HyperliquidKeys.side:
                event.aggressor = try HyperliquidDecoder.side(&scanner) == .buy ? .buy : .sell
            case HyperliquidKeys.time: event.header.exchangeTime = try scanner.venueTime()
            case HyperliquidKeys.trade: event.id = try scanner.textOrScalar()
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(7, seen)
        batch.events.append(.trade(event))
    }

    /// `B` is a buy, `A` (ask) a sell.
    @inline(__always)
    static func side(_ scanner: inout JSONScanner) throws(DecodingFailure) -> Side {
        let word = try scanner.text()
        if word.equals("B") { return .buy }
        if word.equals("A") { return .sell }
        throw scanner.failure(.badValue, at: word.start)
    }
}
