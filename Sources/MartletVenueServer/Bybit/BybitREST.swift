// Bybit's public REST interface, server side.

import MartletModel
import MartletVenues

extension BybitProtocol {
    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        guard request.method == "GET", request.path.hasPrefix("/v5/") else { return nil }
        switch request.path {
        case "/v5/market/time":
            let time = moment.wallTime
            return result(
                "{\"timeSecond\":\"\(time / 1_000_000_000)\",\"timeNano\":\"\(time)\"}", moment)
        case "/v5/market/instruments-info": return instruments(request, moment)
        case "/v5/market/orderbook": return one(request, moment) { book(request, $0, moment) }
        case "/v5/market/recent-trade": return one(request, moment) { trades(request, $0, moment) }
        case "/v5/market/kline": return one(request, moment) { bars(request, $0, moment) }
        case "/v5/market/tickers": return tickers(request, moment)
        case "/v5/system/status": return result("{\"list\":[]}", moment)
        default: return history(request, moment)
        }
    }

    func result(_ json: String, _ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(
            200,
            "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":\(json),\"retExtInfo\":{},"
                + "\"time\":\(moment.wallTime / 1_000_000)}")
    }

    /// The venue refuses with HTTP status 200.
    func refusal(_ code: Int, _ words: String, _ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(
            200,
            "{\"retCode\":\(code),\"retMsg\":\(ClientJSON.quoted(words)),\"result\":{},"
                + "\"retExtInfo\":{},\"time\":\(moment.wallTime / 1_000_000)}")
    }

    static let categories = ["spot", "linear", "inverse", "option"]

    /// For requests that name an instrument of this product.
    func one(
        _ request: ServerRequest, _ moment: VenueMoment,
        _ body: (InstrumentMarket) -> ServerAnswer
    ) -> ServerAnswer {
        let category = request.value("category") ?? "linear"
        guard Self.categories.contains(category) else {
            return refusal(10001, "Illegal category", moment)
        }
        guard category == product.rawValue, let symbol = request.value("symbol"),
            symbol == symbol.uppercased(), let market = moment.market.instrument(symbol)
        else { return refusal(10001, "Not supported symbols", moment) }
        return body(market)
    }

    func limit(_ request: ServerRequest, _ usual: Int, max: Int) -> Int {
        Swift.min(Swift.max(request.value("limit").flatMap { Int($0) } ?? usual, 1), max)
    }

    /// The book as the topic of 1000 levels has told it: the numbers are that topic's.
    private func book(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let count = limit(request, product == .spot ? 1 : 25, max: 1000)
        let snapshot = market.snapshot(of: moment.market.view(depth: 1000, cadence: 200_000_000))
        let instrument = market.instrument
        let time = snapshot.time / 1_000_000
        return result(
            "{\"s\":\"\(instrument.symbol)\","
                + "\"b\":[\(levels(Array(snapshot.bids.prefix(count)), instrument))],"
                + "\"a\":[\(levels(Array(snapshot.asks.prefix(count)), instrument))],"
                + "\"ts\":\(time),\"u\":\(Self.firstUpdate + snapshot.publication),"
                + "\"seq\":\(snapshot.lastUpdate),\"cts\":\(time)}", moment)
    }

    private func trades(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let count = limit(request, product == .spot ? 60 : 500, max: product == .spot ? 60 : 1000)
        let instrument = market.instrument
        let rows = market.trades.suffix(count).reversed().map { trade in
            "{\"execId\":\"\(identifier(trade))\",\"symbol\":\"\(instrument.symbol)\","
                + "\"price\":\"\(instrument.price(trade.tick))\","
                + "\"size\":\"\(instrument.quantity(trade.lots))\","
                + "\"side\":\"\(trade.aggressor == .sell ? "Sell" : "Buy")\","
                + "\"time\":\"\(trade.time / 1_000_000)\",\"isBlockTrade\":\(!trade.isMarket),"
                + "\"isRPITrade\":false,\"seq\":\"\(max(market.update, 1))\"}"
        }
        return result(list(rows), moment)
    }

    func list(_ rows: [String], _ more: String = "") -> String {
        "{\"category\":\"\(product.rawValue)\"\(more),\"list\":[\(rows.joined(separator: ","))]}"
    }

    private func bars(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let instrument = market.instrument
        return rows(request, market, moment) { bar in
            "[\"\(bar.openTime / 1_000_000)\",\"\(instrument.price(bar.open))\","
                + "\"\(instrument.price(bar.high))\",\"\(instrument.price(bar.low))\","
                + "\"\(instrument.price(bar.close))\",\"\(instrument.quantity(bar.lots))\","
                + "\"\(turnover(bar, instrument))\"]"
        }
    }

    /// Rows of bars, newest first.
    func rows(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment,
        _ row: (MarketBar) -> String
    ) -> ServerAnswer {
        guard let interval = request.value("interval").flatMap({ BybitInterval.interval($0) })
        else {
            return refusal(10001, "Invalid period!", moment)
        }
        func time(_ name: String) -> Int64? {
            request.number(name).flatMap {
                (0..<9_000_000_000_000).contains($0) ? $0 * 1_000_000 : nil
            }
        }
        var query = MarketBarQuery(interval, limit: limit(request, 200, max: 1000))
        query.to = time("end").map { $0 + 1 }
        var bars: [MarketBar]
        if let from = time("start") {
            // Without an end the venue gives the bars from the start on.
            query.from = from
            if query.to != nil { query.limit = .max }
            bars = market.bars.select(query)
            bars = Array(bars.suffix(limit(request, 200, max: 1000)))
        } else {
            bars = market.bars.select(query)
        }
        return result(
            list(bars.reversed().map(row), ",\"symbol\":\"\(market.instrument.symbol)\""), moment)
    }

    private func tickers(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        guard let category = request.value("category"), Self.categories.contains(category) else {
            return refusal(10001, "Illegal category", moment)
        }
        guard category == product.rawValue else {
            return result("{\"category\":\"\(category)\",\"list\":[]}", moment)
        }
        var markets = moment.market.instruments
        if let symbol = request.value("symbol") {
            guard let market = moment.market.instrument(symbol) else {
                return refusal(10001, "Not supported symbols", moment)
            }
            markets = [market]
        }
        let rows = markets.map {
            "{" + tickerMembers($0, moment.market.time, isWhole: true) + "}"
        }
        return result(list(rows), moment)
    }

    /// The members of a ticker; those that move only, unless it is told as a whole.
    func tickerMembers(_ market: InstrumentMarket, _ now: Int64, isWhole: Bool) -> String {
        let instrument = market.instrument
        let from = now - 86_400_000_000_000
        let bars = market.bars.select(
            MarketBarQuery(BarInterval(seconds: 60), from: from, limit: 1440))
        var day = bars.first ?? MarketBar(openTime: now, tick: market.lastTick)
        for bar in bars.dropFirst() { day.add(bar) }
        let change = Int128(day.close - day.open) * 1_000_000 / Int128(max(1, day.open))
        var text = "\"symbol\":\"\(instrument.symbol)\","
        text += "\"lastPrice\":\"\(instrument.price(market.lastTick))\","
        if isWhole {
            text += "\"prevPrice24h\":\"\(instrument.price(day.open))\","
            text += "\"highPrice24h\":\"\(instrument.price(day.high))\","
            text += "\"lowPrice24h\":\"\(instrument.price(day.low))\","
        }
        text += "\"price24hPcnt\":\"\(decimalText(change, scale: 6))\","
        text += "\"volume24h\":\"\(instrument.quantity(day.lots))\","
        text += "\"turnover24h\":\"\(turnover(day, instrument))\""
        if product == .spot { return text + ",\"usdIndexPrice\":\"\"" }
        if let reference = market.reference {
            text += ",\"markPrice\":\"\(reference.mark)\",\"indexPrice\":\"\(reference.index)\","
            text += "\"fundingRate\":\"\(reference.fundingRate)\",\"nextFundingTime\":"
            text += "\"\(reference.nextFundingTime / 1_000_000)\",\"fundingIntervalHour\":"
            text += "\"\(max(1, reference.fundingInterval / 3_600_000_000_000))\""
        }
        if let interest = market.openInterest { text += ",\"openInterest\":\"\(interest)\"" }
        let quote = market.quote
        for (name, level) in [("bid1", quote.bid), ("ask1", quote.ask)] {
            let price = level.lots == 0 ? "" : instrument.price(level.tick)
            let size = level.lots == 0 ? "" : instrument.quantity(level.lots)
            text += ",\"\(name)Price\":\"\(price)\",\"\(name)Size\":\"\(size)\""
        }
        return text
    }
}
