// All budgets of a process, by who shares them.

public import MartletModel
public import MartletVenues

/// The budgets of all venues, found by the group that shares one set of limits.
public struct RateBudgets: Sendable {
    private var budgets: [RateBudget] = []

    /// No venue known yet.
    public init() {}

    /// Who counts together: Binance's two futures markets share one pool since 2026-06-30, Bybit
    /// counts per address whatever the market.
    public static func group(of venue: VenueID) -> String {
        switch venue {
        case .binanceUSDM, .binanceCoinM: "binance-futures"
        case .bybitSpot, .bybitLinear, .bybitInverse: "bybit"
        default: venue.name
        }
    }

    /// The index of a venue's budget, made with these limits where it is new.
    public mutating func index(of venue: VenueID, limits: [RateLimit]) -> Int {
        let name = Self.group(of: venue)
        if let known = budgets.firstIndex(where: { $0.name == name }) {
            budgets[known].add(limits)
            return known
        }
        budgets.append(RateBudget(name: name, limits: limits))
        return budgets.count - 1
    }

    /// A budget by its index.
    public subscript(index: Int) -> RateBudget {
        get { budgets[index] }
        set { budgets[index] = newValue }
    }

    /// Usage as text in the exposition format of metrics.
    public mutating func metrics(at time: Int64) -> String {
        var lines = [
            "# TYPE martlet_feed_budget_used gauge", "# TYPE martlet_feed_budget_capacity gauge",
            "# TYPE martlet_feed_budget_taken_total counter",
            "# TYPE martlet_feed_budget_waits_total counter",
            "# TYPE martlet_feed_budget_bans_total counter",
        ]
        for index in budgets.indices {
            let name = budgets[index].name
            for (limit, used, total) in budgets[index].usage(at: time) {
                let labels = "{venue=\"\(name)\",limit=\"\(limit.name)\"}"
                lines.append("martlet_feed_budget_used\(labels) \(used)")
                lines.append("martlet_feed_budget_capacity\(labels) \(limit.capacity)")
                lines.append("martlet_feed_budget_taken_total\(labels) \(total)")
            }
            lines.append(
                "martlet_feed_budget_waits_total{venue=\"\(name)\"} \(budgets[index].waitCount)")
            lines.append(
                "martlet_feed_budget_bans_total{venue=\"\(name)\"} \(budgets[index].banCount)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
