// The words that a book and its venue synchronise with: headers, decisions, limits.

/// The numbers of a change message.
public struct UpdateHeader: Hashable, Sendable {
    /// First update in the message (`U`, `fromVersion`); nil where a message is one update.
    public let firstUpdate: Int64?
    /// Last update in the message (`u`, `seqId`, `toVersion`, `version`).
    public let lastUpdate: Int64?
    /// Last update of the message before (`pu`, `prevSeqId`), where the venue says it.
    public let previousUpdate: Int64?
    /// The venue's time of the message, ns; orders the messages of venues without numbers.
    public let exchangeTime: Int64?

    /// Numbers as the message has them.
    public init(
        firstUpdate: Int64?, lastUpdate: Int64?, previousUpdate: Int64? = nil,
        exchangeTime: Int64? = nil
    ) {
        self.firstUpdate = firstUpdate
        self.lastUpdate = lastUpdate
        self.previousUpdate = previousUpdate
        self.exchangeTime = exchangeTime
    }
}

/// What to do with a change message.
public enum ChangeDecision: String, CaseIterable, Sendable {
    /// Apply it to the book.
    case apply
    /// Empty the book, then apply it: the venue starts again with this message.
    case replace
    /// Keep it, in order of arrival, until a snapshot comes.
    case buffer
    /// Forget it: the book already contains it.
    case dropOld
    /// Forget it: the snapshot that the stream brings will contain it.
    case dropEarly
    /// Forget it: its numbers contradict themselves or lack what the venue's rules need.
    case dropMalformed
    /// Changes before it are missing, or its numbers fit nothing: the book is not to be used, a
    /// snapshot is needed; keep this message as the first of a new buffer.
    case gap
    /// Too many are kept already: forget those, keep this one as the first of a new buffer.
    case overflow
}

/// What to do with a snapshot.
public enum SnapshotDecision: String, CaseIterable, Sendable {
    /// Replace the book by it, then hand every kept change to ``BookSync/change(_:at:)`` again.
    case apply
    /// Replace the book by it and forget the kept changes: it stands in the stream after them.
    case replace
    /// Forget it and fetch another: it is older than the first kept change, or has no number.
    case tooOld
    /// Forget it: the live book already contains it.
    case alreadyContained
}

/// Where a snapshot comes from.
public enum SnapshotOrigin: Sendable {
    /// From a request of ours, beside the stream.
    case requested
    /// From the stream itself, in order with the changes.
    case streamed
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
