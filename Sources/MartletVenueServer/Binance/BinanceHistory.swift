// What Binance's futures REST tells of the past, and its paths beside the main ones, server side.

import MartletModel
import MartletVenues

extension BinanceProtocol {
    /// Paths of futures that tell of the past; nil where the venue has no such path.
    ///
    /// Bars of the mark and the index price are those of the trades, premiums are 0.
    func history(
        _ name: String, _ request: ServerRequest, _ moment: VenueMoment
    ) -> ServerAnswer? {
        let market = moment.market
        switch name {
        case "fundingRate": return funding(request, market)
        case "fundingInfo": return fundingInfo(market)
        case "markPriceKlines":
            return one(request, market) { prices(request, $0, isZero: false) }
        case "premiumIndexKlines":
            return one(request, market) { prices(request, $0, isZero: true) }
        case "indexPriceKlines", "continuousKlines":
            guard let name = request.value("pair"), !name.isEmpty else {
                return failure(
                    400, -1102,
                    "Mandatory parameter 'pair' was not sent, was empty/null, or malformed.")
            }
            guard let found = instrument(ofPair: name, request, market) else {
                return failure(400, -1121, "Invalid symbol.")
            }
            return prices(request, found, isZero: false)
        default: return nil
        }
    }

    /// Paths that do not begin with the product's own prefix.
    func answerBeside(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        switch request.path {
        case "/sapi/v1/system/status":
            return ServerAnswer(200, "{\"status\":0,\"msg\":\"normal\"}")
        case "/fapi/v2/ticker/price" where product == .usdm:
            return each(request, moment.market, weight: 1) { price($0) }
        default:
            let prefix = "/futures/data/"
            guard isFutures, request.path.hasPrefix(prefix) else { return nil }
            return statistics(String(request.path.dropFirst(prefix.count)), request, moment)
        }
    }

    /// The contract of a pair and of a type, a perpetual where no type is named.
    private func instrument(
        ofPair name: String, _ request: ServerRequest, _ market: VenueMarket
    ) -> InstrumentMarket? {
        let isPerpetual = request.value("contractType").map { $0 == "PERPETUAL" } ?? true
        return market.instruments.first {
            pair($0.instrument) == name && $0.instrument.isPerpetual == isPerpetual
        }
    }

    /// Bars of a price that is not traded: no volumes, a sample a second.
    private func prices(
        _ request: ServerRequest, _ market: InstrumentMarket, isZero: Bool
    ) -> ServerAnswer {
        let instrument = market.instrument
        func text(_ tick: Int64) -> String { isZero ? "0.00000000" : instrument.price(tick) }
        return bars(request, market) { bar, closeTime in
            "[\(bar.openTime / 1_000_000),\"\(text(bar.open))\",\"\(text(bar.high))\","
                + "\"\(text(bar.low))\",\"\(text(bar.close))\",\"0\",\(closeTime),\"0\",60,"
                + "\"0\",\"0\",\"0\"]"
        }
    }

    /// Oldest first; the newest where no start is named.
    private func funding(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        guard let count = limit(request, 100, max: 1000) else { return invalidLimit }
        guard product != .coinm || request.value("symbol") != nil else {
            return one(request, market) { _ in ServerAnswer(200, "[]") }
        }
        var rows: [(time: Int64, text: String)] = []
        for found in market.instruments {
            if let symbol = request.value("symbol"), symbol != found.instrument.symbol { continue }
            guard let reference = found.reference else { continue }
            let times = reference.payments(
                from: request.number("startTime"), to: request.number("endTime"), limit: count)
            rows += times.map { time in
                (
                    time,
                    "{\"symbol\":\"\(found.instrument.symbol)\",\"fundingTime\":\(time),"
                        + "\"fundingRate\":\"\(reference.fundingRate)\","
                        + "\"markPrice\":\"\(reference.mark)\"}"
                )
            }
        }
        rows.sort { $0.time < $1.time }
        let texts = rows.suffix(count).map(\.text)
        return ServerAnswer(200, "[" + texts.joined(separator: ",") + "]", weight: 0)
    }

    private func fundingInfo(_ market: VenueMarket) -> ServerAnswer {
        let rows = market.instruments.compactMap { found -> String? in
            guard let reference = found.reference else { return nil }
            let hours = max(1, reference.fundingInterval / 3_600_000_000_000)
            return "{\"symbol\":\"\(found.instrument.symbol)\","
                + "\"adjustedFundingRateCap\":\"0.02000000\","
                + "\"adjustedFundingRateFloor\":\"-0.02000000\","
                + "\"fundingIntervalHours\":\(hours),\"disclaimer\":false}"
        }
        return ServerAnswer(200, "[" + rows.joined(separator: ",") + "]", weight: 0)
    }

    /// Lengths that statistics are told for.
    private static let periods: [String: Int64] = [
        "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14_400, "6h": 21_600,
        "12h": 43_200, "1d": 86_400,
    ]

    /// Open interest and ratios by period, oldest first. A market does not know accounts: as many
    /// are long as short.
    private func statistics(
        _ name: String, _ request: ServerRequest, _ moment: VenueMoment
    ) -> ServerAnswer? {
        let key = product == .coinm ? "pair" : "symbol"
        guard
            [
                "openInterestHist", "globalLongShortAccountRatio", "topLongShortAccountRatio",
                "topLongShortPositionRatio",
            ].contains(name)
        else { return nil }
        guard let wanted = request.value(key), !wanted.isEmpty,
            let seconds = request.value("period").flatMap({ Self.periods[$0] })
        else { return failure(400, -1130, "Data sent for parameter '\(key)' is not valid.") }
        guard let count = limit(request, 30, max: 500) else { return invalidLimit }
        let found =
            product == .coinm
            ? instrument(ofPair: wanted, request, moment.market) : moment.market.instrument(wanted)
        guard let found else { return ServerAnswer(200, "[]", weight: 0) }
        let period = seconds * 1000
        let now = moment.market.time / 1_000_000
        let times = MarketHistory.times(
            latest: now - now % period, every: period, from: request.number("startTime"),
            to: request.number("endTime"), limit: count)
        let rows = times.reversed().map { time in
            var text = "{\"\(key)\":\"\(wanted)\","
            if name == "openInterestHist" {
                if product == .coinm { text += "\"contractType\":\"PERPETUAL\"," }
                text += "\"sumOpenInterest\":\"\(found.openInterest ?? "0")\","
                text += "\"sumOpenInterestValue\":\"\(value(of: found))\","
            } else {
                text += "\"longShortRatio\":\"1.0000\",\"longAccount\":\"0.5000\","
                text += "\"shortAccount\":\"0.5000\","
            }
            return text + "\"timestamp\":\(time)}"
        }
        return ServerAnswer(200, "[" + rows.joined(separator: ",") + "]", weight: 0)
    }

    /// Open interest at the last price, in quote asset; of COIN-M the contracts' dollars.
    private func value(of market: InstrumentMarket) -> String {
        guard let interest = market.openInterest.flatMap({ ExactDecimal($0) }) else { return "0" }
        let tick = market.instrument.tickSize
        let factor =
            product == .coinm
            ? market.instrument.multiplier
            : ExactDecimal(
                mantissa: tick.mantissa.multipliedReportingOverflow(by: market.lastTick)
                    .partialValue,
                scale: tick.scale)
        let (product, overflow) = Int128(interest.mantissa).multipliedReportingOverflow(
            by: Int128(factor.mantissa))
        return overflow ? "0" : trimmedDecimalText(product, scale: interest.scale + factor.scale)
    }
}
