// MEXC futures' stream: which push it is; trades and books, the frequent ones, in one pass.

import MartletModel

/// Reads a message that names a channel.
struct MEXCFuturesPush {
    let outline: MEXCFuturesOutline

    init(_ outline: MEXCFuturesOutline) { self.outline = outline }

    /// Reads the message.
    func read(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        guard let channel = outline.channel else { return .unknown }
        if channel.equals("push.deal") {
            try deals(&batch)
        } else if channel.equals("push.depth") {
            try book(isSnapshot: false, isTop: false, &batch)
        } else if channel.equals("push.depth.full") {
            try book(isSnapshot: true, isTop: true, &batch)
        } else if channel.equals("push.depth.snapshot") {
            // A REST snapshot that a recorder put between the pushes.
            try book(isSnapshot: true, isTop: false, &batch)
        } else if try rare(channel, &batch) {
            return .decoded
        } else {
            return try control(channel, &batch)
        }
        return .decoded
    }

    private func data() throws(DecodingFailure) -> JSONScanner {
        guard let data = outline.data else {
            throw DecodingFailure(.missingField, at: 0)
        }
        return data
    }

    /// An array of trades; in older messages one object.
    private func deals(_ batch: inout EventBatch) throws(DecodingFailure) {
        var scanner = try data()
        guard scanner.takeIf(UInt8(ascii: "[")) else {
            return try deal(&scanner, outline.symbol, &batch)
        }
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        repeat {
            try deal(&scanner, outline.symbol, &batch)
        } while scanner.takeIf(
            UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    private func book(
        isSnapshot: Bool, isTop: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var scanner = try data()
        var book = try MEXCFuturesBook(&scanner, &batch)
        if isSnapshot { (book.begin, book.end) = (nil, nil) }
        batch.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: outline.symbol,
                        exchangeTime: book.time ?? outline.time ?? book.timestamp),
                    isSnapshot: isSnapshot, bids: book.bids, asks: book.asks,
                    firstUpdate: isSnapshot ? nil : book.begin ?? book.version,
                    lastUpdate: book.end ?? book.version,
                    depth: isTop ? MEXCFuturesPush.fullDepth(book) : nil, isTopOnly: isTop)))
    }

    /// `depth.full` comes with 5, 10 or 20 levels and does not say which.
    private static func fullDepth(_ book: MEXCFuturesBook) -> Int {
        let levels = max(book.bids.count, book.asks.count)
        return [5, 10].first { levels <= $0 } ?? 20
    }

    /// `rs.sub.*`, `rs.unsub.*`, `rs.error`, `rs.login`, `pong`.
    private func control(
        _ channel: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let name = channel.string
        var reason: TextSlice?
        if let data = outline.data {
            var data = data
            reason = try JSONValue(&data).plain
        }
        let isRefused = reason.map { !$0.equals("success") } ?? false
        if name == "pong" {
            batch.control = .pong
        } else if name == "rs.error" {
            let isLimit = reason?.string.lowercased().contains("frequent") == true
            batch.control =
                isLimit
                ? .limited(code: nil, reason: reason, retryAfter: nil)
                : .refused(id: nil, code: nil, reason: reason)
        } else if name.hasPrefix("rs."), isRefused {
            batch.control = .refused(id: nil, code: nil, reason: reason)
        } else if name == "rs.login" {
            batch.control = .authenticated
        } else if name.hasPrefix("rs.sub.") {
            batch.control = .subscribed(id: nil, topic: channel)
        } else if name.hasPrefix("rs.unsub.") || name.hasPrefix("rs.usub.") {
            batch.control = .unsubscribed(id: nil, topic: channel)
        } else if name.hasPrefix("rs.") {
            batch.control = .other
        } else {
            batch.note = "channel \(name)"
            return .unknown
        }
        return .control
    }
}

extension MEXCFuturesPush {
    /// One trade: `p` price, `v` contracts, `T` side, `t` time, `i` id where the venue gives one.
    func deal(
        _ scanner: inout JSONScanner, _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        var trade = TradeEvent(
            header: EventHeader(instrument: symbol, exchangeTime: nil), id: nil, price: none,
            quantity: none, aggressor: .unknown)
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: break scan
            case Keys.one("p"):
                try scanner.note(1, &seen)
                trade.price = try scanner.amount(&batch)
            case Keys.one("v"):
                try scanner.note(2, &seen)
                trade.quantity = try scanner.amount(&batch)
            case Keys.one("T"):
                try scanner.note(4, &seen)
                trade.aggressor = .mexc(try scanner.quotedInteger())
            case Keys.one("t"): trade.header.exchangeTime = try scanner.quotedTime()
            case Keys.one("i"): trade.id = try JSONValue(&scanner).plain
            default: try scanner.skipValue()
            }
        }
        try scanner.require(7, seen)
        if trade.header.exchangeTime == nil { trade.header.exchangeTime = outline.time }
        batch.events.append(.trade(trade))
    }
}

/// The members of a book, of the stream or of a REST answer.
struct MEXCFuturesBook {
    var bids = LevelRange(first: 0, count: 0)
    var asks = LevelRange(first: 0, count: 0)
    var version: Int64?
    /// First and last version of merged changes.
    var begin: Int64?
    var end: Int64?
    /// When the matching engine made it (`cts`), ns.
    var time: Int64?
    /// When a REST answer was made, ns.
    var timestamp: Int64?

    private static let versionKey = JSONScanner.key("version")
    private static let beginKey = JSONScanner.key("begin")
    private static let endKey = JSONScanner.key("end")
    private static let timeKey = JSONScanner.key("cts")

    init(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var seen: UInt32 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: break scan
            case Keys.asks:
                try scanner.note(1, &seen)
                asks = try scanner.bookLevels(into: &batch)
            case Keys.bids:
                try scanner.note(2, &seen)
                bids = try scanner.bookLevels(into: &batch)
            case _ where scanner.nextIs(UInt8(ascii: "n")): try scanner.skipValue()
            case Self.versionKey: version = try scanner.quotedInteger()
            case Self.beginKey: begin = try scanner.quotedInteger()
            case Self.endKey: end = try scanner.quotedInteger()
            case Self.timeKey: time = try scanner.quotedTime()
            case JSONScanner.longKey where scanner.keyIs("timestamp"):
                timestamp = try scanner.quotedTime()
            default: try scanner.skipValue()
            }
        }
        // Changes may leave out a side that has none.
        guard seen != 0 else { throw scanner.failure(.missingField) }
    }
}
