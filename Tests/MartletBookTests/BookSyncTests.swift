// A book's synchronisation: the venue's rules as tables, and whole streams with faults in them.

import MartletBook
import MartletModel
import Testing

@Suite("BookSync")
struct BookSyncTests {
    /// What happens to a book, in short.
    enum Step: Sendable {
        case change(Int64, Int64, ChangeDecision)
        case linked(Int64, Int64, previous: Int64, ChangeDecision)
        case snapshot(Int64, SnapshotDecision)
        case status(BookStatus)
        case streamed(Int64?, SnapshotDecision)
        case timed(Int64, ChangeDecision)
        case timedBook(Int64, SnapshotDecision)
        case single(Int64?, previous: Int64?, ChangeDecision)
    }

    struct Script: CustomTestStringConvertible, Sendable {
        let name: String
        let numbering: SyncNumbering
        let steps: [Step]
        var testDescription: String { "\(numbering.rawValue): \(name)" }
    }

    static let spot: [Script] = [
        Script(
            name: "buffers, joins inside a message, goes on", numbering: .binanceSpot,
            steps: [
                .status(.syncing), .change(101, 105, .buffer), .change(106, 110, .buffer),
                .snapshot(107, .apply), .status(.syncing), .change(101, 105, .dropOld),
                .change(106, 110, .apply), .status(.live), .change(111, 111, .apply),
            ]),
        Script(
            name: "joins right after the snapshot", numbering: .binanceSpot,
            steps: [
                .change(101, 105, .buffer), .snapshot(100, .apply), .change(101, 105, .apply),
            ]),
        Script(
            name: "a snapshot that ends with a message drops it", numbering: .binanceSpot,
            steps: [
                .change(101, 105, .buffer), .snapshot(105, .apply), .change(101, 105, .dropOld),
                .status(.syncing), .change(106, 107, .apply),
            ]),
        Script(
            name: "a snapshot before the first change is too old", numbering: .binanceSpot,
            steps: [.change(101, 105, .buffer), .snapshot(99, .tooOld), .status(.syncing)]),
        Script(
            name: "a missing update is a gap, the next snapshot heals it", numbering: .binanceSpot,
            steps: [
                .snapshot(10, .apply), .change(11, 12, .apply), .change(14, 15, .gap),
                .status(.gapped), .change(16, 18, .buffer), .snapshot(12, .tooOld),
                .snapshot(16, .apply), .change(14, 15, .dropOld), .change(16, 18, .apply),
                .status(.live),
            ]),
        Script(
            name: "repeats are dropped, overlaps applied, unknown old numbers break the book",
            numbering: .binanceSpot,
            steps: [
                .snapshot(10, .apply), .change(5, 9, .dropOld), .change(11, 14, .apply),
                .change(11, 14, .dropOld), .change(13, 16, .apply), .change(17, 17, .apply),
                .change(11, 14, .dropOld), .change(1, 3, .gap), .status(.gapped),
                .change(4, 5, .buffer), .snapshot(4, .apply), .change(1, 3, .dropOld),
                .change(4, 5, .apply), .status(.live),
            ]),
        Script(
            name: "numbers that contradict themselves are dropped", numbering: .binanceSpot,
            steps: [
                .change(-1, 5, .dropMalformed), .change(9, 8, .dropMalformed),
                .snapshot(10, .apply), .change(11, Int64.max, .dropMalformed),
                .change(11, 11, .apply),
            ]),
    ]

    static let futures: [Script] = [
        Script(
            name: "drops strictly older, joins around the snapshot, follows pu",
            numbering: .binanceFutures,
            steps: [
                .linked(101, 105, previous: 99, .buffer), .linked(108, 112, previous: 105, .buffer),
                .snapshot(110, .apply), .linked(101, 105, previous: 99, .dropOld),
                .linked(108, 112, previous: 105, .apply), .status(.live),
                .linked(120, 125, previous: 112, .apply), .linked(130, 131, previous: 126, .gap),
                .status(.gapped),
            ]),
        Script(
            name: "a message that ends with the snapshot is the one to join",
            numbering: .binanceFutures,
            steps: [
                .linked(101, 105, previous: 99, .buffer), .snapshot(105, .apply),
                .linked(101, 105, previous: 99, .apply), .linked(107, 109, previous: 105, .apply),
            ]),
        Script(
            name: "a message that continues the snapshot exactly joins", numbering: .binanceFutures,
            steps: [
                .linked(108, 112, previous: 105, .buffer), .snapshot(105, .apply),
                .linked(108, 112, previous: 105, .apply), .status(.live),
            ]),
        Script(
            name: "U is not previous u + 1", numbering: .binanceFutures,
            steps: [
                .snapshot(100, .apply), .linked(99, 103, previous: 90, .apply),
                .linked(104, 108, previous: 102, .gap),
            ]),
        Script(
            name: "a snapshot before the first change is too old", numbering: .binanceFutures,
            steps: [.linked(108, 112, previous: 105, .buffer), .snapshot(104, .tooOld)]),
        Script(
            name: "after the snapshot a hole is a gap", numbering: .binanceFutures,
            steps: [
                .snapshot(100, .apply), .linked(103, 105, previous: 102, .gap), .status(.gapped),
            ]),
        Script(
            name: "without pu nothing can be followed", numbering: .binanceFutures,
            steps: [.snapshot(100, .apply), .change(99, 103, .dropMalformed), .status(.syncing)]),
        Script(
            name: "a live book ignores snapshots that it contains", numbering: .binanceFutures,
            steps: [
                .snapshot(100, .apply), .linked(99, 103, previous: 90, .apply),
                .snapshot(102, .alreadyContained), .status(.live), .snapshot(110, .apply),
                .status(.syncing), .linked(105, 112, previous: 103, .apply), .status(.live),
            ]),
    ]

