// Binance's public messages, bytes to events: finds out which message it is and reads it.

/// Reads the public messages of Binance spot, USDT-M and COIN-M, in combined form
/// (`{"stream":…,"data":…}`) and raw, and REST depth snapshots and instrument lists.
///
/// Keys may stand in any order, unknown keys are passed. The usual order is read in one pass; where
/// the kind shows late, the message is looked through first. Source: venues' stream documentation.
@frozen public struct BinanceDecoder: Sendable {
    /// Whose messages they are.
    public let product: BinanceProduct

    /// A decoder for one of Binance's markets.
    @inlinable public init(_ product: BinanceProduct) { self.product = product }

    /// Reads one message and hands what it says to `sink`.
    ///
    /// - Throws: a failure with the offset of the offending byte, for anything that is not one JSON
    ///   value or lacks what its kind must have. No message has been handed on then, except those
    ///   of an array that stand before the offending one.
    @inlinable
    public func decode<Sink: BinanceSink & ~Copyable>(
        _ bytes: UnsafeBufferPointer<UInt8>, into sink: inout Sink
    ) throws(DecodingFailure) {
        var scanner = try JSONScanner(bytes)
        if scanner.takeIf(UInt8(ascii: "{")) {
            try root(&scanner, &sink)
        } else {
            try elements(&scanner, .empty(at: scanner.start), &sink)
        }
        try scanner.finish()
    }

