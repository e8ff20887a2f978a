// What Binance says, message by message, as the codec hands it on: numbers parsed, texts in place.

public import MartletModel

/// Which of Binance's three markets speaks.
@frozen public enum BinanceProduct: String, CaseIterable, Sendable {
    /// Spot: ids `U` and `u` that follow each other without a hole.
    case spot
    /// USDT-margined futures: a chain of `pu` and `u`.
    case usdm
    /// Coin-margined futures: as USDT-margined; quantities are contracts.
    case coinm

    /// The id of the venue.
    public var venue: VenueID {
        switch self {
        case .spot: .binanceSpot
        case .usdm: .binanceUSDM
        case .coinm: .binanceCoinM
        }
    }
}

/// Changes of a book, or its top levels (``partialLevels``). The levels were handed on before.
///
/// All times of all messages are nanoseconds since the epoch.
@frozen public struct BinanceDepth {
    /// The instrument.
    public var symbol: TextSlice
    /// When the message was made (`E`).
    public var eventTime: Int64?
    /// When the matching engine acted (`T`); spot has none.
    public var transactionTime: Int64?
    /// The first update in the message (`U`).
    public var firstUpdate: Int64
    /// The last update in the message (`u`).
    public var lastUpdate: Int64
    /// The last update of the message before (`pu`); spot has none.
    public var previousUpdate: Int64?
    /// 0 for changes; else the levels are the whole top of the book, this many at most a side.
    public var partialLevels: Int

    /// A message of which nothing has been read.
    @inlinable @inline(__always)
    init(unreadAt place: UnsafePointer<UInt8>) {
        symbol = .empty(at: place)
        eventTime = nil
        transactionTime = nil
        firstUpdate = 0
        lastUpdate = 0
        previousUpdate = nil
        partialLevels = 0
    }
}

/// A book as a whole: the answer to a REST request, or spot's partial depth stream.
@frozen public struct BinanceSnapshot {
    /// The instrument, where the message says (`symbol`, coin-margined only).
    public var symbol: TextSlice?
    /// The stream that carried it; empty for a REST answer. Starts with the symbol in lower case.
    public var stream: TextSlice
    /// The last update that the book contains (`lastUpdateId`).
    public var lastUpdate: Int64
    /// When the message was made (`E`); spot has none.
    public var eventTime: Int64?
    /// When the matching engine acted (`T`); spot has none.
    public var transactionTime: Int64?

    /// A message of which nothing has been read.
    @inlinable @inline(__always)
    init(unread stream: TextSlice) {
        symbol = nil
        self.stream = stream
        lastUpdate = 0
        eventTime = nil
        transactionTime = nil
    }
}

/// A trade, or several fills of one taker order at one price (``isAggregate``).
@frozen public struct BinanceTrade {
    /// The instrument.
    public var symbol: TextSlice
    /// When the message was made (`E`).
    public var eventTime: Int64?
    /// When the trade happened (`T`).
    public var tradeTime: Int64?
    /// The trade (`t`), or the aggregate (`a`).
    public var id: Int64
    /// The digits of ``id``.
    public var idText: TextSlice
    /// The price.
    public var price: DecimalText
    /// The quantity, in the venue's unit.
    public var quantity: DecimalText
    /// Who crossed: the seller where the buyer was the maker (`m`).
    public var aggressor: Side
    /// Whether `id` counts aggregates.
    public var isAggregate: Bool
    /// The first trade in an aggregate (`f`).
    public var firstTrade: Int64?
    /// The last trade in an aggregate (`l`).
    public var lastTrade: Int64?
    /// The digits of ``firstTrade``.
    public var firstTradeText: TextSlice?
    /// The digits of ``lastTrade``.
    public var lastTradeText: TextSlice?
    /// False for a special print: futures say so by an `X` other than `MARKET`.
    public var isMarket: Bool

    /// A message of which nothing has been read.
    @inlinable @inline(__always)
    init(unreadAt place: UnsafePointer<UInt8>, isAggregate: Bool) {
        let none = DecimalText(mantissa: 0, scale: 0, start: place, count: 0)
        symbol = .empty(at: place)
        eventTime = nil
        tradeTime = nil
        id = 0
        idText = .empty(at: place)
        price = none
        quantity = none
        aggressor = .buy
        self.isAggregate = isAggregate
        firstTrade = nil
        lastTrade = nil
        firstTradeText = nil
        lastTradeText = nil
        isMarket = true
    }
}

/// The best bid and ask.
@frozen public struct BinanceQuote {
    /// The instrument.
    public var symbol: TextSlice
    /// When the message was made (`E`); spot has none.
    public var eventTime: Int64?
    /// When the matching engine acted (`T`); spot has none.
    public var transactionTime: Int64?
    /// The update that made it (`u`).
    public var update: Int64
    /// The best bid; 0 or without digits where there is none.
    public var bidPrice: DecimalText
    /// Quantity at the best bid.
    public var bidQuantity: DecimalText
    /// The best ask; likewise.
    public var askPrice: DecimalText
    /// Quantity at the best ask.
    public var askQuantity: DecimalText

    /// A message of which nothing has been read.
    @inlinable @inline(__always)
    init(unreadAt place: UnsafePointer<UInt8>) {
        let none = DecimalText(mantissa: 0, scale: 0, start: place, count: 0)
        symbol = .empty(at: place)
        eventTime = nil
        transactionTime = nil
        update = 0
        bidPrice = none
        bidQuantity = none
        askPrice = none
        askQuantity = none
    }
}

/// Mark price, index price and funding of a futures contract.
@frozen public struct BinanceMarkPrice {
    /// The instrument; the pair in an index price message.
    public var symbol: TextSlice
    /// When the message was made (`E`).
    public var eventTime: Int64?
    /// The mark price (`p`); nil in an index price message.
    public var markPrice: DecimalText?
    /// The index price (`i`, or `p` in an index price message).
    public var indexPrice: DecimalText?
    /// The rate of the coming funding (`r`); nil for contracts that expire.
    public var fundingRate: DecimalText?
    /// When it will be paid (`T`).
    public var nextFundingTime: Int64?
}

/// A forced order.
@frozen public struct BinanceLiquidation {
    /// The instrument.
    public var symbol: TextSlice
    /// When the message was made (`E`).
    public var eventTime: Int64?
    /// When the order traded (`T`).
    public var tradeTime: Int64?
    /// The forced order's side: a sell closes a long position.
    public var side: Side
    /// The forced order's price.
    public var price: DecimalText
    /// The average price of its fills.
    public var averagePrice: DecimalText?
    /// The forced order's quantity, in the venue's unit.
    public var quantity: DecimalText
}

/// A bar that may still be open.
@frozen public struct BinanceBar {
    /// The instrument.
    public var symbol: TextSlice
    /// When the message was made (`E`).
    public var eventTime: Int64?
    /// The length, as Binance writes it: `1m`, `4h`, `1M`.
    public var interval: TextSlice
    /// The first instant of the bar.
    public var openTime: Int64
    /// The first instant after the bar (Binance's close time is the last millisecond in it).
    public var closeTime: Int64
    /// The first price.
    public var open: DecimalText
    /// The highest price.
    public var high: DecimalText
    /// The lowest price.
    public var low: DecimalText
    /// The last price.
    public var close: DecimalText
    /// The quantity traded, in the venue's unit.
    public var volume: DecimalText
    /// Whether the bar is complete.
    public var isClosed: Bool
}
