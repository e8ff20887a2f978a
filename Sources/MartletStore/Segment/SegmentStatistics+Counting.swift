// Counting a segment's rows again, to compare with what its sidecar says.

public import MartletModel

extension SegmentStatistics {
    /// What these rows, a whole segment in arrival order, say about themselves.
    ///
    /// One pass and one SHA-256; constant memory. Displacements beyond the rows' own
    /// `exchange_order` are not looked for: see ``EventSegment/validate()``.
    public init(counting rows: UnsafeBufferPointer<EventRow>) {
        var counter = StatisticsCounter()
        var start = 0
        while start < rows.count {
            let end = min(start + 32_768, rows.count)
            counter.add(UnsafeBufferPointer(rebasing: rows[start..<end]))
            start = end
        }
        self = counter.finished()
        for row in rows {
            exchangeDisplacementMax = max(
                exchangeDisplacementMax, Int64(row.exchangeOrder.magnitude))
        }
        rowsSHA256 = Digest.sha256(UnsafeRawBufferPointer(rows))
    }
}
