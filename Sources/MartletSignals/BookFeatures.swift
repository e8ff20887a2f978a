// What a book says at one moment: mid, weighted mid, imbalance, and volume-adjusted mid prices.

public import MartletBook
public import MartletModel

/// The best level of each side.
@frozen public struct Touch: Hashable, Sendable {
    /// Best bid, ticks, and its size, lots.
    public let bid, bidLots: Int64
    /// Best ask, ticks, and its size, lots.
    public let ask, askLots: Int64

    /// A touch from its levels.
    @inlinable public init(bid: Int64, bidLots: Int64, ask: Int64, askLots: Int64) {
        self.bid = bid
        self.bidLots = bidLots
        self.ask = ask
        self.askLots = askLots
    }

    /// The touch of a market, or nil unless both sides exist and do not overlap.
    @inlinable public init?(_ market: MarketView) {
        guard let bid = market.bestBid, let ask = market.bestAsk, bid < ask else { return nil }
        self.init(
            bid: bid, bidLots: market.lots(.buy, tick: bid), ask: ask,
            askLots: market.lots(.sell, tick: ask))
    }

    /// Halfway between the best prices; ticks.
    public var mid: Double { Double(bid + ask) / 2 }

    /// Share of the bid in the size at the touch, 0 to 1; nil where both sizes are 0.
    public var imbalance: Double? {
        let total = Double(bidLots) + Double(askLots)
        return total > 0 ? Double(bidLots) / total : nil
    }

    /// The prices weighted by the opposite sizes; ticks. Nil where both sizes are 0.
    public var weightedMid: Double? {
        let (bidSize, askSize) = (Double(bidLots), Double(askLots))
        let total = bidSize + askSize
        guard total > 0 else { return nil }
        return (Double(bid) * askSize + Double(ask) * bidSize) / total
    }
}

/// Volume-adjusted mid prices. Two things go by that name: see each.
public enum VolumeAdjustedMid {
    /// `vamp_cross`: the i-th bid weighted by the i-th ask's size and the reverse, over the first
    /// `levels` pairs; ticks. Nil unless both sides have a level. Cost: a step per level.
    public static func cross(_ market: MarketView, levels: Int) -> Double? {
        guard var bid = market.bestBid, var ask = market.bestAsk else { return nil }
        var weighted = 0.0
        var total = 0.0
        for level in 0..<max(0, levels) {
            if level > 0 {
                guard let nextBid = market.nextLevel(.buy, beyond: bid),
                    let nextAsk = market.nextLevel(.sell, beyond: ask)
                else { break }
                (bid, ask) = (nextBid, nextAsk)
            }
            let bidSize = Double(market.lots(.buy, tick: bid))
            let askSize = Double(market.lots(.sell, tick: ask))
            weighted += Double(bid) * askSize + Double(ask) * bidSize
            total += bidSize + askSize
        }
        return total > 0 ? weighted / total : nil
    }

    /// `vamp_fill`: halfway between the average prices of buying and of selling `lots` at once;
    /// ticks. Nil where a side holds less than that. Cost: a step per level taken.
    public static func fill(_ market: MarketView, lots: Int64) -> Double? {
        guard let buy = averagePrice(market, takingFrom: .sell, lots: lots),
            let sell = averagePrice(market, takingFrom: .buy, lots: lots)
        else { return nil }
        return (buy + sell) / 2
    }

    /// The average price of taking `lots`, above 0, from a side's best levels; ticks. Nil where the
    /// side holds less.
    public static func averagePrice(
        _ market: MarketView, takingFrom side: Side, lots: Int64
    ) -> Double? {
        guard lots > 0, var tick = side == .buy ? market.bestBid : market.bestAsk else {
            return nil
        }
        var left = lots
        var value = 0.0
        while true {
            let taken = min(left, market.lots(side, tick: tick))
            value += Double(tick) * Double(taken)
            left -= taken
            if left == 0 { return value / Double(lots) }
            guard let next = market.nextLevel(side, beyond: tick) else { return nil }
            tick = next
        }
    }
}

/// Order-flow imbalance at the touch (Cont, Kukanov, Stoikov 2014): what bids gained and asks lost.
public struct OrderFlowImbalance: Hashable, Sendable {
    private var previous: Touch?
    /// Σ e over the window so far; lots.
    public private(set) var sum: Int128 = 0

    /// A window that has seen nothing.
    public init() {}

    /// Takes in the touch after a change and returns its e in lots: 0 for the first one.
    @discardableResult
    public mutating func add(_ touch: Touch) -> Int64 {
        defer { previous = touch }
        guard let before = previous else { return 0 }
        var change: Int64 = 0
        if touch.bid >= before.bid { change += touch.bidLots }
        if touch.bid <= before.bid { change -= before.bidLots }
        if touch.ask <= before.ask { change -= touch.askLots }
        if touch.ask >= before.ask { change += before.askLots }
        sum += Int128(change)
        return change
    }

    /// Ends the window: returns its sum and begins a new one at the last touch.
    public mutating func take() -> Int128 {
        defer { sum = 0 }
        return sum
    }
}
