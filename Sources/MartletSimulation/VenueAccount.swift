// The venue's side of one configuration: its resting orders, and how the recorded market fills them.

import MartletBook
import MartletEngine
import MartletModel

/// Our orders at the simulated venue, and the two roads to it.
///
/// Assumptions: our orders leave the recorded market as it is (no impact: optimistic, the more so
/// the larger they are); orders join behind everything displayed; hidden orders do not exist
/// (optimistic); the venue handles requests in the order in which they arrive and never fails.
/// An identity, because engine, replay and observer all refer to the same venue state.
public final class VenueAccount {
    let settings: VenueSettings
    var requests = MessageQueue<(request: VenueRequest, sent: Int64)>()
    var responses = MessageQueue<OrderEvent>()
    var orders: [VenueOrder] = []
    var watch = WatchRange()
    var positionLots: Int64 = 0
    weak var observer: (any VenueObserver)?

    private let lotSize: Double
    private let lotMantissa: Double
    private let lotDivisor: Double
    private var consumed: [(side: Side, tick: Int64, lots: Int64)] = []

    /// A venue without orders.
    public init(settings: VenueSettings) {
        self.settings = settings
        let lot = settings.instrument.lotSize
        lotMantissa = Double(lot.mantissa)
        lotDivisor = Double(powerOfTen(lot.scale))
        lotSize = lotMantissa / lotDivisor
        orders.reserveCapacity(64)
    }

    private var isUpstream: Bool { settings.conduct == .upstream }

    private func value(_ lots: Int64) -> Double { Double(lots) * lotMantissa / lotDivisor }

    // MARK: Requests

    /// Puts a request on its way.
    func send(_ request: VenueRequest, at now: Int64) {
        if let latency = settings.latency.entry(request.action, at: now) {
            requests.append((request, now), at: now + latency)
        } else {
            let time = responses.arrival(for: now + settings.latency.refusalDelay(at: now))
            responses.append(
                OrderEvent(
                    id: request.id, kind: .requestRefused(.notDelivered), leaves: .zero,
                    exchangeTime: 0, receiveTime: time), at: time)
        }
    }

    /// Handles every request that arrives at or before `time`, against the venue's book.
    func handleRequests(upTo time: Int64, market: UnsafePointer<MarketState>) {
        while requests.nextTime <= time, let (arrival, message) = requests.popFirst() {
            observer?.requestHandled(message.request.id, sent: message.sent, handled: arrival)
            switch message.request {
            case .submit(let id, let request): submit(id, request, arrival, market)
            case .cancel(let id): cancel(id, arrival)
            case .amend(let id, let price, let quantity):
                amend(id, price, quantity, arrival, market)
            }
            updateWatch()
        }
    }

    private func respond(
        _ id: ClientOrderID, _ kind: OrderEvent.Kind, leaves: Int64, at time: Int64,
        _ action: LatencyModel.Action = .submit
    ) {
        let arrival = responses.arrival(
            for: time + settings.latency.response(action, at: time))
        responses.append(
            OrderEvent(
                id: id, kind: kind, leaves: Quantity(lots: leaves), exchangeTime: time,
                receiveTime: arrival), at: arrival)
    }

    private func submit(
        _ id: ClientOrderID, _ request: OrderRequest, _ time: Int64,
        _ market: UnsafePointer<MarketState>
    ) {
        var lots = request.quantity.lots
        if let reason = refusal(of: request, market, &lots) {
            respond(id, .ended(.rejected, reason), leaves: lots, at: time)
            return
        }
        let order = VenueOrder(
            id: id, side: request.side, timeInForce: request.timeInForce,
            isMarket: request.type == .market, reduceOnly: request.reduceOnly,
            tick: request.price.ticks, lots: lots, leaves: lots, place: .init(front: 0))
        enter(order, time, market, isAmend: false)
    }

