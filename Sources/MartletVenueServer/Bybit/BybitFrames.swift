// Market updates as Bybit's stream messages.

import MartletModel
import MartletVenues

extension BybitProtocol {
    /// The messages of an update on one topic.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        if case .recorded(_, let payload) = update.content {
            return [.text(String(decoding: payload, as: UTF8.self))]
        }
        guard moment.market.instruments.indices.contains(update.instrument) else { return [] }
        let market = moment.market.instruments[update.instrument]
        let topic = subscription.key
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)): return [.text(self.trade(trade, market, topic))]
        case (.book, .book(_, let change)): return [.text(book(change, market, topic))]
        case (.quote, .quote(let quote)): return [.text(level1(market, quote, topic))]
        case (.bars(let interval), .bars(let time)):
            return bars(interval, market, topic, time).map { .text($0) }
        case (.ticker, .bars(let time)) where topic.hasPrefix("priceLimit."):
            return [
                .text(
                    "{\"topic\":\"\(topic)\",\"ts\":\(time / 1_000_000),\"data\":{"
                        + priceLimitMembers(market, time) + "}}")
            ]
        case (.ticker, .bars(let time)):
            return [.text(ticker(market, topic, time, isFirst: product == .spot))]
        case (.liquidations, .liquidation(let order)):
            return [.text(liquidation(order, market, topic))]
        default: return []
        }
    }

    /// What the numbers of a topic's updates begin with: 1 has a meaning of its own.
    static let firstUpdate: Int64 = 1_000_000

    /// Levels as `["price","quantity"]`, comma separated.
    func levels(_ levels: [MarketLevel], _ instrument: MarketInstrument) -> String {
        var text = ""
        for level in levels {
            if !text.isEmpty { text += "," }
            text += "[\"" + instrument.price(level.tick) + "\",\""
            text += (level.lots == 0 ? "0" : instrument.quantity(level.lots)) + "\"]"
        }
        return text
    }

    private func head(_ topic: String, _ type: String, _ time: Int64) -> String {
        "{\"topic\":\"\(topic)\",\"type\":\"\(type)\",\"ts\":\(time / 1_000_000),\"data\":"
    }

    /// A snapshot or changes; the numbers of a topic grow by 1 with each message.
    func book(_ change: BookChange, _ market: InstrumentMarket, _ topic: String) -> String {
        let instrument = market.instrument
        var text = head(topic, change.isSnapshot ? "snapshot" : "delta", change.time)
        text += "{\"s\":\"\(instrument.symbol)\",\"b\":[" + levels(change.bids, instrument)
        text += "],\"a\":[" + levels(change.asks, instrument)
        text += "],\"u\":\(Self.firstUpdate + change.publication),\"seq\":\(change.lastUpdate)}"
        return text + ",\"cts\":\(change.time / 1_000_000)}"
    }

    /// The best bid and ask, always as a snapshot.
    func level1(_ market: InstrumentMarket, _ quote: MarketQuote, _ topic: String) -> String {
        let instrument = market.instrument
        func side(_ level: MarketLevel) -> String {
            level.lots == 0 ? "" : levels([level], instrument)
        }
        var text = head(topic, "snapshot", quote.time)
        text += "{\"s\":\"\(instrument.symbol)\",\"b\":[\(side(quote.bid))],"
        text += "\"a\":[\(side(quote.ask))],\"u\":\(Self.firstUpdate + quote.update),"
        return text + "\"seq\":\(quote.update)},\"cts\":\(quote.time / 1_000_000)}"
    }

    /// The id of a trade: digits on spot, else in the form of a UUID.
    func identifier(_ trade: MarketTrade) -> String {
        if let text = trade.textID { return text }
        guard product != .spot else { return "\(trade.id)" }
        let digits = String(max(trade.id, 0), radix: 16)
        return "00000000-0000-5000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count))
            + digits
    }

    private func trade(
        _ trade: MarketTrade, _ market: InstrumentMarket, _ topic: String
    ) -> String {
        let instrument = market.instrument
        var text = head(topic, "snapshot", trade.time)
        text += "[{\"T\":\(trade.time / 1_000_000),\"s\":\"\(instrument.symbol)\","
        text += "\"S\":\"\(trade.aggressor == .sell ? "Sell" : "Buy")\","
        text += "\"v\":\"\(instrument.quantity(trade.lots))\","
        text += "\"p\":\"\(instrument.price(trade.tick))\","
        if product != .spot { text += "\"L\":\"PlusTick\"," }
        text += "\"i\":\"\(identifier(trade))\",\"BT\":\(!trade.isMarket),\"RPI\":false,"
        return text + "\"seq\":\(max(market.update, 1))}]}"
    }

    private func bars(
        _ interval: BarInterval, _ market: InstrumentMarket, _ topic: String, _ now: Int64
    ) -> [String] {
        let latest = market.bars.latest(interval)
        var texts: [String] = []
        if let closed = latest.closed,
            now - MarketBars.start(of: interval, at: now) < 1_000_000_000
        {
            texts.append(bar(closed, interval, market, topic, isClosed: true, now))
        }
        if let open = latest.open {
            texts.append(bar(open, interval, market, topic, isClosed: false, now))
        }
        return texts
    }

    private func bar(
        _ bar: MarketBar, _ interval: BarInterval, _ market: InstrumentMarket, _ topic: String,
        isClosed: Bool, _ now: Int64
    ) -> String {
        let instrument = market.instrument
        let end = (interval.end(ofBarFrom: bar.openTime) ?? bar.openTime) / 1_000_000 - 1
        var text = "{\"topic\":\"\(topic)\",\"data\":[{\"start\":\(bar.openTime / 1_000_000),"
        text += "\"end\":\(end),\"interval\":\"\(BybitInterval.word(interval) ?? "")\","
        text += "\"open\":\"\(instrument.price(bar.open))\","
        text += "\"close\":\"\(instrument.price(bar.close))\","
        text += "\"high\":\"\(instrument.price(bar.high))\","
        text += "\"low\":\"\(instrument.price(bar.low))\","
        text += "\"volume\":\"\(instrument.quantity(bar.lots))\","
        text += "\"turnover\":\"\(turnover(bar, instrument))\",\"confirm\":\(isClosed),"
        text += "\"timestamp\":\(now / 1_000_000)}],\"ts\":\(now / 1_000_000),"
        return text + "\"type\":\"snapshot\"}"
    }

    /// Turnover in quote asset; of inverse contracts in coin: quantity ÷ price, cut to eight digits.
    func turnover(_ bar: MarketBar, _ instrument: MarketInstrument) -> String {
        guard instrument.kind == .inverse else { return instrument.turnover(bar.turnover) }
        let price = Int128(bar.close) * Int128(instrument.tickSize.mantissa)
        guard price > 0 else { return "0" }
        let scaled = Int128(bar.lots) * Int128(powerOfTen(8 + instrument.tickSize.scale))
        return decimalText(scaled / price, scale: 8)
    }

    /// What a ticker says: everything at first, the moving parts later. Spot has one kind only.
    func ticker(
        _ market: InstrumentMarket, _ topic: String, _ now: Int64, isFirst: Bool
    ) -> String {
        let type = isFirst ? "snapshot" : "delta"
        let members = tickerMembers(market, now, isWhole: isFirst)
        if product == .spot {
            return "{\"topic\":\"\(topic)\",\"ts\":\(now / 1_000_000),\"type\":\"snapshot\","
                + "\"cs\":\(market.update),\"data\":{\(members)}}"
        }
        return "{\"topic\":\"\(topic)\",\"type\":\"\(type)\",\"data\":{\(members)},"
            + "\"cs\":\(market.update),\"ts\":\(now / 1_000_000)}"
    }

    private func liquidation(
        _ order: MarketLiquidation, _ market: InstrumentMarket, _ topic: String
    ) -> String {
        // The venue tells the side of the position that was closed.
        head(topic, "snapshot", order.time)
            + "[{\"T\":\(order.time / 1_000_000),\"s\":\"\(market.instrument.symbol)\","
            + "\"S\":\"\(order.side == .sell ? "Buy" : "Sell")\",\"v\":\"\(order.quantity)\","
            + "\"p\":\"\(order.price)\"}]}"
    }
}
