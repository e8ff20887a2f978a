// Bybit's instruments-info, complete enough for strict readers.

import MartletModel
import MartletVenues

extension BybitProtocol {
    /// The instruments of a category, a page at a time; other categories than the server's own are
    /// empty.
    func instruments(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        let time = moment.wallTime / 1_000_000
        func answer(_ rows: [String], next: String = "", _ category: String) -> ServerAnswer {
            ServerAnswer(
                200,
                "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"category\":\"\(category)\","
                    + "\"list\":[\(rows.joined(separator: ","))],\"nextPageCursor\":\"\(next)\"},"
                    + "\"retExtInfo\":{},\"time\":\(time)}")
        }
        func refusal(_ words: String) -> ServerAnswer {
            ServerAnswer(
                200,
                "{\"retCode\":10001,\"retMsg\":\"\(words)\",\"result\":{},\"retExtInfo\":{},"
                    + "\"time\":\(time)}")
        }
        guard let category = request.value("category"),
            ["spot", "linear", "inverse", "option"].contains(category)
        else { return refusal("Illegal category") }
        let isOther = (request.value("status").map { $0 != "Trading" }) ?? false
        guard category == product.rawValue, !isOther else { return answer([], category) }
        var markets = moment.market.instruments
        if let symbol = request.value("symbol") {
            guard let market = moment.market.instrument(symbol) else {
                return refusal("symbol invalid")
            }
            markets = [market]
        }
        if product == .spot { return answer(markets.map { spotEntry($0.instrument) }, category) }
        // A client may escape the cursor again: its digits stand at the end all the same.
        let cursor = request.value("cursor") ?? ""
        let first = Int(String(cursor.reversed().prefix { $0.isNumber }.reversed())) ?? 0
        let count = min(max(request.value("limit").flatMap { Int($0) } ?? 500, 1), 1000)
        let start = min(max(first, 0), markets.count)
        let end = min(start + count, markets.count)
        return answer(
            markets[start..<end].map { contractEntry($0.instrument) },
            next: end < markets.count ? "first%3D\(end)" : "", category)
    }

    private func spotEntry(_ instrument: MarketInstrument) -> String {
        let tick = instrument.price(1)
        let lot = instrument.quantity(1)
        let most = instrument.quantity(min(instrument.usualLots, 1 << 40) * 1000)
        return "{\"symbol\":\"\(instrument.symbol)\",\"baseCoin\":\"\(instrument.base)\","
            + "\"quoteCoin\":\"\(instrument.quote)\",\"innovation\":\"0\","
            + "\"status\":\"Trading\",\"marginTrading\":\"utaOnly\",\"stTag\":\"0\","
            + "\"lotSizeFilter\":{\"basePrecision\":\"\(lot)\",\"quotePrecision\":\"0.0000001\","
            + "\"minOrderQty\":\"\(lot)\",\"maxOrderQty\":\"\(most)\",\"minOrderAmt\":\"5\","
            + "\"maxOrderAmt\":\"8000000\",\"maxLimitOrderQty\":\"\(most)\","
            + "\"maxMarketOrderQty\":\"\(most)\",\"postOnlyMaxLimitOrderSize\":\"\(most)\"},"
            + "\"priceFilter\":{\"tickSize\":\"\(tick)\"},\"riskParameters\":"
            + "{\"priceLimitRatioX\":\"0.01\",\"priceLimitRatioY\":\"0.02\"},"
            + "\"symbolType\":\"\"}"
    }

    private func contractEntry(_ instrument: MarketInstrument) -> String {
        let isInverse = product == .inverse
        let kind =
            (isInverse ? "Inverse" : "Linear")
            + (instrument.isPerpetual ? "Perpetual" : "Futures")
        let tick = instrument.price(1)
        let lot = instrument.quantity(1)
        let most = instrument.quantity(min(instrument.usualLots, 1 << 40) * 1000)
        let highest = instrument.price(min(instrument.startTick, 1 << 40) * 100)
        var text = "{\"symbol\":\"\(instrument.symbol)\",\"contractType\":\"\(kind)\","
        text += "\"status\":\"Trading\",\"baseCoin\":\"\(instrument.base)\","
        text += "\"quoteCoin\":\"\(instrument.quote)\",\"launchTime\":\"1585526400000\","
        text += "\"deliveryTime\":\"0\",\"deliveryFeeRate\":\"\","
        text += "\"priceScale\":\"\(instrument.priceStyle.digitsMax)\","
        text += "\"leverageFilter\":{\"minLeverage\":\"1\",\"maxLeverage\":\"100.00\","
        text += "\"leverageStep\":\"0.01\"},\"priceFilter\":{\"minPrice\":\"\(tick)\","
        text += "\"maxPrice\":\"\(highest)\",\"tickSize\":\"\(tick)\"},"
        text += "\"lotSizeFilter\":{\"maxOrderQty\":\"\(most)\",\"minOrderQty\":\"\(lot)\","
        text += "\"qtyStep\":\"\(lot)\",\"postOnlyMaxOrderQty\":\"\(most)\","
        text += "\"maxMktOrderQty\":\"\(most)\""
        if !isInverse { text += ",\"minNotionalValue\":\"5\"" }
        text += "},\"unifiedMarginTrade\":true,\"fundingInterval\":480,"
        text += "\"settleCoin\":\"\(instrument.settlement)\",\"copyTrading\":\"both\","
        text += "\"upperFundingRate\":\"0.00375\",\"lowerFundingRate\":\"-0.00375\","
        return text + "\"isPreListing\":false,\"preListingInfo\":null,\"symbolType\":\"\"}"
    }
}
