// Accounts by table: what each kind of instrument books, to the last digit.

import MartletAccounting
import MartletModel
import Testing

/// Shorthands of the accounting tests.
enum Make {
    static func decimal(_ text: String) -> ExactDecimal {
        guard let decimal = ExactDecimal(text) else { preconditionFailure("no decimal: \(text)") }
        return decimal
    }

    static func instrument(
        _ kind: ContractKind, tick: String = "0.01", lot: String = "0.001",
        multiplier: String = "1"
    ) -> InstrumentSpec {
        InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "XY"), kind: kind,
            tickSize: decimal(tick), lotSize: decimal(lot), multiplier: decimal(multiplier),
            quantityUnit: kind == .inverse ? .contracts : .base, baseAsset: Asset("X"),
            quoteAsset: Asset("Y"))
    }

    static func fees(maker: String = "0", taker: String = "0") -> FeeSchedule {
        FeeSchedule(FeeRates(maker: decimal(maker), taker: decimal(taker)))
    }
}

/// One execution.
struct Execution: Sendable {
    let side: Side
    let ticks: Int64
    let lots: Int64
    var isMaker = true
}

@Suite("Accounts")
struct AccountTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let instrument: InstrumentSpec
        let fees: FeeSchedule
        let executions: [Execution]
        let cash: String
        let fee: String
        let value: String
        let position: Int64
        var testDescription: String { name }
    }

    static let table = [
        Row(
            name: "linear, a maker's rebate", instrument: Make.instrument(.linear),
            fees: Make.fees(maker: "-0.00005", taker: "0.0007"),
            executions: [Execution(side: .sell, ticks: 268_163, lots: 10)],
            cash: "26.8163", fee: "-0.001340815", value: "26.8163", position: -10),
        Row(
            name: "linear, taker and maker, closed", instrument: Make.instrument(.linear),
            fees: Make.fees(maker: "0.0002", taker: "0.0005"),
            executions: [
                Execution(side: .buy, ticks: 10_001, lots: 1, isMaker: false),
                Execution(side: .sell, ticks: 10_003, lots: 1),
            ],
            // 0.10001 × 0.0005 + 0.10003 × 0.0002: nine digits, none rounded.
            cash: "0.00002", fee: "0.000070011", value: "0.20004", position: 0),
        Row(
            name: "linear with a multiplier",
            instrument: Make.instrument(.linear, tick: "0.5", lot: "1", multiplier: "0.001"),
            fees: Make.fees(taker: "0.00035"),
            executions: [Execution(side: .buy, ticks: 3, lots: 7, isMaker: false)],
            cash: "-0.0105", fee: "0.000003675", value: "0.0105", position: 7),
        Row(
            name: "spot books like linear", instrument: Make.instrument(.spot),
            fees: Make.fees(maker: "0.001", taker: "0.001"),
            executions: [Execution(side: .buy, ticks: 100, lots: 3)],
            cash: "-0.003", fee: "0.000003", value: "0.003", position: 3),
        Row(
            name: "inverse sells coin for a long, rounded against us",
            instrument: Make.instrument(.inverse, tick: "0.1", lot: "1", multiplier: "100"),
            fees: Make.fees(maker: "0.0002", taker: "0.0005"),
            // 3 × 100 / 70,000 = 0.004285714285714285714…, received: cut; fee rounded up.
            executions: [Execution(side: .buy, ticks: 700_000, lots: 3, isMaker: false)],
            cash: "0.0042857142857142857", fee: "0.0000021428571428572",
            value: "0.0042857142857142857", position: 3),
        Row(
            name: "inverse pays for a short, rounded up",
            instrument: Make.instrument(.inverse, tick: "0.1", lot: "1", multiplier: "100"),
            fees: Make.fees(),
            executions: [Execution(side: .sell, ticks: 700_000, lots: 3)],
            cash: "-0.0042857142857142858", fee: "0",
            value: "0.0042857142857142857", position: -3),
        Row(
            name: "a tick of 18 digits with a lot of 1",
            instrument: Make.instrument(.spot, tick: "0.000000000000000001", lot: "1"),
            fees: Make.fees(taker: "0.001"),
            executions: [Execution(side: .buy, ticks: 1, lots: 1, isMaker: false)],
            cash: "-0.000000000000000001", fee: "0.000000000000000000001",
            value: "0.000000000000000001", position: 1),
    ]

    @Test("executions book exactly this", arguments: table)
    func books(row: Row) throws {
        var account = try Account(instrument: row.instrument, fees: row.fees)
        for execution in row.executions {
            try account.book(
                execution.side, ticks: execution.ticks, lots: execution.lots,
                isMaker: execution.isMaker)
        }
        #expect(account.money(account.cash).text == row.cash)
        #expect(account.money(account.feesPaid).text == row.fee)
        #expect(account.money(account.tradedValue).text == row.value)
        #expect(account.positionLots == row.position)
        #expect(account.fillCount == Int64(row.executions.count))
        #expect(account.volumeLots == row.executions.reduce(0) { $0 + $1.lots })
        #expect(account.money(0).asset == Asset(row.instrument.kind == .inverse ? "X" : "Y"))
    }

    @Test("ten thousand fees of one lot add up to one fee of ten thousand lots")
    func feesNeverRound() throws {
        let fees = Make.fees(maker: "0.00012345", taker: "0.00067891")
        var small = try Account(instrument: Make.instrument(.linear), fees: fees)
        for _ in 0..<10_000 { try small.book(.buy, ticks: 33_333, lots: 1, isMaker: false) }
        var large = try Account(instrument: Make.instrument(.linear), fees: fees)
        try large.book(.buy, ticks: 33_333, lots: 10_000, isMaker: false)
        #expect(small.feesPaid == large.feesPaid)
        #expect(small.cash == large.cash)
        #expect(small.money(small.feesPaid).text == "2.263010703")
    }

    @Test("tiers start at their traded value, and the execution that reaches one pays the old rate")
    func tiers() throws {
        let schedule = try #require(
            FeeSchedule(tiers: [
                .init(
                    from: .zero,
                    rates: FeeRates(maker: Make.decimal("0.001"), taker: Make.decimal("0.002"))),
                .init(
                    from: Make.decimal("100"),
                    rates: FeeRates(maker: Make.decimal("0"), taker: Make.decimal("0.001"))),
                .init(
                    from: Make.decimal("250.5"),
                    rates: FeeRates(maker: Make.decimal("-0.0001"), taker: Make.decimal("0.0005"))),
            ]))
        var account = try Account(
            instrument: Make.instrument(.linear, tick: "1", lot: "1"), fees: schedule)
        var fees: [String] = []
        for lots: Int64 in [99, 1, 100, 50, 1, 100] {
            let fee = try account.book(.buy, ticks: 1, lots: lots, isMaker: false)
            fees.append(account.money(fee).text)
        }
        // Values before each: 0, 99, 100, 200, 250, 251.
        #expect(fees == ["0.198", "0.002", "0.1", "0.05", "0.001", "0.05"])
        let maker = try account.book(.sell, ticks: 1, lots: 100, isMaker: true)
        #expect(account.money(maker).text == "-0.01")
    }

    @Test("a tier whose threshold is finer than the account's amounts still starts")
    func fineTier() throws {
        let schedule = try #require(
            FeeSchedule(tiers: [
                .init(from: .zero, rates: FeeRates(maker: .zero, taker: .zero)),
                .init(
                    from: Make.decimal("0.500000000000000001"),
                    rates: FeeRates(maker: .one, taker: .one)),
            ]))
        var account = try Account(
            instrument: Make.instrument(.linear, tick: "1", lot: "1"), fees: schedule)
        #expect(try account.book(.buy, ticks: 1, lots: 1, isMaker: true) == 0)
        #expect(account.money(try account.book(.buy, ticks: 1, lots: 1, isMaker: true)).text == "1")
    }

    @Test("schedules that do not start at 0 or do not rise are refused")
    func wrongTiers() {
        func tier(_ from: String) -> FeeSchedule.Tier {
            .init(from: Make.decimal(from), rates: .none)
        }
        for froms in [[], ["1"], ["0", "0"], ["0", "5", "4"]] {
            #expect(FeeSchedule(tiers: froms.map(tier)) == nil, "\(froms)")
        }
    }

    struct FundingRow: CustomTestStringConvertible, Sendable {
        let kind: ContractKind
        let lots: Int64
        let markE8: Int64
        let rateE12: Int64
        let paid: String
        var testDescription: String { "\(kind) \(lots) at \(markE8), rate \(rateE12): \(paid)" }
    }

    static let funding = [
        // 2 × 100 × 0.0001
        FundingRow(
            kind: .linear, lots: 2000, markE8: 100_00000000, rateE12: 100_000_000, paid: "0.02"),
        FundingRow(
            kind: .linear, lots: -2000, markE8: 100_00000000, rateE12: 100_000_000, paid: "-0.02"),
        FundingRow(
            kind: .linear, lots: 2000, markE8: 100_00000000, rateE12: -100_000_000, paid: "-0.02"),
        // 0.001 × 0.00000001 × 1e-12: far below the last digit, paid up, received as nothing.
        FundingRow(kind: .linear, lots: 1, markE8: 1, rateE12: 1, paid: "0.000001"),
        FundingRow(kind: .linear, lots: -1, markE8: 1, rateE12: 1, paid: "0"),
        // 3 × 100 / 70,000 × 0.0001 in coin.
        FundingRow(
            kind: .inverse, lots: 3, markE8: 70_000_00000000, rateE12: 100_000_000,
            paid: "0.0000004285714285715"),
        FundingRow(
            kind: .inverse, lots: -3, markE8: 70_000_00000000, rateE12: 100_000_000,
            paid: "-0.0000004285714285714"),
        FundingRow(kind: .linear, lots: 0, markE8: 100_00000000, rateE12: 100_000_000, paid: "0"),
        FundingRow(kind: .linear, lots: 5, markE8: 0, rateE12: 100_000_000, paid: "0"),
    ]

    @Test("funding: longs pay a positive rate, the last digit is against us", arguments: funding)
    func pays(row: FundingRow) throws {
        let instrument =
            row.kind == .inverse
            ? Make.instrument(.inverse, tick: "0.1", lot: "1", multiplier: "100")
            : Make.instrument(row.kind)
        var account = try Account(instrument: instrument, fees: Make.fees())
        if row.lots != 0 {
            try account.book(
                row.lots > 0 ? .buy : .sell, ticks: 1, lots: abs(row.lots), isMaker: true)
        }
        try account.bookFunding(
            positionLots: account.positionLots, markPriceE8: row.markE8, rateE12: row.rateE12)
        #expect(account.money(account.fundingPaid).text == row.paid)
    }

    @Test("amounts that do not fit are errors, and change nothing")
    func tooLarge() throws {
        var account = try Account(
            instrument: Make.instrument(.linear), fees: Make.fees(taker: "0.000123456789"))
        try account.book(.buy, ticks: 5, lots: 5, isMaker: false)
        let before = account
        let huge: Int64 = 1 << 62
        #expect(throws: AccountingError.amountTooLarge) {
            try account.book(.buy, ticks: huge, lots: huge, isMaker: false)
        }
        #expect(throws: AccountingError.amountTooLarge) {
            try account.book(.buy, ticks: 1, lots: huge, isMaker: false)
        }
        #expect(throws: AccountingError.amountTooLarge) {
            try account.bookFunding(
                positionLots: 5, markPriceE8: Int64.max, rateE12: Int64.max)
        }
        #expect(throws: AccountingError.amountTooLarge) {
            try account.equity(doubleMid: 1, initialCash: Int128.min)
        }
        #expect(account == before)
        #expect(account.affordableLots(ticks: 1, initialCash: Int128.min) == 0)
        #expect(throws: AccountingError.amountTooLarge) {
            try Account(
                instrument: Make.instrument(
                    .linear, tick: "0.000000000000000001", lot: "0.000000000000000001"),
                fees: Make.fees())
        }
        var inverse = try Account(
            instrument: Make.instrument(.inverse), fees: Make.fees())
        for ticks: Int64 in [0, -1] {
            #expect(throws: AccountingError.amountTooLarge) {
                try inverse.book(.buy, ticks: ticks, lots: 1, isMaker: true)
            }
        }
    }

    @Test("cash buys what it pays for with the fee, and not one lot more")
    func affordable() throws {
        var account = try Account(
            instrument: Make.instrument(.spot), fees: Make.fees(taker: "0.001"))
        let cash = try #require(account.amount(Make.decimal("10000")))
        let lots = account.affordableLots(ticks: 268_163, initialCash: cash)
        #expect(lots == 3725)
        try account.book(.buy, ticks: 268_163, lots: lots, isMaker: false)
        #expect(cash + account.cash - account.feesPaid >= 0)
        try account.book(.buy, ticks: 268_163, lots: 1, isMaker: false)
        #expect(cash + account.cash - account.feesPaid < 0)
        #expect(account.affordableLots(ticks: 268_163, initialCash: cash) == 0)
        for kind in [ContractKind.linear, .inverse] {
            let other = try Account(instrument: Make.instrument(kind), fees: Make.fees())
            #expect(other.affordableLots(ticks: 1, initialCash: 1 << 100) == 0, "\(kind)")
        }
    }

    @Test(
        "without a mid the position counts as nothing",
        arguments: [
            ContractKind.linear, .inverse, .spot,
        ])
    func noMid(kind: ContractKind) throws {
        var account = try Account(instrument: Make.instrument(kind), fees: Make.fees())
        try account.book(.buy, ticks: 5, lots: 3, isMaker: false)
        let expected = 7 + account.cash - account.feesPaid
        #expect(try account.equity(doubleMid: 0, initialCash: 7) == expected)
    }

    @Test("presets are maker and taker in hundredths of a percent", arguments: FeePreset.allCases)
    func presets(preset: FeePreset) throws {
        let rates = try #require(preset.schedule.tiers.first).rates
        #expect(rates.maker.doubleValue >= 0 && rates.taker.doubleValue >= rates.maker.doubleValue)
        #expect(rates.taker.doubleValue <= 0.001)
        _ = try Account(instrument: Make.instrument(.linear), fees: preset.schedule)
    }
}
