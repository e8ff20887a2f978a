// Binance's exchangeInfo, complete enough for strict readers.

import MartletModel
import MartletVenues

extension BinanceProtocol {
    /// All instruments, or on spot those that `symbol` or `symbols` name.
    func exchangeInfo(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        var markets = moment.market.instruments
        var wanted: [String] = request.value("symbol").map { [$0] } ?? []
        if let list = request.value("symbols") {
            guard let names = ClientJSON.parse(list)?.items?.compactMap(\.text) else {
                return failure(400, -1100, "Illegal characters found in parameter 'symbols'.")
            }
            wanted += names
        }
        if product == .spot, request.value("symbol") != nil, request.value("symbols") != nil {
            return failure(
                400, -1128,
                "Combination of optional parameters invalid. Recommendation: "
                    + "'symbol', 'symbols' or 'permissions'")
        }
        if product == .spot, wanted.isEmpty, !isListed(request) { markets = [] }
        if product == .spot, !wanted.isEmpty {
            markets = wanted.compactMap { moment.market.instrument($0) }
            guard markets.count == wanted.count else {
                return failure(400, -1121, "Invalid symbol.")
            }
        }
        var text = "{\"timezone\":\"UTC\",\"serverTime\":\(moment.wallTime / 1_000_000),"
        if product == .usdm { text += "\"futuresType\":\"U_MARGINED\"," }
        text += "\"rateLimits\":[\(rateLimits)],\"exchangeFilters\":[],"
        if product == .usdm { text += "\"assets\":[\(assets(markets))]," }
        let entries = markets.map { entry($0.instrument) }
        text += "\"symbols\":[" + entries.joined(separator: ",") + "]"
        return ServerAnswer(200, text + "}", weight: product == .spot ? 20 : 1)
    }

    /// Whether instruments pass the filters of a request: all trade, all on spot.
    private func isListed(_ request: ServerRequest) -> Bool {
        let permissions = request.value("permissions") ?? "SPOT"
        return (request.value("symbolStatus") ?? "TRADING") == "TRADING"
            && permissions.utf8.firstRange(of: "SPOT".utf8) != nil
    }

    private var rateLimits: String {
        func limit(_ type: String, _ interval: String, _ number: Int, _ limit: Int64) -> String {
            "{\"rateLimitType\":\"\(type)\",\"interval\":\"\(interval)\","
                + "\"intervalNum\":\(number),\"limit\":\(limit)}"
        }
        let weight = limit("REQUEST_WEIGHT", "MINUTE", 1, rules.weight?.capacity ?? 6000)
        guard product == .spot else {
            return [
                weight, limit("ORDERS", "MINUTE", 1, 1200), limit("ORDERS", "SECOND", 10, 300),
            ].joined(separator: ",")
        }
        return [
            weight, limit("ORDERS", "SECOND", 10, 50), limit("ORDERS", "DAY", 1, 160_000),
            limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
        ].joined(separator: ",")
    }

    private func assets(_ markets: [InstrumentMarket]) -> String {
        var names: [String] = []
        for market in markets where !names.contains(market.instrument.settlement) {
            names.append(market.instrument.settlement)
        }
        return names.map {
            "{\"asset\":\"\($0)\",\"marginAvailable\":true,\"autoAssetExchange\":\"-10000\"}"
        }.joined(separator: ",")
    }

    private func entry(_ instrument: MarketInstrument) -> String {
        switch product {
        case .spot: spotEntry(instrument)
        case .usdm, .coinm: futuresEntry(instrument)
        }
    }

    private func spotEntry(_ instrument: MarketInstrument) -> String {
        let modes = "\"EXPIRE_TAKER\",\"EXPIRE_MAKER\",\"EXPIRE_BOTH\",\"DECREMENT\""
        return "{\"symbol\":\"\(instrument.symbol)\",\"status\":\"TRADING\","
            + "\"baseAsset\":\"\(instrument.base)\",\"baseAssetPrecision\":8,"
            + "\"quoteAsset\":\"\(instrument.quote)\",\"quotePrecision\":8,"
            + "\"quoteAssetPrecision\":8,\"baseCommissionPrecision\":8,"
            + "\"quoteCommissionPrecision\":8,"
            + "\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\",\"STOP_LOSS\","
            + "\"STOP_LOSS_LIMIT\",\"TAKE_PROFIT\",\"TAKE_PROFIT_LIMIT\"],"
            + "\"icebergAllowed\":true,\"ocoAllowed\":true,\"otoAllowed\":true,"
            + "\"opoAllowed\":true,\"quoteOrderQtyMarketAllowed\":true,"
            + "\"allowTrailingStop\":true,\"cancelReplaceAllowed\":true,\"amendAllowed\":true,"
            + "\"pegInstructionsAllowed\":true,\"isSpotTradingAllowed\":true,"
            + "\"isMarginTradingAllowed\":false,\"filters\":[\(spotFilters(instrument))],"
            + "\"permissions\":[],\"permissionSets\":[[\"SPOT\"]],"
            + "\"defaultSelfTradePreventionMode\":\"EXPIRE_MAKER\","
            + "\"allowedSelfTradePreventionModes\":[\(modes)]}"
    }

