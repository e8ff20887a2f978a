// How long a channel may be silent: learned from how it spoke so far.

import MartletModel
public import MartletVenues

/// The pace of one channel of one instrument on one connection, and whether it keeps it.
///
/// The bound is 3 × the 99.9th percentile of the time between messages, at least 2 s; until 1,000
/// of those are known it is the venue's own cadence, at least 10 s.
public struct ChannelWatch: Sendable {
    /// Whether silence is ordinary for this channel.
    public let isEventDriven: Bool
    /// When it was last heard, or subscribed to; ns.
    public private(set) var lastHeard: Int64
    /// When the latest message arrived; ns, nil while there was none.
    public private(set) var lastMessage: Int64?
    /// Messages heard.
    public private(set) var count: Int64 = 0
    /// Whether it is silent beyond its bound at the moment.
    public private(set) var isSilent = false
    /// Whether it was subscribed to anew because it was silent, and has not shown yet that it goes
    /// on: the first message of a subscription comes of a dead channel, too. Channels that speak
    /// only when something happens say nothing but what has happened, and are never doubted.
    public private(set) var isDoubted = false
    /// When it was found to be silent beyond its bound, of a silence that lasts or is doubted to
    /// have ended; ns, before all times where that was on an earlier connection.
    public private(set) var silentFrom: Int64?
    private var sawFirst = false

    private let cadence: Int64?
    private var intervals = LatencyHistogram()
    private var learned: Int64?

    /// Samples until the bound is learned from the channel itself.
    public static let sampleMin: Int64 = 1_000
    /// The least bound that is learned; ns.
    public static let floor: Int64 = 2_000_000_000
    /// The least bound before that; ns.
    public static let initialMin: Int64 = 10_000_000_000

    /// A channel subscribed to at `time` (ns), which speaks at the slowest every `cadence` ns.
    public init(_ channel: FeedChannel, cadence: Int64?, at time: Int64) {
        isEventDriven = channel.isEventDriven
        self.cadence = cadence
        lastHeard = time
    }

    /// How long the channel may be silent; ns.
    public var bound: Int64 { learned ?? max(cadence ?? 0, Self.initialMin) }

    /// A message arrived. Returns whether it ended a silence beyond the bound.
    public mutating func heard(at time: Int64) -> Bool {
        if count > 0, time >= lastHeard {
            intervals.add(time - lastHeard)
            // The percentile moves slowly; looking it up costs a walk over the histogram.
            if intervals.total >= Self.sampleMin, intervals.total % 256 == 0 || learned == nil {
                learn()
            }
        }
        count += 1
        lastHeard = max(lastHeard, time)
        lastMessage = max(lastMessage ?? time, time)
        if isDoubted {
            if sawFirst { isDoubted = false }
            sawFirst = true
        }
        defer { isSilent = false }
        if !isDoubted { silentFrom = nil }
        return isSilent
    }

    private mutating func learn() {
        guard let high = intervals.quantile(0.999) else { return }
        let (triple, overflow) = high.multipliedReportingOverflow(by: 3)
        learned = max(overflow ? Int64.max : triple, Self.floor)
    }

    /// Looks at the clock. Returns true once when the silence has become longer than the bound.
    public mutating func becameSilent(at time: Int64) -> Bool {
        guard !isSilent, time > lastHeard, time - lastHeard > bound else { return false }
        isSilent = true
        silentFrom = silentFrom ?? time
        return true
    }

    /// A new subscription was sent: its silence is counted from now.
    ///
    /// - Parameter afterSilence: Whether the channel was silent on the connection before this one.
    public mutating func restart(at time: Int64, afterSilence: Bool = false) {
        if isSilent || afterSilence { isDoubted = !isEventDriven }
        silentFrom = !isDoubted ? nil : afterSilence ? Int64.min : silentFrom
        sawFirst = false
        lastHeard = time
        isSilent = false
    }
}
