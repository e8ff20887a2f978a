// Joins a venue's snapshot with its stream of changes, and says when the two no longer fit.

public import MartletModel

/// The state of one book's synchronisation. Pure: the caller holds the book and the kept messages,
/// passes the time (ns, one clock), and does what the decisions say.
///
/// On venues with numbers every lost, repeated, swapped or renumbered message is noticed with the
/// message itself or with the one after it. On the others only crossing, silence and time order
/// can be checked. Sources: the sync sections of the venues' documentation, see docs/venues.
public struct BookSync: Hashable, Sendable {
    /// How the venue numbers its changes.
    public let numbering: SyncNumbering
    /// Limits in force.
    public let limits: SyncLimits
    /// Last update that the book contains; meaningless before the first snapshot.
    public internal(set) var version: Int64 = 0
    /// Changes that the caller keeps.
    public internal(set) var bufferedCount = 0
    /// Books found broken, since the start.
    public internal(set) var gapCount: Int64 = 0
    /// Messages dropped as old, since the start.
    public internal(set) var oldCount: Int64 = 0
    /// Messages dropped as malformed, since the start.
    public internal(set) var malformedCount: Int64 = 0

    var phase = BookStatus.syncing
    var hasSnapshot = false
    /// Whether a change has continued the snapshot, or the snapshot stood in the stream itself.
    var isJoined = false
    /// Whether the book's version is known; false after a snapshot without a number.
    var hasVersion = false
    var firstBuffered: UpdateHeader?
    /// Kept changes that are still to be handed in again after a snapshot.
    var replaysLeft = 0
    var lastHeard: Int64?
    var lastExchangeTime: Int64?
    var crossedSince: Int64?
    /// The latest applied headers, to tell a repeated message from a renumbered one.
    var recent: [UpdateHeader] = []
    var recentIndex = 0

    /// How many applied headers are remembered.
    public static let recentMax = 8

    /// A book of which nothing is known yet.
    public init(numbering: SyncNumbering, limits: SyncLimits = SyncLimits()) {
        self.numbering = numbering
        self.limits = limits
    }

    /// Whether the book can be relied on. A crossed book is never live.
    public var status: BookStatus {
        phase == .live && crossedSince != nil ? .gapped : phase
    }

    /// Whether a snapshot has to be fetched. While a change chain is awaited it stays false.
    public var needsSnapshot: Bool { !hasSnapshot }

    /// Last update that the book contains, where there is one and the venue numbers them.
    public var knownVersion: Int64? { hasSnapshot && hasVersion ? version : nil }

    /// Whether the book was crossed when it was last looked at.
    public var isCrossed: Bool { crossedSince != nil }

    /// A change message arrived, or a kept one is handed in again after a snapshot.
    public mutating func change(_ header: UpdateHeader, at time: Int64) -> ChangeDecision {
        hear(time)
        let isReplayed = replaysLeft > 0
        if isReplayed { replaysLeft -= 1 }
        guard isWellFormed(header) else {
            malformedCount += 1
            return .dropMalformed
        }
        if numbering == .bybit, header.lastUpdate == 1 { return restart(header) }
        guard hasSnapshot else { return keep(header) }
        if continues(header) { return join(header) }
        // A number of the past that was never applied is no repetition: the venue counts anew.
        let isSettled = !isJoined || isReplayed
        guard recent.contains(header) || (isSettled && isOld(header)) else {
            return breakChain(keeping: header)
        }
        oldCount += 1
        return .dropOld
    }

    /// A snapshot arrived that contains everything up to update `lastUpdate`.
    ///
    /// - Parameters:
    ///   - lastUpdate: The venue's number of it; nil where it has none.
    ///   - origin: Whether it came in the stream or as an answer.
    ///   - exchangeTime: The venue's time of it, ns.
    ///   - time: When it arrived, ns.
    public mutating func snapshot(
        lastUpdate: Int64?, origin: SnapshotOrigin = .requested, exchangeTime: Int64? = nil,
        at time: Int64
    ) -> SnapshotDecision {
        hear(time)
        switch origin {
        case .requested: return requestedSnapshot(lastUpdate)
        case .streamed: return streamedSnapshot(lastUpdate, exchangeTime)
        }
    }

