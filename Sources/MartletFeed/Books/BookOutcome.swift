// What a book message came to, in the words of the keeper.

public import MartletVenues

/// What a book message, an answer or the clock did to a kept book.
public enum BookOutcome: Hashable, Sendable {
    /// The book is live and the message is part of it: deliver the message.
    case deliver
    /// Keep the message back: the book is not live, or contains it already.
    case withhold
    /// The book has become live: deliver a `resync` record and the whole book.
    case wentLive(FeedTrouble)
    /// The book is no longer live: deliver a `gap` record and nothing more of it.
    case lost(FeedTrouble)
    /// Nothing was heard for too long.
    case wentStale
}

/// What a kept book is waiting for.
public enum BookNeed: Hashable, Sendable {
    /// Nothing, or the next message of the stream.
    case nothing
    /// An answer to the adapter's request for a snapshot.
    case requestedSnapshot
    /// A snapshot in the stream: subscribe anew.
    case streamedSnapshot
}

/// How the books of a connection are kept.
public struct BookSettings: Sendable {
    /// Where snapshots come from.
    public let source: BookSource
    /// Whether a snapshot can be asked for.
    public let canRequest: Bool
    /// The sum over a book that the venue sends with its messages; nil where it has none.
    public let checksum: (@Sendable (borrowing KeptBook) -> Int32)?
    /// The most levels a side.
    public let levelMax: Int
    /// The most changes kept while a snapshot is awaited.
    public let bufferedMax: Int
    /// The most levels in those changes.
    public let bufferedLevelMax: Int

    /// Settings of one venue's books.
    public init(
        source: BookSource, canRequest: Bool,
        checksum: (@Sendable (borrowing KeptBook) -> Int32)? = nil, levelMax: Int = 20_000,
        bufferedMax: Int = 10_000, bufferedLevelMax: Int = 500_000
    ) {
        self.source = source
        self.canRequest = canRequest
        self.checksum = checksum
        self.levelMax = levelMax
        self.bufferedMax = bufferedMax
        self.bufferedLevelMax = bufferedLevelMax
    }
}
