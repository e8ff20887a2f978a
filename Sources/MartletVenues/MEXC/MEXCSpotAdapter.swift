// What a feed needs to know of MEXC spot.

public import MartletModel

/// MEXC spot. Source: the venue's documentation of spot version 3.
public struct MEXCSpotAdapter: VenueAdapter {
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter of the spot market.
    public init() { profile = MEXCSpotAdapter.makeProfile() }

    /// A decoder for the market's messages.
    public func makeDecoder() -> any VenueDecoder { MEXCSpotDecoder() }

    /// All topics stand on one path; private ones also need a listen key in its query.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try channel(of: topic)
        return StreamRoute(name: topic.channel.isPrivate ? "private" : "stream", path: "/ws")
    }

    /// `SUBSCRIPTION` messages.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("SUBSCRIPTION", topics, id)
    }

    /// `UNSUBSCRIPTION` messages.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("UNSUBSCRIPTION", topics, id)
    }

    /// Public data need no key.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// The REST depth snapshot with 1000 levels a side.
    public func bookSnapshot(of symbol: String) -> VenueRequest? {
        VenueRequest("GET", "/api/v3/depth?symbol=\(RequestQuery.escaped(symbol))&limit=1000")
    }

    /// The latest trades; the list knows no ids, so that it can only be joined by time.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        VenueRequest(
            "GET", "/api/v3/trades?symbol=\(RequestQuery.escaped(symbol))&limit=1000", weight: 5)
    }

    /// `exchangeInfo`, of all symbols or of one.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        let query = symbol.map { "?symbol=\(RequestQuery.escaped($0))" } ?? ""
        return [VenueRequest("GET", "/api/v3/exchangeInfo\(query)", weight: 10)]
    }

    /// `klines`, at most 1000.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard let name = query.interval.mexcSpotName else { return nil }
        var path = "/api/v3/klines?symbol=\(RequestQuery.escaped(query.symbol))&interval=\(name)"
        if let from = query.from { path += "&startTime=\(from / 1_000_000)" }
        if let to = query.to { path += "&endTime=\(to / 1_000_000 - 1)" }
        return VenueRequest("GET", path + "&limit=1000")
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "/api/v3/time") }

    /// `BTC/USDT` is `BTCUSDT`; contracts are another market's.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return halves.count == 1 ? pair : nil }
        guard !halves[0].isEmpty, !halves[1].isEmpty, !halves[1].contains(":") else { return nil }
        return String(halves[0] + halves[1])
    }

    /// The channel that carries a topic, such as `spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT`.
    func channel(of topic: Topic) throws(Failure) -> String {
        let symbol = topic.symbol
        if !topic.channel.isPrivate {
            guard !symbol.isEmpty, symbol.utf8.allSatisfy({ SymbolLetters.areUpper($0) }) else {
                throw Failure(
                    .usage, "mexc-spot has no symbol '\(symbol)': write it as BTCUSDT, in capitals")
            }
        }
        switch topic.channel {
        case .trades: return "spot@public.aggre.deals.v3.api.pb@100ms@\(symbol)"
        case .l2:
            guard let depth = topic.depth else {
                return "spot@public.aggre.depth.v3.api.pb@100ms@\(symbol)"
            }
            guard [5, 10, 20].contains(depth) else {
                throw Failure(.usage, "mexc-spot has books of 5, 10 and 20 levels, not \(depth)")
            }
            return "spot@public.limit.depth.v3.api.pb@\(symbol)@\(depth)"
        case .bbo: return "spot@public.aggre.bookTicker.v3.api.pb@100ms@\(symbol)"
        case .bars:
            let interval = topic.interval ?? BarInterval(seconds: 60)
            guard let name = interval.mexcName else {
                throw Failure(.notFound, "mexc-spot has no bars of \(interval.text)")
            }
            return "spot@public.kline.v3.api.pb@\(symbol)@\(name)"
        case .fills: return "spot@private.deals.v3.api.pb"
        case .orders: return "spot@private.orders.v3.api.pb"
        case .balances: return "spot@private.account.v3.api.pb"
        default:
            throw Failure(.notFound, "mexc-spot has no channel \(topic.channel.rawValue)")
        }
    }

    private func requests(_ method: String, _ topics: [Topic], _ id: Int64) -> [String] {
        var names: [String] = []
        for topic in topics {
            // A topic without a channel has been refused by route(of:).
            guard let name = try? channel(of: topic), !names.contains(name)  // see above
            else { continue }
            names.append(name)
        }
        guard !names.isEmpty else { return [] }
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        return ["{\"method\":\"\(method)\",\"params\":[\(list)],\"id\":\(id)}"]
    }

    private static func makeProfile() -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var profile = VenueProfile(
            venue: .mexcSpot, webSocketBase: "wss://wbs-api.mexc.com",
            restBase: "https://api.mexc.com",
            channels: [.trades, .l2, .bbo, .bars, .fills, .orders, .balances],
            bookSource: .requested(.mexcSpot),
            ping: .text(#"{"method":"PING"}"#, every: 15 * second))
        profile.lifetime = 86_400 * second
        profile.limits = [
            // The venue names no limit of connections; this one is ours.
            RateLimit("connections", 60, per: 60 * second),
            RateLimit("messages", 100, per: second),
            // 20 a second, though up to 500 in 10 s are documented: see the venue's page.
            RateLimit("weight", 200, per: 10 * second),
        ]
        profile.topicsPerConnection = 30
        profile.topicsPerMessage = 30
        profile.cadences = [.bars: 2 * second]
        profile.pollInstruments()
        return profile
    }
}

/// Which letters stand in symbols.
enum SymbolLetters {
    /// Capitals, digits, and letters beyond ASCII, which a few symbols have.
    static func areUpper(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || byte >= 0x80
    }
}
