// How orders of a bar backtest arrive, rest, fill and end.

import MartletAccounting
import MartletEngine
import MartletModel

extension BarReplay {
    /// An order reaches the venue while the market is at `ticks`.
    mutating func arrive(_ order: BarOrder, at ticks: Int64, time: Int64) throws(Failure) {
        recorder?.requestHandled(order.id, sent: order.sent, handled: time)
        let position = engine.account.positionLots
        if let reason = order.refusal(at: ticks, instrument, positionLots: position) {
            return try answer(order, .ended(.rejected, reason), at: time)
        }
        let isMarketable =
            order.type == .market
            || (order.side == .buy ? order.price.ticks >= ticks : order.price.ticks <= ticks)
        switch (isMarketable, order.timeInForce) {
        case (false, .gtc), (false, .gtx):
            recorder?.orderRested(order.id, ahead: 0)
            resting.append(order)
            try answer(order, .accepted, at: time)
        case (false, .ioc):
            try answer(order, .ended(.expired, .immediateRest), at: time)
        case (false, .fok):
            try answer(order, .ended(.expired, .notFillable), at: time)
        case (true, .gtx):
            try answer(order, .ended(.canceled, .postOnlyWouldCross), at: time)
        case (true, _):
            var price = settings.takerTicks(order.side, at: ticks)
            if order.type == .limit {
                let limit = order.price.ticks
                price = order.side == .buy ? min(price, limit) : max(price, limit)
            }
            try fill(order, ticks: price, marketTicks: ticks, isMaker: false, time: time)
        }
    }

    /// Fills resting orders through whose price the bar traded, oldest first.
    mutating func fillResting(through bar: Bar) throws(Failure) {
        let orders = resting
        for order in orders {
            let isThrough = order.side == .buy ? bar.low < order.price : bar.high > order.price
            guard isThrough else { continue }
            resting.removeAll { $0.id == order.id }
            try fill(
                order, ticks: order.price.ticks, marketTicks: order.price.ticks, isMaker: true,
                time: bar.closeTime)
        }
    }

    /// Executes what is left of an order, as far as the account allows; the rest expires.
    private mutating func fill(
        _ order: BarOrder, ticks: Int64, marketTicks: Int64, isMaker: Bool, time: Int64
    ) throws(Failure) {
        var order = order
        let (lots, reason) = allowedLots(order, ticks: ticks, isMaker: isMaker)
        guard lots > 0 else { return try answer(order, .ended(.expired, reason), at: time) }
        let rest = order.leaves.lots - lots
        if order.timeInForce == .fok, rest > 0 {
            return try answer(order, .ended(.expired, .notFillable), at: time)
        }
        recorder?.orderExecuted(
            order.id, ahead: isMaker ? 0 : .nan, doubleMid: 2 * marketTicks, time: time)
        order.leaves = Quantity(lots: rest)
        try answer(
            order,
            .filled(price: Price(ticks: ticks), quantity: Quantity(lots: lots), isMaker: isMaker),
            at: time)
        if rest > 0 { try answer(order, .ended(.expired, reason), at: time) }
    }

    /// How much of an order the account allows, and why not more.
    private func allowedLots(
        _ order: BarOrder, ticks: Int64, isMaker: Bool
    ) -> (lots: Int64, reason: OrderReason) {
        let position = engine.account.positionLots
        var lots = order.leaves.lots
        var reason = OrderReason.none
        if order.reduceOnly, max(0, -position * order.side.sign) < lots {
            lots = max(0, -position * order.side.sign)
            reason = .reduceOnly
        }
        if cash.isLimited {
            let allowed =
                order.side == .buy
                ? cash.affordableLots(engine.account, at: ticks, isMaker: isMaker)
                : max(0, position)
            if allowed < lots {
                lots = allowed
                reason = .insufficientBalance
            }
        }
        return (lots, reason)
    }

    /// Cancels at once: nothing happens between a close and what follows it.
    mutating func cancel(_ id: ClientOrderID, sent: Int64, time: Int64) throws(Failure) {
        recorder?.requestHandled(id, sent: sent, handled: time)
        guard let index = resting.firstIndex(where: { $0.id == id }) else {
            return try refuse(id, .unknownOrder, time)
        }
        try answer(resting.remove(at: index), .ended(.canceled, .none), at: time)
    }

    /// Changes a resting order at once; its filled part counts towards the new quantity.
    mutating func amend(
        _ id: ClientOrderID, _ price: Price, _ quantity: Quantity, sent: Int64, time: Int64
    ) throws(Failure) {
        recorder?.requestHandled(id, sent: sent, handled: time)
        guard let index = resting.firstIndex(where: { $0.id == id }) else {
            return try refuse(id, .unknownOrder, time)
        }
        if let reason = BarOrder.refusal(price, quantity, .limit, instrument) {
            return try answer(resting[index], .requestRefused(reason), at: time)
        }
        let filled = resting[index].quantity.lots - resting[index].leaves.lots
        guard quantity.lots > filled else {
            return try answer(resting.remove(at: index), .ended(.canceled, .none), at: time)
        }
        resting[index].price = price
        resting[index].quantity = quantity
        resting[index].leaves = Quantity(lots: quantity.lots - filled)
        try answer(resting[index], .amended(price: price, quantity: quantity), at: time)
    }

    private mutating func refuse(_ id: ClientOrderID, _ reason: OrderReason, _ time: Int64)
        throws(Failure)
    {
        let event = OrderEvent(
            id: id, kind: .requestRefused(reason), leaves: .zero, exchangeTime: time,
            receiveTime: time)
        try tell(.order(event), at: time)
        recorder?.heard(event, account: engine.account)
    }
}
