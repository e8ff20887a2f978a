// What may still be asked of a venue: connections, messages and weight within their windows.

public import MartletVenues

/// One limit of a venue as a sliding window: never more than its capacity in any window.
///
/// Takings are kept in at most 64 slots; a slot counts until its latest taking has left the window,
/// so that the window may be judged too full by a 64th, never too empty.
public struct SlidingWindow: Sendable {
    /// What is counted, how many, and within which time.
    public let limit: RateLimit
    private var slots: [(from: Int64, to: Int64, amount: Int64)] = []
    private var used: Int64 = 0
    /// Taken since the start.
    public private(set) var total: Int64 = 0

    /// A window of which nothing is used.
    public init(_ limit: RateLimit) { self.limit = limit }

    /// Used within the window that ends at `time`; ns.
    public mutating func used(at time: Int64) -> Int64 {
        while let first = slots.first, time - first.to >= limit.window {
            used -= first.amount
            slots.removeFirst()
        }
        return used
    }

    /// When `amount` fits, at the earliest; `time` itself where it fits now. An amount above the
    /// capacity fits an empty window.
    public mutating func earliest(for amount: Int64, at time: Int64) -> Int64 {
        var left = used(at: time)
        guard left > 0, left + amount > limit.capacity else { return time }
        for slot in slots {
            left -= slot.amount
            if left <= 0 || left + amount <= limit.capacity { return slot.to + limit.window }
        }
        return time
    }

    /// Counts `amount` as used at `time`.
    public mutating func take(_ amount: Int64, at time: Int64) {
        guard amount > 0 else { return }
        _ = used(at: time)
        total += amount
        used += amount
        if let last = slots.last, time - last.from < limit.window / 63 {
            slots[slots.count - 1] = (last.from, max(last.to, time), last.amount + amount)
        } else {
            slots.append((time, time, amount))
        }
    }

    /// The venue says that so much is used of the window: takings of others are counted too.
    public mutating func observe(used said: Int64, at time: Int64) {
        let known = used(at: time)
        guard said > known else { return }
        take(min(said, limit.capacity * 2) - known, at: time)
    }
}

/// The limits of one venue for one address, shared by everything in the process that talks to it.
public struct RateBudget: Sendable {
    /// What the metrics call it.
    public let name: String
    private var windows: [SlidingWindow]
    /// Nothing may be asked before; ns. 0 where there is no ban.
    public private(set) var bannedUntil: Int64 = 0
    /// No request and no connection may be asked for before, while those that stand may speak; ns.
    public private(set) var requestsBannedUntil: Int64 = 0
    /// Bans heard of.
    public private(set) var banCount: Int64 = 0
    /// Times that something had to wait.
    public private(set) var waitCount: Int64 = 0

    /// A budget with a venue's limits.
    public init(name: String, limits: [RateLimit]) {
        self.name = name
        windows = limits.map(SlidingWindow.init)
    }

    /// Takes `amount` of what is called `kind` where all limits of that name allow it now.
    ///
    /// - Returns: Nil where it was taken, else when to try again (ns), which lies after `time`.
    ///
    /// - Parameter ignoresBan: For signs of life, which keep a connection open during a ban.
    public mutating func take(
        _ kind: String, _ amount: Int64 = 1, ignoresBan: Bool = false, at time: Int64
    ) -> Int64? {
        var earliest = ignoresBan ? time : max(time, bannedUntil)
        if kind != "messages", kind != "subscriptions", !ignoresBan {
            earliest = max(earliest, requestsBannedUntil)
        }
        for index in windows.indices where windows[index].limit.name == kind {
            earliest = max(earliest, windows[index].earliest(for: amount, at: time))
        }
        guard earliest <= time else {
            waitCount += 1
            return earliest
        }
        for index in windows.indices where windows[index].limit.name == kind {
            windows[index].take(amount, at: time)
        }
        return nil
    }

    /// Whether there is a limit of this name.
    public func limits(_ kind: String) -> Bool { windows.contains { $0.limit.name == kind } }

    /// The venue has said how much of a limit is used, for instance in a header of an answer.
    public mutating func observe(_ kind: String, used: Int64, window: Int64?, at time: Int64) {
        for index in windows.indices
        where windows[index].limit.name == kind
            && (window == nil || windows[index].limit.window == window)
        {
            windows[index].observe(used: used, at: time)
        }
    }

    /// The venue refuses everything for `duration` ns (429, 418, 403).
    public mutating func ban(for duration: Int64, at time: Int64) {
        banCount += 1
        bannedUntil = max(bannedUntil, Self.end(of: duration, from: time))
    }

    /// The venue refuses requests and new connections for `duration` ns.
    public mutating func banRequests(for duration: Int64, at time: Int64) {
        banCount += 1
        requestsBannedUntil = max(requestsBannedUntil, Self.end(of: duration, from: time))
    }

    private static func end(of duration: Int64, from time: Int64) -> Int64 {
        let (until, overflow) = time.addingReportingOverflow(max(duration, 0))
        return overflow ? Int64.max : until
    }

    /// The wait that a venue asks for, in ns: between none and a day, whatever it says.
    public static func wait(seconds: some BinaryInteger) -> Int64 {
        min(max(Int64(clamping: seconds), 0), 86_400) * 1_000_000_000
    }

    /// Adds another user's limits, where a venue has more of them than this budget knows.
    public mutating func add(_ limits: [RateLimit]) {
        for limit in limits where !windows.contains(where: { $0.limit == limit }) {
            windows.append(SlidingWindow(limit))
        }
    }

    /// Each limit with what is used of it now, for metrics.
    public mutating func usage(at time: Int64) -> [(limit: RateLimit, used: Int64, total: Int64)] {
        windows.indices.map { index in
            let used = windows[index].used(at: time)
            return (windows[index].limit, used, windows[index].total)
        }
    }
}
