// Reads Binance's book messages: changes, snapshots, best bid and ask.

public import MartletModel

extension JSONScanner {
    /// Takes a venue time, milliseconds or microseconds since the epoch, and gives nanoseconds.
    @inlinable @inline(__always)
    mutating func time() throws(DecodingFailure) -> Int64 {
        let value = try integer()
        if value <= 9_000_000_000_000 { return value &* 1_000_000 }
        // From here on only microseconds (15 or 16 digits) make a time before the year 2255.
        guard value >= 100_000_000_000_000, value <= 9_000_000_000_000_000 else {
            throw failure(.badTime)
        }
        return value &* 1000
    }

    /// Notes that a key was seen; a second time is refused.
    @inlinable @inline(__always)
    func note(_ bit: UInt32, _ seen: inout UInt32) throws(DecodingFailure) {
        if seen & bit != 0 { throw failure(.repeatedKey) }
        seen |= bit
    }

    /// Refuses a message that lacks one of these keys.
    @inlinable @inline(__always)
    func require(_ bits: UInt32, _ seen: UInt32) throws(DecodingFailure) {
        if seen & bits != bits { throw failure(.missingField, at: at) }
    }

    /// Takes an array of levels, each `[price, quantity]`, further elements of a level ignored.
    @inlinable @inline(__always)
    mutating func levels<Sink: BinanceSink & ~Copyable>(
        _ side: Side, into sink: inout Sink
    ) throws(DecodingFailure) {
        try take(UInt8(ascii: "["))
        if takeIf(UInt8(ascii: "]")) { return }
        while true {
            try take(UInt8(ascii: "["))
            let price = try decimal()
            try take(UInt8(ascii: ","))
            let quantity = try decimal()
            if peek() != UInt8(ascii: "]") { try skipElements() }
            at += 1
            sink.level(side, price: price, quantity: quantity)
            if peek() == UInt8(ascii: ",") {
                at += 1
                continue
            }
            if takeIf(UInt8(ascii: ",")) { continue }
            return try take(UInt8(ascii: "]"))
        }
    }

    /// Passes further elements of an array, up to its `]`.
    @usableFromInline @inline(never)
    mutating func skipElements() throws(DecodingFailure) {
        while takeIf(UInt8(ascii: ",")) { try skipValue() }
        guard nextIs(UInt8(ascii: "]")) else { throw failure(.unexpectedByte) }
    }
}

