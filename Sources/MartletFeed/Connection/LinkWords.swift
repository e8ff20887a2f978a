// The words of a link: what happens to it, and what it wants done.

public import MartletVenues

/// What happened to a link. Sockets are numbered by the link, from 1.
public enum LinkInput: Hashable, Sendable {
    /// Begin.
    case start
    /// End for good.
    case stop
    /// The socket is connected and its handshake done.
    case opened(Int)
    /// A control message came.
    case control(Int, LinkControl)
    /// The socket is gone, or could not be opened.
    case closed(Int, LinkFailure)
    /// Everything subscribed on the socket is known and live.
    case synced(Int)
    /// Subscribe anew to these, to get their snapshots.
    case resubscribe([Topic])
    /// From now on these are wanted.
    case wanted([Topic])
    /// The connection is of no use: end it and open another one.
    case reconnect(String)
    /// The time that ``LinkMachine/deadline`` names has come.
    case tick
}

/// Why a socket ended.
public struct LinkFailure: Hashable, Sendable {
    /// In a few words for the stream, such as `resolve`, `tls`, `closed`, `halfOpen`.
    public let reason: String
    /// HTTP status of a refused handshake or WebSocket close code; 0 where there is none.
    public let status: Int
    /// How long the venue wants to be left alone, ns, where it says so.
    public let retryAfter: Int64?
    /// For people: host and cause.
    public let message: String

    /// A failure from its facts.
    public init(_ reason: String, status: Int = 0, retryAfter: Int64? = nil, message: String = "") {
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
        self.message = message
    }
}

/// What a link wants done, in order.
public enum LinkEffect: Hashable, Sendable {
    /// Open a socket.
    case open(Int)
    /// Send a text.
    case send(Int, String)
    /// Send a ping frame.
    case ping(Int)
    /// Close a socket; what it still brings is not wanted.
    case close(Int)
    /// A socket is open after so many attempts.
    case connected(Int, attempts: Int64)
    /// A socket that was open is gone.
    case disconnected(Int, reason: String)
    /// The first messages of these topics are awaited on the socket from now on.
    case expect(Int, [Topic])
    /// Nothing of these topics is awaited any more.
    case forget(Int, [Topic])
    /// What this socket brings is delivered from now on.
    case promote(Int)
    /// What this socket brings is delivered no more, apart from late trades.
    case retire(Int)
    /// The venue refuses these topics.
    case refused([Topic], reason: String)
    /// For people.
    case note(String)
}

/// How long to wait before connecting again.
public struct Backoff: Hashable, Sendable {
    /// The first wait at most; ns.
    public let first: Int64
    /// The longest wait during the first ``patience`` attempts; ns.
    public let cap: Int64
    /// The longest wait after that; ns.
    public let longCap: Int64
    /// Attempts until waits grow to ``longCap``.
    public let patience: Int64

    /// A backoff; all above 0, and `cap` at most `longCap`.
    public init(
        first: Int64 = 100_000_000, cap: Int64 = 1_000_000_000, longCap: Int64 = 5_000_000_000,
        patience: Int64 = 60
    ) {
        precondition(first > 0 && cap >= first && longCap >= cap, "waits grow")
        self.first = first
        self.cap = cap
        self.longCap = longCap
        self.patience = patience
    }

    /// The wait before attempt `attempt` (0: the connection was good until now), with jitter.
    public func delay(attempt: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        guard attempt > 0 else { return Int64.random(in: 0...first, using: &random) }
        let most = attempt > patience ? longCap : cap
        var wait = first
        for _ in 0..<min(attempt, 40) where wait < most { wait *= 2 }
        wait = min(wait, most)
        return Int64.random(in: (wait / 2)...wait, using: &random)
    }
}

/// Times that a link keeps; ns.
public struct LinkTimes: Hashable, Sendable {
    /// For a socket to open, during the first ``patience`` attempts: an attempt that hangs must not
    /// outlive the outage by much.
    public var open: Int64 = 2_000_000_000
    /// For a socket to open after that: the way may just be long.
    public var longOpen: Int64 = 10_000_000_000
    /// See ``open``.
    public var patience: Int64 = 10
    /// For a greeting or an authentication.
    public var authentication: Int64 = 10_000_000_000
    /// Silence after which a ping is sent.
    public var probe: Int64 = 2_500_000_000
    /// For an answer to a ping.
    public var pong: Int64 = 2_500_000_000
    /// How long a connection that was taken over from still brings late trades.
    public var drain: Int64 = 2_000_000_000
    /// For a successor to be synced before another one is tried.
    public var sync: Int64 = 60_000_000_000
    /// How long a connection must have lasted to count as good, where it delivered something.
    public var good: Int64 = 1_000_000_000
    /// How long a connection must have lasted to count as good, where it delivered nothing.
    public var quietGood: Int64 = 60_000_000_000
    /// Left alone after a 429 without a time, and after a 403 or 418.
    public var limited: Int64 = 5_000_000_000
    /// See ``limited``.
    public var banned: Int64 = 120_000_000_000
    /// The least time between two renewals that the venue asks for.
    public var renewal: Int64 = 10_000_000_000

    /// The usual times.
    public init() {}
}
