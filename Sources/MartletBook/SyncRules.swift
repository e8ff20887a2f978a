// The words that a book and its venue synchronise with: rules, headers, decisions, limits.

/// How a venue numbers its changes.
public enum SyncRules: String, CaseIterable, Sendable {
    /// Binance spot: changes carry `U` and `u`; each begins right after the one before
    /// (`U == previous u + 1`), and the first after a snapshot of update L has U ≤ L + 1 ≤ u.
    case binanceSpot
    /// Binance futures: changes also carry `pu`, the `u` of the one before, and the first after a
    /// snapshot of update L has U ≤ L ≤ u, or continues it exactly (`pu == L`).
    case binanceFutures
}

/// The numbers of a change message.
public struct UpdateHeader: Hashable, Sendable {
    /// First update in the message (`U`).
    public let firstUpdate: Int64
    /// Last update in the message (`u`).
    public let lastUpdate: Int64
    /// Last update of the message before (`pu`), where the venue says it.
    public let previousUpdate: Int64?

    /// Numbers as the message has them.
    public init(firstUpdate: Int64, lastUpdate: Int64, previousUpdate: Int64? = nil) {
        self.firstUpdate = firstUpdate
        self.lastUpdate = lastUpdate
        self.previousUpdate = previousUpdate
    }
}

/// What to do with a change message.
public enum ChangeDecision: String, CaseIterable, Sendable {
    /// Apply it to the book.
    case apply
    /// Keep it, in order of arrival, until a snapshot comes.
    case buffer
    /// Forget it: the book already contains it.
    case dropOld
    /// Forget it: its numbers contradict themselves or lack what the venue's rules need.
    case dropMalformed
    /// Changes before it are missing: the book is not to be used, a snapshot is needed; keep this
    /// message as the first of a new buffer.
    case gap
    /// Too many are kept already: forget those, keep this one as the first of a new buffer.
    case overflow
}

/// What to do with a snapshot.
public enum SnapshotDecision: String, CaseIterable, Sendable {
    /// Replace the book by it, then hand every kept change to ``BookSync/change(_:at:)`` again.
    case apply
    /// Forget it and fetch another: it is older than the first kept change.
    case tooOld
    /// Forget it: the live book already contains it.
    case alreadyContained
}

/// Limits that a ``BookSync`` works with.
public struct SyncLimits: Hashable, Sendable {
    /// The most changes kept while a snapshot is awaited.
    public let bufferedMax: Int
    /// How long without a message until the book counts as stale; ns.
    public let staleAfter: Int64
    /// How long the book may stay crossed until it counts as broken; ns.
    public let crossedMax: Int64

    /// Limits; each above 0.
    public init(
        bufferedMax: Int = 10_000, staleAfter: Int64 = 10_000_000_000,
        crossedMax: Int64 = 1_000_000_000
    ) {
        precondition(bufferedMax > 0 && staleAfter > 0 && crossedMax > 0, "limits are above 0")
        self.bufferedMax = bufferedMax
        self.staleAfter = staleAfter
        self.crossedMax = crossedMax
    }
}
