// Orders on bars fill when and at what the rules say, and never otherwise.

import MartletAccounting
import MartletEngine
import MartletModel
import MartletSimulation
import MartletStrategies
import Testing

/// Does on each bar what a script says, and writes down what it hears.
private struct Scripted: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "scripted", summary: "For tests.", usesBars: true, parameters: [])

    /// An identity: the test reads what the strategy, a value inside the engine, has written.
    final class Diary {
        var lines: [String] = []
        var ids: [ClientOrderID] = []
    }

    let diary: Diary
    let script: (Int, inout StrategyContext, Diary) -> Void
    var subscriptions: Subscriptions { .bars }
    var warmUp: Nanoseconds { warmUpTime }
    private var warmUpTime = Nanoseconds.zero
    private var bars = 0

    init(
        _ diary: Diary, warmUp: Nanoseconds = .zero,
        _ script: @escaping (Int, inout StrategyContext, Diary) -> Void
    ) {
        self.diary = diary
        self.script = script
        warmUpTime = warmUp
    }

    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        self.init(Diary()) { _, _, _ in }
    }

    mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext) {
        script(bars, &context, diary)
        bars += 1
    }

    mutating func filled(_ fill: Fill, _ context: inout StrategyContext) {
        diary.lines.append(
            "\(context.now) fill \(fill.orderID.number) \(fill.side.word) \(fill.quantity.lots)@"
                + "\(fill.price.ticks) \(fill.isMaker ? "maker" : "taker") left \(fill.leaves.lots) "
                + "position \(context.positionLots)")
    }

    mutating func orderChanged(_ order: Order, _ context: inout StrategyContext) {
        let reason = order.reason == .none ? "" : " \(order.reason)"
        diary.lines.append("\(context.now) order \(order.id.number) \(order.status)\(reason)")
    }

    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        diary.lines.append("\(context.now) timer \(timer.number)")
    }
}

