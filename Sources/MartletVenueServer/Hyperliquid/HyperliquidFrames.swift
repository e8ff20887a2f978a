// Market updates as Hyperliquid's pushes.

import MartletModel
import MartletVenues

extension HyperliquidProtocol {
    /// Trades that the first message repeats.
    static let tradesRepeated = 10

    /// The messages of an update on one subscription.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard update.instrument >= 0, update.instrument < moment.market.instruments.count else {
            return []
        }
        let market = moment.market.instruments[update.instrument]
        let words = HyperliquidWords(market)
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)): return [frame("trades", "[\(words.trade(trade))]")]
        case (.top, .book(_, let change)):
            return [frame("l2Book", words.book(change.bids, change.asks, change.time))]
        case (.quote, .quote(let quote)): return [frame("bbo", words.quote(quote))]
        case (.bars(let interval), .bars(let time)):
            // Every other second: the venue tells a bar when something traded.
            guard time / 1_000_000_000 % 2 == 0, let open = market.bars.latest(interval).open else {
                return []
            }
            return [frame("candle", words.bar(open, interval))]
        case (.reference, .reference(let reference)):
            return [context(reference, market, words)].compactMap { $0 }
        case (.ticker, .bars):
            // The middle prices of all coins, once a second: with the first of them.
            guard update.instrument == 0 else { return [] }
            return [frame("allMids", "{\"mids\":\(mids(moment))}")]
        default: return []
        }
    }

    private func frame(_ channel: String, _ data: String) -> ServerFrame {
        .text("{\"channel\":\"\(channel)\",\"data\":\(data)}")
    }

    private func context(
        _ reference: MarketReference, _ market: InstrumentMarket, _ words: HyperliquidWords
    ) -> ServerFrame? {
        guard !reference.mark.isEmpty else { return nil }
        let isSpot = market.instrument.kind == .spot
        return frame(
            isSpot ? "activeSpotAssetCtx" : "activeAssetCtx",
            "{\"coin\":\"\(market.instrument.symbol)\",\"ctx\":\(words.context(reference))}")
    }

    /// Middle prices by coin.
    func mids(_ moment: VenueMoment) -> String {
        let pairs = moment.market.instruments.compactMap { market in
            HyperliquidWords(market).middle.map { "\"\(market.instrument.symbol)\":\"\($0)\"" }
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// What is pushed right after a subscription: the state of now, and trades of before.
    func first(_ subscription: StreamSubscription, _ moment: VenueMoment) -> [ServerFrame] {
        guard subscription.instrument >= 0 else {
            return subscription.kind == .ticker
                ? [frame("allMids", "{\"mids\":\(mids(moment))}")] : []
        }
        let market = moment.market.instruments[subscription.instrument]
        let words = HyperliquidWords(market)
        switch subscription.kind {
        case .trades where !market.trades.isEmpty:
            let trades = market.trades.suffix(Self.tradesRepeated).map { words.trade($0) }
            return [frame("trades", "[" + trades.joined(separator: ",") + "]")]
        case .top(_, let levels) where market.hasBook:
            return [
                frame(
                    "l2Book",
                    words.book(
                        market.levels(.buy, depth: levels), market.levels(.sell, depth: levels),
                        market.bookTime))
            ]
        case .quote where market.hasBook: return [frame("bbo", words.quote(market.quote))]
        case .bars(let interval):
            return market.bars.latest(interval).open.map {
                [frame("candle", words.bar($0, interval))]
            } ?? []
        case .reference:
            return market.reference.flatMap { context($0, market, words) }.map { [$0] } ?? []
        default: return []
        }
    }
}

/// Texts about one instrument.
struct HyperliquidWords {
    let market: InstrumentMarket

    init(_ market: InstrumentMarket) { self.market = market }

    private var name: String { market.instrument.symbol }

    func trade(_ trade: MarketTrade) -> String {
        let rules = market.instrument
        let users = [
            "0x" + String(repeating: "1", count: 40), "0x" + String(repeating: "2", count: 40),
        ]
        return "{\"coin\":\"\(name)\",\"side\":\"\(trade.aggressor == .sell ? "A" : "B")\","
            + "\"px\":\"\(rules.price(trade.tick))\",\"sz\":\"\(rules.quantity(trade.lots))\","
            + "\"time\":\(trade.time / 1_000_000),"
            + "\"hash\":\"0x\(String(repeating: "0", count: 64))\",\"tid\":\(trade.id),"
            + "\"users\":[\"\(users[0])\",\"\(users[1])\"]}"
    }

    private func level(_ level: MarketLevel) -> String {
        "{\"px\":\"\(market.instrument.price(level.tick))\","
            + "\"sz\":\"\(market.instrument.quantity(level.lots))\",\"n\":1}"
    }

    /// A whole top book.
    func book(_ bids: [MarketLevel], _ asks: [MarketLevel], _ time: Int64) -> String {
        "{\"coin\":\"\(name)\",\"time\":\(time / 1_000_000),\"levels\":[["
            + bids.map(level).joined(separator: ",") + "],["
            + asks.map(level).joined(separator: ",") + "]]}"
    }

    func quote(_ quote: MarketQuote) -> String {
        let bid = quote.bid.lots > 0 ? level(quote.bid) : "null"
        let ask = quote.ask.lots > 0 ? level(quote.ask) : "null"
        return "{\"coin\":\"\(name)\",\"time\":\(quote.time / 1_000_000),\"bbo\":[\(bid),\(ask)]}"
    }

    /// `T` is the last millisecond of the bar.
    func bar(_ bar: MarketBar, _ interval: BarInterval) -> String {
        let rules = market.instrument
        let end = interval.end(ofBarFrom: bar.openTime) ?? bar.openTime
        return "{\"t\":\(bar.openTime / 1_000_000),\"T\":\(end / 1_000_000 - 1),"
            + "\"s\":\"\(name)\",\"i\":\"\(interval.text == "7d" ? "1w" : interval.text)\","
            + "\"o\":\"\(rules.price(bar.open))\",\"c\":\"\(rules.price(bar.close))\","
            + "\"h\":\"\(rules.price(bar.high))\",\"l\":\"\(rules.price(bar.low))\","
            + "\"v\":\"\(rules.quantity(bar.lots))\",\"n\":\(bar.trades)}"
    }

    /// The middle of the best prices, one more digit than a price; nil where a side is empty.
    var middle: String? {
        let quote = market.quote
        guard quote.bid.lots > 0, quote.ask.lots > 0 else { return nil }
        let step = market.instrument.tickSize
        let sum = Int128(quote.bid.tick) + Int128(quote.ask.tick)
        return trimmedDecimalText(sum * Int128(step.mantissa) * 5, scale: step.scale + 1)
    }

    /// The context of an asset; spot pairs have no funding and no oracle.
    func context(_ reference: MarketReference) -> String {
        let middle = self.middle.map { "\"\($0)\"" } ?? "null"
        let day = "\"prevDayPx\":\"\(reference.mark)\",\"dayNtlVlm\":\"0.0\""
        guard market.instrument.kind != .spot else {
            return "{\(day),\"markPx\":\"\(reference.mark)\",\"midPx\":\(middle),"
                + "\"circulatingSupply\":\"1000000.0\",\"coin\":\"\(name)\","
                + "\"totalSupply\":\"1000000.0\",\"dayBaseVlm\":\"0.0\"}"
        }
        let index = reference.index.isEmpty ? reference.mark : reference.index
        let rate = reference.fundingRate.isEmpty ? "0.0" : reference.fundingRate
        return "{\"funding\":\"\(rate)\",\"openInterest\":\"\(market.openInterest ?? "0.0")\","
            + "\(day),\"premium\":\"0.0\",\"oraclePx\":\"\(index)\","
            + "\"markPx\":\"\(reference.mark)\",\"midPx\":\(middle),"
            + "\"impactPxs\":[\"\(reference.mark)\",\"\(reference.mark)\"],\"dayBaseVlm\":\"0.0\"}"
    }
}
