// Reads OKX's books, best levels, trades and tickers: the frequent messages, without a table.

import MartletModel

extension OKXDecoder {
    /// Trades; an aggregate of several says how many, and its id is that of the last.
    @inline(__always)
    func trades(
        _ scanner: inout JSONScanner, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            try trade(&scanner, message, &batch)
        } while try scanner.takeNextElement()
    }

    @inline(__always)
    func trade(
        _ scanner: inout JSONScanner, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        var event = TradeEvent(
            header: EventHeader(instrument: message.instrument, exchangeTime: nil), id: nil,
            price: none, quantity: none, aggressor: .unknown)
        var seen: UInt32 = 0
        var isAggregate = false
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case OKXKeys.instrument: event.header.instrument = try scanner.text()
            case OKXKeys.trade: event.id = try scanner.textOrScalar()
            case OKXKeys.price:
                try scanner.note(1, &seen)
                event.price = try scanner.amount(&batch)
            case OKXKeys.size:
                try scanner.note(2, &seen)
                event.quantity = try scanner.amount(&batch)
            case OKXKeys.side:
                let side = try scanner.text()
                if side.equals("buy") {
                    event.aggressor = .buy
                } else if side.equals("sell") {
                    event.aggressor = .sell
                } else if !side.isEmpty {
                    throw scanner.failure(.badValue, at: side.start)
                }
            case OKXKeys.time: event.header.exchangeTime = try scanner.venueTime()
            case OKXKeys.count:
                let count = try scanner.textOrScalar()
                isAggregate = !count.isEmpty && !count.equals("1")
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        if isAggregate { event.lastID = event.id }
        batch.events.append(.trade(event))
    }

    /// Books: changes, or whole ones.
    @inline(__always)
    func books(
        _ scanner: inout JSONScanner, _ message: OKXMessage, _ depth: Int?, isWhole: Bool,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            var book = try book(&scanner, message.instrument, &batch)
            book.depth = depth
            if isWhole {
                book.isSnapshot = true
                // The answer to a request is joined with a stream of changes; a push is not.
                book.isTopOnly = message.hasArgument
            } else if let action = message.action {
                book.isSnapshot = action.equals("snapshot")
                guard book.isSnapshot || action.equals("update") else {
                    throw scanner.failure(.badValue, at: action.start)
                }
            } else {
                throw scanner.failure(.missingField, at: scanner.at)
            }
            batch.events.append(.book(book))
        } while try scanner.takeNextElement()
    }

    /// One book, its levels put into the batch in the order of the message.
    @inline(__always)
    func book(
        _ scanner: inout JSONScanner, _ instrument: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BookEvent {
        let nothing = LevelRange(first: batch.levels.count, count: 0)
        var book = BookEvent(
            header: EventHeader(instrument: instrument, exchangeTime: nil), isSnapshot: false,
            bids: nothing, asks: nothing)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case OKXKeys.asks:
                try scanner.note(1, &seen)
                book.asks = try levels(&scanner, &batch)
            case OKXKeys.bids:
                try scanner.note(2, &seen)
                book.bids = try levels(&scanner, &batch)
            case OKXKeys.time: book.header.exchangeTime = try scanner.venueTime()
            case OKXKeys.sequence: book.lastUpdate = try sequence(&scanner)
            case OKXKeys.instrument: book.header.instrument = try scanner.text()
            case JSONScanner.longKey where scanner.keyIs("prevSeqId"):
                book.previousUpdate = try sequence(&scanner)
            case JSONScanner.longKey where scanner.keyIs("checksum"):
                book.checksum = try checksum(&scanner)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        return book
    }

    /// Levels `[price, quantity, "0", orders]`.
    @inline(__always)
    private func levels(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        guard try scanner.takeArray() else { return LevelRange(first: first, count: 0) }
        repeat {
            try scanner.take(UInt8(ascii: "["))
            let price = try scanner.amount(&batch)
            try scanner.take(UInt8(ascii: ","))
            let quantity = try scanner.amount(&batch)
            while scanner.takeIf(UInt8(ascii: ",")) { try scanner.skipValue() }
            try scanner.take(UInt8(ascii: "]"))
            batch.levels.append(BookLevel(price: price, quantity: quantity))
        } while try scanner.takeNextElement()
        return LevelRange(first: first, count: batch.levels.count - first)
    }

    /// A sequence number, in quotes or not; −1 stands for none.
    @inline(__always)
    private func sequence(_ scanner: inout JSONScanner) throws(DecodingFailure) -> Int64? {
        let isQuoted = scanner.takeIf(UInt8(ascii: "\""))
        if scanner.nextIs(UInt8(ascii: "-")) {
            scanner.at += 1
            _ = try scanner.integer()
            if isQuoted { try scanner.take(UInt8(ascii: "\"")) }
            return nil
        }
        if isQuoted, scanner.takeIf(UInt8(ascii: "\"")) { return nil }
        if scanner.peek() == UInt8(ascii: "n") {
            try scanner.skipValue()
            return nil
        }
        let value = try scanner.integer()
        if isQuoted { try scanner.take(UInt8(ascii: "\"")) }
        return value
    }

    /// A signed 32-bit checksum, which some write unsigned; 0 stands for none.
    @inline(__always)
    private func checksum(_ scanner: inout JSONScanner) throws(DecodingFailure) -> Int32? {
        scanner.skipBlanks()
        let place = scanner.at
        if scanner.peek() == UInt8(ascii: "n") {
            try scanner.skipValue()
            return nil
        }
        let isQuoted = scanner.takeIf(UInt8(ascii: "\""))
        let isNegative = scanner.takeIf(UInt8(ascii: "-"))
        let value = try scanner.integer()
        if isQuoted { try scanner.take(UInt8(ascii: "\"")) }
        guard value <= (isNegative ? 1 << 31 : Int64(UInt32.max)) else {
            throw scanner.failure(.badInteger, at: place)
        }
        let checksum = Int32(truncatingIfNeeded: isNegative ? -value : value)
        return checksum == 0 ? nil : checksum
    }

    /// The best level of each side; a side may be empty.
    @inline(__always)
    func quotes(
        _ scanner: inout JSONScanner, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            let before = batch.levels.count
            let book = try book(&scanner, message.instrument, &batch)
            let bid = book.bids.count > 0 ? batch.levels[book.bids.first] : nil
            let ask = book.asks.count > 0 ? batch.levels[book.asks.first] : nil
            batch.levels.truncate(to: before)
            batch.events.append(
                .quote(
                    QuoteEvent(
                        header: book.header, bidPrice: bid?.price, bidQuantity: bid?.quantity,
                        askPrice: ask?.price, askQuantity: ask?.quantity,
                        update: book.lastUpdate)))
        } while try scanner.takeNextElement()
    }

    /// Tickers, of which only the best levels have an event.
    @inline(never)
    func tickers(
        _ scanner: inout JSONScanner, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            var quote = QuoteEvent(
                header: EventHeader(instrument: message.instrument, exchangeTime: nil),
                bidPrice: nil, bidQuantity: nil, askPrice: nil, askQuantity: nil)
            try scanner.take(UInt8(ascii: "{"))
            var isFirst = true
            scan: while true {
                let key = try scanner.member(isFirst: isFirst)
                isFirst = false
                switch key {
                case OKXKeys.instrument: quote.header.instrument = try scanner.text()
                case OKXKeys.time: quote.header.exchangeTime = try scanner.venueTime()
                case OKXKeys.askPrice: quote.askPrice = try scanner.amountIfAny(&batch)
                case OKXKeys.askSize: quote.askQuantity = try scanner.amountIfAny(&batch)
                case OKXKeys.bidPrice: quote.bidPrice = try scanner.amountIfAny(&batch)
                case OKXKeys.bidSize: quote.bidQuantity = try scanner.amountIfAny(&batch)
                case JSONScanner.endOfObject: break scan
                default: try scanner.skipValue()
                }
            }
            batch.events.append(.quote(quote))
        } while try scanner.takeNextElement()
    }
}
