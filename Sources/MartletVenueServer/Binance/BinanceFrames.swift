// Market updates as Binance's stream messages.

import MartletModel
import MartletVenues

extension BinanceProtocol {
    /// The messages of an update on one stream.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard carries(subscription, session) else { return [] }
        if case .recorded(_, let payload) = update.content {
            return [frame(String(decoding: payload, as: UTF8.self), subscription, session)]
        }
        guard update.instrument >= 0, update.instrument < moment.market.instruments.count else {
            return []
        }
        let market = moment.market.instruments[update.instrument]
        return texts(update, subscription, market).map { frame($0, subscription, session) }
    }

    private func frame(
        _ text: String, _ subscription: StreamSubscription, _ session: VenueSession
    ) -> ServerFrame {
        guard isCombined(session) else { return .text(text) }
        return .text("{\"stream\":\(ClientJSON.quoted(subscription.key)),\"data\":\(text)}")
    }

    private func texts(
        _ update: MarketUpdate, _ subscription: StreamSubscription, _ market: InstrumentMarket
    ) -> [String] {
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)): return [self.trade(trade, market)]
        case (.aggregateTrades, .trade(let trade)): return [aggregate(trade, market)]
        case (.book, .book(_, let change)): return [depth(change, market)]
        case (.top, .book(_, let change)): return [top(change, market)]
        case (.quote, .quote(let quote)): return [self.quote(quote, market)]
        case (.bars(let interval), .bars(let time)): return bars(interval, market, time)
        case (.reference(let seconds), .reference(let reference)):
            guard reference.time / 1_000_000_000 % seconds == 0 else { return [] }
            if subscription.key.contains("@indexPrice") {
                return [index(reference, market.instrument)]
            }
            let text = self.reference(reference, market.instrument)
            return [subscription.key.contains("@arr") ? "[\(text)]" : text]
        case (.liquidations, .liquidation(let order)): return [liquidation(order, market)]
        case (.ticker, .bars(let time)): return [ticker(market, subscription.key, time)]
        default: return []
        }
    }

    private func milliseconds(_ time: Int64) -> Int64 { time / 1_000_000 }

    /// `,"st":1` on USDT-M and `,"st":2` on COIN-M, which tell the merged markets apart.
    private var marketMark: String { product == .usdm ? ",\"st\":1" : ",\"st\":2" }

    /// The pair of a contract, such as `BTCUSD` of `BTCUSD_PERP`.
    func pair(_ instrument: MarketInstrument) -> String {
        String(instrument.symbol.prefix { $0 != "_" })
    }

    /// Levels as `["price","quantity"]`, comma separated, without the outer brackets.
    func levels(_ levels: [MarketLevel], _ instrument: MarketInstrument) -> String {
        var text = ""
        for level in levels {
            if !text.isEmpty { text += "," }
            text += "[\"" + instrument.price(level.tick) + "\",\""
            text += instrument.quantity(level.lots) + "\"]"
        }
        return text
    }

    private func depth(_ change: BookChange, _ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let time = milliseconds(change.time)
        var text = "{\"e\":\"depthUpdate\",\"E\":\(time)"
        if isFutures { text += ",\"T\":\(time)" }
        text += ",\"s\":\"\(instrument.symbol)\""
        if isFutures { text += ",\"ps\":\"\(pair(instrument))\"" + marketMark }
        text += ",\"U\":\(change.firstUpdate),\"u\":\(change.lastUpdate)"
        if isFutures { text += ",\"pu\":\(change.previousUpdate)" }
        text += ",\"b\":[" + levels(change.bids, instrument)
        return text + "],\"a\":[" + levels(change.asks, instrument) + "]}"
    }

    private func top(_ change: BookChange, _ market: InstrumentMarket) -> String {
        guard !isFutures else { return depth(change, market) }
        let instrument = market.instrument
        return "{\"lastUpdateId\":\(change.lastUpdate),\"bids\":["
            + levels(change.bids, instrument) + "],\"asks\":["
            + levels(change.asks, instrument) + "]}"
    }

    private func trade(_ trade: MarketTrade, _ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let time = milliseconds(trade.time)
        let isBuyerMaker = trade.aggressor == .sell
        var text = "{\"e\":\"trade\",\"E\":\(time),"
        if isFutures { text += "\"T\":\(time)," }
        text += "\"s\":\"\(instrument.symbol)\",\"t\":\(trade.id),"
        text += "\"p\":\"\(instrument.price(trade.tick))\","
        text += "\"q\":\"\(instrument.quantity(trade.lots))\","
        guard isFutures else {
            return text + "\"T\":\(time),\"m\":\(isBuyerMaker),\"M\":true}"
        }
        return text
            + "\"X\":\"\(trade.isMarket ? "MARKET" : "NA")\",\"m\":\(isBuyerMaker)\(marketMark)}"
    }

    private func aggregate(_ trade: MarketTrade, _ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let time = milliseconds(trade.time)
        let quantity = instrument.quantity(trade.lots)
        var text = "{\"e\":\"aggTrade\",\"E\":\(time),\"s\":\"\(instrument.symbol)\""
        text += ",\"a\":\(trade.aggregateID),\"p\":\"\(instrument.price(trade.tick))\""
        text += ",\"q\":\"\(quantity)\""
        if product == .usdm { text += ",\"nq\":\"\(quantity)\"" }
        text += ",\"f\":\(trade.firstID),\"l\":\(trade.lastID),\"T\":\(time)"
        text += ",\"m\":\(trade.aggressor == .sell)"
        return text + (isFutures ? marketMark : ",\"M\":true") + "}"
    }

    private func quote(_ quote: MarketQuote, _ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let time = milliseconds(quote.time)
        var text = isFutures ? "{\"e\":\"bookTicker\"," : "{"
        text += "\"u\":\(quote.update),"
        if isFutures { text += "\"E\":\(time),\"T\":\(time)," }
        text += "\"s\":\"\(instrument.symbol)\","
        if isFutures { text += "\"ps\":\"\(pair(instrument))\"," }
        text += "\"b\":\"\(instrument.price(quote.bid.tick))\","
        text += "\"B\":\"\(instrument.quantity(quote.bid.lots))\","
        text += "\"a\":\"\(instrument.price(quote.ask.tick))\","
        text += "\"A\":\"\(instrument.quantity(quote.ask.lots))\""
        return text + (isFutures ? marketMark : "") + "}"
    }

    /// The open bar, and once, right after its end, the closed one. Spot tells every other second.
    private func bars(
        _ interval: BarInterval, _ market: InstrumentMarket, _ now: Int64
    ) -> [String] {
        let latest = market.bars.latest(interval)
        var texts: [String] = []
        if let closed = latest.closed, now - MarketBars.start(of: interval, at: now) < 1_000_000_000
        {
            texts.append(bar(closed, interval, market.instrument, isClosed: true, now))
        }
        let isQuiet = !isFutures && interval.seconds != 1 && now / 1_000_000_000 % 2 == 1
        if let open = latest.open, !isQuiet {
            texts.append(bar(open, interval, market.instrument, isClosed: false, now))
        }
        return texts
    }

    private func bar(
        _ bar: MarketBar, _ interval: BarInterval, _ instrument: MarketInstrument,
        isClosed: Bool, _ now: Int64
    ) -> String {
        let end = interval.end(ofBarFrom: bar.openTime) ?? bar.openTime
        let amounts = BinanceAmounts(bar, instrument)
        var text = "{\"e\":\"kline\",\"E\":\(milliseconds(now)),\"s\":\"\(instrument.symbol)\","
        text += "\"k\":{\"t\":\(milliseconds(bar.openTime)),\"T\":\(milliseconds(end) - 1),"
        text += "\"s\":\"\(instrument.symbol)\",\"i\":\"\(interval.text)\","
        text += "\"f\":\(bar.firstTrade),\"L\":\(bar.lastTrade),"
        text += "\"o\":\"\(instrument.price(bar.open))\",\"c\":\"\(instrument.price(bar.close))\","
        text += "\"h\":\"\(instrument.price(bar.high))\",\"l\":\"\(instrument.price(bar.low))\","
        text += "\"v\":\"\(amounts.volume)\",\"n\":\(bar.trades),\"x\":\(isClosed),"
        text += "\"q\":\"\(amounts.turnover)\",\"V\":\"\(amounts.takerVolume)\","
        return text + "\"Q\":\"\(amounts.takerTurnover)\",\"B\":\"0\"}}"
    }

    private func reference(
        _ reference: MarketReference, _ instrument: MarketInstrument
    ) -> String {
        let mark = reference.mark
        var text = "{\"e\":\"markPriceUpdate\",\"E\":\(milliseconds(reference.time))"
        text += ",\"s\":\"\(instrument.symbol)\",\"p\":\"\(mark)\",\"ap\":\"\(mark)\""
        if product == .usdm { text += ",\"i\":\"\(reference.index)\"" }
        text += ",\"P\":\"\(mark)\",\"r\":\"\(reference.fundingRate)\""
        return text + ",\"T\":\(milliseconds(reference.nextFundingTime))\(marketMark)}"
    }

    private func index(_ reference: MarketReference, _ instrument: MarketInstrument) -> String {
        "{\"e\":\"indexPriceUpdate\",\"E\":\(milliseconds(reference.time)),"
            + "\"i\":\"\(pair(instrument))\",\"p\":\"\(reference.index)\"}"
    }

    private func liquidation(_ order: MarketLiquidation, _ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let time = milliseconds(order.time)
        let price = order.price
        let quantity = order.quantity
        var text = "{\"e\":\"forceOrder\",\"E\":\(time),\"o\":{\"s\":\"\(instrument.symbol)\","
        if product == .coinm { text += "\"ps\":\"\(pair(instrument))\"," }
        text += "\"S\":\"\(order.side == .buy ? "BUY" : "SELL")\",\"o\":\"LIMIT\",\"f\":\"IOC\","
        text += "\"q\":\"\(quantity)\",\"p\":\"\(price)\",\"ap\":\"\(price)\",\"X\":\"FILLED\","
        text += "\"l\":\"\(quantity)\",\"z\":\"\(quantity)\",\"T\":\(time)}"
        return text + "\(marketMark),\"ps\":\"\(pair(instrument))\"}"
    }

    /// The last day put together from minute bars; `miniTicker` has fewer fields.
    private func ticker(
        _ market: InstrumentMarket, _ stream: String, _ now: Int64
    ) -> String {
        let instrument = market.instrument
        let day = BinanceAmounts.day(of: market, at: now)
        let amounts = BinanceAmounts(day, instrument)
        let isMini = stream.hasSuffix("miniTicker")
        var text = "{\"e\":\"\(isMini ? "24hrMiniTicker" : "24hrTicker")\","
        text += "\"E\":\(milliseconds(now)),\"s\":\"\(instrument.symbol)\","
        if !isMini {
            let change = instrument.price(day.close - day.open)
            text += "\"p\":\"\(change)\",\"P\":\"\(amounts.changePercent)\","
            text += "\"w\":\"\(instrument.price(day.close))\","
            text += "\"Q\":\"\(instrument.quantity(market.trades.last?.lots ?? 0))\","
        }
        text += "\"c\":\"\(instrument.price(day.close))\",\"o\":\"\(instrument.price(day.open))\","
        text += "\"h\":\"\(instrument.price(day.high))\",\"l\":\"\(instrument.price(day.low))\","
        text += "\"v\":\"\(amounts.volume)\",\"q\":\"\(amounts.turnover)\""
        if isMini { return text + "}" }
        text += ",\"O\":\(milliseconds(day.openTime)),\"C\":\(milliseconds(now)),"
        return text + "\"F\":\(day.firstTrade),\"L\":\(day.lastTrade),\"n\":\(day.trades)}"
    }

    /// `serverShutdown` on spot.
    package func notice(
        _ notice: VenueNotice, in session: VenueSession, _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard notice == .shutdown, product == .spot else { return [] }
        let text = "{\"e\":\"serverShutdown\",\"E\":\(milliseconds(moment.wallTime))}"
        guard isCombined(session) else { return [.text(text)] }
        return [.text("{\"stream\":\"!serverShutdown\",\"data\":\(text)}")]
    }

    /// The stream name and the data of a combined message.
    package func recordedStream(
        of payload: UnsafeBufferPointer<UInt8>
    ) -> (String, Range<Int>)? {
        let start = Array("{\"stream\":\"".utf8)
        let middle = Array("\",\"data\":".utf8)
        guard payload.count > start.count + middle.count + 1, payload.starts(with: start),
            payload.last == UInt8(ascii: "}"),
            let quote = payload[start.count...].firstIndex(of: UInt8(ascii: "\"")),
            payload[quote...].starts(with: middle)
        else { return nil }
        let name = String(decoding: payload[start.count..<quote], as: UTF8.self)
        return (name, (quote + middle.count)..<(payload.count - 1))
    }
}
