// What a Tardis table holds, from its header: book changes, trades, or snapshots of the top levels.

import MartletModel

/// The columns of one Tardis table by their positions.
struct TardisColumns {
    /// The three kinds of tables that become events.
    enum Kind: Equatable {
        /// `incremental_book_L2`.
        case changes
        /// `trades`.
        case trades
        /// `book_snapshot_N` with its number of levels.
        case snapshots(levels: Int)
    }

    /// Where price and amount of one level stand.
    struct Level {
        let price: Int
        let amount: Int
    }

    /// The most levels of a snapshot table.
    static let levelsMax = 1000

    let kind: Kind
    /// Fields of every row.
    let count: Int
    let exchange: Int
    let symbol: Int
    let timestamp: Int
    let localTimestamp: Int
    /// Changes only, else 0.
    let isSnapshot: Int
    /// Trades only, else 0.
    let id: Int
    /// Changes and trades.
    let side: Int
    let price: Int
    let amount: Int
    /// Snapshots only, best first.
    let bids: [Level]
    let asks: [Level]

    /// Reads a header line.
    ///
    /// - Throws: an integrity failure naming the missing column, or the tables that are known.
    init(header names: [String], place: String) throws(Failure) {
        var positions: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard positions.updateValue(index, forKey: name) == nil else {
                throw Failure(.integrity, "\(place): column '\(name)' occurs twice in the header")
            }
        }
        func column(_ name: String) throws(Failure) -> Int {
            if let position = positions[name] { return position }
            throw Failure(
                .integrity,
                "\(place): no column '\(name)' in the header; tables that become events are "
                    + "incremental_book_L2, trades and book_snapshot_N")
        }
        count = names.count
        exchange = try column("exchange")
        symbol = try column("symbol")
        timestamp = try column("timestamp")
        localTimestamp = try column("local_timestamp")
        if positions["asks[0].price"] != nil || positions["bids[0].price"] != nil {
            bids = try Self.levels("bids", positions, column)
            asks = try Self.levels("asks", positions, column)
            kind = .snapshots(levels: max(bids.count, asks.count))
            (isSnapshot, id, side, price, amount) = (0, 0, 0, 0, 0)
            return
        }
        (bids, asks) = ([], [])
        side = try column("side")
        price = try column("price")
        amount = try column("amount")
        if let position = positions["is_snapshot"] {
            (kind, isSnapshot, id) = (.changes, position, 0)
        } else {
            (kind, isSnapshot, id) = (.trades, 0, try column("id"))
        }
    }

    private static func levels(
        _ side: String, _ positions: [String: Int], _ column: (String) throws(Failure) -> Int
    ) throws(Failure) -> [Level] {
        var levels: [Level] = []
        while levels.count < levelsMax, positions["\(side)[\(levels.count)].price"] != nil {
            let prefix = "\(side)[\(levels.count)]."
            levels.append(
                Level(price: try column(prefix + "price"), amount: try column(prefix + "amount")))
        }
        return levels
    }
}
