// The replay again, one event at a time: the twin that the batching one is held against.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletStrategies
import MartletTesting

/// Four sources; always the earliest event, ties in the order: rows received, answers heard, rows
/// made at the venue, requests handled there. Then timers. Nothing is ever run ahead.
final class NaiveReplay {
    let market: RandomMarket
    let settings: VenueSettings
    var engine: Engine
    let log = RunLog()
    private var localBook: NaiveBook
    private var venueBook: NaiveBook
    private var venue: NaiveVenue
    private let state: UnsafeMutablePointer<MarketState>
    private var requests: [(time: Int64, request: VenueRequest)] = []
    private var responses: [(time: Int64, event: OrderEvent)] = []
    private var timers: [Int: Int64] = [:]
    private var nextLocal = 0
    private var nextVenue = 0
    private let venueOrder: [(time: Int64, row: EventRow)]

    init(_ market: RandomMarket, _ settings: VenueSettings, _ make: (MarketView) -> Engine) {
        self.market = market
        self.settings = settings
        let rules = market.source.conduct == .plain ? BookRules.plain : .skipStale
        localBook = NaiveBook(rules: rules)
        venueBook = NaiveBook(rules: rules)
        venue = NaiveVenue(settings)
        state = .allocate(capacity: 1)
        state.initialize(to: MarketState(rules: rules, status: .live))
        engine = make(MarketView(UnsafePointer(state)))
        var order: [(Int64, EventRow)] = []
        var latest = Int64.min
        for segment in market.segments {
            let sorted = segment.enumerated().sorted {
                ($0.element.exchangeTime, $0.offset) < ($1.element.exchangeTime, $1.offset)
            }
            for (_, row) in sorted {
                latest = max(latest, row.exchangeTime)
                order.append((latest, row))
            }
        }
        venueOrder = order
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    var bookHash: StableHash { localBook.stateHash() }

    func run() throws {
        let start = market.source.startTime
        let end = market.source.endTime
        while nextVenue < venueOrder.count, venueOrder[nextVenue].time < start {
            venueRow(silent: true)
        }
        while nextLocal < market.arrivals.count, market.arrivals[nextLocal].time < start {
            try localMessage(silent: true)
        }
        try give(.start, at: start)
        while true {
            let times = [
                nextLocal < market.arrivals.count ? market.arrivals[nextLocal].time : Int64.max,
                responses.first?.time ?? Int64.max,
                nextVenue < venueOrder.count ? venueOrder[nextVenue].time : Int64.max,
                requests.first?.time ?? Int64.max,
            ]
            let timer = timers.min { ($0.value, $0.key) < ($1.value, $1.key) }
            let first = times.min() ?? Int64.max
            if first <= min(end, timer?.value ?? Int64.max) {
                switch times.firstIndex(of: first) {
                case 0: try localMessage(silent: false)
                case 1:
                    let (time, event) = responses.removeFirst()
                    try give(.order(event), at: time)
                    log.heard(event, account: engine.account)
                case 2: venueRow(silent: false)
                default:
                    while let head = requests.first, head.time == first {
                        requests.removeFirst()
                        venue.handle(head.request, venueBook)
                        answer(at: first)
                    }
                }
            } else if let timer, timer.value < end {
                timers[timer.key] = nil
                try give(.timer(TimerID(timer.key)), at: timer.value)
            } else {
                return
            }
        }
    }

    private func give(_ input: EngineInput, at time: Int64) throws {
        try engine.handle(input, at: time)
        for effect in engine.effects {
            log.requested(effect, at: time, market: MarketView(UnsafePointer(state)))
            switch effect {
            case .submit(let id, let request): send(.submit(id, request), time)
            case .cancel(let id): send(.cancel(id), time)
            case .amend(let id, let price, let quantity):
                send(.amend(id, price, quantity), time)
            case .setTimer(let timer, let due): timers[timer.number] = due
            }
        }
    }

    private func send(_ request: VenueRequest, _ now: Int64) {
        if let latency = settings.latency.entry(request.action, at: now) {
            requests.append((max(now + latency, requests.last?.time ?? 0), request))
            return
        }
        let time = max(now + settings.latency.refusalDelay(at: now), responses.last?.time ?? 0)
        responses.append(
            (
                time,
                OrderEvent(
                    id: request.id, kind: .requestRefused(.notDelivered), leaves: .zero,
                    exchangeTime: 0, receiveTime: time)
            ))
    }

    /// Sends what the venue answered to the event of `time`.
    private func answer(at time: Int64) {
        for (id, kind, leaves, action) in venue.answers {
            let due = max(
                time + settings.latency.response(action, at: time), responses.last?.time ?? 0)
            responses.append(
                (
                    due,
                    OrderEvent(
                        id: id, kind: kind, leaves: Quantity(lots: leaves), exchangeTime: time,
                        receiveTime: due)
                ))
        }
        venue.answers.removeAll()
    }

    private func venueRow(silent: Bool) {
        let (time, row) = venueOrder[nextVenue]
        nextVenue += 1
        guard let side = row.side else { return }
        switch row.kind {
        case .level:
            if row.flags.contains(.clear) {
                if !row.flags.contains(.emptySide) { venueBook.clear(side, lastTick: row.price) }
                return
            }
            let old = venueBook.best(side)
            let previous = venueBook.set(side, tick: row.price, lots: row.quantity)
            if silent { return }
            venue.level(
                side, row.price, previous: previous, new: row.quantity, old: old, venueBook)
            answer(at: time)
        case .trade:
            if silent || row.flags.contains(.nonMarket) { return }
            venue.trade(aggressor: side, row.price, row.quantity)
            answer(at: time)
        default: return
        }
    }

    private func localMessage(silent: Bool) throws {
        let (time, rows) = market.arrivals[nextLocal]
        nextLocal += 1
        var trades: [TradePrint] = []
        var changed = false
        for row in rows {
            switch row.kind {
            case .level:
                guard let side = row.side else { continue }
                changed = true
                if row.flags.contains(.clear) {
                    if row.flags.contains(.emptySide) { continue }
                    localBook.clear(side, lastTick: row.price)
                    state.pointee.book.clear(side, lastTick: row.price)
                } else {
                    localBook.set(side, tick: row.price, lots: row.quantity)
                    state.pointee.book.set(side, tick: row.price, lots: row.quantity)
                }
            case .trade where !row.flags.contains(.nonMarket):
                trades.append(
                    TradePrint(
                        price: Price(ticks: row.price), quantity: Quantity(lots: row.quantity),
                        aggressor: row.side, exchangeTime: row.exchangeTime))
                state.pointee.lastTradeTick = row.price
                state.pointee.tradeCount += 1
            default: continue
            }
        }
        if silent { return }
        if engine.subscriptions.contains(.trades) {
            for trade in trades { try give(.trade(trade), at: time) }
        }
        if changed, engine.subscriptions.contains(.book) { try give(.bookChanged, at: time) }
    }
}
