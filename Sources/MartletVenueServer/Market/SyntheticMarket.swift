// A market made by chance from a seed: limit orders, market orders and cancels around a moving value.

import Glibc
package import MartletModel

/// How lively a synthetic market is.
package struct SyntheticOptions: Hashable, Sendable {
    /// The whole market follows from it.
    package var seed: UInt64
    /// Orders and cancels a second and instrument, 1 to 100,000.
    package var eventsPerSecond: Int64 = 100
    /// The first instant, ns since the epoch.
    package var startTime: Int64
    /// Bars of the past, so that a client finds some: minutes.
    package var minutesBefore = 500
    /// By how much an update number grows with each change: 1 where the venue counts without
    /// holes, more where it does not (Binance futures).
    package var updateStep: Int64 = 1
    /// Whether mark and index prices, funding and forced orders exist.
    package var hasReference = false

    /// A lively market from a seed.
    package init(seed: UInt64, startTime: Int64) {
        self.seed = seed
        self.startTime = startTime
    }
}

/// Chance as a market source: equal seeds and options, equal markets.
///
/// Assumptions: arrivals are Poisson; a limit order stands a geometric number of ticks from the
/// best of its side, a cancel takes a random level near the touch, a market order eats from the
/// touch; a hidden value moves as a random walk and pulls market orders to its side. It shows every
/// message that a venue sends; it is no model of real order flow.
package struct SyntheticMarket: MarketSource {
    /// What is traded.
    package let instruments: [MarketInstrument]
    /// Options in force.
    package let options: SyntheticOptions
    /// The first instant.
    package var startTime: Int64 { options.startTime }
    /// Never a recording.
    package var isRecorded: Bool { false }
    /// Nothing is unusable.
    package var unusable: Int64 { 0 }
    /// No recording.
    package var summary: String { "" }

    private var flows: [OrderFlow]

    /// A market of these instruments, at least one.
    package init(instruments: [MarketInstrument], options: SyntheticOptions) {
        precondition(!instruments.isEmpty, "a market has an instrument")
        self.instruments = instruments
        self.options = options
        flows = instruments.enumerated().map { OrderFlow($0.element, options, stream: $0.offset) }
    }

    /// The earliest next event of any instrument.
    package var nextTime: Int64? { flows.map(\.nextTime).min() }

    /// Fills the books and writes bars of the past.
    package mutating func begin(_ market: VenueMarket, _ updates: inout [MarketUpdate]) {
        for index in flows.indices { flows[index].begin(market.instruments[index], &updates) }
    }

    /// Does the next event.
    package mutating func step(
        _ market: VenueMarket, _ updates: inout [MarketUpdate]
    ) throws(Failure) {
        guard let index = flows.indices.min(by: { flows[$0].nextTime < flows[$1].nextTime })
        else { return }
        flows[index].step(market.instruments[index], &updates)
    }
}

/// The order flow of one instrument.
struct OrderFlow {
    private(set) var nextTime: Int64
    private let instrument: MarketInstrument
    private let options: SyntheticOptions
    private var random: SeededGenerator
    private var value: Int64
    private var update: Int64
    private var trade: Int64 = 1000
    private var aggregate: Int64 = 5000
    private var referenceTime: Int64
    private var openInterest: Int64

    /// Levels a side that are kept at least.
    private static let levelsMin = 30
    /// Levels a side at the start.
    private static let levelsAtStart = 60

    init(_ instrument: MarketInstrument, _ options: SyntheticOptions, stream: Int) {
        self.instrument = instrument
        self.options = options
        var mixer = SeededGenerator(seed: options.seed &+ UInt64(stream) &* 0x9E37_79B9)
        random = SeededGenerator(seed: mixer.next())
        value = instrument.startTick
        update = 1000 + Int64(stream) * 1_000_000
        nextTime = options.startTime
        referenceTime = options.startTime - options.startTime % 1_000_000_000
        openInterest = instrument.usualLots * 10_000
    }

