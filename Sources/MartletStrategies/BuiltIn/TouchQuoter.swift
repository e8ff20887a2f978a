// The reference market maker: one order per side, a fixed distance from the touch.

import MartletBook
public import MartletModel

/// Keeps one buy order `k` ticks below the best bid and one sell order `k` ticks above the best
/// ask, looking at a fixed interval.
///
/// At each look, first for the buy side, then for the sell side: an unfinished order whose tick is
/// no longer the target is canceled if nothing is on its way for it, and that is all for the side;
/// without an unfinished order a new one is placed while the position leaves room for half of it.
/// While a side of the book is missing, or they overlap, it does nothing.
///
/// Assumes nothing about the market: it has no forecast and no limit but the position. It is the
/// strategy that Martlet is compared by, not one to earn with.
public struct TouchQuoter: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "touch-quoter",
        summary: "Quotes both sides a fixed number of ticks from the touch.",
        parameters: [
            ParameterSpec(
                "k", .integer(-1_000_000_000...1_000_000_000), default: "0",
                "Ticks away from the touch; below 0 crosses the spread."),
            ParameterSpec(
                "quantity", .quantity, default: "auto",
                "Size of each order, in quantity units; auto is the smallest allowed."),
            ParameterSpec(
                "interval", .duration(1_000...3_600_000_000_000), default: "100ms",
                "Time between two looks."),
            ParameterSpec(
                "timeInForce", .choice(["GTX", "GTC", "IOC", "FOK"]), default: "GTX",
                "How long its orders live; GTX is post-only."),
            ParameterSpec(
                "maxPositionOrders", .integer(1...500), default: "10",
                "Largest position either way, in orders."),
        ])

    private let offset: Int64
    private let interval: Nanoseconds
    private let timeInForce: TimeInForce
    private let maxPositionOrders: Int64
    private var size: OrderSize

    /// From its parameters.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        offset = parameters.integer("k")
        interval = parameters.duration("interval")
        timeInForce = TimeInForce(rawValue: parameters.text("timeInForce")) ?? .gtx
        maxPositionOrders = parameters.integer("maxPositionOrders")
        size = try OrderSize("quantity", parameters, instrument)
    }

    /// Sets the first timer.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// Looks at the touch and moves its quotes.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
        guard let bid = context.market.bestBid, let ask = context.market.bestAsk, bid < ask
        else { return }
        let quantity = size.quantity(at: min(bid - offset, ask + offset))
        for side in [Side.buy, .sell] {
            let target = side == .buy ? bid - offset : ask + offset
            if let order = context.openOrder(side) {
                if order.price.ticks != target, order.isCancelable { context.cancel(order.id) }
                continue
            }
            // position < max − quantity/2, doubled so that half lots stay whole.
            let room = 2 * maxPositionOrders * quantity.lots - quantity.lots
            guard 2 * side.sign * context.positionLots < room else { continue }
            context.submit(
                OrderRequest(
                    side, quantity, at: Price(ticks: target), timeInForce: timeInForce))
        }
    }
}
