// The normalized public events: what every venue says, in one vocabulary, with the venue's own text.

public import MartletModel

/// One event of a message. The rare and large kinds stand in the batch, by index.
@frozen public enum MarketEvent: BitwiseCopyable {
    /// A trade, or an aggregate of several.
    case trade(TradeEvent)
    /// A book as a whole, or changes of it.
    case book(BookEvent)
    /// The best bid and ask.
    case quote(QuoteEvent)
    /// A bar, open or closed.
    case bar(BarEvent)
    /// The mark price.
    case markPrice(PriceEvent)
    /// The index price (Hyperliquid: the oracle price).
    case indexPrice(PriceEvent)
    /// The funding rate.
    case funding(FundingEvent)
    /// Open interest.
    case openInterest(OpenInterestEvent)
    /// A forced order.
    case liquidation(LiquidationEvent)
    /// A trading state.
    case status(StatusEvent)
    /// The rules of an instrument: index in ``EventBatch/instruments``.
    case instrument(Int)
    /// An execution of an order of ours.
    case fill(FillEvent)
    /// The state of an order of ours: index in ``EventBatch/orders``.
    case order(Int)
    /// A position of ours: index in ``EventBatch/positions``.
    case position(Int)
    /// A balance of ours.
    case balance(BalanceEvent)
}

/// What all events have: which instrument and when. All times are nanoseconds since the epoch.
@frozen public struct EventHeader: BitwiseCopyable {
    /// The venue's name of the instrument; nil where neither payload, stream name nor request says.
    public var instrument: TextSlice?
    /// The matching or transaction time, else the event time, else nil.
    public var exchangeTime: Int64?

    /// A header from its facts.
    @inlinable @inline(__always)
    public init(instrument: TextSlice?, exchangeTime: Int64?) {
        self.instrument = instrument
        self.exchangeTime = exchangeTime
    }
}

/// Who crossed the spread.
@frozen public enum Aggressor: String, CaseIterable, Sendable {
    /// The buyer.
    case buy
    /// The seller.
    case sell
    /// The venue does not say.
    case unknown
}

/// A trade, or an aggregate of trades.
@frozen public struct TradeEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The venue's id, digits or text; nil where it has none.
    public var id: TextSlice?
    /// The price.
    public var price: DecimalText
    /// The quantity, in the venue's unit.
    public var quantity: DecimalText
    /// Who crossed.
    public var aggressor: Aggressor
    /// The first trade of an aggregate.
    public var firstID: TextSlice?
    /// The last trade of an aggregate.
    public var lastID: TextSlice?
    /// False for a special print, which did not trade in the book (insurance fund, ADL, block).
    public var isMarket: Bool

    /// A trade from its facts.
    @inlinable public init(
        header: EventHeader, id: TextSlice?, price: DecimalText, quantity: DecimalText,
        aggressor: Aggressor, firstID: TextSlice? = nil, lastID: TextSlice? = nil,
        isMarket: Bool = true
    ) {
        self.header = header
        self.id = id
        self.price = price
        self.quantity = quantity
        self.aggressor = aggressor
        self.firstID = firstID
        self.lastID = lastID
        self.isMarket = isMarket
    }
}

/// One level of a book message.
@frozen public struct BookLevel: BitwiseCopyable {
    /// The price.
    public var price: DecimalText
    /// The new quantity at the price; zero removes the level.
    public var quantity: DecimalText

    /// A level from its texts.
    @inlinable @inline(__always)
    public init(price: DecimalText, quantity: DecimalText) {
        self.price = price
        self.quantity = quantity
    }
}

/// Where the levels of one side stand in ``EventBatch/levels``.
@frozen public struct LevelRange: Hashable, Sendable, BitwiseCopyable {
    /// Index of the first level.
    public let first: Int
    /// How many levels.
    public let count: Int

    /// `count` levels from `first` on.
    @inlinable public init(first: Int, count: Int) {
        self.first = first
        self.count = count
    }

    /// The indices.
    @inlinable public var indices: Range<Int> { first..<(first + count) }
}

/// A book as a whole or changes of it. Levels stand in ``EventBatch/levels``, in message order.
@frozen public struct BookEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// Whether the levels are the whole book (or its whole top), not changes.
    public var isSnapshot: Bool
    /// Where the bids stand in the batch's levels.
    public var bids: LevelRange
    /// Where the asks stand.
    public var asks: LevelRange
    /// First update in the message, where the venue numbers them.
    public var firstUpdate: Int64?
    /// Last update in the message, or in the snapshot.
    public var lastUpdate: Int64?
    /// Last update of the message before, where the venue says it.
    public var previousUpdate: Int64?
    /// How many levels a side the message's channel or request is limited to; nil where unknown.
    public var depth: Int?
    /// The venue's checksum over the book after this message, where it sends one.
    public var checksum: Int32?
    /// Whether levels beyond ``depth`` are never told (partial depth streams; Hyperliquid).
    public var isTopOnly: Bool

    /// A book message from its facts.
    @inlinable public init(
        header: EventHeader, isSnapshot: Bool, bids: LevelRange, asks: LevelRange,
        firstUpdate: Int64? = nil, lastUpdate: Int64? = nil, previousUpdate: Int64? = nil,
        depth: Int? = nil, checksum: Int32? = nil, isTopOnly: Bool = false
    ) {
        self.header = header
        self.isSnapshot = isSnapshot
        self.bids = bids
        self.asks = asks
        self.firstUpdate = firstUpdate
        self.lastUpdate = lastUpdate
        self.previousUpdate = previousUpdate
        self.depth = depth
        self.checksum = checksum
        self.isTopOnly = isTopOnly
    }
}

