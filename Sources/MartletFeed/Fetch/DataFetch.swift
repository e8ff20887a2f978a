// Bars, a picture of the book and recent trades of one instrument, saved with their manifest.

public import MartletModel
public import MartletStore
import MartletVenues

/// What to fetch.
public struct FetchOptions: Sendable {
    /// Whose data.
    public var venue: VenueID
    /// A pair such as `BTC/USDT`, or the venue's own symbol.
    public var symbol: String
    /// Length of a bar.
    public var interval: BarInterval
    /// First open time wanted, ns; nil for the latest 1,000 bars.
    public var from: Int64?
    /// End, exclusive, ns; nil for now.
    public var to: Int64?
    /// Now, ns since the epoch.
    public var now: Int64
    /// Root of fetched data.
    public var root = "data/real"
    /// What to save: `bars`, `book`, `trades`.
    public var parts: Set<String> = ["bars", "book", "trades"]
    /// How the venue is reached.
    public var access = RESTAccess()

    /// Bars of one instrument, its book and its trades.
    public init(venue: VenueID, symbol: String, interval: BarInterval, now: Int64) {
        self.venue = venue
        self.symbol = symbol
        self.interval = interval
        self.now = now
    }
}

/// How far a fetch is.
public struct FetchProgress: Sendable {
    /// Chunks of bars that are done.
    public let done: Int64
    /// Chunks of bars in all.
    public let total: Int64
    /// Why nothing happens at the moment; nil while something does.
    public let waiting: String?
    /// What has just gone wrong with a request that is sent again; nil where nothing has.
    public var trouble: String?
}

/// What was fetched.
public struct FetchSummary: Sendable {
    /// The folder.
    public internal(set) var folder = ""
    /// The symbol as the venue spells it.
    public internal(set) var symbol = ""
    /// The file of all wanted bars; nil where none were asked for.
    public internal(set) var barFile: String?
    /// Bars in it.
    public internal(set) var bars: Int64 = 0
    /// Chunks fetched now.
    public internal(set) var chunksFetched: Int64 = 0
    /// Chunks that were complete already.
    public internal(set) var chunksKept: Int64 = 0
    /// Requests sent.
    public internal(set) var requests: Int64 = 0
    /// Files of the book and the trades.
    public internal(set) var files: [String] = []
    /// Levels of the book, trades.
    public internal(set) var levels: Int64 = 0
    /// Trades saved.
    public internal(set) var trades: Int64 = 0
    /// What the venue does not offer.
    public internal(set) var missing: [String] = []

    /// One JSON object.
    public var json: JSONText {
        .object([
            ("folder", .string(folder)), ("symbol", .string(symbol)),
            ("barFile", barFile.map { .string($0) } ?? .null), ("bars", .integer(bars)),
            ("chunksFetched", .integer(chunksFetched)), ("chunksKept", .integer(chunksKept)),
            ("requests", .integer(requests)), ("levels", .integer(levels)),
            ("trades", .integer(trades)), ("files", .array(files.map { .string($0) })),
            ("missing", .array(missing.map { .string($0) })),
        ])
    }
}

/// Fetches data of one instrument into `<root>/<venue>/<symbol>/`.
public enum DataFetch {
    /// Fetches what is not there yet. Every file is whole or absent, and the manifest is written
    /// after each, so that a fetch that was cut short goes on where it was.
    ///
    /// - Throws: `usage` for a symbol that the venue cannot have, `notFound` for one that it does
    ///   not know or for an interval that it does not offer, `network` and `timeout`, `failure` for
    ///   the disk.
    public static func run(
        _ options: FetchOptions, progress: @escaping (FetchProgress) -> Void
    ) throws(Failure) -> FetchSummary {
        guard let adapter = VenueCatalog.adapter(for: options.venue) else {
            throw Failure(.notFound, "\(options.venue.name): no adapter for this venue")
        }
        guard let symbol = adapter.symbol(for: options.symbol), !symbol.isEmpty,
            symbol.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !symbol.contains("..")
        else {
            throw Failure(
                .usage,
                "--symbol '\(options.symbol)' cannot be one of \(options.venue.name); give a pair "
                    + "such as BTC/USDT or the venue's own name")
        }
        if adapter.profile.needsCredentials, options.access.credentials == nil {
            throw Failure(
                .configuration,
                "\(options.venue.name): public data need a key: set APCA_API_KEY_ID and "
                    + "APCA_API_SECRET_KEY in the environment")
        }
        let work = try FetchWork(options, adapter, symbol, progress)
        return try work.run()
    }
}