    /// An object whose `{` has been taken: combined form, or a message itself.
    @inlinable @inline(__always)
    func root<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ sink: inout Sink
    ) throws(DecodingFailure) {
        let inside = scanner.at
        let key = try scanner.member(isFirst: true)
        scanner.at = inside
        if key == Keys.stream || key == Keys.data {
            try combined(&scanner, &sink)
        } else if key != Keys.e, key != Keys.u, key != JSONScanner.longKey,
            try traits(&scanner).hasStreamAndData
        {
            scanner.at = inside
            try combined(&scanner, &sink)
        } else {
            scanner.at = inside
            try object(&scanner, .empty(at: inside), &sink)
        }
    }

    /// The members of the combined form.
    @inlinable @inline(__always)
    func combined<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ sink: inout Sink
    ) throws(DecodingFailure) {
        var stream: TextSlice?
        var postponed: UnsafePointer<UInt8>?
        var hasData = false
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            if key == Keys.stream {
                guard stream == nil else { throw scanner.failure(.repeatedKey) }
                stream = try scanner.text()
            } else if key == Keys.data {
                guard !hasData else { throw scanner.failure(.repeatedKey) }
                hasData = true
                if let stream {
                    try value(&scanner, stream, &sink)
                } else {
                    postponed = scanner.at
                    try scanner.skipValue()
                }
            } else if key == JSONScanner.endOfObject {
                break
            } else {
                try scanner.skipValue()
            }
        }
        guard hasData else { return sink.unknown(event: nil) }
        if let postponed {
            let end = scanner.at
            scanner.at = postponed
            try value(&scanner, stream ?? .empty(at: postponed), &sink)
            scanner.at = end
        }
    }

    /// What stands under `data`: a message, or an array of messages.
    @inlinable @inline(__always)
    func value<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ stream: TextSlice, _ sink: inout Sink
    ) throws(DecodingFailure) {
        if scanner.takeIf(UInt8(ascii: "{")) {
            try object(&scanner, stream, &sink)
        } else {
            try elements(&scanner, stream, &sink)
        }
    }

    /// An array of messages (`!markPrice@arr`); any other value is a message of unknown kind.
    @inlinable @inline(never)
    func elements<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ stream: TextSlice, _ sink: inout Sink
    ) throws(DecodingFailure) {
        let before = scanner.at
        guard scanner.takeIf(UInt8(ascii: "[")), scanner.takeIf(UInt8(ascii: "{")) else {
            scanner.at = before
            try scanner.skipValue()
            return sink.unknown(event: nil)
        }
        try object(&scanner, stream, &sink)
        while scanner.takeIf(UInt8(ascii: ",")) {
            guard scanner.takeIf(UInt8(ascii: "{")) else {
                try scanner.skipValue()
                sink.unknown(event: nil)
                continue
            }
            try object(&scanner, stream, &sink)
        }
        try scanner.take(UInt8(ascii: "]"))
    }

    /// A message whose `{` has been taken: guessed by its first key, looked through otherwise.
    @inlinable @inline(__always)
    func object<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ stream: TextSlice, _ sink: inout Sink
    ) throws(DecodingFailure) {
        sink.startMessage()
        let inside = scanner.at
        let key = try scanner.member(isFirst: true)
        if key == Keys.e, scanner.nextIs(UInt8(ascii: "\"")) {
            let event = try scanner.text()
            return try self.event(event, isFirst: false, &scanner, stream, &sink)
        }
        scanner.at = inside
        if key == Keys.u, product == .spot {
            // A book's changes may begin with `u` too: what cannot be read is looked through below.
            do throws(DecodingFailure) {
                if try quote(&scanner, isFirst: true, mayBeOther: true, &sink) { return }
            } catch {}
        } else if key == Keys.u {
            // COIN-M's quotes name their event after the update.
            let isQuote = try isQuoteByEvent(&scanner)
            scanner.at = inside
            if isQuote, try quote(&scanner, isFirst: true, mayBeOther: false, &sink) { return }
        } else if key == JSONScanner.longKey, scanner.keyIs("lastUpdateId") {
            if try snapshot(&scanner, stream, mayBeOther: true, &sink) { return }
        }
        scanner.at = inside
        try lookedThrough(&scanner, stream, &sink)
    }

    /// Whether the second member is `"e":"bookTicker"`; the scanner stands before the first.
    @inlinable @inline(__always)
    func isQuoteByEvent(_ scanner: inout JSONScanner) throws(DecodingFailure) -> Bool {
        _ = try scanner.member(isFirst: true)
        try scanner.skipValue()
        guard try scanner.member(isFirst: false) == Keys.e, scanner.nextIs(UInt8(ascii: "\""))
        else { return false }
        return try scanner.text().equals("bookTicker")
    }

    /// The members of a message whose kind is known by its `e`.
    @inlinable @inline(__always)
    func event<Sink: BinanceSink & ~Copyable>(
        _ event: TextSlice, isFirst: Bool, _ scanner: inout JSONScanner, _ stream: TextSlice,
        _ sink: inout Sink
    ) throws(DecodingFailure) {
        if event.equals("bookTicker") {
            _ = try quote(&scanner, isFirst: isFirst, mayBeOther: false, &sink)
        } else if event.equals("depthUpdate") {
            try depth(&scanner, isFirst: isFirst, stream, &sink)
        } else if event.equals("trade") {
            try trade(&scanner, isFirst: isFirst, isAggregate: false, &sink)
        } else if event.equals("aggTrade") {
            try trade(&scanner, isFirst: isFirst, isAggregate: true, &sink)
        } else {
            try rareEvent(event, isFirst: isFirst, &scanner, &sink)
        }
    }

    /// Events that come a few times a second at most.
    @inlinable @inline(never)
    func rareEvent<Sink: BinanceSink & ~Copyable>(
        _ event: TextSlice, isFirst: Bool, _ scanner: inout JSONScanner, _ sink: inout Sink
    ) throws(DecodingFailure) {
        if event.equals("markPriceUpdate") {
            sink.markPrice(try markPrice(&scanner, isFirst: isFirst))
        } else if event.equals("indexPriceUpdate") {
            sink.markPrice(try indexPrice(&scanner, isFirst: isFirst))
        } else if event.equals("forceOrder") {
            sink.liquidation(try liquidation(&scanner, isFirst: isFirst))
        } else if event.equals("kline") {
            sink.bar(try bar(&scanner, isFirst: isFirst))
        } else {
            try skipMembers(&scanner, isFirst: isFirst)
            sink.unknown(event: event)
        }
    }

    /// Finds out the kind of a message by looking through all its members, then reads it.
    @inlinable @inline(never)
    func lookedThrough<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ stream: TextSlice, _ sink: inout Sink
    ) throws(DecodingFailure) {
        let inside = scanner.at
        let traits = try self.traits(&scanner)
        let end = scanner.at
        scanner.at = inside
        sink.startMessage()
        if let event = traits.event {
            try self.event(event, isFirst: true, &scanner, stream, &sink)
        } else if traits.isSnapshot {
            _ = try snapshot(&scanner, stream, mayBeOther: false, &sink)
        } else if traits.isQuote {
            _ = try quote(&scanner, isFirst: true, mayBeOther: false, &sink)
        } else if traits.hasSymbols {
            try instruments(&scanner, &sink)
        } else {
            scanner.at = end
            if traits.isControl { sink.control() } else { sink.unknown(event: nil) }
        }
    }

    /// Passes what is left of an object.
    @usableFromInline
    func skipMembers(_ scanner: inout JSONScanner, isFirst: Bool) throws(DecodingFailure) {
        var isFirst = isFirst
        while try scanner.member(isFirst: isFirst) != JSONScanner.endOfObject {
            isFirst = false
            try scanner.skipValue()
        }
    }
}
