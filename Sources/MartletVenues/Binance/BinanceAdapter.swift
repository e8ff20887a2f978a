// What a feed needs to know of Binance's three markets.

public import MartletModel

/// Binance spot, USDT-M or COIN-M. Source: the venue's stream and REST documentation.
public struct BinanceAdapter: VenueAdapter {
    /// Which market.
    public let product: BinanceProduct
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter of one market.
    public init(_ product: BinanceProduct) {
        self.product = product
        profile = BinanceAdapter.profile(of: product)
    }

    /// A decoder for the market's messages.
    public func makeDecoder() -> any VenueDecoder { BinanceVenueDecoder(product) }

    /// USDT-M has routed paths: books and quotes on `/public`, the rest on `/market`.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try stream(of: topic)
        guard product == .usdm else { return StreamRoute(name: "stream", path: "/stream") }
        switch topic.channel {
        case .l2, .bbo, .trades: return StreamRoute(name: "public", path: "/public/stream")
        default: return StreamRoute(name: "market", path: "/market/stream")
        }
    }

    /// `SUBSCRIBE` messages.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("SUBSCRIBE", topics, id)
    }

    /// `UNSUBSCRIBE` messages.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("UNSUBSCRIBE", topics, id)
    }

    /// Public data need no key.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// The REST depth snapshot with 1000 levels a side.
    public func bookSnapshot(of symbol: String) -> VenueRequest? {
        VenueRequest(
            "GET", "\(prefix)/depth?symbol=\(symbol)&limit=1000",
            weight: product == .spot ? 50 : 20)
    }

    /// Recent trades of the public list.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        VenueRequest(
            "GET", "\(prefix)/trades?symbol=\(symbol)&limit=1000", weight: product == .spot ? 25 : 5
        )
    }

    /// `exchangeInfo`, for one symbol where the market allows to ask so.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        guard product == .spot, let symbol else {
            return [
                VenueRequest("GET", "\(prefix)/exchangeInfo", weight: product == .spot ? 20 : 1)
            ]
        }
        return [VenueRequest("GET", "\(prefix)/exchangeInfo?symbol=\(symbol)", weight: 20)]
    }

    /// `klines`, at most 1000.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        let known = [
            "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d",
            "1w", "1M",
        ]
        guard known.contains(query.interval.text), product == .spot || query.interval.seconds != 1
        else { return nil }
        var path = "\(prefix)/klines?symbol=\(query.symbol)&interval=\(query.interval.text)"
        if let from = query.from { path += "&startTime=\(from / 1_000_000)" }
        if let to = query.to { path += "&endTime=\(to / 1_000_000 - 1)" }
        return VenueRequest("GET", path + "&limit=1000", weight: product == .spot ? 2 : 5)
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "\(prefix)/time") }

    /// `BTC/USDT` is `BTCUSDT`; `BTC/USD:BTC` is `BTCUSD_PERP`.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return pair }
        let quote = halves[1].split(separator: ":").first ?? ""
        guard !halves[0].isEmpty, !quote.isEmpty else { return nil }
        return halves[0] + quote + (product == .coinm ? "_PERP" : "")
    }

    var prefix: String {
        switch product {
        case .spot: "/api/v3"
        case .usdm: "/fapi/v1"
        case .coinm: "/dapi/v1"
        }
    }

    /// The stream that carries a topic, such as `btcusdt@depth@100ms`.
    func stream(of topic: Topic) throws(Failure) -> String {
        let name = topic.symbol.lowercased()
        switch topic.channel {
        case .trades: return "\(name)@\(product == .usdm ? "aggTrade" : "trade")"
        case .l2: return "\(name)@depth@100ms"
        case .bbo: return "\(name)@bookTicker"
        case .bars: return "\(name)@kline_\((topic.interval ?? BarInterval(seconds: 60)).text)"
        case .funding where product != .spot, .markPrice where product != .spot:
            return "\(name)@markPrice@1s"
        case .indexPrice where product != .spot: return "\(name)@markPrice@1s"
        case .liquidations where product != .spot: return "\(name)@forceOrder"
        default:
            throw Failure(
                .notFound, "\(product.venue.name) has no channel \(topic.channel.rawValue)")
        }
    }

    private func requests(_ method: String, _ topics: [Topic], _ id: Int64) -> [String] {
        var names: [String] = []
        for topic in topics {
            // A topic without a stream has been refused by route(of:).
            guard let name = try? stream(of: topic), !names.contains(name)  // see above
            else { continue }
            names.append(name)
        }
        guard !names.isEmpty else { return [] }
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        return ["{\"method\":\"\(method)\",\"params\":[\(list)],\"id\":\(id)}"]
    }

    private static func profile(of product: BinanceProduct) -> VenueProfile {
        let second: Int64 = 1_000_000_000
        let stream: String
        let rest: String
        var channels: Set<FeedChannel> = [.trades, .l2, .bbo, .bars, .instruments, .status]
        switch product {
        case .spot:
            (stream, rest) = ("wss://stream.binance.com:9443", "https://api.binance.com")
        case .usdm:
            (stream, rest) = ("wss://fstream.binance.com", "https://fapi.binance.com")
        case .coinm:
            (stream, rest) = ("wss://dstream.binance.com", "https://dapi.binance.com")
        }
        if product != .spot {
            channels.formUnion([.funding, .markPrice, .indexPrice, .liquidations])
        }
        var profile = VenueProfile(
            venue: product.venue, webSocketBase: stream, restBase: rest, channels: channels,
            bookSource: .requested(product == .spot ? .binanceSpot : .binanceFutures),
            ping: .venuePings(every: (product == .spot ? 20 : 180) * second))
        profile.lifetime = 86_400 * second
        profile.limits = [
            RateLimit("connections", 300, per: 300 * second),
            RateLimit("messages", product == .spot ? 5 : 10, per: second),
            RateLimit("weight", product == .spot ? 6000 : 2400, per: 60 * second),
        ]
        profile.cadences = [.l2: second, .markPrice: second, .funding: second, .bars: 2 * second]
        return profile
    }
}
