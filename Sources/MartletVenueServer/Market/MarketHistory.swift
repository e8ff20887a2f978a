// The past of what a market knows the present of only: payments of funding, open interest.

import MartletModel

/// Instants of a history that a server tells at regular times.
///
/// A market keeps what reference prices and open interest are now. Asked for their past it says that
/// they were the same: the times are right, the values are today's.
package enum MarketHistory {
    /// Entries that a history goes back at most.
    package static let entriesMax = 1000

    /// Times of entries, newest first, all in ms.
    ///
    /// - Parameters:
    ///   - latest: The newest entry.
    ///   - period: From one entry to the next, above 0.
    ///   - from: None before this; nil: as far as the history goes.
    ///   - to: None after this; nil: up to the newest.
    ///   - limit: At most so many, the newest.
    package static func times(
        latest: Int64, every period: Int64, from: Int64? = nil, to: Int64? = nil, limit: Int
    ) -> [Int64] {
        var times: [Int64] = []
        var time = latest
        for _ in 0..<entriesMax where times.count < limit {
            if time >= from ?? Int64.min, time <= to ?? Int64.max { times.append(time) }
            time = time &- max(period, 1)
        }
        return times
    }
}

extension MarketReference {
    /// When funding was paid, ms, newest first; see ``MarketHistory``.
    package func payments(from: Int64? = nil, to: Int64? = nil, limit: Int) -> [Int64] {
        let period = fundingInterval / 1_000_000
        return MarketHistory.times(
            latest: nextFundingTime / 1_000_000 &- period, every: period, from: from, to: to,
            limit: limit)
    }
}
