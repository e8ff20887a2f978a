// The names of a venue's instruments, as far as its lists were read, and when to ask for them.

/// A venue's list of instruments. Only a list that was read as a whole tells that there is no such
/// instrument. Pure; times in ns of one clock.
struct VenueList {
    /// How old a list may be while patterns depend on it; ns.
    static let listEvery: Int64 = 3_600_000_000_000

    /// All names that are known, of whole lists and of parts; empty while there are none.
    private(set) var names: [String] = []
    private var places: Set<String> = []
    /// When the latest list was asked for that was read as a whole; nil while there was none.
    private(set) var wholeFrom: Int64?
    /// Whether it is being asked for.
    private(set) var isAsking = false
    private var askedAt: Int64?
    private var hasFailed = false

    /// Whether a name is known to be an instrument's.
    func contains(_ name: String) -> Bool { places.contains(name) }

    /// Whether to ask for the list anew, where one is needed that was asked for at `start` or later.
    func isDue(at now: Int64, from start: Int64, retryEvery: Int64) -> Bool {
        guard !isAsking else { return false }
        guard let askedAt else { return true }
        return hasFailed ? now - askedAt >= retryEvery : askedAt < start
    }

    /// The list is asked for.
    mutating func ask(at now: Int64) {
        isAsking = true
        askedAt = now
    }

    /// The answers are there; `isWhole` where none of them and none of their pages is missing.
    mutating func take(_ found: [String], isWhole: Bool) {
        isAsking = false
        hasFailed = !isWhole || found.isEmpty
        if hasFailed {
            // What the parts lack may well exist: nothing that is known is forgotten.
            for name in found where places.insert(name).inserted { names.append(name) }
        } else {
            names = found
            places = Set(found)
            wholeFrom = askedAt
        }
    }
}
