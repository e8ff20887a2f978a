// Which way an order goes, and which side of the book a level rests on.

/// The direction of an order or trade, and the side of the book it rests on: buy is bid, sell is ask.
@frozen public enum Side: UInt8, CaseIterable, Sendable {
    /// Buys; rests among the bids.
    case buy = 1
    /// Sells; rests among the asks.
    case sell = 2

    /// The other side.
    @inlinable public var opposite: Side { self == .buy ? .sell : .buy }

    /// +1 for a buy, −1 for a sell: the sign of the position it adds to.
    @inlinable public var sign: Int64 { self == .buy ? 1 : -1 }

    /// The lowercase word used in files and on the wire: `buy` or `sell`.
    public var word: String { self == .buy ? "buy" : "sell" }
}
