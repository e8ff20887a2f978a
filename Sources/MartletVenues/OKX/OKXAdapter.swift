// What a feed needs to know of OKX: routes, subscriptions, requests.

public import MartletModel

/// OKX, all products: spot, perpetual swaps, dated futures, options. Sources: docs/venues/okx.md.
public struct OKXAdapter: VenueAdapter {
    /// Addresses, limits, habits.
    public let profile: VenueProfile

    /// The adapter.
    public init() { profile = OKXAdapter.makeProfile() }

    /// A decoder.
    public func makeDecoder() -> any VenueDecoder { OKXDecoder() }

    /// Bars come on the `business` route, private channels on `private`, the rest on `public`.
    public func route(of topic: Topic) throws(Failure) -> StreamRoute {
        _ = try argument(of: topic)
        let name =
            topic.channel == .bars ? "business" : topic.channel.isPrivate ? "private" : "public"
        return StreamRoute(name: name, path: "/ws/v5/\(name)")
    }

    /// An index is named by the pair alone, and maintenance is of the venue.
    public func subject(of topic: Topic) -> String {
        switch topic.channel {
        case .indexPrice: Self.pair(of: topic.symbol)
        case .status, .instruments, .fills, .orders, .positions, .balances: ""
        default: topic.symbol
        }
    }

    /// `subscribe` messages; the venue echoes their ids.
    public func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("subscribe", topics, id)
    }

    /// `unsubscribe` messages.
    public func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        requests("unsubscribe", topics, id)
    }

    /// Public data need no key.
    public func authentication(_ credentials: VenueCredentials) -> String? { nil }

    /// 400 levels a side with their sequence number: what the stream continues where it brings no
    /// snapshot itself.
    public func bookSnapshot(of symbol: String) -> VenueRequest? {
        VenueRequest(
            "GET",
            "/api/v5/market/books?instId=\(RequestQuery.escaped(symbol))&sz=400"
                + "&source=0",
            weight: weight(40))
    }

    /// The newest 500 trades, newest first.
    public func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? {
        VenueRequest(
            "GET", "/api/v5/market/trades?instId=\(RequestQuery.escaped(symbol))&limit=500",
            weight: weight(100))
    }

    /// All spot, swap and futures instruments, or one. Options have to be asked for by family.
    public func instruments(_ symbol: String?) -> [VenueRequest] {
        let path = "/api/v5/public/instruments?instType="
        if let symbol {
            let type = OKXAdapter.type(of: symbol)
            let family =
                type == "OPTION"
                ? "&instFamily=" + symbol.split(separator: "-").prefix(2).joined(separator: "-")
                : ""
            return [
                VenueRequest(
                    "GET", "\(path)\(type)\(family)&instId=\(RequestQuery.escaped(symbol))",
                    weight: weight(20))
            ]
        }
        return ["SPOT", "SWAP", "FUTURES"].map {
            VenueRequest("GET", path + $0, weight: weight(20))
        }
    }

    /// Options are listed by family only.
    public func lists(_ symbol: String) -> Bool { OKXAdapter.type(of: symbol) != "OPTION" }

    /// Bars, newest first: the latest 300, or the first 100 from a time on. The venue's `after`
    /// and `before` exclude what they name.
    public func bars(_ query: BarQuery) -> VenueRequest? {
        guard let word = OKXAdapter.word(for: query.interval) else { return nil }
        let common = "?instId=\(RequestQuery.escaped(query.symbol))&bar=\(word)"
        guard let from = query.from else {
            var path = "/api/v5/market/candles" + common
            if let to = query.to { path += "&after=\(to / 1_000_000)" }
            return VenueRequest("GET", path + "&limit=300", weight: weight(40))
        }
        let millisecond: Int64 = 1_000_000
        let first = from / millisecond - 1
        // A page is its newest rows: one that is wider than its limit would skip the oldest.
        let month: Int64 = 28 * 86_400
        let span =
            (query.interval.months > 0 ? query.interval.months * month : query.interval.seconds)
        let end = first + 1 + span * 1000 * Self.pageBars
        let last = min(query.to.map { $0 / millisecond } ?? end, end)
        return VenueRequest(
            "GET",
            "/api/v5/market/history-candles\(common)&before=\(first)&after=\(last)"
                + "&limit=\(Self.pageBars)",
            weight: weight(20))
    }

    /// The venue's clock.
    public func serverTime() -> VenueRequest? {
        VenueRequest("GET", "/api/v5/public/time", weight: weight(10))
    }

    /// `BTC/USDT` is `BTC-USDT`, `BTC/USDT:USDT` is `BTC-USDT-SWAP`, `BTC/USD:BTC-251226` is
    /// `BTC-USD-251226`.
    public func symbol(for pair: String) -> String? {
        let halves = pair.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return halves.count == 1 ? pair : nil }
        let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard !halves[0].isEmpty, let quote = parts.first, !quote.isEmpty, parts.count <= 2 else {
            return nil
        }
        let spot = "\(halves[0])-\(quote)"
        guard parts.count == 2 else { return spot }
        let settlement = parts[1].split(separator: "-", maxSplits: 1)
        guard let asset = settlement.first, !asset.isEmpty else { return nil }
        return settlement.count == 2 ? "\(spot)-\(settlement[1])" : "\(spot)-SWAP"
    }

    static let pageBars: Int64 = 100

    /// Each path has its own limit per 2 s; one budget of 200 counts them all.
    private func weight(_ limit: Int64) -> Int64 { 200 / limit }
}

