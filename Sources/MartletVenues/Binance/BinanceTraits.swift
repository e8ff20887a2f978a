// The keys of Binance's messages, and how a message without a leading `e` shows its kind.

/// Keys as the scanner gives them: their letters packed into one number, with the length on top.
@usableFromInline enum Keys {
    @inlinable @inline(__always)
    static func one(_ letter: Unicode.Scalar) -> UInt64 {
        UInt64(UInt8(ascii: letter)) | 2 << 56
    }
    @inlinable @inline(__always)
    static func two(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(UInt8(ascii: first)) | UInt64(UInt8(ascii: second)) << 8 | 3 << 56
    }
    @inlinable @inline(__always)
    static func four(_ letters: (Unicode.Scalar, Unicode.Scalar, Unicode.Scalar, Unicode.Scalar))
        -> UInt64
    {
        UInt64(UInt8(ascii: letters.0)) | UInt64(UInt8(ascii: letters.1)) << 8
            | UInt64(UInt8(ascii: letters.2)) << 16 | UInt64(UInt8(ascii: letters.3)) << 24
            | 5 << 56
    }
    @inlinable @inline(__always) static var e: UInt64 { one("e") }
    @inlinable @inline(__always) static var u: UInt64 { one("u") }
    @inlinable @inline(__always) static var data: UInt64 { four(("d", "a", "t", "a")) }
    @inlinable @inline(__always) static var bids: UInt64 { four(("b", "i", "d", "s")) }
    @inlinable @inline(__always) static var asks: UInt64 { four(("a", "s", "k", "s")) }
    @inlinable @inline(__always) static var stream: UInt64 {
        UInt64(UInt8(ascii: "s")) | UInt64(UInt8(ascii: "t")) << 8 | UInt64(UInt8(ascii: "r")) << 16
            | UInt64(UInt8(ascii: "e")) << 24 | UInt64(UInt8(ascii: "a")) << 32
            | UInt64(UInt8(ascii: "m")) << 40 | 7 << 56
    }
    static let symbol = JSONScanner.key("symbol")
    static let symbols = JSONScanner.key("symbols")
    static let result = JSONScanner.key("result")
    static let error = JSONScanner.key("error")
    static let code = JSONScanner.key("code")
    static let identifier = JSONScanner.key("id")
    static let status = JSONScanner.key("status")
}

/// What the members of a message say about its kind.
@usableFromInline struct BinanceTraits {
    /// The value of `e`, where it is a string.
    @usableFromInline var event: TextSlice?
    /// `lastUpdateId` and a side of levels; other answers carry the id too.
    @usableFromInline var isSnapshot: Bool { hasLastUpdate && hasLevels }
    @usableFromInline var hasSymbols = false
    @usableFromInline var hasStreamAndData: Bool { hasStream && hasData }
    @usableFromInline var isQuote: Bool { quoteKeys == 0b11111 }
    /// `result`, `error` or `code` answer a request; so does an `id` with a `status`.
    @usableFromInline var isControl: Bool { hasAnswer || (hasIdentifier && hasStatus) }
    var hasLastUpdate = false
    var hasLevels = false
    var hasStream = false
    var hasData = false
    var hasAnswer = false
    var hasIdentifier = false
    var hasStatus = false
    var quoteKeys: UInt8 = 0
}

extension BinanceDecoder {
    /// Looks through an object whose `{` has been taken, to its end, checking its grammar.
    @usableFromInline
    func traits(_ scanner: inout JSONScanner) throws(DecodingFailure) -> BinanceTraits {
        var traits = BinanceTraits()
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: return traits
            case Keys.e where scanner.nextIs(UInt8(ascii: "\"")):
                guard traits.event == nil else { throw scanner.failure(.repeatedKey) }
                traits.event = try scanner.text()
                continue
            case Keys.stream: traits.hasStream = true
            case Keys.data: traits.hasData = true
            case Keys.symbols:
                // Other lists of this name hold plain texts.
                traits.hasSymbols = startsListOfObjects(scanner)
            case Keys.bids, Keys.asks: traits.hasLevels = true
            case Keys.result, Keys.error, Keys.code: traits.hasAnswer = true
            case Keys.identifier: traits.hasIdentifier = true
            case Keys.status: traits.hasStatus = true
            case Keys.u: traits.quoteKeys |= 1
            case Keys.one("b"): traits.quoteKeys |= 2
            case Keys.one("B"): traits.quoteKeys |= 4
            case Keys.one("a"): traits.quoteKeys |= 8
            case Keys.one("A"): traits.quoteKeys |= 16
            case JSONScanner.longKey where scanner.keyIs("lastUpdateId"):
                traits.hasLastUpdate = true
            default: break
            }
            try scanner.skipValue()
        }
    }

    private func startsListOfObjects(_ scanner: JSONScanner) -> Bool {
        var ahead = scanner
        return ahead.takeIf(UInt8(ascii: "[")) && ahead.takeIf(UInt8(ascii: "{"))
    }
}
