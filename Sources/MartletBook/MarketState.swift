// What one participant knows of one instrument's market: the book and the last of everything else.

public import MartletModel

/// Whether a book can be relied on.
@frozen public enum BookStatus: String, CaseIterable, Sendable {
    /// No snapshot has been joined with the changes yet: the book is not to be used.
    case syncing
    /// Snapshot and changes are joined and nothing is missing.
    case live
    /// An update is missing: the book is not to be used until the next snapshot.
    case gapped
    /// Nothing was heard for longer than the channel's limit.
    case stale
}

/// The market as seen from one place. Market state is shared and read-only for strategies.
@frozen public struct MarketState: ~Copyable {
    /// Levels and bests.
    public var book: OrderBook
    /// Whether the book can be relied on.
    public var status: BookStatus
    /// Price of the last trade in ticks; meaningless while ``tradeCount`` is 0.
    public var lastTradeTick: Int64
    /// Size of the last trade in lots.
    public var lastTradeLots: Int64
    /// Trades seen.
    public var tradeCount: Int64
    /// The mark price in units of 10⁻⁸ quote asset, or 0 while none was seen.
    public var markPriceE8: Int64
    /// The funding rate in units of 10⁻¹², or 0 while none was seen.
    public var fundingRateE12: Int64

    /// A market of which nothing is known.
    public init(rules: BookRules = .plain, status: BookStatus = .syncing) {
        book = OrderBook(rules: rules)
        self.status = status
        lastTradeTick = 0
        lastTradeLots = 0
        tradeCount = 0
        markPriceE8 = 0
        fundingRateE12 = 0
    }

    /// Forgets everything; the book's memory stays for what comes.
    public mutating func reset(rules: BookRules, status: BookStatus) {
        book.reset(rules: rules)
        self.status = status
        lastTradeTick = 0
        lastTradeLots = 0
        tradeCount = 0
        markPriceE8 = 0
        fundingRateE12 = 0
    }
}

/// A read-only window on a ``MarketState`` that somebody else owns and moves.
///
/// Sound because the owner (the replay) outlives every strategy call it makes, and nothing moves
/// the state while a strategy runs: both happen on the one trading thread.
@frozen public struct MarketView: @unchecked Sendable {
    @usableFromInline let state: UnsafePointer<MarketState>

    /// A window on `state`, which must outlive it.
    @inlinable public init(_ state: UnsafePointer<MarketState>) { self.state = state }

    /// The highest bid in ticks, or nil.
    @inlinable public var bestBid: Int64? {
        let tick = state.pointee.book.bestBid
        return tick == OrderBook.noBid ? nil : tick
    }

    /// The lowest ask in ticks, or nil.
    @inlinable public var bestAsk: Int64? {
        let tick = state.pointee.book.bestAsk
        return tick == OrderBook.noAsk ? nil : tick
    }

    /// Twice the mid price in ticks (so that half ticks stay whole), or nil unless both sides exist
    /// and do not overlap.
    @inlinable public var doubleMid: Int64? {
        let bid = state.pointee.book.bestBid
        let ask = state.pointee.book.bestAsk
        guard bid != OrderBook.noBid, ask != OrderBook.noAsk, bid < ask else { return nil }
        return bid + ask
    }

    /// The size of a level in lots.
    @inlinable public func lots(_ side: Side, tick: Int64) -> Int64 {
        state.pointee.book.lots(side, tick: tick)
    }

    /// The next level away from the spread, strictly beyond `tick`, or nil.
    public func nextLevel(_ side: Side, beyond tick: Int64) -> Int64? {
        state.pointee.book.nextLevel(side, beyond: tick)
    }

    /// Calls `body(tick, lots)` for up to `count` levels of a side, best first.
    public func forEachLevel(_ side: Side, count: Int, _ body: (Int64, Int64) -> Void) {
        state.pointee.book.forEachLevel(side, count: count, body)
    }

    /// Whether the book can be relied on.
    @inlinable public var status: BookStatus { state.pointee.status }
    /// Price of the last trade in ticks, or nil while there was none.
    @inlinable public var lastTradeTick: Int64? {
        state.pointee.tradeCount > 0 ? state.pointee.lastTradeTick : nil
    }
    /// The mark price in units of 10⁻⁸ quote asset, or nil while none was seen.
    @inlinable public var markPriceE8: Int64? {
        state.pointee.markPriceE8 != 0 ? state.pointee.markPriceE8 : nil
    }
}
