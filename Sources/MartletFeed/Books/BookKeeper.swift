// Keeps the book of one instrument on one connection, and says what of it may be delivered.

public import MartletBook
import MartletModel
public import MartletVenues

/// One instrument's book on one connection: the synchronisation, the levels, the kept changes.
///
/// A class because it has an identity: the connection's book of that instrument. Pure otherwise:
/// no clock, no IO; times are handed in (ns, one clock).
public final class BookKeeper {
    /// How this venue's books are kept.
    public let settings: BookSettings
    /// The synchronisation.
    public private(set) var sync: BookSync
    /// The levels as far as they are known; only to be relied on while ``isLive``.
    public private(set) var book: KeptBook
    /// The venue's time of the last applied message, ns.
    public private(set) var exchangeTime: Int64?
    /// Times the book was lost.
    public private(set) var gapCount: Int64 = 0
    /// Times the book became live.
    public private(set) var liveCount: Int64 = 0
    /// Messages kept back or thrown away.
    public private(set) var withheldCount: Int64 = 0

    /// The latest top of the book from a channel of its own.
    private var shown = KeptBook(levelMax: 1_000)
    private var kept: [KeptChange] = []
    private var keptLevels = 0
    /// Changes thrown away since the book was last live.
    private var discarded: Int64 = 0
    private var wasLive = false
    /// Whether the book was silent for too long, and nothing has shown since that it goes on.
    public var isDoubted: Bool { doubtedFrom != nil }
    /// Since when that is so; ns, before all times where the silence was on an earlier connection.
    public private(set) var doubtedFrom: Int64?
    /// Whether a whole book came of the latest subscription while it was doubted.
    private var sawWhole = false
    private var lossReason: String?
    private var snapshotTime: Int64 = 0
    /// Since when changes come of a book whose snapshot the stream owes; ns.
    private var earlySince: Int64?
    private var lastTime: Int64 = 0

    /// How long the stream may owe a snapshot while changes come; ns.
    public static let earlyMax: Int64 = 2_000_000_000
    /// How long a requested snapshot may wait for the change that continues it; ns.
    public static let joinMax: Int64 = 10_000_000_000

    private struct KeptChange {
        let header: UpdateHeader
        let bids: [KeptLevel]
        let asks: [KeptLevel]
        let checksum: Int32?
    }

    /// A book of which nothing is known.
    public init(_ settings: BookSettings) {
        self.settings = settings
        sync = BookSync(
            numbering: Self.numbering(settings.source),
            limits: SyncLimits(bufferedMax: settings.bufferedMax))
        book = KeptBook(levelMax: settings.levelMax)
    }

    /// The numbering that a venue's books are followed by.
    static func numbering(_ source: BookSource) -> SyncNumbering {
        switch source {
        case .requested(let numbering), .streamed(let numbering): numbering
        case .snapshots, .none: .wholeBooks
        }
    }

    /// Whether the book may be delivered: whole, in sequence, two-sided, not crossed, fresh.
    public var isLive: Bool {
        sync.status == .live && !isDoubted && book.isTwoSided && !book.isCrossed
    }

    /// How far the book can be trusted.
    public var state: FeedState {
        if isDoubted { return .stale }
        return switch sync.status {
        case .live: isLive ? .live : .gapped
        case .syncing: .syncing
        case .gapped: .gapped
        case .stale: .stale
        }
    }

    /// What has to be fetched or subscribed for the book to become live.
    public var need: BookNeed {
        guard sync.needsSnapshot else { return .nothing }
        switch settings.source {
        case .requested: return sync.bufferedCount > 0 ? .requestedSnapshot : .nothing
        case .streamed:
            // A stream that begins with changes brings no snapshot: ask for one where possible.
            if settings.canRequest, sync.bufferedCount > 0 { return .requestedSnapshot }
            if let earlySince, lastTime - earlySince > Self.earlyMax { return .streamedSnapshot }
            return sync.status == .gapped ? .streamedSnapshot : .nothing
        case .snapshots, .none: return .nothing
        }
    }

    /// A book message arrived; `isAnswer` where it answers a request of ours.
    public func handle(
        _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>, isAnswer: Bool,
        at time: Int64
    ) -> BookOutcome {
        lastTime = max(lastTime, time)
        guard isDoubted else { return take(event, levels, isAnswer, time) }
        // An answer says nothing of the stream, and the whole that a subscription begins with
        // comes of a dead stream, too: what follows shows that the channel goes on.
        if !isAnswer {
            if event.isSnapshot, !sawWhole { sawWhole = true } else { doubtedFrom = nil }
        }
        let outcome = take(event, levels, isAnswer, time)
        // The message itself may have brought nothing new.
        return outcome == .withhold && isLive && !wasLive ? report() : outcome
    }

