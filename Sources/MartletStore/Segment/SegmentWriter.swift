// Event segments out: rows in arrival order in, file and sidecar out.

import Glibc
public import MartletModel

/// Writes an event segment and its sidecar, both complete or not at all.
///
/// Rows go in in arrival order; `exchangeOrder` is filled here. Ordering, counting, hashing and
/// writing happen on a second thread in blocks of 1.5 MB; memory stays below 20 MB however many
/// rows come and however disordered they are. Without ``finish(_:)`` nothing stays behind.
public struct SegmentWriter: ~Copyable {
    @usableFromInline var cursor: UnsafeMutablePointer<EventRow>
    @usableFromInline var limit: UnsafeMutablePointer<EventRow>
    private var block: RowBlock
    private let owner: PipelineOwner
    private var pipeline: SegmentPipeline { owner.pipeline }

    /// Opens temporary files beside `path` and its sidecar.
    public init(path: String) throws(Failure) {
        let pipelineOwner = PipelineOwner(try SegmentPipeline(path: path))
        let first = try pipelineOwner.pipeline.start()
        owner = pipelineOwner
        block = first
        cursor = first.rows
        limit = first.rows + RowBlock.capacity
    }

    /// Adds the next row in arrival order.
    @inlinable @inline(__always)
    public mutating func append(_ row: EventRow) throws(Failure) {
        if cursor == limit { try nextBlock() }
        cursor.pointee = row
        cursor += 1
    }

    /// Adds rows in arrival order.
    public mutating func append(_ rows: UnsafeBufferPointer<EventRow>) throws(Failure) {
        var done = 0
        while done < rows.count {
            if cursor == limit { try nextBlock() }
            let count = min(limit - cursor, rows.count - done)
            cursor.update(from: rows.baseAddress! + done, count: count)  // not empty here
            cursor += count
            done += count
        }
    }

    /// Writes what is left, asks for the sidecar, and gives both files their names.
    ///
    /// - Parameter makeSidecar: Gets what the rows say about themselves.
    /// - Returns: The sidecar as written.
    @discardableResult
    public consuming func finish(
        _ makeSidecar: (SegmentStatistics) throws(Failure) -> SegmentSidecar
    ) throws(Failure) -> SegmentSidecar {
        block.count = cursor - block.rows
        pipeline.submit(block)
        return try pipeline.finish(makeSidecar)
    }

    @usableFromInline mutating func nextBlock() throws(Failure) {
        block.count = cursor - block.rows
        pipeline.submit(block)
        guard let next = pipeline.emptyBlock() else {
            throw pipeline.failure()
        }
        block = next
        cursor = next.rows
        limit = next.rows + RowBlock.capacity
    }
}

/// Ends the pipeline's thread together with the writer that owns it.
private final class PipelineOwner {
    let pipeline: SegmentPipeline

    init(_ pipeline: SegmentPipeline) { self.pipeline = pipeline }

    deinit { pipeline.abandon() }
}
