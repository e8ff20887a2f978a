// Market updates as Alpaca's stream messages.

import MartletModel
import MartletVenues

extension AlpacaProtocol {
    /// The message of an update; a trade, a quote or a bar stands alone in its array.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        if case .recorded(_, let payload) = update.content {
            return [.text(String(decoding: payload, as: UTF8.self))]
        }
        guard moment.market.instruments.indices.contains(update.instrument) else { return [] }
        let market = moment.market.instruments[update.instrument]
        let instrument = market.instrument
        let name = "\"S\":\"\(instrument.symbol)\","
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)):
            return [.text("[{\"T\":\"t\",\(name)\(members(of: trade, instrument))}]")]
        case (.quote, .quote(let quote)):
            return [.text("[{\"T\":\"q\",\(name)\(members(of: quote, instrument))}]")]
        case (.book, .book(_, let change)): return [.text(book(change, instrument))]
        case (.bars(let interval), .bars(let time)):
            return bar(interval, market, time).map {
                let kind = interval.seconds == 60 ? "b" : "d"
                return [.text("[{\"T\":\"\(kind)\",\(name)\($0)}]")]
            } ?? []
        default: return []
        }
    }

    /// A time as the venue writes it: RFC 3339, UTC, as many digits as it needs.
    func time(_ nanoseconds: Int64) -> String {
        "\"" + Timestamp(nanoseconds: nanoseconds).iso8601 + "\""
    }

    /// A trade without its symbol. Stocks do not say who crossed.
    func members(of trade: MarketTrade, _ instrument: MarketInstrument) -> String {
        var text = "\"p\":\(instrument.price(trade.tick)),\"s\":\(instrument.quantity(trade.lots)),"
        text += "\"t\":\(time(trade.time)),\"i\":\(trade.id)"
        guard market == .crypto else {
            return text + ",\"x\":\"V\",\"c\":[\"@\"],\"z\":\"C\""
        }
        let side = trade.aggressor.map { $0 == .buy ? "B" : "S" } ?? "-"
        return text + ",\"tks\":\"\(side)\""
    }

    /// A quote without its symbol; an empty side has price and size 0.
    func members(of quote: MarketQuote, _ instrument: MarketInstrument) -> String {
        func number(_ level: MarketLevel, _ text: String) -> String { level.lots == 0 ? "0" : text }
        let (bid, ask) = (quote.bid, quote.ask)
        var text = "\"bp\":\(number(bid, instrument.price(bid.tick))),"
        text += "\"bs\":\(number(bid, instrument.quantity(bid.lots))),"
        text += "\"ap\":\(number(ask, instrument.price(ask.tick))),"
        text += "\"as\":\(number(ask, instrument.quantity(ask.lots))),"
        text += "\"t\":\(time(quote.time))"
        if market == .stocks {
            text += ",\"bx\":\"V\",\"ax\":\"V\",\"c\":[\"R\"],\"z\":\"C\""
        }
        return text
    }

    /// A whole book (`r`), or levels of new sizes.
    func book(_ change: BookChange, _ instrument: MarketInstrument) -> String {
        "[{\"T\":\"o\",\"S\":\"\(instrument.symbol)\",\(sides(change, instrument))"
            + (change.isSnapshot ? ",\"r\":true}]" : "}]")
    }

    /// Time and both sides of a book.
    func sides(_ change: BookChange, _ instrument: MarketInstrument) -> String {
        func side(_ levels: [MarketLevel]) -> String {
            levels.map {
                "{\"p\":\(instrument.price($0.tick)),\"s\":\(instrument.quantity($0.lots))}"
            }.joined(separator: ",")
        }
        return "\"t\":\(time(change.time)),\"b\":[\(side(change.bids))],"
            + "\"a\":[\(side(change.asks))]"
    }

    /// A minute's bar once the minute is over; the day's bar with every minute.
    private func bar(
        _ interval: BarInterval, _ market: InstrumentMarket, _ now: Int64
    ) -> String? {
        guard now % 60_000_000_000 < 1_000_000_000 else { return nil }
        let latest = market.bars.latest(interval)
        let bar = interval.seconds == 60 ? latest.closed : latest.open
        return bar.map { members(of: $0, market.instrument) }
    }

    /// A bar without its symbol.
    func members(of bar: MarketBar, _ instrument: MarketInstrument) -> String {
        let average = bar.lots > 0 ? Int64(clamping: bar.turnover / Int128(bar.lots)) : bar.close
        return "\"o\":\(instrument.price(bar.open)),\"h\":\(instrument.price(bar.high)),"
            + "\"l\":\(instrument.price(bar.low)),\"c\":\(instrument.price(bar.close)),"
            + "\"v\":\(instrument.quantity(bar.lots)),\"n\":\(bar.trades),"
            + "\"vw\":\(instrument.price(average)),\"t\":\(time(bar.openTime))"
    }
}
