// MEXC futures' private messages, of the stream and of REST answers.

import MartletModel

/// Reads orders, fills, positions and balances of our own account.
struct MEXCFuturesAccount {
    /// The time of the message, where an entry has none of its own.
    let time: Int64?

    /// Opening a long or closing a short buys (1, 2), opening a short or closing a long sells.
    private func side(_ value: JSONValue) throws(DecodingFailure) -> Side? {
        switch try value.integer() {
        case 1, 2: return .buy
        case 3, 4: return .sell
        // Lists of the documentation show empty entries.
        case 0: return nil
        default: throw value.failure(.badValue)
        }
    }

    /// An order. Categories 2 and 4 are takeovers by the venue, no orders of ours.
    func order(_ entry: JSONMembers, _ batch: inout EventBatch) throws(DecodingFailure) {
        let category = entry.plain("category")
        if category?.equals("2") == true || category?.equals("4") == true { return }
        let state = try entry.need("state").integer()
        let error = try entry["errorCode"]?.integer() ?? 0
        let filled = try entry.number("dealVol", &batch)
        var event = OrderEvent(
            header: EventHeader(
                instrument: entry.plain("symbol"),
                exchangeTime: try entry.time("updateTime", "createTime") ?? time),
            status: status(state, error: error, isFilled: filled.map { !$0.isZero } ?? false))
        event.statusText = entry.plain("state")
        event.orderID = entry.plain("orderId")
        event.clientOrderID = entry.plain("externalOid")
        if let value = entry["side"] { event.side = try side(value) }
        let type = try entry["orderType"]?.integer() ?? 0
        event.type = entry.plain("orderType")
        event.timeInForce = [1: .gtc, 2: .gtx, 3: .ioc, 4: .fok][type]
        event.reduceOnly = try entry.flag("reduceOnly")
        // A market order carries a price that binds nobody.
        if type != 5 { event.price = try entry.numberAboveZero("price", &batch) }
        event.quantity = try entry.number("vol", &batch)
        event.filled = filled
        event.averagePrice = try entry.numberAboveZero("dealAvgPrice", &batch)
        if error != 0 { event.reason = entry.plain("errorCode") }
        if error == 20, event.status == .canceled {
            event.reason = OrderEvent.postOnlyWouldCross(&batch)
        }
        batch.append(event)
    }

    private func status(_ state: Int64, error: Int64, isFilled: Bool) -> OrderStatus {
        switch state {
        case 1: .sent
        case 2: isFilled ? .partiallyFilled : .working
        case 3: .filled
        // IOC rest, FOK, market rest.
        case 4: [18, 19, 21].contains(error) ? .expired : .canceled
        // What was filled in part, or was post-only and would have crossed, was not refused.
        case 5: isFilled || error == 20 ? .canceled : .rejected
        default: .unknown
        }
    }

    /// A fill; `fee` above 0 is paid.
    func fill(_ entry: JSONMembers, _ batch: inout EventBatch) throws(DecodingFailure) {
        guard let side = try side(entry.need("side")) else { return }
        var event = FillEvent(
            header: EventHeader(
                instrument: entry.plain("symbol"),
                exchangeTime: try entry.time("timestamp") ?? time),
            side: side, price: try entry.need("price").number(&batch),
            quantity: try entry.need("vol").number(&batch))
        event.id = entry.plain("id")
        event.orderID = entry.plain("orderId")
        event.clientOrderID = entry.plain("externalOid")
        if let isTaker = try entry.flag("isTaker", "taker") { event.isMaker = !isTaker }
        event.fee = try entry.number("fee", &batch)
        event.feeAsset = entry.plain("feeCurrency")
        event.realizedPnL = try entry.number("profit", &batch)
        let category = entry.plain("category")
        event.isLiquidation =
            category?.equals("2") == true || category?.equals("4") == true
        batch.events.append(.fill(event))
    }

    /// A position: the account's sides are told by a number, also in one-way mode.
    func position(_ entry: JSONMembers, _ batch: inout EventBatch) throws(DecodingFailure) {
        let type = try entry.need("positionType")
        let side: PositionSide
        switch try type.integer() {
        case 1: side = .long
        case 2: side = .short
        case 0: return
        default: throw type.failure(.badValue)
        }
        var event = PositionEvent(
            header: EventHeader(
                instrument: entry.plain("symbol"),
                exchangeTime: try entry.time("updateTime") ?? time),
            side: side, quantity: try entry.need("holdVol").number(&batch))
        event.entryPrice = try entry.numberAboveZero("holdAvgPrice", &batch)
        event.liquidationPrice = try entry.numberAboveZero("liquidatePrice", &batch)
        event.leverage = try entry.number("leverage", &batch)
        batch.append(event)
    }

    /// A balance. The stream leaves out the total.
    func balance(_ entry: JSONMembers, _ batch: inout EventBatch) throws(DecodingFailure) {
        var event = BalanceEvent(
            header: EventHeader(instrument: nil, exchangeTime: time),
            asset: try entry.need("currency").text())
        event.available = try entry.number("availableBalance", &batch)
        event.total = try entry.number("equity", or: "cashBalance", &batch)
        batch.events.append(.balance(event))
    }
}
