// Orders, what may be asked of them, and what becomes of them.

/// How long an order may live.
@frozen public enum TimeInForce: String, CaseIterable, Sendable {
    /// Good till canceled.
    case gtc = "GTC"
    /// Post-only: rests, or ends without trading. Venues also write `PostOnly`, `LIMIT_MAKER`.
    case gtx = "GTX"
    /// Immediate or cancel: trades at once, the rest expires.
    case ioc = "IOC"
    /// Fill or kill: trades at once and whole, or expires.
    case fok = "FOK"
}

/// What price an order asks for.
@frozen public enum OrderType: String, CaseIterable, Sendable {
    /// No worse than its price.
    case limit
    /// Whatever the book gives.
    case market
}

/// Where an order is in its life. `unknown` is entered on a timeout and left only on evidence.
@frozen public enum OrderStatus: String, CaseIterable, Sendable {
    /// Decided, not yet sent.
    case intent
    /// Sent, not answered.
    case sent
    /// Resting at the venue, nothing filled.
    case working
    /// Resting at the venue, part of it filled.
    case partiallyFilled
    /// Filled whole.
    case filled
    /// Ended on our request.
    case canceled
    /// Refused; it never rested.
    case rejected
    /// Ended by its own terms: post-only would cross, IOC rest, FOK not fillable.
    case expired
    /// The outcome of a request is not known; exposure stays reserved.
    case unknown

    /// Whether nothing more can happen to the order.
    @inlinable public var isFinal: Bool {
        switch self {
        case .filled, .canceled, .rejected, .expired: true
        case .intent, .sent, .working, .partiallyFilled, .unknown: false
        }
    }
}

/// A request that is on its way and not yet answered.
@frozen public enum PendingRequest: String, CaseIterable, Sendable {
    /// Nothing is on its way.
    case none
    /// The order itself.
    case submit
    /// Its cancel.
    case cancel
    /// A change of price or quantity.
    case amend
}

/// Why an order or request was refused, or ended on its own.
@frozen public enum OrderReason: String, CaseIterable, Sendable {
    /// Nothing to explain.
    case none
    /// Post-only would have traded at once.
    case postOnlyWouldCross
    /// The part of an IOC order that found no counterpart.
    case immediateRest
    /// A FOK order that could not be filled whole.
    case notFillable
    /// The order is finished or was never there.
    case unknownOrder
    /// Not a whole number of ticks, or not above 0.
    case priceRule
    /// Below the smallest quantity.
    case quantityRule
    /// Below the smallest notional.
    case minimumNotional
    /// A reduce-only order that would add to the position.
    case reduceOnly
    /// A request is already on its way for this order.
    case requestPending
    /// Refused before it reached the matching engine (technical; negative entry latency).
    case notDelivered
    /// The table of open orders is full.
    case tooManyOrders
    /// Not enough of the asset that it would sell or spend.
    case insufficientBalance
}

/// A new order as the strategy asks for it.
@frozen public struct OrderRequest: Hashable, Sendable {
    /// Direction.
    public let side: Side
    /// Limit or market.
    public let type: OrderType
    /// Limit price; ignored for market orders.
    public let price: Price
    /// Size, above 0.
    public let quantity: Quantity
    /// How long it may live.
    public let timeInForce: TimeInForce
    /// Whether it may only bring the position towards 0.
    public let reduceOnly: Bool

    /// A limit order.
    @inlinable public init(
        _ side: Side, _ quantity: Quantity, at price: Price, timeInForce: TimeInForce = .gtc,
        reduceOnly: Bool = false
    ) {
        self.side = side
        self.type = .limit
        self.price = price
        self.quantity = quantity
        self.timeInForce = timeInForce
        self.reduceOnly = reduceOnly
    }

    /// A market order.
    @inlinable public init(market side: Side, _ quantity: Quantity, reduceOnly: Bool = false) {
        self.side = side
        self.type = .market
        self.price = Price(ticks: 0)
        self.quantity = quantity
        self.timeInForce = .ioc
        self.reduceOnly = reduceOnly
    }
}

/// Our own view of one of our orders.
@frozen public struct Order: Hashable, Sendable {
    /// Its name.
    public let id: ClientOrderID
    /// Direction.
    public let side: Side
    /// Limit or market.
    public let type: OrderType
    /// How long it may live.
    public let timeInForce: TimeInForce
    /// Whether it may only bring the position towards 0.
    public let reduceOnly: Bool
    /// Limit price.
    public var price: Price
    /// Size as last accepted.
    public var quantity: Quantity
    /// Size not yet filled, as far as we have heard.
    public var leaves: Quantity
    /// Where it is in its life.
    public var status: OrderStatus
    /// What is on its way.
    public var pending: PendingRequest
    /// Why it ended, if it did.
    public var reason: OrderReason
    /// When the request on its way, or the last one, was sent; ns, our clock.
    public var requestTime: Int64

    /// The order that `request` makes.
    @inlinable public init(id: ClientOrderID, request: OrderRequest, time: Int64) {
        self.id = id
        self.side = request.side
        self.type = request.type
        self.timeInForce = request.timeInForce
        self.reduceOnly = request.reduceOnly
        self.price = request.price
        self.quantity = request.quantity
        self.leaves = request.quantity
        self.status = .sent
        self.pending = .submit
        self.reason = .none
        self.requestTime = time
    }

    /// Whether it can be canceled or amended now: resting, with no request on its way.
    @inlinable public var isCancelable: Bool {
        pending == .none && (status == .working || status == .partiallyFilled)
    }
}

/// One execution of one of our orders.
@frozen public struct Fill: Hashable, Sendable {
    /// Which order.
    public let orderID: ClientOrderID
    /// Direction.
    public let side: Side
    /// Execution price.
    public let price: Price
    /// Executed size.
    public let quantity: Quantity
    /// Size left after it.
    public let leaves: Quantity
    /// Whether it rested (maker) or took (taker).
    public let isMaker: Bool
    /// When the venue matched it; ns, on the replay's exchange clock.
    public let exchangeTime: Int64
    /// When we heard of it; ns, our clock.
    public let receiveTime: Int64

    /// An execution from its facts.
    @inlinable public init(
        orderID: ClientOrderID, side: Side, price: Price, quantity: Quantity, leaves: Quantity,
        isMaker: Bool, exchangeTime: Int64, receiveTime: Int64
    ) {
        self.orderID = orderID
        self.side = side
        self.price = price
        self.quantity = quantity
        self.leaves = leaves
        self.isMaker = isMaker
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
    }
}
