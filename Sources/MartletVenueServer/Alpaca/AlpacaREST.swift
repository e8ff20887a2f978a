// Alpaca's REST interface for market data, assets and the clock, server side.

import MartletModel
import MartletVenues

extension AlpacaProtocol {
    private var prefix: String { market == .crypto ? "/v1beta3/crypto/us/" : "/v2/stocks/" }

    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        guard request.method == "GET" else { return nil }
        if request.path.hasPrefix(prefix) {
            let words = request.path.dropFirst(prefix.count).split(separator: "/")
            // Stocks write `bars/latest`, crypto `latest/bars`.
            let kind = words.filter { $0 != "latest" }.first.map(String.init) ?? ""
            return data(kind, isLatest: words.contains("latest"), request, moment)
        }
        switch request.path {
        case "/v2/clock": return clock(moment)
        case "/v2/assets": return assets(request, moment)
        default:
            guard request.path.hasPrefix("/v2/assets/") else { return nil }
            let symbol = request.path.dropFirst("/v2/assets/".count)
            guard let found = moment.market.instrument(symbol) else {
                return failure(404, 40_410_000, "asset not found for \(symbol.prefix(40))")
            }
            return ServerAnswer(200, asset(found))
        }
    }

    private func failure(_ status: Int, _ code: Int, _ words: String) -> ServerAnswer {
        ServerAnswer(status, "{\"code\":\(code),\"message\":\(ClientJSON.quoted(words))}")
    }

    /// An answer by symbol; symbols that do not exist are left out.
    private func data(
        _ kind: String, isLatest: Bool, _ request: ServerRequest, _ moment: VenueMoment
    ) -> ServerAnswer? {
        guard ["bars", "trades", "quotes", "orderbooks", "snapshots"].contains(kind),
            kind != "orderbooks" || (market == .crypto && isLatest)
        else { return nil }
        guard let symbols = request.value("symbols"), !symbols.isEmpty else {
            return ServerAnswer(400, "{\"message\":\"symbols is required\"}")
        }
        var interval: BarInterval?
        if kind == "bars", !isLatest {
            guard let asked = AlpacaWords.interval(request.value("timeframe") ?? "") else {
                return ServerAnswer(400, "{\"message\":\"invalid timeframe\"}")
            }
            interval = asked
        }
        var entries: [String] = []
        for symbol in symbols.split(separator: ",") {
            guard let found = moment.market.instrument(symbol),
                let text = entry(kind, isLatest, interval, found, request, moment)
            else { continue }
            entries.append("\(ClientJSON.quoted(found.instrument.symbol)):\(text)")
        }
        let body = "{\(entries.joined(separator: ","))}"
        if kind == "snapshots", market == .stocks { return ServerAnswer(200, body) }
        let more = isLatest || kind == "snapshots" ? "" : ",\"next_page_token\":null"
        return ServerAnswer(200, "{\"\(kind)\":\(body)\(more)}")
    }

    private func entry(
        _ kind: String, _ isLatest: Bool, _ interval: BarInterval?, _ found: InstrumentMarket,
        _ request: ServerRequest, _ moment: VenueMoment
    ) -> String? {
        let instrument = found.instrument
        switch kind {
        case "bars":
            guard let interval else {
                return latestBar(found, 60).map { "{\($0)}" }
            }
            let rows = bars(found, interval, request).map { "{\(members(of: $0, instrument))}" }
            return "[\(rows.joined(separator: ","))]"
        case "trades":
            if isLatest {
                return found.trades.last.map { "{\(members(of: $0, instrument))}" }
            }
            let rows = trades(found, request).map { "{\(members(of: $0, instrument))}" }
            return "[\(rows.joined(separator: ","))]"
        case "quotes":
            // Only the quote of now is known; it stands for the history too.
            let row = "{\(members(of: found.quote, instrument))}"
            return isLatest ? row : "[\(row)]"
        case "orderbooks":
            let view = moment.market.view(depth: 0, cadence: 100_000_000)
            return "{\(sides(found.snapshot(of: view), instrument))}"
        default: return snapshot(found)
        }
    }

    private func latestBar(_ found: InstrumentMarket, _ seconds: Int64) -> String? {
        found.bars.latest(BarInterval(seconds: seconds)).open.map {
            members(of: $0, found.instrument)
        }
    }

    private func snapshot(_ found: InstrumentMarket) -> String {
        var parts: [String] = []
        if let trade = found.trades.last {
            parts.append("\"latestTrade\":{\(members(of: trade, found.instrument))}")
        }
        parts.append("\"latestQuote\":{\(members(of: found.quote, found.instrument))}")
        for (name, seconds) in [("minuteBar", 60), ("dailyBar", 86_400)] as [(String, Int64)] {
            if let bar = latestBar(found, seconds) { parts.append("\"\(name)\":{\(bar)}") }
        }
        return "{\(parts.joined(separator: ","))}"
    }

    private func time(_ request: ServerRequest, _ name: String) -> Int64? {
        request.value(name).flatMap { Timestamp($0)?.nanoseconds }
    }

    private func limit(_ request: ServerRequest) -> Int {
        min(max(request.value("limit").flatMap { Int($0) } ?? 1000, 1), 10_000)
    }

    /// Both ends of the range count; the venue begins at the start of the day without a start.
    private func bars(
        _ found: InstrumentMarket, _ interval: BarInterval, _ request: ServerRequest
    ) -> [MarketBar] {
        var query = MarketBarQuery(interval, limit: limit(request))
        query.from = time(request, "start")
        query.to = time(request, "end").map { $0 + 1 }
        let bars = found.bars.select(query)
        return request.value("sort") == "desc" ? bars.reversed() : bars
    }

    private func trades(_ found: InstrumentMarket, _ request: ServerRequest) -> [MarketTrade] {
        let from = time(request, "start") ?? 0
        let to = time(request, "end") ?? .max
        let selected = found.trades.filter { $0.time >= from && $0.time <= to }
        if request.value("sort") == "desc" {
            return Array(selected.reversed().prefix(limit(request)))
        }
        return Array(selected.prefix(limit(request)))
    }

    private func clock(_ moment: VenueMoment) -> ServerAnswer {
        let day: Int64 = 86_400_000_000_000
        let tomorrow = (moment.wallTime / day + 1) * day
        return ServerAnswer(
            200,
            "{\"timestamp\":\(time(moment.wallTime)),\"is_open\":true,"
                + "\"next_open\":\(time(tomorrow)),\"next_close\":\(time(tomorrow))}")
    }

    private func assets(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer {
        let own = market == .crypto ? "crypto" : "us_equity"
        let isActive = request.value("status").map { $0 == "active" || $0 == "all" } ?? true
        guard (request.value("asset_class") ?? own) == own, isActive else {
            return ServerAnswer(200, "[]")
        }
        return ServerAnswer(
            200, "[" + moment.market.instruments.map { asset($0) }.joined(separator: ",") + "]")
    }

    private func asset(_ found: InstrumentMarket) -> String {
        let instrument = found.instrument
        let digits = String(found.index, radix: 16)
        let identifier =
            "6d617274-6c65-4000-8000-"
            + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        let isCrypto = market == .crypto
        var text = "{\"id\":\"\(identifier)\",\"class\":\"\(isCrypto ? "crypto" : "us_equity")\","
        text += "\"exchange\":\"\(isCrypto ? "CRYPTO" : "NASDAQ")\","
        text += "\"symbol\":\"\(instrument.symbol)\",\"name\":\"\(instrument.symbol)\","
        text += "\"status\":\"active\",\"tradable\":true,\"marginable\":\(!isCrypto),"
        text += "\"shortable\":\(!isCrypto),\"easy_to_borrow\":\(!isCrypto),"
        text += "\"fractionable\":true,\"maintenance_margin_requirement\":\(isCrypto ? 100 : 30),"
        if isCrypto {
            let lot = instrument.quantity(1)
            text += "\"min_order_size\":\"\(lot)\",\"min_trade_increment\":\"\(lot)\","
            text += "\"price_increment\":\"\(instrument.price(1))\","
        }
        return text + "\"attributes\":[]}"
    }
}
