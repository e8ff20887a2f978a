// What Bybit's public REST tells besides books, trades, bars and tickers, server side.

import MartletModel
import MartletVenues

extension BybitProtocol {
    /// Paths about reference prices, limits and the past; nil where the venue has no such path.
    ///
    /// Bars of the mark and the index price are those of the trades, premiums are 0.
    func history(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        let isContract = product != .spot
        switch request.path {
        case "/v5/market/full_orderbook":
            return one(request, moment) { fullBook(request, $0, moment) }
        case "/v5/market/price-limit": return one(request, moment) { priceLimit($0, moment) }
        case "/v5/market/mark-price-kline" where isContract,
            "/v5/market/index-price-kline" where isContract:
            return one(request, moment) { prices(request, $0, moment, isZero: false) }
        case "/v5/market/premium-index-price-kline" where isContract:
            return one(request, moment) { prices(request, $0, moment, isZero: true) }
        case "/v5/market/funding/history" where isContract:
            return one(request, moment) { funding(request, $0, moment) }
        case "/v5/market/open-interest" where isContract:
            return one(request, moment) { openInterest(request, $0, moment) }
        case "/v5/market/account-ratio" where isContract:
            return one(request, moment) { accountRatio(request, $0, moment) }
        case "/v5/market/risk-limit" where isContract: return riskLimit(request, moment)
        case "/v5/market/delivery-price" where isContract:
            return result(list([], ",\"nextPageCursor\":\"\""), moment)
        case "/v5/market/historical-volatility":
            // Options are not served: there is none to tell of.
            return ServerAnswer(
                200,
                "{\"retCode\":0,\"retMsg\":\"SUCCESS\",\"category\":\"option\",\"result\":[]}")
        default: return nil
        }
    }

    /// The whole book with the numbers of the topic that tells all levels.
    private func fullBook(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let snapshot = market.snapshot(of: Self.fullView(moment.market))
        let instrument = market.instrument
        let time = snapshot.time / 1_000_000
        return result(
            "{\"s\":\"\(instrument.symbol)\","
                + "\"b\":[\(levels(Array(snapshot.bids.prefix(10_000)), instrument))],"
                + "\"a\":[\(levels(Array(snapshot.asks.prefix(10_000)), instrument))],"
                + "\"ts\":\(time),\"u\":\(Self.firstUpdate + snapshot.publication),"
                + "\"seq\":\(snapshot.lastUpdate),\"cts\":\(time)}", moment)
    }

    /// The view of the topic that tells all levels.
    static func fullView(_ market: VenueMarket) -> BookViewKey {
        market.view(depth: 100_000, cadence: 200_000_000)
    }

    /// One hundredth above and below the last price.
    private func priceLimit(_ market: InstrumentMarket, _ moment: VenueMoment) -> ServerAnswer {
        result("{" + priceLimitMembers(market, moment.market.time) + "}", moment)
    }

    /// The members of a price limit.
    func priceLimitMembers(_ market: InstrumentMarket, _ time: Int64) -> String {
        let instrument = market.instrument
        let band = max(1, market.lastTick / 100)
        return "\"symbol\":\"\(instrument.symbol)\","
            + "\"buyLmt\":\"\(instrument.price(market.lastTick &+ band))\","
            + "\"sellLmt\":\"\(instrument.price(max(1, market.lastTick &- band)))\","
            + "\"ts\":\"\(time / 1_000_000)\""
    }

    private func prices(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment, isZero: Bool
    ) -> ServerAnswer {
        let instrument = market.instrument
        func text(_ tick: Int64) -> String { isZero ? "0.000000" : instrument.price(tick) }
        return rows(request, market, moment) { bar in
            "[\"\(bar.openTime / 1_000_000)\",\"\(text(bar.open))\",\"\(text(bar.high))\","
                + "\"\(text(bar.low))\",\"\(text(bar.close))\"]"
        }
    }

    /// Newest first; a start needs an end.
    private func funding(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        let (from, to) = (request.number("startTime"), request.number("endTime"))
        guard from == nil || to != nil else {
            return refusal(10001, "Error: startTime needs endTime", moment)
        }
        guard let reference = market.reference else { return result(list([]), moment) }
        let times = reference.payments(from: from, to: to, limit: limit(request, 200, max: 200))
        let rows = times.map { time in
            "{\"symbol\":\"\(market.instrument.symbol)\","
                + "\"fundingRate\":\"\(reference.fundingRate)\","
                + "\"fundingRateTimestamp\":\"\(time)\"}"
        }
        return result(list(rows), moment)
    }

    /// Lengths that statistics are told for, ms.
    private static let periods: [String: Int64] = [
        "5min": 300_000, "15min": 900_000, "30min": 1_800_000, "1h": 3_600_000, "4h": 14_400_000,
        "1d": 86_400_000,
    ]

    /// Times of statistics by period, newest first; nil where the period is none.
    private func times(
        _ request: ServerRequest, _ name: String, _ moment: VenueMoment, usual: Int, max most: Int
    ) -> [Int64]? {
        guard let period = Self.periods[request.value(name) ?? ""] else { return nil }
        let now = moment.market.time / 1_000_000
        return MarketHistory.times(
            latest: now - now % period, every: period, from: request.number("startTime"),
            to: request.number("endTime"), limit: limit(request, usual, max: most))
    }

    private func openInterest(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        guard let times = times(request, "intervalTime", moment, usual: 50, max: 200) else {
            return refusal(10001, "Invalid intervalTime", moment)
        }
        let rows = times.map { time in
            "{\"openInterest\":\"\(market.openInterest ?? "0")\",\"timestamp\":\"\(time)\"}"
        }
        return result(
            list(rows, ",\"symbol\":\"\(market.instrument.symbol)\",\"nextPageCursor\":\"\""),
            moment)
    }

    /// A market does not know accounts: as many are long as short.
    private func accountRatio(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment
    ) -> ServerAnswer {
        guard let times = times(request, "period", moment, usual: 50, max: 500) else {
            return refusal(10001, "Invalid period", moment)
        }
        let rows = times.map { time in
            "{\"symbol\":\"\(market.instrument.symbol)\",\"buyRatio\":\"0.5\","
                + "\"sellRatio\":\"0.5\",\"timestamp\":\"\(time)\"}"
        }
        return result(
            "{\"list\":[\(rows.joined(separator: ","))],\"nextPageCursor\":\"\"}", moment)
    }

    /// One tier for each instrument.
    private func riskLimit(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        guard let category = request.value("category"), Self.categories.contains(category) else {
            return refusal(10001, "Illegal category", moment)
        }
        var markets = category == product.rawValue ? moment.market.instruments : []
        if let symbol = request.value("symbol") {
            markets.removeAll { $0.instrument.symbol != symbol }
        }
        let rows = markets.map { market in
            "{\"id\":\(market.index + 1),\"symbol\":\"\(market.instrument.symbol)\","
                + "\"riskLimitValue\":\"2000000\",\"maintenanceMargin\":\"0.005\","
                + "\"initialMargin\":\"0.01\",\"isLowestRisk\":1,\"maxLeverage\":\"100.00\","
                + "\"mmDeduction\":\"\"}"
        }
        return result(list(rows, ",\"nextPageCursor\":\"\""), moment)
    }
}
