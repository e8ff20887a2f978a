// The strategy template-check: quotes at the touch on the side that the book leans to.

import MartletBook
public import MartletModel
public import MartletStrategies

/// Looks at the best bid and ask at a fixed interval. While the bid holds at least `lean` of
/// the size at the touch it rests a buy order there, while the ask does it rests a sell order;
/// an order on the other side, or at an old price, is canceled.
///
/// Assumes that the price moves away from the larger side. Replace this by your own idea, and
/// say here what it assumes.
public struct TemplateCheckStrategy: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "template-check",
        summary: "Quotes at the touch on the side that the book leans to.",
        parameters: [
            ParameterSpec(
                "lean", .number(0...1), default: "0.5",
                "Share of the size at the touch that a side must have."),
            ParameterSpec(
                "quantity", .quantity, default: "auto",
                "Size of each order, in quantity units; auto is the smallest allowed."),
            ParameterSpec(
                "maxPositionOrders", .integer(1...500), default: "10",
                "Largest position either way, in orders."),
            ParameterSpec(
                "interval", .duration(1_000...3_600_000_000_000), default: "100ms",
                "Time between two looks."),
        ])

    private let lean: Double
    private let maxPositionOrders: Int64
    private let interval: Nanoseconds
    private var size: OrderSize

    /// From its parameters; they have been checked against the descriptor.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        lean = parameters.number("lean")
        maxPositionOrders = parameters.integer("maxPositionOrders")
        interval = parameters.duration("interval")
        size = try OrderSize("quantity", parameters, instrument)
    }

    /// The run begins: asks to be woken after one interval.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// The timer is due: looks at the market and moves the quotes.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
        let market = context.market
        guard let bid = market.bestBid, let ask = market.bestAsk, bid < ask else { return }
        let bidSize = Double(market.lots(.buy, tick: bid))
        let askSize = Double(market.lots(.sell, tick: ask))
        let bidShare = bidSize / (bidSize + askSize)
        quote(.buy, at: bid, wanted: bidShare >= lean, &context)
        quote(.sell, at: ask, wanted: 1 - bidShare >= lean, &context)
    }

    private mutating func quote(
        _ side: Side, at tick: Int64, wanted: Bool, _ context: inout StrategyContext
    ) {
        if let order = context.openOrder(side) {
            if !wanted || order.price.ticks != tick { context.cancel(order.id) }
            return
        }
        let quantity = size.quantity(at: tick)
        let room = maxPositionOrders * quantity.lots - side.sign * context.positionLots
        guard wanted, room >= quantity.lots else { return }
        context.submit(
            OrderRequest(side, quantity, at: Price(ticks: tick), timeInForce: .gtx))
    }
}
