// Parameters are checked before a strategy sees them, and say what would be right.

import MartletModel
import MartletStrategies
import Testing

@Suite("Parameters")
struct ParameterTests {
    static let descriptor = StrategyDescriptor(
        name: "any", summary: "Has every kind of parameter.",
        parameters: [
            ParameterSpec("count", .integer(-5...5), default: "1", "A number."),
            ParameterSpec("share", .number(0...1), default: "0.25", "A share."),
            ParameterSpec("quantity", .quantity, default: "auto", "A size."),
            ParameterSpec("pause", .duration(1_000...1_000_000), default: "1us", "A time."),
            ParameterSpec("mode", .choice(["a", "b"]), default: "a", "A word."),
        ])

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        let isAccepted: Bool
        var testDescription: String { "\(name)=\(text)" }

        init(_ name: String, _ text: String, _ isAccepted: Bool) {
            self.name = name
            self.text = text
            self.isAccepted = isAccepted
        }
    }

    static let rows = [
        Row("count", "5", true), Row("count", "-5", true), Row("count", "6", false),
        Row("count", "1.0", true), Row("count", "1.5", false), Row("count", "", false),
        Row("count", "1e1", false), Row("count", "99999999999999999999", false),
        Row("share", "0", true), Row("share", "1.000", true), Row("share", "1.01", false),
        Row("share", "-0.1", false), Row("share", "nan", false), Row("share", "half", false),
        Row("quantity", "auto", true), Row("quantity", "0.01", true), Row("quantity", "0", false),
        Row("quantity", "-1", false), Row("quantity", "Auto", false),
        Row("pause", "1us", true), Row("pause", "1ms", true), Row("pause", "2ms", false),
        Row("pause", "999ns", false), Row("pause", "1", false), Row("pause", "0ms", false),
        Row("mode", "b", true), Row("mode", "c", false), Row("mode", "", false),
        Row("other", "1", false),
    ]

    @Test("accepts what was declared and nothing else", arguments: rows)
    func checking(row: Row) {
        do {
            let values = try ParameterValues([(row.name, row.text)], for: Self.descriptor)
            #expect(row.isAccepted)
            #expect(values.text(row.name) == row.text)
        } catch {
            #expect(!row.isAccepted)
            #expect(error.parameter == row.name)
            #expect(error.description.hasPrefix("parameter '\(row.name)': "))
        }
    }

    @Test("defaults fill in, the last of a repeated name counts, order is as declared")
    func resolving() throws {
        let values = try ParameterValues(
            [("share", "0.5"), ("share", "0.75"), ("count", "-2")], for: Self.descriptor)
        #expect(
            values.resolved.map(\.name) == ["count", "share", "quantity", "pause", "mode"])
        #expect(values.resolved.map(\.text) == ["-2", "0.75", "auto", "1us", "a"])
        #expect(values.integer("count") == -2)
        #expect(values.number("share") == 0.75)
        #expect(values.duration("pause") == Nanoseconds(1_000))
        #expect(try values.quantity("quantity", of: TestMarket.instrument()) == nil)
    }

    @Test("an unknown name lists the known ones")
    func unknown() {
        let error = #expect(throws: ParameterError.self) {
            _ = try ParameterValues([("sharre", "1")], for: Self.descriptor)
        }
        #expect(error?.message.contains("count, share, quantity, pause, mode") == true)
    }

    @Test(
        "quantities are whole lots within the instrument's limits",
        arguments: [
            ("0.005", 5), ("0.0050", 5), ("0.0055", nil), ("0.001", nil),
            ("9007199254740.992", 1 << 53),
            ("9007199254740.993", nil),
        ] as [(String, Int64?)])
    func quantities(text: String, lots: Int64?) throws {
        let instrument = TestMarket.instrument(minimumLots: 2)
        let values = try ParameterValues([("quantity", text)], for: Self.descriptor)
        if let lots {
            #expect(try values.quantity("quantity", of: instrument) == Quantity(lots: lots))
        } else {
            #expect(throws: ParameterError.self) {
                _ = try values.quantity("quantity", of: instrument)
            }
        }
    }
}

