// The rows of OKX's pushes and answers: an instrument's state in the venue's words.

import MartletModel

/// The venue's words for lengths of bars.
enum OKXWords {
    /// The length of `1m`, `4H`, `1Dutc`; nil for what the venue does not have.
    static func interval(_ word: String) -> BarInterval? {
        let text = word.hasSuffix("utc") ? String(word.dropLast(3)) : word
        let known = [
            "1s", "1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H", "6H", "12H", "1D", "2D", "3D",
            "1W", "1M", "3M",
        ]
        guard known.contains(text) else { return nil }
        guard let unit = text.last, "HDW".contains(unit) else { return BarInterval(text) }
        return BarInterval(text.dropLast() + unit.lowercased())
    }
}

/// Rows about one instrument.
struct OKXRows {
    let market: InstrumentMarket
    private var name: String { market.instrument.symbol }
    private var type: String { OKXProtocol.type(of: market.instrument) }

    init(_ market: InstrumentMarket) { self.market = market }

    private func milliseconds(_ time: Int64) -> String { "\(time / 1_000_000)" }

    /// Levels as `["price","size","0","orders"]`, comma separated.
    func levels(_ levels: [MarketLevel]) -> String {
        var text = ""
        for level in levels {
            if !text.isEmpty { text += "," }
            text += "[\"" + market.instrument.price(level.tick) + "\",\""
            text += market.instrument.quantity(level.lots)
            text += level.lots == 0 ? "\",\"0\",\"0\"]" : "\",\"0\",\"1\"]"
        }
        return text
    }

    func trade(_ trade: MarketTrade, tellsCount: Bool) -> String {
        let id = trade.textID ?? "\(trade.lastID)"
        var text = "{\"instId\":\"\(name)\",\"tradeId\":\"\(id)\","
        text += "\"px\":\"\(market.instrument.price(trade.tick))\","
        text += "\"sz\":\"\(market.instrument.quantity(trade.lots))\","
        text += "\"side\":\"\(trade.aggressor == .sell ? "sell" : "buy")\","
        text += "\"ts\":\"\(milliseconds(trade.time))\""
        guard tellsCount else { return text + ",\"source\":\"0\"}" }
        let count = max(1, trade.lastID &- trade.firstID &+ 1)
        return text + ",\"count\":\"\(count)\",\"source\":\"0\"}"
    }

    /// A whole top book; without the fields of one that is told by changes.
    func top(_ bids: [MarketLevel], _ asks: [MarketLevel], _ change: BookChange) -> String {
        "{\"asks\":[\(levels(asks))],\"bids\":[\(levels(bids))],\"instId\":\"\(name)\","
            + "\"ts\":\"\(milliseconds(change.time))\",\"seqId\":\(change.lastUpdate)}"
    }

    func quote(_ quote: MarketQuote) -> String {
        let bid = quote.bid.lots > 0 ? levels([quote.bid]) : ""
        let ask = quote.ask.lots > 0 ? levels([quote.ask]) : ""
        return "{\"asks\":[\(ask)],\"bids\":[\(bid)],\"ts\":\"\(milliseconds(quote.time))\","
            + "\"seqId\":\(quote.update)}"
    }

    func mark(_ reference: MarketReference) -> String {
        "{\"instId\":\"\(name)\",\"instType\":\"\(type)\",\"markPx\":\"\(reference.mark)\","
            + "\"ts\":\"\(milliseconds(reference.time))\"}"
    }

    func index(_ reference: MarketReference) -> String {
        let price = reference.index
        let family = OKXProtocol.family(of: market.instrument)
        return "{\"instId\":\"\(family)\",\"idxPx\":\"\(price)\",\"high24h\":\"\(price)\","
            + "\"low24h\":\"\(price)\",\"open24h\":\"\(price)\",\"sodUtc0\":\"\(price)\","
            + "\"sodUtc8\":\"\(price)\",\"ts\":\"\(milliseconds(reference.time))\"}"
    }

    func funding(_ reference: MarketReference) -> String {
        let next = reference.nextFundingTime
        return "{\"instType\":\"SWAP\",\"instId\":\"\(name)\",\"method\":\"current_period\","
            + "\"formulaType\":\"noRate\",\"fundingRate\":\"\(reference.fundingRate)\","
            + "\"nextFundingRate\":\"\",\"fundingTime\":\"\(milliseconds(next))\","
            + "\"nextFundingTime\":\"\(milliseconds(next &+ reference.fundingInterval))\","
            + "\"minFundingRate\":\"-0.00375\",\"maxFundingRate\":\"0.00375\","
            + "\"settState\":\"settled\",\"settFundingRate\":\"\(reference.fundingRate)\","
            + "\"premium\":\"0\",\"ts\":\"\(milliseconds(reference.time))\"}"
    }

