// Who writes down what a run does; kept apart so that replay knows nothing of files.

public import MartletAccounting
public import MartletBook
public import MartletEngine

/// Hears of everything that a run's records are made of. Times are in ns.
public protocol RunRecorder: VenueObserver {
    /// The engine asked for something.
    func requested(_ effect: Effect, at time: Int64, market: MarketView)
    /// An answer was heard and applied; `account` is the state after it.
    func heard(_ event: OrderEvent, account: borrowing Account)
    /// The next moment of our clock at which ``sample(at:engine:market:)`` is wanted.
    var nextSampleTime: Int64 { get }
    /// Everything known up to `time` is applied and the strategy has not acted yet.
    func sample(at time: Int64, account: borrowing Account, orders: OrderView, market: MarketView)
    /// The next moment of the venue's clock at which ``markout(at:doubleMid:)`` is wanted.
    var nextMarkoutTime: Int64 { get }
    /// The venue's mid at `time`, twice, in ticks; 0 when there is none.
    func markout(at time: Int64, doubleMid: Int64)
    /// Funding came due on a position while no mark price was known: nothing was paid.
    func fundingUnpriced(at time: Int64)
}

/// The prices of our best resting orders, as known locally.
public struct OrderView: Sendable {
    /// Highest resting buy in ticks, or nil.
    public let bestBuy: Int64?
    /// Lowest resting sell in ticks, or nil.
    public let bestSell: Int64?
}