    /// The price and quantity filters that all markets have.
    private func stepFilters(_ instrument: MarketInstrument) -> String {
        let tick = instrument.price(1)
        let lot = instrument.quantity(1)
        let most = instrument.quantity(min(instrument.usualLots, Int64.max / 100_000) * 100_000)
        return "{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"\(tick)\","
            + "\"maxPrice\":\"\(instrument.price(min(instrument.startTick, Int64.max / 1000) * 1000))\","
            + "\"tickSize\":\"\(tick)\"},"
            + "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"\(lot)\",\"maxQty\":\"\(most)\","
            + "\"stepSize\":\"\(lot)\"},"
            + "{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":\"\(lot)\","
            + "\"maxQty\":\"\(most)\",\"stepSize\":\"\(lot)\"}"
    }

    private func spotFilters(_ instrument: MarketInstrument) -> String {
        stepFilters(instrument)
            + ",{\"filterType\":\"ICEBERG_PARTS\",\"limit\":10}"
            + ",{\"filterType\":\"TRAILING_DELTA\",\"minTrailingAboveDelta\":10,"
            + "\"maxTrailingAboveDelta\":2000,\"minTrailingBelowDelta\":10,"
            + "\"maxTrailingBelowDelta\":2000}"
            + ",{\"filterType\":\"PERCENT_PRICE_BY_SIDE\",\"bidMultiplierUp\":\"5\","
            + "\"bidMultiplierDown\":\"0.2\",\"askMultiplierUp\":\"5\","
            + "\"askMultiplierDown\":\"0.2\",\"avgPriceMins\":5}"
            + ",{\"filterType\":\"NOTIONAL\",\"minNotional\":\"5.00000000\","
            + "\"applyMinToMarket\":true,\"maxNotional\":\"9000000.00000000\","
            + "\"applyMaxToMarket\":false,\"avgPriceMins\":5}"
            + ",{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":200}"
            + ",{\"filterType\":\"MAX_NUM_ORDER_LISTS\",\"maxNumOrderLists\":20}"
            + ",{\"filterType\":\"MAX_NUM_ALGO_ORDERS\",\"maxNumAlgoOrders\":5}"
            + ",{\"filterType\":\"MAX_NUM_ORDER_AMENDS\",\"maxNumOrderAmends\":10}"
    }

    private func futuresEntry(_ instrument: MarketInstrument) -> String {
        let isCoin = product == .coinm
        let precision = instrument.priceStyle.digitsMax
        var text = "{\"symbol\":\"\(instrument.symbol)\",\"pair\":\"\(pair(instrument))\","
        text += "\"contractType\":\"\(instrument.isPerpetual ? "PERPETUAL" : "CURRENT_QUARTER")\","
        text += "\"deliveryDate\":\(deliveryDate(instrument)),\"onboardDate\":1569398400000,"
        text += "\"\(isCoin ? "contractStatus" : "status")\":\"TRADING\","
        if isCoin { text += "\"contractSize\":\(instrument.multiplier.description)," }
        text += "\"maintMarginPercent\":\"2.5000\",\"requiredMarginPercent\":\"5.0000\","
        text += "\"baseAsset\":\"\(instrument.base)\",\"quoteAsset\":\"\(instrument.quote)\","
        text += "\"marginAsset\":\"\(instrument.settlement)\",\"pricePrecision\":\(precision),"
        text += "\"quantityPrecision\":\(instrument.quantityStyle.digitsMax),"
        text += "\"baseAssetPrecision\":8,\"quotePrecision\":8,\"underlyingType\":\"COIN\","
        text += "\"underlyingSubType\":[\"PoW\"],"
        if !isCoin { text += "\"settlePlan\":0," }
        if isCoin { text += "\"equalQtyPrecision\":4," }
        text += "\"triggerProtect\":\"0.0500\",\"liquidationFee\":\"0.012500\","
        text += "\"marketTakeBound\":\"0.05\",\"maxMoveOrderLimit\":10000,"
        text += "\"filters\":[\(futuresFilters(instrument))],"
        text += "\"orderTypes\":[\"LIMIT\",\"MARKET\",\"STOP\",\"STOP_MARKET\",\"TAKE_PROFIT\","
        text += "\"TAKE_PROFIT_MARKET\",\"TRAILING_STOP_MARKET\"],"
        text += "\"timeInForce\":[\"GTC\",\"IOC\",\"FOK\",\"GTX\""
        return text + (isCoin ? "]}" : ",\"GTD\"]}")
    }

    /// Perpetual contracts have a date far away; dated ones carry it in their name, `_YYMMDD`.
    private func deliveryDate(_ instrument: MarketInstrument) -> Int64 {
        let never: Int64 = 4_133_404_800_000
        guard !instrument.isPerpetual, let digits = instrument.symbol.split(separator: "_").last,
            digits.count == 6, Int(digits) != nil,
            let time = Timestamp(
                "20\(digits.prefix(2))-\(digits.dropFirst(2).prefix(2))-\(digits.suffix(2))"
                    + "T08:00:00Z")
        else { return never }
        return time.nanoseconds / 1_000_000
    }

    private func futuresFilters(_ instrument: MarketInstrument) -> String {
        var text = stepFilters(instrument)
        text += ",{\"filterType\":\"MAX_NUM_ORDERS\",\"limit\":200}"
        if product == .usdm {
            text += ",{\"filterType\":\"MIN_NOTIONAL\",\"notional\":\"5\"}"
        }
        return text + ",{\"filterType\":\"PERCENT_PRICE\",\"multiplierUp\":\"1.0500\","
            + "\"multiplierDown\":\"0.9500\",\"multiplierDecimal\":\"4\"}"
    }
}
