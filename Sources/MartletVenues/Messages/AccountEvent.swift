// The normalized private events: executions, orders, positions and balances of our own accounts.

public import MartletModel

/// An execution of an order of ours.
@frozen public struct FillEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The venue's trade id; nil where it has none.
    public var id: TextSlice?
    /// The venue's order id.
    public var orderID: TextSlice?
    /// The client order id, where one was given.
    public var clientOrderID: TextSlice?
    /// Direction of our order.
    public var side: Side
    /// Execution price.
    public var price: DecimalText
    /// Executed quantity, in the venue's unit.
    public var quantity: DecimalText
    /// Quantity of the order not yet filled after it.
    public var leaves: DecimalText?
    /// Whether our order rested; nil where the venue does not say.
    public var isMaker: Bool?
    /// What the fill cost: above 0 is paid, below 0 is a rebate, as one rule for all venues. Where
    /// the venue's own sign differs, the codec makes a text with the sign turned.
    public var fee: DecimalText?
    /// The asset of ``fee``.
    public var feeAsset: TextSlice?
    /// Profit that the venue says the fill realized.
    public var realizedPnL: DecimalText?
    /// Whether the fill closed a position by force.
    public var isLiquidation: Bool

    /// A fill from what every venue says.
    @inlinable public init(
        header: EventHeader, side: Side, price: DecimalText, quantity: DecimalText
    ) {
        self.header = header
        self.side = side
        self.price = price
        self.quantity = quantity
        isLiquidation = false
    }
}

/// The state of an order of ours. ``status`` uses the words of the order lifecycle.
@frozen public struct OrderEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The venue's order id.
    public var orderID: TextSlice?
    /// The client order id.
    public var clientOrderID: TextSlice?
    /// Direction.
    public var side: Side?
    /// The venue's word for the order's type.
    public var type: TextSlice?
    /// How long it may live.
    public var timeInForce: TimeInForce?
    /// Whether it may only bring the position towards 0.
    public var reduceOnly: Bool?
    /// Limit price.
    public var price: DecimalText?
    /// Price that triggers it.
    public var triggerPrice: DecimalText?
    /// Size.
    public var quantity: DecimalText?
    /// Quantity filled so far.
    public var filled: DecimalText?
    /// Average price of what was filled.
    public var averagePrice: DecimalText?
    /// Where it is in its life.
    public var status: OrderStatus
    /// The venue's word for ``status``.
    public var statusText: TextSlice?
    /// Why it ended or was refused, in the venue's words; `postOnlyWouldCross` on every venue where
    /// a post-only order was canceled because it would have traded at once.
    public var reason: TextSlice?

    /// An order of which only the state is known.
    @inlinable public init(header: EventHeader, status: OrderStatus) {
        self.header = header
        self.status = status
    }

    /// The reason of a post-only order that would have traded at once, made in the batch.
    static func postOnlyWouldCross(_ batch: inout EventBatch) -> TextSlice {
        batch.keep(OrderReason.postOnlyWouldCross.rawValue)
    }
}

/// Which position of an instrument is meant.
@frozen public enum PositionSide: String, CaseIterable, Sendable {
    /// The one position; a quantity below 0 is short.
    case net
    /// The long position of an account in hedge mode.
    case long
    /// The short position of an account in hedge mode; its quantity is above 0.
    case short
}

/// A position of ours.
@frozen public struct PositionEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// Which position.
    public var side: PositionSide
    /// Size, in the venue's unit; signed where ``side`` is net. A short position that the venue
    /// tells by a word gets a made text with a minus.
    public var quantity: DecimalText
    /// Average price of entry.
    public var entryPrice: DecimalText?
    /// Mark price that the venue values it with.
    public var markPrice: DecimalText?
    /// Price at which it would be liquidated.
    public var liquidationPrice: DecimalText?
    /// Profit not realized.
    public var unrealizedPnL: DecimalText?
    /// Leverage.
    public var leverage: DecimalText?

    /// A position from what every venue says.
    @inlinable public init(header: EventHeader, side: PositionSide, quantity: DecimalText) {
        self.header = header
        self.side = side
        self.quantity = quantity
    }
}

/// A balance of ours.
@frozen public struct BalanceEvent: BitwiseCopyable {
    /// Time; the instrument is nil.
    public var header: EventHeader
    /// The asset.
    public var asset: TextSlice
    /// All of it; nil where the venue tells only a change.
    public var total: DecimalText?
    /// What is free to use.
    public var available: DecimalText?
    /// A change, where the venue tells only that.
    public var change: DecimalText?

    /// A balance from its asset.
    @inlinable public init(header: EventHeader, asset: TextSlice) {
        self.header = header
        self.asset = asset
    }
}
