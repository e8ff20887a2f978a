// When a book is asked for again: at once, then at growing distances, never twice at a time.

/// The attempts to put one book together again. Pure.
struct ResyncPlan: Sendable {
    /// An attempt is under way until then at the latest; ns.
    private(set) var busyUntil: Int64 = 0
    /// Attempts since the book was last live.
    private(set) var attempts: Int64 = 0
    /// The next attempt is not before; ns.
    private(set) var nextAt: Int64 = 0

    /// The longest distance between two attempts; ns.
    static let waitMax: Int64 = 30_000_000_000

    /// Whether to try now; an attempt is then under way for at most `duration` ns.
    mutating func begin(at time: Int64, for duration: Int64) -> Bool {
        guard time >= busyUntil, time >= nextAt else { return false }
        attempts += 1
        busyUntil = time + duration
        // The first repetition comes soon: most snapshots that fail are just too old.
        let wait = min(100_000_000 << min(attempts, 20), Self.waitMax)
        nextAt = time + wait
        return true
    }

    /// The attempt has ended, with or without success.
    mutating func end() { busyUntil = 0 }
}
