// Where the pipelines of a replay deliver: envelopes in a buffer, filtered.

import MartletModel
import MartletVenues

/// Collects the envelopes of a replay until they are handed on.
final class ReplaySink: FeedSink {
    /// Envelopes so far.
    private(set) var count: Int64 = 0
    /// Words for the person who runs the replay, at most a few.
    private(set) var notes: [String] = []
    /// Whether envelopes are wanted at the moment.
    var isOpen = true
    private var writer = EnvelopeWriter(capacity: 1 << 19)
    private let filter: EnvelopeFilter

    init(_ filter: EnvelopeFilter) { self.filter = filter }

    var byteCount: Int { writer.count }

    /// Calls `body` with the whole lines collected, and forgets them.
    func drain<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { writer.removeAll() }
        return try body(writer.lines)
    }

    func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
        guard isOpen,
            filter.passesAll || filter.passes(batch.events[index], of: batch, context)
        else { return }
        writer.append(event: index, of: batch, context)
        count += 1
    }

    func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext) {
        guard isOpen, filter.passes(record: record.type, of: context.instrument) else { return }
        writer.append(record, channel: channel, context)
        count += 1
    }

    func note(_ text: String) { if notes.count < 20 { notes.append(text) } }
}
