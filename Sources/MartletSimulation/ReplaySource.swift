// The recorded market that a replay runs over: mapped rows, and how to read their times.

public import MartletModel

/// The rows of one segment and the correction of its receive times.
public struct ReplaySegment: @unchecked Sendable {
    /// The rows in arrival order; sound to share because they are mapped read-only and their owner
    /// (the segment) outlives the replay.
    public let rows: UnsafeBufferPointer<EventRow>
    /// Added to every receive time; ns.
    public let shift: Int64

    /// A segment's rows.
    public init(rows: UnsafeBufferPointer<EventRow>, shift: Int64) {
        self.rows = rows
        self.shift = shift
    }
}

/// How rows become books and events.
public enum FeedConduct: Sendable {
    /// Martlet's own: snapshots and changes are joined by update ids, stale messages are dropped, a
    /// gap makes the book `gapped` until the next snapshot.
    case plain
    /// hftbacktest 2.4.4: every level in order of time, snapshots included, no ids; quotes and
    /// special prints dropped.
    case upstream
}

/// Segments that follow one another, and the window of time to replay.
public struct ReplaySource: Sendable {
    /// In order of time.
    public let segments: [ReplaySegment]
    /// How to read the rows.
    public let conduct: FeedConduct
    /// Whether any row belongs to a snapshot. Without one, plain books start from changes alone.
    public let hasSnapshot: Bool
    /// First moment of the run; earlier rows only build the books. ns, our clock, corrected.
    public let startTime: Int64
    /// Last moment of the run, inclusive; later rows are not replayed. ns, our clock, corrected.
    public let endTime: Int64

    /// A source.
    public init(
        segments: [ReplaySegment], conduct: FeedConduct, hasSnapshot: Bool, startTime: Int64,
        endTime: Int64
    ) {
        precondition(startTime <= endTime, "a run ends after it starts")
        self.segments = segments
        self.conduct = conduct
        self.hasSnapshot = hasSnapshot
        self.startTime = startTime
        self.endTime = endTime
    }
}