    @Test("follows the venue's rules", arguments: spot + futures + others)
    func script(script: Script) {
        var sync = BookSync(numbering: script.numbering)
        for (index, step) in script.steps.enumerated() {
            switch step {
            case .change(let first, let last, let expected):
                let header = UpdateHeader(firstUpdate: first, lastUpdate: last)
                #expect(sync.change(header, at: 0) == expected, "step \(index)")
            case .linked(let first, let last, let previous, let expected):
                let header = UpdateHeader(
                    firstUpdate: first, lastUpdate: last, previousUpdate: previous)
                #expect(sync.change(header, at: 0) == expected, "step \(index)")
            case .snapshot(let last, let expected):
                #expect(sync.snapshot(lastUpdate: last, at: 0) == expected, "step \(index)")
            case .status(let expected):
                #expect(sync.status == expected, "step \(index)")
            case .streamed(let last, let expected):
                let decision = sync.snapshot(lastUpdate: last, origin: .streamed, at: 0)
                #expect(decision == expected, "step \(index)")
            case .timed(let time, let expected):
                let header = UpdateHeader(firstUpdate: nil, lastUpdate: nil, exchangeTime: time)
                #expect(sync.change(header, at: 0) == expected, "step \(index)")
            case .timedBook(let time, let expected):
                let decision = sync.snapshot(
                    lastUpdate: nil, origin: .streamed, exchangeTime: time, at: 0)
                #expect(decision == expected, "step \(index)")
            case .single(let last, let previous, let expected):
                let header = UpdateHeader(
                    firstUpdate: nil, lastUpdate: last, previousUpdate: previous)
                #expect(sync.change(header, at: 0) == expected, "step \(index)")
            }
        }
    }

    @Test("a live book goes stale in silence and revives with the next change")
    func stale() {
        var sync = BookSync(numbering: .binanceSpot, limits: SyncLimits(staleAfter: 100))
        _ = sync.snapshot(lastUpdate: 10, at: 1_000)
        _ = sync.change(UpdateHeader(firstUpdate: 11, lastUpdate: 11), at: 1_050)
        sync.checkTime(1_150)
        #expect(sync.status == .live)
        sync.checkTime(1_151)
        #expect(sync.status == .stale)
        let next = sync.change(UpdateHeader(firstUpdate: 12, lastUpdate: 12), at: 1_160)
        #expect(next == .apply && sync.status == .live)
        sync.checkTime(Int64.min)
        sync.checkTime(Int64.max)
        #expect(sync.status == .stale)
    }

    @Test("a cross that lasts breaks the book, a short one does not")
    func crossed() {
        var sync = BookSync(numbering: .binanceSpot, limits: SyncLimits(crossedMax: 100))
        _ = sync.snapshot(lastUpdate: 10, at: 0)
        _ = sync.change(UpdateHeader(firstUpdate: 11, lastUpdate: 11), at: 0)
        let seen = [
            sync.observe(isCrossed: true, at: 0), sync.observe(isCrossed: true, at: 100),
            sync.observe(isCrossed: false, at: 101), sync.observe(isCrossed: true, at: 150),
            sync.observe(isCrossed: true, at: 250), sync.observe(isCrossed: true, at: 251),
            sync.observe(isCrossed: true, at: 252),
        ]
        #expect(seen == [false, false, false, false, false, true, false])
        #expect(sync.status == .gapped && sync.needsSnapshot && sync.gapCount == 1)
    }

    @Test("the number of kept changes has a limit")
    func overflow() {
        var sync = BookSync(numbering: .binanceSpot, limits: SyncLimits(bufferedMax: 2))
        var decisions: [ChangeDecision] = []
        for update in 1...4 as ClosedRange<Int64> {
            decisions.append(
                sync.change(UpdateHeader(firstUpdate: update, lastUpdate: update), at: 0))
        }
        #expect(decisions == [.buffer, .buffer, .overflow, .buffer])
        #expect(sync.bufferedCount == 2)
        #expect(sync.snapshot(lastUpdate: 1, at: 0) == .tooOld)
        #expect(sync.snapshot(lastUpdate: 2, at: 0) == .apply)
        sync.reset()
        #expect(sync.needsSnapshot && sync.bufferedCount == 0 && sync.status == .syncing)
    }
}
