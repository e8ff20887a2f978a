// Books in the pipeline: what is delivered of them, and what they wait for.

public import MartletVenues

/// What the book of an instrument waits for.
public struct BookWish: Hashable, Sendable {
    /// The instrument, as the venue spells it.
    public let instrument: String
    /// What it waits for.
    public let need: BookNeed

    /// A wish by its parts.
    public init(instrument: String, need: BookNeed) {
        self.instrument = instrument
        self.need = need
    }
}

extension FeedPipeline {
    /// What books wait for; empty while all is well. Asking clears ``mayWish``.
    public func wishes() -> [BookWish] {
        mayWish = false
        var result: [BookWish] = []
        for state in table.states {
            guard let need = state.keeper?.need, need != .nothing else { continue }
            result.append(BookWish(instrument: state.name, need: need))
        }
        return result
    }

    /// How far the book of an instrument can be trusted; nil where none is kept.
    public func bookState(of instrument: String) -> FeedState? {
        table.states.first { $0.name == instrument }?.keeper?.state
    }

    /// How many books there are in each state.
    public var bookStates: [FeedState: Int] {
        var result: [FeedState: Int] = [:]
        for state in table.states {
            if let keeper = state.keeper { result[keeper.state, default: 0] += 1 }
        }
        return result
    }

    /// The keeper of an instrument's book, where one is kept.
    public func keeper(of instrument: String) -> BookKeeper? {
        table.states.first { $0.name == instrument }?.keeper
    }

    func handle(
        _ event: BookEvent, at index: Int, _ state: InstrumentState, isAnswer: Bool, _ time: Int64
    ) {
        let keeper = state.keeper ?? BookKeeper(books)
        state.keeper = keeper
        let outcome = keeper.handle(event, batch.levels.values, isAnswer: isAnswer, at: time)
        tell(outcome, state, keeper) { if self.isPrimary { self.send(index) } }
    }

    /// Delivers what an outcome asks for; `deliver` sends the message itself.
    func tell(
        _ outcome: BookOutcome, _ state: InstrumentState, _ keeper: BookKeeper,
        deliver: () -> Void = {}
    ) {
        switch outcome {
        case .deliver: deliver()
        case .withhold:
            mayWish = true
            countWithheld()
        case .wentLive(let trouble):
            changeCount += 1
            tellWhole(state, keeper, trouble)
        case .lost(let trouble):
            mayWish = true
            countWithheld()
            count(gap: true)
            record(.gap(trouble), .l2, state)
            change(.gapped, .l2, state, trouble.reason)
        case .wentStale: change(.stale, .l2, state, "silent")
        }
    }

    /// Tells that a book is whole, and the whole of it.
    func tellWhole(_ state: InstrumentState, _ keeper: BookKeeper, _ trouble: FeedTrouble) {
        guard isPrimary else { return }
        count(gap: false)
        record(.resync(trouble), .l2, state)
        change(.live, .l2, state, trouble.reason)
        keeper.render(into: &rendered, instrument: state.name)
        countSent()
        setLive()
        sink.event(0, of: rendered, context)
    }

    func doubtBooks(_ reason: String, at time: Int64) {
        for state in table.states {
            guard let keeper = state.keeper else { continue }
            tell(keeper.doubt(reason), state, keeper)
        }
    }

    func record(_ record: FeedRecord, _ channel: FeedChannel, _ state: InstrumentState) {
        // A `status` on the channel of that name is always the venue's own.
        guard isPrimary, channel != .status else { return }
        var own = context
        own.instrument = state.name.isEmpty ? nil : state.name
        sink.record(record, channel: channel, own)
    }

    /// Tells a channel's state where it differs from what was last told.
    func change(
        _ now: FeedState, _ channel: FeedChannel, _ state: InstrumentState, _ reason: String?
    ) {
        guard state.states[channel.place] != now else { return }
        state.states[channel.place] = now
        changeCount += 1
        record(.state(now, reason: reason), channel, state)
    }
}