extension BinanceDecoder {
    /// The members of a `depthUpdate`.
    @inlinable @inline(__always)
    func depth<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, isFirst: Bool, _ stream: TextSlice, _ sink: inout Sink
    ) throws(DecodingFailure) {
        var message = BinanceDepth(unreadAt: scanner.at)
        var seen: UInt32 = 0
        var postponedAsks: UnsafePointer<UInt8>?
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("T"): message.transactionTime = try scanner.time()
            case Keys.one("s"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case Keys.one("U"):
                try scanner.note(2, &seen)
                message.firstUpdate = try scanner.integer()
            case Keys.u:
                try scanner.note(4, &seen)
                message.lastUpdate = try scanner.integer()
            case Keys.two("p", "u"):
                try scanner.note(8, &seen)
                // −1 stands for none.
                if scanner.nextIs(UInt8(ascii: "-")) {
                    try scanner.skipValue()
                } else {
                    message.previousUpdate = try scanner.integer()
                }
            case Keys.one("b"):
                try scanner.note(16, &seen)
                try scanner.levels(.buy, into: &sink)
            case Keys.one("a"):
                try scanner.note(32, &seen)
                if seen & 16 == 0 {
                    postponedAsks = scanner.at
                    try scanner.skipValue()
                } else {
                    try scanner.levels(.sell, into: &sink)
                }
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(1 | 2 | 4 | 16 | 32, seen)
        if let postponedAsks { try asks(at: postponedAsks, &scanner, &sink) }
        message.partialLevels = BinanceDecoder.partialLevels(of: stream)
        sink.depth(message)
    }

    /// Asks that stood before the bids: read now, so that bids come first.
    @inlinable @inline(never)
    func asks<Sink: BinanceSink & ~Copyable>(
        at place: UnsafePointer<UInt8>, _ scanner: inout JSONScanner, _ sink: inout Sink
    ) throws(DecodingFailure) {
        let end = scanner.at
        scanner.at = place
        try scanner.levels(.sell, into: &sink)
        scanner.at = end
    }

    /// The members of a book as a whole.
    ///
    /// - Returns: False if the message turned out to be another kind; nothing was handed on then
    ///   but levels.
    @inlinable @inline(never)
    func snapshot<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ stream: TextSlice, mayBeOther: Bool, _ sink: inout Sink
    ) throws(DecodingFailure) -> Bool {
        var message = BinanceSnapshot(unread: stream)
        var seen: UInt32 = 0
        var postponedAsks: UnsafePointer<UInt8>?
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("T"): message.transactionTime = try scanner.time()
            case Keys.bids:
                try scanner.note(1, &seen)
                try scanner.levels(.buy, into: &sink)
            case Keys.asks:
                try scanner.note(2, &seen)
                if seen & 1 == 0 {
                    postponedAsks = scanner.at
                    try scanner.skipValue()
                } else {
                    try scanner.levels(.sell, into: &sink)
                }
            case JSONScanner.longKey where scanner.keyIs("lastUpdateId"):
                try scanner.note(4, &seen)
                message.lastUpdate = try scanner.integer()
            case Keys.e where mayBeOther: return false
            case JSONScanner.endOfObject: break scan
            case _ where isSymbol(key): message.symbol = try scanner.text()
            default: try scanner.skipValue()
            }
        }
        if mayBeOther, seen != 7 { return false }
        try scanner.require(7, seen)
        if let postponedAsks { try asks(at: postponedAsks, &scanner, &sink) }
        sink.snapshot(message)
        return true
    }

    @usableFromInline func isSymbol(_ key: UInt64) -> Bool { key == Keys.symbol }

    /// The members of a best bid and ask; see ``snapshot`` for the result.
    @inlinable @inline(__always)
    func quote<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, isFirst: Bool, mayBeOther: Bool, _ sink: inout Sink
    ) throws(DecodingFailure) -> Bool {
        var message = BinanceQuote(unreadAt: scanner.at)
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("T"): message.transactionTime = try scanner.time()
            case Keys.one("s"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case Keys.u:
                try scanner.note(2, &seen)
                message.update = try scanner.integer()
            case Keys.one("b"):
                try scanner.note(4, &seen)
                message.bidPrice = try scanner.decimal(or: message.bidPrice)
            case Keys.one("B"):
                try scanner.note(8, &seen)
                message.bidQuantity = try scanner.decimal(or: message.bidQuantity)
            case Keys.one("a"):
                try scanner.note(16, &seen)
                message.askPrice = try scanner.decimal(or: message.askPrice)
            case Keys.one("A"):
                try scanner.note(32, &seen)
                message.askQuantity = try scanner.decimal(or: message.askQuantity)
            case Keys.e where mayBeOther: return false
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        if mayBeOther, seen != 63 { return false }
        try scanner.require(63, seen)
        sink.quote(message)
        return true
    }

    /// How many levels a side a partial depth stream carries (`btcusdt@depth5@100ms`: 5), 0 for
    /// any other stream.
    @inlinable @inline(__always)
    package static func partialLevels(of stream: TextSlice) -> Int {
        var index = 0
        while index < stream.count, stream.start[index] != UInt8(ascii: "@") { index += 1 }
        guard stream.count - index > 6, stream.start[index + 6] &- 48 <= 9 else { return 0 }
        return otherPartialLevels(of: stream, from: index)
    }

    @usableFromInline @inline(never)
    static func otherPartialLevels(of stream: TextSlice, from place: Int) -> Int {
        let name: StaticString = "@depth"
        for index in 0..<6 where stream.start[place + index] != name.utf8Start[index] { return 0 }
        var levels = 0
        for index in (place + 6)..<stream.count {
            let digit = stream.start[index] &- 48
            if digit > 9 { break }
            levels = min(levels * 10 + Int(digit), 1_000_000)
        }
        return levels
    }
}
