// The bodies of MEXC spot's public pushes: trades, books, quotes, bars.

import MartletModel

extension MEXCSpotPush {
    /// `PublicAggreDeals` and the older `PublicDeals`: items under field 1.
    func deals(
        _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        while let field = try body.next() {
            guard field.number == 1 else {
                try body.skip(field)
                continue
            }
            var item = try body.message(field)
            try deal(&item, &batch)
        }
    }

    private func deal(
        _ item: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var price: DecimalText?
        var quantity: DecimalText?
        var side: Int64 = 0
        var time: Int64?
        var id: TextSlice?
        while let field = try item.next() {
            switch field.number {
            case 1: price = try item.number(field, &batch)
            case 2: quantity = try item.number(field, &batch)
            case 3: side = try item.integer(field)
            case 4: time = try item.time(field)
            case 5:
                let text = try item.text(field)
                id = text.isEmpty ? nil : text
            default: try item.skip(field)
            }
        }
        batch.events.append(
            .trade(
                TradeEvent(
                    header: header(time), id: id, price: try need(price, item),
                    quantity: try need(quantity, item), aggressor: .mexc(side))))
    }

    /// The three kinds of book messages: changes (302, 313) and the top (303). Asks stand under
    /// field 1, bids under field 2, versions as texts.
    func book(
        _ body: ProtobufReader, kind: UInt32, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let bids = try levels(body, field: 2, &batch)
        let asks = try levels(body, field: 1, &batch)
        var rest = body
        var first: Int64?
        var last: Int64?
        while let field = try rest.next() {
            switch field.number {
            case 4: first = try rest.digits(field)
            case 5 where kind == 313: last = try rest.digits(field)
            default: try rest.skip(field)
            }
        }
        if kind != 313 { last = first }
        let isTop = kind == 303
        batch.events.append(
            .book(
                BookEvent(
                    header: header(nil), isSnapshot: isTop, bids: bids, asks: asks,
                    firstUpdate: isTop ? nil : first, lastUpdate: last,
                    depth: isTop ? wrapper.depth : nil, isTopOnly: isTop)))
    }

    private func levels(
        _ body: ProtobufReader, field number: UInt32, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        var body = body
        while let field = try body.next() {
            guard field.number == number else {
                try body.skip(field)
                continue
            }
            var item = try body.message(field)
            var price: DecimalText?
            var quantity: DecimalText?
            while let field = try item.next() {
                switch field.number {
                case 1: price = try item.number(field, &batch)
                case 2: quantity = try item.number(field, &batch)
                default: try item.skip(field)
                }
            }
            batch.levels.append(
                BookLevel(price: try need(price, item), quantity: try need(quantity, item)))
        }
        return LevelRange(first: first, count: batch.levels.count - first)
    }

    /// `PublicAggreBookTicker`, `PublicBookTicker` and the items of a batch.
    func quote(
        _ body: inout ProtobufReader, update: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var quote = QuoteEvent(
            header: header(nil), bidPrice: nil, bidQuantity: nil, askPrice: nil, askQuantity: nil,
            update: update)
        while let field = try body.next() {
            switch field.number {
            case 1: quote.bidPrice = try body.number(field, &batch)
            case 2: quote.bidQuantity = try body.number(field, &batch)
            case 3: quote.askPrice = try body.number(field, &batch)
            case 4: quote.askQuantity = try body.number(field, &batch)
            case 5: quote.update = try body.digits(field)
            default: try body.skip(field)
            }
        }
        // A side without orders has no price, or one of 0.
        if quote.bidPrice?.isZero ?? true { (quote.bidPrice, quote.bidQuantity) = (nil, nil) }
        if quote.askPrice?.isZero ?? true { (quote.askPrice, quote.askQuantity) = (nil, nil) }
        batch.events.append(.quote(quote))
    }

    /// `PublicBookTickerBatch`: the version of all its items stands after them.
    func quotes(
        _ body: ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var ahead = body
        var version: Int64?
        while let field = try ahead.next() {
            if field.number == 2 {
                version = try ahead.digits(field)
            } else {
                try ahead.skip(field)
            }
        }
        var body = body
        while let field = try body.next() {
            guard field.number == 1 else {
                try body.skip(field)
                continue
            }
            var item = try body.message(field)
            try quote(&item, update: version, &batch)
        }
    }

    /// `PublicSpotKline`: open, close, high, low in this order; no flag says that a bar is complete.
    func bar(
        _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var name: TextSlice?
        var times: (start: Int64?, end: Int64?)
        var prices: [DecimalText?] = [nil, nil, nil, nil]
        var volume: DecimalText?
        while let field = try body.next() {
            switch field.number {
            case 1: name = try body.text(field)
            case 2: times.start = try body.time(field, unit: 1_000_000_000)
            case 3...6: prices[Int(field.number) - 3] = try body.number(field, &batch)
            case 7: volume = try body.number(field, &batch)
            case 9: times.end = try body.time(field, unit: 1_000_000_000)
            default: try body.skip(field)
            }
        }
        guard let interval = BarInterval.mexc(try need(name, body)) else {
            throw body.failure(.badValue)
        }
        let start = try need(times.start, body)
        batch.events.append(
            .bar(
                BarEvent(
                    header: header(nil), interval: interval, openTime: start,
                    closeTime: try need(times.end ?? interval.end(ofBarFrom: start), body),
                    open: try need(prices[0], body), high: try need(prices[2], body),
                    low: try need(prices[3], body), close: try need(prices[1], body),
                    volume: volume, isClosed: nil)))
    }
}
