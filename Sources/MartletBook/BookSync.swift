// Joins a venue's snapshot with its stream of changes, and says when the two no longer fit.

/// The state of one book's synchronisation. Pure: the caller holds the book and the kept messages,
/// passes the time (ns, one clock), and does what the decisions say.
///
/// Source: Binance, "How to manage a local order book correctly", spot and USDⓈ-M / COIN-M futures.
public struct BookSync: Hashable, Sendable {
    /// How the venue numbers its changes.
    public let rules: SyncRules
    /// Limits in force.
    public let limits: SyncLimits
    /// Whether the book can be relied on.
    public private(set) var status: BookStatus = .syncing
    /// Last update that the book contains; meaningless before the first snapshot.
    public private(set) var version: Int64 = 0
    /// Changes that the caller keeps.
    public private(set) var bufferedCount = 0
    /// Chains found broken, since the start.
    public private(set) var gapCount: Int64 = 0
    /// Messages dropped as old, since the start.
    public private(set) var oldCount: Int64 = 0
    /// Messages dropped as malformed, since the start.
    public private(set) var malformedCount: Int64 = 0

    private var hasSnapshot = false
    private var isJoined = false
    private var firstBuffered: UpdateHeader?
    private var lastHeard: Int64?
    private var crossedSince: Int64?

    /// A book of which nothing is known yet.
    public init(rules: SyncRules, limits: SyncLimits = SyncLimits()) {
        self.rules = rules
        self.limits = limits
    }

    /// Whether a snapshot has to be fetched. While a change chain is awaited it stays false.
    public var needsSnapshot: Bool { !hasSnapshot }

    /// A change message arrived, or a kept one is handed in again after a snapshot.
    public mutating func change(_ header: UpdateHeader, at time: Int64) -> ChangeDecision {
        hear(time)
        guard isWellFormed(header) else {
            malformedCount += 1
            return .dropMalformed
        }
        guard hasSnapshot else { return keep(header) }
        if isOld(header) {
            oldCount += 1
            return .dropOld
        }
        guard continues(header) else { return breakChain(keeping: header) }
        version = header.lastUpdate
        isJoined = true
        status = .live
        return .apply
    }

    /// A snapshot arrived that contains everything up to update `lastUpdate`.
    public mutating func snapshot(lastUpdate: Int64, at time: Int64) -> SnapshotDecision {
        hear(time)
        if hasSnapshot, lastUpdate <= version { return .alreadyContained }
        if !hasSnapshot, let first = firstBuffered, !reaches(first, from: lastUpdate) {
            return .tooOld
        }
        version = lastUpdate
        hasSnapshot = true
        isJoined = false
        status = .syncing
        firstBuffered = nil
        bufferedCount = 0
        crossedSince = nil
        return .apply
    }

    /// The connection was lost: everything starts again, and kept changes are to be forgotten.
    public mutating func reset() {
        status = .syncing
        hasSnapshot = false
        isJoined = false
        firstBuffered = nil
        bufferedCount = 0
        crossedSince = nil
        lastHeard = nil
    }

    /// Says after an applied message whether the book is crossed. A cross that outlives
    /// ``SyncLimits/crossedMax`` breaks the book: true is returned once, and a snapshot is needed.
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

    /// Looks at the clock: a live book of which nothing was heard for longer than
    /// ``SyncLimits/staleAfter`` becomes stale. The next change that continues the chain revives it.
    public mutating func checkTime(_ time: Int64) {
        guard status == .live, let lastHeard, elapsed(lastHeard, time) > limits.staleAfter
        else { return }
        status = .stale
    }

    private mutating func hear(_ time: Int64) { lastHeard = max(lastHeard ?? time, time) }

    private func elapsed(_ from: Int64, _ to: Int64) -> Int64 {
        let (difference, overflow) = to.subtractingReportingOverflow(from)
        return overflow ? (to > from ? Int64.max : Int64.min) : difference
    }

    private func isWellFormed(_ header: UpdateHeader) -> Bool {
        guard header.firstUpdate >= 0, header.firstUpdate <= header.lastUpdate,
            header.lastUpdate < Int64.max
        else { return false }
        guard rules == .binanceFutures else { return true }
        guard let previous = header.previousUpdate else { return false }
        return previous <= header.lastUpdate
    }

    /// Whether the book already contains the whole message. A futures message that ends exactly at
    /// the snapshot is not dropped: it is the one to join with.
    private func isOld(_ header: UpdateHeader) -> Bool {
        if rules == .binanceFutures, !isJoined { return header.lastUpdate < version }
        return header.lastUpdate <= version
    }

    private func continues(_ header: UpdateHeader) -> Bool {
        switch rules {
        case .binanceSpot:
            // Sizes are absolute, so a message that overlaps the book does no harm.
            header.firstUpdate <= version + 1
        case .binanceFutures:
            header.previousUpdate == version || (!isJoined && header.firstUpdate <= version)
        }
    }

    /// Whether a snapshot of update `last` is not too old to be joined with kept changes that begin
    /// with `first`.
    private func reaches(_ first: UpdateHeader, from last: Int64) -> Bool {
        switch rules {
        case .binanceSpot: last >= first.firstUpdate - 1
        case .binanceFutures: last >= first.firstUpdate || first.previousUpdate == last
        }
    }

    private mutating func keep(_ header: UpdateHeader) -> ChangeDecision {
        guard bufferedCount < limits.bufferedMax else {
            firstBuffered = header
            bufferedCount = 1
            return .overflow
        }
        if firstBuffered == nil { firstBuffered = header }
        bufferedCount += 1
        return .buffer
    }

    private mutating func breakChain(keeping header: UpdateHeader) -> ChangeDecision {
        lose()
        firstBuffered = header
        bufferedCount = 1
        return .gap
    }

    private mutating func lose() {
        gapCount += 1
        status = .gapped
        hasSnapshot = false
        isJoined = false
        firstBuffered = nil
        bufferedCount = 0
        crossedSince = nil
    }
}
