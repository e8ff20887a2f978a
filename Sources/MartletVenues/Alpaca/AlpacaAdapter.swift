// What a feed needs to know of Alpaca's market data for stocks and crypto.

public import MartletModel

/// Alpaca stocks or crypto. Source: the venue's documentation; docs/venues/alpaca.md.
public struct AlpacaAdapter: VenueAdapter {
    /// Which market.
    public let market: AlpacaMarket
    /// The feed of stocks: `iex` (free) or `sip` (all exchanges, paid); crypto has one only.
    public let feed: String
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter of one market.
    public init(_ market: AlpacaMarket, feed: String = "iex") {
        self.market = market
        self.feed = feed
        profile = AlpacaAdapter.profile(of: market)
    }

    /// A decoder for the market's messages.
    public func makeDecoder() -> any VenueDecoder { AlpacaDecoder(market) }

    /// One connection carries everything: Alpaca allows no second one.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try list(of: topic)
        if market == .crypto { return StreamRoute(name: "crypto", path: "/v1beta3/crypto/us") }
        return StreamRoute(name: feed, path: "/v2/\(feed)")
    }

    /// One `subscribe` message with a list for each channel.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        request("subscribe", topics)
    }

    /// One `unsubscribe` message.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        request("unsubscribe", topics)
    }

    /// The first message of a connection.
    public func authentication(_ credentials: VenueCredentials) -> String? {
        "{\"action\":\"auth\",\"key\":\(AlpacaAdapter.quoted(credentials.key)),"
            + "\"secret\":\(AlpacaAdapter.quoted(credentials.secret))}"
    }

    /// The stream brings the book.
    public func bookSnapshot(of symbol: String) -> VenueRequest? { nil }

    /// The book of a crypto pair; stocks have none.
    public func currentBook(of symbol: String) -> VenueRequest? {
        guard market == .crypto else { return nil }
        return VenueRequest(
            "GET", "\(prefix)/latest/orderbooks?symbols=\(RequestQuery.escaped(symbol))")
    }

    /// The trades since a time, else the latest ones.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        var path = "\(prefix)/trades?symbols=\(RequestQuery.escaped(symbol))"
        if let from {
            path += "&start=\(Timestamp(nanoseconds: from).iso8601)&sort=asc"
        } else {
            path += "&sort=desc"
        }
        return VenueRequest("GET", path + "&limit=1000" + feedParameter)
    }

    /// The assets of the trading interface, all of them or one stock.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        if market == .stocks, let symbol {
            return [VenueRequest("GET", "/v2/assets/\(RequestQuery.escaped(symbol))")]
        }
        let kind = market == .crypto ? "crypto" : "us_equity"
        return [VenueRequest("GET", "/v2/assets?status=active&asset_class=\(kind)")]
    }

    /// Bars of 1 to 59 minutes, 1 to 23 hours, a day, a week, or months.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard let word = AlpacaWords.word(query.interval) else { return nil }
        var path = "\(prefix)/bars?symbols=\(RequestQuery.escaped(query.symbol))&timeframe=\(word)"
        if let from = query.from { path += "&start=\(Timestamp(nanoseconds: from).iso8601)" }
        // The end counts as part of the range.
        if let to = query.to { path += "&end=\(Timestamp(nanoseconds: to - 1).iso8601)" }
        path += query.from == nil ? "&limit=1000&sort=desc" : "&limit=10000&sort=asc"
        return VenueRequest("GET", path + feedParameter)
    }

    /// The clock of the trading interface.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "/v2/clock") }

    /// The same request with the token of the page before.
    public func nextPage(of request: VenueRequest, from cursor: String) -> VenueRequest? {
        let parts = request.path.split(separator: "?", maxSplits: 1)
        guard !cursor.isEmpty, parts.count == 2 else { return nil }
        let kept = parts[1].split(separator: "&").filter { !$0.hasPrefix("page_token=") }
        let query = kept.joined(separator: "&") + "&page_token=\(RequestQuery.escaped(cursor))"
        return VenueRequest(request.method, "\(parts[0])?\(query)", weight: request.weight)
    }

    /// Key and secret stand in every request.
    public func headers(_ credentials: VenueCredentials) -> [RequestHeader] {
        [
            RequestHeader("APCA-API-KEY-ID", credentials.key),
            RequestHeader("APCA-API-SECRET-KEY", credentials.secret),
        ]
    }

    /// Crypto keeps its slash; stocks have none.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        if halves.count == 1 { return pair }
        guard market == .crypto, halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty,
            !halves[1].contains(":")
        else { return nil }
        return pair
    }

    private var prefix: String { market == .crypto ? "/v1beta3/crypto/us" : "/v2/stocks" }
    private var feedParameter: String { market == .crypto ? "" : "&feed=\(feed)" }

    /// The list of a subscription that a topic belongs to, such as `quotes`.
    func list(of topic: Topic) throws(Failure) -> String {
        let venue = market.venue.name
        switch topic.channel {
        case .trades: return "trades"
        case .bbo: return "quotes"
        case .l2 where market == .crypto: return "orderbooks"
        case .status where market == .stocks: return "statuses"
        case .bars:
            switch topic.interval?.seconds ?? 60 {
            case 60: return "bars"
            case 86_400: return "dailyBars"
            default:
                throw Failure(
                    .notFound, "\(venue) streams bars of 1m and 1d only; fetch others by REST")
            }
        case .l2:
            throw Failure(.notFound, "\(venue) has no order book; its best bid and ask is bbo")
        default:
            throw Failure(.notFound, "\(venue) has no channel \(topic.channel.rawValue)")
        }
    }

    private func request(_ action: String, _ topics: [Topic]) -> [String] {
        var lists: [(name: String, symbols: [String])] = []
        for topic in topics {
            // A topic without a list has been refused by route(of:).
            guard let name = try? list(of: topic) else { continue }  // see above
            let index = lists.firstIndex { $0.name == name } ?? lists.count
            if index == lists.count { lists.append((name, [])) }
            if !lists[index].symbols.contains(topic.symbol) {
                lists[index].symbols.append(topic.symbol)
            }
        }
        guard !lists.isEmpty else { return [] }
        let parts = lists.map { list in
            let symbols = list.symbols.map { AlpacaAdapter.quoted($0) }.joined(separator: ",")
            return "\"\(list.name)\":[\(symbols)]"
        }
        return ["{\"action\":\"\(action)\",\(parts.joined(separator: ","))}"]
    }

    /// A text as JSON.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func profile(of market: AlpacaMarket) -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var channels: Set<FeedChannel> = [.trades, .bbo, .bars]
        channels.insert(market == .crypto ? .l2 : .status)
        var profile = VenueProfile(
            venue: market.venue, webSocketBase: "wss://stream.data.alpaca.markets",
            restBase: "https://data.alpaca.markets", channels: channels,
            bookSource: market == .crypto ? .streamed(.none) : .none,
            ping: .frames(every: 10 * second))
        for prefix in [
            "/v2/assets", "/v2/clock", "/v2/calendar", "/v2/account", "/v2/orders",
            "/v2/positions",
        ] {
            profile.otherRestBases.append((prefix, "https://api.alpaca.markets"))
        }
        profile.limits = [RateLimit("requests", 200, per: 60 * second)]
        // One connection to a feed; how many symbols it carries depends on the plan.
        profile.topicsPerConnection = 10_000
        profile.topicsPerMessage = 10_000
        profile.cadences = [.bars: 60 * second]
        profile.needsCredentials = true
        profile.pollInstruments()
        return profile
    }
}
