// Where decoded Binance messages go: the caller's own type, called without indirection.

public import MartletModel

/// Takes what ``BinanceDecoder`` reads. Every text and number points into the message and is valid
/// during the call.
///
/// Levels come first, bids before asks and in the order of the message, and then the message that
/// they belong to. ``startMessage()`` tells to forget levels that no message has claimed: it comes
/// before each message and again when the decoder starts one over. A decoder that throws may have
/// handed on levels, never a message.
///
/// Everything but ``level(_:price:quantity:)`` and ``startMessage()`` has a default that ignores it.
public protocol BinanceSink: ~Copyable {
    /// A message starts; levels that no message has claimed do not count.
    mutating func startMessage()
    /// A level of the message to come: the new size at a price, 0 where there is none any more.
    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText)
    /// Book changes, or the top of a book; claims the levels.
    mutating func depth(_ message: BinanceDepth)
    /// A whole book; claims the levels.
    mutating func snapshot(_ message: BinanceSnapshot)
    /// A trade or aggregate.
    mutating func trade(_ message: BinanceTrade)
    /// The best bid and ask.
    mutating func quote(_ message: BinanceQuote)
    /// Mark price, index price, funding.
    mutating func markPrice(_ message: BinanceMarkPrice)
    /// A forced order.
    mutating func liquidation(_ message: BinanceLiquidation)
    /// A bar.
    mutating func bar(_ message: BinanceBar)
    /// The rules of one instrument, out of an instrument list.
    mutating func instrument(_ rules: BinanceInstrument)
    /// An answer to a request or subscription, or an error from the venue.
    mutating func control()
    /// A message of a kind that the codec does not know; `event` is its `e`, where it has one.
    mutating func unknown(event: TextSlice?)
}

extension BinanceSink where Self: ~Copyable {
    /// Ignores it.
    @inlinable public mutating func depth(_ message: BinanceDepth) {}
    /// Ignores it.
    @inlinable public mutating func snapshot(_ message: BinanceSnapshot) {}
    /// Ignores it.
    @inlinable public mutating func trade(_ message: BinanceTrade) {}
    /// Ignores it.
    @inlinable public mutating func quote(_ message: BinanceQuote) {}
    /// Ignores it.
    @inlinable public mutating func markPrice(_ message: BinanceMarkPrice) {}
    /// Ignores it.
    @inlinable public mutating func liquidation(_ message: BinanceLiquidation) {}
    /// Ignores it.
    @inlinable public mutating func bar(_ message: BinanceBar) {}
    /// Ignores it.
    @inlinable public mutating func instrument(_ rules: BinanceInstrument) {}
    /// Ignores it.
    @inlinable public mutating func control() {}
    /// Ignores it.
    @inlinable public mutating func unknown(event: TextSlice?) {}
}
