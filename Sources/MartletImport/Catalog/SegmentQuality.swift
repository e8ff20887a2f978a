// What is good and bad about a segment: gaps, repeats, crossing, silences, clock, latencies.

import MartletBook
public import MartletModel
public import MartletStore

/// The quality of one segment, measured in one pass over its rows.
public struct SegmentQuality: Hashable, Sendable {
    /// A time without messages longer than this counts as silence; ns.
    public static let silenceMin: Int64 = 5_000_000_000

    /// The segment's path.
    public let path: String
    /// Its sidecar.
    public let sidecar: SegmentSidecar
    /// 0 to 100; see ``SegmentScore``.
    public let score: Int
    /// From the first to the last receive time; ns.
    public private(set) var span: Int64 = 0
    /// Of the span: the book was crossed or locked; ns.
    public private(set) var crossedNanoseconds: Int64 = 0
    /// Of the span: the book was usable (after a snapshot, no gap since); ns.
    public private(set) var liveNanoseconds: Int64 = 0
    /// Snapshots.
    public private(set) var snapshots: Int64 = 0
    /// Times without messages longer than ``silenceMin``.
    public private(set) var silences: Int64 = 0
    /// Of the span: such silences; ns.
    public private(set) var silentNanoseconds: Int64 = 0
    /// The longest time without a message; ns.
    public private(set) var longestSilence: Int64 = 0
    /// Receive − exchange time of messages after the clock correction.
    public private(set) var latencies = LatencyHistogram()

    /// Measures a segment.
    ///
    /// - Throws: as ``EventSegment/init(path:)``, and integrity for rows whose times are impossible.
    public init(path: String) throws(Failure) {
        let segment = try EventSegment(path: path)
        try segment.validate()
        self.path = path
        sidecar = segment.sidecar
        score = SegmentScore(segment.sidecar).points
        measure(segment.rows)
    }

    /// Share of the span without silences, 0 to 1; nil for a segment of one moment.
    public var coverage: Double? { span > 0 ? 1 - Double(silentNanoseconds) / Double(span) : nil }
    /// Share of the span with a usable book, 0 to 1; nil for a segment of one moment.
    public var liveShare: Double? { span > 0 ? Double(liveNanoseconds) / Double(span) : nil }

    private mutating func measure(_ rows: UnsafeBufferPointer<EventRow>) {
        guard let first = rows.first, let last = rows.last else { return }
        span = last.receiveTime - first.receiveTime
        var book = OrderBook()
        var isLive = false
        var before = first.receiveTime
        for row in rows {
            if row.flags.contains(.messageStart) {
                pass(row.receiveTime - before, isLive: isLive, isCrossed: book.isCrossed)
                before = row.receiveTime
                if row.flags.contains(.gap) { isLive = false }
                if !row.flags.contains(.receiveTimeOnly) {
                    // Validated times are below 2^62: neither sum nor difference overflows.
                    latencies.add(row.receiveTime - row.exchangeTime + sidecar.shiftOrZero)
                }
            }
            guard row.kindCode == EventKind.level.rawValue, let side = row.side else { continue }
            if row.flags.contains(.snapshotStart) {
                snapshots += 1
                isLive = true
            }
            if row.flags.contains(.clear) {
                book.removeAll(side)
            } else {
                book.set(side, tick: row.price, lots: row.quantity)
            }
        }
    }

    private mutating func pass(_ time: Int64, isLive: Bool, isCrossed: Bool) {
        if isLive { liveNanoseconds += time }
        if isCrossed { crossedNanoseconds += time }
        longestSilence = max(longestSilence, time)
        if time > Self.silenceMin {
            silences += 1
            silentNanoseconds += time
        }
    }
}

extension SegmentSidecar {
    /// The clock correction, or 0 where the sidecar's own numbers are impossible.
    fileprivate var shiftOrZero: Int64 { shift <= SegmentLayout.timeMax ? shift : 0 }
}
