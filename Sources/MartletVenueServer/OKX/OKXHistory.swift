// What OKX's public REST tells of funding, limits, reference prices and the past, server side.

import MartletModel
import MartletVenues

extension OKXProtocol {
    /// Paths about funding, limits, reference prices and statistics; nil where the venue has none.
    ///
    /// Bars of the mark and the index price are those of the trades.
    func history(
        _ name: String, _ request: ServerRequest, _ moment: VenueMoment
    ) -> ServerAnswer? {
        let market = moment.market
        switch name {
        case "public/funding-rate": return fundingRates(request, market)
        case "public/funding-rate-history":
            return one(request, market) { fundingHistory(request, $0) }
        case "public/price-limit":
            return one(request, market) {
                success(OKXRows($0).priceLimit(at: market.time), limit: 20)
            }
        case "public/position-tiers": return tiers(request, market)
        case "public/underlying": return underlying(request, market)
        case "public/opt-summary", "public/delivery-exercise-history",
            "public/estimated-price", "public/settlement-history":
            // Options and settlements are not served: there is none to tell of.
            return success("", limit: 20)
        case "market/mark-price-candles":
            return one(request, market) { prices(request, $0, moment, max: 300) }
        case "market/history-mark-price-candles":
            return one(request, market) { prices(request, $0, moment, max: 100) }
        case "market/index-candles": return index(request, moment, max: 300)
        case "market/history-index-candles": return index(request, moment, max: 100)
        case "rubik/stat/contracts/open-interest-history":
            return one(request, market) { found in
                statistics(request, moment) { time in
                    let row = OKXRows(found)
                    return "[\"\(time)\",\(row.openInterestColumns(found.openInterest ?? "0"))]"
                }
            }
        case "rubik/stat/contracts/open-interest-volume":
            return statistics(request, moment) { "[\"\($0)\",\"0\",\"0\"]" }
        case "rubik/stat/contracts/long-short-account-ratio",
            "rubik/stat/contracts/long-short-account-ratio-contract":
            // A market does not know accounts: as many are long as short.
            return statistics(request, moment) { "[\"\($0)\",\"1\"]" }
        default: return nil
        }
    }

    /// One swap, or with `ANY` all of them.
    private func fundingRates(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        func row(_ found: InstrumentMarket) -> String? {
            guard found.instrument.kind != .spot, found.instrument.isPerpetual,
                let reference = found.reference, !reference.fundingRate.isEmpty
            else { return nil }
            return OKXRows(found).funding(reference)
        }
        if request.value("instId") == "ANY" {
            let rows = market.instruments.compactMap(row)
            return success(rows.joined(separator: ","), limit: 10)
        }
        return one(request, market) { found in
            guard found.instrument.kind != .spot, found.instrument.isPerpetual else {
                return unknownInstrument
            }
            return success(row(found) ?? "", limit: 10)
        }
    }

    /// Newest first; older than `after`, newer than `before`, neither included.
    private func fundingHistory(
        _ request: ServerRequest, _ market: InstrumentMarket
    ) -> ServerAnswer {
        guard let reference = market.reference, !reference.fundingRate.isEmpty,
            market.instrument.kind != .spot
        else { return success("", limit: 10) }
        let times = reference.payments(
            from: request.number("before").map { $0 &+ 1 },
            to: request.number("after").map { $0 &- 1 },
            limit: count(request, "limit", 100, max: 400))
        let rows = times.map { time in
            "{\"instType\":\"SWAP\",\"instId\":\"\(market.instrument.symbol)\","
                + "\"formulaType\":\"noRate\",\"fundingRate\":\"\(reference.fundingRate)\","
                + "\"realizedRate\":\"\(reference.fundingRate)\","
                + "\"fundingTime\":\"\(time)\",\"method\":\"current_period\"}"
        }
        return success(rows.joined(separator: ","), limit: 10)
    }

    /// One tier for each family.
    private func tiers(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        guard let type = request.value("instType") else { return missing("instType") }
        guard request.value("tdMode") != nil else { return missing("tdMode") }
        var families: [String] = []
        var rows: [String] = []
        for found in market.instruments {
            let family = Self.family(of: found.instrument)
            let own = Self.type(of: found.instrument)
            let isMargin = type == "MARGIN" && own == "SPOT"
            guard own == type || isMargin, !families.contains(family),
                (request.value("instId") ?? found.instrument.symbol) == found.instrument.symbol
                    || !isMargin,
                isMargin
                    || (request.value("instFamily") ?? request.value("uly") ?? family) == family
            else { continue }
            families.append(family)
            let name = isMargin ? found.instrument.symbol : ""
            rows.append(
                "{\"uly\":\"\(family)\",\"instFamily\":\"\(family)\",\"instId\":\"\(name)\","
                    + "\"tier\":\"1\",\"minSz\":\"0\",\"maxSz\":\"10000\",\"mmr\":\"0.004\","
                    + "\"imr\":\"0.01\",\"maxLever\":\"100\",\"optMgnFactor\":\"0\","
                    + "\"quoteMaxLoan\":\"\",\"baseMaxLoan\":\"\"}")
        }
        return success(rows.joined(separator: ","), limit: 10)
    }

    /// The families of a type, as a list in a list.
    private func underlying(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        guard let type = request.value("instType") else { return missing("instType") }
        var families: [String] = []
        for found in market.instruments where Self.type(of: found.instrument) == type {
            let family = ClientJSON.quoted(Self.family(of: found.instrument))
            if !families.contains(family) { families.append(family) }
        }
        return success("[\(families.joined(separator: ","))]", limit: 20)
    }

    /// Bars of a price that is not traded: no volumes.
    private func prices(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment, max: Int
    ) -> ServerAnswer {
        let rules = market.instrument
        return bars(request, market, moment, max: max) { bar, isClosed in
            "[\"\(bar.openTime / 1_000_000)\",\"\(rules.price(bar.open))\","
                + "\"\(rules.price(bar.high))\",\"\(rules.price(bar.low))\","
                + "\"\(rules.price(bar.close))\",\"\(isClosed ? 1 : 0)\"]"
        }
    }

    /// Bars of an index, which is named by the pair of its contracts.
    private func index(
        _ request: ServerRequest, _ moment: VenueMoment, max: Int
    ) -> ServerAnswer {
        guard let name = request.value("instId"), !name.isEmpty else { return missing("instId") }
        let found = moment.market.instruments.first { Self.family(of: $0.instrument) == name }
        guard let found else { return unknownInstrument }
        return prices(request, found, moment, max: max)
    }

    /// Lengths that statistics are told for, ms.
    private static let periods: [String: Int64] = [
        "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1H": 3_600_000, "2H": 7_200_000,
        "4H": 14_400_000, "6H": 21_600_000, "12H": 43_200_000, "1D": 86_400_000,
        "1W": 604_800_000,
    ]

    /// Rows of statistics by period, newest first.
    private func statistics(
        _ request: ServerRequest, _ moment: VenueMoment, _ row: (Int64) -> String
    ) -> ServerAnswer {
        guard let period = Self.periods[request.value("period") ?? "5m"] else {
            return failure("51000", "Parameter period error", status: 400)
        }
        let now = moment.market.time / 1_000_000
        let times = MarketHistory.times(
            latest: now - now % period, every: period, from: request.number("begin"),
            to: request.number("end"), limit: count(request, "limit", 100, max: 100))
        return success(times.map(row).joined(separator: ","), limit: 5)
    }

    /// Each path has a limit of its own.
    package func budget(of request: ServerRequest) -> String { request.path }
}
