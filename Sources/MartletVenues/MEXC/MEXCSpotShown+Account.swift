// MEXC spot's private pushes shown as JSON: orders, fills, balances.

import MartletModel

extension MEXCSpotShown {
    /// The body of a private push.
    ///
    /// - Returns: False where it is of a kind that is not known.
    func account(
        _ name: String, _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        switch name {
        case "privateorders": try order(body, &batch)
        case "privatedeals": try fill(body, &batch)
        case "privateaccount": try balance(body, &batch)
        default: return false
        }
        return true
    }

    private func number(_ value: JSONValue?) throws(DecodingFailure) -> Int64 {
        try value?.integer() ?? 0
    }

    private func side(_ body: JSONMembers) throws(DecodingFailure) -> Side {
        guard let value = body["tradeType"] ?? body["tradetype"] else {
            throw try body.need("price").failure(.missingField)
        }
        switch try value.integer() {
        case 1: return .buy
        case 2: return .sell
        default: throw value.failure(.badValue)
        }
    }

    /// A price by either name; 0 stands for none.
    private func price(
        _ body: JSONMembers, _ key: StaticString, or other: StaticString,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard let price = try body.number(key, or: other, &batch), !price.isZero else { return nil }
        return price
    }

    private func order(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let type = try number(body["orderType"] ?? body["ordertype"])
        let status = try number(body.need("status"))
        var event = OrderEvent(
            header: header(nil), status: MEXCSpotPush.status(status, type: type))
        event.statusText = body.plain("status")
        event.orderID = body.plain("id")
        event.clientOrderID = body.plain("clientId") ?? body.plain("clientid")
        event.side = try side(body)
        (event.type, event.timeInForce) = MEXCSpotPush.type(type, &batch)
        // A market order carries a price that binds nobody.
        if type != 5 { event.price = try body.numberAboveZero("price", &batch) }
        event.triggerPrice = try price(body, "triggerPrice", or: "triggerprice", &batch)
        event.quantity = try body.number("quantity", &batch)
        event.filled = try body.number("cumulativeQuantity", or: "cumulativequantity", &batch)
        event.averagePrice = try price(body, "avgPrice", or: "avgprice", &batch)
        batch.append(event)
    }

    private func fill(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var event = FillEvent(
            header: header(try body.time("time")), side: try side(body),
            price: try body.need("price").number(&batch),
            quantity: try body.need("quantity").number(&batch))
        event.id = body.plain("tradeId") ?? body.plain("tradeid")
        event.orderID = body.plain("orderId") ?? body.plain("orderid")
        event.clientOrderID = body.plain("clientOrderId") ?? body.plain("clientorderid")
        // A flag that is false is left out by some tools.
        event.isMaker = try body.flag("isMaker", "ismaker") ?? false
        event.fee = try body.number("feeAmount", or: "feeamount", &batch)
        event.feeAsset = body.plain("feeCurrency") ?? body.plain("feecurrency")
        batch.events.append(.fill(event))
    }

    private func balance(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let name = body["vcoinName"] ?? body["vcoinname"] else {
            throw try body.need("balanceAmount").failure(.missingField)
        }
        var event = BalanceEvent(
            header: EventHeader(
                instrument: nil, exchangeTime: try body.time("time") ?? wrapper.time),
            asset: try name.text())
        event.available = try body.number("balanceAmount", or: "balanceamount", &batch)
        event.total = event.available?.plus(
            try body.number("frozenAmount", or: "frozenamount", &batch), &batch)
        batch.events.append(.balance(event))
    }
}
