// The order in which the exchange acted, found while rows stream by.

import MartletModel

/// Consecutive rows of one exchange time: the unit that exchange order moves around.
struct TimeRun {
    /// Exchange time, ns.
    var time: Int64
    /// Index of the first row.
    var start: Int64
    /// How many rows.
    var count: Int64

    /// Orders by exchange time; rows of equal time stay in arrival order.
    @inline(__always)
    static func isBefore(_ left: TimeRun, _ right: TimeRun) -> Bool {
        left.time != right.time ? left.time < right.time : left.start < right.start
    }
}

/// Cuts blocks of rows into runs.
func appendRuns(
    of rows: UnsafeBufferPointer<EventRow>, startingAt first: Int64, to runs: inout [TimeRun]
) {
    var index = 0
    while index < rows.count {
        let time = rows[index].exchangeTime
        var end = index + 1
        while end < rows.count, rows[end].exchangeTime == time { end += 1 }
        runs.append(TimeRun(time: time, start: first + Int64(index), count: Int64(end - index)))
        index = end
    }
}

/// Fills `exchangeOrder` of a stream of rows that is nearly in order: the rows before a block are
/// settled as soon as the block is known, unless a later row belongs before them. Then
/// ``isBroken`` is set, and the whole order has to be found by ``ExternalExchangeOrder``.
struct StreamingExchangeOrder {
    /// Whether a row came so late that settled positions were wrong.
    private(set) var isBroken = false
    /// The largest distance between a position and the row that stands there.
    private(set) var displacementMax: Int64 = 0

    private var runs: [TimeRun] = []
    private var head = 0
    private var settledTime = Int64.min

    /// Takes in the next rows, of which the first has index `first`.
    mutating func add(_ rows: UnsafeBufferPointer<EventRow>, startingAt first: Int64) {
        guard !isBroken else { return }
        runs.removeFirst(head)
        head = 0
        let old = runs.count
        appendRuns(of: rows, startingAt: first, to: &runs)
        for index in old..<runs.count where runs[index].time < settledTime {
            isBroken = true
            return
        }
        runs.sort(by: TimeRun.isBefore)
    }

    /// Settles the next positions: those of `rows`, of which the first has index `first`. Every
    /// row up to their end must have been added.
    mutating func settle(_ rows: UnsafeMutableBufferPointer<EventRow>, startingAt first: Int64) {
        guard !isBroken else { return }
        var index = 0
        while index < rows.count {
            let taken = min(Int(runs[head].count), rows.count - index)
            let displacement = runs[head].start - (first + Int64(index))
            // Within a window of a few blocks every distance fits 32 bits.
            let stored = Int32(truncatingIfNeeded: displacement)
            displacementMax = max(displacementMax, abs(displacement))
            for position in index..<(index + taken) { rows[position].exchangeOrder = stored }
            settledTime = runs[head].time
            runs[head].start += Int64(taken)
            runs[head].count -= Int64(taken)
            if runs[head].count == 0 { head += 1 }
            index += taken
        }
    }
}
