// The engine beside orders: effects and their hash, warm-up, funding, what a strategy hears.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
import MartletStrategies
import Testing

@Suite("Engine")
struct EngineTests {
    private static let buy = OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100))

    @Test("effects come in the order of the wishes, once")
    func effects() throws {
        let bench = try EngineBench()
        bench.diary.steps = [[.timer(3, 500), .submit(Self.buy), .timer(3, 2000)]]
        try bench.engine.handle(.start, at: 1000)
        #expect(
            bench.engine.effects == [
                // A timer is never due before now.
                .setTimer(TimerID(3), 1000), .submit(ClientOrderID(1), Self.buy),
                .setTimer(TimerID(3), 2000),
            ])
        try bench.engine.handle(.bookChanged, at: 1001)
        #expect(bench.engine.effects.isEmpty)
    }

    @Test("each input reaches its handler with its time")
    func inputs() throws {
        let bench = try EngineBench()
        try bench.engine.handle(.start, at: 1000)
        try bench.engine.handle(.bookChanged, at: 1001)
        let print = TradePrint(
            price: Price(ticks: 7), quantity: Quantity(lots: 1), aggressor: nil, exchangeTime: 990)
        try bench.engine.handle(.trade(print), at: 1002)
        try bench.engine.handle(.timer(TimerID(4)), at: 1003)
        #expect(
            bench.diary.lines
                == ["start at 1000", "book at 1001", "trade 7 at 1002", "timer 4 at 1003"])
    }

    @Test(
        "on a book that cannot be relied on, orders are refused and withdrawn",
        arguments: [BookStatus.syncing, .gapped, .stale])
    func unreliableBook(status: BookStatus) throws {
        let bench = try EngineBench()
        try bench.act([.submit(Self.buy)], at: 1000)
        try bench.hear(.accepted, leaves: 10, at: 1010)
        bench.setStatus(status)
        let reduce = OrderRequest(.sell, Quantity(lots: 1), at: Price(ticks: 90), reduceOnly: true)
        try bench.act([.submit(Self.buy), .submit(reduce)], at: 1100)
        #expect(bench.diary.results == [true, false, true])
        #expect(
            bench.engine.effects == [
                .cancel(ClientOrderID(1)), .submit(ClientOrderID(2), reduce),
            ])
        try bench.hear(.ended(.canceled, .none), leaves: 10, at: 1110)
        try bench.hear(.accepted, leaves: 1, id: 2, at: 1120)
        try bench.act([.submit(Self.buy)], at: 1200)
        // The reduce-only order stays.
        #expect(bench.engine.effects.isEmpty)
        bench.setStatus(.live)
        try bench.act([.submit(Self.buy)], at: 1300)
        #expect(bench.engine.effects == [.submit(ClientOrderID(3), Self.buy)])
    }

    /// One run with every kind of effect.
    private func script(_ bench: EngineBench) throws {
        bench.diary.steps = [[.submit(Self.buy), .timer(1, 1500)]]
        try bench.engine.handle(.start, at: 1000)
        try bench.hear(.accepted, leaves: 10, at: 1010)
        try bench.act([.amend(1, 101, 12)], at: 1500)
        try bench.hear(
            .amended(price: Price(ticks: 101), quantity: Quantity(lots: 12)), leaves: 12, at: 1510)
        try bench.act(
            [
                .cancel(1),
                .submit(OrderRequest(market: .sell, Quantity(lots: 3), reduceOnly: true)),
                .submit(
                    OrderRequest(
                        .sell, Quantity(lots: 5), at: Price(ticks: 110), timeInForce: .fok)),
            ], at: 1600)
    }

    @Test("the effect hash is the same in every build and on every machine")
    func hashIsStable() throws {
        let bench = try EngineBench()
        #expect(bench.engine.effectHash.text == "9e3779b97f4a7c15")
        try script(bench)
        #expect(bench.engine.effectHash.text == "0051d759395f0be7")
    }

    @Test("the hash tells apart what is done, how, and when")
    func hashDiffers() throws {
        var hashes: Set<String> = []
        let changes: [(OrderRequest, Int64)] = [
            (Self.buy, 1000), (Self.buy, 1001),
            (OrderRequest(.sell, Quantity(lots: 10), at: Price(ticks: 100)), 1000),
            (OrderRequest(.buy, Quantity(lots: 11), at: Price(ticks: 100)), 1000),
            (OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 101)), 1000),
            (
                OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100), timeInForce: .gtx),
                1000
            ),
            (
                OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100), timeInForce: .ioc),
                1000
            ),
            (
                OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100), timeInForce: .fok),
                1000
            ),
            (OrderRequest(.buy, Quantity(lots: 10), at: Price(ticks: 100), reduceOnly: true), 1000),
            (OrderRequest(market: .buy, Quantity(lots: 10)), 1000),
        ]
        for (request, time) in changes {
            let bench = try EngineBench()
            try bench.act([.submit(request)], at: time)
            hashes.insert(bench.engine.effectHash.text)
        }
        #expect(hashes.count == changes.count)
    }

    @Test("no order leaves before the warm-up is over")
    func warmUp() throws {
        let bench = try EngineBench(warmUp: 100)
        for (time, isPlaced) in [(1000, false), (1099, false), (1100, true), (1101, true)] {
            try bench.act([.submit(Self.buy)], at: Int64(time))
            #expect(bench.diary.results.last == isPlaced, "\(time)")
            #expect(bench.engine.effects.isEmpty == !isPlaced, "\(time)")
        }
        #expect(bench.engine.orders[0].id == ClientOrderID(1), "refused wishes use up no number")
    }

    @Test("a warm-up longer than time itself never ends")
    func endlessWarmUp() throws {
        let bench = try EngineBench(warmUp: Int64.max)
        try bench.act([.submit(Self.buy)], at: 1 << 62)
        #expect(bench.diary.results == [false])
    }

    @Test("the table of open orders is full at its limit and not before")
    func tableIsBounded() throws {
        let bench = try EngineBench()
        try bench.act(
            Array(repeating: .submit(Self.buy), count: Engine.openOrdersMax + 3), at: 1001)
        #expect(bench.diary.results.filter { $0 }.count == Engine.openOrdersMax)
        #expect(bench.engine.effects.count == Engine.openOrdersMax)
        try bench.hear(.ended(.rejected, .priceRule), leaves: 10, at: 1010)
        try bench.act([.submit(Self.buy)], at: 1011)
        #expect(bench.diary.results.last == true)
    }

    @Test("funding is paid on the position that we know of")
    func funding() throws {
        let bench = try EngineBench()
        try bench.engine.handle(
            .funding(
                positionLots: bench.engine.account.positionLots, markPriceE8: 10_00000000,
                rateE12: 100_000_000), at: 1000)
        #expect(bench.engine.account.fundingPaid == 0)
        try bench.act([.submit(Self.buy)], at: 1001)
        try bench.hear(.fill(10), leaves: 0, at: 1010)
        try bench.engine.handle(
            .funding(
                positionLots: bench.engine.account.positionLots, markPriceE8: 10_00000000,
                rateE12: 100_000_000), at: 1020)
        let account = bench.engine.account
        // 0.1 × 10 × 0.0001
        #expect(account.money(account.fundingPaid).text == "0.0001")
    }

    @Test("an amount that does not fit is an error, not a trap")
    func tooLarge() throws {
        let bench = try EngineBench()
        let lots: Int64 = 1 << 62
        try bench.act(
            [.submit(OrderRequest(.buy, Quantity(lots: lots), at: Price(ticks: 100)))], at: 1001)
        #expect(throws: AccountingError.amountTooLarge) {
            try bench.hear(.fill(lots, at: lots), leaves: 0, at: 1010)
        }
    }
}