@Suite("OrderSize")
struct OrderSizeTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let instrument: InstrumentSpec
        let tick: Int64
        let lots: Int64
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "no minimum is one lot", instrument: TestMarket.instrument(), tick: 267_730,
            lots: 1),
        Row(
            name: "the minimum quantity", instrument: TestMarket.instrument(minimumLots: 7),
            tick: 267_730, lots: 7),
        // 20 × 1.1 ÷ 2,677.30 = 0.00822: 9 lots of 0.001.
        Row(
            name: "the minimum notional, with headroom, rounded up",
            instrument: TestMarket.instrument(minimumNotional: "20"), tick: 267_730, lots: 9),
        // 200 ÷ 100 contracts × 1.1 = 2.2.
        Row(
            name: "inverse contracts have a fixed value",
            instrument: TestMarket.instrument(
                tick: "0.1", lot: "1", minimumNotional: "200", kind: .inverse, multiplier: "100"),
            tick: 600_000, lots: 3),
        Row(
            name: "a price that is not above 0 has no notional",
            instrument: TestMarket.instrument(minimumNotional: "20"), tick: 0, lots: 1),
        Row(
            name: "a price of almost nothing is bounded",
            instrument: TestMarket.instrument(
                tick: "0.000000000000000001", lot: "0.000000000000000001", minimumNotional: "20"),
            tick: 1, lots: 1 << 53),
    ]

    @Test("auto is the smallest order that the rules allow", arguments: rows)
    func automatic(row: Row) throws {
        let values = try ParameterValues([], for: TouchQuoter.descriptor)
        var size = try OrderSize("quantity", values, row.instrument)
        #expect(size.quantity(at: row.tick) == Quantity(lots: row.lots))
    }

    @Test("auto stays while it is valid, and grows when the price has fallen too far")
    func growing() throws {
        let values = try ParameterValues([], for: TouchQuoter.descriptor)
        let instrument = TestMarket.instrument(lot: "0.000001", minimumNotional: "20")
        var size = try OrderSize("quantity", values, instrument)
        let first = size.quantity(at: 200_000)
        #expect(size.quantity(at: 400_000) == first)
        #expect(size.quantity(at: 185_000) == first)
        let grown = size.quantity(at: 100_000)
        #expect(grown.lots == 2 * first.lots)
        #expect(size.quantity(at: 200_000) == grown)
    }
}

@Suite("StrategyContext")
struct StrategyContextTests {
    private let request = OrderRequest(.buy, Quantity(lots: 1), at: Price(ticks: 5))

    @Test("orders count from 1, are there at once, and have a limit")
    func submitting() {
        let market = TestMarket(openOrdersMax: 2)
        let ids = (0..<3).map { _ in market.context.submit(request) }
        #expect(ids == [ClientOrderID(1), ClientOrderID(2), nil])
        #expect(market.context.orders.count == 2)
        #expect(market.context.openOrder(.buy)?.id == ClientOrderID(1))
        #expect(market.context.openOrder(.sell) == nil)
        #expect(market.takeCommands().count == 2)
    }

    @Test("only resting orders can be canceled or amended, and only once at a time")
    func canceling() {
        let market = TestMarket()
        market.context.submit(request)
        _ = market.takeCommands()
        let early = market.context.cancel(ClientOrderID(1))
        market.acceptAll()
        let amended = market.context.amend(
            ClientOrderID(1), price: Price(ticks: 6), quantity: Quantity(lots: 2))
        let meanwhile = market.context.cancel(ClientOrderID(1))
        let unknown = market.context.cancel(ClientOrderID(9))
        #expect(!early && amended && !meanwhile && !unknown)
        #expect(
            market.takeCommands() == [
                .amend(ClientOrderID(1), Price(ticks: 6), Quantity(lots: 2))
            ])
    }

    @Test("a timer is never in the past, nor beyond the end of time")
    func timers() {
        let market = TestMarket(now: 100)
        market.context.setTimer(TimerID(1), at: 50)
        market.context.setTimer(TimerID(2), after: Nanoseconds(50))
        market.context.setTimer(TimerID(3), after: Nanoseconds(Int64.max))
        #expect(
            market.takeCommands() == [.setTimer(TimerID(1), 100), .setTimer(TimerID(2), 150)])
    }

    @Test("finished orders are forgotten, the others keep their order")
    func finishing() {
        let market = TestMarket()
        for _ in 0..<4 { market.context.submit(request) }
        market.fill(ClientOrderID(2))
        market.context.orders[0].status = .rejected
        market.context.orders.removeFinished()
        let left = (0..<market.context.orders.count).map { market.context.orders[$0].id.number }
        #expect(left == [3, 4])
        #expect(market.context.orders.position(of: ClientOrderID(1)) == nil)
        #expect(market.context.positionLots == 1)
    }
}