    /// One hundredth above and below the last price.
    func priceLimit(at time: Int64) -> String {
        let rules = market.instrument
        let band = max(1, market.lastTick / 100)
        return "{\"instType\":\"\(type)\",\"instId\":\"\(name)\","
            + "\"buyLmt\":\"\(rules.price(market.lastTick &+ band))\","
            + "\"sellLmt\":\"\(rules.price(max(1, market.lastTick &- band)))\","
            + "\"ts\":\"\(milliseconds(time))\",\"enabled\":true}"
    }

    /// Open interest in contracts, in coins and in dollars.
    func openInterestColumns(_ quantity: String) -> String {
        let amount = ExactDecimal(quantity) ?? .zero
        let rules = market.instrument
        let currency = Self.product(amount, rules.multiplier)
        let dollars =
            rules.kind == .inverse
            ? currency
            : Self.product(
                ExactDecimal(currency) ?? .zero, ExactDecimal(rules.price(market.lastTick)) ?? .zero
            )
        return "\"\(quantity)\",\"\(currency)\",\"\(dollars)\""
    }

    func openInterest(_ quantity: String, _ time: Int64) -> String {
        let amount = ExactDecimal(quantity) ?? .zero
        let currency = Self.product(amount, market.instrument.multiplier)
        return "{\"instType\":\"\(type)\",\"instId\":\"\(name)\",\"oi\":\"\(quantity)\","
            + "\"oiCcy\":\"\(currency)\",\"ts\":\"\(milliseconds(time))\"}"
    }

    func liquidation(_ order: MarketLiquidation) -> String {
        let family = OKXProtocol.family(of: market.instrument)
        let position = order.side == .buy ? "short" : "long"
        return "{\"details\":[{\"bkLoss\":\"0\",\"bkPx\":\"\(order.price)\",\"ccy\":\"\","
            + "\"posSide\":\"\(position)\",\"side\":\"\(order.side.word)\","
            + "\"sz\":\"\(order.quantity)\",\"ts\":\"\(milliseconds(order.time))\"}],"
            + "\"instFamily\":\"\(family)\",\"instId\":\"\(name)\",\"instType\":\"\(type)\","
            + "\"uly\":\"\(family)\"}"
    }

    /// The open bar, and once, right after its end, the closed one.
    func bars(_ interval: BarInterval, at now: Int64) -> [String] {
        let latest = market.bars.latest(interval)
        var rows: [String] = []
        if let closed = latest.closed,
            now - MarketBars.start(of: interval, at: now) < 1_000_000_000
        {
            rows.append(bar(closed, isClosed: true))
        }
        if let open = latest.open { rows.append(bar(open, isClosed: false)) }
        return rows
    }

    /// `[time, open, high, low, close, volume, volume in base, in quote, confirm]`; on spot the
    /// second volume is the one in quote units.
    func bar(_ bar: MarketBar, isClosed: Bool) -> String {
        let rules = market.instrument
        let amounts = OKXAmounts(bar, rules)
        let second = rules.kind == .spot ? amounts.quote : amounts.base
        return "[\"\(milliseconds(bar.openTime))\",\"\(rules.price(bar.open))\","
            + "\"\(rules.price(bar.high))\",\"\(rules.price(bar.low))\","
            + "\"\(rules.price(bar.close))\",\"\(rules.quantity(bar.lots))\","
            + "\"\(second)\",\"\(amounts.quote)\",\"\(isClosed ? 1 : 0)\"]"
    }

    /// The last day put together from minute bars.
    func ticker(at time: Int64) -> String {
        let rules = market.instrument
        let quote = market.quote
        let bars = market.bars.select(
            MarketBarQuery(
                BarInterval(seconds: 60), from: time - 86_400_000_000_000, limit: 1441))
        var day = bars.first ?? MarketBar(openTime: time, tick: market.lastTick)
        for bar in bars.dropFirst() { day.add(bar) }
        let amounts = OKXAmounts(day, rules)
        let open = rules.price(day.open)
        func price(_ level: MarketLevel) -> String { level.lots > 0 ? rules.price(level.tick) : "" }
        func size(_ level: MarketLevel) -> String {
            level.lots > 0 ? rules.quantity(level.lots) : ""
        }
        return "{\"instType\":\"\(type)\",\"instId\":\"\(name)\","
            + "\"last\":\"\(rules.price(market.lastTick))\","
            + "\"lastSz\":\"\(rules.quantity(market.trades.last?.lots ?? 0))\","
            + "\"askPx\":\"\(price(quote.ask))\",\"askSz\":\"\(size(quote.ask))\","
            + "\"bidPx\":\"\(price(quote.bid))\",\"bidSz\":\"\(size(quote.bid))\","
            + "\"open24h\":\"\(open)\",\"high24h\":\"\(rules.price(day.high))\","
            + "\"low24h\":\"\(rules.price(day.low))\",\"sodUtc0\":\"\(open)\","
            + "\"sodUtc8\":\"\(open)\","
            + "\"volCcy24h\":\"\(rules.kind == .spot ? amounts.quote : amounts.base)\","
            + "\"vol24h\":\"\(rules.quantity(day.lots))\",\"ts\":\"\(milliseconds(time))\"}"
    }

