// The hot topics of Bybit: trades and order books, read in one pass and without allocation.

import MartletModel

extension BybitReader {
    /// The entries of `publicTrade`: an array of trades.
    mutating func trades(_ batch: inout EventBatch) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        repeat {
            try scanner.take(UInt8(ascii: "{"))
            try trade(&batch)
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    /// One trade, whose `{` has been taken.
    private mutating func trade(_ batch: inout EventBatch) throws(DecodingFailure) {
        var symbol: TextSlice?
        var time: Int64?
        var identifier: TextSlice?
        var price: DecimalText?
        var quantity: DecimalText?
        var aggressor: Aggressor?
        var isBlock = false
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case BybitKey.capitalT: time = try scanner.time()
            case BybitKey.s: symbol = try scanner.text()
            case BybitKey.capitalS: aggressor = try side() == .buy ? .buy : .sell
            case BybitKey.v: quantity = try scanner.amount(&batch)
            case BybitKey.p: price = try scanner.amount(&batch)
            case BybitKey.i: identifier = try scanner.scalarIfAny()
            case BybitKey.isBlock: isBlock = try scanner.flagIfAny() ?? false
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let time, let price, let quantity, let aggressor else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time), id: identifier,
                    price: price, quantity: quantity, aggressor: aggressor, isMarket: !isBlock)))
    }

    /// `Buy` or `Sell`.
    @inline(__always)
    mutating func side() throws(DecodingFailure) -> Side {
        let place = scanner.at
        let word = try scanner.text()
        if word.equals("Buy") { return .buy }
        guard word.equals("Sell") else { throw scanner.failure(.badValue, at: place) }
        return .sell
    }

    /// The data of an order book message, or the `result` of the REST book.
    ///
    /// - Parameter depth: Levels a side that the topic carries; nil for the full book.
    mutating func book(depth: Int?, _ batch: inout EventBatch) throws(DecodingFailure) {
        var symbol: TextSlice?
        var bids: LevelRange?
        var asks: LevelRange?
        var update: Int64?
        var isFirst = true
        try scanner.take(UInt8(ascii: "{"))
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case BybitKey.s: symbol = try scanner.text()
            case BybitKey.b:
                guard bids == nil else { throw scanner.failure(.repeatedKey) }
                bids = try levels(&batch)
            case BybitKey.a:
                guard asks == nil else { throw scanner.failure(.repeatedKey) }
                asks = try levels(&batch)
            case BybitKey.u: update = try scanner.integer()
            case BybitKey.ts where envelope.time == nil:
                envelope.time = try scanner.instantIfAny()
            case BybitKey.cts where envelope.matchTime == nil:
                envelope.matchTime = try scanner.instantIfAny()
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let update, let known = bids ?? asks else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        // A side of which nothing is said has no change.
        let none = LevelRange(first: known.first, count: 0)
        bookIsFull = depth == nil
        book = BookEvent(
            header: EventHeader(instrument: symbol, exchangeTime: nil), isSnapshot: false,
            bids: bids ?? none, asks: asks ?? none, lastUpdate: update, depth: depth)
    }

    /// An array of levels, each `[price, quantity]`; further elements of a level are passed
    /// (`orderbook.rpi` adds the quantity that retail price improvement offers). `null` is none.
    @inline(__always)
    private mutating func levels(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        guard scanner.takeIf(UInt8(ascii: "[")) else {
            guard scanner.nextIs(UInt8(ascii: "n")) else { throw scanner.failure(.unexpectedByte) }
            try scanner.skipValue()
            return LevelRange(first: first, count: 0)
        }
        if scanner.takeIf(UInt8(ascii: "]")) { return LevelRange(first: first, count: 0) }
        while true {
            try scanner.take(UInt8(ascii: "["))
            let price = try scanner.amount(&batch)
            try scanner.take(UInt8(ascii: ","))
            let quantity = try scanner.amount(&batch)
            if scanner.peek() != UInt8(ascii: "]") { try scanner.skipElements() }
            scanner.at += 1
            batch.levels.append(BookLevel(price: price, quantity: quantity))
            if scanner.takeIf(UInt8(ascii: ",")) { continue }
            try scanner.take(UInt8(ascii: "]"))
            return LevelRange(first: first, count: batch.levels.count - first)
        }
    }

    /// Hands on a book once all around it is known. Level 1 is the best bid and ask.
    mutating func finish(_ event: BookEvent, _ batch: inout EventBatch) {
        var event = event
        book = nil
        event.header.exchangeTime = envelope.matchTime ?? envelope.time
        // Update 1 follows a restart of the service: what it says replaces the book. The full book
        // is different: it never brings a snapshot, and must be asked for again.
        event.isSnapshot = envelope.isSnapshot || (event.lastUpdate == 1 && !bookIsFull)
        guard event.depth == 1 else { return batch.events.append(.book(event)) }
        let bid = firstLevel(event.bids, batch)
        let ask = firstLevel(event.asks, batch)
        batch.events.append(
            .quote(
                QuoteEvent(
                    header: event.header, bidPrice: bid?.price, bidQuantity: bid?.quantity,
                    askPrice: ask?.price, askQuantity: ask?.quantity, update: event.lastUpdate)))
        var change = TickerChange(header: event.header, part: .quote, isWhole: event.isSnapshot)
        change.bidPrice = bid?.price
        change.bidQuantity = bid?.quantity
        change.askPrice = ask?.price
        change.askQuantity = ask?.quantity
        change.update = event.lastUpdate
        batch.tickers.append(change)
    }

    /// The first level that is not a removal: level 1 used to be sent as changes.
    private func firstLevel(_ range: LevelRange, _ batch: borrowing EventBatch) -> BookLevel? {
        for index in range.indices {
            let level = batch.levels[index]
            if !level.quantity.fits || level.quantity.mantissa != 0 { return level }
        }
        return nil
    }

    /// `trade.…`: entries of V5 shape are trades, those of V2 are dead.
    mutating func tradesOfEitherShape(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let place = scanner.at
        var isCurrent = false
        if scanner.takeIf(UInt8(ascii: "[")), scanner.takeIf(UInt8(ascii: "{")) {
            var isFirst = true
            while true {
                let key = try scanner.member(isFirst: isFirst)
                isFirst = false
                if key == JSONScanner.endOfObject { break }
                if key == BybitKey.capitalT { isCurrent = true }
                try scanner.skipValue()
            }
        }
        guard isCurrent else {
            return dead("Bybit stream before V5, no longer sent; use publicTrade", &batch)
        }
        scanner.at = place
        try trades(&batch)
        return .decoded
    }
}
