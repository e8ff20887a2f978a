// Silence in the pipeline: which channels keep their pace, and what is said of those that do not.

public import MartletVenues

/// A channel that has been silent for longer than its bound.
public struct SilentTopic: Hashable, Sendable {
    /// The instrument, as the venue spells it; empty for a channel of the whole venue.
    public let instrument: String
    /// The channel.
    public let channel: FeedChannel
    /// Whether it never spoke since it was subscribed to.
    public let isFirst: Bool
    /// Whether silence is ordinary for it, and the connection lives.
    public let isQuiet: Bool
    /// How long it may be silent; ns.
    public let bound: Int64
}

extension FeedPipeline {
    /// A subscription was sent: its first message is awaited from now on.
    ///
    /// - Parameter afterSilence: Whether the channel was silent on the connection before this one.
    public func expect(_ topic: Topic, afterSilence: Bool = false, at time: Int64) {
        guard let state = state(named: subject(of: topic)) else { return }
        let place = topic.channel.place
        state.wanted |= 1 << UInt16(place)
        if state.watches[place] == nil {
            state.watches[place] = ChannelWatch(
                topic.channel, cadence: cadences[topic.channel], at: time)
        }
        state.watches[place]?.restart(at: time, afterSilence: afterSilence)
        if topic.channel == .l2 {
            if state.keeper == nil { state.keeper = BookKeeper(books) }
            state.keeper?.expect(afterSilence: afterSilence)
        }
        context.receiveTime = time
        guard state.states[place] == nil else { return }
        change(
            afterSilence ? .stale : .syncing, topic.channel, state,
            afterSilence ? "silent" : "subscribed")
    }

    /// A subscription ended: its silence means nothing any more.
    public func forget(_ topic: Topic, at time: Int64) {
        guard let state = table.find(named: subject(of: topic)) else { return }
        context.receiveTime = time
        if state.states[topic.channel.place] != nil {
            record(.disconnect(FeedTrouble("ended")), topic.channel, state)
        }
        state.wanted &= ~(1 << UInt16(topic.channel.place))
        state.watches[topic.channel.place] = nil
        state.states[topic.channel.place] = nil
        if topic.channel == .l2 { state.keeper = nil }
        forgetTickers(state)
    }

    /// Whether events of a channel are delivered: a venue's stream may carry more than was asked
    /// for.
    func isWanted(_ channel: FeedChannel, _ state: InstrumentState?) -> Bool {
        guard isSelective, let state else { return true }
        let bit: UInt16 = 1 << UInt16(channel.place)
        if state.wanted & bit != 0 { return true }
        return table.find(named: "").map { $0.wanted & bit != 0 } ?? false
    }

    /// A channel spoke: one message counts once, however many events it carries.
    func hear(_ channel: FeedChannel, _ state: InstrumentState, _ time: Int64) {
        let place = channel.place
        guard state.heardFrames[place] != context.sequence else { return }
        state.heardFrames[place] = context.sequence
        if state.watches[place] == nil {
            state.watches[place] = ChannelWatch(channel, cadence: cadences[channel], at: time)
        }
        _ = state.watches[place]?.heard(at: time)
        // A book's state is told by its keeper.
        guard channel != .l2, state.states[place] != .live else { return }
        if state.watches[place]?.isDoubted == false { change(.live, channel, state, nil) }
    }

    /// Looks at the clock: tells what has become silent or stale, and returns it.
    public func tick(at time: Int64) -> [SilentTopic] {
        context.receiveTime = time
        var silent: [SilentTopic] = []
        for state in table.states {
            for channel in FeedChannel.allCases {
                guard state.watches[channel.place]?.becameSilent(at: time) == true,
                    let watch = state.watches[channel.place]
                else { continue }
                let isQuiet = channel.isEventDriven && isAlive(besides: channel, state, time)
                silent.append(
                    SilentTopic(
                        instrument: state.name, channel: channel, isFirst: watch.count == 0,
                        isQuiet: isQuiet, bound: watch.bound))
                if channel != .l2 {
                    change(isQuiet ? .quiet : .stale, channel, state, "silent")
                } else if watch.count == 0 {
                    change(.stale, channel, state, "silent")
                }
            }
            guard let keeper = state.keeper else { continue }
            let bound = state.watches[FeedChannel.l2.place]?.bound ?? ChannelWatch.initialMin
            let was = (keeper.isDoubted, keeper.state)
            let outcome = keeper.tick(time, staleAfter: bound)
            // What nobody is told of yet still decides what becomes of later messages.
            if was != (keeper.isDoubted, keeper.state) { changeCount += 1 }
            if outcome != .withhold { tell(outcome, state, keeper) }
        }
        return silent
    }

    /// Whether a topic is silent for longer than its bound, or was, and has not shown since that
    /// it goes on. Only what was found by `time` (ns) counts: what is silent on a connection that
    /// died then was silenced by its death.
    public func isDoubted(_ topic: Topic, by time: Int64 = Int64.max) -> Bool {
        guard let state = table.find(named: subject(of: topic)),
            let watch = state.watches[topic.channel.place]
        else { return false }
        if let from = state.keeper?.doubtedFrom, topic.channel == .l2, from <= time { return true }
        guard !watch.isEventDriven, let from = watch.silentFrom, from <= time else { return false }
        // Of a book its keeper knows better whether what came was of use.
        return watch.isSilent || (topic.channel != .l2 && watch.isDoubted)
    }

    /// When a topic's latest message arrived; ns, nil while there was none.
    public func lastMessage(of topic: Topic) -> Int64? {
        table.find(named: subject(of: topic))?.watches[topic.channel.place]?.lastMessage
    }

    /// Whether any channel of the connection keeps its pace at `time`, judged by its messages alone.
    public func isAlive(at time: Int64) -> Bool {
        table.states.contains { state in
            state.watches.contains { watch in
                guard let watch, let latest = watch.lastMessage else { return false }
                return time - latest <= watch.bound
            }
        }
    }

    /// Whether some other channel of the connection keeps its pace.
    private func isAlive(
        besides channel: FeedChannel, _ own: InstrumentState, _ time: Int64
    ) -> Bool {
        for state in table.states {
            for other in FeedChannel.allCases where other != channel || state !== own {
                guard let watch = state.watches[other.place], let latest = watch.lastMessage
                else { continue }
                if time - latest <= watch.bound { return true }
            }
        }
        return false
    }

    /// Whether every subscribed channel has spoken and every book is live: the connection can take
    /// over from another one. Channels that speak only when something happens are not waited for.
    public var isSynced: Bool { isSynced(like: nil) }

    /// Whether the connection can take over from `other`: of what that one has live, nothing is
    /// missing here. Without another one, everything is asked for.
    public func isSynced(like other: FeedPipeline?) -> Bool {
        for state in table.states {
            let known = other?.table.find(named: state.name)
            if let keeper = state.keeper, !keeper.isLive {
                if other == nil || known?.keeper?.isLive == true { return false }
            }
            for channel in FeedChannel.allCases where !channel.isEventDriven {
                guard let watch = state.watches[channel.place], watch.count == 0 else { continue }
                guard other != nil else { return false }
                if let its = known?.watches[channel.place], its.count > 0, !its.isSilent,
                    !its.isDoubted
                {
                    return false
                }
            }
        }
        return true
    }
}
