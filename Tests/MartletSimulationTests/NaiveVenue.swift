// The simulated venue again, as plainly as its rules can be said: the twin of VenueAccount.

import MartletEngine
import MartletModel
@testable import MartletSimulation
import MartletTesting

/// Orders in an array, the book in a dictionary, every rule a line.
struct NaiveVenue {
    struct Resting {
        let id: ClientOrderID
        let side: Side
        let timeInForce: TimeInForce
        let isMarket: Bool
        let reduceOnly: Bool
        var tick: Int64
        var lots: Int64
        var leaves: Int64
        var place: QueueModel.Place
    }

    let settings: VenueSettings
    var orders: [Resting] = []
    var position: Int64 = 0
    var consumed: [Side: [Int64: Int64]] = [.buy: [:], .sell: [:]]
    /// Answers of the event being handled, in order.
    var answers: [(id: ClientOrderID, kind: OrderEvent.Kind, leaves: Int64, LatencyModel.Action)] =
        []

    init(_ settings: VenueSettings) { self.settings = settings }

    private var isUpstream: Bool { settings.conduct == .upstream }
    private var isPartial: Bool { settings.fillModel == .partial }

    private func size(_ lots: Int64) -> Double {
        let lot = settings.instrument.lotSize
        return Double(lots) * Double(lot.mantissa) / Double(powerOfTen(lot.scale))
    }

    private mutating func answer(
        _ id: ClientOrderID, _ kind: OrderEvent.Kind, _ leaves: Int64,
        _ action: LatencyModel.Action = .submit
    ) { answers.append((id, kind, leaves, action)) }

    // MARK: Requests

    mutating func handle(_ request: VenueRequest, _ book: NaiveBook) {
        switch request {
        case .cancel(let id):
            guard let order = orders.first(where: { $0.id == id }) else {
                return answer(id, .requestRefused(.unknownOrder), 0, .cancel)
            }
            orders.removeAll { $0.id == id }
            answer(id, .ended(.canceled, .none), order.leaves, .cancel)
        case .amend(let id, let price, let quantity): amend(id, price, quantity, book)
        case .submit(let id, let request):
            var lots = request.quantity.lots
            if let reason = refusal(request, &lots, book) {
                return answer(id, .ended(.rejected, reason), lots)
            }
            arrive(
                Resting(
                    id: id, side: request.side, timeInForce: request.timeInForce,
                    isMarket: request.type == .market, reduceOnly: request.reduceOnly,
                    tick: request.price.ticks, lots: lots, leaves: lots,
                    place: QueueModel.Place(front: 0)), book, isNew: true)
        }
    }

    private func refusal(
        _ request: OrderRequest, _ lots: inout Int64, _ book: NaiveBook,
        replacing id: ClientOrderID? = nil
    ) -> OrderReason? {
        if lots < 1 { return .quantityRule }
        if isUpstream { return nil }
        let instrument = settings.instrument
        if request.type == .limit && request.price.ticks <= 0 { return .priceRule }
        if request.quantity < instrument.minimumQuantity { return .quantityRule }
        let reducible = max(0, request.side == .buy ? -position : position)
        if request.reduceOnly {
            if reducible == 0 { return .reduceOnly }
            lots = min(lots, reducible)
            return nil
        }
        if settings.needsHolding && request.side == .sell {
            let others = orders.filter { $0.side == .sell && $0.id != id }
            let offered = others.reduce(0) { $0 + $1.leaves }
            if reducible - offered < lots { return .insufficientBalance }
        }
        let tick = request.type == .limit ? request.price.ticks : book.best(.buy) ?? 0
        let value =
            Double(tick) * instrument.tickSize.doubleValue * size(request.quantity.lots)
            * instrument.multiplier.doubleValue
        return value < instrument.minimumNotional.doubleValue ? .minimumNotional : nil
    }

    private mutating func amend(
        _ id: ClientOrderID, _ price: Price, _ quantity: Quantity, _ book: NaiveBook
    ) {
        guard let index = orders.firstIndex(where: { $0.id == id }) else {
            return answer(id, .requestRefused(.unknownOrder), 0, .amend)
        }
        if !isUpstream, price.ticks <= 0 {
            return answer(id, .requestRefused(.priceRule), orders[index].leaves, .amend)
        }
        var order = orders[index]
        let filled = order.lots - order.leaves
        var leaves = quantity.lots - filled
        if leaves <= 0 {
            orders.remove(at: index)
            return answer(id, .ended(.canceled, .none), order.leaves, .amend)
        }
        let wanted = OrderRequest(
            order.side, quantity, at: price, timeInForce: order.timeInForce,
            reduceOnly: order.reduceOnly)
        if let reason = refusal(wanted, &leaves, book, replacing: id) {
            return answer(id, .requestRefused(reason), order.leaves, .amend)
        }
        let quantity = Quantity(lots: filled + leaves)
        let keeps =
            settings.amendRule == .keepsPriorityWhenSmaller && order.tick == price.ticks
            && leaves <= order.leaves
        order.tick = price.ticks
        order.lots = quantity.lots
        order.leaves = leaves
        answer(id, .amended(price: price, quantity: quantity), leaves, .amend)
        if keeps {
            orders[index] = order
        } else {
            orders.remove(at: index)
            arrive(order, book, isNew: false)
        }
    }

