// OKX's public REST interface, server side.

import MartletModel
import MartletVenues

extension OKXProtocol {
    /// Answers a public request; nil where the venue has no such path.
    package func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer? {
        let prefix = "/api/v5/"
        guard request.path.hasPrefix(prefix), request.method == "GET" else { return nil }
        let market = moment.market
        switch String(request.path.dropFirst(prefix.count)) {
        case "public/time":
            return success("{\"ts\":\"\(moment.wallTime / 1_000_000)\"}", limit: 10)
        case "public/instruments", "account/instruments": return instruments(request, market)
        case "market/books", "market/books-full":
            return one(request, market) { books(request, $0) }
        case "market/trades": return one(request, market) { trades(request, $0, max: 500) }
        case "market/history-trades":
            return one(request, market) { trades(request, $0, max: 100) }
        case "market/candles":
            return one(request, market) { candles(request, $0, moment, max: 300) }
        case "market/history-candles":
            return one(request, market) { candles(request, $0, moment, max: 100) }
        case "market/ticker":
            return one(request, market) { success(OKXRows($0).ticker(at: market.time), limit: 20) }
        case "market/tickers":
            return many(request, market) { OKXRows($0).ticker(at: market.time) }
        case "market/index-tickers": return indexTickers(request, market)
        case "public/mark-price":
            return many(request, market) { found in
                found.reference.flatMap { $0.mark.isEmpty ? nil : OKXRows(found).mark($0) }
            }
        case "public/open-interest":
            return many(request, market) { found in
                guard found.instrument.kind != .spot else { return nil }
                return found.openInterest.map { OKXRows(found).openInterest($0, market.time) }
            }
        case "system/status": return success("", limit: 2)
        case let name: return history(name, request, moment)
        }
    }

    /// Rows in the venue's envelope. `limit` is how often the path may be asked within 2 s.
    func success(_ rows: String, limit: Int64) -> ServerAnswer {
        ServerAnswer(
            200, "{\"code\":\"0\",\"msg\":\"\",\"data\":[\(rows)]}", weight: 200 / max(limit, 1))
    }

    func failure(_ code: String, _ message: String, status: Int = 200) -> ServerAnswer {
        ServerAnswer(
            status,
            "{\"code\":\"\(code)\",\"msg\":\(ClientJSON.quoted(message)),\"data\":[]}", weight: 5)
    }

    func missing(_ name: String) -> ServerAnswer {
        failure("50014", "Parameter \(name) can not be empty.", status: 400)
    }

