// The market maker of Guéant, Lehalle and Fernandez-Tapia: inventory skew in closed form.

import MartletBook
public import MartletModel
import MartletSignals

/// Quotes at a half spread from the mid, both quotes moved against the inventory.
///
/// bid = mid − (halfSpread + q·skew), ask = mid + (halfSpread − q·skew); see ``GLFTQuotes``. σ, A
/// and k are estimated as the run goes (``MarketEstimates``). γ is given as a multiple of k, so that
/// one default suits instruments of any price scale. Inventory q counts orders, and Δ = 1.
///
/// Assumes what ``AvellanedaStoikov`` assumes, and a market that stays as it is for ever: these are
/// the quotes far from any end. Errs towards optimism in the same way. The distance of a quote from
/// the mid is bounded to 2 % of it (or the spread of the market, where that is wider).
public struct GLFT: Strategy {
    /// Name and parameters.
    public static let descriptor = StrategyDescriptor(
        name: "glft",
        summary: "Quotes at the Guéant-Lehalle-Fernandez-Tapia distances, skewed by inventory.",
        parameters: [
            ParameterSpec(
                "riskAversion", .number(0.0001...100), default: "0.1",
                "Risk aversion per order, as a multiple of the decay of arrivals."),
            ParameterSpec(
                "window", .duration(1_000_000_000...86_400_000_000_000), default: "60s",
                "What volatility is estimated over."),
            ParameterSpec(
                "warmUp", .duration(0...86_400_000_000_000), default: "0ms",
                "How long it only learns before it quotes."),
        ] + QuotePair.parameters)

    private let riskAversion: Double
    private let interval: Nanoseconds
    /// How long it only learns.
    public let warmUp: Nanoseconds
    private var estimates: MarketEstimates
    private var quotes: QuotePair

    /// From its parameters.
    public init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError) {
        riskAversion = parameters.number("riskAversion")
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
        let intensity = estimates.intensity
        let model = GLFTQuotes(
            rate: intensity.rate, decay: intensity.decay,
            riskAversion: riskAversion * intensity.decay, volatility: estimates.volatility, size: 1)
        let mid = Double(reference) / 2
        let inventory = quotes.inventory(context, at: reference / 2)
        let limit = quoteDistanceMax(mid: mid, market: context.market)
        let bidDistance = max(-limit, min(limit, model.bidDistance(inventory: inventory)))
        let askDistance = max(-limit, min(limit, model.askDistance(inventory: inventory)))
        quotes.requote(
            WantedQuotes(bid: mid - bidDistance, ask: mid + askDistance, market: context.market),
            halfSpread: min(model.halfSpread, limit), &context)
    }
}