    private mutating func arrive(_ arriving: Resting, _ book: NaiveBook, isNew: Bool) {
        var order = arriving
        let opposite = order.side.opposite
        func reaches(_ tick: Int64) -> Bool {
            order.isMarket || (order.side == .buy ? tick <= order.tick : tick >= order.tick)
        }
        if let best = book.best(opposite), reaches(best) {
            if order.timeInForce == .gtx {
                return answer(
                    order.id, .ended(.canceled, .postOnlyWouldCross), order.leaves)
            }
            if !isPartial {
                execute(&order, order.leaves, best, isMaker: false)
            } else {
                let levels = book.levels(opposite).filter { reaches($0.tick) }.map {
                    ($0.tick, max(0, $0.lots - (consumed[opposite]?[$0.tick] ?? 0)))
                }
                let offered = levels.reduce(0) { $0 + $1.1 }
                if order.timeInForce != .fok || offered >= order.leaves {
                    for (tick, lots) in levels where order.leaves > 0 && lots > 0 {
                        let before = position
                        execute(&order, min(lots, order.leaves), tick, isMaker: false)
                        if !isUpstream {
                            consumed[opposite]?[tick, default: 0] += abs(position - before)
                        }
                    }
                }
                if isUpstream, order.leaves > 0, order.timeInForce == .gtc, !order.isMarket {
                    execute(&order, order.leaves, order.tick, isMaker: false)
                }
            }
            if order.leaves == 0 { return }
        }
        if order.isMarket || order.timeInForce == .ioc || order.timeInForce == .fok {
            return answer(
                order.id,
                .ended(.expired, order.timeInForce == .fok ? .notFillable : .immediateRest),
                order.leaves)
        }
        order.place = QueueModel.Place(front: size(book.lots(order.side, tick: order.tick)))
        orders.append(order)
        if isNew { answer(order.id, .accepted, order.leaves) }
    }

    private mutating func execute(
        _ order: inout Resting, _ wanted: Int64, _ tick: Int64, isMaker: Bool
    ) {
        var lots = wanted
        if order.reduceOnly {
            lots = min(lots, max(0, order.side == .buy ? -position : position))
            if lots == 0 {
                answer(order.id, .ended(.canceled, .reduceOnly), order.leaves)
                order.leaves = 0
                return
            }
        }
        order.leaves -= lots
        position += order.side == .buy ? lots : -lots
        answer(
            order.id,
            .filled(price: Price(ticks: tick), quantity: Quantity(lots: lots), isMaker: isMaker),
            order.leaves)
        // A reduce-only order ends with the position that it was to reduce.
        if order.reduceOnly, order.leaves > 0, order.side == .buy ? position >= 0 : position <= 0 {
            answer(order.id, .ended(.canceled, .reduceOnly), order.leaves)
            order.leaves = 0
        }
    }

    // MARK: The market

    /// A level went from `previous` to `new`; `old` was the best of its side before.
    mutating func level(
        _ side: Side, _ tick: Int64, previous: Int64, new: Int64, old: Int64?, _ book: NaiveBook
    ) {
        consumed[side]?[tick] = nil
        for index in orders.indices where orders[index].side == side && orders[index].tick == tick {
            settings.queue.change(
                &orders[index].place, previous: size(previous), new: size(new))
        }
        if let best = book.best(side),
            old.map({ side == .buy ? best > $0 : best < $0 }) ?? true
        {
            var offered = new
            through(side.opposite, tick: best, isInclusive: true, &offered)
        }
        orders.removeAll { $0.leaves == 0 }
    }

    mutating func trade(aggressor: Side, _ tick: Int64, _ lots: Int64) {
        let side = aggressor.opposite
        var offered = lots
        through(side, tick: tick, isInclusive: false, &offered)
        for index in orders.indices where orders[index].side == side && orders[index].tick == tick {
            settings.queue.trade(&orders[index].place, quantity: size(lots))
            let executable = settings.queue.takeExecutable(
                &orders[index].place, lotSize: size(1))
            if executable == 0 { continue }
            var take = orders[index].leaves
            if isPartial { take = min(take, executable) }
            if isPartial, !isUpstream { take = min(take, offered) }
            if take == 0 { continue }
            offered -= take
            var order = orders[index]
            execute(&order, take, tick, isMaker: true)
            orders[index] = order
        }
        orders.removeAll { $0.leaves == 0 }
    }

    /// Own orders that the market went through, best first, then oldest.
    private mutating func through(
        _ side: Side, tick: Int64, isInclusive: Bool, _ offered: inout Int64
    ) {
        let shares = isPartial && !isUpstream
        let passed = orders.indices.filter {
            let own = orders[$0].tick
            return orders[$0].side == side
                && ((isInclusive && own == tick) || (side == .sell ? own < tick : own > tick))
        }.sorted {
            (side == .sell ? orders[$0].tick : -orders[$0].tick, $0)
                < (side == .sell ? orders[$1].tick : -orders[$1].tick, $1)
        }
        for index in passed where !shares || offered > 0 {
            let take = shares ? min(offered, orders[index].leaves) : orders[index].leaves
            offered = max(0, offered - take)
            orders[index].place.front = 0
            var order = orders[index]
            execute(&order, take, order.tick, isMaker: true)
            orders[index] = order
        }
    }
}
