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

    /// USDT-M has routed paths: books and quotes on `/public`, the rest on `/market`. On a wrong path
    /// the venue acknowledges and stays silent.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try stream(of: topic)
        guard product == .usdm else { return StreamRoute(name: "stream", path: "/stream") }
        switch topic.channel {
        case .l2, .bbo: return StreamRoute(name: "public", path: "/public/stream")
        default: return StreamRoute(name: "market", path: "/market/stream")
        }
    }

    /// COIN-M names an index by the pair of its contracts.
    public func subject(of topic: Topic) -> String {
        switch topic.channel {
        case .indexPrice where product == .coinm: String(topic.symbol.prefix { $0 != "_" })
        case .instruments, .fills, .orders, .positions, .balances: ""
        default: topic.symbol
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
            "GET", "\(prefix)/depth?symbol=\(RequestQuery.escaped(symbol))&limit=1000",
            weight: product == .spot ? 50 : 20)
    }

    /// Futures: aggregates from the one after `afterID` on, or from a time on. Spot, whose stream
    /// has single trades: the latest thousand, because older ones are listed by aggregates only.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        guard product != .spot else {
            return VenueRequest(
                "GET", "\(prefix)/trades?symbol=\(RequestQuery.escaped(symbol))&limit=1000",
                weight: 25)
        }
        var path = "\(prefix)/aggTrades?symbol=\(RequestQuery.escaped(symbol))"
        if let last = afterID.flatMap({ Int64($0) }), last >= 0, last < .max {
            path += "&fromId=\(last + 1)"
        } else if let from {
            path += "&startTime=\(from / 1_000_000)"
        }
        return VenueRequest("GET", path + "&limit=1000", weight: 20)
    }

    /// `exchangeInfo`, for one symbol where the market allows to ask so.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        guard product == .spot, let symbol else {
            return [
                VenueRequest("GET", "\(prefix)/exchangeInfo", weight: product == .spot ? 20 : 1)
            ]
        }
        return [
            VenueRequest(
                "GET", "\(prefix)/exchangeInfo?symbol=\(RequestQuery.escaped(symbol))", weight: 20)
        ]
    }

    /// `openInterest` of one contract; spot has none.
    public func openInterest(of symbol: String) -> VenueRequest? {
        guard product != .spot else { return nil }
        return VenueRequest("GET", "\(prefix)/openInterest?symbol=\(RequestQuery.escaped(symbol))")
    }

    /// `klines`, at most 1000.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard isKnown(query.interval) else { return nil }
        var path =
            "\(prefix)/klines?symbol=\(RequestQuery.escaped(query.symbol))&interval=\(query.interval.text)"
        if let from = query.from { path += "&startTime=\(from / 1_000_000)" }
        if let to = query.to { path += "&endTime=\(to / 1_000_000 - 1)" }
        return VenueRequest("GET", path + "&limit=1000", weight: product == .spot ? 2 : 5)
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { VenueRequest("GET", "\(prefix)/time") }

    /// `BTC/USDT` is `BTCUSDT`; `BTC/USD:BTC` is `BTCUSD_PERP`; `BTC/USD:BTC-240628`, a contract that
    /// expires, is `BTCUSD_240628`.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return halves.count == 1 ? pair : nil }
        let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard !halves[0].isEmpty, !parts[0].isEmpty, parts.count <= 2 else { return nil }
        let name = String(halves[0] + parts[0])
        guard parts.count == 2 else { return product == .coinm ? name + "_PERP" : name }
        guard product != .spot else { return nil }
        let settlement = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        if settlement.count == 2 { return "\(name)_\(settlement[1])" }
        return product == .coinm ? name + "_PERP" : name
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
        let isFutures = product != .spot
        if isFutures, topic.channel == .status || topic.channel == .instruments {
            return "!contractInfo"
        }
        try checkSymbol(topic)
        switch topic.channel {
        // Futures list no single trades; the stream of them is undocumented there.
        case .trades: return "\(name)@\(isFutures ? "aggTrade" : "trade")"
        case .l2:
            guard let depth = topic.depth else { return "\(name)@depth@100ms" }
            guard [5, 10, 20].contains(depth) else {
                throw Failure(
                    .usage,
                    "\(product.venue.name) has books of 5, 10 and 20 levels, not \(depth)")
            }
            return "\(name)@depth\(depth)@100ms"
        case .bbo: return "\(name)@bookTicker"
        case .bars: return "\(name)@kline_\(try interval(of: topic))"
        case .indexPrice where product == .coinm:
            // The index is the pair's, which stands before the `_`.
            return "\(name.prefix { $0 != "_" })@indexPrice@1s"
        case .funding where isFutures, .markPrice where isFutures, .indexPrice where isFutures:
            return "\(name)@markPrice@1s"
        case .liquidations where isFutures: return "\(name)@forceOrder"
        case .fills, .orders, .positions, .balances:
            throw Failure(
                .notFound,
                "\(product.venue.name) sends \(topic.channel.rawValue) only to an account's own "
                    + "connection")
        default:
            throw Failure(
                .notFound, "\(product.venue.name) has no channel \(topic.channel.rawValue)")
        }
    }

    /// Symbols are letters and digits without a separator, on futures also `_` before the expiry.
    private func checkSymbol(_ topic: Topic) throws(Failure) {
        let isSymbol = topic.symbol.utf8.allSatisfy {
            SymbolLetters.areUpper($0) || (97...122).contains($0)
                || ($0 == UInt8(ascii: "_") && product != .spot)
        }
        guard !topic.symbol.isEmpty, isSymbol else {
            let example = product == .coinm ? "BTCUSD_PERP" : "BTCUSDT"
            throw Failure(
                .usage,
                "\(product.venue.name) has no symbol '\(topic.symbol)': write it as \(example)")
        }
    }

    private static let intervals = [
        "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d",
        "1w", "1M",
    ]

    private func isKnown(_ interval: BarInterval) -> Bool {
        BinanceAdapter.intervals.contains(interval.text)
            && (product == .spot || interval.seconds != 1)
    }

    private func interval(of topic: Topic) throws(Failure) -> String {
        let interval = topic.interval ?? BarInterval(seconds: 60)
        guard isKnown(interval) else {
            throw Failure(.notFound, "\(product.venue.name) has no bars of \(interval.text)")
        }
        return interval.text
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
        var channels: Set<FeedChannel> = [.trades, .l2, .bbo, .bars]
        switch product {
        case .spot:
            (stream, rest) = ("wss://stream.binance.com:9443", "https://api.binance.com")
        case .usdm:
            (stream, rest) = ("wss://fstream.binance.com", "https://fapi.binance.com")
        case .coinm:
            (stream, rest) = ("wss://dstream.binance.com", "https://dapi.binance.com")
        }
        if product != .spot {
            channels.formUnion([
                .funding, .markPrice, .indexPrice, .openInterest, .liquidations, .status,
            ])
        }
        var profile = VenueProfile(
            venue: product.venue, webSocketBase: stream, restBase: rest, channels: channels,
            bookSource: .requested(product == .spot ? .binanceSpot : .binanceFutures),
            ping: .venuePings(every: (product == .spot ? 20 : 180) * second))
        profile.lifetime = 86_400 * second
        profile.acknowledgesAnything = true
        // USDT-M and COIN-M share one pool since 2026-06-30.
        profile.marketsSharingLimits = product == .spot ? 1 : 2
        profile.limits = [
            RateLimit("connections", 300, per: 300 * second),
            RateLimit("messages", product == .spot ? 5 : 10, per: second),
            RateLimit("weight", product == .spot ? 6000 : 2400, per: 60 * second),
        ]
        profile.topicsPerConnection = 1024
        profile.topicsPerMessage = 100
        profile.cadences = [.l2: second, .bars: 2 * second]
        if product != .spot {
            for channel in [.markPrice, .funding, .indexPrice] as [FeedChannel] {
                profile.cadences[channel] = second
            }
            profile.polled[.openInterest] = PollingRule(every: 10 * second, isOnly: true)
            profile.cadences[.openInterest] = 120 * second
        }
        // The stream of contracts tells changes only; spot has none.
        profile.pollInstruments(besidesStream: product != .spot)
        return profile
    }
}
