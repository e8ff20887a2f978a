// Bars of a served instrument: base series by second and by minute, longer ones put together.

package import MartletModel

/// Bars of one length, oldest first, at most ``limit`` of them.
struct BarSeries {
    let length: Int64
    let limit: Int
    private(set) var bars: [MarketBar] = []

    init(length: Int64, limit: Int) {
        self.length = length
        self.limit = limit
    }

    /// Adds a trade to the bar of its time; a trade before the last bar counts into the last.
    mutating func add(_ trade: MarketTrade) {
        open(at: trade.time, tick: trade.tick)
        bars[bars.count - 1].add(trade)
    }

    /// Puts a whole bar in its place: replaces the one that opened at its time, or follows the last.
    mutating func put(_ bar: MarketBar) {
        if let last = bars.last, bar.openTime <= last.openTime {
            guard let index = bars.lastIndex(where: { $0.openTime == bar.openTime }) else { return }
            bars[index] = bar
        } else {
            append(bar)
        }
    }

    /// Makes sure that a bar is open at `time`: empty ones at the last price where nothing traded.
    mutating func open(at time: Int64, tick: Int64) {
        let start = time - (time % length + length) % length
        guard let last = bars.last else {
            return append(MarketBar(openTime: start, tick: tick))
        }
        guard start > last.openTime else { return }
        // After a long silence only the bars that are kept are made.
        var next = max(last.openTime + length, start - Int64(limit) * length)
        while next <= start {
            append(MarketBar(openTime: next, tick: next == start ? tick : last.close))
            if next == start, bars.count > 1, tick != last.close {
                bars[bars.count - 1] = MarketBar(openTime: next, tick: tick)
            }
            next += length
        }
    }

    private mutating func append(_ bar: MarketBar) {
        bars.append(bar)
        if bars.count > limit + limit / 4 { bars.removeFirst(bars.count - limit) }
    }
}

extension MarketBar {
    /// A bar in which nothing traded yet.
    init(openTime: Int64, tick: Int64) {
        self.init(
            openTime: openTime, open: tick, high: tick, low: tick, close: tick, lots: 0,
            takerBuyLots: 0, turnover: 0, takerBuyTurnover: 0, trades: 0, firstTrade: -1,
            lastTrade: -1)
    }

    /// Counts a trade in.
    mutating func add(_ trade: MarketTrade) {
        if trades == 0 { (open, high, low) = (trade.tick, trade.tick, trade.tick) }
        high = max(high, trade.tick)
        low = min(low, trade.tick)
        close = trade.tick
        let turnover = Int128(trade.tick) * Int128(trade.lots)
        lots = lots &+ trade.lots
        self.turnover &+= turnover
        if trade.aggressor == .buy {
            takerBuyLots = takerBuyLots &+ trade.lots
            takerBuyTurnover &+= turnover
        }
        if firstTrade < 0 { firstTrade = trade.firstID }
        lastTrade = trade.lastID
        trades += max(1, trade.lastID &- trade.firstID &+ 1)
    }

    /// Counts a later bar in.
    mutating func add(_ bar: MarketBar) {
        if bar.trades > 0 || trades == 0 {
            if trades == 0, bar.trades > 0 { (open, high, low) = (bar.open, bar.high, bar.low) }
            high = max(high, bar.high)
            low = min(low, bar.low)
            close = bar.close
        }
        lots = lots &+ bar.lots
        takerBuyLots = takerBuyLots &+ bar.takerBuyLots
        turnover &+= bar.turnover
        takerBuyTurnover &+= bar.takerBuyTurnover
        trades += bar.trades
        if firstTrade < 0 { firstTrade = bar.firstTrade }
        if bar.lastTrade >= 0 { lastTrade = bar.lastTrade }
    }
}

/// Bars that a venue is asked for.
package struct MarketBarQuery: Hashable, Sendable {
    /// The length.
    package var interval: BarInterval
    /// Only bars that open at or after this, ns.
    package var from: Int64?
    /// Only bars that open before this, ns.
    package var to: Int64?
    /// At most so many.
    package var limit: Int

    /// The last `limit` bars, or those from a time on.
    package init(_ interval: BarInterval, from: Int64? = nil, to: Int64? = nil, limit: Int) {
        self.interval = interval
        self.from = from
        self.to = to
        self.limit = limit
    }
}

/// The two base series of an instrument, and what is put together from them.
package struct MarketBars {
    private var seconds = BarSeries(length: 1_000_000_000, limit: 3600)
    private var minutes = BarSeries(length: 60_000_000_000, limit: 3000)

    mutating func add(_ trade: MarketTrade) {
        seconds.add(trade)
        minutes.add(trade)
    }

    mutating func open(at time: Int64, tick: Int64) {
        seconds.open(at: time, tick: tick)
        minutes.open(at: time, tick: tick)
    }

    mutating func put(_ bar: MarketBar, interval: BarInterval) {
        if interval.seconds == 60 { minutes.put(bar) }
        if interval.seconds == 1 { seconds.put(bar) }
    }

    /// The bars asked for, oldest first. Without `from` the latest, else the first from then on.
    package func select(_ query: MarketBarQuery) -> [MarketBar] {
        let base = query.interval.seconds > 0 && query.interval.seconds < 60 ? seconds : minutes
        var bars: [MarketBar] = []
        for bar in base.bars {
            let start = Self.start(of: query.interval, at: bar.openTime)
            if bars.last?.openTime == start {
                bars[bars.count - 1].add(bar)
            } else {
                var first = bar
                first.openTime = start
                bars.append(first)
            }
        }
        bars.removeAll { bar in
            query.from.map { bar.openTime < $0 } ?? false
                || query.to.map { bar.openTime >= $0 } ?? false
        }
        guard bars.count > query.limit else { return bars }
        return query.from == nil
            ? Array(bars.suffix(query.limit)) : Array(bars.prefix(query.limit))
    }

    /// The bar of this length that is open, and the one before it.
    package func latest(_ interval: BarInterval) -> (open: MarketBar?, closed: MarketBar?) {
        let bars = select(MarketBarQuery(interval, limit: 2))
        return (bars.last, bars.count > 1 ? bars[0] : nil)
    }

    /// When the bar opened that `time` is in: weeks from Monday, months from the first.
    package static func start(of interval: BarInterval, at time: Int64) -> Int64 {
        let day: Int64 = 86_400_000_000_000
        guard let length = interval.nanoseconds else {
            let days = (time - (time % day + day) % day) / day
            let text = Timestamp(nanoseconds: time).utcDay
            let dayOfMonth = Int64(text.suffix(2)) ?? 1
            return (days - dayOfMonth + 1) * day
        }
        // The epoch was a Thursday; weeks begin on Mondays.
        let shift = length % (7 * day) == 0 ? 4 * day : 0
        let offset = ((time - shift) % length + length) % length
        return time - offset
    }
}
