// Whole streams with lost, repeated and reordered messages: a live book never lacks an update.

import MartletBook
import MartletModel
import Testing

/// A venue's true history: a book contains exactly the messages up to some point of it.
struct NumberedHistory {
    private(set) var messages: [UpdateHeader] = []
    private(set) var last: Int64
    let numbering: SyncNumbering

    /// `count` messages after update `start`.
    init(
        count: Int, numbering: SyncNumbering, from start: Int64 = 1_000,
        random: inout SeededGenerator
    ) {
        self.numbering = numbering
        last = start
        for _ in 0..<count { append(&random) }
    }

    mutating func append(_ random: inout SeededGenerator) {
        let size = Int64.random(in: 0...4, using: &random)
        let jump = Int64.random(in: 0...3, using: &random)
        let next: UpdateHeader =
            switch numbering {
            case .binanceSpot, .mexcSpot:
                UpdateHeader(firstUpdate: last + 1, lastUpdate: last + 1 + size)
            case .binanceFutures:
                UpdateHeader(
                    firstUpdate: last + 1 + jump, lastUpdate: last + 1 + jump + size,
                    previousUpdate: last)
            case .okx:
                UpdateHeader(
                    firstUpdate: nil, lastUpdate: last + 1 + jump, previousUpdate: last)
            case .bybit, .mexcFutures, .wholeBooks, .none:
                UpdateHeader(firstUpdate: nil, lastUpdate: last + 1)
            }
        messages.append(next)
        last = next.lastUpdate ?? last
    }
}

extension SyncNumbering {
    static let numbered = allCases.filter(\.isNumbered)
}

@Suite("BookSync on faulty streams")
struct BookSyncStreamTests {
    /// Delivers messages with faults: 2 % lost, 2 % repeated, 2 % swapped with the next.
    private func delivered(
        _ venue: NumberedHistory, _ random: inout SeededGenerator
    ) -> [UpdateHeader] {
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

    /// The caller's part, naive: a book that is known by which messages it contains.
    private struct Follower {
        var sync: BookSync
        let venue: NumberedHistory
        var kept: [UpdateHeader] = []
        /// Everything up to here is in the book: from the snapshot, then message by message.
        var contains: Int64 = 0
        var isHealthy = true
        var applied = 0

        mutating func hear(_ header: UpdateHeader) {
            switch sync.change(header, at: 0) {
            case .apply:
                // The next message of the true history that the book does not contain yet.
                let next = venue.messages.first { ($0.lastUpdate ?? 0) > contains }
                let joins = next == header || header.lastUpdate == contains
                isHealthy = isHealthy && joins
                contains = max(contains, header.lastUpdate ?? 0)
                applied += 1
            case .buffer: kept.append(header)
            case .overflow: kept = [header]
            case .gap: kept = sync.numbering.joinsEarlyChanges ? [header] : []
            case .dropOld: isHealthy = isHealthy && (header.lastUpdate ?? 0) <= contains
            case .dropEarly: isHealthy = isHealthy && sync.needsSnapshot
            case .dropMalformed, .replace: isHealthy = false
            }
        }

        mutating func offer(snapshot: Int64) {
            let isStreamed = !sync.numbering.joinsEarlyChanges
            switch sync.snapshot(
                lastUpdate: snapshot, origin: isStreamed ? .streamed : .requested, at: 0)
            {
            case .apply:
                contains = snapshot
                let replayed = kept
                kept = []
                for header in replayed { hear(header) }
            case .replace:
                contains = snapshot
                kept = []
            case .tooOld, .alreadyContained: break
            }
        }
    }

    @Test(
        "what is applied is always the next message, and faults end",
        arguments: SyncNumbering.numbered, UInt64(0)..<100)
    func faults(numbering: SyncNumbering, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var venue = NumberedHistory(count: 400, numbering: numbering, random: &random)
        var follower = Follower(sync: BookSync(numbering: numbering), venue: venue)
        let ends = venue.messages.compactMap(\.lastUpdate)
        for header in delivered(venue, &random) {
            follower.hear(header)
            guard follower.sync.needsSnapshot, Int.random(in: 0..<5, using: &random) == 0
            else { continue }
            // Snapshots end with a message of the true history, somewhat late or early.
            let spread = numbering.joinsEarlyChanges ? Int64(-12)...6 : 0...0
            let around = (header.lastUpdate ?? 0) + Int64.random(in: spread, using: &random)
            follower.offer(snapshot: ends.last { $0 <= around } ?? 1_000)
        }
        #expect(follower.isHealthy)
        #expect(follower.applied > 0)
        // Liveness: faults stop, a snapshot comes, and the book is live again.
        follower.offer(snapshot: venue.last)
        venue.append(&random)
        _ = follower.sync.change(venue.messages[venue.messages.count - 1], at: 0)
        #expect(follower.sync.status == .live)
        #expect(follower.sync.version == venue.last)
    }

    enum Damage: String, CaseIterable, Sendable { case lost, repeated, swapped, renumbered }

    /// The stream with one damage at `index`, and where the damage shows at the latest.
    private func damaged(
        _ venue: NumberedHistory, _ damage: Damage, at index: Int,
        _ random: inout SeededGenerator
    ) -> (stream: [UpdateHeader], from: Int) {
        var stream = venue.messages
        switch damage {
        case .lost: stream.remove(at: index)
        case .repeated: stream.insert(stream[index], at: index + 1)
        case .swapped: stream.swapAt(index, index + 1)
        case .renumbered:
            let restart = NumberedHistory(
                count: stream.count - index, numbering: venue.numbering,
                from: Int64.random(in: 2...500, using: &random), random: &random)
            stream.replaceSubrange(index..., with: restart.messages)
        }
        return (stream, damage == .repeated ? index + 1 : index)
    }

    @Test(
        "a lost, repeated, swapped or renumbered message is noticed within one more",
        arguments: SyncNumbering.numbered, Damage.allCases)
    func detection(numbering: SyncNumbering, damage: Damage) {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let venue = NumberedHistory(count: 30, numbering: numbering, random: &random)
            let index = Int.random(in: 1..<25, using: &random)
            let (stream, from) = damaged(venue, damage, at: index, &random)
            var sync = BookSync(numbering: numbering)
            let isStreamed = !numbering.joinsEarlyChanges
            _ = sync.snapshot(
                lastUpdate: 1_000, origin: isStreamed ? .streamed : .requested, at: 0)
            var decisions: [ChangeDecision] = []
            for header in stream { decisions.append(sync.change(header, at: 0)) }
            #expect(decisions[..<from].allSatisfy { $0 == .apply })
            let expected: ChangeDecision = damage == .repeated ? .dropOld : .gap
            #expect(decisions[from...(from + 1)].contains(expected), "seed \(seed)")
            #expect(sync.gapCount == (damage == .repeated ? 0 : 1))
        }
    }

    @Test("an undamaged stream raises nothing", arguments: SyncNumbering.numbered)
    func clean(numbering: SyncNumbering) {
        var random = SeededGenerator(seed: 7)
        let venue = NumberedHistory(count: 5_000, numbering: numbering, random: &random)
        var sync = BookSync(numbering: numbering)
        _ = sync.snapshot(
            lastUpdate: 1_000, origin: numbering.joinsEarlyChanges ? .requested : .streamed, at: 0)
        for header in venue.messages { _ = sync.change(header, at: 0) }
        #expect(sync.gapCount == 0 && sync.oldCount == 0 && sync.malformedCount == 0)
        #expect(sync.status == .live)
    }
}
