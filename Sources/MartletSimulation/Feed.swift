// One reader of the recorded market: a cursor over the rows in one order of time, and its book.

import MartletBook
import MartletModel

/// An order in which rows are read.
protocol RowOrder {
    /// Index of the row that stands at `position`.
    static func index(_ rows: UnsafePointer<EventRow>, _ position: Int) -> Int
    /// The time that this order goes by; ns.
    static func time(_ row: UnsafePointer<EventRow>, shift: Int64) -> Int64
}

/// As the rows reached us.
enum ArrivalOrder: RowOrder {
    @inline(__always) static func index(_ rows: UnsafePointer<EventRow>, _ position: Int) -> Int {
        position
    }
    @inline(__always) static func time(_ row: UnsafePointer<EventRow>, shift: Int64) -> Int64 {
        row.pointee.receiveTime &+ shift
    }
}

/// As the venue made them.
enum VenueOrderOfTime: RowOrder {
    @inline(__always) static func index(_ rows: UnsafePointer<EventRow>, _ position: Int) -> Int {
        position &+ Int(rows[position].exchangeOrder)
    }
    @inline(__always) static func time(_ row: UnsafePointer<EventRow>, shift: Int64) -> Int64 {
        row.pointee.exchangeTime
    }
}

/// A cursor over all segments in one order, moving one ``MarketState``.
///
/// The rows are mapped files that outlive the feed; the index of a row is checked once, when a
/// segment is validated at load.
struct Feed<Order: RowOrder>: ~Copyable {
    let market: UnsafeMutablePointer<MarketState>
    let isPlain: Bool
    private let segments: [ReplaySegment]
    private var segment = 0
    var rows: UnsafePointer<EventRow>
    var count: Int
    var shift: Int64
    var position = 0

    /// Whether changes are applied: always upstream; plain from the first snapshot on.
    private(set) var isJoined: Bool
    /// Whether ordinary changes are applied without a look: joined, and past the changes that the
    /// last snapshot holds already.
    private(set) var isDirect: Bool
    private var snapshotSequence: Int64 = 0
    /// Behind the last row of the snapshot that was joined last in this segment, and the position
    /// of the newest change before it; −1 when there is none.
    private var joinEnd = 0
    private var newestChange = -1
    /// Rows that joins have looked back at in this segment.
    private(set) var joinVisits = 0
    /// The latest exchange time of the segments before this one: time does not run backwards
    /// where a segment begins before the last one ended.
    private(set) var earliestTime = Int64.min

    /// Rows applied or considered so far, for progress.
    private(set) var rowsBefore = 0

    /// A cursor at the first row; `market` belongs to ``ReplayMarkets`` and outlives the feed.
    init(_ source: ReplaySource, market: UnsafeMutablePointer<MarketState>) {
        segments = source.segments
        isPlain = source.conduct == .plain
        isJoined = !isPlain || !source.hasSnapshot
        isDirect = isJoined
        self.market = market
        market.pointee.reset(
            rules: isPlain ? .plain : .skipStale, status: isJoined ? .live : .syncing)
        let first = segments[0]
        rows = first.rows.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped
        count = first.rows.count
        shift = first.shift
    }

    /// Rows passed so far.
    var rowsPassed: Int { rowsBefore + position }

    /// Flags whose rows need more than setting a level.
    var rareFlags: EventFlags {
        isPlain ? [.clear, .snapshot, .gap, .stale] : [.clear]
    }

    /// Moves to the next segment; false when there is none.
    mutating func advanceSegment() -> Bool {
        while segment + 1 < segments.count {
            segment += 1
            rowsBefore += count
            if count > 0 {
                let last = rows + (count - 1 + Int(rows[count - 1].exchangeOrder))
                earliestTime = max(earliestTime, last.pointee.exchangeTime)
            }
            let next = segments[segment]
            guard let base = next.rows.baseAddress, next.rows.count > 0 else { continue }
            rows = base
            count = next.rows.count
            shift = next.shift
            position = 0
            joinEnd = 0
            newestChange = -1
            joinVisits = 0
            return true
        }
        return false
    }

    /// The row at the cursor, or nil at the end of the last segment.
    mutating func currentRow() -> UnsafePointer<EventRow>? {
        if position == count, !advanceSegment() { return nil }
        return rows + Order.index(rows, position)
    }

    /// The time of the next row that can matter to a strategy, or the end of time. Skips quotes.
    mutating func nextTime() -> Int64 {
        while let row = currentRow() {
            if row.pointee.kindCode != EventKind.quote.rawValue {
                return Order.time(row, shift: shift)
            }
            position += 1
        }
        return Int64.max
    }

