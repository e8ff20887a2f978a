// The second half of writing a segment: order, count, hash and write blocks of rows.

import Glibc
import MartletModel

/// A block of rows on its way to the file.
final class RowBlock: @unchecked Sendable {
    // Sound because a block is touched by its holder only: the queues hand it over.

    /// Rows per block (1.5 MB).
    static let capacity = 1 << 15

    /// Room for ``capacity`` rows.
    let rows = UnsafeMutablePointer<EventRow>.allocate(capacity: capacity)
    /// How many are filled.
    var count = 0

    deinit { rows.deallocate() }

    var filled: UnsafeMutableBufferPointer<EventRow> {
        UnsafeMutableBufferPointer(start: rows, count: count)
    }
}

/// Takes full blocks from the writer and hands empty ones back, on a thread of its own.
final class SegmentPipeline: @unchecked Sendable {
    // Sound because the mutable state below is touched by the worker only until `join()`, and by
    // the joining thread afterwards; `problem` is guarded by its mutex.
    private static let blockCount = 5

    private let path: String
    private let descriptor: Int32
    private var segment: AtomicFile?
    private var sidecar: AtomicFile?
    private let full = BoundedQueue<RowBlock>(capacity: blockCount)
    private let empty = BoundedQueue<RowBlock>(capacity: blockCount)
    private var thread: WorkerThread?

    private var counter = StatisticsCounter()
    private var order = StreamingExchangeOrder()
    private var digest: Digest.SHA256? = Digest.SHA256()
    private var waiting: RowBlock?
    private var added: Int64 = 0
    private var settled: Int64 = 0
    private var problem: Failure?

    /// A pipeline into a segment at `path`.
    init(path: String) throws(Failure) {
        self.path = path
        let segment = try AtomicFile(path: path)
        sidecar = try AtomicFile(path: SegmentLayout.sidecarPath(of: path))
        descriptor = segment.descriptor
        let header = [UInt8](repeating: 0, count: SegmentLayout.headerLength)
        try segment.write(header)
        self.segment = consume segment
        for _ in 0..<Self.blockCount { _ = empty.push(RowBlock()) }
    }

    /// Starts the worker, and hands out the first block to fill.
    func start() throws(Failure) -> RowBlock {
        // The worker keeps the pipeline alive; `abandon()` or `finish()` ends it.
        thread = WorkerThread { self.work() }
        guard thread != nil, let first = empty.pop() else {
            throw Failure(.failure, "\(path): the system has no thread to write it with")
        }
        return first
    }

    /// An empty block to fill; nil after a problem, which ``finish()`` throws.
    func emptyBlock() -> RowBlock? { empty.pop() }

    /// Hands in a filled block.
    func submit(_ block: RowBlock) { _ = full.push(block) }

    /// Ends the worker once it has written what it was given.
    func abandon() {
        empty.close()
        full.close()
        thread?.join()
        thread = nil
    }

    /// What ended the worker early.
    func failure() -> Failure {
        abandon()
        return problem ?? Failure(.failure, "\(path): writing it has already ended")
    }

    /// Ends the worker after everything is written, writes header and sidecar, and gives both
    /// files their names.
    func finish(
        _ makeSidecar: (SegmentStatistics) throws(Failure) -> SegmentSidecar
    ) throws(Failure) -> SegmentSidecar {
        abandon()
        if let problem { throw problem }
        let statistics = try finishedStatistics()
        let made = try makeSidecar(statistics)
        guard let segment = segment.take(), let sidecar = sidecar.take() else { throw failure() }
        let header = NumpyHeader(fields: SegmentLayout.fields, rows: Int(statistics.rows))
        try segment.overwrite(header.bytes(length: SegmentLayout.headerLength), at: 0)
        try sidecar.write(made.json.pretty)
        // The sidecar first: a segment under its final name is never without one.
        try AtomicFile.commit(sidecar, segment)
        return made
    }

    private func finishedStatistics() throws(Failure) -> SegmentStatistics {
        var statistics = counter.finished()
        if order.isBroken {
            let found = try ExternalExchangeOrder(
                descriptor: descriptor, path: path, rowCount: statistics.rows
            ).fill()
            statistics.exchangeDisplacementMax = found.displacementMax
            statistics.rowsSHA256 = found.rowsSHA256
        } else {
            statistics.exchangeDisplacementMax = order.displacementMax
            statistics.rowsSHA256 = digest.take()?.finish() ?? ""
        }
        return statistics
    }

    private func work() {
        do throws(Failure) {
            while let block = full.pop() { try take(block) }
            if let last = waiting { try settle(last) }
        } catch {
            problem = error
            empty.close()
            full.close()
        }
    }

    /// Adds a block, and settles the one before it.
    private func take(_ block: RowBlock) throws(Failure) {
        let rows = UnsafeBufferPointer(block.filled)
        counter.add(rows)
        order.add(rows, startingAt: added)
        added += Int64(rows.count)
        if let previous = waiting {
            try settle(previous)
            previous.count = 0
            _ = empty.push(previous)
        }
        waiting = block
    }

    private func settle(_ block: RowBlock) throws(Failure) {
        order.settle(block.filled, startingAt: settled)
        settled += Int64(block.count)
        let bytes = UnsafeRawBufferPointer(block.filled)
        try AtomicFile.write(bytes, to: descriptor, path: path)
        // A broken order is found again at the end, and hashed then.
        if !order.isBroken { digest?.update(bytes) }
    }
}
