// What a feed needs to know of Hyperliquid: subscriptions and questions to its info endpoint.

public import MartletModel

/// Hyperliquid, perpetual and spot. Instruments are called by their coin: `BTC`, `xyz:TSLA`,
/// `PURR/USDC`, `@107`. Channels of a user take the user's address in place of the symbol.
/// Sources: docs/venues/hyperliquid.md.
public struct HyperliquidAdapter: VenueAdapter {
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter.
    public init() { profile = HyperliquidAdapter.makeProfile() }

    /// A decoder.
    public func makeDecoder() -> any VenueDecoder { HyperliquidDecoder() }

    /// Everything shares one route.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try subscription(of: topic)
        return StreamRoute(name: "ws", path: "/ws")
    }

    /// One message for each subscription; mark price, oracle price, funding and open interest of a
    /// coin are one subscription.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("subscribe", topics)
    }

    /// The same with another method.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("unsubscribe", topics)
    }

    /// Public data need no key, and user data only an address.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// The top 20 levels a side.
    public func bookSnapshot(of symbol: String) -> VenueRequest? {
        info(#"{"type":"l2Book","coin":"\#(Self.plain(symbol))"}"#, weight: 2)
    }

    /// The recent trades, newest first; the venue takes no time.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        info(#"{"type":"recentTrades","coin":"\#(Self.plain(symbol))"}"#, weight: 25)
    }

    /// All perpetuals and all spot pairs, or the list that one stands in.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        let perpetual = info(#"{"type":"meta"}"#, weight: 20)
        let spot = info(#"{"type":"spotMeta"}"#, weight: 20)
        guard let symbol else { return [perpetual, spot] }
        if Self.isSpot(symbol) { return [spot] }
        guard let colon = symbol.firstIndex(of: ":") else { return [perpetual] }
        return [
            info(#"{"type":"meta","dex":"\#(Self.plain(String(symbol[..<colon])))"}"#, weight: 20)
        ]
    }

    /// Names with a colon stand in lists of their own.
    public func lists(_ symbol: String) -> Bool { !symbol.contains(":") }

    /// Bars, oldest first, at most 5000 in an answer.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard Self.intervals.contains(query.interval.text) else { return nil }
        let millisecond: Int64 = 1_000_000
        let month: Int64 = 28 * 86_400
        let length = max(query.interval.seconds, query.interval.months * month) * 1000
        // Without any time the venue gives its newest; without an end likewise.
        var range = #""startTime":0"#
        if query.from != nil || query.to != nil {
            let last = query.to.map { $0 / millisecond - 1 }
            let from = query.from.map { $0 / millisecond } ?? max(0, (last ?? 0) - length * 500)
            let page = from + length * Self.pageBars - 1
            range = #""startTime":\#(from),"endTime":\#(min(last ?? page, page))"#
        }
        return info(
            #"{"type":"candleSnapshot","req":{"coin":"\#(Self.plain(query.symbol))","#
                + #""interval":"\#(query.interval.text)",\#(range)}}"#,
            weight: 20 + Self.pageBars / 60)
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? { info(#"{"type":"exchangeStatus"}"#, weight: 2) }

    /// `BTC/USDC:USDC` is `BTC`; a spot pair keeps its name, which the venue only knows for
    /// `PURR/USDC` (others are `@` and a number, told by `spotMeta`).
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return halves.count == 1 ? pair : nil }
        guard !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
        return halves[1].contains(":") ? String(halves[0]) : pair
    }

    static let pageBars: Int64 = 5000
    static let intervals = [
        "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M",
    ]

    private func info(_ body: String, weight: Int64) -> VenueRequest {
        VenueRequest("POST", "/info", body: body, weight: weight)
    }
}

extension HyperliquidAdapter {
    /// Whether a coin is a spot pair.
    static func isSpot(_ coin: String) -> Bool { coin.contains("/") || coin.hasPrefix("@") }

