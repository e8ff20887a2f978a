// Whole streams with lost, repeated and reordered messages: a live book never lacks an update.

import MartletBook
import MartletModel
import Testing

@Suite("BookSync on faulty streams")
struct BookSyncStreamTests {
    /// A venue's true history: after update `u` the book contains exactly updates 1…u.
    private struct Venue {
        var messages: [UpdateHeader] = []
        var last: Int64 = 0

        init(count: Int, rules: SyncRules, random: inout SeededGenerator) {
            for _ in 0..<count {
                // Futures numbers jump between messages; spot numbers never do.
                let skipped = rules == .binanceSpot ? 0 : Int64.random(in: 0...3, using: &random)
                let first = last + 1 + skipped
                let end = first + Int64.random(in: 0...4, using: &random)
                messages.append(
                    UpdateHeader(
                        firstUpdate: first, lastUpdate: end,
                        previousUpdate: rules == .binanceSpot ? nil : last))
                last = end
            }
        }
    }

    /// Delivers messages with faults: 2 % lost, 2 % repeated, 2 % swapped with the next.
    private func delivered(_ venue: Venue, _ random: inout SeededGenerator) -> [UpdateHeader] {
        var stream: [UpdateHeader] = []
        for message in venue.messages {
            switch Int.random(in: 0..<100, using: &random) {
            case 0, 1: break
            case 2, 3: stream += [message, message]
            case 4...5 where !stream.isEmpty: stream.insert(message, at: stream.count - 1)
            default: stream.append(message)
            }
        }
        return stream
    }

    /// The caller's part: a book that is known by which messages it contains.
    private struct Follower {
        var sync: BookSync
        let venue: Venue
        var kept: [UpdateHeader] = []
        /// Everything up to here is in the book: from the snapshot, then message by message.
        var contains: Int64 = 0
        var isHealthy = true
        var applied = 0

        mutating func hear(_ header: UpdateHeader) {
            switch sync.change(header, at: 0) {
            case .apply:
                // The next message of the true history that the book does not contain yet.
                let next = venue.messages.first { $0.lastUpdate > contains }
                let joins = next == header || header.lastUpdate == contains
                isHealthy = isHealthy && joins
                contains = max(contains, header.lastUpdate)
                applied += 1
            case .buffer: kept.append(header)
            case .gap, .overflow: kept = [header]
            case .dropOld: isHealthy = isHealthy && header.lastUpdate <= contains
            case .dropMalformed: isHealthy = false
            }
        }

        mutating func offer(snapshot: Int64) {
            guard sync.snapshot(lastUpdate: snapshot, at: 0) == .apply else { return }
            contains = snapshot
            let replayed = kept
            kept = []
            for header in replayed { hear(header) }
        }
    }

    @Test(
        "what is applied is always the next message, and faults end",
        arguments: SyncRules.allCases, UInt64(0)..<100)
    func faults(rules: SyncRules, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let venue = Venue(count: 400, rules: rules, random: &random)
        var follower = Follower(sync: BookSync(rules: rules), venue: venue)
        for header in delivered(venue, &random) {
            follower.hear(header)
            guard follower.sync.needsSnapshot, Int.random(in: 0..<5, using: &random) == 0
            else { continue }
            // Snapshots end with a message of the true history, somewhat late or early.
            let around = header.lastUpdate + Int64.random(in: -12...6, using: &random)
            let ends = venue.messages.map(\.lastUpdate)
            follower.offer(snapshot: ends.last { $0 <= around } ?? 0)
        }
        #expect(follower.isHealthy)
        #expect(follower.applied > 0)
        // Liveness: faults stop, a snapshot comes, and the book is live again.
        let tail = [
            UpdateHeader(
                firstUpdate: venue.last + 1, lastUpdate: venue.last + 2,
                previousUpdate: rules == .binanceSpot ? nil : venue.last)
        ]
        follower.offer(snapshot: venue.last)
        for header in tail { _ = follower.sync.change(header, at: 0) }
        #expect(follower.sync.status == .live)
        #expect(follower.sync.version == venue.last + 2)
    }
}
