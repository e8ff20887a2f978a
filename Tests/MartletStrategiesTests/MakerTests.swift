// Every built-in strategy trades on any market with its defaults, and keeps within its limits.

import MartletModel
import MartletStrategies
import Testing

@Suite("Makers on any market")
struct MakerTests {
    struct Scene: CustomTestStringConvertible, Sendable {
        let name: String
        let instrument: InstrumentSpec
        let bid: Int64
        let spread: Int64
        /// Largest move of the mid in one look; ticks.
        let jump: Int64
        var hasTrades = true
        var testDescription: String { name }
    }

    static let scenes = [
        Scene(
            name: "a coin at 2,700 with a cent tick",
            instrument: TestMarket.instrument(minimumNotional: "20"), bid: 267_730, spread: 1,
            jump: 40),
        Scene(
            name: "the same without trades",
            instrument: TestMarket.instrument(minimumNotional: "20"), bid: 267_730, spread: 1,
            jump: 40, hasTrades: false),
        Scene(
            name: "a meme at 12 ticks of 1e-8",
            instrument: TestMarket.instrument(
                tick: "0.00000001", lot: "1", minimumNotional: "5"), bid: 12, spread: 1, jump: 1),
        Scene(
            name: "a price of a single tick", instrument: TestMarket.instrument(), bid: 1,
            spread: 1, jump: 0),
        Scene(
            name: "a far too fine tick",
            instrument: TestMarket.instrument(tick: "0.000000000001", lot: "0.00000001"),
            bid: 60_000_000_000_000_00, spread: 10_000_000_000, jump: 20_000_000_000),
        Scene(
            name: "a still market", instrument: TestMarket.instrument(), bid: 100_000, spread: 50,
            jump: 0, hasTrades: false),
        Scene(
            name: "inverse contracts of 100 dollars",
            instrument: TestMarket.instrument(
                tick: "0.1", lot: "1", kind: .inverse, multiplier: "100"), bid: 600_000, spread: 1,
            jump: 100),
    ]

    /// What a run of one strategy on one scene showed.
    private struct Outcome {
        var orders = 0
        var worstPosition: Int64 = 0
        var quantity: Int64 = 0
        var problems: [String] = []
    }

    private func play(_ type: any Strategy.Type, _ scene: Scene, seed: UInt64) throws -> Outcome {
        let market = TestMarket(instrument: scene.instrument, now: 1_000_000_000_000)
        var strategy = try type.init(
            parameters: ParameterValues([], for: type.descriptor), instrument: scene.instrument)
        var random = SeededGenerator(seed: seed)
        var outcome = Outcome()
        var bid = scene.bid
        strategy.start(&market.context)
        for _ in 0..<400 {
            bid = max(1, bid + Int64.random(in: -scene.jump...scene.jump, using: &random))
            market.setTouch(bid: bid, ask: bid + scene.spread)
            if scene.hasTrades {
                let print = TradePrint(
                    price: Price(ticks: bid), quantity: Quantity(lots: 1), aggressor: .sell,
                    exchangeTime: market.context.now)
                strategy.traded(print, &market.context)
            }
            market.context.now += 100_000_000
            strategy.timerFired(TimerID(0), &market.context)
            check(market.takeCommands(), scene, bid, &outcome)
            market.acceptAll()
            market.finishCancels()
            fillCrossed(market, bid, scene.spread, &strategy)
            outcome.worstPosition = max(outcome.worstPosition, abs(market.context.positionLots))
        }
        return outcome
    }

    private func check(
        _ commands: [Command], _ scene: Scene, _ bid: Int64, _ outcome: inout Outcome
    ) {
        for request in commands.submissions {
            outcome.orders += 1
            outcome.quantity = max(outcome.quantity, request.quantity.lots)
            let spec = scene.instrument
            guard request.type == .limit else { continue }
            let price = request.price.ticks
            if price <= 0 { outcome.problems.append("price \(price)") }
            let crosses = request.side == .buy ? price >= bid + scene.spread : price <= bid
            if crosses { outcome.problems.append("\(request.side) at \(price) would trade") }
            let unit = spec.kind == .inverse ? 1 : spec.priceValue(request.price)
            let notional =
                spec.quantityValue(lots: request.quantity.lots) * unit * spec.multiplier.doubleValue
            if notional < spec.minimumNotional.doubleValue {
                outcome.problems.append("notional \(notional)")
            }
        }
    }

    /// Orders that the market has moved to are filled.
    private func fillCrossed(
        _ market: TestMarket, _ bid: Int64, _ spread: Int64, _ strategy: inout any Strategy
    ) {
        var filled: [Order] = []
        for position in 0..<market.context.orders.count {
            let order = market.context.orders[position]
            let reached =
                order.side == .buy ? order.price.ticks >= bid : order.price.ticks <= bid + spread
            if order.type == .market || reached { filled.append(order) }
        }
        for order in filled {
            market.fill(order.id)
            let fill = Fill(
                orderID: order.id, side: order.side, price: order.price, quantity: order.quantity,
                leaves: .zero, isMaker: true, exchangeTime: 0, receiveTime: 0)
            strategy.filled(fill, &market.context)
        }
    }

    @Test(
        "quotes are placed, valid, and bounded", arguments: scenes,
        ["touch-quoter", "grid", "avellaneda-stoikov", "glft", "template-check"])
    func quoting(scene: Scene, name: String) throws {
        let template = name == "template-check" ? TemplateCheckStrategy.self : nil
        let type = try #require(template ?? StrategyRegistry.find(name))
        for seed in 0..<3 as Range<UInt64> {
            let outcome = try play(type, scene, seed: seed)
            #expect(outcome.orders > 0)
            #expect(outcome.problems.isEmpty)
            #expect(outcome.worstPosition <= 10 * outcome.quantity)
        }
    }

