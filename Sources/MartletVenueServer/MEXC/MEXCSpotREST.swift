// MEXC spot's public REST interface, server side.

import MartletModel
import MartletVenues

extension MEXCSpotProtocol {
    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        guard request.method == "GET" else { return nil }
        // One host of the venue serves both markets, and clients ask for both lists.
        switch request.path {
        case "/api/v1/contract/detail", "/api/v1/contract/ticker":
            return ServerAnswer(200, "{\"success\":true,\"code\":0,\"data\":[]}")
        case "/api/v1/contract/ping":
            let time = moment.wallTime / 1_000_000
            return ServerAnswer(200, "{\"success\":true,\"code\":0,\"data\":\(time)}")
        default: break
        }
        guard request.path.hasPrefix("/api/v3/") else { return nil }
        let market = moment.market
        switch String(request.path.dropFirst("/api/v3/".count)) {
        case "ping": return ServerAnswer(200, "{}")
        case "time": return ServerAnswer(200, "{\"serverTime\":\(moment.wallTime / 1_000_000)}")
        case "defaultSymbols":
            let names = market.instruments.map { ClientJSON.quoted($0.instrument.symbol) }
            return ServerAnswer(
                200, "{\"code\":200,\"data\":[\(names.joined(separator: ","))],\"msg\":null}")
        case "exchangeInfo": return exchangeInfo(request, moment)
        case "depth": return one(request, market) { depth(request, $0, moment) }
        case "trades": return one(request, market) { trades(request, $0) }
        case "aggTrades": return one(request, market) { aggregates(request, $0) }
        case "klines": return one(request, market) { klines(request, $0) }
        case "avgPrice":
            return one(request, market) {
                ServerAnswer(200, "{\"mins\":5,\"price\":\"\($0.instrument.price($0.lastTick))\"}")
            }
        case "ticker/bookTicker": return each(request, market) { bookTicker($0) }
        case "ticker/price":
            return each(request, market) {
                "{\"symbol\":\"\($0.instrument.symbol)\","
                    + "\"price\":\"\($0.instrument.price($0.lastTick))\"}"
            }
        case "ticker/24hr": return each(request, market) { day($0, market.time) }
        default: return nil
        }
    }

    /// Each path has a limit of its own.
    package func budget(of request: ServerRequest) -> String { request.path }

    private func failure(_ status: Int, _ code: Int, _ message: String) -> ServerAnswer {
        ServerAnswer(status, "{\"code\":\(code),\"msg\":\(ClientJSON.quoted(message))}")
    }

    private func one(
        _ request: ServerRequest, _ market: VenueMarket, _ body: (InstrumentMarket) -> ServerAnswer
    ) -> ServerAnswer {
        guard let symbol = request.value("symbol"), !symbol.isEmpty else {
            return failure(400, 700_004, "Mandatory parameter 'symbol' was not sent")
        }
        guard symbol == symbol.uppercased(), let found = market.instrument(symbol) else {
            return failure(400, -1121, "Invalid symbol.")
        }
        return body(found)
    }

    private func each(
        _ request: ServerRequest, _ market: VenueMarket, _ body: (InstrumentMarket) -> String
    ) -> ServerAnswer {
        guard request.value("symbol") != nil else {
            let items = market.instruments.map(body)
            return ServerAnswer(200, "[" + items.joined(separator: ",") + "]", weight: 40)
        }
        return one(request, market) { ServerAnswer(200, body($0)) }
    }

    private func limit(_ request: ServerRequest, _ usual: Int, max: Int) -> Int {
        guard let value = request.number("limit"), value >= 1 else { return usual }
        return Int(min(value, Int64(max)))
    }

    private func exchangeInfo(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        var wanted = request.value("symbols")?.split(separator: ",").map(String.init) ?? []
        if let symbol = request.value("symbol") { wanted.append(symbol) }
        let markets =
            wanted.isEmpty
            ? moment.market.instruments : wanted.compactMap { moment.market.instrument($0) }
        guard markets.count == wanted.count || wanted.isEmpty else {
            return failure(400, -1121, "Invalid symbol.")
        }
        let entries = markets.map { entry($0.instrument) }
        return ServerAnswer(
            200,
            "{\"timezone\":\"CST\",\"serverTime\":\(moment.wallTime / 1_000_000),"
                + "\"rateLimits\":[],\"exchangeFilters\":[],"
                + "\"symbols\":[\(entries.joined(separator: ","))]}",
            weight: 10)
    }

    /// The field named as a precision of the base size is the smallest order, see the venue's page.
    private func entry(_ instrument: MarketInstrument) -> String {
        let price = instrument.tickSize.scale
        let base = instrument.lotSize.scale
        return "{\"symbol\":\"\(instrument.symbol)\",\"status\":\"1\","
            + "\"baseAsset\":\"\(instrument.base)\",\"baseAssetPrecision\":\(base),"
            + "\"quoteAsset\":\"\(instrument.quote)\",\"quotePrecision\":\(price),"
            + "\"quoteAssetPrecision\":\(price),\"baseCommissionPrecision\":\(base),"
            + "\"quoteCommissionPrecision\":\(price),"
            + "\"orderTypes\":[\"LIMIT\",\"MARKET\",\"LIMIT_MAKER\",\"IMMEDIATE_OR_CANCEL\","
            + "\"FILL_OR_KILL\"],\"isSpotTradingAllowed\":true,"
            + "\"isMarginTradingAllowed\":false,\"quoteAmountPrecision\":\"1\","
            + "\"baseSizePrecision\":\"\(instrument.lotSize.description)\","
            + "\"permissions\":[\"SPOT\"],\"filters\":[],\"maxQuoteAmount\":\"2000000\","
            + "\"makerCommission\":\"0\",\"takerCommission\":\"0.0005\","
            + "\"quoteAmountPrecisionMarket\":\"1\",\"maxQuoteAmountMarket\":\"100000\","
            + "\"fullName\":\"\(instrument.base)\",\"tradeSideType\":1,\"contractAddress\":\"\","
            + "\"st\":false}"
    }

    private func depth(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let count = limit(request, 100, max: 5000)
        func side(_ side: Side) -> String {
            market.levels(side, depth: count).map {
                "[\"\(market.instrument.price($0.tick))\","
                    + "\"\(market.instrument.quantity($0.lots))\"]"
            }.joined(separator: ",")
        }
        return ServerAnswer(
            200,
            "{\"lastUpdateId\":\(market.update),\"bids\":[\(side(.buy))],"
                + "\"asks\":[\(side(.sell))],\"timestamp\":\(market.bookTime / 1_000_000)}")
    }

    private func trades(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let instrument = market.instrument
        let count = limit(request, 500, max: 1000)
        // The newest stands first, and none has an id.
        let items = market.trades.suffix(count).reversed().map { trade in
            let amount = instrument.turnover(Int128(trade.tick) * Int128(trade.lots))
            let isBuy = trade.aggressor != .sell
            return "{\"id\":null,\"price\":\"\(instrument.price(trade.tick))\","
                + "\"qty\":\"\(instrument.quantity(trade.lots))\",\"quoteQty\":\"\(amount)\","
                + "\"time\":\(trade.time / 1_000_000),\"isBuyerMaker\":\(!isBuy),"
                + "\"isBestMatch\":true,\"tradeType\":\"\(isBuy ? "BID" : "ASK")\"}"
        }
        return ServerAnswer(200, "[" + items.joined(separator: ",") + "]", weight: 5)
    }

    private func aggregates(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let instrument = market.instrument
        let from = request.number("startTime") ?? Int64.min
        let to = request.number("endTime") ?? Int64.max
        let selected = market.trades.filter {
            $0.time / 1_000_000 >= from && $0.time / 1_000_000 <= to
        }
        let items = selected.suffix(limit(request, 500, max: 1000)).reversed().map { trade in
            "{\"a\":null,\"f\":null,\"l\":null,\"p\":\"\(instrument.price(trade.tick))\","
                + "\"q\":\"\(instrument.quantity(trade.lots))\",\"T\":\(trade.time / 1_000_000),"
                + "\"m\":\(trade.aggressor == .sell),\"M\":true}"
        }
        return ServerAnswer(200, "[" + items.joined(separator: ",") + "]")
    }

    private func klines(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let names = ["1m", "5m", "15m", "30m", "60m", "4h", "8h", "1d", "1W", "1M"]
        guard let name = request.value("interval"), names.contains(name),
            let interval = BarInterval(name == "1W" ? "1w" : name)
        else { return failure(400, -1121, "Invalid interval.") }
        let query = MarketBarQuery(
            interval, from: request.number("startTime").flatMap { Self.nanoseconds($0) },
            to: request.number("endTime").flatMap { Self.nanoseconds($0) }.map { $0 + 1 },
            limit: limit(request, 500, max: 1000))
        let instrument = market.instrument
        let rows = market.bars.select(query).map { bar in
            let close = interval.end(ofBarFrom: bar.openTime) ?? bar.openTime
            return "[\(bar.openTime / 1_000_000),\"\(instrument.price(bar.open))\","
                + "\"\(instrument.price(bar.high))\",\"\(instrument.price(bar.low))\","
                + "\"\(instrument.price(bar.close))\",\"\(instrument.quantity(bar.lots))\","
                + "\(close / 1_000_000),\"\(instrument.turnover(bar.turnover))\"]"
        }
        return ServerAnswer(200, "[" + rows.joined(separator: ",") + "]")
    }

    /// Milliseconds as ns, nil where that is no time.
    static func nanoseconds(_ milliseconds: Int64) -> Int64? {
        (0...9_000_000_000_000).contains(milliseconds) ? milliseconds * 1_000_000 : nil
    }

    private func bookTicker(_ market: InstrumentMarket) -> String {
        let instrument = market.instrument
        let quote = market.quote
        return "{\"symbol\":\"\(instrument.symbol)\","
            + "\"bidPrice\":\"\(instrument.price(quote.bid.tick))\","
            + "\"bidQty\":\"\(instrument.quantity(quote.bid.lots))\","
            + "\"askPrice\":\"\(instrument.price(quote.ask.tick))\","
            + "\"askQty\":\"\(instrument.quantity(quote.ask.lots))\"}"
    }

    private func day(_ market: InstrumentMarket, _ time: Int64) -> String {
        let instrument = market.instrument
        let day = MEXCDay(market, at: time)
        let quote = market.quote
        return "{\"symbol\":\"\(instrument.symbol)\","
            + "\"priceChange\":\"\(instrument.price(day.bar.close - day.bar.open))\","
            + "\"priceChangePercent\":\"\(day.changeRate)\","
            + "\"prevClosePrice\":\"\(instrument.price(day.bar.open))\","
            + "\"lastPrice\":\"\(instrument.price(day.bar.close))\","
            + "\"bidPrice\":\"\(instrument.price(quote.bid.tick))\","
            + "\"bidQty\":\"\(instrument.quantity(quote.bid.lots))\","
            + "\"askPrice\":\"\(instrument.price(quote.ask.tick))\","
            + "\"askQty\":\"\(instrument.quantity(quote.ask.lots))\","
            + "\"openPrice\":\"\(instrument.price(day.bar.open))\","
            + "\"highPrice\":\"\(instrument.price(day.bar.high))\","
            + "\"lowPrice\":\"\(instrument.price(day.bar.low))\","
            + "\"volume\":\"\(instrument.quantity(day.bar.lots))\","
            + "\"quoteVolume\":\"\(instrument.turnover(day.bar.turnover))\","
            + "\"openTime\":\(day.bar.openTime / 1_000_000),"
            + "\"closeTime\":\(time / 1_000_000),\"count\":null}"
    }

    /// 429 and 418 with the venue's words.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        let (status, seconds): (Int, Int64) =
            switch refusal {
            case .limited(let seconds): (429, seconds)
            case .banned(let seconds): (418, seconds)
            }
        var answer = failure(status, 429, "Too Many Requests")
        answer.headers = [.init("Retry-After", "\(seconds)")]
        return answer
    }

    /// The answer of a service that is away.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        failure(503, 503, "Service unavailable")
    }
}
