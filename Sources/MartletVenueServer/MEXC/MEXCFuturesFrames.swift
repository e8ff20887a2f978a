// Market updates as MEXC futures' pushes.

import MartletModel
import MartletVenues

extension MEXCFuturesProtocol {
    /// The pushes of an update on one channel.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard update.instrument >= 0, update.instrument < moment.market.instruments.count else {
            return []
        }
        let market = moment.market.instruments[update.instrument]
        return texts(update, subscription, market).map { .text($0) }
    }

    private func texts(
        _ update: MarketUpdate, _ subscription: StreamSubscription, _ market: InstrumentMarket
    ) -> [String] {
        let instrument = market.instrument
        func push(_ channel: String, _ data: String, _ time: Int64) -> [String] {
            [
                "{\"channel\":\"push.\(channel)\",\"data\":\(data),"
                    + "\"symbol\":\"\(instrument.symbol)\",\"ts\":\(time / 1_000_000)}"
            ]
        }
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)):
            return push("deal", "[\(deal(trade, instrument))]", trade.time)
        case (.book(let view), .book(_, let change)):
            return push("depth", depth(change, instrument, isMerged: view.cadence > 0), change.time)
        case (.top, .book(_, let change)):
            return push("depth.full", depth(change, instrument, isMerged: false), change.time)
        case (.bars(let interval), .bars(let time)):
            return bars(interval, market, time).flatMap { push("kline", $0, time) }
        case (.ticker, .bars(let time)):
            let text = ticker(market, time)
            if subscription.key == "tickers " {
                return [
                    "{\"channel\":\"push.tickers\",\"data\":[\(text)],\"ts\":\(time / 1_000_000)}"
                ]
            }
            return push("ticker", text, time)
        case (.reference(let seconds), .reference(let reference)):
            guard reference.time / 1_000_000_000 % seconds == 0 else { return [] }
            let name = String(subscription.key.prefix { $0 != " " })
            return push(name, self.reference(name, reference, instrument), reference.time)
        default: return []
        }
    }

    private func reference(
        _ name: String, _ reference: MarketReference, _ instrument: MarketInstrument
    ) -> String {
        let symbol = "\"symbol\":\"\(instrument.symbol)\""
        switch name {
        case "funding.rate":
            return "{\"rate\":\(reference.fundingRate),\(symbol),"
                + "\"nextSettleTime\":\(reference.nextFundingTime / 1_000_000)}"
        case "fair.price": return "{\"price\":\(reference.mark),\(symbol)}"
        default: return "{\"price\":\(reference.index),\(symbol)}"
        }
    }

    /// A trade. Whether it opened positions and whether it was with oneself is not modeled.
    func deal(_ trade: MarketTrade, _ instrument: MarketInstrument) -> String {
        let side = trade.aggressor.map { $0 == .buy ? 1 : 2 } ?? 0
        let id = ClientJSON.quoted(trade.textID ?? "\(trade.id)")
        return "{\"p\":\(instrument.price(trade.tick)),\"v\":\(instrument.quantity(trade.lots)),"
            + "\"T\":\(side),\"O\":3,\"M\":2,\"t\":\(trade.time / 1_000_000),\"i\":\(id)}"
    }

    /// Levels as `[price,contracts,orders]`.
    func levels(_ levels: [MarketLevel], _ instrument: MarketInstrument) -> String {
        var text = ""
        for level in levels {
            if !text.isEmpty { text += "," }
            text += "[" + instrument.price(level.tick) + "," + instrument.quantity(level.lots)
            text += level.lots == 0 ? ",0]" : ",1]"
        }
        return text
    }

    private func depth(
        _ change: BookChange, _ instrument: MarketInstrument, isMerged: Bool
    ) -> String {
        var text = "{\"asks\":[" + levels(change.asks, instrument)
        text += "],\"bids\":[" + levels(change.bids, instrument) + "]"
        if isMerged {
            text += ",\"begin\":\(change.firstUpdate),\"end\":\(change.lastUpdate)"
        }
        return text + ",\"version\":\(change.lastUpdate)}"
    }

    /// The open bar every second, and once more the one that has just closed.
    private func bars(
        _ interval: BarInterval, _ market: InstrumentMarket, _ time: Int64
    ) -> [String] {
        let latest = market.bars.latest(interval)
        guard let open = latest.open else { return [] }
        let hasJustOpened = time - open.openTime < 1_000_000_000
        let shown = hasJustOpened ? [latest.closed, open] : [open]
        let instrument = market.instrument
        let name = MEXCSpotProtocol.intervals.first { $0.interval == interval }?.name ?? ""
        return shown.compactMap { $0 }.map { bar in
            "{\"symbol\":\"\(instrument.symbol)\",\"interval\":\"\(name)\","
                + "\"t\":\(bar.openTime / 1_000_000_000),\"o\":\(instrument.price(bar.open)),"
                + "\"c\":\(instrument.price(bar.close)),\"h\":\(instrument.price(bar.high)),"
                + "\"l\":\(instrument.price(bar.low)),\"a\":\(amount(bar, instrument)),"
                + "\"q\":\(instrument.quantity(bar.lots))}"
        }
    }

    /// Turnover in quote units for linear contracts: contracts × size × price.
    func amount(_ bar: MarketBar, _ instrument: MarketInstrument) -> String {
        guard instrument.kind != .inverse else {
            return trimmedDecimalText(
                Int128(bar.lots) * Int128(instrument.multiplier.mantissa),
                scale: instrument.multiplier.scale)
        }
        let size = Int128(instrument.tickSize.mantissa) * Int128(instrument.multiplier.mantissa)
        let (mantissa, overflow) = bar.turnover.multipliedReportingOverflow(by: size)
        return overflow
            ? "0"
            : trimmedDecimalText(
                mantissa, scale: instrument.tickSize.scale + instrument.multiplier.scale)
    }

    func ticker(_ market: InstrumentMarket, _ time: Int64) -> String {
        let instrument = market.instrument
        let day = MEXCDay(market, at: time)
        let quote = market.quote
        let last = instrument.price(day.bar.close)
        var text = "{\"symbol\":\"\(instrument.symbol)\",\"lastPrice\":\(last),"
        text += "\"bid1\":\(instrument.price(quote.bid.tick)),"
        text += "\"ask1\":\(instrument.price(quote.ask.tick)),"
        text += "\"volume24\":\(instrument.quantity(day.bar.lots)),"
        text += "\"amount24\":\(amount(day.bar, instrument)),"
        text += "\"holdVol\":\(market.openInterest ?? "0"),"
        text += "\"lower24Price\":\(instrument.price(day.bar.low)),"
        text += "\"high24Price\":\(instrument.price(day.bar.high)),"
        text += "\"riseFallRate\":\(day.changeRate),"
        text += "\"riseFallValue\":\(instrument.price(day.bar.close - day.bar.open)),"
        text += "\"indexPrice\":\(market.reference?.index ?? last),"
        text += "\"fairPrice\":\(market.reference?.mark ?? last),"
        text += "\"fundingRate\":\(market.reference?.fundingRate ?? "0"),"
        text += "\"maxBidPrice\":\(instrument.price(day.bar.close + day.bar.close / 10)),"
        text += "\"minAskPrice\":\(instrument.price(day.bar.close - day.bar.close / 10)),"
        return text + "\"timestamp\":\(time / 1_000_000)}"
    }
}