    /// Why the venue's rules refuse an order, or nil; a reduce-only size is cut to the position.
    private func refusal(
        of request: OrderRequest, _ market: UnsafePointer<MarketState>, _ lots: inout Int64
    ) -> OrderReason? {
        if isUpstream { return nil }
        let instrument = settings.instrument
        if request.type == .limit, request.price.ticks <= 0 { return .priceRule }
        if lots < instrument.minimumQuantity.lots { return .quantityRule }
        let reducible = max(0, -positionLots * request.side.sign)
        if request.reduceOnly {
            if reducible == 0 { return .reduceOnly }
            lots = min(lots, reducible)
        } else if settings.needsHolding, request.side == .sell, reducible < lots {
            return .insufficientBalance
        } else if instrument.minimumNotional.mantissa > 0, instrument.kind != .inverse {
            let book = market.pointee.book.bestBid
            let tick = request.type == .limit ? request.price.ticks : max(0, book)
            let scale =
                instrument.tickSize.scale + instrument.lotSize.scale + instrument.multiplier.scale
            let value =
                Double(tick) * Double(lots) * Double(instrument.tickSize.mantissa)
                * lotMantissa * Double(instrument.multiplier.mantissa)
            if value < instrument.minimumNotional.doubleValue * Double(powerOfTen(min(scale, 18))) {
                return .minimumNotional
            }
        }
        return nil
    }

    private func cancel(_ id: ClientOrderID, _ time: Int64) {
        guard let index = orders.firstIndex(where: { $0.id == id }) else {
            respond(id, .requestRefused(.unknownOrder), leaves: 0, at: time, .cancel)
            return
        }
        let order = orders.remove(at: index)
        respond(id, .ended(.canceled, .none), leaves: order.leaves, at: time, .cancel)
    }

    private func amend(
        _ id: ClientOrderID, _ price: Price, _ quantity: Quantity, _ time: Int64,
        _ market: UnsafePointer<MarketState>
    ) {
        guard let index = orders.firstIndex(where: { $0.id == id }) else {
            respond(id, .requestRefused(.unknownOrder), leaves: 0, at: time, .amend)
            return
        }
        var order = orders[index]
        let leaves = quantity.lots - (order.lots - order.leaves)
        guard leaves > 0 else {
            orders.remove(at: index)
            respond(id, .ended(.canceled, .none), leaves: order.leaves, at: time, .amend)
            return
        }
        let keeps =
            settings.amendRule == .keepsPriorityWhenSmaller && price.ticks == order.tick
            && leaves <= order.leaves
        order.tick = price.ticks
        order.lots = quantity.lots
        order.leaves = leaves
        respond(
            id, .amended(price: price, quantity: quantity), leaves: leaves, at: time, .amend)
        if keeps {
            orders[index] = order
        } else {
            orders.remove(at: index)
            enter(order, time, market, isAmend: true)
        }
    }

    // MARK: Arrival

    /// Matches an arriving order against the book, then rests or ends what is left.
    private func enter(
        _ arriving: VenueOrder, _ time: Int64, _ market: UnsafePointer<MarketState>, isAmend: Bool
    ) {
        var order = arriving
        let opposite =
            order.side == .buy ? market.pointee.book.bestAsk : market.pointee.book.bestBid
        let none = order.side == .buy ? OrderBook.noAsk : OrderBook.noBid
        if order.isMarket { order.tick = order.side == .buy ? Int64.max - 1 : Int64.min + 1 }
        let crosses =
            opposite != none
            && (order.side == .buy ? order.tick >= opposite : order.tick <= opposite)
        if crosses {
            if order.timeInForce == .gtx {
                respond(
                    order.id, .ended(.canceled, .postOnlyWouldCross), leaves: order.leaves, at: time
                )
                return
            }
            if settings.fillModel == .noPartial {
                execute(&order, order.leaves, opposite, isMaker: false, time, Double.nan, market)
            } else {
                take(&order, from: opposite, time, market)
            }
            if order.leaves == 0 { return }
        }
        if order.isMarket || order.timeInForce == .ioc || order.timeInForce == .fok {
            let reason: OrderReason =
                order.timeInForce == .fok ? .notFillable : .immediateRest
            respond(order.id, .ended(.expired, reason), leaves: order.leaves, at: time)
            return
        }
        let ahead = market.pointee.book.lots(order.side, tick: order.tick)
        order.place = QueueModel.Place(front: value(ahead))
        orders.append(order)
        observer?.orderRested(order.id, ahead: Double(ahead))
        if !isAmend { respond(order.id, .accepted, leaves: order.leaves, at: time) }
    }

