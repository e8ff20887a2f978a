// How orders of a bar backtest arrive, rest, fill and end.

import MartletAccounting
import MartletModel
import MartletStrategies

extension BarReplay {
    /// An order reaches the venue while the market is at `ticks`.
    mutating func arrive(_ id: ClientOrderID, at ticks: Int64) throws(Failure) {
        guard let position = context.orders.position(of: id),
            context.orders[position].status == .sent
        else { return }
        let order = context.orders[position]
        if let reason = refusal(of: order, at: ticks) {
            return end(id, .rejected, reason)
        }
        let isMarketable =
            order.type == .market
            || (order.side == .buy ? order.price.ticks >= ticks : order.price.ticks <= ticks)
        guard isMarketable else {
            guard order.timeInForce == .gtc || order.timeInForce == .gtx else {
                return end(
                    id, .expired, order.timeInForce == .fok ? .notFillable : .immediateRest)
            }
            context.orders[position].status = .working
            context.orders[position].pending = .none
            return tell(id)
        }
        if order.timeInForce == .gtx { return end(id, .expired, .postOnlyWouldCross) }
        var price = settings.takerTicks(order.side, at: ticks)
        if order.type == .limit {
            price =
                order.side == .buy ? min(price, order.price.ticks) : max(price, order.price.ticks)
        }
        try fill(id, ticks: price, isMaker: false)
    }

    /// Fills a resting order when the bar traded strictly through its price.
    mutating func rest(_ id: ClientOrderID, through bar: Bar) throws(Failure) {
        guard let position = context.orders.position(of: id) else { return }
        let order = context.orders[position]
        guard order.status == .working || order.status == .partiallyFilled else { return }
        let isThrough = order.side == .buy ? bar.low < order.price : bar.high > order.price
        if isThrough { try fill(id, ticks: order.price.ticks, isMaker: true) }
    }

    /// Why the venue would refuse an order, or nil.
    private func refusal(of order: Order, at ticks: Int64) -> OrderReason? {
        let lots = order.quantity.lots
        if lots < instrument.minimumQuantity.lots || lots > 1 << 53 { return .quantityRule }
        if order.type == .limit, order.price.ticks <= 0 || order.price.ticks > 1 << 53 {
            return .priceRule
        }
        if order.reduceOnly, self.position * order.side.sign >= 0 { return .reduceOnly }
        guard instrument.minimumNotional.mantissa > 0 else { return nil }
        let price = order.type == .limit ? order.price.ticks : ticks
        return notionalIsEnough(lots, price) ? nil : .minimumNotional
    }

    private func notionalIsEnough(_ lots: Int64, _ ticks: Int64) -> Bool {
        let least = instrument.minimumNotional
        var scale = instrument.lotSize.scale + instrument.multiplier.scale
        var value = Int128(lots) * Int128(instrument.lotSize.mantissa)
        var factors = [instrument.multiplier.mantissa]
        if instrument.kind != .inverse {
            factors += [ticks, instrument.tickSize.mantissa]
            scale += instrument.tickSize.scale
        }
        for factor in factors {
            let (product, overflow) = value.multipliedReportingOverflow(by: Int128(factor))
            if overflow { return true }  // far above any minimum
            value = product
        }
        var needed = Int128(least.mantissa)
        for _ in 0..<max(0, scale - least.scale) {
            let (product, overflow) = needed.multipliedReportingOverflow(by: 10)
            if overflow { return false }
            needed = product
        }
        for _ in 0..<max(0, least.scale - scale) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return true }
            value = product
        }
        return value >= needed
    }

    /// Executes what is left of an order at a price, as far as the account allows.
    private mutating func fill(_ id: ClientOrderID, ticks: Int64, isMaker: Bool) throws(Failure) {
        guard let position = context.orders.position(of: id) else { return }
        let side = context.orders[position].side
        let leaves = context.orders[position].leaves.lots
        var lots = leaves
        if context.orders[position].reduceOnly {
            let open = self.position * -side.sign
            lots = min(lots, max(0, open))
        }
        var reason = lots < leaves ? OrderReason.reduceOnly : .none
        if account.isLimited {
            let allowed =
                side == .buy
                ? account.affordableLots(at: ticks, isMaker: isMaker)
                : max(0, self.position)
            if allowed < lots {
                lots = allowed
                reason = .insufficientBalance
            }
        }
        guard lots > 0 else { return end(id, .expired, reason) }
        if context.orders[position].timeInForce == .fok, lots < leaves {
            return end(id, .expired, .notFillable)
        }
        let fee: Int128
        do { fee = try account.book(side, ticks: ticks, lots: lots, isMaker: isMaker) } catch {
            throw outOfRange()
        }
        let rest = Quantity(lots: leaves - lots)
        context.orders[position].leaves = rest
        context.orders[position].pending = .none
        context.orders[position].status = rest == .zero ? .filled : .partiallyFilled
        let fill = Fill(
            orderID: id, side: side, price: Price(ticks: ticks), quantity: Quantity(lots: lots),
            leaves: rest, isMaker: isMaker, exchangeTime: context.now, receiveTime: context.now)
        result.fills += 1
        hash(4, id.number, side.sign, ticks, lots)
        refreshAccount(at: referenceTicks > 0 ? referenceTicks : ticks)
        recorder.filled(
            fill, context.orders[position], fee: fee, positionAfter: self.position)
        strategy.filled(fill, &context)
        // What the account does not allow will not fit later either: the rest ends here.
        if rest != .zero { end(id, .expired, reason) }
    }

    /// Ends an order otherwise than by filling it.
    private mutating func end(_ id: ClientOrderID, _ status: OrderStatus, _ reason: OrderReason) {
        guard let position = context.orders.position(of: id),
            !context.orders[position].status.isFinal
        else { return }
        switch status {
        case .rejected: result.rejected += 1
        case .canceled: result.canceled += 1
        default: result.expired += 1
        }
        context.orders[position].status = status
        context.orders[position].pending = .none
        context.orders[position].reason = reason
        tell(id)
    }

    private mutating func tell(_ id: ClientOrderID) {
        guard let position = context.orders.position(of: id) else { return }
        let order = context.orders[position]
        recorder.changed(order, time: context.now)
        strategy.orderChanged(order, &context)
    }

    /// Cancels at once: nothing happens between a close and what follows it.
    mutating func cancel(_ id: ClientOrderID) {
        guard let position = context.orders.position(of: id) else { return }
        recorder.requested(.cancel, context.orders[position], time: context.now)
        end(id, .canceled, .none)
    }

    /// Changes a resting order at once; its filled part counts towards the new quantity.
    mutating func amend(_ id: ClientOrderID, _ price: Price, _ quantity: Quantity) {
        guard let position = context.orders.position(of: id),
            !context.orders[position].status.isFinal
        else { return }
        recorder.requested(.amend, context.orders[position], time: context.now)
        let order = context.orders[position]
        let filled = order.quantity.lots - order.leaves.lots
        context.orders[position].pending = .none
        guard price.ticks > 0, price.ticks <= 1 << 53, quantity.lots <= 1 << 53,
            quantity.lots >= instrument.minimumQuantity.lots
        else {
            context.orders[position].reason =
                price.ticks > 0 && price.ticks <= 1 << 53 ? .quantityRule : .priceRule
            return tell(id)
        }
        guard quantity.lots > filled else { return end(id, .canceled, .none) }
        context.orders[position].price = price
        context.orders[position].quantity = quantity
        context.orders[position].leaves = Quantity(lots: quantity.lots - filled)
        tell(id)
    }
}