    /// The channel is subscribed to anew.
    ///
    /// - Parameter afterSilence: Whether it was silent on the connection before this one.
    public func expect(afterSilence: Bool = false) {
        sawWhole = false
        if afterSilence, !wasLive { doubtedFrom = Int64.min }
    }

    private func take(
        _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>, _ isAnswer: Bool,
        _ time: Int64
    ) -> BookOutcome {
        if event.isSnapshot {
            if event.isTopOnly, sync.numbering.isNumbered { return top(event, levels) }
            return snapshot(event, levels, isAnswer, time)
        }
        let header = UpdateHeader(
            firstUpdate: event.firstUpdate, lastUpdate: event.lastUpdate,
            previousUpdate: event.previousUpdate, exchangeTime: event.header.exchangeTime)
        let before = sync.version
        switch sync.change(header, at: time) {
        case .apply:
            guard apply(event, levels) else { return unusable("level") }
            return settle(event, time)
        case .replace:
            book.removeAll()
            forgetKept()
            guard apply(event, levels) else { return unusable("level") }
            return settle(event, time)
        case .buffer:
            return keep(header, event, levels)
        case .gap:
            forgetKept()
            let expected = before == Int64.max ? nil : before + 1
            if sync.numbering.joinsEarlyChanges { _ = keep(header, event, levels) }
            return lost(
                FeedTrouble(
                    "sequence", expected: event.previousUpdate == nil ? expected : before,
                    seen: event.previousUpdate ?? event.firstUpdate ?? event.lastUpdate))
        case .overflow:
            discarded += Int64(kept.count)
            forgetKept()
            return keep(header, event, levels)
        case .dropEarly:
            earlySince = earlySince ?? time
            withheldCount += 1
            return .withhold
        case .dropOld, .dropMalformed:
            withheldCount += 1
            return .withhold
        }
    }

    /// Looks at the clock: silence of more than `limit` (ns) makes a live book stale, and a cross
    /// or a missing side that lasts breaks it.
    public func tick(_ time: Int64, staleAfter limit: Int64) -> BookOutcome {
        if sync.status == .syncing, !sync.needsSnapshot, sync.oldCount > 0,
            time - snapshotTime > Self.joinMax
        {
            return unusable("join")
        }
        if sync.isCrossed, sync.observe(isCrossed: true, at: time) { forgetKept() }
        let was = sync.status
        sync.checkTime(time, limit: limit)
        guard was == .live, sync.status == .stale else { return .withhold }
        defer { wasLive = false }
        doubtedFrom = doubtedFrom ?? time
        lossReason = "stale"
        return wasLive ? .wentStale : .withhold
    }

    /// A message of this connection could not be read, or messages were lost without a trace:
    /// where the numbers will not tell, the book cannot be relied on.
    public func doubt(_ reason: String) -> BookOutcome {
        guard !sync.numbering.isNumbered, sync.numbering != .wholeBooks, !sync.needsSnapshot
        else { return .withhold }
        return unusable(reason)
    }

    /// The book has to be put together anew, whatever it says itself.
    public func restart() {
        sync.reset()
        book.removeAll()
        forgetKept()
        earlySince = nil
        wasLive = false
        doubtedFrom = nil
    }

    // MARK: Snapshots

    private func snapshot(
        _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>, _ isAnswer: Bool,
        _ time: Int64
    ) -> BookOutcome {
        let origin = origin(isAnswer)
        let decision = sync.snapshot(
            lastUpdate: event.lastUpdate, origin: origin,
            exchangeTime: event.header.exchangeTime, at: time)
        switch decision {
        case .tooOld, .alreadyContained:
            withheldCount += 1
            return .withhold
        case .replace: forgetKept()
        case .apply: break
        }
        snapshotTime = time
        earlySince = nil
        book.removeAll()
        guard fill(event, levels) else { return unusable("level") }
        if decision == .replace { return settle(event, time) }
        exchangeTime = event.header.exchangeTime
        return replay(time)
    }

    private func origin(_ isAnswer: Bool) -> SnapshotOrigin {
        switch settings.source {
        case .requested: .requested
        case .streamed: isAnswer ? .requested : .streamed
        case .snapshots, .none: .streamed
        }
    }

