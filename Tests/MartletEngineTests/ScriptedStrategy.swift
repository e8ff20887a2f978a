// A strategy that does what a test tells it to, and an engine that runs it.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
import MartletStrategies

/// What a test wants done at one handler call.
enum Step: Sendable {
    case submit(OrderRequest)
    case cancel(Int64)
    case amend(Int64, Int64, Int64)
    case timer(Int, Int64)
}

/// Performs its steps at start and at timers, and writes down what it hears of.
struct ScriptedStrategy: Strategy {
    static let descriptor = StrategyDescriptor(
        name: "scripted", summary: "Does what it is told.", parameters: [])
    /// What happened, shared with the test that made it.
    final class Diary {
        var steps: [[Step]] = []
        var lines: [String] = []
        var results: [Bool] = []
    }
    let diary: Diary
    var warmUp = Nanoseconds.zero
    var subscriptions: Subscriptions { [.book, .trades, .bars] }

    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        diary = Diary()
    }
    init(_ diary: Diary, warmUp: Int64 = 0) {
        self.diary = diary
        self.warmUp = Nanoseconds(warmUp)
    }

    mutating func start(_ context: inout StrategyContext) { act(&context, "start") }
    mutating func bookChanged(_ context: inout StrategyContext) { act(&context, "book") }
    mutating func traded(_ trade: TradePrint, _ context: inout StrategyContext) {
        act(&context, "trade \(trade.price.ticks)")
    }
    mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext) { act(&context, "bar") }
    mutating func filled(_ fill: Fill, _ context: inout StrategyContext) {
        let status = context.order(fill.orderID)?.status.rawValue ?? "none"
        diary.lines.append(
            "filled \(fill.quantity.lots) leaves \(fill.leaves.lots) \(status) "
                + "position \(context.positionLots)")
    }
    mutating func orderChanged(_ order: Order, _ context: inout StrategyContext) {
        diary.lines.append(
            "order \(order.status.rawValue) \(order.pending.rawValue) \(order.reason.rawValue)")
    }
    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        act(&context, "timer \(timer.number)")
    }

    private func act(_ context: inout StrategyContext, _ word: String) {
        diary.lines.append("\(word) at \(context.now)")
        guard !diary.steps.isEmpty else { return }
        for step in diary.steps.removeFirst() {
            switch step {
            case .submit(let request): diary.results.append(context.submit(request) != nil)
            case .cancel(let id): diary.results.append(context.cancel(ClientOrderID(id)))
            case .amend(let id, let price, let lots):
                diary.results.append(
                    context.amend(
                        ClientOrderID(id), price: Price(ticks: price),
                        quantity: Quantity(lots: lots)))
            case .timer(let number, let time): context.setTimer(TimerID(number), at: time)
            }
        }
    }
}

/// An engine with a market of its own.
final class EngineBench {
    var engine: Engine
    let diary = ScriptedStrategy.Diary()
    private let state: UnsafeMutablePointer<MarketState>

    init(conduct: Engine.Conduct = .plain, warmUp: Int64 = 0) throws {
        state = .allocate(capacity: 1)
        state.initialize(to: MarketState(status: .live))
        let instrument = InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "XY"), kind: .linear,
            tickSize: ExactDecimal(mantissa: 1, scale: 1),
            lotSize: ExactDecimal(mantissa: 1, scale: 2), baseAsset: Asset("X"),
            quoteAsset: Asset("Y"))
        let fees = FeeSchedule(
            FeeRates(
                maker: ExactDecimal(mantissa: -2, scale: 4),
                taker: ExactDecimal(mantissa: 5, scale: 4)))
        engine = Engine(
            strategy: ScriptedStrategy(diary, warmUp: warmUp),
            market: MarketView(UnsafePointer(state)),
            account: try Account(instrument: instrument, fees: fees), startTime: 1000,
            conduct: conduct)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Says whether the book can be relied on.
    func setStatus(_ status: BookStatus) { state.pointee.status = status }

    /// Gives a timer at which the strategy takes these steps.
    func act(_ steps: [Step], at time: Int64) throws {
        diary.steps = [steps]
        try engine.handle(.timer(TimerID(0)), at: time)
    }

    func hear(_ kind: OrderEvent.Kind, leaves: Int64, id: Int64 = 1, at time: Int64) throws {
        try engine.handle(
            .order(
                OrderEvent(
                    id: ClientOrderID(id), kind: kind, leaves: Quantity(lots: leaves),
                    exchangeTime: time - 5, receiveTime: time)), at: time)
    }

    /// The unfinished order 1 in words, or `none`.
    var order: String {
        guard let position = engine.orders.position(of: ClientOrderID(1)) else { return "none" }
        let order = engine.orders[position]
        return "\(order.status.rawValue) \(order.pending.rawValue) \(order.price.ticks) "
            + "\(order.leaves.lots)/\(order.quantity.lots)"
    }
}

extension OrderEvent.Kind {
    static func fill(_ lots: Int64, at ticks: Int64 = 100, isMaker: Bool = true) -> Self {
        .filled(price: Price(ticks: ticks), quantity: Quantity(lots: lots), isMaker: isMaker)
    }
}
