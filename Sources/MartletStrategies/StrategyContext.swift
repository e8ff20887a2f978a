// What a strategy sees and whom it tells: the market, its own orders and position, and its wishes.

public import MartletBook
public import MartletModel

/// Something that a strategy wants done. The engine turns it into an effect, or refuses it.
@frozen public enum Command: Hashable, Sendable {
    /// Place this order under this id.
    case submit(ClientOrderID, OrderRequest)
    /// Cancel this order.
    case cancel(ClientOrderID)
    /// Change price and quantity of this order; `quantity` is the new open-plus-filled size.
    case amend(ClientOrderID, Price, Quantity)
    /// Call ``Strategy/timerFired(_:_:)`` at this time (ns); a later one replaces an earlier one.
    case setTimer(TimerID, Int64)
}

/// The strategy's window on its world, valid during one handler call.
public struct StrategyContext: ~Copyable {
    /// The instrument traded.
    public let instrument: InstrumentSpec
    /// The market as known locally at ``now``.
    public let market: MarketView
    /// The moment of the event being handled; ns, our clock.
    public package(set) var now: Int64
    /// Signed position in lots, from the fills we have heard of.
    public package(set) var positionLots: Int64
    /// The largest buy that all cash pays for at the reference price, taker fee included, rounded
    /// down to lots; 0 where the run was given no cash. The runner keeps it up to date.
    public package(set) var buyingPowerLots: Int64
    /// Whether orders are refused because the warm-up has not passed.
    public package(set) var isWarmingUp: Bool
    /// Whether the book can be relied on; while it cannot, orders are refused unless they only reduce
    /// the position, and the engine withdraws those that rest.
    public package(set) var isBookLive: Bool
    /// Our unfinished orders.
    public package(set) var orders: OrderTable
    /// Wishes of the current call, in order.
    package var commands: [Command]
    private var lastOrderNumber: Int64

    /// A context for one strategy on one instrument.
    package init(
        instrument: InstrumentSpec, market: MarketView, now: Int64, openOrdersMax: Int
    ) {
        self.instrument = instrument
        self.market = market
        self.now = now
        positionLots = 0
        buyingPowerLots = 0
        isWarmingUp = false
        isBookLive = true
        orders = OrderTable(capacity: openOrdersMax)
        commands = []
        commands.reserveCapacity(64)
        lastOrderNumber = 0
    }

    /// One of our unfinished orders, or nil when it is finished or unknown.
    public func order(_ id: ClientOrderID) -> Order? {
        orders.position(of: id).map { orders[$0] }
    }

    /// Our oldest unfinished order on a side, or nil.
    public func openOrder(_ side: Side) -> Order? {
        for position in 0..<orders.count {
            let order = orders[position]
            if order.side == side, !order.status.isFinal { return order }
        }
        return nil
    }

    /// Asks for a new order. Returns its id, or nil while warming up, while the book cannot be relied
    /// on (unless it is reduce-only), or when too many orders are open already. The order is in
    /// ``orders`` from now on, with status `sent`.
    @discardableResult
    public mutating func submit(_ request: OrderRequest) -> ClientOrderID? {
        if isWarmingUp || orders.isFull || !(isBookLive || request.reduceOnly) { return nil }
        lastOrderNumber += 1
        let id = ClientOrderID(lastOrderNumber)
        orders.add(Order(id: id, request: request, time: now))
        commands.append(.submit(id, request))
        return id
    }

    /// Asks to cancel an order. Returns false, and does nothing, unless the order is resting and no
    /// request is on its way for it.
    @discardableResult
    public mutating func cancel(_ id: ClientOrderID) -> Bool {
        guard let position = orders.position(of: id), orders[position].isCancelable else {
            return false
        }
        orders[position].pending = .cancel
        orders[position].requestTime = now
        commands.append(.cancel(id))
        return true
    }

    /// Asks to change price and size of a resting order; false as for ``cancel(_:)``.
    @discardableResult
    public mutating func amend(_ id: ClientOrderID, price: Price, quantity: Quantity) -> Bool {
        guard let position = orders.position(of: id), orders[position].isCancelable else {
            return false
        }
        orders[position].pending = .amend
        orders[position].requestTime = now
        commands.append(.amend(id, price, quantity))
        return true
    }

    /// Asks for a call of ``Strategy/timerFired(_:_:)`` at `time` (ns), at the earliest now.
    public mutating func setTimer(_ timer: TimerID, at time: Int64) {
        commands.append(.setTimer(timer, max(time, now)))
    }

    /// Asks for a call of ``Strategy/timerFired(_:_:)`` after a while, counted from ``now``. Beyond
    /// the last moment that nanoseconds can say, nothing is asked.
    public mutating func setTimer(_ timer: TimerID, after delay: Nanoseconds) {
        let (time, overflow) = now.addingReportingOverflow(delay.count)
        if !overflow { setTimer(timer, at: time) }
    }
}
