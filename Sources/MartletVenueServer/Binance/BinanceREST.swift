// Binance's public REST interface, server side.

import MartletModel
import MartletVenues

extension BinanceProtocol {
    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        guard request.method == "GET" else { return nil }
        let market = moment.market
        guard request.path.hasPrefix(prefix + "/") else { return answerBeside(request, moment) }
        switch String(request.path.dropFirst(prefix.count + 1)) {
        case "ping": return ServerAnswer(200, "{}")
        case "time": return ServerAnswer(200, "{\"serverTime\":\(moment.wallTime / 1_000_000)}")
        case "exchangeInfo": return exchangeInfo(request, moment)
        case "depth": return one(request, market) { depth(request, $0) }
        case "trades", "historicalTrades": return one(request, market) { trades(request, $0) }
        case "aggTrades": return one(request, market) { aggregates(request, $0) }
        case "klines", "uiKlines": return one(request, market) { klines(request, $0) }
        case "ticker/bookTicker": return each(request, market, weight: 2) { bookTicker($0) }
        case "ticker/price": return each(request, market, weight: 2) { price($0) }
        case "ticker/24hr":
            return each(request, market, weight: 2) { day($0, at: market.time) }
        case "premiumIndex" where isFutures:
            return each(request, market, weight: 1) { premium($0) }
        case "openInterest" where isFutures:
            return one(request, market) { openInterest($0, moment) }
        case let name where isFutures: return history(name, request, moment)
        case "avgPrice": return one(request, market) { average($0, market.time) }
        case "ticker", "ticker/tradingDay":
            guard request.value("symbol") != nil || request.value("symbols") != nil else {
                return failure(
                    400, -1128,
                    "Combination of optional parameters invalid. Recommendation: "
                        + "'symbol' or 'symbols' has to be sent")
            }
            return each(request, market, weight: 4) { day($0, at: market.time) }
        default: return nil
        }
    }

    /// The price of the last five minutes.
    private func average(_ market: InstrumentMarket, _ time: Int64) -> ServerAnswer {
        ServerAnswer(
            200,
            "{\"mins\":5,\"price\":\"\(market.instrument.price(market.lastTick))\","
                + "\"closeTime\":\(time / 1_000_000)}", weight: 2)
    }

    /// Failures have a code and a text.
    func failure(_ status: Int, _ code: Int, _ message: String) -> ServerAnswer {
        ServerAnswer(status, "{\"code\":\(code),\"msg\":\(ClientJSON.quoted(message))}")
    }

    private var invalidSymbol: ServerAnswer { failure(400, -1121, "Invalid symbol.") }

    /// For requests that must name an instrument.
    func one(
        _ request: ServerRequest, _ market: VenueMarket, _ body: (InstrumentMarket) -> ServerAnswer
    ) -> ServerAnswer {
        guard let symbol = request.value("symbol"), !symbol.isEmpty else {
            return failure(
                400, -1102,
                "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
        }
        guard symbol == symbol.uppercased(), let found = market.instrument(symbol) else {
            return invalidSymbol
        }
        return body(found)
    }

    /// For requests that may name an instrument, on spot several, on COIN-M a pair, and give a list
    /// otherwise. COIN-M gives a list always.
    func each(
        _ request: ServerRequest, _ market: VenueMarket, weight: Int64,
        _ body: (InstrumentMarket) -> String?
    ) -> ServerAnswer {
        guard let symbol = request.value("symbol") else {
            var wanted = market.instruments
            if product == .spot, let list = request.value("symbols") {
                let names = ClientJSON.parse(list)?.items?.compactMap(\.text) ?? []
                wanted = names.compactMap { market.instrument($0) }
                guard !names.isEmpty, wanted.count == names.count else { return invalidSymbol }
            }
            if product == .coinm, let pair = request.value("pair") {
                wanted.removeAll { self.pair($0.instrument) != pair }
            }
            let items = wanted.compactMap(body)
            return ServerAnswer(200, "[" + items.joined(separator: ",") + "]", weight: weight * 2)
        }
        guard symbol == symbol.uppercased(), let found = market.instrument(symbol) else {
            return invalidSymbol
        }
        let text = body(found) ?? "{}"
        return ServerAnswer(200, product == .coinm ? "[\(text)]" : text, weight: weight)
    }

    /// `limit` of a request: its default, or nil where it is none.
    func limit(_ request: ServerRequest, _ usual: Int, max: Int) -> Int? {
        guard let text = request.value("limit") else { return usual }
        guard let value = Int(text), value >= 1 else { return nil }
        return min(value, max)
    }

    var invalidLimit: ServerAnswer {
        failure(400, -1130, "Data sent for parameter 'limit' is not valid.")
    }

    private func depth(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let count: Int
        let weight: Int64
        if isFutures {
            let weights: [Int: Int64] = [5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20]
            let wanted = request.value("limit").map { Int($0) } ?? 500
            guard let wanted, let cost = weights[wanted] else {
                return failure(
                    400, -4021, "\(request.value("limit") ?? "") is not valid depth limit.")
            }
            (count, weight) = (wanted, cost)
        } else {
            guard let wanted = limit(request, 100, max: 5000) else { return invalidLimit }
            count = wanted
            weight = wanted <= 100 ? 5 : wanted <= 500 ? 25 : wanted <= 1000 ? 50 : 250
        }
        let instrument = market.instrument
        var text = "{\"lastUpdateId\":\(market.update)"
        if isFutures {
            let time = market.bookTime / 1_000_000
            if product == .coinm {
                text += ",\"symbol\":\"\(instrument.symbol)\",\"pair\":\"\(pair(instrument))\""
            }
            text += ",\"E\":\(time),\"T\":\(time)"
        }
        text += ",\"bids\":[" + levels(market.levels(.buy, depth: count), instrument)
        text += "],\"asks\":[" + levels(market.levels(.sell, depth: count), instrument) + "]}"
        return ServerAnswer(200, text, weight: weight)
    }

    private func trades(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        guard let count = limit(request, 500, max: 1000) else { return invalidLimit }
        let instrument = market.instrument
        var selected = market.trades.suffix(count)
        if let from = request.number("fromId") {
            selected = market.trades.filter { $0.id >= from }.prefix(count)
        }
        let items = selected.map { trade in
            let amount = instrument.turnover(Int128(trade.tick) * Int128(trade.lots))
            return "{\"id\":\(trade.id),\"price\":\"\(instrument.price(trade.tick))\","
                + "\"qty\":\"\(instrument.quantity(trade.lots))\","
                + "\"\(product == .coinm ? "baseQty" : "quoteQty")\":\"\(amount)\","
                + "\"time\":\(trade.time / 1_000_000),\"isBuyerMaker\":\(trade.aggressor == .sell)"
                + (isFutures ? "}" : ",\"isBestMatch\":true}")
        }
        return ServerAnswer(
            200, "[" + items.joined(separator: ",") + "]", weight: isFutures ? 5 : 25)
    }

    private func aggregates(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        guard let count = limit(request, 500, max: 1000) else { return invalidLimit }
        let instrument = market.instrument
        var selected = market.trades
        if let from = request.number("fromId") {
            selected = Array(selected.filter { $0.aggregateID >= from }.prefix(count))
        } else if let start = request.number("startTime") {
            let end = request.number("endTime") ?? Int64.max
            selected = selected.filter { (start...max(start, end)).contains($0.time / 1_000_000) }
            selected = Array(selected.prefix(count))
        } else {
            selected = Array(selected.suffix(count))
        }
        let items = selected.map { trade in
            "{\"a\":\(trade.aggregateID),\"p\":\"\(instrument.price(trade.tick))\","
                + "\"q\":\"\(instrument.quantity(trade.lots))\",\"f\":\(trade.firstID),"
                + "\"l\":\(trade.lastID),\"T\":\(trade.time / 1_000_000),"
                + "\"m\":\(trade.aggressor == .sell)" + (isFutures ? "}" : ",\"M\":true}")
        }
        return ServerAnswer(
            200, "[" + items.joined(separator: ",") + "]", weight: isFutures ? 20 : 4)
    }

    private func klines(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let instrument = market.instrument
        return bars(request, market) { bar, closeTime in
            let amounts = BinanceAmounts(bar, instrument)
            return "[\(bar.openTime / 1_000_000),\"\(instrument.price(bar.open))\","
                + "\"\(instrument.price(bar.high))\",\"\(instrument.price(bar.low))\","
                + "\"\(instrument.price(bar.close))\",\"\(amounts.volume)\","
                + "\(closeTime),\"\(amounts.turnover)\",\(bar.trades),"
                + "\"\(amounts.takerVolume)\",\"\(amounts.takerTurnover)\",\"0\"]"
        }
    }

    /// Rows of bars; a row is given its last millisecond.
    func bars(
        _ request: ServerRequest, _ market: InstrumentMarket,
        _ row: (MarketBar, _ closeTime: Int64) -> String
    ) -> ServerAnswer {
        guard let text = request.value("interval"), Self.intervals.contains(text),
            !(isFutures && text == "1s"), let interval = BarInterval(text)
        else { return failure(400, -1120, "Invalid interval.") }
        guard let count = limit(request, 500, max: isFutures ? 1500 : 1000) else {
            return invalidLimit
        }
        let from = nanoseconds(request, "startTime")
        let to = nanoseconds(request, "endTime").map { $0 + 1 }
        let bars = market.bars.select(MarketBarQuery(interval, from: from, to: to, limit: count))
        let rows = bars.map { bar in
            row(bar, (interval.end(ofBarFrom: bar.openTime) ?? bar.openTime) / 1_000_000 - 1)
        }
        let weight: Int64 =
            !isFutures ? 2 : count < 100 ? 1 : count < 500 ? 2 : count <= 1000 ? 5 : 10
        return ServerAnswer(200, "[" + rows.joined(separator: ",") + "]", weight: weight)
    }

    /// A time of a request, ms, in ns; nil where it is not there or out of range.
    private func nanoseconds(_ request: ServerRequest, _ name: String) -> Int64? {
        guard let value = request.number(name), value >= 0, value < 9_000_000_000_000 else {
            return nil
        }
        return value * 1_000_000
    }

    private func bookTicker(_ market: InstrumentMarket) -> String? {
        let instrument = market.instrument
        let quote = market.quote
        var text = "{"
        if isFutures { text += "\"lastUpdateId\":\(market.update)," }
        text += "\"symbol\":\"\(instrument.symbol)\","
        if product == .coinm { text += "\"pair\":\"\(pair(instrument))\"," }
        text += "\"bidPrice\":\"\(instrument.price(quote.bid.tick))\","
        text += "\"bidQty\":\"\(instrument.quantity(quote.bid.lots))\","
        text += "\"askPrice\":\"\(instrument.price(quote.ask.tick))\","
        text += "\"askQty\":\"\(instrument.quantity(quote.ask.lots))\""
        return text + (isFutures ? ",\"time\":\(market.bookTime / 1_000_000)}" : "}")
    }

    func price(_ market: InstrumentMarket) -> String? {
        let instrument = market.instrument
        return "{\"symbol\":\"\(instrument.symbol)\","
            + (product == .coinm ? "\"ps\":\"\(pair(instrument))\"," : "")
            + "\"price\":\"\(instrument.price(market.lastTick))\""
            + (isFutures ? ",\"time\":\(market.bookTime / 1_000_000)}" : "}")
    }

    private func day(_ market: InstrumentMarket, at time: Int64) -> String? {
        let instrument = market.instrument
        let day = BinanceAmounts.day(of: market, at: time)
        let amounts = BinanceAmounts(day, instrument)
        let quote = market.quote
        var text = "{\"symbol\":\"\(instrument.symbol)\","
        if product == .coinm { text += "\"pair\":\"\(pair(instrument))\"," }
        text += "\"priceChange\":\"\(instrument.price(day.close - day.open))\","
        text += "\"priceChangePercent\":\"\(amounts.changePercent)\","
        text += "\"weightedAvgPrice\":\"\(instrument.price(day.close))\","
        text += "\"lastPrice\":\"\(instrument.price(day.close))\","
        text += "\"lastQty\":\"\(instrument.quantity(market.trades.last?.lots ?? 0))\","
        if !isFutures {
            text += "\"bidPrice\":\"\(instrument.price(quote.bid.tick))\","
            text += "\"bidQty\":\"\(instrument.quantity(quote.bid.lots))\","
            text += "\"askPrice\":\"\(instrument.price(quote.ask.tick))\","
            text += "\"askQty\":\"\(instrument.quantity(quote.ask.lots))\","
        }
        text += "\"openPrice\":\"\(instrument.price(day.open))\","
        text += "\"highPrice\":\"\(instrument.price(day.high))\","
        text += "\"lowPrice\":\"\(instrument.price(day.low))\","
        text += "\"volume\":\"\(amounts.volume)\","
        text += "\"\(product == .coinm ? "baseVolume" : "quoteVolume")\":\"\(amounts.turnover)\","
        text += "\"openTime\":\(day.openTime / 1_000_000),\"closeTime\":\(time / 1_000_000),"
        return text + "\"firstId\":\(day.firstTrade),\"lastId\":\(day.lastTrade),"
            + "\"count\":\(day.trades)}"
    }

    private func premium(_ market: InstrumentMarket) -> String? {
        guard let reference = market.reference else { return nil }
        let instrument = market.instrument
        let mark = reference.mark
        var text = "{\"symbol\":\"\(instrument.symbol)\","
        if product == .coinm { text += "\"pair\":\"\(pair(instrument))\"," }
        text += "\"markPrice\":\"\(mark)\","
        text += "\"indexPrice\":\"\(reference.index)\","
        text += "\"estimatedSettlePrice\":\"\(mark)\","
        text += "\"lastFundingRate\":\"\(reference.fundingRate)\","
        text += "\"interestRate\":\"0.00010000\","
        text += "\"nextFundingTime\":\(reference.nextFundingTime / 1_000_000),"
        return text + "\"time\":\(reference.time / 1_000_000)}"
    }

    private func openInterest(_ market: InstrumentMarket, _ moment: VenueMoment) -> ServerAnswer {
        let instrument = market.instrument
        return ServerAnswer(
            200,
            "{\"symbol\":\"\(instrument.symbol)\","
                + (product == .coinm
                    ? "\"pair\":\"\(pair(instrument))\",\"contractType\":\"PERPETUAL\"," : "")
                + "\"openInterest\":\"\(market.openInterest ?? "0")\","
                + "\"time\":\(moment.wallTime / 1_000_000)}")
    }

    /// 429 and 418 with the venue's words.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        switch refusal {
        case .limited(let seconds):
            var answer = failure(
                429, -1003,
                "Too many requests; current limit of IP is \(rules.weight?.capacity ?? 0) requests "
                    + "per minute. Please use the websocket for live updates to avoid polling.")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        case .banned(let seconds):
            let until = moment.wallTime / 1_000_000 + seconds * 1000
            var answer = failure(
                418, -1003,
                "Way too much request weight used; IP banned until \(until). Please use WebSocket "
                    + "Streams for live updates to avoid bans.")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        }
    }

    /// The used weight of the minute.
    package func usage(_ used: Int64) -> [ServerAnswer.Header] {
        [.init("X-MBX-USED-WEIGHT", "\(used)"), .init("X-MBX-USED-WEIGHT-1M", "\(used)")]
    }

    /// The answer that says for certain that nothing was done.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        failure(503, -1001, "Service Unavailable.")
    }
}
