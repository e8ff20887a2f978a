// The dual moving average: in the market while the fast average is above the slow one.

import MartletBook
import MartletSignals
public import MartletModel

/// Buys when the fast simple moving average of closes goes from below to above the slow one, and
/// sells everything when it goes from above to below. Long only.
///
/// The averages are compared exactly (sums of ticks, cross multiplied). A bar on which they are
/// equal keeps the side of the bar before. Nothing happens until the slow window is full, nor when
/// the averages first become known: only a crossing is a signal. With cash it buys for all of it,
/// the taker fee included; without, it buys `quantity`. On events it makes its own bars: the close
/// is the mid price at the end of each `interval`.
///
/// Assumes that the price it sees is the price it gets; the run's fill rules say how far off
/// that is (optimistic when filled at the signal bar's close).
public struct SMACross: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "sma-cross",
        summary: "Holds the asset while the fast moving average is above the slow one.",
        usesBars: true,
        parameters: [
            ParameterSpec(
                "fast", .integer(1...100_000), default: "5",
                "Bars of the fast average; below slow."),
            ParameterSpec(
                "slow", .integer(2...100_000), default: "20", "Bars of the slow average."),
            ParameterSpec(
                "quantity", .quantity, default: "auto",
                "Size of a buy; auto is all cash, or the smallest allowed without cash."),
            ParameterSpec(
                "interval", .duration(1_000_000...86_400_000_000_000), default: "100ms",
                "Length of a bar, on events only."),
        ])

    private var fast: WindowSum
    private var slow: WindowSum
    private var side: Int?
    private var size: OrderSize
    private let usesAllCash: Bool
    private let interval: Nanoseconds

    /// From its parameters.
    ///
    /// - Throws: ``ParameterError`` unless `fast` is below `slow`.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        let fastLength = parameters.integer("fast")
        let slowLength = parameters.integer("slow")
        guard fastLength < slowLength else {
            throw ParameterError(
                parameter: "fast",
                message: "\(fastLength) is not below slow (\(slowLength)); choose a smaller one")
        }
        fast = WindowSum(length: Int(fastLength))
        slow = WindowSum(length: Int(slowLength))
        size = try OrderSize("quantity", parameters, instrument)
        usesAllCash = parameters.text("quantity") == "auto"
        interval = parameters.duration("interval")
    }

    /// Bars where the run has them.
    public var subscriptions: Subscriptions { .bars }

    /// Sets the timer that ends its own bars on events.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// Ends a bar of its own; does nothing where there is no book.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
        guard let doubleMid = context.market.doubleMid else { return }
        close(value: doubleMid, tick: doubleMid / 2, &context)
    }

    /// Takes in a bar and trades on a crossing.
    public mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext) {
        close(value: bar.close.ticks, tick: bar.close.ticks, &context)
    }

    private mutating func close(
        value: Int64, tick: Int64, _ context: inout StrategyContext
    ) {
        fast.add(value)
        slow.add(value)
        guard let now = fast.compare(to: slow) else { return }
        let before = side
        if now != 0 || before == nil { side = now }
        guard context.openOrder(.buy) == nil, context.openOrder(.sell) == nil else { return }
        if before == -1, now == 1, context.positionLots == 0 {
            let usesCash = usesAllCash && context.buyingPowerLots > 0
            let quantity =
                usesCash ? Quantity(lots: context.buyingPowerLots) : size.quantity(at: tick)
            context.submit(OrderRequest(market: .buy, quantity))
        } else if before == 1, now == -1, context.positionLots > 0 {
            context.submit(
                OrderRequest(market: .sell, Quantity(lots: context.positionLots)))
        }
    }
}
