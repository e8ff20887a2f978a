// What a feed needs to know of Bybit's three markets.

public import MartletModel

/// Bybit spot, linear or inverse. Source: the venue's V5 documentation; docs/venues/bybit.md.
public struct BybitAdapter: VenueAdapter {
    /// Which market.
    public let product: BybitProduct
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter of one market.
    public init(_ product: BybitProduct) {
        self.product = product
        profile = BybitAdapter.profile(of: product)
    }

    /// A decoder for the market's messages.
    public func makeDecoder() -> any VenueDecoder { BybitDecoder(product) }

    /// Each market has its own public connection; private topics share one.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try stream(of: topic)
        if topic.channel.isPrivate { return StreamRoute(name: "private", path: "/v5/private") }
        return StreamRoute(name: "public", path: "/v5/public/\(product.rawValue)")
    }

    /// `subscribe` messages; spot takes ten topics in each.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("subscribe", topics, id)
    }

    /// `unsubscribe` messages.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("unsubscribe", topics, id)
    }

    /// Public data need no key; the private connection is signed, which is not done here.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// The stream brings the snapshot; the REST book counts only for the deepest level.
    public func bookSnapshot(of symbol: String) -> VenueRequest? { nil }

    /// The best 200 levels a side.
    public func currentBook(of symbol: String) -> VenueRequest? {
        VenueRequest(
            "GET",
            "/v5/market/orderbook?\(category)&symbol=\(RequestQuery.escaped(symbol))&limit=200")
    }

    /// The most recent trades: 60 of spot, 1000 of the others.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        VenueRequest(
            "GET",
            "/v5/market/recent-trade?\(category)&symbol=\(RequestQuery.escaped(symbol))"
                + "&limit=\(product == .spot ? 60 : 1000)")
    }

    /// `instruments-info`; spot answers on one page, the others may need ``nextPage(of:from:)``.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        var path = "/v5/market/instruments-info?\(category)"
        if let symbol {
            path += "&symbol=\(RequestQuery.escaped(symbol))"
        } else if product != .spot {
            path += "&limit=1000"
        }
        return [VenueRequest("GET", path)]
    }

    /// `kline`, at most 1000 bars, newest first.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard let word = BybitInterval.word(query.interval) else { return nil }
        var path = "/v5/market/kline?\(category)&symbol=\(RequestQuery.escaped(query.symbol))"
        path += "&interval=\(word)"
        if let from = query.from { path += "&start=\(from / 1_000_000)" }
        if let to = query.to { path += "&end=\(to / 1_000_000 - 1)" }
        return VenueRequest("GET", path + "&limit=1000")
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "/v5/market/time") }

    /// The same request with the cursor of the page before.
    public func nextPage(of request: VenueRequest, from cursor: String) -> VenueRequest? {
        guard !cursor.isEmpty else { return nil }
        let parts = request.path.split(separator: "?", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let kept = parts[1].split(separator: "&").filter { !$0.hasPrefix("cursor=") }
        // The venue hands its cursors out percent-escaped already.
        let query = kept.joined(separator: "&") + "&cursor=\(RequestQuery.escaped(cursor))"
        return VenueRequest(request.method, "\(parts[0])?\(query)", weight: request.weight)
    }

    /// `BTC/USDT` is `BTCUSDT`, `BTC/USDC:USDC` is `BTCPERP`, `BTC/USD:BTC` is `BTCUSD`.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return pair }
        let quote = halves[1].split(separator: ":").first ?? ""
        guard !halves[0].isEmpty, !quote.isEmpty else { return nil }
        return String(halves[0]) + (product == .linear && quote == "USDC" ? "PERP" : String(quote))
    }

    private var category: String { "category=\(product.rawValue)" }

    /// Levels a side of the book topics.
    public static let depths = [50, 200, 1000]

    /// The topic of Bybit that carries a topic of ours, such as `orderbook.50.BTCUSDT`.
    public func stream(of topic: Topic) throws(Failure) -> String {
        let symbol = topic.symbol
        guard topic.channel.isPrivate || BybitAdapter.isSymbol(symbol) else {
            throw Failure(
                .usage, "\"\(symbol)\" is no symbol of \(product.venue.name); one is BTCUSDT")
        }
        switch topic.channel {
        case .trades: return "publicTrade.\(symbol)"
        case .l2:
            guard let depth = BybitAdapter.depths.first(where: { $0 >= topic.depth ?? 50 }) else {
                throw Failure(
                    .usage, "\(product.venue.name) has books of at most 1000 levels a side")
            }
            return "orderbook.\(depth).\(symbol)"
        case .bbo: return "orderbook.1.\(symbol)"
        case .bars:
            guard let word = BybitInterval.word(topic.interval ?? BarInterval(seconds: 60)) else {
                throw Failure(
                    .notFound,
                    "\(product.venue.name) has no bars of \(topic.interval?.text ?? "this length")")
            }
            return "kline.\(word).\(symbol)"
        case .funding where product != .spot, .markPrice where product != .spot,
            .indexPrice where product != .spot, .openInterest where product != .spot:
            return "tickers.\(symbol)"
        case .liquidations where product != .spot: return "allLiquidation.\(symbol)"
        case .fills: return "execution"
        case .orders: return "order"
        case .positions where product != .spot: return "position"
        case .balances: return "wallet"
        default:
            throw Failure(
                .notFound, "\(product.venue.name) has no channel \(topic.channel.rawValue)")
        }
    }

    /// Capitals and digits, and the hyphens of dated contracts.
    private static func isSymbol(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private func requests(_ operation: String, _ topics: [Topic], _ id: Int64) -> [String] {
        var names: [String] = []
        for topic in topics {
            // A topic without a stream has been refused by route(of:).
            guard let name = try? stream(of: topic), !names.contains(name)  // see above
            else { continue }
            names.append(name)
        }
        var messages: [String] = []
        for first in stride(from: 0, to: names.count, by: profile.topicsPerMessage) {
            let part = names[first..<min(first + profile.topicsPerMessage, names.count)]
            let list = part.map { "\"\($0)\"" }.joined(separator: ",")
            let number = id + Int64(messages.count)
            messages.append("{\"req_id\":\"\(number)\",\"op\":\"\(operation)\",\"args\":[\(list)]}")
        }
        return messages
    }

    private static func profile(of product: BybitProduct) -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var channels: Set<FeedChannel> = [.trades, .l2, .bbo, .bars]
        if product != .spot {
            channels.formUnion([.funding, .markPrice, .indexPrice, .openInterest, .liquidations])
        }
        var profile = VenueProfile(
            venue: product.venue, webSocketBase: "wss://stream.bybit.com",
            restBase: "https://api.bybit.com", channels: channels,
            bookSource: .streamed(.bybit), ping: .text("{\"op\":\"ping\"}", every: 20 * second))
        profile.limits = [
            RateLimit("connections", 500, per: 300 * second),
            RateLimit("requests", 600, per: 5 * second),
        ]
        // All topics of a connection may have 21,000 characters together; 400 of the longest fit.
        profile.topicsPerConnection = 400
        profile.topicsPerMessage = product == .spot ? 10 : 100
        // Level 1 is repeated after 3 s; a deeper book and a ticker are silent only in thin markets.
        profile.cadences = [.l2: second, .bbo: 3 * second, .bars: 60 * second]
        if product != .spot {
            for channel in [FeedChannel.funding, .markPrice, .indexPrice, .openInterest] {
                profile.cadences[channel] = second
            }
        }
        profile.pollInstruments()
        profile.marketsSharingLimits = 3
        return profile
    }
}
