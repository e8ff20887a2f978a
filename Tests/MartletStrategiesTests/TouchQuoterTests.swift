// touch-quoter does what its reference says, step by step.

import MartletModel
import MartletStrategies
import Testing

@Suite("TouchQuoter")
struct TouchQuoterTests {
    private func step(_ quoter: inout TouchQuoter, _ market: TestMarket) -> [Command] {
        market.context.now += 100_000_000
        quoter.timerFired(TimerID(0), &market.context)
        return market.takeCommands()
    }

    private func quoter(_ k: String = "0", maxPositionOrders: String = "10") throws -> TouchQuoter {
        try make(
            TouchQuoter.self,
            [("k", k), ("quantity", "0.01"), ("maxPositionOrders", maxPositionOrders)])
    }

    @Test("it quotes both sides, buy first, k ticks from the touch", arguments: [0, 5, -2])
    func quotes(k: Int64) throws {
        let market = TestMarket()
        market.setTouch(bid: 100, ask: 103)
        var quoter = try quoter(String(k))
        let commands = step(&quoter, market)
        #expect(
            commands == [
                .setTimer(TimerID(0), 200_000_000),
                .submit(
                    ClientOrderID(1),
                    OrderRequest(
                        .buy, Quantity(lots: 10), at: Price(ticks: 100 - k), timeInForce: .gtx)),
                .submit(
                    ClientOrderID(2),
                    OrderRequest(
                        .sell, Quantity(lots: 10), at: Price(ticks: 103 + k), timeInForce: .gtx)),
            ])
    }

    @Test("without two sides that do not overlap it does nothing")
    func noMarket() throws {
        let market = TestMarket()
        var quoter = try quoter()
        let touches: [(Int64?, Int64?)] = [
            (nil, nil), (100, nil), (nil, 100), (100, 100), (101, 100),
        ]
        for (bid, ask) in touches {
            market.setTouch(bid: bid, ask: ask)
            #expect(step(&quoter, market).submissions.isEmpty)
        }
    }

    @Test("an order off target is canceled once it rests, and replaced a step later")
    func requotes() throws {
        let market = TestMarket()
        market.setTouch(bid: 100, ask: 103)
        var quoter = try quoter()
        _ = step(&quoter, market)
        market.setTouch(bid: 101, ask: 103)
        let waiting = step(&quoter, market)
        #expect(waiting.cancels.isEmpty && waiting.submissions.isEmpty)
        market.acceptAll()
        let cancels = step(&quoter, market)
        #expect(cancels.cancels == [1] && cancels.submissions.isEmpty)
        #expect(step(&quoter, market).count == 1)
        market.finishCancels()
        #expect(step(&quoter, market).submissions.map(\.price.ticks) == [101])
    }

    struct Limit: Sendable {
        let position: Int64
        let sides: [Side]
    }

    @Test(
        "it stops half an order before the limit",
        arguments: [
            Limit(position: 0, sides: [.buy, .sell]),
            Limit(position: 94, sides: [.buy, .sell]),
            Limit(position: 95, sides: [.sell]),
            Limit(position: 100, sides: [.sell]),
            Limit(position: -94, sides: [.buy, .sell]),
            Limit(position: -95, sides: [.buy]),
        ])
    func positionLimit(row: Limit) throws {
        let market = TestMarket()
        market.setTouch(bid: 100, ask: 103)
        market.context.positionLots = row.position
        var quoter = try quoter()
        #expect(step(&quoter, market).submissions.map(\.side) == row.sides)
    }

    @Test("while warming up it places nothing and takes no order number")
    func warmUp() throws {
        let market = TestMarket()
        market.setTouch(bid: 100, ask: 103)
        market.context.isWarmingUp = true
        var quoter = try quoter()
        #expect(step(&quoter, market).submissions.isEmpty)
        market.context.isWarmingUp = false
        #expect(step(&quoter, market).submissions.count == 2)
        #expect(market.context.orders[0].id == ClientOrderID(1))
    }

    @Test(
        "quantities that are off lot, too small or too large are refused",
        arguments: ["0.0005", "0", "-1", "x", "99999999999999999"])
    func badQuantity(text: String) throws {
        #expect(throws: ParameterError.self) {
            try make(TouchQuoter.self, [("quantity", text)])
        }
    }
}
