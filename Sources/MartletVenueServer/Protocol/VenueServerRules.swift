// Limits and habits of a venue as its server enforces them, as data.

import MartletModel

/// So many within a window, per address.
package struct ServerLimit: Hashable, Sendable {
    /// How many.
    package var capacity: Int64
    /// Within this time, ns.
    package var window: Int64

    /// A limit; both above 0.
    package init(_ capacity: Int64, per window: Int64) {
        precondition(capacity > 0 && window > 0, "a limit is above 0")
        self.capacity = capacity
        self.window = window
    }
}

/// What the server does by itself on every connection, and what it refuses.
package struct VenueServerRules: Sendable {
    /// Connection attempts per address; nil: any number.
    package var connections: ServerLimit?
    /// Messages of a client on one connection; above it the connection is closed. Nil: any number.
    package var messages: ServerLimit?
    /// REST weight per address; above it 429, and 418 for who goes on. Nil: any.
    package var weight: ServerLimit?
    /// How long an address is banned that goes on after 429, ns; doubled each time.
    package var ban: Int64 = 120_000_000_000
    /// How often the server sends ping frames, ns; nil: never.
    package var pingInterval: Int64?
    /// How long the server waits for a pong, ns.
    package var pongTimeout: Int64 = 60_000_000_000
    /// When a connection is closed on which the client said nothing, ns; nil: never.
    package var idleTimeout: Int64?
    /// The close code of ``idleTimeout``.
    package var idleCode: UInt16 = 1000
    /// The age at which a connection is closed, ns; nil: never.
    package var lifetime: Int64?
    /// Whether permessage-deflate is agreed to where a client offers it.
    package var compresses = false
    /// By how much update numbers of a synthetic market grow with each change.
    package var updateStep: Int64 = 1
    /// Whether a synthetic market has mark prices, funding and forced orders.
    package var hasReference = false

    /// Rules without limits.
    package init() {}
}

/// What an address may still do, in fixed windows as venues count. Pure: times are handed in.
package struct WeightLedger: Sendable {
    /// The outcome of a charge.
    package enum Outcome: Hashable, Sendable {
        /// Allowed; so much is used of the window.
        case allowed(used: Int64)
        /// Refused (429); try again after so many seconds.
        case limited(retryAfter: Int64, used: Int64)
        /// Banned (418); for so many seconds.
        case banned(retryAfter: Int64)
    }

    private struct Account {
        var windowEnd: Int64 = 0
        var used: Int64 = 0
        var refusals: Int64 = 0
        var bannedUntil: Int64 = 0
        var bans: Int64 = 0
    }

    private let limit: ServerLimit
    private let ban: Int64
    private var accounts: [String: Account] = [:]

    /// Addresses that are remembered; more, and the oldest windows are forgotten.
    private static let accountsMax = 10_000

    /// A ledger with this limit; going on `refusalsToBan` times while refused leads to a ban.
    package init(_ limit: ServerLimit, ban: Int64) {
        self.limit = limit
        self.ban = ban
    }

    /// Refusals in a row after which an address is banned.
    package static let refusalsToBan: Int64 = 5

    /// Charges an address.
    package mutating func charge(_ peer: String, _ weight: Int64, at time: Int64) -> Outcome {
        if accounts.count >= Self.accountsMax {
            accounts = accounts.filter { $0.value.windowEnd > time || $0.value.bannedUntil > time }
        }
        var account = accounts[peer] ?? Account()
        defer { accounts[peer] = account }
        if account.bannedUntil > time {
            return .banned(retryAfter: Self.seconds(account.bannedUntil - time))
        }
        if time >= account.windowEnd {
            account.windowEnd = time - time % limit.window + limit.window
            account.used = 0
            account.refusals = 0
        }
        guard account.used + weight > limit.capacity else {
            account.used += weight
            return .allowed(used: account.used)
        }
        account.refusals += 1
        if account.refusals > Self.refusalsToBan {
            account.bans += 1
            account.bannedUntil = time + ban << min(account.bans - 1, 8)
            return .banned(retryAfter: Self.seconds(account.bannedUntil - time))
        }
        return .limited(
            retryAfter: Self.seconds(account.windowEnd - time), used: account.used)
    }

    private static func seconds(_ nanoseconds: Int64) -> Int64 {
        max(1, (nanoseconds + 999_999_999) / 1_000_000_000)
    }
}
