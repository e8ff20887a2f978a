// One row of hftbacktest's event array, and its published constants.

public import MartletStore

/// A row as hftbacktest's `.npz` files hold it: 64 bytes, little-endian.
///
/// Source: hftbacktest, `hftbacktest.types` (`event_dtype` and the event constants).
@frozen public struct HftbacktestRow: Hashable, Sendable {
    /// Kind in the low byte, side and processor in the top bits.
    public var event: UInt64
    /// When it happened at the exchange, ns.
    public var exchangeTime: Int64
    /// When it was received, ns.
    public var localTime: Int64
    /// Price.
    public var price: Double
    /// Quantity.
    public var quantity: Double
    /// Always 0 here: order ids belong to market-by-order data.
    public var orderID: UInt64 = 0
    /// Always 0 here.
    public var integer: Int64 = 0
    /// Always 0 here.
    public var float: Double = 0

    /// A row of market-by-price data.
    public init(
        event: UInt64, exchangeTime: Int64, localTime: Int64, price: Double, quantity: Double
    ) {
        self.event = event
        self.exchangeTime = exchangeTime
        self.localTime = localTime
        self.price = price
        self.quantity = quantity
    }

    /// A level of the book changes.
    public static let depth: UInt64 = 1
    /// A trade.
    public static let trade: UInt64 = 2
    /// The levels of a side up to a price go.
    public static let clear: UInt64 = 3
    /// A level of a snapshot.
    public static let snapshot: UInt64 = 4
    /// The row is for the exchange's side of the simulation.
    public static let exchangeBit: UInt64 = 1 << 31
    /// The row is for the local side of the simulation.
    public static let localBit: UInt64 = 1 << 30
    /// Bid, or a buyer who crossed.
    public static let buyBit: UInt64 = 1 << 29
    /// Ask, or a seller who crossed.
    public static let sellBit: UInt64 = 1 << 28

    /// The array's fields in order.
    public static let fields = [
        NumpyField("ev", "<u8"), NumpyField("exch_ts", "<i8"), NumpyField("local_ts", "<i8"),
        NumpyField("px", "<f8"), NumpyField("qty", "<f8"), NumpyField("order_id", "<u8"),
        NumpyField("ival", "<i8"), NumpyField("fval", "<f8"),
    ]
}
