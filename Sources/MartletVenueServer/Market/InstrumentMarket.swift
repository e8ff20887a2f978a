// One instrument of a served market: its book, trades, bars and reference prices, at this moment.

import MartletBook
package import MartletModel

/// The state of one instrument. A class because stream and REST look at the same one; it belongs to
/// the market's thread.
package final class InstrumentMarket {
    /// Trades that are kept for REST.
    package static let tradesKept = 1000

    /// Index in the market.
    package let index: Int
    /// Its rules.
    package let instrument: MarketInstrument
    /// The number of the last update that the book contains.
    package var update: Int64 { shown?.lastUpdate ?? lastUpdate }
    /// When the book last changed, ns.
    package var bookTime: Int64 { shown?.time ?? lastTime }
    /// The last trades, oldest first.
    package private(set) var trades: [MarketTrade] = []
    /// Bars.
    package private(set) var bars = MarketBars()
    /// Mark, index, funding; nil where the market has none (spot), or none yet.
    package private(set) var reference: MarketReference?
    /// Open interest, decimal text; nil where not known.
    package private(set) var openInterest: String?
    /// Whether a whole book was set; a recorded market without snapshot never has one.
    package private(set) var hasBook = false

    /// Whether changes of the book are kept, the last ``changesKept`` of them.
    package var keepsChanges = false
    /// The last changes of the book, oldest first.
    package private(set) var changes: [BookChange] = []
    /// Changes that are kept for REST.
    package static let changesKept = 1000

    /// Whether best bid and ask are told as the book changes; a recording may tell them itself.
    var derivesQuotes = true

    private var book = OrderBook()
    private var lastUpdate: Int64 = 0
    private var lastTime: Int64 = 0
    private var older: BookChange?
    private var newer: BookChange?
    private var shown: BookChange?
    private var views: [BookView] = []
    private var lastQuote: MarketQuote?

    init(index: Int, instrument: MarketInstrument) {
        self.index = index
        self.instrument = instrument
    }

    /// The best `depth` levels of a side, best first; 0: all.
    package func levels(_ side: Side, depth: Int) -> [MarketLevel] {
        if let stale = shown { return Array(stale.levels(side).prefix(depth == 0 ? .max : depth)) }
        return BookView.top(side, depth, book)
    }

    /// Keeps the book as it is now, to be shown by ``withStaleBook(_:)``; the last two are kept.
    func keepBook() {
        older = newer
        newer = BookChange(at: bookTime, update: update)
        newer?.bids = levels(.buy, depth: 0)
        newer?.asks = levels(.sell, depth: 0)
    }

    /// Does `body` while the book that is read is an older one, where one was kept.
    func withStaleBook<Result>(_ body: () -> Result) -> Result {
        shown = older ?? newer
        defer { shown = nil }
        return body()
    }

    /// The best bid and ask; an empty side has 0 lots.
    package var quote: MarketQuote {
        let bid = book.bestBid == OrderBook.noBid ? 0 : book.bestBid
        let ask = book.bestAsk == OrderBook.noAsk ? 0 : book.bestAsk
        return MarketQuote(
            bid: MarketLevel(
                tick: bid,
                lots: book.bestBid == OrderBook.noBid ? 0 : book.lots(.buy, tick: bid)),
            ask: MarketLevel(
                tick: ask,
                lots: book.bestAsk == OrderBook.noAsk ? 0 : book.lots(.sell, tick: ask)),
            update: update, time: bookTime)
    }

    /// The last traded price, else the best bid, in ticks.
    package var lastTick: Int64 { trades.last?.tick ?? max(quote.bid.tick, 1) }

    /// The size of a level, 0 where there is none.
    func lots(_ side: Side, tick: Int64) -> Int64 { book.lots(side, tick: tick) }

    /// Whether the best bid is at or above the best ask.
    package var isCrossed: Bool { book.isCrossed }

    /// What a subscriber of a view is to be given first: the book as the view has told it so far.
    package func snapshot(of key: BookViewKey) -> BookChange {
        let view = self.view(key)
        let isWhole = key.depth == 0
        return BookChange(
            isSnapshot: true, firstUpdate: view.lastUpdate,
            lastUpdate: isWhole ? update : view.lastUpdate, previousUpdate: view.lastUpdate,
            publication: view.publication,
            bids: isWhole ? levels(.buy, depth: 0) : view.levels(.buy),
            asks: isWhole ? levels(.sell, depth: 0) : view.levels(.sell), time: bookTime)
    }

    /// Begins to keep a view; it stays for the life of the market.
    package func activate(_ key: BookViewKey) { _ = view(key) }

    private func view(_ key: BookViewKey) -> BookView {
        if let view = views.first(where: { $0.key == key }) { return view }
        let due = key.cadence == 0 ? 0 : bookTime - bookTime % key.cadence + key.cadence
        let view = BookView(key: key, book: book, update: update, dueTime: due)
        views.append(view)
        return view
    }
}

