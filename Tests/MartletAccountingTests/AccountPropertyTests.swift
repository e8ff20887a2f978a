// Accounts over random executions: identities that hold whatever is traded.

import MartletAccounting
import MartletModel
import Testing

@Suite("Accounts over random runs")
struct AccountPropertyTests {
    /// A random run: executions that walk, long and short.
    static func executions(_ random: inout SeededGenerator, _ count: Int) -> [Execution] {
        var price: Int64 = 50_000
        return (0..<count).map { _ in
            price = max(10_000, price + Int64.random(in: -400...400, using: &random))
            return Execution(
                side: Bool.random(using: &random) ? .buy : .sell, ticks: price,
                lots: Int64.random(in: 1...2_000, using: &random),
                isMaker: Bool.random(using: &random))
        }
    }

    @Test(
        "linear equity is the sum of what each execution earned, less its fee",
        arguments: UInt64(0)..<100)
    func linearIdentity(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kind: ContractKind = seed.isMultiple(of: 3) ? .spot : .linear
        var account = try Account(
            instrument: Make.instrument(kind),
            fees: Make.fees(maker: "-0.00005", taker: "0.0007"))
        let runs = Self.executions(&random, 200)
        for run in runs {
            try account.book(run.side, ticks: run.ticks, lots: run.lots, isMaker: run.isMaker)
        }
        let doubleMid = 2 * (runs.last?.ticks ?? 0) + 1
        let initial = try #require(account.amount(Make.decimal("10000")))
        // Independently: in units of half a tick × lot × 10⁻⁵, summed per execution.
        var earned: Int128 = 0
        var fees: Int128 = 0
        var position: Int64 = 0
        for run in runs {
            position += run.side.sign * run.lots
            earned += Int128(run.side.sign) * Int128(run.lots) * Int128(doubleMid - 2 * run.ticks)
            fees += Int128(run.lots) * Int128(run.ticks) * (run.isMaker ? -5 : 70)
        }
        #expect(account.positionLots == position)
        // Tick 10⁻², lot 10⁻³, half, rate 10⁻⁵: the account's own scale is 11 digits.
        #expect(account.scale == 11)
        #expect(account.feesPaid == fees * 10)
        #expect(
            try account.equity(doubleMid: doubleMid, initialCash: initial)
                == initial + earned * 500_000 - fees * 10)
        #expect(
            try account.positionValue(doubleMid: doubleMid)
                == Int128(position) * Int128(doubleMid) * 500_000)
    }

    @Test(
        "inverse amounts agree with doubles, and are never better than exact",
        arguments: UInt64(0)..<100)
    func inverseIdentity(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var account = try Account(
            instrument: Make.instrument(.inverse, tick: "0.1", lot: "1", multiplier: "10"),
            fees: Make.fees(maker: "-0.0001", taker: "0.0005"))
        var cash = 0.0
        var fees = 0.0
        var value = 0.0
        let runs = Self.executions(&random, 200)
        for run in runs {
            try account.book(run.side, ticks: run.ticks, lots: run.lots, isMaker: run.isMaker)
            let amount = Double(run.lots) * 10 / (Double(run.ticks) * 0.1)
            cash += Double(run.side.sign) * amount
            fees += amount * (run.isMaker ? -0.0001 : 0.0005)
            value += amount
        }
        func double(_ amount: Int128) -> Double { account.money(amount).doubleValue }
        #expect(abs(double(account.cash) - cash) < 1e-9 * value)
        #expect(abs(double(account.feesPaid) - fees) < 1e-9 * value)
        #expect(abs(double(account.tradedValue) - value) < 1e-9 * value)
        let mid = Double(runs.last?.ticks ?? 0) * 0.1
        let equity = cash - fees - Double(account.positionLots) * 10 / mid
        let found = try account.equity(doubleMid: 2 * (runs.last?.ticks ?? 0), initialCash: 0)
        #expect(abs(double(found) - equity) < 1e-9 * max(1, value))
    }

    @Test(
        "a round trip at one price costs exactly its fees, inverse at most two last digits more",
        arguments: ContractKind.allCases)
    func roundTrip(kind: ContractKind) throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            var account = try Account(
                instrument: Make.instrument(kind), fees: Make.fees(maker: "0.0002"))
            let ticks = Int64.random(in: 1...1_000_000, using: &random)
            let lots = Int64.random(in: 1...1_000_000, using: &random)
            let first: Side = Bool.random(using: &random) ? .buy : .sell
            try account.book(first, ticks: ticks, lots: lots, isMaker: true)
            try account.book(first.opposite, ticks: ticks, lots: lots, isMaker: true)
            let loss = -account.cash
            #expect(kind == .inverse ? (0...2).contains(loss) : loss == 0)
            #expect(try account.equity(doubleMid: 2, initialCash: 0) == -loss - account.feesPaid)
        }
    }
}
