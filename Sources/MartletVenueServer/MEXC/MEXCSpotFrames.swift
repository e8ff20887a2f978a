// MEXC spot's channels, and market updates as its protobuf pushes.

import MartletModel
import MartletVenues

extension MEXCSpotProtocol {
    /// What a channel's name stands for; nil where there is no such channel. A symbol in other
    /// letters than the venue's is acknowledged and stays silent.
    func subscription(_ name: String, _ market: VenueMarket) -> StreamSubscription? {
        let parts = name.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, parts[0] == "spot", parts[1].hasSuffix(".v3.api.pb") else {
            return nil
        }
        let channel = parts[1].dropLast(".v3.api.pb".count)
        if channel.hasPrefix("private.") {
            return ["private.account", "private.deals", "private.orders"].contains(channel)
                ? StreamSubscription(name, .silent, instrument: -1) : nil
        }
        let rest = Array(parts.dropFirst(2))
        guard let (symbol, kind) = kind(String(channel), rest, market) else { return nil }
        guard symbol == symbol.uppercased(), let instrument = market.instrument(symbol) else {
            return StreamSubscription(name, .silent, instrument: -1)
        }
        switch kind {
        case .book(let key), .top(let key, _): instrument.activate(key)
        default: break
        }
        return StreamSubscription(name, kind, instrument: instrument.index)
    }

    private func kind(
        _ channel: String, _ rest: [String], _ market: VenueMarket
    ) -> (symbol: String, kind: StreamKind)? {
        if channel.hasPrefix("public.aggre.") {
            guard rest.count == 2, rest[0] == "10ms" || rest[0] == "100ms" else { return nil }
            switch channel {
            case "public.aggre.deals": return (rest[1], .trades)
            case "public.aggre.depth":
                // One change, one version: a client that keeps the first version of the last push
                // then has the number of its book.
                return (rest[1], .book(market.view(depth: 0, cadence: 0)))
            case "public.aggre.bookTicker": return (rest[1], .quote)
            default: return nil
            }
        }
        switch (channel, rest.count) {
        case ("public.limit.depth", 2):
            guard let levels = Int(rest[1]), [5, 10, 20].contains(levels) else { return nil }
            let view = market.view(depth: 0, cadence: 100_000_000)
            return (rest[0], .top(view, levels: levels))
        case ("public.bookTicker.batch", 1): return (rest[0], .quote)
        case ("public.kline", 2):
            return Self.interval(rest[1]).map { (rest[0], .bars($0)) }
        case ("public.miniTicker", 1...2): return (rest[0], .ticker)
        default: return nil
        }
    }

    /// The names of bar lengths on MEXC's streams.
    static let intervals: [(name: String, interval: BarInterval)] = [
        ("Min1", BarInterval(seconds: 60)), ("Min5", BarInterval(seconds: 300)),
        ("Min15", BarInterval(seconds: 900)), ("Min30", BarInterval(seconds: 1800)),
        ("Min60", BarInterval(seconds: 3600)), ("Hour4", BarInterval(seconds: 14_400)),
        ("Hour8", BarInterval(seconds: 28_800)), ("Day1", BarInterval(seconds: 86_400)),
        ("Week1", BarInterval(seconds: 604_800)), ("Month1", BarInterval(months: 1)),
    ]

    /// The length by MEXC's name of it.
    static func interval(_ name: String) -> BarInterval? {
        intervals.first { $0.name == name }?.interval
    }

