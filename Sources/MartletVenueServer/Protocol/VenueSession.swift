// One client connection as the protocol sees it: where it came in, what it subscribed to.

package import MartletModel

/// What a subscription asks for, in the server's words; the venue's words are its key.
package enum StreamKind: Hashable, Sendable {
    /// Single trades.
    case trades
    /// Aggregated trades.
    case aggregateTrades
    /// Changes of the book, by a view.
    case book(BookViewKey)
    /// The top of the book as a whole each time, `levels` a side, by a view that says when.
    case top(BookViewKey, levels: Int)
    /// Best bid and ask.
    case quote
    /// Bars.
    case bars(BarInterval)
    /// Mark price, index price and funding, every `seconds`.
    case reference(seconds: Int64)
    /// Open interest.
    case openInterest
    /// Forced orders.
    case liquidations
    /// The day's statistics, every second.
    case ticker
    /// A stream that exists in name only: acknowledged, silent apart from recorded messages.
    case silent
}

/// One stream that a connection listens to.
package struct StreamSubscription: Hashable, Sendable {
    /// The venue's name of it, unique on the connection: a stream name, or channel and arguments.
    package let key: String
    /// What it is.
    package let kind: StreamKind
    /// The instrument's index in the market; −1 for all instruments.
    package let instrument: Int

    /// A subscription.
    package init(_ key: String, _ kind: StreamKind, instrument: Int) {
        self.key = key
        self.kind = kind
        self.instrument = instrument
    }

    /// The update as this stream tells it, or nil where it does not: the top of a book comes with
    /// its levels, as a whole.
    package func told(_ update: MarketUpdate, _ market: VenueMarket) -> MarketUpdate? {
        guard wants(update) else { return nil }
        guard case .top(_, let levels) = kind, case .book(let key, var change) = update.content
        else { return update }
        let instrument = market.instruments[update.instrument]
        change.isSnapshot = true
        change.bids = instrument.levels(.buy, depth: levels)
        change.asks = instrument.levels(.sell, depth: levels)
        return MarketUpdate(update.instrument, .book(key, change))
    }

    /// Whether an update is for it.
    private func wants(_ update: MarketUpdate) -> Bool {
        if case .recorded(let stream, _) = update.content { return stream == key }
        guard instrument < 0 || update.instrument < 0 || instrument == update.instrument else {
            return false
        }
        switch (kind, update.content) {
        case (.trades, .trade), (.aggregateTrades, .trade), (.quote, .quote), (.bars, .bars),
            (.ticker, .bars), (.reference, .reference), (.openInterest, .openInterest),
            (.liquidations, .liquidation):
            return true
        case (.book(let wanted), .book(let key, _)), (.top(let wanted, _), .book(let key, _)):
            return wanted == key
        default:
            return false
        }
    }
}

/// One connection's state. Protocols change it; the server reads ``subscriptions`` to deliver.
package struct VenueSession: Sendable {
    /// Counts connections from 1.
    package let number: Int
    /// The path that it was opened with.
    package let request: ServerRequest
    /// When it was opened, monotonic ns.
    package let openedAt: Int64
    /// Streams in the order of subscription, each key once.
    package private(set) var subscriptions: [StreamSubscription] = []
    /// What the path stands for, such as `public` or `spot`: the protocol's own word.
    package var route = ""
    /// Whether it has authenticated, where the venue wants that.
    package var isAuthenticated = false
    /// When the client last sent anything, monotonic ns; kept by the server.
    package var heardAt: Int64
    /// When the server last sent anything, monotonic ns; kept by the server.
    package var sentAt: Int64
    /// What a protocol wants to remember of the connection, by its own words.
    package var facts: [String: String] = [:]

    /// A new connection.
    package init(number: Int, request: ServerRequest, openedAt: Int64) {
        self.number = number
        self.request = request
        self.openedAt = openedAt
        heardAt = openedAt
        sentAt = openedAt
    }

    /// Adds a subscription.
    ///
    /// - Returns: False where its key is there already: nothing changed.
    @discardableResult package mutating func add(_ subscription: StreamSubscription) -> Bool {
        guard !subscriptions.contains(where: { $0.key == subscription.key }) else { return false }
        subscriptions.append(subscription)
        return true
    }

    /// Ends a subscription.
    ///
    /// - Returns: False where there was none of this key.
    @discardableResult package mutating func remove(_ key: String) -> Bool {
        guard let index = subscriptions.firstIndex(where: { $0.key == key }) else { return false }
        subscriptions.remove(at: index)
        return true
    }
}
