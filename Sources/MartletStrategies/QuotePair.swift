// Keeps one order a side near a wanted price: what market makers share.

import MartletBook
import MartletModel

/// Wanted quotes in ticks; a nil side is not quoted.
struct WantedQuotes: Hashable, Sendable {
    /// The bid.
    var bid: Int64?
    /// The ask.
    var ask: Int64?

    /// Quotes at prices in ticks: the bid rounded down, the ask up, neither so near that it would
    /// trade at once. A price that is not above 0, or has more than 53 bits, is no quote.
    init(bid: Double, ask: Double, market: MarketView) {
        self.bid = Self.tick(bid.rounded(.down), below: market.bestAsk)
        self.ask = Self.tick(ask.rounded(.up), above: market.bestBid)
        if let low = self.bid, let high = self.ask, low >= high { self.ask = low + 1 }
    }

    private static func tick(
        _ value: Double, below limit: Int64? = nil, above floor: Int64? = nil
    ) -> Int64? {
        guard value.isFinite, value < 9_007_199_254_740_992, value > -9_007_199_254_740_992 else {
            return nil
        }
        var tick = Int64(value)
        if let limit { tick = min(tick, limit - 1) }
        if let floor { tick = max(tick, floor + 1) }
        return tick > 0 ? tick : nil
    }
}

/// Parameters and rules that two-sided quoting shares.
struct QuotePair: Hashable, Sendable {
    private let maxPositionOrders: Int64
    private let tolerance: Double
    private var size: OrderSize

    /// From the parameters in ``parameters``.
    init(_ values: ParameterValues, _ instrument: InstrumentSpec) throws(ParameterError) {
        maxPositionOrders = values.integer("maxPositionOrders")
        tolerance = values.number("tolerance")
        size = try OrderSize("quantity", values, instrument)
    }

    /// What it reads.
    static let parameters = [
        ParameterSpec(
            "quantity", .quantity, default: "auto",
            "Size of each order, in quantity units; auto is the smallest allowed."),
        ParameterSpec(
            "maxPositionOrders", .integer(1...500), default: "10",
            "Largest position either way, in orders."),
        ParameterSpec(
            "tolerance", .number(0...1), default: "0.1",
            "How far a quote may be off before it moves, as a share of the half spread."),
        ParameterSpec(
            "interval", .duration(1_000_000...3_600_000_000_000), default: "100ms",
            "Time between two looks."),
    ]

    /// The position in orders.
    mutating func inventory(_ context: borrowing StrategyContext, at tick: Int64) -> Double {
        Double(context.positionLots) / Double(size.quantity(at: tick).lots)
    }

    /// Moves the orders to the wanted quotes: one that is off by more than the tolerance (times
    /// `halfSpread` ticks) is canceled, and replaced at the look after its end. A side is left out
    /// when another order would take the position over the limit.
    mutating func requote(
        _ wanted: WantedQuotes, halfSpread: Double, _ context: inout StrategyContext
    ) {
        let slack = Int64(max(0, min(1e15, tolerance * halfSpread)))
        for side in Side.allCases {
            let target = side == .buy ? wanted.bid : wanted.ask
            if let order = context.openOrder(side) {
                let isNear = target.map { abs($0 - order.price.ticks) <= slack } ?? false
                if !isNear { context.cancel(order.id) }
                continue
            }
            guard let target else { continue }
            let quantity = size.quantity(at: target)
            let room = maxPositionOrders * quantity.lots - side.sign * context.positionLots
            guard room >= quantity.lots else { continue }
            context.submit(
                OrderRequest(side, quantity, at: Price(ticks: target), timeInForce: .gtx))
        }
    }
}
