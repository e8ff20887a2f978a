// MEXC spot's REST answers about our own account.

import MartletModel

extension MEXCSpotReader {
    /// An object of a private REST answer.
    ///
    /// - Returns: False where it is something else.
    func account(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        if members.has("orderId", "price", "qty"), members.has("isBuyer") {
            try fill(members, &batch)
        } else if members.has("orderId", "origQty") {
            try order(members, &batch)
        } else if let balances = members["balances"], balances.isArray {
            let header = EventHeader(instrument: nil, exchangeTime: try members.time("updateTime"))
            for entry in try balances.elements() {
                let entry = try entry.members()
                var balance = BalanceEvent(header: header, asset: try entry.need("asset").text())
                balance.available = try entry.need("free").number(&batch)
                balance.total = balance.available?.plus(
                    try entry.number("locked", &batch), &batch)
                batch.events.append(.balance(balance))
            }
        } else {
            return false
        }
        return true
    }

    /// An order, or the answer to one: that carries no state, the order is then only accepted.
    private func order(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(
            instrument: members.plain("symbol") ?? symbol,
            exchangeTime: try members.time("updateTime", "transactTime", "time"))
        let word = members.plain("status")
        var event = OrderEvent(header: header, status: word.map { status($0) } ?? .sent)
        event.statusText = word
        event.orderID = members.plain("orderId")
        event.clientOrderID = members.plain("origClientOrderId") ?? members.plain("clientOrderId")
        event.side = try side(members)
        event.type = members.plain("type")
        event.timeInForce = timeInForce(event.type, members.plain("timeInForce"))
        event.price = try members.numberAboveZero("price", &batch)
        event.triggerPrice = try members.numberAboveZero("stopPrice", &batch)
        event.quantity = try members.number("origQty", &batch)
        event.filled = try members.number("executedQty", &batch)
        batch.append(event)
    }

    private func fill(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(
            instrument: members.plain("symbol") ?? symbol, exchangeTime: try members.time("time"))
        var event = FillEvent(
            header: header, side: try members.need("isBuyer").flag() ? .buy : .sell,
            price: try members.need("price").number(&batch),
            quantity: try members.need("qty").number(&batch))
        event.id = members.plain("id")
        event.orderID = members.plain("orderId")
        event.clientOrderID = members.plain("clientOrderId")
        event.isMaker = try members.flag("isMaker")
        event.fee = try members.number("commission", &batch)
        event.feeAsset = members.plain("commissionAsset")
        batch.events.append(.fill(event))
    }

    private func side(_ members: JSONMembers) throws(DecodingFailure) -> Side? {
        guard let value = members["side"] else { return nil }
        let word = try value.text()
        guard word.equals("BUY") || word.equals("SELL") else { throw value.failure(.badValue) }
        return word.equals("BUY") ? .buy : .sell
    }

    private func status(_ word: TextSlice) -> OrderStatus {
        switch word.string {
        case "NEW": .working
        case "PARTIALLY_FILLED": .partiallyFilled
        case "FILLED": .filled
        case "CANCELED", "PARTIALLY_CANCELED": .canceled
        default: .unknown
        }
    }

    /// The type carries how long an order lives.
    private func timeInForce(_ type: TextSlice?, _ word: TextSlice?) -> TimeInForce? {
        switch type?.string {
        case "LIMIT_MAKER": .gtx
        case "IMMEDIATE_OR_CANCEL": .ioc
        case "FILL_OR_KILL": .fok
        default: word.flatMap { TimeInForce(rawValue: $0.string) }
        }
    }
}