    mutating func begin(_ market: InstrumentMarket, _ updates: inout [MarketUpdate]) {
        writeHistory(market)
        var bids: [MarketLevel] = []
        var asks: [MarketLevel] = []
        var (bid, ask) = (max(value - 1, 1), value + 1)
        for _ in 0..<Self.levelsAtStart {
            if bid >= 1 { bids.append(MarketLevel(tick: bid, lots: size())) }
            asks.append(MarketLevel(tick: ask, lots: size()))
            bid -= distance(3) + 1
            ask += distance(3) + 1
        }
        market.replace(
            BookChange(
                isSnapshot: true, firstUpdate: update, lastUpdate: update, previousUpdate: update,
                publication: 0, bids: bids, asks: asks, time: options.startTime),
            isStreamed: false, &updates)
        tellReference(market, at: options.startTime, &updates)
        nextTime = options.startTime + gap()
    }

    /// A walk of minute bars that ends at the start.
    private mutating func writeHistory(_ market: InstrumentMarket) {
        let minute: Int64 = 60_000_000_000
        let interval = BarInterval(seconds: 60)
        var start = options.startTime - options.startTime % minute
        start -= Int64(options.minutesBefore) * minute
        for _ in 0..<options.minutesBefore {
            var bar = MarketBar(openTime: start, tick: value)
            for _ in 0..<4 {
                value = max(10, value + signed(4))
                trade += 1
                bar.add(
                    MarketTrade(
                        id: trade, textID: nil, aggregateID: trade, firstID: trade,
                        lastID: trade, tick: value, lots: size(),
                        aggressor: random.next() & 1 == 0 ? .buy : .sell, time: start))
            }
            market.put(bar, interval: interval)
            start += minute
        }
    }

    mutating func step(_ market: InstrumentMarket, _ updates: inout [MarketUpdate]) {
        let time = nextTime
        nextTime += gap()
        if random.next() % 8 == 0 { value = max(10, value + signed(2)) }
        let quote = market.quote
        let bid = quote.bid.lots > 0 ? quote.bid.tick : max(1, value - 1)
        let ask = quote.ask.lots > 0 ? quote.ask.tick : value + 1
        switch random.next() % 100 {
        case 0..<12: eat(market, time, &updates)
        case 12..<55: cancel(market, time, &updates)
        default: rest(market, bid: bid, ask: ask, time, &updates)
        }
        if time - referenceTime >= 1_000_000_000 {
            referenceTime = time - time % 1_000_000_000
            tellReference(market, at: time, &updates)
        }
    }

    /// A limit order: joins a level near the touch, or betters it while there is room.
    private mutating func rest(
        _ market: InstrumentMarket, bid: Int64, ask: Int64, _ time: Int64,
        _ updates: inout [MarketUpdate]
    ) {
        let side = side(bid: bid, ask: ask, isTaker: false)
        let offset = distance(6) - 1
        let tick = side == .buy ? min(bid - offset, ask - 1) : max(ask + offset, bid + 1)
        guard tick >= 1 else { return }
        let lots = market.lots(side, tick: tick) &+ size()
        change(market, side, [MarketLevel(tick: tick, lots: lots)], time, &updates)
    }

    /// A cancel of part of a level near the touch, or all of it; sides never run dry.
    private mutating func cancel(
        _ market: InstrumentMarket, _ time: Int64, _ updates: inout [MarketUpdate]
    ) {
        let side: Side = random.next() & 1 == 0 ? .buy : .sell
        let levels = market.levels(side, depth: Self.levelsMin + 10)
        guard levels.count > 0 else { return }
        let level = levels[Int(distance(8)) % levels.count]
        let keeps = random.next() % 3 == 0 || levels.count < Self.levelsMin
        let lots = keeps ? level.lots / 2 : 0
        if levels.count < Self.levelsMin, lots == 0 {
            return addFar(market, side, levels, time, &updates)
        }
        change(market, side, [MarketLevel(tick: level.tick, lots: lots)], time, &updates)
    }

    /// Depth comes back behind the last level.
    private mutating func addFar(
        _ market: InstrumentMarket, _ side: Side, _ levels: [MarketLevel], _ time: Int64,
        _ updates: inout [MarketUpdate]
    ) {
        let step = distance(3) + 1
        let last = levels[levels.count - 1].tick
        let tick = side == .buy ? last - step : last + step
        guard tick >= 1 else { return }
        change(market, side, [MarketLevel(tick: tick, lots: size())], time, &updates)
    }

