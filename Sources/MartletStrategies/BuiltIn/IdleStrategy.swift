// The strategy that does nothing: for measuring replay and for looking at a market.

public import MartletModel

/// Wakes at a fixed interval and does nothing.
public struct IdleStrategy: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "idle", summary: "Watches the market at a fixed interval and never trades.",
        parameters: [
            ParameterSpec(
                "interval", .duration(1_000...3_600_000_000_000), default: "100ms",
                "Time between two looks.")
        ])

    private let interval: Nanoseconds

    /// From its parameters.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        interval = parameters.duration("interval")
    }

    /// Sets the first timer.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// Sets the next timer.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }
}
