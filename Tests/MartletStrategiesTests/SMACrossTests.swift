// sma-cross trades on crossings only, exactly, and never short.

import MartletModel
import MartletStrategies
import Testing

@Suite("SMACross")
struct SMACrossTests {
    private func bar(_ close: Int64, at index: Int64) -> Bar {
        let price = Price(ticks: close)
        return Bar(
            openTime: index * 60, closeTime: index * 60 + 60, open: price, high: price, low: price,
            close: price, volumeE8: 0)
    }

    /// Closes in; for each bar `B`, `S` or `.`, with orders filled at once.
    private func actions(_ closes: [Int64], fast: Int, slow: Int, cashLots: Int64 = 7) throws
        -> String
    {
        let market = TestMarket()
        var strategy = try make(SMACross.self, [("fast", "\(fast)"), ("slow", "\(slow)")])
        market.context.buyingPowerLots = cashLots
        var text = ""
        for (index, close) in closes.enumerated() {
            strategy.barClosed(bar(close, at: Int64(index)), &market.context)
            let submissions = market.takeCommands().submissions
            text += submissions.first.map { $0.side == .buy ? "B" : "S" } ?? "."
            if market.context.orders.count > 0 { market.fill(market.context.orders[0].id) }
        }
        return text
    }

    @Test(
        "it trades where the averages cross",
        arguments: [
            // Falls, then rises: the fast average overtakes at the fourth bar.
            ([5, 4, 3, 6, 7, 2, 1], "...B.S."),
            // Above from the start: no crossing, no trade until it has been below.
            ([1, 2, 3, 4, 5], "....."),
            // Equal when first known keeps no side, so the first move up is no crossing.
            ([3, 3, 3, 4, 5, 1, 1, 6], ".......B"),
            // Equality in between keeps the side before.
            ([5, 4, 3, 3, 3, 4], ".....B"),
        ])
    func crossings(closes: [Int64], expected: String) throws {
        #expect(try actions(closes, fast: 2, slow: 3) == expected)
    }

    @Test("it buys what all cash pays for and sells everything")
    func sizes() throws {
        let market = TestMarket()
        var strategy = try make(SMACross.self, [("fast", "1"), ("slow", "2")])
        market.context.buyingPowerLots = 123
        for close in [3, 2, 4] as [Int64] { strategy.barClosed(bar(close, at: 0), &market.context) }
        #expect(
            market.takeCommands().submissions == [OrderRequest(market: .buy, Quantity(lots: 123))])
        market.fill(ClientOrderID(1))
        strategy.barClosed(bar(1, at: 1), &market.context)
        #expect(
            market.takeCommands().submissions == [OrderRequest(market: .sell, Quantity(lots: 123))])
    }

    @Test("on events it makes its own bars from mid prices")
    func ownBars() throws {
        let market = TestMarket()
        var strategy = try make(SMACross.self, [("fast", "1"), ("slow", "2")])
        strategy.start(&market.context)
        var submissions: [OrderRequest] = []
        for bid in [100, 99, 101] as [Int64] {
            market.setTouch(bid: bid, ask: bid + 1)
            market.context.now += 1_000_000_000
            strategy.timerFired(TimerID(0), &market.context)
            submissions += market.takeCommands().submissions
        }
        #expect(submissions == [OrderRequest(market: .buy, Quantity(lots: 1))])
    }

    @Test("fast must be below slow")
    func badWindows() {
        #expect(throws: ParameterError.self) {
            try make(SMACross.self, [("fast", "20"), ("slow", "20")])
        }
    }

    @Test("it agrees with a plain loop over averages", arguments: UInt64(0)..<50)
    func plainLoop(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var close: Int64 = 50
        let closes = (0..<300).map { _ in
            close += Int64.random(in: -2...2, using: &random)
            return close
        }
        let (fast, slow) = (
            Int.random(in: 1...5, using: &random), Int.random(in: 6...12, using: &random)
        )
        #expect(try actions(closes, fast: fast, slow: slow) == naive(closes, fast, slow))
    }

    private func naive(_ closes: [Int64], _ fast: Int, _ slow: Int) -> String {
        var text = ""
        var was: Int?
        var holds = false
        for index in closes.indices {
            guard index + 1 >= slow else {
                text += "."
                continue
            }
            let short = closes[(index + 1 - fast)...index].reduce(0, +) * Int64(slow)
            let long = closes[(index + 1 - slow)...index].reduce(0, +) * Int64(fast)
            let now = short > long ? 1 : (short < long ? -1 : 0)
            if was == -1, now == 1, !holds {
                text += "B"
                holds = true
            } else if was == 1, now == -1, holds {
                text += "S"
                holds = false
            } else {
                text += "."
            }
            if now != 0 || was == nil { was = now }
        }
        return text
    }
}
