// Reads Binance's other events: trades, mark prices, forced orders, bars.

public import MartletModel

extension BinanceDecoder {
    /// The members of a `trade` or an `aggTrade`.
    @inlinable @inline(__always)
    func trade<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, isFirst: Bool, isAggregate: Bool, _ sink: inout Sink
    ) throws(DecodingFailure) {
        var message = BinanceTrade(unreadAt: scanner.at, isAggregate: isAggregate)
        let identifier = isAggregate ? Keys.one("a") : Keys.one("t")
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("T"): message.tradeTime = try scanner.time()
            case Keys.one("s"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case identifier:
                try scanner.note(2, &seen)
                (message.id, message.idText) = try scanner.digits()
            case Keys.one("p"):
                try scanner.note(4, &seen)
                message.price = try scanner.decimal()
            case Keys.one("q"):
                try scanner.note(8, &seen)
                message.quantity = try scanner.decimal()
            case Keys.one("m"):
                try scanner.note(16, &seen)
                message.aggressor = try scanner.flag() ? .sell : .buy
            case Keys.one("X"):
                try scanner.note(32, &seen)
                message.isMarket = try scanner.text().equals("MARKET")
            case Keys.one("f") where isAggregate:
                let (number, text) = try scanner.digits()
                (message.firstTrade, message.firstTradeText) = (number, text)
            case Keys.one("l") where isAggregate:
                let (number, text) = try scanner.digits()
                (message.lastTrade, message.lastTradeText) = (number, text)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(31, seen)
        sink.trade(message)
    }

    /// The members of a `markPriceUpdate`.
    @usableFromInline @inline(never)
    func markPrice(
        _ scanner: inout JSONScanner, isFirst: Bool
    ) throws(DecodingFailure) -> BinanceMarkPrice {
        var message = BinanceMarkPrice(
            symbol: .empty(at: scanner.at), eventTime: nil, markPrice: nil, indexPrice: nil,
            fundingRate: nil, nextFundingTime: nil)
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("s"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case Keys.one("p"):
                try scanner.note(2, &seen)
                message.markPrice = try scanner.decimal()
            case Keys.one("i"): message.indexPrice = try scanner.decimalIfAny()
            case Keys.one("r"): message.fundingRate = try scanner.decimalIfAny()
            case Keys.one("T"):
                // Contracts without funding say 0, or nothing.
                guard try !scanner.takeNone() else { continue }
                let time = try scanner.time()
                message.nextFundingTime = time == 0 ? nil : time
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        return message
    }

    /// The members of an `indexPriceUpdate`, which names the pair (`i`) and its price (`p`).
    @usableFromInline @inline(never)
    func indexPrice(
        _ scanner: inout JSONScanner, isFirst: Bool
    ) throws(DecodingFailure) -> BinanceMarkPrice {
        var message = BinanceMarkPrice(
            symbol: .empty(at: scanner.at), eventTime: nil, markPrice: nil, indexPrice: nil,
            fundingRate: nil, nextFundingTime: nil)
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("i"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case Keys.one("p"):
                try scanner.note(2, &seen)
                message.indexPrice = try scanner.decimal()
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(3, seen)
        return message
    }

    /// The members of a `forceOrder`: the order stands under `o`.
    @usableFromInline @inline(never)
    func liquidation(
        _ scanner: inout JSONScanner, isFirst: Bool
    ) throws(DecodingFailure) -> BinanceLiquidation {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        var message = BinanceLiquidation(
            symbol: .empty(at: scanner.at), eventTime: nil, tradeTime: nil, side: .buy,
            price: none, averagePrice: nil, quantity: none)
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("o"):
                try scanner.note(16, &seen)
                try forcedOrder(&scanner, &message, &seen)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(31, seen)
        return message
    }

    private func forcedOrder(
        _ scanner: inout JSONScanner, _ message: inout BinanceLiquidation, _ seen: inout UInt32
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("s"):
                try scanner.note(1, &seen)
                message.symbol = try scanner.text()
            case Keys.one("S"):
                try scanner.note(2, &seen)
                let side = try scanner.text()
                guard side.equals("BUY") || side.equals("SELL") else {
                    throw scanner.failure(.badValue, at: side.start)
                }
                message.side = side.equals("BUY") ? .buy : .sell
            case Keys.one("p"):
                try scanner.note(4, &seen)
                message.price = try scanner.decimal()
            case Keys.one("q"):
                try scanner.note(8, &seen)
                message.quantity = try scanner.decimal()
            case Keys.two("a", "p"): message.averagePrice = try scanner.decimalIfAny()
            case Keys.one("T"): message.tradeTime = try scanner.time()
            case JSONScanner.endOfObject: return
            default: try scanner.skipValue()
            }
        }
    }

    /// The members of a `kline`: the bar stands under `k`.
    @usableFromInline @inline(never)
    func bar(
        _ scanner: inout JSONScanner, isFirst: Bool
    ) throws(DecodingFailure) -> BinanceBar {
        let none = DecimalText(mantissa: 0, scale: 0, start: scanner.at, count: 0)
        let empty = TextSlice.empty(at: scanner.at)
        var message = BinanceBar(
            symbol: empty, eventTime: nil, interval: empty, openTime: 0, closeTime: 0, open: none,
            high: none, low: none, close: none, volume: none, isClosed: false)
        var seen: UInt32 = 0
        var isFirst = isFirst
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case Keys.one("E"): message.eventTime = try scanner.time()
            case Keys.one("k"):
                try scanner.note(1 << 31, &seen)
                try barMembers(&scanner, &message, &seen)
            case JSONScanner.endOfObject: break scan
            default: try scanner.skipValue()
            }
        }
        try scanner.require(1 << 31 | 1023, seen)
        return message
    }

    private func barMembers(
        _ scanner: inout JSONScanner, _ message: inout BinanceBar, _ seen: inout UInt32
    ) throws(DecodingFailure) {
        let letters: StaticString = "stTiohlcvx"
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            if key == JSONScanner.endOfObject { return }
            for index in 0..<letters.utf8CodeUnitCount
            where key == UInt64(letters.utf8Start[index]) | 2 << 56 {
                try scanner.note(1 << UInt32(index), &seen)
            }
            switch key {
            case Keys.one("s"): message.symbol = try scanner.text()
            case Keys.one("t"): message.openTime = try scanner.time()
            case Keys.one("T"):
                // The last millisecond (or microsecond) in the bar: the next whole one ends it.
                message.closeTime = (try scanner.time() / 1_000_000 + 1) * 1_000_000
            case Keys.one("i"): message.interval = try scanner.text()
            case Keys.one("o"): message.open = try scanner.decimal()
            case Keys.one("h"): message.high = try scanner.decimal()
            case Keys.one("l"): message.low = try scanner.decimal()
            case Keys.one("c"): message.close = try scanner.decimal()
            case Keys.one("v"): message.volume = try scanner.decimal()
            case Keys.one("x"): message.isClosed = try scanner.flag()
            default: try scanner.skipValue()
            }
        }
    }
}
