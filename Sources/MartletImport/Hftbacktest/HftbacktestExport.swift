// Event segments as hftbacktest's own converter would have made them: `data export`.

public import MartletModel
public import MartletStore

/// Writes the rows of a segment as a `.npz` that hftbacktest reads.
///
/// The rows are those of hftbacktest's converter: depth, snapshots and ordinary trades (no best
/// bid and ask, no special prints); receive times shifted so that the lowest latency is 0; and arrival order and exchange order merged by splitting rows that stand in different
/// places of the two.
public enum HftbacktestExport {
    /// What was written.
    public struct Summary: Hashable, Sendable {
        /// Rows in all.
        public var rows: Int64 = 0
        /// Rows for both sides of the simulation.
        public var bothSides: Int64 = 0
        /// Rows for the exchange's side only.
        public var exchangeOnly: Int64 = 0
        /// Rows for the local side only.
        public var localOnly: Int64 = 0
        /// What was added to every receive time, ns.
        public var shift: Int64 = 0

        /// Nothing yet.
        public init() {}
    }

    /// Writes `segment` to a `.npz` at `path`, key `data`, complete or not at all.
    ///
    /// Memory is bounded whatever the length of the segment.
    @discardableResult
    public static func run(
        _ segment: EventSegment, to path: String
    ) throws(Failure) -> Summary {
        var writer = try NumpyArchiveWriter(path: path, fields: HftbacktestRow.fields)
        let summary = try rows(of: segment) { (block) throws(Failure) in
            try writer.append(UnsafeRawBufferPointer(block))
        }
        try writer.finish()
        return summary
    }

    /// Hands out the converted rows in order, in blocks of at most 8,192.
    ///
    /// - Throws: ``FailureKind/integrity`` for a segment whose exchange order is not one, or that
    ///   has no row to convert; and what `body` throws.
    public static func rows(
        of segment: EventSegment,
        _ body: (UnsafeBufferPointer<HftbacktestRow>) throws(Failure) -> Void
    ) throws(Failure) -> Summary {
        var merge = try HftbacktestMerge(segment)
        let capacity = 8192
        let block = UnsafeMutableBufferPointer<HftbacktestRow>.allocate(capacity: capacity)
        defer { block.deallocate() }
        while true {
            var count = 0
            while count < capacity, let row = try merge.next() {
                block.initializeElement(at: count, to: row)
                count += 1
            }
            if count == 0 { break }
            try body(UnsafeBufferPointer(rebasing: block[..<count]))
        }
        return merge.summary
    }
}

/// Merges the rows in exchange order with the rows in arrival order.
private struct HftbacktestMerge {
    private(set) var summary = HftbacktestExport.Summary()
    private let path: String
    private let rows: UnsafeBufferPointer<EventRow>
    private let prices: StepValues
    private let quantities: StepValues
    /// Position in exchange order, and the row that stands there.
    private var exchangePlace = -1
    private var exchangeRow = 0
    private var localRow = -1

    init(_ segment: EventSegment) throws(Failure) {
        path = segment.path
        rows = segment.rows
        prices = StepValues(segment.sidecar.instrument.tickSize)
        quantities = StepValues(segment.sidecar.instrument.lotSize)
        var lowest = Int64.max
        for row in rows where Self.isKept(row) {
            let (latency, overflow) = row.receiveTime.subtractingReportingOverflow(row.exchangeTime)
            guard !overflow, latency > -SegmentLayout.timeMax, latency < SegmentLayout.timeMax
            else { throw Self.disordered(path) }
            lowest = min(lowest, latency)
        }
        guard lowest < .max else {
            throw Failure(
                .integrity,
                "\(path): has no depth and no ordinary trade, so there is nothing to "
                    + "export; import a capture with them")
        }
        summary.shift = lowest < 0 ? -lowest : 0
        try advanceExchange()
        advanceLocal()
    }

    private static func isKept(_ row: EventRow) -> Bool {
        if row.kindCode == EventKind.level.rawValue { return !row.flags.contains(.emptySide) }
        return row.kindCode == EventKind.trade.rawValue
            && !row.flags.contains(.nonMarket)
    }

    private static func disordered(_ path: String) -> Failure {
        Failure(
            .integrity,
            "\(path): its times or its field exchange_order are not those of a segment; the file "
                + "was altered, import it again")
    }

    private mutating func advanceExchange() throws(Failure) {
        repeat {
            exchangePlace += 1
            guard exchangePlace < rows.count else { return }
            exchangeRow = exchangePlace + Int(rows[exchangePlace].exchangeOrder)
            guard exchangeRow >= 0, exchangeRow < rows.count else { throw Self.disordered(path) }
        } while !Self.isKept(rows[exchangeRow])
    }

    private mutating func advanceLocal() {
        repeat { localRow += 1 } while localRow < rows.count && !Self.isKept(rows[localRow])
    }

    /// The next row of the merge, or nil at the end.
    mutating func next() throws(Failure) -> HftbacktestRow? {
        let hasExchange = exchangePlace < rows.count
        let hasLocal = localRow < rows.count
        guard hasExchange || hasLocal else { return nil }
        summary.rows += 1
        if hasExchange, hasLocal {
            let left = rows[exchangeRow]
            let right = rows[localRow]
            if left.exchangeTime == right.exchangeTime, left.receiveTime == right.receiveTime {
                summary.bothSides += 1
                try advanceExchange()
                advanceLocal()
                return converted(left, HftbacktestRow.exchangeBit | HftbacktestRow.localBit)
            }
            if (left.exchangeTime, left.receiveTime) > (right.exchangeTime, right.receiveTime) {
                return takeLocal()
            }
        } else if !hasExchange {
            return takeLocal()
        }
        summary.exchangeOnly += 1
        let row = rows[exchangeRow]
        try advanceExchange()
        return converted(row, HftbacktestRow.exchangeBit)
    }

    private mutating func takeLocal() -> HftbacktestRow {
        summary.localOnly += 1
        let row = rows[localRow]
        advanceLocal()
        return converted(row, HftbacktestRow.localBit)
    }

    private func converted(_ row: EventRow, _ processor: UInt64) -> HftbacktestRow {
        let kind: UInt64 =
            if row.kindCode == EventKind.trade.rawValue {
                HftbacktestRow.trade
            } else if row.flags.contains(.clear) {
                HftbacktestRow.clear
            } else if row.flags.contains(.snapshot) {
                HftbacktestRow.snapshot
            } else {
                HftbacktestRow.depth
            }
        let side: UInt64 =
            switch row.side {
            case .buy: HftbacktestRow.buyBit
            case .sell: HftbacktestRow.sellBit
            case nil: 0
            }
        return HftbacktestRow(
            event: kind | side | processor, exchangeTime: row.exchangeTime,
            localTime: row.receiveTime &+ summary.shift, price: prices.value(row.price),
            quantity: quantities.value(row.quantity))
    }
}
