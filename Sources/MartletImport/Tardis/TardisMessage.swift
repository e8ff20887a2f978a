// One message of a Tardis table: the rows that were received together.

import MartletModel

/// The levels or the trade of one message, in ticks and lots. Reused from message to message.
struct TardisMessage {
    /// What the message is.
    enum Content {
        case change
        case snapshot
        case trade
    }

    /// A price and a size.
    struct Level {
        var price: Int64
        var quantity: Int64
    }

    var content = Content.change
    /// ns.
    var exchangeTime: Int64 = 0
    /// Whether the table had no exchange time.
    var hasReceiveTimeOnly = false
    /// ns.
    var receiveTime: Int64 = 0
    /// The line that the message began on.
    var line: Int64 = 0
    /// The trade's id where it is a number, else −1.
    var sequence: Int64 = -1
    /// The trade's aggressor, where it is known.
    var aggressor: Side?
    var bids: [Level] = []
    /// For a trade: its price and size.
    var asks: [Level] = []

    mutating func clear() {
        bids.removeAll(keepingCapacity: true)
        asks.removeAll(keepingCapacity: true)
        sequence = -1
        aggressor = nil
    }
}
