// What Martlet knows of one venue, as pure values: what to send, what to ask, how to read it.

public import MartletModel

/// One kind of connection of a venue: all topics on it share the path.
public struct StreamRoute: Hashable, Sendable {
    /// A short name for logs and metrics, such as `public` or `business`.
    public let name: String
    /// The path (with query, if any) after the venue's base, such as `/public/stream`.
    public let path: String

    /// A route by name and path.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// A request to a venue's REST interface.
public struct VenueRequest: Hashable, Sendable {
    /// `GET` or `POST`.
    public let method: String
    /// Path and query.
    public let path: String
    /// The body of a POST, else empty.
    public let body: String
    /// What it costs of the venue's REST limit (``RateLimit`` named `weight` or `requests`).
    public let weight: Int64

    /// A request from its parts.
    public init(_ method: String = "GET", _ path: String, body: String = "", weight: Int64 = 1) {
        self.method = method
        self.path = path
        self.body = body
        self.weight = weight
    }

    /// As ``Frame/request`` wants it.
    public var summary: String { body.isEmpty ? "\(method) \(path)" : "\(method) \(path) \(body)" }
}

/// A key pair that public data need on some venues. Never printed.
public struct VenueCredentials: Sendable {
    /// The public half.
    public let key: String
    /// The secret half.
    public let secret: String

    /// A key pair.
    public init(key: String, secret: String) {
        self.key = key
        self.secret = secret
    }
}

/// Bars to ask for.
public struct BarQuery: Hashable, Sendable {
    /// The instrument as the venue spells it.
    public let symbol: String
    /// Length of a bar.
    public let interval: BarInterval
    /// First open time wanted, ns; nil for the latest bars.
    public let from: Int64?
    /// End of the wanted time, exclusive, ns.
    public let to: Int64?

    /// A query from its parts.
    public init(symbol: String, interval: BarInterval, from: Int64?, to: Int64?) {
        self.symbol = symbol
        self.interval = interval
        self.from = from
        self.to = to
    }
}

/// Everything a feed needs to know of a venue. All methods are pure.
public protocol VenueAdapter: Sendable {
    /// Addresses, limits, habits.
    var profile: VenueProfile { get }
    /// A decoder for the venue's messages.
    func makeDecoder() -> any VenueDecoder
    /// The connection that carries a topic.
    ///
    /// - Throws: `notFound` where the venue has no such channel, `usage` for a symbol that cannot
    ///   be one of this venue.
    func route(of topic: Topic) throws(Failure) -> StreamRoute
    /// The instrument that the events of a topic name: the topic's own, but for indices with names
    /// of their own. Empty where they are of the whole venue or account.
    func subject(of topic: Topic) -> String
    /// The messages that subscribe to topics of one route; `id` numbers the first request.
    func subscribe(_ topics: [Topic], id: Int64) -> [String]
    /// The messages that end subscriptions.
    func unsubscribe(_ topics: [Topic], id: Int64) -> [String]
    /// The message that authenticates a public connection, where the venue wants one.
    func authentication(_ credentials: VenueCredentials) -> String?
    /// Asks for a book snapshot; nil where the stream brings it.
    func bookSnapshot(of symbol: String) -> VenueRequest?
    /// Asks for the book as it is now, to look at it; nil where the venue tells it on streams only.
    func currentBook(of symbol: String) -> VenueRequest?
    /// Asks for trades after the given id or time (ns), to fill a hole; nil where impossible.
    func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest?
    /// Asks for the rules of all instruments, or of one.
    func instruments(_ symbol: String?) -> [VenueRequest]
    /// Whether the answers to ``instruments(_:)`` for all instruments would have such a name; where
    /// not, a name that they lack may still be one.
    func lists(_ symbol: String) -> Bool
    /// Asks for the open interest of an instrument; nil where streams tell it, or the venue has none.
    func openInterest(of symbol: String) -> VenueRequest?
    /// Asks for bars; the venue's page size applies. Nil where the venue has no such interval.
    func bars(_ query: BarQuery) -> VenueRequest?
    /// Asks for the venue's clock; its answer decodes to ``ControlMessage/serverTime(_:)``.
    func serverTime() -> VenueRequest?
    /// The venue's spelling of a pair such as `BTC/USDT` (spot) or `BTC/USDT:USDT` (contract that
    /// settles in USDT); a text without `/` is given back as it is.
    func symbol(for pair: String) -> String?
    /// Asks for the page of an answer that begins at `cursor` (``EventBatch/nextPage``); nil where
    /// the venue's answers have no pages.
    func nextPage(of request: VenueRequest, from cursor: String) -> VenueRequest?
    /// The headers that a REST request for public data must carry, where the venue wants a key.
    func headers(_ credentials: VenueCredentials) -> [RequestHeader]
}

extension VenueAdapter {
    /// Private events are of the account and rules of many instruments, all others of the topic's.
    public func subject(of topic: Topic) -> String {
        topic.channel.isPrivate || topic.channel == .instruments ? "" : topic.symbol
    }
    /// Most venues list everything at one place.
    public func lists(_ symbol: String) -> Bool { true }
    /// Most venues have one request for both.
    public func currentBook(of symbol: String) -> VenueRequest? { bookSnapshot(of: symbol) }
    /// Most venues that have open interest stream it.
    public func openInterest(of symbol: String) -> VenueRequest? { nil }
    /// Most venues answer on one page.
    public func nextPage(of request: VenueRequest, from cursor: String) -> VenueRequest? { nil }
    /// Most venues want no key for public data.
    public func headers(_ credentials: VenueCredentials) -> [RequestHeader] { [] }
}

/// A header line of a REST request. Its value may be a secret: never printed.
public struct RequestHeader: Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// A header from its parts.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
