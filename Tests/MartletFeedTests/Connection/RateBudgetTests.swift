// Budgets: never more than the limit in any window, never stuck.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("RateBudget")
struct RateBudgetTests {
    @Test("no window ever holds more than the limit", arguments: UInt64(0)..<50)
    func windows(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = RateLimit("weight", Int64.random(in: 1...200, using: &random), per: 1_000_000)
        var budget = RateBudget(name: "test", limits: [limit])
        var taken: [(time: Int64, amount: Int64)] = []
        var time: Int64 = 0
        for _ in 0..<500 {
            let amount = Int64.random(in: 1...max(limit.capacity / 3, 1), using: &random)
            if let later = budget.take("weight", amount, at: time) {
                #expect(later > time)
                time = Bool.random(using: &random) ? later : time + 1
                continue
            }
            taken.append((time, amount))
            let window = taken.filter { time - $0.time < limit.window }.reduce(0) { $0 + $1.amount }
            #expect(window <= limit.capacity)
            time += Int64.random(in: 0...20_000, using: &random)
        }
        #expect(taken.count > 20)
    }

    @Test("what the venue reports counts, and bans stop everything")
    func reports() throws {
        var budget = RateBudget(name: "test", limits: [RateLimit("weight", 100, per: 1_000)])
        budget.observe("weight", used: 95, window: nil, at: 0)
        let first = budget.take("weight", 5, at: 1)
        let second = budget.take("weight", 1, at: 2)
        #expect(first == nil)
        #expect(try #require(second) >= 1_000 && #require(second) <= 1_020)
        budget.ban(for: 5_000, at: 10)
        let banned = budget.take("connections", at: 20)
        #expect(banned == 5_010)
        budget.ban(for: Int64.max, at: 30)
        #expect(budget.bannedUntil == Int64.max)
    }

    @Test("a ban of requests leaves messages alone, and no ban stops signs of life")
    func scopes() {
        var budget = RateBudget(name: "test", limits: [RateLimit("messages", 2, per: 1_000)])
        budget.banRequests(for: 5_000, at: 0)
        let weight = budget.take("weight", at: 1)
        let connection = budget.take("connections", at: 1)
        let message = budget.take("messages", at: 1)
        #expect(weight == 5_000 && connection == 5_000 && message == nil)
        budget.ban(for: 9_000, at: 1)
        let held = budget.take("messages", at: 2)
        let ping = budget.take("messages", ignoresBan: true, at: 2)
        let third = budget.take("messages", ignoresBan: true, at: 3)
        #expect(held == 9_001 && ping == nil)
        // The venue's limit holds for pings, too.
        #expect(third != nil)
    }

    @Test("a wait that a venue asks for is neither negative nor longer than a day")
    func waits() {
        #expect(RateBudget.wait(seconds: 3) == 3_000_000_000)
        #expect(RateBudget.wait(seconds: Int64.max) == 86_400_000_000_000)
        #expect(RateBudget.wait(seconds: 12_000_000_000 as Int64) == 86_400_000_000_000)
        #expect(RateBudget.wait(seconds: -5) == 0)
    }

    @Test("markets that share a pool share a budget")
    func groups() {
        var budgets = RateBudgets()
        let limits = [RateLimit("weight", 100, per: 1_000)]
        let usdm = budgets.index(of: .binanceUSDM, limits: limits)
        let coinm = budgets.index(of: .binanceCoinM, limits: limits)
        let spot = budgets.index(of: .binanceSpot, limits: limits)
        #expect(usdm == coinm && usdm != spot)
        _ = budgets[usdm].take("weight", 100, at: 0)
        let other = budgets[coinm].take("weight", 1, at: 0)
        #expect(other != nil)
        #expect(
            budgets.metrics(at: 0).contains(
                "martlet_feed_budget_used{venue=\"binance-futures\",limit=\"weight\"} 100"))
    }
}
