// Which column of a bar table holds what: from its header, from the user, never by guessing.

public import MartletModel

/// What a column of a bar table holds.
public enum BarColumn: String, CaseIterable, Sendable {
    /// When the bar begins.
    case time
    /// First price.
    case open
    /// Highest price.
    case high
    /// Lowest price.
    case low
    /// Last price.
    case close
    /// Traded volume.
    case volume
}

/// The position of each column of a bar table.
public struct BarColumns: Hashable, Sendable {
    /// Position by column, counted from 0; volume may be absent.
    let positions: [BarColumn: Int]
    /// Columns a row has at least.
    let columnsMin: Int

    /// The position of a column, or nil where the table has no such column.
    func position(_ column: BarColumn) -> Int? { positions[column] }

    init(positions: [BarColumn: Int]) {
        self.positions = positions
        columnsMin = (positions.values.max() ?? 0) + 1
    }

    /// Time, open, high, low, close, volume, in this order: Binance archives and JSON arrays.
    static let archive = BarColumns(positions: [
        .time: 0, .open: 1, .high: 2, .low: 3, .close: 4, .volume: 5,
    ])

    /// Reads what the user says: names of ``BarColumn`` in file order, `-` for a column to skip, for
    /// example `time,volume,open,high,low,close`.
    ///
    /// - Throws: a usage failure for an unknown or repeated name or a missing one; volume may be
    ///   left out.
    public init(_ text: String) throws(Failure) {
        var positions: [BarColumn: Int] = [:]
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        for (index, name) in names.enumerated() where name != "-" {
            guard let column = BarColumn(rawValue: String(name)), positions[column] == nil else {
                throw Failure(
                    .usage,
                    "--columns: '\(name)' is unknown or repeated; "
                        + "use each of time, open, high, low, close, volume once, and - to skip")
            }
            positions[column] = index
        }
        try self.init(complete: positions) { missing in
            Failure(.usage, "--columns: '\(missing)' is missing; only volume may be left out")
        }
    }

    private init(
        complete positions: [BarColumn: Int], _ failure: (String) -> Failure
    ) throws(Failure) {
        for column in BarColumn.allCases where column != .volume && positions[column] == nil {
            throw failure(column.rawValue)
        }
        self.init(positions: positions)
    }

    /// Reads a header line, or returns nil when the names are not those of a bar table.
    ///
    /// - Throws: an integrity failure when two columns could be the time or a price.
    init?(header names: [String], place: String) throws(Failure) {
        var positions: [BarColumn: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let column = Self.known(name, isFirst: index == 0) else { continue }
            if let earlier = positions[column] {
                throw Failure(
                    .integrity,
                    "\(place): columns \(earlier + 1) and \(index + 1) could both be the "
                        + "\(column.rawValue); say which with --columns")
            }
            positions[column] = index
        }
        if positions[.volume] == nil {
            positions[.volume] = names.firstIndex { Self.plain($0).hasPrefix("volume") }
        }
        for column in BarColumn.allCases where column != .volume {
            guard positions[column] != nil else { return nil }
        }
        self.init(positions: positions)
    }

    private static func known(_ name: String, isFirst: Bool) -> BarColumn? {
        switch plain(name) {
        // A table written by a data frame has its index first, without a name.
        case "": isFirst ? .time : nil
        case "time", "timestamp", "date", "datetime", "opentime", "unix": .time
        case "open": .open
        case "high": .high
        case "low": .low
        case "close": .close
        case "volume": .volume
        default: nil
        }
    }

    /// Lower case letters and digits only.
    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