    /// The rules; contracts name their family instead of base and quote.
    func instrument() -> String {
        let rules = market.instrument
        let isSpot = rules.kind == .spot
        let family = isSpot ? "" : OKXProtocol.family(of: rules)
        let expiry = OKXProtocol.type(of: rules) == "FUTURES" ? OKXAmounts.expiry(rules) : ""
        let lot = rules.lotSize.normalized.description
        let value = isSpot ? "" : rules.multiplier.normalized.description
        let currency = isSpot ? "" : rules.kind == .inverse ? rules.quote : rules.base
        return
            "{\"alias\":\"\",\"auctionEndTime\":\"\",\"baseCcy\":\"\(isSpot ? rules.base : "")\","
            + "\"category\":\"1\",\"ctMult\":\"\(isSpot ? "" : "1")\","
            + "\"ctType\":\"\(isSpot ? "" : rules.kind == .inverse ? "inverse" : "linear")\","
            + "\"ctVal\":\"\(value)\",\"ctValCcy\":\"\(currency)\",\"expTime\":\"\(expiry)\","
            + "\"instFamily\":\"\(family)\",\"instId\":\"\(name)\","
            + "\"instIdCode\":\(10_000 + market.index),\"instType\":\"\(type)\","
            + "\"lever\":\"\(isSpot ? "10" : "100")\",\"listTime\":\"1548133413000\","
            + "\"lotSz\":\"\(lot)\",\"maxIcebergSz\":\"999999999\",\"maxLmtAmt\":\"20000000\","
            + "\"maxLmtSz\":\"999999999\",\"maxMktAmt\":\"\(isSpot ? "1000000" : "")\","
            + "\"maxMktSz\":\"1000000\",\"maxStopSz\":\"1000000\",\"maxTriggerSz\":\"999999999\","
            + "\"maxTwapSz\":\"999999999\",\"minSz\":\"\(lot)\",\"optType\":\"\","
            + "\"quoteCcy\":\"\(isSpot ? rules.quote : "")\",\"ruleType\":\"normal\","
            + "\"settleCcy\":\"\(isSpot ? "" : rules.settlement)\",\"state\":\"live\","
            + "\"stk\":\"\",\"tickSz\":\"\(rules.tickSize.normalized.description)\","
            + "\"uly\":\"\(family)\"}"
    }

    /// A product as plain decimal text; 0 where it does not fit.
    static func product(_ left: ExactDecimal, _ right: ExactDecimal) -> String {
        let (value, overflow) = Int128(left.mantissa).multipliedReportingOverflow(
            by: Int128(right.mantissa))
        return overflow ? "0" : trimmedDecimalText(value, scale: left.scale + right.scale)
    }
}

/// Volumes of a bar in base and quote units.
struct OKXAmounts {
    let base: String
    let quote: String

    init(_ bar: MarketBar, _ instrument: MarketInstrument) {
        let multiplier = instrument.multiplier.normalized
        let lots = Int128(bar.lots) * Int128(instrument.lotSize.mantissa)
        let contracts = lots * Int128(multiplier.mantissa)
        let scale = instrument.lotSize.scale + multiplier.scale
        if instrument.kind == .inverse {
            quote = trimmedDecimalText(contracts, scale: scale)
            // Dollars over the average price: eight digits.
            let average = bar.lots > 0 ? bar.turnover / Int128(bar.lots) : 0
            let divisor = average * Int128(instrument.tickSize.mantissa)
            let power = Int128(powerOfTen(min(18, 8 + instrument.tickSize.scale)))
            let (scaled, overflow) = contracts.multipliedReportingOverflow(by: power)
            let isNone = divisor <= 0 || overflow
            base = isNone ? "0" : trimmedDecimalText(scaled / divisor, scale: 8 + scale)
        } else {
            base = trimmedDecimalText(contracts, scale: scale)
            let steps = Int128(instrument.tickSize.mantissa) * Int128(instrument.lotSize.mantissa)
            let (sum, first) = bar.turnover.multipliedReportingOverflow(by: steps)
            let (value, second) = sum.multipliedReportingOverflow(by: Int128(multiplier.mantissa))
            quote =
                first || second
                ? "0" : trimmedDecimalText(value, scale: instrument.tickSize.scale + scale)
        }
    }

    /// The expiry that a name such as `BTC-USD-251226` tells: 08:00 UTC of that day, ms.
    static func expiry(_ instrument: MarketInstrument) -> String {
        guard let date = instrument.symbol.split(separator: "-").last, date.utf8.count == 6,
            let time = Timestamp(
                "20\(date.prefix(2))-\(date.dropFirst(2).prefix(2))-\(date.suffix(2))T08:00:00Z")
        else { return "" }
        return "\(time.nanoseconds / 1_000_000)"
    }
}
