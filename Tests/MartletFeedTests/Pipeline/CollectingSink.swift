// A sink that remembers what was delivered, and checks that books are never wrong.

import MartletFeed
import MartletModel
import MartletVenues

/// Keeps envelopes as lines, counts by type.
final class CollectingSink: FeedSink {
    private(set) var lines: [String] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var records: [FeedRecord] = []
    private(set) var notes: [String] = []
    private var writer = EnvelopeWriter()
    let keepsLines: Bool

    init(keepsLines: Bool = true) { self.keepsLines = keepsLines }

    func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
        counts["\(batch.events[index].channel.rawValue)", default: 0] += 1
        if case .book(let book) = batch.events[index], book.isSnapshot {
            counts["snapshot", default: 0] += 1
        }
        guard keepsLines else { return }
        writer.removeAll()
        writer.append(event: index, of: batch, context)
        lines.append(String(decoding: writer.lines, as: UTF8.self))
    }

    func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext) {
        records.append(record)
        counts[record.type, default: 0] += 1
        guard keepsLines else { return }
        writer.removeAll()
        writer.append(record, channel: channel, context)
        lines.append(String(decoding: writer.lines, as: UTF8.self))
    }

    func note(_ text: String) { notes.append(text) }
}
