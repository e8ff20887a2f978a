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
        case "/v2/calendar": return calendar(request)
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
        var found: [InstrumentMarket] = []
        for symbol in symbols.split(separator: ",") {
            guard let market = moment.market.instrument(symbol),
                !found.contains(where: { $0 === market })
            else { continue }
            found.append(market)
        }
        if !isLatest, kind != "snapshots" { return pages(kind, found, interval, request) }
        let entries = found.compactMap { market in
            entry(kind, market, moment).map {
                "\(ClientJSON.quoted(market.instrument.symbol)):\($0)"
            }
        }
        let body = "{\(entries.joined(separator: ","))}"
        if kind == "snapshots", market == .stocks { return ServerAnswer(200, body) }
        return ServerAnswer(200, "{\"\(kind)\":\(body)}")
    }

    /// Rows of the past, by symbol and then by time; what goes beyond the limit is on further pages.
    private func pages(
        _ kind: String, _ markets: [InstrumentMarket], _ interval: BarInterval?,
        _ request: ServerRequest
    ) -> ServerAnswer {
        var first = 0
        if let token = request.value("page_token"), !token.isEmpty {
            guard let place = Int(token), place > 0 else {
                return ServerAnswer(400, "{\"message\":\"invalid page_token\"}")
            }
            first = place
        }
        var skipped = 0
        var room = limit(request)
        var entries: [String] = []
        var isMore = false
        for found in markets.sorted(by: { $0.instrument.symbol < $1.instrument.symbol }) {
            let rows = rows(kind, found, interval, request)
            let rest = rows.dropFirst(min(max(first - skipped, 0), rows.count))
            skipped += rows.count - rest.count
            guard !rest.isEmpty else { continue }
            isMore = isMore || rest.count > room
            let shown = rest.prefix(room)
            room -= shown.count
            guard !shown.isEmpty else { continue }
            entries.append(
                "\(ClientJSON.quoted(found.instrument.symbol)):[\(shown.joined(separator: ","))]")
        }
        let (next, _) = first.addingReportingOverflow(limit(request))
        return ServerAnswer(
            200,
            "{\"\(kind)\":{\(entries.joined(separator: ","))},"
                + "\"next_page_token\":\(isMore ? "\"\(next)\"" : "null")}")
    }

    /// All rows of the past that a request names, in its order.
    private func rows(
        _ kind: String, _ found: InstrumentMarket, _ interval: BarInterval?,
        _ request: ServerRequest
    ) -> [String] {
        let instrument = found.instrument
        let isNewestFirst = request.value("sort") == "desc"
        let (from, to) = (time(request, "start"), time(request, "end"))
        switch kind {
        case "bars":
            guard let interval else { return [] }
            // Both ends of the range count; without a start the last bars are given.
            let query = MarketBarQuery(
                interval, from: from, to: to.map { $0 &+ 1 },
                limit: from == nil ? limit(request) : Int.max)
            let rows = found.bars.select(query).map { "{\(members(of: $0, instrument))}" }
            return isNewestFirst ? rows.reversed() : rows
        case "trades":
            let selected = found.trades.filter { $0.time >= from ?? 0 && $0.time <= to ?? .max }
            let rows = selected.map { "{\(members(of: $0, instrument))}" }
            return isNewestFirst ? rows.reversed() : rows
        default:
            // Only the quote of now is known; it stands for the history too.
            return ["{\(members(of: found.quote, instrument))}"]
        }
    }

    /// What stands now.
    private func entry(
        _ kind: String, _ found: InstrumentMarket, _ moment: VenueMoment
    ) -> String? {
        let instrument = found.instrument
        switch kind {
        case "bars": return latestBar(found, 60).map { "{\($0)}" }
        case "trades": return found.trades.last.map { "{\(members(of: $0, instrument))}" }
        case "quotes": return "{\(members(of: found.quote, instrument))}"
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

    private func clock(_ moment: VenueMoment) -> ServerAnswer {
        let day: Int64 = 86_400_000_000_000
        let tomorrow = (moment.wallTime / day + 1) * day
        return ServerAnswer(
            200,
            "{\"timestamp\":\(time(moment.wallTime)),\"is_open\":true,"
                + "\"next_open\":\(time(tomorrow)),\"next_close\":\(time(tomorrow))}")
    }

    /// Days from `start` to `end`, a month at most: the market here is open every weekday.
    private func calendar(_ request: ServerRequest) -> ServerAnswer {
        let day: Int64 = 86_400_000_000_000
        func midnight(_ name: String) -> Int64? {
            request.value(name).flatMap { Timestamp("\($0.prefix(10))T00:00:00Z")?.nanoseconds }
        }
        guard let start = midnight("start"), let end = midnight("end") else {
            return failure(422, 40_010_001, "start and end are required as YYYY-MM-DD")
        }
        var rows: [String] = []
        for step in Int64(0)..<31 {
            let time = start &+ step &* day
            // The epoch was a Thursday.
            guard time <= end, ((time / day) % 7 + 7) % 7 != 2, ((time / day) % 7 + 7) % 7 != 3
            else { continue }
            rows.append(
                "{\"date\":\"\(Timestamp(nanoseconds: time).utcDay)\",\"open\":\"09:30\","
                    + "\"close\":\"16:00\",\"session_open\":\"0400\",\"session_close\":\"2000\"}")
        }
        return ServerAnswer(200, "[\(rows.joined(separator: ","))]")
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
