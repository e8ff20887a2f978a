// One row of an event segment: the smallest normalized market fact, as it lies on disk.

/// What an ``EventRow`` tells.
@frozen public enum EventKind: UInt8, CaseIterable, Sendable {
    /// A book level took on a new size (0 removes it). `sequence` is the message's last update id.
    case level = 1
    /// A public trade; `side` is the aggressor. `sequence` is the trade id.
    case trade = 2
    /// One side of a best-bid-and-ask message (bid row, then ask row). `sequence` is its update id.
    case quote = 3
    /// A mark price; `price` is in units of 10⁻⁸ quote asset, the nearest where the venue says more.
    case markPrice = 4
    /// An index price; `price` is in units of 10⁻⁸ quote asset.
    case indexPrice = 5
    /// A funding rate; `price` is the rate in units of 10⁻¹², `quantity` the next funding time, ns.
    case funding = 6
    /// A forced order; `side` is the forced order's side.
    case liquidation = 7
    /// Open interest; `quantity` in lots.
    case openInterest = 8
}

/// Facts about an ``EventRow`` beyond its numbers.
@frozen public struct EventFlags: OptionSet, Hashable, Sendable {
    /// The bits as stored.
    public let rawValue: UInt16
    /// Flags from stored bits.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The last row of its message.
    public static let messageEnd = EventFlags(rawValue: 1 << 0)
    /// Part of a snapshot: the side's complete levels, not a change.
    public static let snapshot = EventFlags(rawValue: 1 << 1)
    /// The first row of a snapshot message.
    public static let snapshotStart = EventFlags(rawValue: 1 << 2)
    /// Starts one side of a snapshot: the side's old levels go. No level of its own; `price` is the
    /// last (deepest) level of the new side, quantity 0.
    public static let clear = EventFlags(rawValue: 1 << 3)
    /// A print that is not an ordinary market trade (Binance `X` other than `MARKET`).
    public static let nonMarket = EventFlags(rawValue: 1 << 4)
    /// The exchange time is the event time: the venue gave no matching-engine time.
    public static let eventTime = EventFlags(rawValue: 1 << 5)
    /// The venue gave no time at all: the exchange time is the latest one heard before, or the receive
    /// time where there was none.
    public static let receiveTimeOnly = EventFlags(rawValue: 1 << 6)
    /// Updates are missing between the message before and this one (first row of a message).
    public static let gap = EventFlags(rawValue: 1 << 7)
    /// The message repeats or precedes one already received (first row of a message).
    public static let stale = EventFlags(rawValue: 1 << 8)
    /// The exchange time is before that of an earlier row.
    public static let timeBackwards = EventFlags(rawValue: 1 << 9)
    /// The trade is an aggregate of several fills of one taker order.
    public static let aggregate = EventFlags(rawValue: 1 << 10)
    /// The aggressor was not given by the venue.
    public static let aggressorUnknown = EventFlags(rawValue: 1 << 11)
    /// The first row of its message.
    public static let messageStart = EventFlags(rawValue: 1 << 12)
    /// With ``clear``: the snapshot has no level on this side at all (price 0).
    public static let emptySide = EventFlags(rawValue: 1 << 13)
}

/// One normalized market fact: 48 bytes, little-endian, the element of an event segment.
///
/// Rows stand in arrival order. A message of many levels is many rows, all bids and then all asks
/// as the message had them. Times are as received, never shifted.
@frozen public struct EventRow: Hashable, Sendable {
    /// When the matching engine acted, ns since the epoch, the venue's clock.
    public var exchangeTime: Int64
    /// When our socket reader had the bytes, ns since the epoch, our clock. Never decreases.
    public var receiveTime: Int64
    /// Ticks of the instrument (other units for some kinds: see ``EventKind``).
    public var price: Int64
    /// Lots of the instrument, at least 0.
    public var quantity: Int64
    /// The venue's running number; its meaning depends on the kind. −1 where there is none.
    public var sequence: Int64
    /// The row that stands at this position in exchange-time order (stable), as an offset from
    /// this position: the replay index of the exchange side.
    public var exchangeOrder: Int32
    /// An ``EventKind``.
    public var kindCode: UInt8
    /// A ``Side``, or 0 where there is none.
    public var sideCode: UInt8
    /// Further facts.
    public var flags: EventFlags

    /// A row from its fields.
    @inlinable public init(
        kind: EventKind, side: Side?, flags: EventFlags = [], exchangeTime: Int64,
        receiveTime: Int64, price: Int64, quantity: Int64, sequence: Int64,
        exchangeOrder: Int32 = 0
    ) {
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
        self.price = price
        self.quantity = quantity
        self.sequence = sequence
        self.exchangeOrder = exchangeOrder
        self.kindCode = kind.rawValue
        self.sideCode = side?.rawValue ?? 0
        self.flags = flags
    }

    /// What the row tells, or nil for a code that this version does not know.
    @inlinable public var kind: EventKind? { EventKind(rawValue: kindCode) }
    /// The side, or nil where there is none.
    @inlinable public var side: Side? { Side(rawValue: sideCode) }
}