    /// Takes level by level up to the limit; FOK only if that fills it whole.
    private func take(
        _ order: inout VenueOrder, from best: Int64, _ time: Int64,
        _ market: UnsafePointer<MarketState>
    ) {
        let side = order.side.opposite
        func isWithin(_ tick: Int64) -> Bool {
            order.side == .buy ? tick <= order.tick : tick >= order.tick
        }
        if order.timeInForce == .fok {
            var found: Int64 = 0
            var next: Int64? = best
            while let tick = next, isWithin(tick), found < order.leaves {
                found += available(side, tick, market)
                next = market.pointee.book.nextLevel(side, beyond: tick)
            }
            if found < order.leaves { return }
        }
        var next: Int64? = best
        while let tick = next, isWithin(tick), order.leaves > 0 {
            let lots = min(available(side, tick, market), order.leaves)
            if lots > 0 {
                execute(&order, lots, tick, isMaker: false, time, Double.nan, market)
                if !isUpstream { consume(side, tick, lots) }
            }
            next = market.pointee.book.nextLevel(side, beyond: tick)
        }
        if isUpstream, order.leaves > 0, order.timeInForce == .gtc, !order.isMarket {
            execute(&order, order.leaves, order.tick, isMaker: false, time, Double.nan, market)
        }
    }

    /// What a level still offers us: its size less what we took since it last changed.
    private func available(
        _ side: Side, _ tick: Int64, _ market: UnsafePointer<MarketState>
    ) -> Int64 {
        var lots = market.pointee.book.lots(side, tick: tick)
        for taken in consumed where taken.side == side && taken.tick == tick { lots -= taken.lots }
        return max(0, lots)
    }

    private func consume(_ side: Side, _ tick: Int64, _ lots: Int64) {
        consumed.append((side, tick, lots))
    }

    // MARK: Executions

    /// Executes part of an order: books it at the venue and answers. `order.leaves` goes down.
    private func execute(
        _ order: inout VenueOrder, _ wanted: Int64, _ tick: Int64, isMaker: Bool, _ time: Int64,
        _ ahead: Double, _ market: UnsafePointer<MarketState>, doubleMid: Int64? = nil
    ) {
        var lots = wanted
        if order.reduceOnly {
            lots = min(lots, max(0, -positionLots * order.side.sign))
            guard lots > 0 else {
                respond(
                    order.id, .ended(.canceled, .reduceOnly), leaves: order.leaves, at: time)
                order.leaves = 0
                return
            }
        }
        order.leaves -= lots
        positionLots += order.side.sign * lots
        let book = market.pointee.book.isTwoSided
        let mid = book ? market.pointee.book.bestBid + market.pointee.book.bestAsk : 0
        observer?.orderExecuted(
            order.id, ahead: ahead / lotSize, doubleMid: doubleMid ?? mid, time: time)
        respond(
            order.id,
            .filled(
                price: Price(ticks: tick), quantity: Quantity(lots: lots), isMaker: isMaker),
            leaves: order.leaves, at: time)
    }

    /// A level of the book changed; `oldBest` is the best of its side before, `doubleMid` twice the
    /// mid before (0 when none).
    func levelChanged(
        _ side: Side, tick: Int64, previous: Int64, new: Int64, oldBest: Int64, doubleMid: Int64,
        time: Int64, market: UnsafePointer<MarketState>
    ) {
        if !consumed.isEmpty { consumed.removeAll { $0.side == side && $0.tick == tick } }
        for index in orders.indices where orders[index].tick == tick && orders[index].side == side {
            settings.queue.change(
                &orders[index].place, previous: value(previous), new: value(new))
        }
        let best = side == .buy ? market.pointee.book.bestBid : market.pointee.book.bestAsk
        let improved = side == .buy ? best > oldBest : best < oldBest
        if improved {
            fillThrough(
                side.opposite, tick: best, inclusive: true, offered: new, time, doubleMid, market)
        }
        removeFinished()
    }

