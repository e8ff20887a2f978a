// The most that clients used of a limit within any window, for those who check that they keep it.

import MartletModel

/// Measures use in sliding windows: stricter than a limit that is counted in fixed ones. Pure: times
/// are handed in and never fall.
package struct UsageMeter: Sendable {
    /// The limit that is kept or not.
    package let limit: ServerLimit
    /// The most that one account used within a window that ended when something came.
    package private(set) var peak: Int64 = 0

    private struct Account {
        var entries: [(time: Int64, weight: Int64)] = []
        var first = 0
        var sum: Int64 = 0
    }

    private var accounts: [String: Account] = [:]

    /// Accounts that are measured; more are left out.
    private static let accountsMax = 10_000
    /// Entries of one account; more are counted into the last one.
    private static let entriesMax = 100_000

    /// Nothing was used.
    package init(_ limit: ServerLimit) { self.limit = limit }

    /// Counts what an account used.
    package mutating func note(_ name: String, _ weight: Int64, at time: Int64) {
        guard accounts[name] != nil || accounts.count < Self.accountsMax else { return }
        var account = accounts.removeValue(forKey: name) ?? Account()
        while account.first < account.entries.count,
            account.entries[account.first].time <= time - limit.window
        {
            account.sum -= account.entries[account.first].weight
            account.first += 1
        }
        if account.first > 1024, account.first * 2 > account.entries.count {
            account.entries.removeFirst(account.first)
            account.first = 0
        }
        if account.entries.count - account.first < Self.entriesMax {
            account.entries.append((time, weight))
        } else {
            account.entries[account.entries.count - 1].weight += weight
        }
        account.sum += weight
        peak = max(peak, account.sum)
        accounts[name] = account
    }

    /// Forgets an account that is gone.
    package mutating func forget(_ name: String) { accounts[name] = nil }

    /// As JSON.
    package var json: String {
        "{\"limit\":\(limit.capacity),\"seconds\":\(limit.window / 1_000_000_000),\"peak\":\(peak)}"
    }
}

/// What clients used of all limits of a venue.
package struct VenueUsage: Sendable {
    /// Connections per address, messages per connection, REST weight per address; nil: no limit.
    package var connections: UsageMeter?
    /// Messages of a client on one connection.
    package var messages: UsageMeter?
    /// REST weight per address, and per path where the venue counts so.
    package var weight: UsageMeter?

    /// The limits of these rules, unused.
    package init(_ rules: VenueServerRules) {
        connections = rules.connections.map(UsageMeter.init)
        messages = rules.messages.map(UsageMeter.init)
        weight = rules.weight.map(UsageMeter.init)
    }

    /// As JSON; only limits that there are.
    package var json: String {
        let members = [("connections", connections), ("messages", messages), ("weight", weight)]
            .compactMap { name, meter in meter.map { "\"\(name)\":\($0.json)" } }
        return "{\(members.joined(separator: ","))}"
    }
}