    /// Applies a level row that carries rare flags, or comes while changes need a look: before the
    /// first snapshot, and after one until a change is newer than it. The cursor already stands
    /// behind the row.
    mutating func applyRareLevel(_ row: UnsafePointer<EventRow>) {
        let flags = row.pointee.flags
        guard let side = row.pointee.side else { return }
        if !isPlain {
            // The other engine has no row for a side that a snapshot does not have.
            if flags.contains(.emptySide) { return }
            market.pointee.book.clear(side, lastTick: row.pointee.price)
            return
        }
        if flags.contains(.snapshot) || flags.contains(.clear) {
            applySnapshot(row, side)
            return
        }
        guard isJoined else { return }
        if flags.contains(.stale) { return skipMessage(row) }
        if !isDirect {
            // A change that the snapshot holds already; a gap before the first newer one is the
            // snapshot's reason, or covered by it.
            if row.pointee.sequence >= 0, row.pointee.sequence <= snapshotSequence { return }
            isDirect = true
        } else if flags.contains(.gap) {
            market.pointee.status = .gapped
        }
        market.pointee.book.set(side, tick: row.pointee.price, lots: row.pointee.quantity)
    }

    /// Skips the rest of a stale message: its first row alone carries the flag.
    private mutating func skipMessage(_ first: UnsafePointer<EventRow>) {
        if first.pointee.flags.contains(.messageEnd) { return }
        while position < count {
            let row = rows + Order.index(rows, position)
            if row.pointee.flags.contains(.messageStart) { return }
            position += 1
            if row.pointee.flags.contains(.messageEnd) { return }
        }
    }

    private mutating func applySnapshot(_ row: UnsafePointer<EventRow>, _ side: Side) {
        let flags = row.pointee.flags
        if flags.contains(.snapshotStart) {
            snapshotSequence = row.pointee.sequence
            market.pointee.status = .syncing
        }
        if flags.contains(.clear) {
            market.pointee.book.removeAll(side)
        } else {
            market.pointee.book.set(side, tick: row.pointee.price, lots: row.pointee.quantity)
        }
        if flags.contains(.messageEnd) { joinChanges() }
    }

    /// Brings changes that came before the snapshot but are newer than it back into the book: the
    /// rows themselves are the buffer of the venue's join procedure.
    ///
    /// Rows before the join before this one are looked at only from their newest change on, and not
    /// without end: a stream of snapshots costs a time that grows with its length alone. Where the
    /// changes to bring back are too many, the book says that it has a gap.
    private mutating func joinChanges() {
        isJoined = true
        isDirect = true
        market.pointee.status = .live
        // Without running numbers there is nothing to compare with.
        guard snapshotSequence >= 0 else { return }
        let allowance = 2_000_000 + 8 * position
        var status = BookStatus.live
        var start = position
        var newest = -1
        var isCovered = false
        while true {
            if start == joinEnd { start = newestChange + 1 }
            guard start > 0, !isCovered else { break }
            guard joinVisits < allowance else {
                status = .gapped
                break
            }
            joinVisits += 1
            let row = rows + Order.index(rows, start - 1)
            if isChange(row) {
                newest = max(newest, start - 1)
                isCovered = row.pointee.sequence <= snapshotSequence
            }
            if !isCovered { start -= 1 }
        }
        let earlier = start..<max(start, newestChange + 1)
        var brought = 0
        if start < joinEnd { bringBack(earlier, isCovered, &brought, &status) }
        bringBack(max(start, joinEnd)..<position, isCovered, &brought, &status)
        newestChange = max(newestChange, newest)
        joinEnd = position
        isDirect = brought > 0
        market.pointee.status = status
    }

    /// Applies the changes among these rows that are newer than the snapshot and not stale. A gap
    /// before the very first does not count where an older change is known: the snapshot covers it.
    private func bringBack(
        _ positions: Range<Int>, _ isCovered: Bool, _ brought: inout Int, _ status: inout BookStatus
    ) {
        var isStale = false
        for position in positions {
            let row = rows + Order.index(rows, position)
            guard isChange(row), row.pointee.sequence > snapshotSequence,
                let side = row.pointee.side
            else { continue }
            let flags = row.pointee.flags
            if flags.contains(.messageStart) { isStale = flags.contains(.stale) }
            if isStale { continue }
            if flags.contains(.gap), brought > 0 || !isCovered { status = .gapped }
            brought += 1
            market.pointee.book.set(side, tick: row.pointee.price, lots: row.pointee.quantity)
        }
    }

    private func isChange(_ row: UnsafePointer<EventRow>) -> Bool {
        row.pointee.kindCode == EventKind.level.rawValue
            && !row.pointee.flags.contains(.snapshot) && !row.pointee.flags.contains(.clear)
    }

    /// Applies a row that is neither level nor trade nor quote.
    mutating func applyOther(_ row: UnsafePointer<EventRow>) {
        switch row.pointee.kind {
        case .markPrice: market.pointee.markPriceE8 = row.pointee.price
        case .funding: market.pointee.fundingRateE12 = row.pointee.price
        case .level, .trade, .quote, .indexPrice, .liquidation, .openInterest, nil: break
        }
    }
}
