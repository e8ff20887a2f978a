// One line of a fault plan: what goes wrong, when, to whom.

/// What can be made to go wrong.
package enum FaultKind: String, CaseIterable, Sendable {
    // Network.

    /// Messages arrive later, by `delay`.
    case delay
    /// Messages arrive later by chance, by up to `delay`, in order.
    case jitter
    /// A connection ends without a close frame: the socket is reset.
    case drop
    /// A connection ends with a close frame (`code`).
    case close
    /// A connection stays open, and nothing more is sent, nor answered.
    case halfOpen
    /// New connections are refused: what a client meets whose resolver gives a dead address.
    case dnsFailure
    /// TLS handshakes fail.
    case tlsFailure
    /// What clients send is read late, by `delay`.
    case slowRead
    /// Messages are sent in fragments of `size` bytes.
    case fragment

    // Market data.

    /// A message is left out.
    case gap
    /// A message is sent twice.
    case duplicate
    /// A message is sent after its successor.
    case swap
    /// A book that is asked for is an old one.
    case staleSnapshot
    /// A bid at or above the best ask, or a quote turned round.
    case crossedBook
    /// A checksum does not fit.
    case checksumMismatch
    /// A stream falls silent; others go on.
    case silentChannel
    /// Update numbers start from 1 again.
    case sequenceReset
    /// A message is cut in the middle.
    case truncatedPayload
    /// A price is `factor` times what it was.
    case priceOutlier
    /// A time lies `by` in the past.
    case timeBackwards
    /// REST requests are refused with 429.
    case rateLimit
    /// REST requests are refused with 418: the address is banned.
    case ban
    /// REST says that the venue is under maintenance; connections are closed.
    case maintenance
    /// The venue announces its end and closes connections a moment later.
    case serverShutdown

    /// Whether it lasts: it is on for a time, not one message.
    package var isState: Bool {
        switch self {
        case .delay, .jitter, .dnsFailure, .tlsFailure, .slowRead, .fragment,
            .silentChannel, .rateLimit, .ban, .maintenance:
            true
        default: false
        }
    }

    /// Whether it happens to a whole connection or the server at a time, not to a message.
    package var isTimed: Bool {
        switch self {
        case .drop, .close, .halfOpen, .serverShutdown: true
        default: isState
        }
    }

    /// The kind of this name; nil where there is none.
    package static func named(_ name: String) -> FaultKind? {
        allCases.first { $0.rawValue == name }
    }
}

/// Which updates a fault is about.
package enum FaultChannel: String, CaseIterable, Sendable {
    /// All of them.
    case all
    /// Trades, single and aggregated.
    case trades
    /// Books: changes, tops and snapshots.
    case book
    /// Best bid and ask.
    case quote
    /// Bars.
    case bars
    /// Mark price, index price, funding.
    case reference
    /// Open interest.
    case openInterest
    /// Forced orders.
    case liquidations

    /// Whether a stream is of it; a day's statistics go with the bars.
    package func holds(_ kind: StreamKind) -> Bool {
        switch (self, kind) {
        case (.all, _), (.trades, .trades), (.trades, .aggregateTrades), (.book, .book),
            (.book, .top), (.quote, .quote), (.bars, .bars), (.bars, .ticker),
            (.reference, .reference), (.openInterest, .openInterest),
            (.liquidations, .liquidations):
            true
        default: false
        }
    }

    /// Whether an update is of it.
    package func holds(_ update: MarketUpdate) -> Bool {
        switch (self, update.content) {
        case (.all, _), (.trades, .trade), (.book, .book), (.quote, .quote), (.bars, .bars),
            (.reference, .reference), (.openInterest, .openInterest),
            (.liquidations, .liquidation):
            true
        default: false
        }
    }
}

/// When a fault strikes.
package enum FaultTiming: Hashable, Sendable {
    /// Once, so many ns after the server's start.
    case after(Int64)
    /// Again and again, at these times after the start: every so many ns.
    case every(Int64)
    /// Once per stream and connection, at its n-th message.
    case atMessage(Int64)
    /// At every n-th message of a stream on a connection.
    case everyMessages(Int64)
    /// At a message with this probability, in units of 10⁻⁶.
    case probability(millionths: Int64)
}

/// One rule of a fault plan.
package struct FaultRule: Hashable, Sendable {
    /// What goes wrong.
    package var kind: FaultKind
    /// When.
    package var timing: FaultTiming
    /// How long a lasting fault lasts, ns; the silence before the end of `serverShutdown`.
    package var duration: Int64 = 1_000_000_000
    /// Which updates.
    package var channel = FaultChannel.all
    /// Which instrument, as the venue spells it; nil: any.
    package var instrument: String?
    /// Which connection, by number from 1; nil: any.
    package var connection: Int?
    /// How often at most; nil: as often as it comes.
    package var count: Int64?
    /// By how much `delay`, `jitter`, `slowRead` and `timeBackwards` shift, ns.
    package var delay: Int64 = 100_000_000
    /// Bytes of a fragment.
    package var size = 16
    /// The close code of `close`.
    package var code: UInt16 = 1001
    /// What `priceOutlier` multiplies by, in thousandths.
    package var factorThousandths: Int64 = 10_000

    /// A rule by kind and time.
    package init(_ kind: FaultKind, _ timing: FaultTiming) {
        self.kind = kind
        self.timing = timing
    }
}

/// Everything that is to go wrong.
package struct FaultPlan: Hashable, Sendable {
    /// Chance of the plan follows from it.
    package var seed: UInt64 = 1
    /// The rules, in the order of the file.
    package var rules: [FaultRule] = []

    /// A plan of these rules.
    package init(seed: UInt64 = 1, _ rules: [FaultRule] = []) {
        self.seed = seed
        self.rules = rules
    }

    /// What is wrong with a rule taken by itself; nil where it makes sense.
    package static func problem(with rule: FaultRule) -> String? {
        switch rule.timing {
        case .after(let time) where time < 0: return "after is 0 or more"
        case .every(let time) where time <= 0: return "every is above 0"
        case .atMessage(let number) where number < 1, .everyMessages(let number) where number < 1:
            return "messages count from 1"
        case .probability(let millionths) where !(0...1_000_000).contains(millionths):
            return "a probability is between 0 and 1"
        case .atMessage, .everyMessages, .probability:
            if rule.kind.isState || rule.kind == .serverShutdown {
                return "\(rule.kind.rawValue) is timed by after or every"
            }
        default: break
        }
        if rule.duration <= 0 { return "for is above 0" }
        if rule.size < 1 { return "size is 1 or more" }
        if rule.delay <= 0 { return "delay and by are above 0" }
        return nil
    }
}
