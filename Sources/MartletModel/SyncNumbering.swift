// How venues number the changes of their books.

/// How a venue numbers its changes.
public enum SyncNumbering: String, CaseIterable, Sendable {
    /// Binance spot: changes carry `U` and `u`; each begins right after the one before
    /// (`U == previous u + 1`), and the first after a snapshot of update L has U ≤ L + 1 ≤ u.
    case binanceSpot
    /// Binance futures: changes also carry `pu`, the `u` of the one before, and the first after a
    /// snapshot of update L has U ≤ L ≤ u, or continues it exactly (`pu == L`).
    case binanceFutures
    /// OKX: `prevSeqId == previous seqId`, not contiguous; heartbeats repeat the number, and
    /// maintenance may go on with a smaller one. Recordings from before 2023 have no numbers.
    case okx
    /// Bybit: `u == previous u + 1`; 1 announces a new book after a restart of the service.
    case bybit
    /// MEXC spot: `fromVersion == previous toVersion + 1`.
    case mexcSpot
    /// MEXC futures: `version == previous version + 1`, or ranges of versions where it merges.
    case mexcFutures
    /// Every message is a whole book, ordered by its time alone (Hyperliquid).
    case wholeBooks
    /// No numbers (Alpaca crypto): only crossing, staleness and time order can be checked.
    case none

    /// Whether a lost message shows in the numbers of the next one.
    public var isNumbered: Bool { self != .wholeBooks && self != .none }

    /// Whether changes from before a snapshot are worth keeping, because one that is asked for can
    /// be joined with them.
    public var joinsEarlyChanges: Bool {
        switch self {
        case .binanceSpot, .binanceFutures, .okx, .mexcSpot, .mexcFutures: true
        case .bybit, .wholeBooks, .none: false
        }
    }
}
