// Opens the segments of a backtest, checks them, and says what there is to replay.

import MartletModel
import MartletSimulation
import MartletStore

/// The segments of one backtest, checked, with the facts that a run needs before it starts.
struct ReplayInput {
    let segments: [EventSegment]
    let source: ReplaySource
    let instrument: InstrumentSpec
    let data: DataFacts
    let feedLatency: LatencyHistogram

    /// Opens `options.events`, one after the other in time.
    ///
    /// - Throws: ``Failure`` of kind `notFound`, `integrity` (a damaged file, other instruments,
    ///   overlapping times) or `usage` (a window without data).
    init(_ options: BacktestOptions, interval: Int64) throws(Failure) {
        var segments: [EventSegment] = []
        for path in options.events {
            let segment = try EventSegment(path: path)
            try segment.validate()
            segments.append(segment)
        }
        guard let first = segments.first else {
            throw Failure(.usage, "a backtest needs --events or --bars: name an event segment")
        }
        instrument = first.sidecar.instrument
        for (earlier, later) in zip(segments, segments.dropFirst()) {
            try Self.checkSequence(earlier, later)
        }
        let isUpstream = options.profile != .standard
        var scan = RowScan(isUpstream: isUpstream)
        var reached: Int64 = 0
        for segment in segments {
            let shift = try Self.shift(of: segment, isUpstream: isUpstream, after: reached)
            scan.add(segment, shift: shift)
            if let last = segment.rows.last { reached = last.receiveTime + shift }
        }
        guard let start = scan.start, let end = scan.end else {
            throw Failure(
                .integrity,
                "\(first.path): has neither book changes nor trades, so that nothing can be replayed; "
                    + "record and import those too")
        }
        if isUpstream, scan.isStartDoubtful {
            throw Failure(
                .integrity,
                "\(first.path): has an exchange time more than an hour before anything was received, "
                    + "from which this profile would count its steps: import with --from, or use the "
                    + "default profile")
        }
        var runEnd = end
        if isUpstream, end >= start { runEnd = start + (end - start) / interval * interval }
        if let to = options.to { runEnd = min(runEnd, to.nanoseconds - 1) }
        let runStart = max(start, options.from?.nanoseconds ?? start)
        guard runStart <= runEnd else {
            throw Failure(
                .usage,
                "--from and --to leave nothing to replay: the data reach from "
                    + "\(Timestamp(nanoseconds: start).iso8601) to "
                    + "\(Timestamp(nanoseconds: end).iso8601)")
        }
        guard runEnd - runStart <= Self.durationMax else {
            throw Failure(
                .integrity,
                "\(first.path): the data reach over more than two years, from "
                    + "\(Timestamp(nanoseconds: start).iso8601) to "
                    + "\(Timestamp(nanoseconds: end).iso8601): a time is wrong, or choose a part with "
                    + "--from and --to")
        }
        source = ReplaySource(
            segments: zip(segments, scan.shifts).map {
                ReplaySegment(rows: $0.rows, shift: $1)
            }, conduct: isUpstream ? .upstream : .plain, hasSnapshot: scan.hasSnapshot,
            startTime: runStart, endTime: runEnd)
        data = scan.facts(segments)
        feedLatency = scan.latency
        self.segments = segments
    }

    /// Longest run; ns. Longer ones come from damaged times, and a strategy would wake for ever.
    private static let durationMax: Int64 = 2 * 366 * 86_400_000_000_000

    /// What is added to a segment's receive times: its own correction, and more where its first row
    /// would else come before `reached`, where the segment before it ended.
    ///
    /// - Throws: integrity where times would leave their range.
    private static func shift(
        of segment: EventSegment, isUpstream: Bool, after reached: Int64
    ) throws(Failure) -> Int64 {
        let own = isUpstream ? segment.sidecar.shiftKept : segment.sidecar.shift
        guard let first = segment.rows.first?.receiveTime,
            let last = segment.rows.last?.receiveTime
        else { return 0 }
        let shift = max(own, reached - first)
        let (end, overflow) = last.addingReportingOverflow(shift)
        guard shift >= 0, !overflow, end <= SegmentLayout.timeMax else {
            throw Failure(
                .integrity,
                "\(SegmentLayout.sidecarPath(of: segment.path)): key clock.offsetMin asks for a "
                    + "correction of \(shift) ns, which leaves the range of times; import it again")
        }
        return shift
    }