/// The best bid and ask; nil where a side is empty or the message does not speak of it.
@frozen public struct QuoteEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The best bid.
    public var bidPrice: DecimalText?
    /// Quantity at the best bid.
    public var bidQuantity: DecimalText?
    /// The best ask.
    public var askPrice: DecimalText?
    /// Quantity at the best ask.
    public var askQuantity: DecimalText?
    /// The update that made it, where the venue numbers them.
    public var update: Int64?

    /// A quote from its facts.
    @inlinable public init(
        header: EventHeader, bidPrice: DecimalText?, bidQuantity: DecimalText?,
        askPrice: DecimalText?, askQuantity: DecimalText?, update: Int64? = nil
    ) {
        self.header = header
        self.bidPrice = bidPrice
        self.bidQuantity = bidQuantity
        self.askPrice = askPrice
        self.askQuantity = askQuantity
        self.update = update
    }
}

/// Which prices a bar is made of.
@frozen public enum BarPriceKind: String, CaseIterable, Sendable {
    /// Prices of trades.
    case trade
    /// Mark prices; such bars have no volume.
    case mark
    /// Index prices; such bars have no volume.
    case index
}

/// A bar that may still be open.
@frozen public struct BarEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The length.
    public var interval: BarInterval
    /// The first instant of the bar, ns.
    public var openTime: Int64
    /// The first instant after the bar, ns.
    public var closeTime: Int64
    /// The first price.
    public var open: DecimalText
    /// The highest price.
    public var high: DecimalText
    /// The lowest price.
    public var low: DecimalText
    /// The last price.
    public var close: DecimalText
    /// The quantity traded, in the venue's unit; nil for bars of mark and index prices.
    public var volume: DecimalText?
    /// Whether the bar is complete; nil where the venue does not say.
    public var isClosed: Bool?
    /// Which prices it is made of.
    public var priceKind: BarPriceKind

    /// A bar from its facts.
    @inlinable public init(
        header: EventHeader, interval: BarInterval, openTime: Int64, closeTime: Int64,
        open: DecimalText, high: DecimalText, low: DecimalText, close: DecimalText,
        volume: DecimalText?, isClosed: Bool?, priceKind: BarPriceKind = .trade
    ) {
        self.header = header
        self.interval = interval
        self.openTime = openTime
        self.closeTime = closeTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.isClosed = isClosed
        self.priceKind = priceKind
    }
}

/// A mark or index price.
@frozen public struct PriceEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The price.
    public var price: DecimalText

    /// A price from its facts.
    @inlinable public init(header: EventHeader, price: DecimalText) {
        self.header = header
        self.price = price
    }
}

/// A funding rate.
@frozen public struct FundingEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The rate per interval, as a fraction of notional.
    public var rate: DecimalText
    /// When it is paid next, ns.
    public var nextFundingTime: Int64?
    /// From one payment to the next.
    public var interval: BarInterval?

    /// A rate from its facts.
    @inlinable public init(
        header: EventHeader, rate: DecimalText, nextFundingTime: Int64?, interval: BarInterval?
    ) {
        self.header = header
        self.rate = rate
        self.nextFundingTime = nextFundingTime
        self.interval = interval
    }
}

/// Open interest, in the venue's quantity unit.
@frozen public struct OpenInterestEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// How much is open.
    public var quantity: DecimalText

    /// Open interest from its facts.
    @inlinable public init(header: EventHeader, quantity: DecimalText) {
        self.header = header
        self.quantity = quantity
    }
}

/// What the price of a forced order is.
@frozen public enum LiquidationPriceKind: String, CaseIterable, Sendable {
    /// What it traded at.
    case fill
    /// Where the position's margin was used up.
    case bankruptcy
    /// The limit of the forced order.
    case order
}

/// A forced order.
@frozen public struct LiquidationEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// The forced order's side: a sell closes a long position.
    public var side: Side
    /// The price; see ``priceKind``.
    public var price: DecimalText
    /// What the price is.
    public var priceKind: LiquidationPriceKind
    /// The quantity, in the venue's unit.
    public var quantity: DecimalText

    /// A forced order from its facts.
    @inlinable public init(
        header: EventHeader, side: Side, price: DecimalText, priceKind: LiquidationPriceKind,
        quantity: DecimalText
    ) {
        self.header = header
        self.side = side
        self.price = price
        self.priceKind = priceKind
        self.quantity = quantity
    }
}
