// What a feed is asked to do: sources, addresses, keys, paces.

public import MartletModel
public import MartletNetwork
public import MartletVenues

/// Channels of instruments of one venue, as the user asked for them.
public struct FeedSource: Hashable, Sendable {
    /// The venue.
    public var venue: VenueID
    /// Names or patterns (`BTC*`) as the venue spells them.
    public var symbols: [String]
    /// Which channels.
    public var channels: [FeedChannel]
    /// The length of bars; nil for a minute.
    public var interval: BarInterval?

    /// A source by its parts.
    public init(
        venue: VenueID, symbols: [String], channels: [FeedChannel], interval: BarInterval? = nil
    ) {
        self.venue = venue
        self.symbols = symbols
        self.channels = channels
        self.interval = interval
    }

    /// Whether a name is a pattern.
    public static func isPattern(_ symbol: String) -> Bool {
        symbol.contains("*") || symbol.contains("?")
    }

    /// The topics of names that are no patterns, and of those that match one.
    public func topics(known: [String]) -> [Topic] {
        var result: [Topic] = []
        for symbol in symbols {
            let names =
                Self.isPattern(symbol)
                ? known.filter { Self.matches($0, pattern: symbol) }.sorted() : [symbol]
            for name in names {
                for channel in channels {
                    let interval = channel == .bars ? interval : nil
                    let topic = Topic(channel, of: name, interval: interval)
                    if !result.contains(topic) { result.append(topic) }
                }
            }
        }
        return result
    }

    /// Whether a name fits a pattern of letters, `*` (any letters) and `?` (one letter).
    public static func matches(_ name: String, pattern: String) -> Bool {
        let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
        var (at, place) = (0, 0)
        var star: (place: Int, at: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count,
                pattern[place] == name[at] || pattern[place] == UInt8(ascii: "?")
            {
                at += 1
                place += 1
            } else if let last = star {
                star = (last.place, last.at + 1)
                (at, place) = (last.at + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Addresses that replace a venue's own.
public struct VenueAddress: Hashable, Sendable {
    /// Replaces the streams' base; with a path other than `/` it is used as it is for every route.
    public var webSocket: String?
    /// Replaces the base of requests.
    public var rest: String?

    /// Addresses; nil keeps the venue's own.
    public init(webSocket: String? = nil, rest: String? = nil) {
        self.webSocket = webSocket
        self.rest = rest
    }

    /// The path that replaces all routes' own; nil where they keep them.
    var path: String? {
        guard let webSocket else { return nil }
        let path = Self.split(webSocket).path
        return path.isEmpty || path == "/" ? nil : path
    }

    /// The URL of a route.
    func url(of route: StreamRoute, base: String) -> String {
        guard let webSocket else { return base + route.path }
        let (origin, path) = Self.split(webSocket)
        return path.isEmpty || path == "/" ? origin + route.path : webSocket
    }

    /// The base of requests for a path: as told, else the same host as the streams, else the
    /// venue's for such paths.
    public func restBase(for path: String, of profile: VenueProfile) -> String {
        if let rest { return rest.hasSuffix("/") ? String(rest.dropLast()) : rest }
        guard let webSocket else { return profile.restBase(for: path) }
        let (origin, _) = Self.split(webSocket)
        if origin.hasPrefix("wss://") { return "https://" + origin.dropFirst(6) }
        if origin.hasPrefix("ws://") { return "http://" + origin.dropFirst(5) }
        return origin
    }

    private static func split(_ url: String) -> (origin: String, path: String) {
        guard let scheme = url.firstRange(of: "://") else { return (url, "") }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return (url, "") }
        return (String(url[..<slash]), String(rest[slash...]))
    }
}

/// How a feed runs.
public struct FeedSettings: Sendable {
    /// What to listen to.
    public var sources: [FeedSource] = []
    /// Other addresses than the venues' own, by venue.
    public var addresses: [VenueID: VenueAddress] = [:]
    /// Keys for public data that need them, by venue.
    public var credentials: [VenueID: VenueCredentials] = [:]
    /// Whom to trust.
    public var tls = TLSOptions()
    /// Proxies to take.
    public var proxies = ProxySettings()
    /// Whether compressed messages are asked for.
    public var deflate = false
    /// Topics on one connection at most, below what the venue allows; nil for the venue's limit.
    public var topicsPerConnection: Int?
    /// Between two signs of life of a connection; ns.
    public var heartbeatEvery: Int64 = 10_000_000_000
    /// Between two questions of the same for what no stream tells, ns; nil for the venue's pace.
    public var pollEvery: Int64?
    /// Between two questions for a list of instruments of which something was missing; ns.
    public var listRetryEvery: Int64 = 30_000_000_000
    /// Between two looks at the clock; ns.
    public var tickEvery: Int64 = 250_000_000
    /// Between two measurements of the clock offset; ns.
    public var clockEvery: Int64 = 60_000_000_000
    /// Seed of the jitter.
    public var seed: UInt64 = 1
    /// Says which of the known names was probably meant; nil for none.
    public var nearest: @Sendable (String, [String]) -> String? = { _, _ in nil }

    /// The values above.
    public init() {}
}
