// What the rows of a segment say about themselves, counted while they are written.

public import MartletModel

/// Counts and ranges over all rows of a segment.
public struct SegmentStatistics: Hashable, Sendable {
    /// The number of rows.
    public var rows: Int64 = 0
    /// Rows by kind, indexed by raw value; index 0 stays 0.
    public var rowsByKind = [Int64](repeating: 0, count: EventKind.allCases.count + 1)
    /// The number of messages (rows flagged ``EventFlags/messageStart``).
    public var messages: Int64 = 0
    /// Receive time of the first row, ns; nil without rows.
    public var firstReceiveTime: Int64?
    /// Receive time of the last row, ns.
    public var lastReceiveTime: Int64?
    /// The lowest exchange time, ns.
    public var minExchangeTime: Int64?
    /// The highest exchange time, ns.
    public var maxExchangeTime: Int64?
    /// The lowest price of levels and trades, ticks.
    public var minPrice: Int64?
    /// The highest price of levels and trades, ticks.
    public var maxPrice: Int64?
    /// The lowest receive − exchange time over rows with a real exchange time, ns.
    public var offsetMin: Int64?
    /// As ``offsetMin``, over levels and ordinary trades only.
    public var offsetMinKept: Int64?
    /// The median of receive − exchange time over messages with a real exchange time, ns. Exact up
    /// to 131,072 messages; beyond, that of every 2nd, 4th, … message.
    public var offsetMedian: Int64?
    /// The highest receive − exchange time over rows with a real exchange time, ns.
    public var offsetMax: Int64?
    /// Messages flagged ``EventFlags/gap``.
    public var gaps: Int64 = 0
    /// Messages flagged ``EventFlags/stale``.
    public var stale: Int64 = 0
    /// Messages with a row flagged ``EventFlags/timeBackwards``.
    public var timesBackwards: Int64 = 0
    /// The largest distance, in rows, between arrival order and exchange-time order.
    public var exchangeDisplacementMax: Int64 = 0
    /// SHA-256 of all row bytes (the file after its first 512 bytes), hexadecimal.
    public var rowsSHA256 = ""

    /// Nothing counted yet.
    public init() {}

    /// Rows of one kind.
    public func rows(of kind: EventKind) -> Int64 { rowsByKind[Int(kind.rawValue)] }
}

/// Counts rows as they come.
struct StatisticsCounter {
    private(set) var statistics = SegmentStatistics()
    private var minExchange = Int64.max
    private var maxExchange = Int64.min
    private var minPrice = Int64.max
    private var maxPrice = Int64.min
    private var offsetMin = Int64.max
    private var offsetMinKept = Int64.max
    private var offsetMax = Int64.min
    private var isBackwards = false
    private var median = MedianSampler()

    /// Counts a block of rows, the next ones in arrival order.
    mutating func add(_ rows: UnsafeBufferPointer<EventRow>) {
        guard let first = rows.first, let last = rows.last else { return }
        if statistics.firstReceiveTime == nil { statistics.firstReceiveTime = first.receiveTime }
        statistics.lastReceiveTime = last.receiveTime
        statistics.rows += Int64(rows.count)
        for row in rows {
            let flags = row.flags
            let code = Int(row.kindCode)
            if code < statistics.rowsByKind.count { statistics.rowsByKind[code] += 1 }
            minExchange = min(minExchange, row.exchangeTime)
            maxExchange = max(maxExchange, row.exchangeTime)
            let isMessageStart = flags.contains(.messageStart)
            let isKept =
                row.kindCode == EventKind.level.rawValue
                || (row.kindCode == EventKind.trade.rawValue && !flags.contains(.nonMarket))
            if !flags.contains(.receiveTimeOnly) {
                let offset = row.receiveTime &- row.exchangeTime
                offsetMin = min(offsetMin, offset)
                offsetMax = max(offsetMax, offset)
                if isKept { offsetMinKept = min(offsetMinKept, offset) }
                if isMessageStart { median.add(offset) }
            }
            if row.kindCode <= EventKind.trade.rawValue, !flags.contains(.emptySide) {
                minPrice = min(minPrice, row.price)
                maxPrice = max(maxPrice, row.price)
            }
            if isMessageStart {
                statistics.messages += 1
                isBackwards = false
                if flags.contains(.gap) { statistics.gaps += 1 }
                if flags.contains(.stale) { statistics.stale += 1 }
            }
            if flags.contains(.timeBackwards), !isBackwards {
                isBackwards = true
                statistics.timesBackwards += 1
            }
        }
    }

    /// The counts, all ranges filled in.
    func finished() -> SegmentStatistics {
        var result = statistics
        if minExchange <= maxExchange {
            result.minExchangeTime = minExchange
            result.maxExchangeTime = maxExchange
        }
        if minPrice <= maxPrice {
            result.minPrice = minPrice
            result.maxPrice = maxPrice
        }
        if offsetMin <= offsetMax {
            result.offsetMin = offsetMin
            result.offsetMax = offsetMax
        }
        if offsetMinKept < .max { result.offsetMinKept = offsetMinKept }
        result.offsetMedian = median.median
        return result
    }
}

/// The lower median of a long series in bounded memory: of all values while they are few, of
/// every 2nd, 4th, 8th … value when they are many.
package struct MedianSampler {
    /// At most this many values are kept.
    static let capacity = 1 << 17

    private var values: [Int64] = []
    private var stride = 1
    private var skip = 0

    /// Nothing added yet.
    package init() {}

    /// Adds the next value.
    package mutating func add(_ value: Int64) {
        if skip > 0 {
            skip -= 1
            return
        }
        if values.count == Self.capacity {
            for index in 0..<(Self.capacity / 2) { values[index] = values[2 * index] }
            values.removeLast(Self.capacity / 2)
            stride *= 2
        }
        values.append(value)
        skip = stride - 1
    }

    /// The lower median of the values kept; nil without any.
    package var median: Int64? {
        values.isEmpty ? nil : values.sorted()[(values.count - 1) / 2]
    }
}
