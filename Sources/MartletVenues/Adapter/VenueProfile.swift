// A venue's limits and habits as data: addresses, pings, lifetimes, budgets, cadences.

public import MartletModel

/// How a connection is kept alive.
public enum PingRule: Hashable, Sendable {
    /// The venue pings with WebSocket frames, at least this often (ns); we only answer.
    case venuePings(every: Int64)
    /// We send this text this often (ns), and the venue answers.
    case text(String, every: Int64)
    /// We send WebSocket ping frames this often (ns).
    case frames(every: Int64)
}

/// So many of something within a window.
public struct RateLimit: Hashable, Sendable {
    /// What is counted: `connections`, `messages`, `weight`, `requests`, `subscriptions`.
    public let name: String
    /// How many.
    public let capacity: Int64
    /// Within this time, ns.
    public let window: Int64

    /// A limit from its numbers, both above 0.
    public init(_ name: String, _ capacity: Int64, per window: Int64) {
        precondition(capacity > 0 && window > 0, "a limit is above 0")
        self.name = name
        self.capacity = capacity
        self.window = window
    }
}

/// How the books of a venue are put together.
public enum BookSource: Hashable, Sendable {
    /// A snapshot by REST joined with changes of the stream by these rules.
    case requested(SyncNumbering)
    /// The stream starts with a snapshot; changes follow by these rules.
    case streamed(SyncNumbering)
    /// Every message is a whole book (or its whole top).
    case snapshots
    /// The venue has no book, only quotes.
    case none
}

/// How a channel is asked for by requests, again and again.
public struct PollingRule: Hashable, Sendable {
    /// From one question to the next of the same; ns. Longer where many questions share a limit.
    public let every: Int64
    /// Whether no stream carries the channel; else the stream's changes come besides the answers.
    public let isOnly: Bool

    /// A rule from its parts; `every` is above 0.
    public init(every: Int64, isOnly: Bool) {
        precondition(every > 0, "time passes between two questions")
        self.every = every
        self.isOnly = isOnly
    }
}

/// Addresses, limits and habits of one venue. Sources: the venue's page under docs/venues.
public struct VenueProfile: Sendable {
    /// The id.
    public let venue: VenueID
    /// Scheme, host and port of the public streams, such as `wss://fstream.binance.com`.
    public var webSocketBase: String
    /// Scheme, host and port of the REST interface.
    public var restBase: String
    /// Other REST hosts, by how the paths begin that they serve; see ``restBase(for:)``.
    public var otherRestBases: [(prefix: String, base: String)]
    /// What can be subscribed to.
    public var channels: Set<FeedChannel>
    /// How books are put together.
    public var bookSource: BookSource
    /// How a connection is kept alive.
    public var ping: PingRule
    /// When the venue ends a connection, ns; nil where it does not.
    public var lifetime: Int64?
    /// Limits per address: connection attempts, messages to the venue, REST weight.
    public var limits: [RateLimit]
    /// How many of the venue's markets share the limits of an address, this one included.
    public var marketsSharingLimits: Int
    /// Topics on one connection at most.
    public var topicsPerConnection: Int
    /// Topics in one subscribe message at most.
    public var topicsPerMessage: Int
    /// How often a channel speaks at the slowest while all is well, ns; missing: not known.
    public var cadences: [FeedChannel: Int64]
    /// Channels that the venue tells only, or completely only, in answers to requests.
    public var polled: [FeedChannel: PollingRule]
    /// Whether public data need a key (Alpaca).
    public var needsCredentials: Bool
    /// Whether the venue acknowledges a subscription whatever it names and on whatever path.
    public var acknowledgesAnything: Bool

    /// A profile from what every venue has.
    public init(
        venue: VenueID, webSocketBase: String, restBase: String, channels: Set<FeedChannel>,
        bookSource: BookSource, ping: PingRule
    ) {
        self.venue = venue
        self.webSocketBase = webSocketBase
        self.restBase = restBase
        self.channels = channels
        self.bookSource = bookSource
        self.ping = ping
        otherRestBases = []
        lifetime = nil
        limits = []
        marketsSharingLimits = 1
        topicsPerConnection = 200
        topicsPerMessage = 50
        cadences = [:]
        polled = [:]
        needsCredentials = false
        acknowledgesAnything = false
    }

    /// The rules of instruments are asked for at the start and every five minutes.
    public mutating func pollInstruments(besidesStream: Bool = false) {
        channels.insert(.instruments)
        polled[.instruments] = PollingRule(every: 300_000_000_000, isOnly: !besidesStream)
        cadences[.instruments] = 900_000_000_000
    }

    /// Whether a stream carries a channel, at least its changes.
    public func isStreamed(_ channel: FeedChannel) -> Bool {
        channels.contains(channel) && polled[channel]?.isOnly != true
    }

    /// Scheme, host and port of the REST interface that serves a path.
    public func restBase(for path: String) -> String {
        otherRestBases.first { path.hasPrefix($0.prefix) }?.base ?? restBase
    }
}
