// The market maker of Avellaneda and Stoikov: quotes around a reservation price.

import MartletBook
public import MartletModel
import MartletSignals

/// Quotes both sides of a reservation price that leans against the inventory.
///
/// reservation = mid − q·γ·σ²·τ; spread = γ·σ²·τ + (2/γ)·ln(1 + γ/k); see ``AvellanedaStoikovQuotes``.
/// σ and k are estimated as the run goes (``MarketEstimates``). γ is given as a multiple of k, so
/// that one default suits instruments of any price scale; τ is a rolling horizon: the run has no
/// end that it knows of.
///
/// Assumes a mid price that moves without drift or jumps, arrivals that depend on nothing but the
/// distance from it, and no queue: it does not know that others are ahead of it at its price. All
/// three err towards optimism. The distance of a quote from the mid is bounded to 2 % of it (or
/// the spread of the market, where that is wider).
public struct AvellanedaStoikov: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "avellaneda-stoikov",
        summary: "Quotes around a reservation price that leans against its inventory.",
        parameters: [
            ParameterSpec(
                "riskAversion", .number(0.0001...100), default: "0.1",
                "Risk aversion per order, as a multiple of the decay of arrivals."),
            ParameterSpec(
                "horizon", .duration(1_000_000...86_400_000_000_000), default: "1s",
                "How far ahead inventory is a risk."),
            ParameterSpec(
                "window", .duration(1_000_000_000...86_400_000_000_000), default: "60s",
                "What volatility is estimated over."),
            ParameterSpec(
                "warmUp", .duration(0...86_400_000_000_000), default: "0ms",
                "How long it only learns before it quotes."),
        ] + QuotePair.parameters)

    private let riskAversion: Double
    private let horizonSeconds: Double
    private let interval: Nanoseconds
    /// How long it only learns.
    public let warmUp: Nanoseconds
    private var estimates: MarketEstimates
    private var quotes: QuotePair

    /// From its parameters.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        riskAversion = parameters.number("riskAversion")
        horizonSeconds = Double(parameters.duration("horizon").count) / 1e9
        interval = parameters.duration("interval")
        warmUp = parameters.duration("warmUp")
        estimates = MarketEstimates(
            interval: interval.count, window: parameters.duration("window").count)
        quotes = try QuotePair(parameters, instrument)
    }

    /// Trades, for the arrival of others.
    public var subscriptions: Subscriptions { .trades }

    /// Sets the first timer.
    public mutating func start(_ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
    }

    /// Learns from a trade.
    public mutating func traded(_ trade: TradePrint, _ context: inout StrategyContext) {
        estimates.trade(trade, now: context.now)
    }

    /// Looks at the market and moves its quotes.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {
        context.setTimer(TimerID(0), after: interval)
        guard let reference = context.market.doubleReference else { return }
        estimates.look(context.market, reference: reference, now: context.now)
        let decay = estimates.intensity.decay
        let mid = Double(reference) / 2
        let wanted = AvellanedaStoikovQuotes(
            mid: mid, inventory: quotes.inventory(context, at: reference / 2),
            riskAversion: riskAversion * decay, volatility: estimates.volatility,
            horizon: horizonSeconds, decay: decay)
        let limit = quoteDistanceMax(mid: mid, market: context.market)
        let bid = max(wanted.bid, mid - limit)
        let ask = min(wanted.ask, mid + limit)
        quotes.requote(
            WantedQuotes(
                bid: min(bid, mid + limit), ask: max(ask, mid - limit), market: context.market),
            halfSpread: min(wanted.spread / 2, limit), &context)
    }
}

/// The farthest that a quote is placed from the mid, in ticks: 2 % of the mid, or the market's own
/// spread where that is wider, at least 1.
func quoteDistanceMax(mid: Double, market: MarketView) -> Double {
    var limit = max(1, abs(mid) * 0.02)
    if let bid = market.bestBid, let ask = market.bestAsk { limit = max(limit, Double(ask - bid)) }
    return limit
}