    /// A market order: takes from the touch, level by level, one trade each.
    private mutating func eat(
        _ market: InstrumentMarket, _ time: Int64, _ updates: inout [MarketUpdate]
    ) {
        let quote = market.quote
        guard quote.bid.lots > 0, quote.ask.lots > 0 else { return }
        let side = side(bid: quote.bid.tick, ask: quote.ask.tick, isTaker: true)
        let maker: Side = side == .buy ? .sell : .buy
        let levels = market.levels(maker, depth: 4)
        guard levels.count == 4 else { return }
        var left = size() / 2 + 1
        let isForced = options.hasReference && random.next() % 50 == 0
        if isForced { left = left &* 4 }
        var (forcedLots, lastTick) = (Int64(0), Int64(0))
        for level in levels.dropLast() where left > 0 {
            let lots = min(left, level.lots)
            left -= lots
            trade += 1
            let first = trade
            // Some orders meet several resting ones: an aggregate has more than one trade.
            if random.next() % 4 == 0 { trade += Int64(random.next() % 3) }
            change(
                market, maker, [MarketLevel(tick: level.tick, lots: level.lots - lots)], time,
                &updates)
            market.add(
                MarketTrade(
                    id: trade, textID: nil, aggregateID: nextAggregate(), firstID: first,
                    lastID: trade, tick: level.tick, lots: lots, aggressor: side, time: time),
                &updates)
            forcedLots += lots
            lastTick = level.tick
        }
        guard isForced else { return }
        let forced = MarketLiquidation(
            side: side, price: instrument.price(lastTick),
            quantity: instrument.quantity(forcedLots), time: time)
        updates.append(MarketUpdate(market.index, .liquidation(forced)))
    }

    private mutating func nextAggregate() -> Int64 {
        aggregate += 1
        return aggregate
    }

    private mutating func change(
        _ market: InstrumentMarket, _ side: Side, _ levels: [MarketLevel], _ time: Int64,
        _ updates: inout [MarketUpdate]
    ) {
        let previous = update
        update += options.updateStep
        market.set(
            BookChange(
                isSnapshot: false, firstUpdate: options.updateStep == 1 ? update : update - 1,
                lastUpdate: update, previousUpdate: previous, publication: 0,
                bids: side == .buy ? levels : [], asks: side == .sell ? levels : [], time: time),
            isRecorded: false, &updates)
    }

    private mutating func tellReference(
        _ market: InstrumentMarket, at time: Int64, _ updates: inout [MarketUpdate]
    ) {
        guard options.hasReference else { return }
        let interval: Int64 = 28_800_000_000_000
        let quote = market.quote
        let middle = (quote.bid.tick + quote.ask.tick) / 2
        market.tell(
            MarketReference(
                mark: instrument.price(max(1, middle)), index: instrument.price(max(1, value)),
                fundingRate: decimalText(Int128(10_000 + signed(5) * 100), scale: 8),
                nextFundingTime: time - time % interval + interval, time: time), &updates)
        openInterest = max(1, openInterest + signed(10) * instrument.usualLots)
        market.tell(
            openInterest: instrument.quantity(openInterest), time: time, &updates)
    }

    // Draws.

    /// Time to the next event: exponential, in whole µs.
    private mutating func gap() -> Int64 {
        let rate = Double(min(max(options.eventsPerSecond, 1), 100_000))
        let unit = Double(random.next() >> 11) / Double(1 << 53)
        let micros = (-log(1 - unit) / rate * 1_000_000).rounded(.up)
        return max(1, Int64(min(micros, 60_000_000))) * 1000
    }

    /// Geometric from 0 with about this mean.
    private mutating func distance(_ mean: UInt64) -> Int64 {
        var steps: Int64 = 0
        while steps < 60, random.next() % (mean + 1) != 0 { steps += 1 }
        return steps
    }

    private mutating func signed(_ limit: Int64) -> Int64 {
        Int64(random.next() % UInt64(2 * limit + 1)) - limit
    }

    /// From 1 lot to twice the usual size.
    private mutating func size() -> Int64 {
        1 + Int64(random.next() % UInt64(max(1, instrument.usualLots * 2)))
    }

    /// The side of an order: takers push the touch to the hidden value, makers stand against it.
    private mutating func side(bid: Int64, ask: Int64, isTaker: Bool) -> Side {
        let middle = (bid + ask) / 2
        let pull: UInt64 = value == middle ? 50 : (value > middle ? 75 : 25)
        let isBuy = random.next() % 100 < (isTaker ? pull : 50)
        return isBuy ? .buy : .sell
    }
}
