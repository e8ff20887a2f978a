// Exchange-time order of a finished file of any disorder, in bounded memory.

import Glibc
import MartletModel

/// Fills `exchangeOrder` of all rows of an open segment file by an external merge sort.
///
/// Runs of equal exchange time are sorted in pieces of 3 MB, spooled to an unlinked file beside
/// the segment, and merged; rows are read and rewritten block by block. Cost: O(n log n) time, two
/// passes over the file, about 16 MB of memory.
struct ExternalExchangeOrder {
    /// What the pass found.
    struct Result {
        var displacementMax: Int64
        var rowsSHA256: String
    }

    private static let pieceRuns = 1 << 17
    private static let blockRows = 1 << 15

    /// The file to work on, open for reading and writing: rows begin after the segment's header.
    let descriptor: Int32
    /// The file as the user named it.
    let path: String
    /// How many rows the file has.
    let rowCount: Int64

    /// Does the work.
    func fill() throws(Failure) -> Result {
        let block = UnsafeMutableBufferPointer<EventRow>.allocate(capacity: Self.blockRows)
        defer { block.deallocate() }
        let spool = try SpooledRecords<TimeRun>(beside: path)
        let pieces = try spoolSortedPieces(to: spool, block: block)
        return try spool.withRecords { (runs) throws(Failure) -> Result in
            var merge = RunMerge(runs: runs, pieces: pieces)
            return try rewrite(from: &merge, block: block)
        }
    }

    /// Returns where the sorted pieces end in the spool.
    private func spoolSortedPieces(
        to spool: SpooledRecords<TimeRun>, block: UnsafeMutableBufferPointer<EventRow>
    ) throws(Failure) -> [Int] {
        var runs: [TimeRun] = []
        var ends: [Int] = []
        var first: Int64 = 0
        while first < rowCount {
            let count = Int(min(Int64(block.count), rowCount - first))
            let rows = UnsafeMutableBufferPointer(rebasing: block[..<count])
            try read(rows, at: first)
            appendRuns(of: UnsafeBufferPointer(rows), startingAt: first, to: &runs)
            first += Int64(count)
            if runs.count >= Self.pieceRuns || first == rowCount {
                runs.sort(by: TimeRun.isBefore)
                for run in runs { try spool.append(run) }
                ends.append(spool.count)
                runs.removeAll(keepingCapacity: true)
            }
        }
        return ends
    }

    private func rewrite(
        from merge: inout RunMerge, block: UnsafeMutableBufferPointer<EventRow>
    ) throws(Failure) -> Result {
        let digest = Digest.SHA256()
        var displacementMax: Int64 = 0
        var run = TimeRun(time: 0, start: 0, count: 0)
        var first: Int64 = 0
        while first < rowCount {
            let count = Int(min(Int64(block.count), rowCount - first))
            let rows = UnsafeMutableBufferPointer(rebasing: block[..<count])
            try read(rows, at: first)
            for index in 0..<count {
                if run.count == 0 { run = merge.next() }
                let displacement = run.start - (first + Int64(index))
                guard let stored = Int32(exactly: displacement) else {
                    throw Failure(
                        .integrity,
                        "\(path): row \(run.start) belongs more than 2^31 rows away in "
                            + "exchange-time order; import shorter stretches")
                }
                rows[index].exchangeOrder = stored
                displacementMax = max(displacementMax, abs(displacement))
                run.start += 1
                run.count -= 1
            }
            try write(rows, at: first)
            digest.update(UnsafeRawBufferPointer(rows))
            first += Int64(count)
        }
        return Result(displacementMax: displacementMax, rowsSHA256: digest.finish())
    }

    private func offset(of row: Int64) -> Int {
        SegmentLayout.headerLength + Int(row) * SegmentLayout.rowSize
    }

    private func read(
        _ rows: UnsafeMutableBufferPointer<EventRow>, at first: Int64
    ) throws(Failure) {
        let target = UnsafeMutableRawBufferPointer(rows)
        var done = 0
        while done < target.count {
            let count = retryingInterrupts {
                pread(
                    descriptor, target.baseAddress! + done, target.count - done,
                    offset(of: first) + done)
            }  // not empty here, so it has a base address
            guard count > 0 else { throw FileFailure.reading(path, code: errno) }
            done += count
        }
    }

    private func write(
        _ rows: UnsafeMutableBufferPointer<EventRow>, at first: Int64
    ) throws(Failure) {
        let source = UnsafeRawBufferPointer(rows)
        var done = 0
        while done < source.count {
            let count = retryingInterrupts {
                pwrite(
                    descriptor, source.baseAddress! + done, source.count - done,
                    offset(of: first) + done)
            }  // not empty here, so it has a base address
            guard count > 0 else { throw FileFailure.writing(path, code: errno) }
            done += count
        }
    }
}

/// A k-way merge of sorted pieces by a binary heap of their heads.
private struct RunMerge {
    private let runs: UnsafeBufferPointer<TimeRun>
    private var heads: [(next: Int, end: Int)] = []

    init(runs: UnsafeBufferPointer<TimeRun>, pieces: [Int]) {
        self.runs = runs
        var start = 0
        for end in pieces where end > start {
            heads.append((start, end))
            start = end
        }
        for index in stride(from: heads.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    /// The next run in exchange-time order; there must be one.
    mutating func next() -> TimeRun {
        let run = runs[heads[0].next]
        heads[0].next += 1
        if heads[0].next == heads[0].end {
            heads[0] = heads[heads.count - 1]
            heads.removeLast()
        }
        sink(0)
        return run
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heads.count {
                if TimeRun.isBefore(runs[heads[child].next], runs[heads[smallest].next]) {
                    smallest = child
                }
            }
            if smallest == parent { return }
            heads.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