extension OKXAdapter {
    /// What kind of product a name is of: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USD-251226`,
    /// `BTC-USD-251226-90000-C`.
    static func type(of symbol: String) -> String {
        if symbol.hasSuffix("-SWAP") { return "SWAP" }
        switch symbol.split(separator: "-").count {
        case 3: return "FUTURES"
        case 4...: return "OPTION"
        default: return "SPOT"
        }
    }

    /// `BTC-USDT` of `BTC-USDT-SWAP`.
    static func pair(of symbol: String) -> String {
        symbol.split(separator: "-").prefix(2).joined(separator: "-")
    }

    /// The venue's word for the length of a bar; days and what counts them begin at midnight UTC.
    static func word(for interval: BarInterval) -> String? {
        switch interval.text {
        case "1s", "1m", "3m", "5m", "15m", "30m": interval.text
        case "1h", "2h", "4h": interval.text.dropLast() + "H"
        case "6h", "12h": interval.text.dropLast() + "Hutc"
        case "1d", "2d", "3d": interval.text.dropLast() + "Dutc"
        case "1w": "1Wutc"
        case "1M", "3M": "\(interval.text)utc"
        default: nil
        }
    }

    /// What subscribes to a topic: the members of the argument, as JSON.
    func argument(of topic: Topic) throws(Failure) -> String {
        let symbol = topic.symbol
        guard symbol.utf8.allSatisfy(Self.isPlain) else {
            throw Failure(.usage, "okx has no instrument '\(symbol)': write it as BTC-USDT-SWAP")
        }
        switch topic.channel {
        case .status: return #"{"channel":"status"}"#
        case .instruments where symbol.isEmpty || symbol.contains("-"):
            let type = symbol.isEmpty ? "SWAP" : Self.type(of: symbol)
            return #"{"channel":"instruments","instType":"\#(type)"}"#
        case .fills, .orders: return #"{"channel":"orders","instType":"ANY"}"#
        case .positions: return #"{"channel":"positions","instType":"ANY"}"#
        case .balances: return #"{"channel":"account"}"#
        default: break
        }
        guard symbol.contains("-") else {
            throw Failure(.usage, "okx has no instrument '\(symbol)': write it as BTC-USDT-SWAP")
        }
        let type = Self.type(of: symbol)
        switch topic.channel {
        case .trades: return plain("trades", symbol)
        case .l2: return plain((topic.depth ?? 400) <= 5 ? "books5" : "books", symbol)
        case .bbo: return plain("bbo-tbt", symbol)
        case .bars:
            let interval = topic.interval ?? BarInterval(seconds: 60)
            guard let word = Self.word(for: interval) else {
                throw Failure(.notFound, "okx has no bars of \(interval.text)")
            }
            return plain("candle" + word, symbol)
        case .markPrice: return plain("mark-price", symbol)
        case .indexPrice:
            return plain("index-tickers", Self.pair(of: symbol))
        case .funding where type == "SWAP": return plain("funding-rate", symbol)
        case .openInterest where type != "SPOT": return plain("open-interest", symbol)
        case .liquidations where type != "SPOT":
            return #"{"channel":"liquidation-orders","instType":"\#(type)"}"#
        default:
            throw Failure(
                .notFound,
                "okx has no channel \(topic.channel.rawValue) for \(symbol) (\(type.lowercased()))")
        }
    }

    private func plain(_ channel: String, _ symbol: String) -> String {
        #"{"channel":"\#(channel)","instId":"\#(symbol)"}"#
    }

    /// Letters, digits and what names are joined with; nothing that JSON or a query must escape.
    static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private func requests(_ operation: String, _ topics: [Topic], _ id: Int64) -> [String] {
        var arguments: [String] = []
        for topic in topics {
            guard let argument = try? argument(of: topic) else { continue }  // refused earlier
            if arguments.contains(argument) { continue }
            arguments.append(argument)
        }
        let size = profile.topicsPerMessage
        return stride(from: 0, to: arguments.count, by: size).enumerated().map { index, first in
            let list = arguments[first..<min(first + size, arguments.count)].joined(separator: ",")
            return #"{"id":"\#(id + Int64(index))","op":"\#(operation)","args":[\#(list)]}"#
        }
    }

    private static func makeProfile() -> VenueProfile {
        let second: Int64 = 1_000_000_000
        var profile = VenueProfile(
            venue: .okx, webSocketBase: "wss://ws.okx.com:8443", restBase: "https://www.okx.com",
            channels: Set(FeedChannel.allCases), bookSource: .streamed(.okx),
            ping: .text("ping", every: 20 * second))
        // 480 subscriptions an hour count per connection, which many topics in a message respect.
        profile.limits = [
            RateLimit("connections", 3, per: second),
            RateLimit("weight", 200, per: 2 * second),
        ]
        profile.topicsPerConnection = 200
        profile.topicsPerMessage = 100
        profile.cadences = [
            .l2: second / 10, .bbo: second / 10, .markPrice: 10 * second, .indexPrice: 60 * second,
            .openInterest: 3 * second, .funding: 90 * second, .bars: 60 * second,
        ]
        return profile
    }
}
