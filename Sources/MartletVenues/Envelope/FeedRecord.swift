// What a stream says about itself: connections, holes, repairs, states of books, signs of life.

/// How far a book or another channel can be trusted.
@frozen public enum FeedState: String, CaseIterable, Sendable {
    /// Being put together; nothing of it is delivered as live.
    case syncing
    /// Whole, in sequence, fresh.
    case live
    /// Messages are missing; being put together again.
    case gapped
    /// Silent for longer than its watchdog allows.
    case stale
    /// Silent, as a channel that speaks only when something happens may be.
    case quiet
}

/// Why something was lost, ended or made again.
public struct FeedTrouble: Hashable, Sendable {
    /// In a few words, such as `sequence`, `crossed`, `checksum`, `silent`.
    public var reason: String?
    /// The sequence that was expected, where the venue numbers its messages.
    public var expected: Int64?
    /// The sequence that was seen instead.
    public var seen: Int64?
    /// How many are concerned: missing or dropped messages, attempts to connect.
    public var count: Int64?

    /// A trouble from its facts.
    public init(
        _ reason: String? = nil, expected: Int64? = nil, seen: Int64? = nil, count: Int64? = nil
    ) {
        self.reason = reason
        self.expected = expected
        self.seen = seen
        self.count = count
    }
}

/// What has happened since the stream began, or since the last sign of life.
public struct FeedCounts: Hashable, Sendable {
    /// Messages received.
    public var frames: Int64
    /// Events delivered.
    public var events: Int64
    /// Holes found.
    public var gaps: Int64
    /// Books put together again.
    public var resyncs: Int64
    /// Events dropped or conflated.
    public var dropped: Int64

    /// Counts; all 0 unless told.
    public init(
        frames: Int64 = 0, events: Int64 = 0, gaps: Int64 = 0, resyncs: Int64 = 0,
        dropped: Int64 = 0
    ) {
        self.frames = frames
        self.events = events
        self.gaps = gaps
        self.resyncs = resyncs
        self.dropped = dropped
    }
}

/// A record of the stream itself, which stands between the events in the order in which it happened.
public enum FeedRecord: Hashable, Sendable {
    /// A connection is open; `count` is the number of attempts that it took.
    case connect(FeedTrouble)
    /// A connection ended; `count` is how many messages it brought.
    case disconnect(FeedTrouble)
    /// Messages are missing; `count` is how many where the numbers tell.
    case gap(FeedTrouble)
    /// A book was put together again; `count` is how many changes were thrown away for it.
    case resync(FeedTrouble)
    /// Nothing went wrong; with counts.
    case heartbeat(FeedCounts)
    /// A channel's trust changed, for this reason.
    case state(FeedState, reason: String?)

    /// The envelope's `type`.
    public var type: String {
        switch self {
        case .connect: "connect"
        case .disconnect: "disconnect"
        case .gap: "gap"
        case .resync: "resync"
        case .heartbeat: "heartbeat"
        case .state: "status"
        }
    }
}