    @Test("the moving average trades wherever the market moves", arguments: scenes)
    func crossing(scene: Scene) throws {
        let outcome = try play(SMACross.self, scene, seed: 1)
        #expect(scene.jump == 0 || outcome.orders > 0)
    }

    @Test(
        "a maker quotes again only when its target has moved",
        arguments: [AvellanedaStoikov.self, GLFT.self] as [any Strategy.Type])
    func stillMarket(type: any Strategy.Type) throws {
        let market = TestMarket()
        market.setTouch(bid: 1_000, ask: 1_010)
        var strategy = try type.init(
            parameters: ParameterValues([], for: type.descriptor),
            instrument: TestMarket.instrument())
        var commands: [Command] = []
        for _ in 0..<50 {
            market.context.now += 100_000_000
            strategy.timerFired(TimerID(0), &market.context)
            commands += market.takeCommands()
            market.acceptAll()
        }
        #expect(commands.submissions.count == 2)
        #expect(commands.cancels.isEmpty)
    }

    @Test("a maker learns during its warm-up and quotes after it")
    func warmUp() throws {
        let market = TestMarket()
        market.setTouch(bid: 1_000, ask: 1_010)
        var strategy = try make(GLFT.self, [("warmUp", "5s")])
        #expect(strategy.warmUp == Nanoseconds(5_000_000_000))
        market.context.isWarmingUp = true
        strategy.timerFired(TimerID(0), &market.context)
        #expect(market.takeCommands().submissions.isEmpty)
        market.context.isWarmingUp = false
        strategy.timerFired(TimerID(0), &market.context)
        #expect(market.takeCommands().submissions.count == 2)
    }

    @Test(
        "a long position moves both quotes down",
        arguments: [AvellanedaStoikov.self, GLFT.self] as [any Strategy.Type])
    func skew(type: any Strategy.Type) throws {
        func quotes(position: Int64) throws -> [Int64] {
            let market = TestMarket()
            market.context.positionLots = position
            var strategy = try type.init(
                parameters: ParameterValues([("quantity", "0.01")], for: type.descriptor),
                instrument: TestMarket.instrument())
            var last: [Int64] = []
            for step in 0..<200 as Range<Int64> {
                market.setTouch(bid: 100_000 + (step % 2) * 40, ask: 100_010 + (step % 2) * 40)
                market.context.now += 100_000_000
                strategy.timerFired(TimerID(0), &market.context)
                let prices = market.takeCommands().submissions.map(\.price.ticks)
                if prices.count == 2 { last = prices }
                market.acceptAll()
                market.finishCancels()
                for side in [Side.buy, .sell] {
                    if let order = market.context.openOrder(side) {
                        market.context.cancel(order.id)
                    }
                }
                _ = market.takeCommands()
                market.finishCancels()
            }
            return last
        }
        let flat = try quotes(position: 0)
        let long = try quotes(position: 50)
        #expect(flat.count == 2 && long.count == 2)
        #expect(zip(long, flat).allSatisfy { $0 < $1 }, "\(long) \(flat)")
    }
}

@Suite("Grid")
struct GridTests {
    private func setUp() throws -> (TestMarket, Grid) {
        let market = TestMarket()
        market.setTouch(bid: 99_995, ask: 100_005)
        let grid = try make(
            Grid.self, [("levels", "2"), ("spacing", "10"), ("quantity", "0.01")])
        return (market, grid)
    }

    private func prices(_ commands: [Command], _ side: Side) -> [Int64] {
        commands.submissions.filter { $0.side == side }.map(\.price.ticks)
    }

    @Test("lines lie a step apart around the first mid, nearest first")
    func lines() throws {
        var (market, grid) = try setUp()
        grid.timerFired(TimerID(0), &market.context)
        let commands = market.takeCommands()
        #expect(prices(commands, .buy) == [99_900, 99_800])
        #expect(prices(commands, .sell) == [100_100, 100_200])
        grid.timerFired(TimerID(0), &market.context)
        #expect(market.takeCommands().submissions.isEmpty)
    }

    @Test("what is bought on a line is sold on the next one up")
    func roundTrip() throws {
        var (market, grid) = try setUp()
        grid.timerFired(TimerID(0), &market.context)
        _ = market.takeCommands()
        market.acceptAll()
        market.setTouch(bid: 99_895, ask: 99_905)
        let first = market.context.order(ClientOrderID(1))
        let buy = try #require(first)
        market.fill(buy.id)
        grid.filled(
            Fill(
                orderID: buy.id, side: .buy, price: buy.price, quantity: buy.quantity,
                leaves: .zero, isMaker: true, exchangeTime: 0, receiveTime: 0), &market.context)
        grid.timerFired(TimerID(0), &market.context)
        let commands = market.takeCommands()
        #expect(prices(commands, .buy) == [99_700])
        #expect(prices(commands, .sell) == [100_000])
        // The highest sell order is now three lines away.
        #expect(commands.cancels == [4])
    }

    @Test("a market that jumps away takes the grid with it")
    func follows() throws {
        var (market, grid) = try setUp()
        grid.timerFired(TimerID(0), &market.context)
        _ = market.takeCommands()
        market.acceptAll()
        market.setTouch(bid: 101_045, ask: 101_055)
        grid.timerFired(TimerID(0), &market.context)
        let commands = market.takeCommands()
        #expect(commands.cancels == [1, 2, 3, 4])
        #expect(prices(commands, .buy) == [101_000, 100_900])
        #expect(prices(commands, .sell) == [101_200, 101_300])
    }
}
