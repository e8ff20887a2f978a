// MEXC futures' public REST interface, server side.

import MartletModel
import MartletVenues

extension MEXCFuturesProtocol {
    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        let prefix = "/api/v1/contract/"
        guard request.method == "GET" else { return nil }
        guard request.path.hasPrefix(prefix) else { return spot(request, moment) }
        let parts = request.path.dropFirst(prefix.count).split(separator: "/").map(String.init)
        guard let name = parts.first else { return nil }
        let market = moment.market
        let symbol = parts.count > 1 ? parts[parts.count - 1] : request.value("symbol")
        func one(_ body: (InstrumentMarket) -> String?) -> ServerAnswer {
            guard let symbol, let found = market.instrument(symbol) else { return unknownContract }
            return body(found).map { success($0) } ?? failure(600, "Parameter error")
        }
        switch (name, parts.count) {
        case ("ping", 1): return success("\(moment.wallTime / 1_000_000)")
        case ("detail", 1): return each(symbol, market) { detail($0.instrument) }
        case ("ticker", 1): return each(symbol, market) { ticker($0, market.time) }
        case ("funding_rate", 1): return each(nil, market) { funding($0) ?? "null" }
        case ("funding_rate", 2) where parts[1] == "history":
            guard let symbol = request.value("symbol"), let found = market.instrument(symbol) else {
                return unknownContract
            }
            return success(history(found, request))
        case ("funding_rate", 2): return one { funding($0) }
        case ("support_currencies", 1):
            var coins: [String] = []
            for coin in market.instruments.map(\.instrument.settlement) where !coins.contains(coin)
            {
                coins.append(coin)
            }
            return success("[" + coins.map(ClientJSON.quoted).joined(separator: ",") + "]")
        case ("depth", 2): return one { depth(request, $0) }
        case ("depth_commits", 3):
            guard let found = market.instrument(parts[1]) else { return unknownContract }
            return commits(parts[2], found).map { success($0) } ?? failure(600, "Parameter error")
        case ("deals", 2): return one { deals(request, $0) }
        case ("kline", 2): return one { klines(request, $0, isTraded: true) }
        case ("kline", 3) where ["index_price", "fair_price"].contains(parts[1]):
            return one { klines(request, $0, isTraded: false) }
        case ("index_price", 2), ("fair_price", 2): return one { price(name, $0) }
        default: return nil
        }
    }

    private func success(_ data: String) -> ServerAnswer {
        ServerAnswer(200, "{\"success\":true,\"code\":0,\"data\":\(data)}")
    }

    /// Refusals come with status 200 as well.
    private func failure(_ code: Int, _ message: String, status: Int = 200) -> ServerAnswer {
        ServerAnswer(
            status,
            "{\"success\":false,\"code\":\(code),\"message\":\(ClientJSON.quoted(message))}")
    }

    private var unknownContract: ServerAnswer { failure(1001, "Contract does not exist") }

    private func each(
        _ symbol: String?, _ market: VenueMarket, _ body: (InstrumentMarket) -> String
    ) -> ServerAnswer {
        if let symbol {
            guard let found = market.instrument(symbol) else { return unknownContract }
            return success(body(found))
        }
        return success("[" + market.instruments.map(body).joined(separator: ",") + "]")
    }

    private func detail(_ instrument: MarketInstrument) -> String {
        let size = instrument.multiplier.description
        var text = "{\"symbol\":\"\(instrument.symbol)\","
        text += "\"displayName\":\"\(instrument.symbol)\","
        text += "\"displayNameEn\":\"\(instrument.symbol) PERPETUAL\",\"positionOpenType\":3,"
        text += "\"baseCoin\":\"\(instrument.base)\",\"quoteCoin\":\"\(instrument.quote)\","
        text += "\"baseCoinName\":\"\(instrument.base)\",\"quoteCoinName\":\"\(instrument.quote)\","
        text += "\"futureType\":1,\"settleCoin\":\"\(instrument.settlement)\","
        text += "\"contractSize\":\(size),\"minLeverage\":1,\"maxLeverage\":200,"
        text += "\"priceScale\":\(instrument.tickSize.scale),\"volScale\":0,\"amountScale\":4,"
        text += "\"priceUnit\":\(instrument.tickSize.description),"
        text += "\"volUnit\":\(instrument.lotSize.description),\"minVol\":1,\"maxVol\":1000000,"
        text += "\"bidLimitPriceRate\":0.1,\"askLimitPriceRate\":0.1,\"takerFeeRate\":0.0002,"
        text += "\"makerFeeRate\":0,\"maintenanceMarginRate\":0.004,\"initialMarginRate\":0.005,"
        text += "\"riskBaseVol\":200000,\"riskIncrVol\":200000,\"riskIncrMmr\":0.004,"
        text += "\"riskIncrImr\":0.004,\"riskLevelLimit\":5,\"priceCoefficientVariation\":0.004,"
        text += "\"indexOrigin\":[\"MARTLET\"],\"state\":0,\"isNew\":false,\"isHot\":true,"
        text += "\"isHidden\":false,\"conceptPlate\":[],\"riskLimitType\":\"BY_VOLUME\","
        text += "\"maxNumOrders\":[200,50],\"marketOrderMaxLevel\":20,"
        text += "\"marketOrderPriceLimitRate1\":0.2,\"marketOrderPriceLimitRate2\":0.005,"
        text += "\"triggerProtect\":0.1,\"appraisal\":0,\"showAppraisalCountdown\":0,"
        return text + "\"automaticDelivery\":0,\"apiAllowed\":true,\"isZeroFeeSymbol\":false}"
    }

    private func depth(_ request: ServerRequest, _ market: InstrumentMarket) -> String? {
        let limit = request.number("limit") ?? 1000
        guard limit >= 1 else { return nil }
        let count = Int(min(limit, 1000))
        let instrument = market.instrument
        return "{\"asks\":[\(levels(market.levels(.sell, depth: count), instrument))],"
            + "\"bids\":[\(levels(market.levels(.buy, depth: count), instrument))],"
            + "\"version\":\(market.update),\"timestamp\":\(market.bookTime / 1_000_000)}"
    }

    private func deals(_ request: ServerRequest, _ market: InstrumentMarket) -> String? {
        let limit = request.number("limit") ?? 100
        guard limit >= 1 else { return nil }
        // The newest stands first.
        let items = market.trades.suffix(Int(min(limit, 100))).reversed()
        return "[" + items.map { deal($0, market.instrument) }.joined(separator: ",") + "]"
    }

    /// The last changes of the book one by one, oldest first, as the strict stream tells them.
    private func commits(_ limit: String, _ market: InstrumentMarket) -> String? {
        guard let count = Int(limit), count >= 1 else { return nil }
        let instrument = market.instrument
        let rows = market.changes.suffix(min(count, InstrumentMarket.changesKept)).map { change in
            "{\"asks\":[\(levels(change.asks, instrument))],"
                + "\"bids\":[\(levels(change.bids, instrument))],"
                + "\"version\":\(change.lastUpdate)}"
        }
        return "[\(rows.joined(separator: ","))]"
    }

    /// Paths of spot: one host of the venue serves both markets, and clients ask for both lists.
    private func spot(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        let time = moment.wallTime / 1_000_000
        switch request.path {
        case "/api/v3/ping": return ServerAnswer(200, "{}")
        case "/api/v3/time": return ServerAnswer(200, "{\"serverTime\":\(time)}")
        case "/api/v3/ticker/24hr", "/api/v3/ticker/price", "/api/v3/ticker/bookTicker":
            return ServerAnswer(200, "[]")
        case "/api/v3/exchangeInfo":
            return ServerAnswer(
                200,
                "{\"timezone\":\"CST\",\"serverTime\":\(time),\"rateLimits\":[],"
                    + "\"exchangeFilters\":[],\"symbols\":[]}")
        default: return nil
        }
    }

    /// Each path has a limit of its own, whatever the contract.
    package func budget(of request: ServerRequest) -> String {
        request.path.split(separator: "/").prefix(4).joined(separator: "/")
    }

    /// Bars column by column; `start` and `end` are seconds, both ends inclusive. Bars of prices that
    /// are not traded are those of the trades, without volume.
    private func klines(
        _ request: ServerRequest, _ market: InstrumentMarket, isTraded: Bool
    ) -> String? {
        let name = request.value("interval") ?? "Min1"
        guard let interval = MEXCSpotProtocol.interval(name) else { return nil }
        let bars = market.bars.select(
            MarketBarQuery(
                interval, from: Self.nanoseconds(request.number("start")),
                to: Self.nanoseconds(request.number("end")).map { $0 + 1 }, limit: 2000))
        let instrument = market.instrument
        func column(_ name: String, _ value: (MarketBar) -> String) -> String {
            "\"\(name)\":[" + bars.map(value).joined(separator: ",") + "]"
        }
        return "{"
            + [
                column("time") { "\($0.openTime / 1_000_000_000)" },
                column("open") { instrument.price($0.open) },
                column("close") { instrument.price($0.close) },
                column("high") { instrument.price($0.high) },
                column("low") { instrument.price($0.low) },
                column("vol") { isTraded ? instrument.quantity($0.lots) : "0" },
                column("amount") { isTraded ? amount($0, instrument) : "0" },
            ].joined(separator: ",") + "}"
    }

    private static func nanoseconds(_ seconds: Int64?) -> Int64? {
        guard let seconds, (0...9_000_000_000).contains(seconds) else { return nil }
        return seconds * 1_000_000_000
    }

    private func price(_ name: String, _ market: InstrumentMarket) -> String? {
        guard let reference = market.reference else { return nil }
        let isFair = name == "fair_price"
        return "{\"symbol\":\"\(market.instrument.symbol)\","
            + "\"\(isFair ? "fairPrice" : "indexPrice")\":"
            + "\(isFair ? reference.mark : reference.index),"
            + "\"timestamp\":\(reference.time / 1_000_000)}"
    }

    private func funding(_ market: InstrumentMarket) -> String? {
        guard let reference = market.reference else { return nil }
        return "{\"symbol\":\"\(market.instrument.symbol)\","
            + "\"fundingRate\":\(reference.fundingRate),\"maxFundingRate\":0.003,"
            + "\"minFundingRate\":-0.003,"
            + "\"collectCycle\":\(reference.fundingInterval / 3_600_000_000_000),"
            + "\"nextSettleTime\":\(reference.nextFundingTime / 1_000_000),"
            + "\"timestamp\":\(reference.time / 1_000_000)}"
    }

    /// Past payments are taken to have had the rate of now; newest first, a page at a time.
    private func history(_ market: InstrumentMarket, _ request: ServerRequest) -> String {
        let size = Int(min(max(request.number("page_size") ?? 20, 1), 1000))
        let page = Int(min(max(request.number("page_num") ?? 1, 1), 1000))
        let rate = market.reference?.fundingRate ?? "0"
        let times = market.reference?.payments(limit: MarketHistory.entriesMax) ?? []
        let rows = times.dropFirst((page - 1) * size).prefix(size).map { time in
            "{\"symbol\":\"\(market.instrument.symbol)\",\"fundingRate\":\(rate),"
                + "\"settleTime\":\(time)}"
        }
        return "{\"pageSize\":\(size),\"totalCount\":\(times.count),"
            + "\"totalPage\":\((times.count + size - 1) / size),\"currentPage\":\(page),"
            + "\"resultList\":[\(rows.joined(separator: ","))]}"
    }

    /// Too many requests are told by a code in an ordinary answer; a ban by the status.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        switch refusal {
        case .limited(let seconds):
            var answer = failure(510, "Requests are too frequent, please try again later!")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        case .banned(let seconds):
            var answer = failure(510, "Your IP is banned.", status: 418)
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        }
    }

    /// The answer of a service that is away.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        failure(500, "Under maintenance", status: 503)
    }
}