    /// Hands the kept changes in again, after a snapshot that was asked for.
    private func replay(_ time: Int64) -> BookOutcome {
        let changes = kept
        forgetKept()
        for (index, change) in changes.enumerated() {
            switch sync.change(change.header, at: time) {
            case .apply, .replace:
                for level in change.bids {
                    guard book.set(.buy, level) else { return unusable("level") }
                }
                for level in change.asks {
                    guard book.set(.sell, level) else { return unusable("level") }
                }
            case .gap, .buffer, .overflow:
                // What was kept has a hole itself: the rest is kept for the next snapshot.
                kept = Array(changes[index...])
                keptLevels = kept.reduce(0) { $0 + $1.bids.count + $1.asks.count }
                for rest in changes[(index + 1)...] { _ = sync.change(rest.header, at: time) }
                return lost(FeedTrouble("sequence"))
            case .dropOld, .dropEarly, .dropMalformed: discarded += 1
            }
        }
        if sync.observe(isCrossed: book.isCrossed, at: time) { return lost(FeedTrouble("crossed")) }
        return report()
    }

    /// The top of the book from a channel of its own: it stands for itself and joins nothing.
    private func top(
        _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>
    ) -> BookOutcome {
        shown.removeAll()
        guard shown.fill(.buy, levels[event.bids.indices]),
            shown.fill(.sell, levels[event.asks.indices]), shown.isTwoSided, !shown.isCrossed
        else {
            withheldCount += 1
            return .withhold
        }
        return .deliver
    }

    // MARK: Levels

    private func apply(_ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>) -> Bool {
        book.set(.buy, levels[event.bids.indices]) && book.set(.sell, levels[event.asks.indices])
    }

    private func fill(_ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>) -> Bool {
        book.fill(.buy, levels[event.bids.indices]) && book.fill(.sell, levels[event.asks.indices])
    }

    private func keptLevels(
        _ range: LevelRange, _ levels: UnsafeBufferPointer<BookLevel>
    ) -> [KeptLevel]? {
        var result: [KeptLevel] = []
        result.reserveCapacity(range.count)
        for index in range.indices {
            guard let level = KeptLevel(levels[index]) else { return nil }
            result.append(level)
        }
        return result
    }

    private func keep(
        _ header: UpdateHeader, _ event: BookEvent, _ levels: UnsafeBufferPointer<BookLevel>
    ) -> BookOutcome {
        withheldCount += 1
        keptLevels += event.bids.count + event.asks.count
        guard keptLevels <= settings.bufferedLevelMax, let bids = keptLevels(event.bids, levels),
            let asks = keptLevels(event.asks, levels)
        else {
            // Too much is waiting: begin again with the next message.
            sync.reset()
            discarded += Int64(kept.count)
            forgetKept()
            return .withhold
        }
        kept.append(
            KeptChange(header: header, bids: bids, asks: asks, checksum: event.checksum))
        return .withhold
    }

    private func forgetKept() {
        kept.removeAll(keepingCapacity: kept.capacity <= 1_024)
        keptLevels = 0
    }

    // MARK: Verdicts

    /// After a message was applied: is the book still, or again, one to be delivered?
    private func settle(_ event: BookEvent, _ time: Int64) -> BookOutcome {
        if let depth = event.depth, case .streamed = settings.source { book.trim(to: depth) }
        if let time = event.header.exchangeTime { exchangeTime = time }
        if let sum = event.checksum, sum != 0, let checksum = settings.checksum,
            checksum(book) != sum
        {
            return unusable("checksum")
        }
        let isBroken = sync.observe(isCrossed: book.isCrossed, at: time)
        if isBroken { forgetKept() }
        return report()
    }

    private func report() -> BookOutcome {
        if isLive {
            if wasLive { return .deliver }
            wasLive = true
            liveCount += 1
            let trouble = FeedTrouble(lossReason ?? "bootstrap", count: discarded)
            lossReason = nil
            discarded = 0
            return .wentLive(trouble)
        }
        withheldCount += 1
        guard wasLive else { return .withhold }
        return lost(FeedTrouble(book.isCrossed ? "crossed" : "emptySide"))
    }

    private func unusable(_ reason: String) -> BookOutcome {
        sync.invalidate()
        book.removeAll()
        forgetKept()
        return lost(FeedTrouble(reason))
    }

    private func lost(_ trouble: FeedTrouble) -> BookOutcome {
        lossReason = trouble.reason
        guard wasLive else { return .withhold }
        wasLive = false
        gapCount += 1
        return .lost(trouble)
    }
}
