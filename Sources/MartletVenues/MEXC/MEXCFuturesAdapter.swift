// What a feed needs to know of MEXC futures.

public import MartletModel

/// MEXC futures. Source: the venue's documentation of contract version 1.
public struct MEXCFuturesAdapter: VenueAdapter {
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter of the futures market.
    public init() { profile = MEXCFuturesAdapter.makeProfile() }

    /// A decoder for the market's messages.
    public func makeDecoder() -> any VenueDecoder { MEXCFuturesDecoder() }

    /// All topics stand on one path.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try subscription(of: topic)
        return StreamRoute(name: "edge", path: "/edge")
    }

    /// One `sub.` message a topic; plain text is asked for, the venue may compress otherwise.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] { requests("sub", topics) }

    /// One `unsub.` message a topic.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] { requests("unsub", topics) }

    /// Public data need no key.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// The REST depth snapshot.
    public func bookSnapshot(of symbol: String) -> VenueRequest? {
        VenueRequest("GET", "/api/v1/contract/depth/\(RequestQuery.escaped(symbol))?limit=1000")
    }

    /// The latest trades, at most 100.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        VenueRequest("GET", "/api/v1/contract/deals/\(RequestQuery.escaped(symbol))?limit=100")
    }

    /// `detail`, of all contracts or of one.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        let query = symbol.map { "?symbol=\(RequestQuery.escaped($0))" } ?? ""
        return [VenueRequest("GET", "/api/v1/contract/detail\(query)", weight: 10)]
    }

    /// `kline`, at most 2000; both ends are inclusive seconds.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard let name = query.interval.mexcName else { return nil }
        var path = "/api/v1/contract/kline/\(RequestQuery.escaped(query.symbol))?interval=\(name)"
        if let from = query.from { path += "&start=\(from / 1_000_000_000)" }
        if let to = query.to { path += "&end=\(to / 1_000_000_000 - 1)" }
        return VenueRequest("GET", path)
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "/api/v1/contract/ping") }

    /// `BTC/USDT:USDT` is `BTC_USDT`, `BTC/USD:BTC` is `BTC_USD`.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return halves.count == 1 ? pair : nil }
        let quote = halves[1].split(separator: ":").first ?? ""
        guard !halves[0].isEmpty, !quote.isEmpty else { return nil }
        return "\(halves[0])_\(quote)"
    }

    /// What follows `sub.` or `unsub.`, and the parameters.
    func subscription(
        of topic: Topic
    ) throws(Failure) -> (name: String, parameters: String) {
        let symbol = topic.symbol
        let isWhole = topic.channel == .instruments || topic.channel.isPrivate
        guard isWhole || MEXCFuturesAdapter.isSymbol(symbol) else {
            throw Failure(
                .usage, "mexc-futures has no symbol '\(symbol)': write it as BTC_USDT, in capitals")
        }
        let parameters = "{\"symbol\":\"\(symbol)\"}"
        switch topic.channel {
        case .trades: return ("deal", parameters)
        case .l2:
            guard let depth = topic.depth else {
                return ("depth", "{\"symbol\":\"\(symbol)\",\"compress\":false}")
            }
            guard [5, 10, 20].contains(depth) else {
                throw Failure(.usage, "mexc-futures has books of 5, 10 and 20 levels, not \(depth)")
            }
            return ("depth.full", "{\"symbol\":\"\(symbol)\",\"limit\":\(depth)}")
        case .bars:
            let interval = topic.interval ?? BarInterval(seconds: 60)
            guard let name = interval.mexcName else {
                throw Failure(.notFound, "mexc-futures has no bars of \(interval.text)")
            }
            return ("kline", "{\"symbol\":\"\(symbol)\",\"interval\":\"\(name)\"}")
        case .bbo, .openInterest: return ("ticker", parameters)
        case .funding: return ("funding.rate", parameters)
        case .markPrice: return ("fair.price", parameters)
        case .indexPrice: return ("index.price", parameters)
        case .instruments: return ("contract", "{}")
        case .fills: return ("personal.order.deal", "{}")
        case .orders: return ("personal.order", "{}")
        case .positions: return ("personal.position", "{}")
        case .balances: return ("personal.asset", "{}")
        default:
            throw Failure(.notFound, "mexc-futures has no channel \(topic.channel.rawValue)")
        }
    }

    private static func isSymbol(_ symbol: String) -> Bool {
        let halves = symbol.split(separator: "_", omittingEmptySubsequences: false)
        return halves.count >= 2
            && halves.allSatisfy {
                !$0.isEmpty && $0.utf8.allSatisfy({ SymbolLetters.areUpper($0) })
            }
    }

    /// Private pushes come after the login by themselves; a filter narrows them.
    private func requests(_ verb: String, _ topics: [Topic]) -> [String] {
        var messages: [String] = []
        var filters: [String] = []
        for topic in topics {
            // A topic without a channel has been refused by route(of:).
            guard let wanted = try? subscription(of: topic) else { continue }  // see above
            if topic.channel.isPrivate {
                filters.append("{\"filter\":\"\(wanted.name.dropFirst("personal.".count))\"}")
                continue
            }
            let gzip = verb == "sub" ? ",\"gzip\":false" : ""
            let text =
                "{\"method\":\"\(verb).\(wanted.name)\",\"param\":\(wanted.parameters)\(gzip)}"
            if !messages.contains(text) { messages.append(text) }
        }
        if !filters.isEmpty, verb == "sub" {
            let list = filters.joined(separator: ",")
            messages.append("{\"method\":\"personal.filter\",\"param\":{\"filters\":[\(list)]}}")
        }
        return messages
    }

    private static func makeProfile() -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var profile = VenueProfile(
            venue: .mexcFutures, webSocketBase: "wss://contract.mexc.com",
            restBase: "https://contract.mexc.com",
            channels: [
                .trades, .l2, .bbo, .bars, .funding, .markPrice, .indexPrice, .openInterest,
                .instruments, .fills, .orders, .positions, .balances,
            ],
            bookSource: .requested(.mexcFutures),
            ping: .text(#"{"method":"ping"}"#, every: 15 * second))
        profile.limits = [
            // The venue names no limits of connections and messages; these are ours.
            RateLimit("connections", 60, per: 60 * second),
            RateLimit("messages", 50, per: second),
            RateLimit("weight", 20, per: 2 * second),
        ]
        profile.topicsPerConnection = 100
        profile.topicsPerMessage = 20
        profile.cadences = [
            .bbo: second, .openInterest: second, .markPrice: 2 * second, .indexPrice: 2 * second,
            .bars: 5 * second, .funding: 60 * second,
        ]
        // The stream tells changes only.
        profile.pollInstruments(besidesStream: true)
        return profile
    }
}
