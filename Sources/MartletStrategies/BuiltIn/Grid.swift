// The grid trader: buy orders on lines below, sell orders on lines above, one step apart.

import MartletBook
public import MartletModel

/// Rests one order on each of the next lines of a fixed price grid, except on the line at which it
/// last traded.
///
/// The grid is laid when the market is first seen: the first mid price is its centre, and lines are
/// `spacing` apart. Buy orders rest on the `levels` lines below the centre, sell orders on those
/// above. A fill moves the centre to its line, so that what was bought on one line is sold on the
/// next one up. Where the market has left the grid by more than a line (the position limit has
/// been reached, or it jumped), the centre follows it and the position stays as it is.
///
/// Assumes that prices come back: it earns a step per round trip and loses in a trend. It has no
/// stop but the position limit.
public struct Grid: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "grid",
        summary: "Rests orders on evenly spaced price lines around where it last traded.",
        parameters: [
            ParameterSpec("levels", .integer(1...20), default: "5", "Orders on each side."),
            ParameterSpec(
                "spacing", .number(0.01...1_000), default: "1",
                "Distance between lines in basis points of the first mid, at least one tick."),
            ParameterSpec(
                "quantity", .quantity, default: "auto",
                "Size of each order, in quantity units; auto is the smallest allowed."),
            ParameterSpec(
                "maxPositionOrders", .integer(1...500), default: "10",
                "Largest position either way, in orders."),
            ParameterSpec(
                "interval", .duration(1_000_000...3_600_000_000_000), default: "100ms",
                "Time between two looks."),
        ])

    private let levels: Int64
    private let spacingBasisPoints: Double
    private let maxPositionOrders: Int64
    private let interval: Nanoseconds
    private var size: OrderSize
    /// Price of line 0 and distance between lines; ticks. Nil until the market is first seen.
    private var origin: Int64?
    private var step: Int64 = 1
    /// The line that is kept empty.
    private var center: Int64 = 0

    /// From its parameters.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        levels = parameters.integer("levels")
        spacingBasisPoints = parameters.number("spacing")
        maxPositionOrders = parameters.integer("maxPositionOrders")
        interval = parameters.duration("interval")
        size = try OrderSize("quantity", parameters, instrument)
    }

    /// Sets the first timer.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// Moves the centre to the line that traded, once its order is filled whole.
    public mutating func filled(_ fill: Fill, _ context: inout StrategyContext) {
        guard let origin, fill.leaves == .zero else { return }
        center = (fill.price.ticks - origin).flooredDivision(by: step).quotient
    }

    /// Looks at the market and fills the lines that lack an order.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
        guard let reference = context.market.doubleReference else { return }
        let mid = reference / 2
        let origin = origin ?? layGrid(at: mid)
        let line = (mid - origin + step / 2).flooredDivision(by: step).quotient
        if abs(line - center) > levels + 1 { center = line }
        cancelStrays(origin, &context)
        for side in Side.allCases { fillLines(side, origin, &context) }
    }

    private mutating func layGrid(at mid: Int64) -> Int64 {
        origin = mid
        step = max(1, Int64((Double(mid.magnitude) * spacingBasisPoints / 10_000).rounded()))
        return mid
    }

    private func isWanted(_ order: Order, _ origin: Int64) -> Bool {
        let (line, rest) = (order.price.ticks - origin).flooredDivision(by: step)
        let distance = order.side == .buy ? center - line : line - center
        return rest == 0 && distance >= 1 && distance <= levels
    }

    private func cancelStrays(_ origin: Int64, _ context: inout StrategyContext) {
        for position in 0..<context.orders.count {
            let order = context.orders[position]
            if !order.status.isFinal, !isWanted(order, origin) { context.cancel(order.id) }
        }
    }

    /// Places what is missing on one side, nearest line first, within the position limit.
    private mutating func fillLines(
        _ side: Side, _ origin: Int64, _ context: inout StrategyContext
    ) {
        let away = -side.sign
        let quantity = size.quantity(at: max(1, origin + (center - levels) * step))
        var exposure = side.sign * context.positionLots
        for position in 0..<context.orders.count {
            let order = context.orders[position]
            if order.side == side, !order.status.isFinal { exposure += order.leaves.lots }
        }
        for distance in 1...levels {
            let tick = origin + (center + away * distance) * step
            let wouldTrade =
                side == .buy
                ? tick >= (context.market.bestAsk ?? Int64.max)
                : tick <= (context.market.bestBid ?? Int64.min)
            guard tick > 0, !wouldTrade, !hasOrder(side, tick, context) else { continue }
            guard exposure + quantity.lots <= maxPositionOrders * quantity.lots else { return }
            let request = OrderRequest(side, quantity, at: Price(ticks: tick), timeInForce: .gtx)
            guard context.submit(request) != nil else { return }
            exposure += quantity.lots
        }
    }

    private func hasOrder(
        _ side: Side, _ tick: Int64, _ context: borrowing StrategyContext
    ) -> Bool {
        for position in 0..<context.orders.count {
            let order = context.orders[position]
            if order.side == side, order.price.ticks == tick, !order.status.isFinal { return true }
        }
        return false
    }
}