    private static func checkSequence(_ earlier: EventSegment, _ later: EventSegment)
        throws(Failure)
    {
        guard earlier.sidecar.instrument == later.sidecar.instrument else {
            throw Failure(
                .integrity,
                "\(later.path): holds \(later.sidecar.instrument.id.symbol) on other rules than "
                    + "\(earlier.path): segments in a row must be of one instrument")
        }
        guard let end = earlier.rows.last?.receiveTime, let start = later.rows.first?.receiveTime
        else { return }
        guard end <= start else {
            throw Failure(
                .integrity,
                "\(later.path): begins before \(earlier.path) ends: give segments in order of time")
        }
    }
}

/// One pass over the rows before the replay: what is there, and when.
private struct RowScan {
    let isUpstream: Bool
    var start: Int64?
    var end: Int64?
    var hasSnapshot = false
    var shifts: [Int64] = []
    var rows: Int64 = 0
    var latency = LatencyHistogram()
    var tradeSizes = LatencyHistogram()

    /// Whether a row is older than ``startLeadMax`` when it is first heard.
    private(set) var isStartDoubtful = false

    /// How much older than its arrival the first row may be to count as the run's beginning; ns.
    static let startLeadMax: Int64 = 3_600_000_000_000

    init(isUpstream: Bool) { self.isUpstream = isUpstream }

    private func keeps(_ row: EventRow) -> Bool {
        if row.kindCode == EventKind.level.rawValue {
            return !isUpstream || !row.flags.contains(.emptySide)
        }
        if row.kindCode == EventKind.trade.rawValue { return !row.flags.contains(.nonMarket) }
        return !isUpstream && row.kindCode != EventKind.quote.rawValue
    }

    mutating func add(_ segment: EventSegment, shift: Int64) {
        shifts.append(shift)
        let all = segment.rows
        var firstVenue: Int64?
        for row in all where keeps(row) {
            let receive = row.receiveTime + shift
            if start == nil { start = receive }
            if firstVenue == nil { firstVenue = row.exchangeTime }
            firstVenue = min(firstVenue ?? row.exchangeTime, row.exchangeTime)
            end = max(end ?? receive, receive)
            if row.flags.contains(.snapshot) { hasSnapshot = true }
            if row.flags.contains(.messageEnd), !row.flags.contains(.receiveTimeOnly) {
                latency.add(receive - row.exchangeTime)
            }
            if row.kindCode == EventKind.trade.rawValue { tradeSizes.add(row.quantity) }
            if !isUpstream { rows += 1 }
        }
        if shifts.count == 1, let firstVenue, let known = start {
            // A run begins with the first thing that happened at the venue; a message that claims to
            // be hours older than everything heard is a fact of the data, not a beginning.
            isStartDoubtful = known - firstVenue > Self.startLeadMax
            if !isStartDoubtful { start = min(known, firstVenue) }
        }
        if isUpstream { rows += mergedRows(all, shift: shift) }
    }

    /// Rows of the merge that hftbacktest's converter makes: a row that stands at the same place in
    /// both orders of time is one, any other is two (docs/parity.md).
    private func mergedRows(_ all: UnsafeBufferPointer<EventRow>, shift: Int64) -> Int64 {
        var venue = 0
        var local = 0
        var merged: Int64 = 0
        while true {
            while venue < all.count, !keeps(all[venue + Int(all[venue].exchangeOrder)]) {
                venue += 1
            }
            while local < all.count, !keeps(all[local]) { local += 1 }
            if venue >= all.count && local >= all.count { return merged }
            merged += 1
            guard venue < all.count else {
                local += 1
                continue
            }
            guard local < all.count else {
                venue += 1
                continue
            }
            let left = all[venue + Int(all[venue].exchangeOrder)]
            let right = all[local]
            if left.exchangeTime == right.exchangeTime, left.receiveTime == right.receiveTime {
                venue += 1
                local += 1
            } else if (left.exchangeTime, left.receiveTime) < (
                right.exchangeTime, right.receiveTime
            ) {
                venue += 1
            } else {
                local += 1
            }
        }
    }

    func facts(_ segments: [EventSegment]) -> DataFacts {
        var facts = DataFacts()
        facts.rows = rows
        for kind in EventKind.allCases {
            let count = segments.reduce(Int64(0)) { $0 + $1.sidecar.statistics.rows(of: kind) }
            if count > 0 { facts.rowsByKind.append((kind.name, count)) }
        }
        for segment in segments {
            facts.gaps += segment.sidecar.statistics.gaps
            facts.staleMessages += segment.sidecar.statistics.stale
            facts.timesBackwards += segment.sidecar.statistics.timesBackwards
            facts.crossedNanoseconds += segment.sidecar.crossed ?? 0
        }
        facts.clockShift = shifts.first ?? 0
        facts.clockRule = SegmentSidecar.clockRule
        facts.tradeSizes = tradeSizes
        return facts
    }
}
