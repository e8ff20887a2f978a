// Hyperliquid's info endpoint, server side.

import MartletModel
import MartletVenues

extension HyperliquidProtocol {
    /// `POST /info`; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        guard request.path == "/info" else { return nil }
        guard request.method == "POST" else { return ServerAnswer(405, "null") }
        guard let question = ClientJSON.parse(request.body), question["type"]?.text != nil,
            let answer = info(question, moment)
        else {
            return ServerAnswer(422, "Failed to deserialize the JSON body into the target type")
        }
        return answer
    }

    /// The answer to a question; nil for one that the venue does not know.
    func info(_ question: ClientJSON, _ moment: VenueMoment) -> ServerAnswer? {
        let coin = question["coin"]?.text
        switch question["type"]?.text {
        case "meta": return ServerAnswer(200, meta(moment), weight: 20)
        case "spotMeta": return ServerAnswer(200, spotMeta(moment), weight: 20)
        case "metaAndAssetCtxs":
            let contexts = contexts(moment, areSpot: false)
            return ServerAnswer(200, "[\(meta(moment)),[\(contexts)]]", weight: 20)
        case "spotMetaAndAssetCtxs":
            let contexts = contexts(moment, areSpot: true)
            return ServerAnswer(200, "[\(spotMeta(moment)),[\(contexts)]]", weight: 20)
        case "perpDexs": return ServerAnswer(200, "[null]", weight: 20)
        case "allMids": return ServerAnswer(200, mids(moment), weight: 2)
        case "exchangeStatus":
            let time = moment.wallTime / 1_000_000
            return ServerAnswer(200, "{\"time\":\(time),\"specialStatuses\":null}", weight: 2)
        case "l2Book":
            guard let market = instrument(coin, moment) else { return unknown(weight: 2) }
            return ServerAnswer(
                200,
                HyperliquidWords(market).book(
                    market.levels(.buy, depth: Self.depth),
                    market.levels(.sell, depth: Self.depth), market.bookTime), weight: 2)
        case "recentTrades":
            guard let market = instrument(coin, moment) else { return unknown(weight: 20) }
            let words = HyperliquidWords(market)
            let trades = market.trades.suffix(100).reversed().map { words.trade($0) }
            return ServerAnswer(200, "[" + trades.joined(separator: ",") + "]", weight: 25)
        case "predictedFundings":
            return ServerAnswer(200, predictedFundings(moment), weight: 20)
        case "perpsAtOpenInterestCap": return ServerAnswer(200, "[]", weight: 20)
        case "candleSnapshot": return candles(question["req"] ?? .null, moment)
        case "fundingHistory": return fundingHistory(question, moment)
        case "openOrders", "frontendOpenOrders", "historicalOrders", "userFills",
            "userFillsByTime", "userFunding":
            return ServerAnswer(200, "[]", weight: 20)
        default: return nil
        }
    }

    /// A market that the venue does not have: no error, nothing.
    private func unknown(weight: Int64) -> ServerAnswer {
        ServerAnswer(200, "null", weight: weight)
    }

    private func meta(_ moment: VenueMoment) -> String {
        let entries = instruments(moment, areSpot: false).map { market in
            "{\"szDecimals\":\(market.instrument.lotSize.scale),"
                + "\"name\":\"\(market.instrument.symbol)\",\"maxLeverage\":40,"
                + "\"marginTableId\":56}"
        }
        return "{\"universe\":[\(entries.joined(separator: ","))],\"marginTables\":["
            + "[56,{\"description\":\"\",\"marginTiers\":[{\"lowerBound\":\"0.0\","
            + "\"maxLeverage\":40}]}]],\"collateralToken\":0}"
    }

    /// Token 0 is USDC, then one token for each pair.
    private func spotMeta(_ moment: VenueMoment) -> String {
        let pairs = instruments(moment, areSpot: true)
        var tokens = [token("USDC", 0, decimals: 8)]
        var entries: [String] = []
        for (index, market) in pairs.enumerated() {
            let name = market.instrument.symbol
            tokens.append(
                token(
                    market.instrument.base, index + 1, decimals: market.instrument.lotSize.scale))
            // Pairs named by a number keep it.
            let number = name.hasPrefix("@") ? Int(name.dropFirst()) ?? index : index
            entries.append(
                "{\"tokens\":[\(index + 1),0],\"name\":\"\(name)\",\"index\":\(number),"
                    + "\"isCanonical\":\(!name.hasPrefix("@"))}")
        }
        return "{\"universe\":[\(entries.joined(separator: ","))],"
            + "\"tokens\":[\(tokens.joined(separator: ","))]}"
    }

    private func token(_ name: String, _ index: Int, decimals: Int) -> String {
        let digits = String(index, radix: 16)
        let id = "0x" + String(repeating: "0", count: 32 - digits.utf8.count) + digits
        return "{\"name\":\"\(name)\",\"szDecimals\":\(decimals),\"weiDecimals\":8,"
            + "\"index\":\(index),\"tokenId\":\"\(id)\",\"isCanonical\":true,"
            + "\"evmContract\":null,\"fullName\":null,"
            + "\"deployerTradingFeeShare\":\"0.0\"}"
    }

    private func contexts(_ moment: VenueMoment, areSpot: Bool) -> String {
        instruments(moment, areSpot: areSpot).map { market in
            let price = market.instrument.price(market.lastTick)
            let none = MarketReference(
                mark: price, index: price, fundingRate: "0.0", nextFundingTime: 0, time: 0)
            return HyperliquidWords(market).context(market.reference ?? none)
        }.joined(separator: ",")
    }

    /// Bars that open within the times asked for, both included, oldest first.
    private func candles(_ request: ClientJSON, _ moment: VenueMoment) -> ServerAnswer? {
        guard let word = request["interval"]?.text, Self.intervals.contains(word),
            let interval = BarInterval(word), let start = request["startTime"]?.integer
        else { return nil }
        guard let market = instrument(request["coin"]?.text, moment) else {
            return ServerAnswer(200, "[]", weight: 20)
        }
        let most: Int64 = 9_000_000_000_000
        let end = min(max(request["endTime"]?.integer ?? most, 0), most)
        let query = MarketBarQuery(
            interval, from: min(max(start, 0), most) * 1_000_000, to: (end + 1) * 1_000_000,
            limit: 100_000)
        let words = HyperliquidWords(market)
        let bars = market.bars.select(query).suffix(5000).map { words.bar($0, interval) }
        return ServerAnswer(
            200, "[" + bars.joined(separator: ",") + "]", weight: 20 + Int64(bars.count / 60))
    }

    /// By coin and venue; other venues than this one are not known here.
    private func predictedFundings(_ moment: VenueMoment) -> String {
        let rows = instruments(moment, areSpot: false).compactMap { market -> String? in
            guard let reference = market.reference, !reference.fundingRate.isEmpty else {
                return nil
            }
            return "[\"\(market.instrument.symbol)\",[[\"HlPerp\",{\"fundingRate\":"
                + "\"\(reference.fundingRate)\","
                + "\"nextFundingTime\":\(reference.nextFundingTime / 1_000_000),"
                + "\"fundingIntervalHours\":1}]]]"
        }
        return "[\(rows.joined(separator: ","))]"
    }

    /// Past payments are taken to have had the rate of now; one an hour, oldest first.
    private func fundingHistory(_ question: ClientJSON, _ moment: VenueMoment) -> ServerAnswer? {
        guard let start = question["startTime"]?.integer else { return nil }
        guard let market = instrument(question["coin"]?.text, moment),
            let reference = market.reference, market.instrument.kind != .spot
        else { return ServerAnswer(200, "[]", weight: 20) }
        let hour: Int64 = 3_600_000
        let now = moment.market.time / 1_000_000
        let rows = (0..<Int64(500)).reversed().compactMap { step -> String? in
            let time = now - now % hour - step * hour
            guard time >= start, time <= question["endTime"]?.integer ?? Int64.max else {
                return nil
            }
            return "{\"coin\":\"\(market.instrument.symbol)\","
                + "\"fundingRate\":\"\(reference.fundingRate)\",\"premium\":\"0.0\","
                + "\"time\":\(time)}"
        }
        return ServerAnswer(200, "[" + rows.joined(separator: ",") + "]", weight: 20)
    }
}
