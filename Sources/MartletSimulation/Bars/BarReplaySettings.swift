// What decides a bar backtest besides bars and strategy, and what it tells while it runs.

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
    /// The most orders that may be unfinished at once.
    public var openOrdersMax = 1024

    /// Free of charge, without cash, filled at the next open without slippage.
    public init() {}

    /// The bars of a series that lie in `from ..< to`.
    public func bars(of series: BarSeries) -> ArraySlice<Bar> {
        let first = from.flatMap { from in
            series.bars.firstIndex { $0.openTime >= from.nanoseconds }
                ?? series.bars.endIndex
        }
        let start = first ?? 0
        let end = to.flatMap { to in
            series.bars[start...].firstIndex { $0.openTime >= to.nanoseconds }
        }
        return series.bars[start..<(end ?? series.bars.endIndex)]
    }

    /// The price that a taking order gets for a market at `ticks`: worse by the slippage, rounded
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

/// The account at the end of one bar. Amounts are in units of `10^−amountScale`.
public struct BarPoint: Hashable, Sendable {
    /// The end of the bar; ns.
    public let time: Int64
    /// Its close in ticks.
    public let closeTicks: Int64
    /// Signed position in lots.
    public let positionLots: Int64
    /// Cash from trading alone: minus bought, plus sold; fees apart.
    public let cash: Int128
    /// Fees paid so far; negative is rebates received.
    public let fees: Int128
    /// Initial cash + cash − fees + position at the close.
    public let equity: Int128
}

/// Hears of everything that happens in a bar backtest, in order.
public protocol BarReplayRecorder {
    /// An order was submitted; `closeTicks` is the last close then.
    mutating func submitted(_ order: Order, closeTicks: Int64, time: Int64)
    /// A cancel or an amend of an order was asked for.
    mutating func requested(_ request: PendingRequest, _ order: Order, time: Int64)
    /// An order changed otherwise than by a fill: accepted, amended, canceled, refused, expired.
    mutating func changed(_ order: Order, time: Int64)
    /// An order was executed; `order` is its state after that, `fee` is in units of
    /// `10^−amountScale`.
    mutating func filled(_ fill: Fill, _ order: Order, fee: Int128, positionAfter: Int64)
    /// A bar ended, and everything it caused has been done.
    mutating func barEnded(_ point: BarPoint)
}

/// What a bar backtest comes to. Amounts are in units of `10^−amountScale`, exact.
public struct BarReplayResult: Hashable, Sendable {
    /// Digits after the point of the amounts.
    public internal(set) var amountScale = 0
    /// Cash at the start.
    public internal(set) var initialCash: Int128 = 0
    /// Cash from trading alone, fees apart.
    public internal(set) var cash: Int128 = 0
    /// Fees paid.
    public internal(set) var fees: Int128 = 0
    /// Initial cash + cash − fees + position at the last close.
    public internal(set) var finalValue: Int128 = 0
    /// Signed position in lots.
    public internal(set) var positionLots: Int64 = 0
    /// Lots traded.
    public internal(set) var volumeLots: Int64 = 0
    /// Value traded.
    public internal(set) var tradedValue: Int128 = 0
    /// Bars replayed.
    public internal(set) var bars: Int64 = 0
    /// Orders submitted.
    public internal(set) var submits: Int64 = 0
    /// Executions.
    public internal(set) var fills: Int64 = 0
    /// Cancels asked for.
    public internal(set) var cancelRequests: Int64 = 0
    /// Amends asked for.
    public internal(set) var amendRequests: Int64 = 0
    /// Orders refused.
    public internal(set) var rejected: Int64 = 0
    /// Orders that ended on their own.
    public internal(set) var expired: Int64 = 0
    /// Orders ended by a cancel.
    public internal(set) var canceled: Int64 = 0
    /// Running hash of all commands and executions.
    public internal(set) var effectHash = StableHash()

    /// Nothing has happened.
    init() {}
}