    var unknownInstrument: ServerAnswer {
        failure("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    }

    func one(
        _ request: ServerRequest, _ market: VenueMarket, _ body: (InstrumentMarket) -> ServerAnswer
    ) -> ServerAnswer {
        guard let symbol = request.value("instId"), !symbol.isEmpty else {
            return missing("instId")
        }
        guard let found = market.instrument(symbol), found.instrument.symbol == symbol else {
            return unknownInstrument
        }
        return body(found)
    }

    /// For requests that may name an instrument, a type or a family.
    func many(
        _ request: ServerRequest, _ market: VenueMarket, _ row: (InstrumentMarket) -> String?
    ) -> ServerAnswer {
        let rows = market.instruments.filter { matches($0.instrument, request) }.compactMap(row)
        if rows.isEmpty, request.value("instId") != nil { return unknownInstrument }
        return success(rows.joined(separator: ","), limit: 20)
    }

    private func matches(_ instrument: MarketInstrument, _ request: ServerRequest) -> Bool {
        if let symbol = request.value("instId"), symbol != instrument.symbol { return false }
        if let type = request.value("instType"), type != Self.type(of: instrument) { return false }
        for name in ["uly", "instFamily"] {
            guard let family = request.value(name), !family.isEmpty else { continue }
            if instrument.kind == .spot || family != Self.family(of: instrument) { return false }
        }
        return true
    }

    private func instruments(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        guard let type = request.value("instType") else { return missing("instType") }
        guard ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"].contains(type) else {
            return failure("51000", "Parameter instType error", status: 400)
        }
        if type == "OPTION", request.value("uly") == nil, request.value("instFamily") == nil {
            return failure("50015", "Either parameter uly or instFamily is required", status: 400)
        }
        return many(request, market) { OKXRows($0).instrument() }
    }

    func count(_ request: ServerRequest, _ name: String, _ usual: Int, max: Int) -> Int {
        guard let wanted = request.value(name).flatMap({ Int($0) }), wanted > 0 else {
            return usual
        }
        return min(wanted, max)
    }

    private func books(_ request: ServerRequest, _ market: InstrumentMarket) -> ServerAnswer {
        let depth = count(request, "sz", 1, max: request.path.hasSuffix("full") ? 5000 : 400)
        let rows = OKXRows(market)
        return success(
            "{\"asks\":[\(rows.levels(market.levels(.sell, depth: depth)))],"
                + "\"bids\":[\(rows.levels(market.levels(.buy, depth: depth)))],"
                + "\"ts\":\"\(market.bookTime / 1_000_000)\",\"seqId\":\(market.update)}", limit: 40
        )
    }

    /// Newest first; `after` and `before` name trades where `type` is 1, else times.
    private func trades(
        _ request: ServerRequest, _ market: InstrumentMarket, max: Int
    ) -> ServerAnswer {
        let wanted = count(request, "limit", 100, max: max)
        var selected = market.trades
        let byTime = request.value("type") == "2"
        func place(_ trade: MarketTrade) -> Int64 {
            byTime ? trade.time / 1_000_000 : trade.lastID
        }
        if let after = request.number("after") { selected = selected.filter { place($0) < after } }
        if let before = request.number("before") {
            selected = selected.filter { place($0) > before }
        }
        let rows = OKXRows(market)
        let texts = selected.suffix(wanted).reversed().map { rows.trade($0, tellsCount: false) }
        return success(texts.joined(separator: ","), limit: max == 500 ? 100 : 20)
    }

    private func candles(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment, max: Int
    ) -> ServerAnswer {
        let rows = OKXRows(market)
        return bars(request, market, moment, max: max) { rows.bar($0, isClosed: $1) }
    }

    /// Rows of bars, newest first; older than `after`, newer than `before`, neither included.
    func bars(
        _ request: ServerRequest, _ market: InstrumentMarket, _ moment: VenueMoment, max: Int,
        _ row: (MarketBar, _ isClosed: Bool) -> String
    ) -> ServerAnswer {
        guard let interval = OKXWords.interval(request.value("bar") ?? "1m") else {
            return failure("51000", "Parameter bar error", status: 400)
        }
        let wanted = count(request, "limit", 100, max: max)
        let query = MarketBarQuery(
            interval, from: time(request, "before").map { $0 + 1_000_000 },
            to: time(request, "after"), limit: 100_000)
        let texts = market.bars.select(query).suffix(wanted).reversed().map { bar in
            let end = interval.end(ofBarFrom: bar.openTime) ?? bar.openTime
            return row(bar, end <= moment.market.time)
        }
        return success(texts.joined(separator: ","), limit: max == 300 ? 40 : 20)
    }

    /// A time of a request, ms, in ns; nil where it is not there or out of range.
    func time(_ request: ServerRequest, _ name: String) -> Int64? {
        guard let value = request.number(name), value >= 0, value < 9_000_000_000_000 else {
            return nil
        }
        return value * 1_000_000
    }

    private func indexTickers(_ request: ServerRequest, _ market: VenueMarket) -> ServerAnswer {
        var names: [String] = []
        var rows: [String] = []
        for found in market.instruments {
            let family = Self.family(of: found.instrument)
            if let name = request.value("instId"), name != family { continue }
            if let quote = request.value("quoteCcy"), quote != found.instrument.quote { continue }
            guard !names.contains(family), let reference = found.reference,
                !reference.index.isEmpty
            else { continue }
            names.append(family)
            rows.append(OKXRows(found).index(reference))
        }
        if rows.isEmpty, request.value("instId") != nil { return unknownInstrument }
        return success(rows.joined(separator: ","), limit: 20)
    }

    /// 429 with the venue's words; the venue bans nobody, it goes on refusing.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        failure("50011", "Too Many Requests", status: 429)
    }

    /// The answer while the venue is under maintenance.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        failure("50001", "Service temporarily unavailable. Try again later", status: 503)
    }
}
