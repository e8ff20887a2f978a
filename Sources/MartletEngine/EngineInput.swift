// What the engine hears and what it answers.

public import MartletModel
public import MartletStrategies

/// What a venue tells about one of our orders.
@frozen public struct OrderEvent: Hashable, Sendable {
    /// What happened.
    @frozen public enum Kind: Hashable, Sendable {
        /// The order rests.
        case accepted
        /// The order was executed; the status after it is filled when nothing is left.
        case filled(price: Price, quantity: Quantity, isMaker: Bool)
        /// The order ended before it was filled.
        case ended(OrderStatus, OrderReason)
        /// The order rests with this price and size now.
        case amended(price: Price, quantity: Quantity)
        /// A cancel or amend was refused; the order is as it was, or gone.
        case requestRefused(OrderReason)
    }

    /// Which order.
    public let id: ClientOrderID
    /// What happened.
    public let kind: Kind
    /// Size left after it.
    public let leaves: Quantity
    /// When the venue did it; ns, the venue's clock as replay corrects it.
    public let exchangeTime: Int64
    /// When we heard of it; ns, our clock.
    public let receiveTime: Int64

    /// A venue's answer.
    @inlinable public init(
        id: ClientOrderID, kind: Kind, leaves: Quantity, exchangeTime: Int64, receiveTime: Int64
    ) {
        self.id = id
        self.kind = kind
        self.leaves = leaves
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
    }
}

/// One thing that the engine hears of. Inputs come one at a time, in the order of their times.
public enum EngineInput: Sendable {
    /// The run begins.
    case start
    /// A message changed the book that the engine's ``MarketView`` shows.
    case bookChanged
    /// A public trade.
    case trade(TradePrint)
    /// A bar closed.
    case bar(Bar)
    /// A venue's answer about one of our orders.
    case order(OrderEvent)
    /// A timer came due.
    case timer(TimerID)
    /// Funding was paid on the position that the venue had, signed, in lots.
    case funding(positionLots: Int64, markPriceE8: Int64, rateE12: Int64)
}

/// One thing that the engine wants done.
@frozen public enum Effect: Hashable, Sendable {
    /// Send this order.
    case submit(ClientOrderID, OrderRequest)
    /// Send a cancel.
    case cancel(ClientOrderID)
    /// Send a change; `quantity` is the new open-plus-filled size.
    case amend(ClientOrderID, Price, Quantity)
    /// Call back with ``EngineInput/timer(_:)`` at this time (ns).
    case setTimer(TimerID, Int64)
}