extension InstrumentMarket {
    /// Sets levels of the book.
    ///
    /// - Parameters:
    ///   - change: What is set, with the numbers of the update; as a view of all levels tells it
    ///     that publishes every change.
    ///   - isRecorded: Whether such a view tells exactly this change.
    func set(_ change: BookChange, isRecorded: Bool, _ updates: inout [MarketUpdate]) {
        lastUpdate = max(lastUpdate, change.lastUpdate)
        lastTime = max(lastTime, change.time)
        for (side, levels) in [(Side.buy, change.bids), (.sell, change.asks)] {
            for level in levels {
                book.set(side, tick: level.tick, lots: level.lots)
                for index in views.indices {
                    views[index].note(side, tick: level.tick, firstUpdate: change.firstUpdate)
                }
            }
        }
        keep(change)
        for index in views.indices where views[index].key.cadence == 0 {
            let key = views[index].key
            if isRecorded, key.depth == 0 {
                updates.append(
                    MarketUpdate(self.index, .book(key, views[index].passed(change))))
            } else if let told = views[index].publish(book, update: update, time: change.time) {
                updates.append(MarketUpdate(self.index, .book(key, told)))
            }
        }
        tellQuote(&updates)
    }

    private func keep(_ change: BookChange) {
        guard keepsChanges else { return }
        changes.append(change)
        if changes.count > Self.changesKept * 2 { changes.removeFirst(Self.changesKept) }
    }

    /// Tells a recorded change that the book contains already to those who hear all as recorded.
    func pass(_ change: BookChange, _ updates: inout [MarketUpdate]) {
        for index in views.indices where views[index].key == BookViewKey(depth: 0, cadence: 0) {
            updates.append(
                MarketUpdate(self.index, .book(views[index].key, views[index].passed(change))))
        }
    }

    /// Replaces the whole book; views that stream tell it as a snapshot.
    func replace(_ snapshot: BookChange, isStreamed: Bool, _ updates: inout [MarketUpdate]) {
        book.reset(rules: .plain)
        changes.removeAll()
        for (side, levels) in [(Side.buy, snapshot.bids), (.sell, snapshot.asks)] {
            for level in levels { book.set(side, tick: level.tick, lots: level.lots) }
        }
        hasBook = true
        lastUpdate = snapshot.lastUpdate
        lastTime = max(lastTime, snapshot.time)
        for index in views.indices {
            var told = views[index].restart(update: update, book: book, time: bookTime)
            if views[index].key == BookViewKey(depth: 0, cadence: 0) {
                told.checksum = snapshot.checksum
            }
            guard isStreamed else { continue }
            updates.append(MarketUpdate(self.index, .book(views[index].key, told)))
        }
        tellQuote(&updates)
    }

    private func tellQuote(_ updates: inout [MarketUpdate]) {
        let quote = self.quote
        guard derivesQuotes, quote.bid != lastQuote?.bid || quote.ask != lastQuote?.ask else {
            return
        }
        lastQuote = quote
        updates.append(MarketUpdate(index, .quote(quote)))
    }

    /// Publishes the views whose time has come, or all.
    func publish(at time: Int64, all: Bool = false, _ updates: inout [MarketUpdate]) {
        for index in views.indices {
            let cadence = views[index].key.cadence
            guard cadence > 0, all || time >= views[index].dueTime else { continue }
            views[index].dueTime = time - time % cadence + cadence
            guard let told = views[index].publish(book, update: update, time: time) else {
                continue
            }
            updates.append(MarketUpdate(self.index, .book(views[index].key, told)))
        }
    }

    /// A trade of its own aggregate: the numbers are given here where the recording has none.
    func add(_ trade: MarketTrade, _ updates: inout [MarketUpdate]) {
        trades.append(trade)
        if trades.count > Self.tradesKept * 2 { trades.removeFirst(Self.tradesKept) }
        if trade.isMarket { bars.add(trade) }
        updates.append(MarketUpdate(index, .trade(trade)))
    }

    /// A best bid and ask that the recording tells apart from the book.
    func tell(_ quote: MarketQuote, _ updates: inout [MarketUpdate]) {
        updates.append(MarketUpdate(index, .quote(quote)))
    }

    func put(_ bar: MarketBar, interval: BarInterval) { bars.put(bar, interval: interval) }

    /// Makes the bars of now and tells that they may have moved.
    func openBars(at time: Int64, _ updates: inout [MarketUpdate]) {
        guard !trades.isEmpty || quote.bid.lots > 0 else { return }
        bars.open(at: time, tick: lastTick)
        updates.append(MarketUpdate(index, .bars(time: time)))
    }

    /// Mark, index and funding.
    func tell(_ reference: MarketReference, _ updates: inout [MarketUpdate]) {
        self.reference = reference
        updates.append(MarketUpdate(index, .reference(reference)))
    }

    /// Open interest.
    func tell(openInterest quantity: String, time: Int64, _ updates: inout [MarketUpdate]) {
        openInterest = quantity
        updates.append(MarketUpdate(index, .openInterest(quantity: quantity, time: time)))
    }

    /// The market moves to other times: views speak next after `time`.
    func align(to time: Int64) {
        lastTime = max(lastTime, time)
        for index in views.indices where views[index].key.cadence > 0 {
            let cadence = views[index].key.cadence
            views[index].dueTime = time - time % cadence + cadence
        }
    }
}

extension BookChange {
    /// The levels of a side.
    func levels(_ side: Side) -> [MarketLevel] { side == .buy ? bids : asks }
}