    /// What subscribes to a topic, as JSON.
    func subscription(of topic: Topic) throws(Failure) -> String {
        let name = topic.symbol
        if topic.channel.isPrivate { return try userSubscription(of: topic.channel, name) }
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isPlain) else {
            throw Failure(
                .usage, "hyperliquid has no coin '\(name)': write it as BTC, PURR/USDC or @107")
        }
        switch topic.channel {
        case .trades: return #"{"type":"trades","coin":"\#(name)"}"#
        case .l2: return #"{"type":"l2Book","coin":"\#(name)"}"#
        case .bbo: return #"{"type":"bbo","coin":"\#(name)"}"#
        case .bars:
            let interval = (topic.interval ?? BarInterval(seconds: 60)).text
            guard Self.intervals.contains(interval) else {
                throw Failure(.notFound, "hyperliquid has no bars of \(interval)")
            }
            return #"{"type":"candle","coin":"\#(name)","interval":"\#(interval)"}"#
        case .markPrice: return #"{"type":"activeAssetCtx","coin":"\#(name)"}"#
        case .funding where !Self.isSpot(name), .indexPrice where !Self.isSpot(name),
            .openInterest where !Self.isSpot(name):
            return #"{"type":"activeAssetCtx","coin":"\#(name)"}"#
        default:
            throw Failure(
                .notFound, "hyperliquid has no channel \(topic.channel.rawValue) for \(name)")
        }
    }

    private func userSubscription(
        of channel: FeedChannel, _ user: String
    ) throws(Failure) -> String {
        let isAddress =
            user.utf8.count == 42 && user.hasPrefix("0x")
            && user.dropFirst(2).allSatisfy { $0.isHexDigit && $0.isASCII }
        guard isAddress else {
            throw Failure(
                .usage,
                "hyperliquid's channel \(channel.rawValue) takes a user's address (0x and 40 "
                    + "digits) in place of a symbol, not '\(user)'")
        }
        let type =
            switch channel {
            case .fills: "userFills"
            case .orders: "orderUpdates"
            case .positions: "clearinghouseState"
            default: "spotState"
            }
        return #"{"type":"\#(type)","user":"\#(user)"}"#
    }

    /// Letters, digits and what coins are made of; nothing that JSON must escape.
    static func isPlain(_ byte: UInt8) -> Bool {
        OKXAdapter.isPlain(byte)
            || [UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "#")]
                .contains(byte)
    }

    /// A coin for a question; one that cannot be a coin is left empty, which the venue refuses.
    static func plain(_ coin: String) -> String {
        coin.utf8.allSatisfy(isPlain) ? coin : ""
    }

    private func requests(_ method: String, _ topics: [Topic]) -> [String] {
        var subscriptions: [String] = []
        for topic in topics {
            guard let text = try? subscription(of: topic) else { continue }  // refused earlier
            if subscriptions.contains(text) { continue }
            subscriptions.append(text)
        }
        return subscriptions.map { #"{"method":"\#(method)","subscription":\#($0)}"# }
    }

    private static func makeProfile() -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var profile = VenueProfile(
            venue: .hyperliquid, webSocketBase: "wss://api.hyperliquid.xyz",
            restBase: "https://api.hyperliquid.xyz",
            channels: [
                .trades, .l2, .bbo, .bars, .funding, .markPrice, .indexPrice, .openInterest,
                .fills, .orders, .positions, .balances,
            ],
            bookSource: .snapshots, ping: .text(#"{"method":"ping"}"#, every: 30 * second))
        profile.limits = [
            RateLimit("connections", 30, per: 60 * second),
            RateLimit("messages", 2000, per: 60 * second),
            RateLimit("weight", 1200, per: 60 * second),
        ]
        profile.topicsPerConnection = 200
        profile.topicsPerMessage = 1
        profile.cadences = [
            .l2: 5 * second, .markPrice: 10 * second, .indexPrice: 10 * second,
            .funding: 10 * second, .openInterest: 10 * second,
        ]
        profile.pollInstruments()
        return profile
    }
}
