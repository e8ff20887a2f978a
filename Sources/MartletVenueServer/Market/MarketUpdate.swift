// What happens in a served market, as subscribers are told: in ticks and lots, numbered.

package import MartletModel

/// One price level: absolute quantity at a price; 0 lots removes it.
package struct MarketLevel: Hashable, Sendable {
    /// The price, in ticks.
    package var tick: Int64
    /// The quantity, in lots.
    package var lots: Int64

    /// A level.
    package init(tick: Int64, lots: Int64) {
        self.tick = tick
        self.lots = lots
    }
}

/// A trade.
package struct MarketTrade: Hashable, Sendable {
    /// Running number, from 1 in a synthetic market, the venue's own id in a recorded one where
    /// that is a number.
    package var id: Int64
    /// The venue's id where the recording has one that is no number (Bybit).
    package var textID: String?
    /// The number of the aggregate that it belongs to, growing by 1.
    package var aggregateID: Int64
    /// The first trade of the aggregate.
    package var firstID: Int64
    /// The last trade of the aggregate.
    package var lastID: Int64
    /// The price, in ticks.
    package var tick: Int64
    /// The quantity, in lots.
    package var lots: Int64
    /// Who crossed; nil where the recording does not say.
    package var aggressor: Side?
    /// False for a special print, which did not trade in the book.
    package var isMarket = true
    /// When it matched, ns since the epoch.
    package var time: Int64
}

/// Changes of a book, or all of it.
package struct BookChange: Hashable, Sendable {
    /// Whether the levels are the whole book (of the view's depth).
    package var isSnapshot: Bool
    /// The first update in it.
    package var firstUpdate: Int64
    /// The last update in it; the book's number after it.
    package var lastUpdate: Int64
    /// ``lastUpdate`` of the change published before it on the same view.
    package var previousUpdate: Int64
    /// Counts what a view published: +1 each time, from 1 (the snapshot on subscription has the
    /// number of the last publication).
    package var publication: Int64
    /// Changed bids, best first.
    package var bids: [MarketLevel]
    /// Changed asks, best first.
    package var asks: [MarketLevel]
    /// The checksum of the recording, where it has one and the change is told as recorded.
    package var checksum: Int32?
    /// A fault wants the checksum that the protocol computes to be wrong.
    package var spoilsChecksum = false
    /// When, ns since the epoch.
    package var time: Int64
}

/// The best bid and ask; a side of 0 lots is empty.
package struct MarketQuote: Hashable, Sendable {
    /// The best bid.
    package var bid: MarketLevel
    /// The best ask.
    package var ask: MarketLevel
    /// The book's number with it.
    package var update: Int64
    /// When, ns since the epoch.
    package var time: Int64
}

/// A bar that may still be open.
package struct MarketBar: Hashable, Sendable {
    /// The first instant, ns since the epoch.
    package var openTime: Int64
    /// First, highest, lowest and last price, in ticks.
    package var open: Int64, high: Int64, low: Int64, close: Int64
    /// Traded quantity, in lots, and of it what buyers took.
    package var lots: Int64, takerBuyLots: Int64
    /// Sum of ticks × lots, and of it what buyers took.
    package var turnover: Int128, takerBuyTurnover: Int128
    /// How many trades, and the ids of the first and the last (−1 without any).
    package var trades: Int64, firstTrade: Int64, lastTrade: Int64
}

/// Mark and index price and funding, as derivatives venues tell them.
package struct MarketReference: Hashable, Sendable {
    /// The mark price, decimal text; these prices have a scale of their own.
    package var mark: String
    /// The index price, decimal text.
    package var index: String
    /// The funding rate per interval, decimal text.
    package var fundingRate: String
    /// When it is paid next, ns since the epoch.
    package var nextFundingTime: Int64
    /// From one payment to the next, ns.
    package var fundingInterval: Int64 = 28_800_000_000_000
    /// When, ns since the epoch.
    package var time: Int64
}

/// A forced order.
package struct MarketLiquidation: Hashable, Sendable {
    /// The forced order's side: a sell closes a long position.
    package var side: Side
    /// The price, decimal text: an average need not be a whole tick.
    package var price: String
    /// The quantity, decimal text.
    package var quantity: String
    /// When, ns since the epoch.
    package var time: Int64
}

/// Which publication of a book: how deep, how often.
package struct BookViewKey: Hashable, Sendable {
    /// Levels a side; 0: all.
    package let depth: Int
    /// ns between publications; 0: after every change, in a recorded market as recorded.
    package let cadence: Int64

    /// A view.
    package init(depth: Int, cadence: Int64) {
        self.depth = depth
        self.cadence = cadence
    }
}

/// One thing that happened, told to subscribers.
package struct MarketUpdate: Sendable {
    /// What happened.
    package enum Content: Sendable {
        /// A trade.
        case trade(MarketTrade)
        /// A view published changes.
        case book(BookViewKey, BookChange)
        /// Best bid or ask changed.
        case quote(MarketQuote)
        /// The time for bars to be told, once a market second: ask ``InstrumentMarket/bars``.
        case bars(time: Int64)
        /// Mark, index and funding.
        case reference(MarketReference)
        /// Open interest in the venue's quantity unit, decimal text.
        case openInterest(quantity: String, time: Int64)
        /// A forced order.
        case liquidation(MarketLiquidation)
        /// A recorded message of a kind that the market does not model, for the subscribers of its
        /// stream, as it is.
        case recorded(stream: String, payload: [UInt8])
    }

    /// Index of the instrument in the market; −1 for the market as a whole.
    package var instrument: Int
    /// What happened.
    package var content: Content

    /// An update of an instrument.
    package init(_ instrument: Int, _ content: Content) {
        self.instrument = instrument
        self.content = content
    }
}
