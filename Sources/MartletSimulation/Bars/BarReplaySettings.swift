// What decides a bar backtest besides bars and strategy, and what it comes to.

public import MartletAccounting
public import MartletModel

/// Fees, cash and fill rules of a bar backtest.
public struct BarReplaySettings: Hashable, Sendable {
    /// What trading costs.
    public var fees = FeeSchedule(.none)
    /// Cash at the start, in the settlement asset, or nil: an account that only counts profit and
    /// loss. With cash, a spot account never spends more than it has and never sells more than it
    /// holds: what does not fit expires.
    public var cash: ExactDecimal?
    /// Whether orders fill at the close of the bar whose end caused them, instead of at the next
    /// bar's open. Optimistic: a strategy trades at the price it has just looked at.
    public var fillsAtClose = false
    /// Slippage of taking fills, as a fraction of the price, against us, rounded against us to
    /// ticks; at least 0 and below 1.
    public var slippage = ExactDecimal.zero
    /// The first moment: earlier bars are left out.
    public var from: Timestamp?
    /// The end: bars that begin at or after it are left out.
    public var to: Timestamp?

    /// Free of charge, without cash, filled at the next open without slippage.
    public init() {}

    /// The bars of a series that lie in `from ..< to`.
    public func bars(of series: BarSeries) -> ArraySlice<Bar> {
        let bars = series.bars
        func index(_ time: Timestamp) -> Int {
            bars.firstIndex { $0.openTime >= time.nanoseconds } ?? bars.endIndex
        }
        let start = from.map(index) ?? 0
        let end = to.map(index) ?? bars.endIndex
        return bars[start..<max(start, end)]
    }

    /// The price that a taking order gets from a market at `ticks`: worse by the slippage, rounded
    /// against us; at least one tick.
    public func takerTicks(_ side: Side, at ticks: Int64) -> Int64 {
        guard slippage.mantissa > 0 else { return ticks }
        let one = Int128(powerOfTen(slippage.scale))
        if side == .buy {
            let product = Int128(ticks) * (one + Int128(slippage.mantissa))
            return Int64(clamping: (product + one - 1) / one)
        }
        return max(1, Int64(clamping: Int128(ticks) * (one - Int128(slippage.mantissa)) / one))
    }
}

/// What a bar backtest comes to, besides the account of its engine.
public struct BarReplayResult: Hashable, Sendable {
    /// Initial cash + cash − fees + position at the last close, exact, in units of
    /// `10^−amountScale`.
    public internal(set) var finalValue: Int128 = 0
    /// Cash at the start, in the same units.
    public internal(set) var initialCash: Int128 = 0
    /// Digits after the point of these amounts.
    public internal(set) var amountScale = 0
    /// Signed position in lots.
    public internal(set) var positionLots: Int64 = 0
    /// Bars replayed.
    public internal(set) var bars: Int64 = 0
    /// Orders submitted.
    public internal(set) var submits: Int64 = 0
    /// Executions.
    public internal(set) var fills: Int64 = 0
    /// Hash of all effects.
    public internal(set) var effectHash = StableHash()

    /// Nothing has happened.
    init() {}
}