    /// The pushes of an update on one channel.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        if case .recorded(_, let payload) = update.content { return [.binary(payload)] }
        guard update.instrument >= 0, update.instrument < moment.market.instruments.count else {
            return []
        }
        let market = moment.market.instruments[update.instrument]
        return bodies(update, subscription, market).map { field, time, body in
            var wrapper = ProtobufWriter()
            wrapper.add(1, subscription.key)
            wrapper.add(3, market.instrument.symbol)
            wrapper.add(6, time / 1_000_000)
            wrapper.add(field, body)
            return .binary(wrapper.bytes)
        }
    }

    private typealias Body = (field: UInt32, time: Int64, message: ProtobufWriter)

    private func bodies(
        _ update: MarketUpdate, _ subscription: StreamSubscription, _ market: InstrumentMarket
    ) -> [Body] {
        let instrument = market.instrument
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)):
            return [(314, trade.time, deals(trade, subscription, instrument))]
        case (.book, .book(_, let change)):
            var body = sides(change, instrument)
            body.add(3, prefix(subscription))
            body.add(4, "\(change.firstUpdate)")
            body.add(5, "\(change.lastUpdate)")
            return [(313, change.time, body)]
        case (.top, .book(_, let change)):
            var body = sides(change, instrument)
            body.add(3, "spot@public.limit.depth.v3.api.pb")
            body.add(4, "\(change.lastUpdate)")
            return [(303, change.time, body)]
        case (.quote, .quote(let quote)):
            let body = self.quote(quote, instrument)
            guard subscription.key.contains(".bookTicker.batch.") else {
                return [(315, quote.time, body)]
            }
            var batch = ProtobufWriter()
            batch.add(1, body)
            return [(311, quote.time, batch)]
        case (.bars(let interval), .bars(let time)):
            return bars(interval, market, time).map { (308, time, $0) }
        case (.ticker, .bars(let time)): return [(309, time, ticker(market, time))]
        default: return []
        }
    }

    /// Channel and cadence without the symbol, which bodies repeat.
    private func prefix(_ subscription: StreamSubscription) -> String {
        subscription.key.split(separator: "@").dropLast().joined(separator: "@")
    }

    private func deals(
        _ trade: MarketTrade, _ subscription: StreamSubscription, _ instrument: MarketInstrument
    ) -> ProtobufWriter {
        var item = ProtobufWriter()
        item.add(1, instrument.price(trade.tick))
        item.add(2, instrument.quantity(trade.lots))
        item.add(3, trade.aggressor.map { $0 == .buy ? 1 : 2 } ?? 0)
        item.add(4, trade.time / 1_000_000)
        item.add(5, trade.textID ?? "\(trade.id)X0")
        var body = ProtobufWriter()
        body.add(1, item)
        body.add(2, prefix(subscription))
        return body
    }

    private func sides(_ change: BookChange, _ instrument: MarketInstrument) -> ProtobufWriter {
        var body = ProtobufWriter()
        for (field, levels) in [(UInt32(1), change.asks), (2, change.bids)] {
            for level in levels {
                var item = ProtobufWriter()
                item.add(1, instrument.price(level.tick))
                item.add(2, instrument.quantity(level.lots))
                body.add(field, item)
            }
        }
        return body
    }

    private func quote(_ quote: MarketQuote, _ instrument: MarketInstrument) -> ProtobufWriter {
        var body = ProtobufWriter()
        if quote.bid.lots > 0 {
            body.add(1, instrument.price(quote.bid.tick))
            body.add(2, instrument.quantity(quote.bid.lots))
        }
        if quote.ask.lots > 0 {
            body.add(3, instrument.price(quote.ask.tick))
            body.add(4, instrument.quantity(quote.ask.lots))
        }
        body.add(5, "\(quote.update)")
        return body
    }

    /// The open bar every second, and once more the one that has just closed.
    private func bars(
        _ interval: BarInterval, _ market: InstrumentMarket, _ time: Int64
    ) -> [ProtobufWriter] {
        let latest = market.bars.latest(interval)
        guard let open = latest.open else { return [] }
        let hasJustOpened = time - open.openTime < 1_000_000_000
        let shown = hasJustOpened ? [latest.closed, open] : [open]
        return shown.compactMap { $0 }.map { bar in
            let instrument = market.instrument
            var body = ProtobufWriter()
            body.add(1, Self.intervals.first { $0.interval == interval }?.name ?? "")
            body.add(2, bar.openTime / 1_000_000_000)
            body.add(3, instrument.price(bar.open))
            body.add(4, instrument.price(bar.close))
            body.add(5, instrument.price(bar.high))
            body.add(6, instrument.price(bar.low))
            body.add(7, instrument.quantity(bar.lots))
            body.add(8, instrument.turnover(bar.turnover))
            body.add(
                9, (interval.end(ofBarFrom: bar.openTime) ?? bar.openTime) / 1_000_000_000)
            return body
        }
    }

    private func ticker(_ market: InstrumentMarket, _ time: Int64) -> ProtobufWriter {
        let instrument = market.instrument
        let day = MEXCDay(market, at: time)
        var body = ProtobufWriter()
        body.add(1, instrument.symbol)
        body.add(2, instrument.price(day.bar.close))
        body.add(3, day.changeRate)
        body.add(4, day.changeRate)
        body.add(5, instrument.price(day.bar.high))
        body.add(6, instrument.price(day.bar.low))
        body.add(7, instrument.turnover(day.bar.turnover))
        body.add(8, instrument.quantity(day.bar.lots))
        return body
    }
}

/// The last 24 hours of an instrument as MEXC tells them.
struct MEXCDay {
    /// All in one bar.
    let bar: MarketBar
    /// Change from first to last price, as a fraction.
    let changeRate: String

    init(_ market: InstrumentMarket, at time: Int64) {
        let bars = market.bars.select(
            MarketBarQuery(
                BarInterval(seconds: 60), from: time - 86_400_000_000_000, limit: 1440))
        var day = bars.first
        for bar in bars.dropFirst() { day?.add(bar) }
        let tick = market.lastTick
        bar =
            day
            ?? MarketBar(
                openTime: time, open: tick, high: tick, low: tick, close: tick, lots: 0,
                takerBuyLots: 0, turnover: 0, takerBuyTurnover: 0, trades: 0, firstTrade: -1,
                lastTrade: -1)
        let change = Int128(bar.close - bar.open) * 10_000 / Int128(max(1, bar.open))
        changeRate = decimalText(change, scale: 4)
    }
}