    /// The connection was lost: everything starts again, and kept changes are to be forgotten.
    public mutating func reset() {
        forget()
        phase = .syncing
        lastHeard = nil
    }

    /// The book was found wrong by other means (a checksum, a level that cannot be): it is not to
    /// be used, kept changes are to be forgotten, a snapshot is needed.
    public mutating func invalidate() { lose() }

    /// Says after an applied message whether the book is crossed. It is not live while it is; a
    /// cross that outlives ``SyncLimits/crossedMax`` breaks it: true is returned once, and a
    /// snapshot is needed.
    public mutating func observe(isCrossed: Bool, at time: Int64) -> Bool {
        guard isCrossed, hasSnapshot else {
            crossedSince = nil
            return false
        }
        guard let since = crossedSince else {
            crossedSince = time
            return false
        }
        guard elapsed(since, time) > limits.crossedMax else { return false }
        lose()
        return true
    }

    /// Looks at the clock: a live book of which nothing was heard for longer than `limit` becomes
    /// stale. The next change that continues the chain revives it.
    ///
    /// - Parameter limit: ns; ``SyncLimits/staleAfter`` where nil.
    public mutating func checkTime(_ time: Int64, limit: Int64? = nil) {
        guard phase == .live, let lastHeard,
            elapsed(lastHeard, time) > limit ?? limits.staleAfter
        else { return }
        phase = .stale
    }

    mutating func hear(_ time: Int64) { lastHeard = max(lastHeard ?? time, time) }

    private func elapsed(_ from: Int64, _ to: Int64) -> Int64 {
        let (difference, overflow) = to.subtractingReportingOverflow(from)
        return overflow ? (to > from ? Int64.max : Int64.min) : difference
    }

    private mutating func keep(_ header: UpdateHeader) -> ChangeDecision {
        guard numbering.joinsEarlyChanges else { return .dropEarly }
        guard bufferedCount < limits.bufferedMax else {
            firstBuffered = header
            bufferedCount = 1
            return .overflow
        }
        if firstBuffered == nil { firstBuffered = header }
        bufferedCount += 1
        return .buffer
    }

    private mutating func join(_ header: UpdateHeader) -> ChangeDecision {
        remember(header)
        if let last = header.lastUpdate {
            version = last
            hasVersion = true
        }
        if let time = header.exchangeTime { lastExchangeTime = max(lastExchangeTime ?? time, time) }
        isJoined = true
        phase = .live
        return .apply
    }

    /// The book counts as live only when the message after it has confirmed the new numbers: taken
    /// for itself, such a message cannot be told from a damaged one.
    private mutating func restart(_ header: UpdateHeader) -> ChangeDecision {
        forget()
        hasSnapshot = true
        hasVersion = true
        version = 1
        phase = .syncing
        return .replace
    }

    private mutating func breakChain(keeping header: UpdateHeader) -> ChangeDecision {
        lose()
        guard numbering.joinsEarlyChanges else { return .gap }
        firstBuffered = header
        bufferedCount = 1
        return .gap
    }

    private mutating func lose() {
        gapCount += 1
        forget()
        phase = .gapped
    }

    mutating func forget() {
        hasSnapshot = false
        isJoined = false
        hasVersion = false
        firstBuffered = nil
        bufferedCount = 0
        replaysLeft = 0
        crossedSince = nil
        lastExchangeTime = nil
        recent.removeAll(keepingCapacity: true)
        recentIndex = 0
    }

    private mutating func remember(_ header: UpdateHeader) {
        guard numbering.isNumbered else { return }
        if recent.count < Self.recentMax {
            recent.append(header)
        } else {
            recent[recentIndex] = header
            recentIndex = (recentIndex + 1) % Self.recentMax
        }
    }
}
