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
    @exclusivity(unchecked) var requests = MessageQueue<(request: VenueRequest, sent: Int64)>()
    @exclusivity(unchecked) var responses = MessageQueue<OrderEvent>()
    @exclusivity(unchecked) var orders: [VenueOrder] = []
    @exclusivity(unchecked) var watch = WatchRange()
    /// Set with every answer given; the feed resets it to see whether an event was answered.
    @exclusivity(unchecked) var hasAnswered = false
    @exclusivity(unchecked) var positionLots: Int64 = 0
    weak var observer: (any VenueObserver)?
    private var cash: VenueCash?

    let lotSize: Double
    private let lotMantissa: Double
    private let lotDivisor: Double
    /// What our own taking has used up of levels that have not changed since.
    @exclusivity(unchecked) var consumed: [(side: Side, tick: Int64, lots: Int64)] = []

    /// A venue without orders.
    public init(settings: VenueSettings) {
        self.settings = settings
        cash = settings.cash
        let lot = settings.instrument.lotSize
        lotMantissa = Double(lot.mantissa)
        lotDivisor = Double(powerOfTen(lot.scale))
        lotSize = lotMantissa / lotDivisor
        orders.reserveCapacity(64)
    }

    var isUpstream: Bool { settings.conduct == .upstream }

    /// A size in quantity units.
    func value(_ lots: Int64) -> Double { Double(lots) * lotMantissa / lotDivisor }

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
        hasAnswered = true
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

    /// Why the venue's rules refuse an order, or nil. `lots` is what is to be open of it; for a
    /// reduce-only order it is cut to the position. `amended` is the order that it replaces.
    private func refusal(
        of request: OrderRequest, _ market: UnsafePointer<MarketState>, _ lots: inout Int64,
        amended: ClientOrderID? = nil
    ) -> OrderReason? {
        if lots < 1 { return .quantityRule }
        if isUpstream { return nil }
        let instrument = settings.instrument
        if request.type == .limit, request.price.ticks <= 0 { return .priceRule }
        if request.quantity < instrument.minimumQuantity { return .quantityRule }
        let reducible = max(0, -positionLots * request.side.sign)
        if request.reduceOnly {
            if reducible == 0 { return .reduceOnly }
            lots = min(lots, reducible)
            return nil
        }
        if settings.needsHolding, request.side == .sell,
            reducible - restingSells(without: amended) < lots
        {
            return .insufficientBalance
        }
        let (best, ask) = (market.pointee.book.bestBid, market.pointee.book.bestAsk)
        let isLimit = request.type == .limit
        if let cash, request.side == .buy, isLimit || ask != OrderBook.noAsk,
            !cash.pays(
                tick: isLimit ? request.price.ticks : ask, lots: lots, orders: orders,
                replaced: amended)
        {
            return .insufficientBalance
        }
        // Market orders count at the best bid.
        let tick = isLimit ? request.price.ticks : max(0, best)
        let isBelow = instrument.isBelowMinimumNotional(ticks: tick, lots: request.quantity.lots)
        return isBelow ? .minimumNotional : nil
    }

    private func restingSells(without id: ClientOrderID?) -> Int64 {
        var lots: Int64 = 0
        for order in orders where order.side == .sell && order.id != id { lots += order.leaves }
        return lots
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
        if !isUpstream, price.ticks <= 0 {
            respond(id, .requestRefused(.priceRule), leaves: order.leaves, at: time, .amend)
            return
        }
        let filled = order.lots - order.leaves
        var leaves = quantity.lots - filled
        guard leaves > 0 else {
            orders.remove(at: index)
            respond(id, .ended(.canceled, .none), leaves: order.leaves, at: time, .amend)
            return
        }
        let request = OrderRequest(
            order.side, quantity, at: price, timeInForce: order.timeInForce,
            reduceOnly: order.reduceOnly)
        if let reason = refusal(of: request, market, &leaves, amended: id) {
            respond(id, .requestRefused(reason), leaves: order.leaves, at: time, .amend)
            return
        }
        let quantity = Quantity(lots: filled + leaves)
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
                let taken = execute(
                    &order, lots, tick, isMaker: false, time, Double.nan, market)
                if !isUpstream, taken > 0 { consume(side, tick, taken) }
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
        for index in consumed.indices
        where consumed[index].side == side && consumed[index].tick == tick {
            consumed[index].lots += lots
            return
        }
        consumed.append((side, tick, lots))
    }

    // MARK: Executions

    /// Executes part of an order: books it at the venue and answers. `order.leaves` goes down.
    /// Returns the lots executed: a reduce-only order may be cut, or end without any.
    @discardableResult
    func execute(
        _ order: inout VenueOrder, _ wanted: Int64, _ tick: Int64, isMaker: Bool, _ time: Int64,
        _ ahead: Double, _ market: UnsafePointer<MarketState>, doubleMid: Int64? = nil
    ) -> Int64 {
        var lots = wanted
        if order.reduceOnly {
            lots = min(lots, max(0, -positionLots * order.side.sign))
            guard lots > 0 else {
                respond(
                    order.id, .ended(.canceled, .reduceOnly), leaves: order.leaves, at: time)
                order.leaves = 0
                return 0
            }
        }
        order.leaves -= lots
        cash?.book(order.side, tick: tick, lots: lots, isMaker: isMaker)
        // Far beyond what an account can book: the account reports it, this one must not trap.
        positionLots = min(max(positionLots + order.side.sign * lots, -(1 << 61)), 1 << 61)
        let book = market.pointee.book.isTwoSided
        let mid = book ? market.pointee.book.bestBid + market.pointee.book.bestAsk : 0
        observer?.orderExecuted(
            order.id, ahead: ahead / lotSize, doubleMid: doubleMid ?? mid, time: time)
        respond(
            order.id,
            .filled(
                price: Price(ticks: tick), quantity: Quantity(lots: lots), isMaker: isMaker),
            leaves: order.leaves, at: time)
        if order.reduceOnly, order.leaves > 0, positionLots * order.side.sign >= 0 {
            // It ends with the position that it was to reduce.
            respond(order.id, .ended(.canceled, .reduceOnly), leaves: order.leaves, at: time)
            order.leaves = 0
        }
        return lots
    }

    // MARK: What to look at

    /// Brings ``watch`` in line with the orders that rest.
    func updateWatch() {
        watch = WatchRange()
        for order in orders { watch.include(order.side, tick: order.tick) }
        if !consumed.isEmpty { watch.includeEverything() }
    }
}
