// Binance's stream names and control messages, server side.

import MartletModel
import MartletVenues

extension BinanceProtocol {
    /// Streams on one connection at most.
    static let streamsMax = 1024

    /// Opens `/ws…` and `/stream…`, on USDT-M below `/public`, `/market` and `/private`.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        var parts = request.path.split(separator: "/").map(String.init)[...]
        session.route = ""
        if product == .usdm, let first = parts.first,
            ["public", "market", "private"].contains(first)
        {
            session.route = first
            parts = parts.dropFirst()
        }
        guard let kind = parts.popFirst(), kind == "ws" || kind == "stream" else {
            return .notAWebSocketPath
        }
        var names = Array(parts)
        if kind == "stream" {
            // `/stream/0` is how one client counts its connections: it speaks raw.
            if parts.isEmpty { session.facts["combined"] = "true" }
            names = (request.value("streams") ?? "").split(separator: "/").map(String.init)
        }
        for name in names.prefix(Self.streamsMax) { session.add(subscription(name, moment)) }
        return .accept([])
    }

    /// A control message.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message, let request = ClientJSON.parse(text) else {
            return error(3, "Invalid JSON: expected value at line 1 column 1")
        }
        guard case .object = request else {
            return error(2, "Invalid request: expected an object")
        }
        let id = request["id"]
        if let id, !Self.isValid(id, forFutures: isFutures) {
            return error(2, "Invalid request: request ID must be an unsigned integer")
        }
        guard let method = request["method"]?.text else {
            return error(2, "Invalid request: missing field `method`")
        }
        switch method {
        case "SUBSCRIBE", "UNSUBSCRIBE":
            return change(method == "SUBSCRIBE", request, id, &session, moment)
        case "LIST_SUBSCRIPTIONS":
            let names = session.subscriptions.map { ClientJSON.quoted($0.key) }
            return reply("[" + names.joined(separator: ",") + "]", id)
        case "SET_PROPERTY", "GET_PROPERTY":
            return property(method == "SET_PROPERTY", request, id, &session)
        default:
            return error(
                2,
                "Invalid request: unknown variant `\(method.prefix(40))`, expected one of "
                    + "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
                    + "`GET_PROPERTY`")
        }
    }

    /// An id is an integer; on spot also a text of up to 36 characters, or null.
    static func isValid(_ id: ClientJSON, forFutures: Bool) -> Bool {
        switch id {
        case .number(let text): Int64(text) != nil
        case .string(let text): text.unicodeScalars.count <= 36
        case .null: !forFutures
        default: false
        }
    }

    private func change(
        _ subscribes: Bool, _ request: ClientJSON, _ id: ClientJSON?,
        _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard let items = request["params"]?.items else {
            return error(2, "Invalid request: missing field `params`")
        }
        let names = items.compactMap(\.text)
        guard names.count == items.count else {
            return error(2, "Invalid request: params must be an array of strings")
        }
        if subscribes, session.subscriptions.count + names.count > Self.streamsMax {
            return error(2, "Invalid request: too many subscriptions")
        }
        for name in names {
            if subscribes {
                session.add(subscription(name, moment))
            } else {
                session.remove(name)
            }
        }
        return reply("null", id)
    }

    private func property(
        _ sets: Bool, _ request: ClientJSON, _ id: ClientJSON?, _ session: inout VenueSession
    ) -> [ServerAction] {
        let items = request["params"]?.items ?? []
        guard let name = items.first?.text else {
            return error(2, "Invalid request: property name must be a string")
        }
        guard name == "combined" else { return error(0, "Unknown property") }
        guard sets else { return reply(isCombined(session) ? "true" : "false", id) }
        guard items.count == 2, case .flag(let value) = items[1] else {
            return error(1, "Invalid value type: expected Boolean")
        }
        session.facts["combined"] = value ? "true" : nil
        return reply("null", id)
    }

    private func reply(_ result: String, _ id: ClientJSON?) -> [ServerAction] {
        [.send(.text("{\"result\":\(result),\"id\":\(id?.json ?? "null")}"))]
    }

    private func error(_ code: Int, _ message: String) -> [ServerAction] {
        [.send(.text("{\"code\":\(code),\"msg\":\(ClientJSON.quoted(message))}"))]
    }

    /// Whether frames carry their stream's name.
    func isCombined(_ session: VenueSession) -> Bool { session.facts["combined"] == "true" }

    /// What a stream name stands for. One that does not exist is silent.
    func subscription(_ name: String, _ moment: VenueMoment) -> StreamSubscription {
        let silent = StreamSubscription(name, .silent, instrument: -1)
        let parts = name.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2 || name.hasPrefix("!") else { return silent }
        if name.hasPrefix("!") {
            guard let kind = allMarketKind(name) else { return silent }
            return StreamSubscription(name, kind, instrument: -1)
        }
        guard parts[0] == parts[0].lowercased() else { return silent }
        if product == .coinm, parts[1] == "indexPrice",
            let index = moment.market.instruments.first(where: {
                $0.instrument.symbol.lowercased() == parts[0] + "_perp"
            })?.index
        {
            return StreamSubscription(name, .reference(seconds: 1), instrument: index)
        }
        guard let instrument = moment.market.instrument(parts[0]),
            let kind = kind(parts[1], Array(parts.dropFirst(2)), moment.market)
        else { return silent }
        switch kind {
        case .book(let key), .top(let key, _): instrument.activate(key)
        default: break
        }
        return StreamSubscription(name, kind, instrument: instrument.index)
    }

    private func allMarketKind(_ name: String) -> StreamKind? {
        switch name {
        case "!bookTicker" where isFutures: .quote
        case "!markPrice@arr" where isFutures: .reference(seconds: 3)
        case "!markPrice@arr@1s" where isFutures: .reference(seconds: 1)
        case "!forceOrder@arr" where isFutures: .liquidations
        default: nil
        }
    }

    private func kind(_ word: String, _ rest: [String], _ market: VenueMarket) -> StreamKind? {
        if word.hasPrefix("depth") { return book(word, rest, market) }
        if word.hasPrefix("kline_"), rest.isEmpty {
            let text = String(word.dropFirst(6))
            guard Self.intervals.contains(text), !(isFutures && text == "1s") else { return nil }
            return BarInterval(text).map { .bars($0) }
        }
        switch (word, rest) {
        case ("trade", []): return .trades
        case ("aggTrade", []): return .aggregateTrades
        case ("bookTicker", []): return .quote
        case ("ticker", []), ("miniTicker", []): return .ticker
        case ("markPrice", []) where isFutures: return .reference(seconds: 3)
        case ("markPrice", ["1s"]) where isFutures: return .reference(seconds: 1)
        case ("forceOrder", []) where isFutures: return .liquidations
        default: return nil
        }
    }

    /// Bar lengths that the venue has.
    static let intervals = [
        "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d",
        "1w", "1M",
    ]

    private func book(_ word: String, _ rest: [String], _ market: VenueMarket) -> StreamKind? {
        let milliseconds: Int64
        switch (rest, isFutures) {
        case ([], false): milliseconds = 1000
        case ([], true): milliseconds = 250
        case (["100ms"], _): milliseconds = 100
        case (["1000ms"], false): milliseconds = 1000
        case (["250ms"], true): milliseconds = 250
        case (["500ms"], true): milliseconds = 500
        // Undocumented, but sent to those who ask: every change as it happens.
        case (["0ms"], true): milliseconds = 0
        default: return nil
        }
        let key = market.view(depth: 0, cadence: milliseconds * 1_000_000)
        switch word {
        case "depth": return .book(key)
        case "depth5": return .top(key, levels: 5)
        case "depth10": return .top(key, levels: 10)
        case "depth20": return .top(key, levels: 20)
        default: return nil
        }
    }

    /// Whether the path of a connection carries such a stream.
    func carries(_ subscription: StreamSubscription, _ session: VenueSession) -> Bool {
        guard product == .usdm else { return true }
        switch session.route {
        case "": return options.hasLegacyRoutes
        case "public":
            switch subscription.kind {
            case .book, .top, .quote, .trades: return true
            default: return false
            }
        case "market":
            switch subscription.kind {
            case .book, .top, .quote, .trades: return false
            default: return true
            }
        default: return false
        }
    }
}
