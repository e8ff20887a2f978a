// A strategy that does whatever its seed says, at every event it hears of.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletStrategies

/// Acts at random: what it does depends on every event before, so that one event too many, too few
/// or out of order changes all that follows.
struct RandomStrategy: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "random", summary: "Acts at random.", parameters: [])
    let subscriptions: Subscriptions
    let warmUp: Nanoseconds
    private var random: SeededGenerator

    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        self.init(seed: 0)
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        subscriptions = Subscriptions(rawValue: UInt8.random(in: 0...3, using: &random))
        warmUp = Nanoseconds(Int64.random(in: 0...40, using: &random))
    }

    mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), at: context.now + chance(30))
        context.setTimer(TimerID(1), at: context.now + chance(30))
    }
    mutating func bookChanged(_ context: inout StrategyContext) { act(&context, oneIn: 3) }
    mutating func traded(_ trade: TradePrint, _ context: inout StrategyContext) {
        act(&context, oneIn: 3)
    }
    mutating func filled(_ fill: Fill, _ context: inout StrategyContext) { act(&context, oneIn: 3) }
    mutating func orderChanged(_ order: Order, _ context: inout StrategyContext) {
        act(&context, oneIn: 6)
    }
    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(timer, at: context.now + 1 + chance(25))
        act(&context, oneIn: 1)
    }

    private mutating func chance(_ count: Int64) -> Int64 {
        Int64.random(in: 0..<count, using: &random)
    }

    private mutating func act(_ context: inout StrategyContext, oneIn: Int64) {
        guard chance(oneIn) == 0 else { return }
        let side: Side = chance(2) == 0 ? .buy : .sell
        // What it sees is part of what it does.
        let base = context.market.bestBid ?? context.market.bestAsk ?? 500
        let price = Price(ticks: base + chance(8) - 4)
        let size = Quantity(lots: 1 + chance(12))
        let target = context.orders.count > 0 ? Int(chance(Int64(context.orders.count))) : 0
        switch chance(10) {
        case 0..<5:
            let life = TimeInForce.allCases[Int(chance(4))]
            context.submit(
                OrderRequest(
                    side, size, at: price, timeInForce: life, reduceOnly: chance(8) == 0))
        case 5: context.submit(OrderRequest(market: side, size, reduceOnly: chance(4) == 0))
        case 6, 7:
            if context.orders.count > 0 { context.cancel(context.orders[target].id) }
        case 8:
            if context.orders.count > 0 {
                context.amend(context.orders[target].id, price: price, quantity: size)
            }
        default: context.setTimer(TimerID(2), at: context.now + chance(10))
        }
    }
}

/// Writes down everything that a run asked for and heard, as text.
final class RunLog: RunRecorder {
    var lines: [String] = []
    /// How often it asks for samples and markouts, which must change nothing; 0 is never.
    private let step: Int64
    private(set) var nextSampleTime: Int64
    private(set) var nextMarkoutTime: Int64
    private(set) var sampleTimes: [Int64] = []

    init(step: Int64 = 0) {
        self.step = step
        nextSampleTime = step > 0 ? 0 : Int64.max
        nextMarkoutTime = step > 0 ? 0 : Int64.max
    }

    func requested(_ effect: Effect, at time: Int64, market: MarketView) {
        lines.append("\(time) \(effect)")
    }
    func heard(_ event: OrderEvent, account: borrowing Account) {
        lines.append(
            "\(event.receiveTime)<\(event.exchangeTime) \(event.id.number) \(event.kind) "
                + "leaves \(event.leaves.lots) position \(account.positionLots)")
    }
    func sample(at time: Int64, account: borrowing Account, orders: OrderView, market: MarketView) {
        sampleTimes.append(time)
        nextSampleTime = time + step
    }
    func markout(at time: Int64, doubleMid: Int64) { nextMarkoutTime = max(time, 1) + step }
    func fundingUnpriced(at time: Int64) { lines.append("\(time) funding without a mark price") }
    func orderRested(_ id: ClientOrderID, ahead: Double) {}
    func orderExecuted(_ id: ClientOrderID, ahead: Double, doubleMid: Int64, time: Int64) {}
    func requestHandled(_ id: ClientOrderID, sent: Int64, handled: Int64) {}
}