@Suite("Bar replay")
struct BarReplayTests {
    /// Bars of 10 ns from (open, high, low, close) in ticks of 0.1; lot 0.01.
    private func series(
        _ prices: [(Int64, Int64, Int64, Int64)], kind: ContractKind = .spot,
        minimumNotional: ExactDecimal = .zero
    ) -> BarSeries {
        let instrument = InstrumentSpec(
            id: InstrumentID(venue: VenueID("bars"), symbol: "X"), kind: kind,
            tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 2), minimumNotional: minimumNotional,
            multiplier: kind == .inverse ? ExactDecimal(mantissa: 100, scale: 0) : .one,
            baseAsset: Asset("X"), quoteAsset: Asset("USD"))
        let bars = prices.enumerated().map { index, price in
            Bar(
                openTime: Int64(index) * 10, closeTime: Int64(index + 1) * 10,
                open: Price(ticks: price.0), high: Price(ticks: price.1),
                low: Price(ticks: price.2), close: Price(ticks: price.3), volumeE8: 1)
        }
        return BarSeries(instrument: instrument, intervalNanoseconds: 10, bars: bars, gaps: 0)
    }

    private static let rising: [(Int64, Int64, Int64, Int64)] = [
        (100, 105, 95, 100), (102, 110, 101, 108), (108, 112, 100, 104), (104, 104, 90, 92),
    ]

    private func run(
        _ series: BarSeries, warmUp: Nanoseconds = .zero,
        _ change: (inout BarReplaySettings) -> Void = { _ in },
        _ script: @escaping (Int, inout StrategyContext, Scripted.Diary) -> Void
    ) throws -> (lines: [String], result: BarReplayResult, account: Account) {
        var settings = BarReplaySettings()
        change(&settings)
        let diary = Scripted.Diary()
        var replay = try BarReplay(
            series, strategy: Scripted(diary, warmUp: warmUp, script), settings: settings)
        try replay.run()
        return (diary.lines, replay.result, replay.engine.account)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let request: OrderRequest
        let lines: [String]
        var atClose = false
        var testDescription: String { name }

        init(_ name: String, _ request: OrderRequest, _ lines: [String], atClose: Bool = false) {
            self.name = name
            self.request = request
            self.lines = lines
            self.atClose = atClose
        }
    }

    static func limit(_ side: Side, _ ticks: Int64, _ force: TimeInForce = .gtc) -> OrderRequest {
        OrderRequest(side, Quantity(lots: 1), at: Price(ticks: ticks), timeInForce: force)
    }

    /// One order after the first bar (close 100; the next bars are 102 110 101 108, 108 112 100
    /// 104, 104 104 90 92).
    static let table: [Row] = [
        Row(
            "market: the next open", OrderRequest(market: .buy, Quantity(lots: 1)),
            ["10 fill 1 buy 1@102 taker left 0 position 1"]),
        Row(
            "market at the close", OrderRequest(market: .buy, Quantity(lots: 1)),
            ["10 fill 1 buy 1@100 taker left 0 position 1"], atClose: true),
        Row(
            "limit through the open: the open", limit(.buy, 105),
            ["10 fill 1 buy 1@102 taker left 0 position 1"]),
        Row(
            "limit at the open: the open", limit(.sell, 102),
            ["10 fill 1 sell 1@102 taker left 0 position -1"]),
        Row(
            "touching is no fill, trading through is", limit(.buy, 101),
            ["10 order 1 working", "30 fill 1 buy 1@101 maker left 0 position 1"]),
        Row(
            "a resting sell fills above its price", limit(.sell, 111),
            ["10 order 1 working", "30 fill 1 sell 1@111 maker left 0 position -1"]),
        Row("a limit that is never traded through rests", limit(.buy, 90), ["10 order 1 working"]),
        Row(
            "post-only that would take ends", limit(.buy, 102, .gtx),
            ["10 order 1 canceled postOnlyWouldCross"]),
        Row("post-only rests", limit(.buy, 50, .gtx), ["10 order 1 working"]),
        Row(
            "IOC away from the market", limit(.buy, 50, .ioc), ["10 order 1 expired immediateRest"]),
        Row("FOK away from the market", limit(.buy, 50, .fok), ["10 order 1 expired notFillable"]),
        Row("a price below one tick", limit(.buy, 0), ["10 order 1 rejected priceRule"]),
        Row(
            "no size", OrderRequest(.buy, .zero, at: Price(ticks: 1)),
            ["10 order 1 rejected quantityRule"]),
        Row(
            "reduce-only without a position",
            OrderRequest(market: .sell, Quantity(lots: 1), reduceOnly: true),
            ["10 order 1 rejected reduceOnly"]),
    ]

    @Test("one order", arguments: table)
    func order(row: Row) throws {
        let lines = try run(series(Self.rising), { $0.fillsAtClose = row.atClose }) {
            bar, context, _ in
            if bar == 0 { context.submit(row.request) }
        }.lines
        #expect(lines == row.lines)
    }

    @Test("an order of the last bar never fills at an open, but is counted")
    func last() throws {
        let result = try run(series(Self.rising)) { bar, context, _ in
            if bar == 3 { context.submit(OrderRequest(market: .buy, Quantity(lots: 1))) }
        }.result
        #expect(result.submits == 1 && result.fills == 0)
    }

    @Test("slippage is against us, rounded against us, and never beyond a limit")
    func slippage() throws {
        func fills(_ request: OrderRequest) throws -> String? {
            try run(series(Self.rising), { $0.slippage = ExactDecimal(mantissa: 1, scale: 3) }) {
                bar, context, _ in
                if bar == 0 { context.submit(request) }
            }.lines.first
        }
        #expect(try fills(OrderRequest(market: .buy, Quantity(lots: 1)))?.contains("@103") == true)
        #expect(try fills(OrderRequest(market: .sell, Quantity(lots: 1)))?.contains("@101") == true)
        #expect(try fills(Self.limit(.buy, 102))?.contains("@102") == true)
    }

    @Test("cancels and amends act at once; a gone order refuses them")
    func cancelAndAmend() throws {
        let lines = try run(series(Self.rising)) { bar, context, diary in
            switch bar {
            case 0: diary.ids.append(context.submit(Self.limit(.buy, 50)) ?? ClientOrderID(0))
            case 1:
                context.amend(diary.ids[0], price: Price(ticks: 101), quantity: Quantity(lots: 2))
            case 2: context.submit(Self.limit(.buy, 60))
            default: context.cancel(ClientOrderID(2))
            }
        }.lines
        #expect(
            lines == [
                "10 order 1 working", "20 order 1 working",
                "30 fill 1 buy 2@101 maker left 0 position 2", "30 order 2 working",
                "40 order 2 canceled",
            ])
    }

    @Test("cash: never more than there is, the rest expires; sells never more than is held")
    func cash() throws {
        let ran = try run(
            series(Self.rising),
            { settings in
                settings.cash = ExactDecimal(mantissa: 100, scale: 0)
                settings.fees = FeeSchedule(
                    FeeRates(maker: .zero, taker: ExactDecimal(mantissa: 1, scale: 2)))
            }
        ) { bar, context, diary in
            if bar == 0 { diary.lines.append("power \(context.buyingPowerLots)") }
            let side: Side = bar == 0 ? .buy : .sell
            if bar < 3 { context.submit(OrderRequest(market: side, Quantity(lots: 5000))) }
        }
        // 100 ÷ (10.0 × 1.01) = 9.90 at the close, 100 ÷ (10.2 × 1.01) = 9.70 at the open.
        #expect(
            ran.lines == [
                "power 990", "10 fill 1 buy 970@102 taker left 4030 position 970",
                "10 order 1 expired insufficientBalance",
                "20 fill 2 sell 970@108 taker left 4030 position 0",
                "20 order 2 expired insufficientBalance", "30 order 3 expired insufficientBalance",
            ])
        // 100 − 9.70 × 10.2 × 1.01 + 9.70 × 10.8 × 0.99, exact.
        #expect(ran.account.money(ran.result.finalValue).text == "103.783")
    }

    @Test("linear and inverse contracts may go short, and value the position")
    func contracts() throws {
        func value(_ kind: ContractKind) throws -> String {
            let ran = try run(series(Self.rising, kind: kind)) { bar, context, _ in
                if bar == 0 { context.submit(OrderRequest(market: .sell, Quantity(lots: 100))) }
            }
            return ran.account.money(ran.result.finalValue).text
        }
        // Sold 1 at 10.2, worth 9.2 at the end.
        #expect(try value(.linear) == "1")
        // 1 contract of 100 USD: 100 ÷ 9.2 − 100 ÷ 10.2, rounded down.
        #expect(try value(.inverse).hasPrefix("1.0656436"))
    }

    @Test("a minimum notional is kept, exactly at its edge")
    func minimumNotional() throws {
        for (lots, status) in [(Int64(98), "rejected minimumNotional"), (99, "fill")] {
            let minimum = ExactDecimal("10.098")
            let lines = try run(series(Self.rising, minimumNotional: minimum ?? .zero)) {
                bar, context, _ in
                if bar == 0 { context.submit(OrderRequest(market: .buy, Quantity(lots: lots))) }
            }.lines
            #expect(lines.first?.contains(status) == true)
        }
        let lines = try run(series(Self.rising, minimumNotional: ExactDecimal("5") ?? .zero)) {
            bar, context, _ in
            if bar == 0 { context.submit(OrderRequest(market: .buy, Quantity(lots: 99))) }
            if bar == 1 {
                context.submit(
                    OrderRequest(market: .sell, Quantity(lots: 1), reduceOnly: true))
            }
        }.lines
        #expect(!lines.contains { $0.contains("rejected") }, "reduce-only orders are exempt")
    }

    @Test("timers fire at the close of their bar, in order of time, once")
    func timers() throws {
        let lines = try run(series(Self.rising)) { bar, context, _ in
            guard bar == 0 else { return }
            context.setTimer(TimerID(2), at: 25)
            context.setTimer(TimerID(1), at: 25)
            context.setTimer(TimerID(3), at: 10)
        }.lines
        #expect(lines == ["10 timer 3", "30 timer 1", "30 timer 2"])
    }

    @Test("while warming up orders are refused")
    func warmUp() throws {
        let result = try run(series(Self.rising), warmUp: Nanoseconds(20)) { _, context, _ in
            context.submit(OrderRequest(market: .buy, Quantity(lots: 1)))
        }.result
        #expect(result.submits == 3, "bars that end at 20 or later may trade")
    }

    @Test("from and to leave bars out; none left is an error")
    func range() throws {
        let part = try run(
            series(Self.rising),
            { ($0.from, $0.to) = (Timestamp(nanoseconds: 5), Timestamp(nanoseconds: 30)) }
        ) { _, _, _ in }
        #expect(part.result.bars == 2)
        #expect(throws: Failure.self) {
            try run(series(Self.rising), { $0.from = Timestamp(nanoseconds: 99) }) { _, _, _ in }
        }
    }

    @Test("a strategy that answers its own fills without end is stopped")
    func endless() throws {
        struct Endless: Strategy {
            static let descriptor = StrategyDescriptor(name: "endless", summary: "", parameters: [])
            init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {}
            init() {}
            var subscriptions: Subscriptions { .bars }
            mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext) {
                context.submit(OrderRequest(market: .buy, Quantity(lots: 1)))
            }
            mutating func filled(_ fill: Fill, _ context: inout StrategyContext) {
                context.submit(OrderRequest(market: .buy, Quantity(lots: 1)))
            }
        }
        var settings = BarReplaySettings()
        settings.fillsAtClose = true
        var replay = try BarReplay(series(Self.rising), strategy: Endless(), settings: settings)
        var problem: Failure?
        do throws(Failure) { try replay.run() } catch { problem = error }
        #expect(problem?.kind == .failure)
    }

    @Test("amounts beyond 128 bits are an error, not a trap")
    func tooLarge() throws {
        let huge: [(Int64, Int64, Int64, Int64)] = Array(
            repeating: (1 << 53, 1 << 53, 1 << 53, 1 << 53), count: 20_000)
        #expect(throws: Failure.self) {
            try run(
                series(huge),
                {
                    $0.fees = FeeSchedule(
                        FeeRates(
                            maker: .zero, taker: ExactDecimal(mantissa: 1, scale: 18)))
                }
            ) { _, context, _ in
                context.submit(OrderRequest(market: .buy, Quantity(lots: 1 << 53)))
            }
        }
    }
}