    /// The book was put together anew, or changed without a known size before: places shrink to the
    /// displayed sizes, and orders that the market now stands beyond are filled.
    func bookReplaced(time: Int64, market: UnsafePointer<MarketState>) {
        consumed.removeAll(keepingCapacity: true)
        for index in orders.indices {
            let lots = market.pointee.book.lots(orders[index].side, tick: orders[index].tick)
            orders[index].place.front = Double.minimum(orders[index].place.front, value(lots))
        }
        for side in Side.allCases {
            let best = side == .buy ? market.pointee.book.bestBid : market.pointee.book.bestAsk
            guard best != OrderBook.noBid, best != OrderBook.noAsk else { continue }
            let lots = market.pointee.book.lots(side, tick: best)
            fillThrough(
                side.opposite, tick: best, inclusive: true, offered: lots, time, 0, market)
        }
        removeFinished()
    }

    /// A public trade happened at the venue.
    func traded(
        aggressor: Side, tick: Int64, lots: Int64, time: Int64, market: UnsafePointer<MarketState>
    ) {
        let book = market.pointee.book.isTwoSided
        let doubleMid = book ? market.pointee.book.bestBid + market.pointee.book.bestAsk : 0
        let side = aggressor.opposite
        var offered = lots
        offered = fillThrough(
            side, tick: tick, inclusive: false, offered: offered, time, doubleMid, market)
        for index in orders.indices where orders[index].tick == tick && orders[index].side == side {
            let ahead = orders[index].place.front
            settings.queue.trade(&orders[index].place, quantity: value(lots))
            let executable = settings.queue.takeExecutable(&orders[index].place, lotSize: lotSize)
            guard executable > 0 else { continue }
            var size = orders[index].leaves
            if settings.fillModel == .partial { size = min(size, executable) }
            if limitsOffer { size = min(size, offered) }
            guard size > 0 else { continue }
            offered -= size
            execute(
                &orders[index], size, tick, isMaker: true, time, ahead, market,
                doubleMid: doubleMid)
        }
        removeFinished()
    }

    /// Whether an event fills at most its own size, shared among our orders.
    private var limitsOffer: Bool { !isUpstream && settings.fillModel == .partial }

    /// Fills orders of a side that the market went through: sells below `tick`, buys above it, with
    /// `inclusive` also those at it. Best price first, then age. Returns what is left of the offer.
    @discardableResult
    private func fillThrough(
        _ side: Side, tick: Int64, inclusive: Bool, offered: Int64, _ time: Int64,
        _ doubleMid: Int64, _ market: UnsafePointer<MarketState>
    ) -> Int64 {
        var left = offered
        while !limitsOffer || left > 0 {
            var chosen = -1
            for index in orders.indices where orders[index].side == side && orders[index].leaves > 0
            {
                let own = orders[index].tick
                let isThrough =
                    side == .sell
                    ? own < tick || (inclusive && own == tick)
                    : own > tick || (inclusive && own == tick)
                guard isThrough else { continue }
                if chosen < 0
                    || (side == .sell ? own < orders[chosen].tick : own > orders[chosen].tick)
                {
                    chosen = index
                }
            }
            guard chosen >= 0 else { break }
            let size = limitsOffer ? min(orders[chosen].leaves, left) : orders[chosen].leaves
            left -= min(left, size)
            let ahead = orders[chosen].place.front
            orders[chosen].place.front = 0
            execute(
                &orders[chosen], size, orders[chosen].tick, isMaker: true, time, ahead, market,
                doubleMid: doubleMid)
        }
        return left
    }

    private func removeFinished() {
        guard orders.contains(where: { $0.leaves == 0 }) else { return }
        orders.removeAll { $0.leaves == 0 }
        updateWatch()
    }

    private func updateWatch() {
        watch = WatchRange()
        for order in orders { watch.include(order.side, tick: order.tick) }
        if !consumed.isEmpty { watch.includeEverything() }
    }
}
