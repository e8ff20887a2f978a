// The bodies of MEXC spot's private pushes: orders, fills, balances.

import MartletModel

extension MEXCSpotPush {
    /// `PrivateOrders`.
    func order(
        _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var event = OrderEvent(header: header(nil), status: .unknown)
        var status: Int64 = 0
        var type: Int64 = 0
        while let field = try body.next() {
            switch field.number {
            case 1: event.orderID = try body.text(field)
            case 2:
                let text = try body.text(field)
                event.clientOrderID = text.isEmpty ? nil : text
            case 3: event.price = try body.number(field, &batch)
            case 4: event.quantity = try body.number(field, &batch)
            case 6: event.averagePrice = try body.number(field, &batch)
            case 7: type = try body.integer(field)
            case 8: event.side = try side(body.integer(field), body)
            case 13: event.filled = try body.number(field, &batch)
            case 15: status = try body.integer(field)
            case 19: event.triggerPrice = try body.number(field, &batch)
            default: try body.skip(field)
            }
        }
        if event.averagePrice?.isZero == true { event.averagePrice = nil }
        if event.triggerPrice?.isZero == true { event.triggerPrice = nil }
        // A market order carries a price that binds nobody.
        if type == 5 || event.price?.isZero == true { event.price = nil }
        (event.type, event.timeInForce) = MEXCSpotPush.type(type, &batch)
        event.status = MEXCSpotPush.status(status, type: type)
        event.statusText = batch.keep(String(status))
        batch.append(event)
    }

    /// The words for an order type's number.
    static func type(
        _ number: Int64, _ batch: inout EventBatch
    ) -> (TextSlice?, TimeInForce?) {
        switch number {
        case 1: (batch.keep("LIMIT"), .gtc)
        case 2: (batch.keep("LIMIT_MAKER"), .gtx)
        case 3: (batch.keep("IMMEDIATE_OR_CANCEL"), .ioc)
        case 4: (batch.keep("FILL_OR_KILL"), .fok)
        case 5: (batch.keep("MARKET"), nil)
        case 100: (batch.keep("STOP"), nil)
        default: (nil, nil)
        }
    }

    /// Orders that never rest end by their own terms, not by a cancel of ours. 5 is an order that
    /// was canceled with a part filled.
    static func status(_ number: Int64, type: Int64) -> OrderStatus {
        switch number {
        case 1: .working
        case 2: .filled
        case 3: .partiallyFilled
        case 4: type == 3 || type == 4 ? .expired : .canceled
        case 5: .canceled
        default: .unknown
        }
    }

    private func side(_ number: Int64, _ reader: ProtobufReader) throws(DecodingFailure) -> Side {
        switch number {
        case 1: return .buy
        case 2: return .sell
        default: throw reader.failure(.badValue)
        }
    }

    /// `PrivateDeals`.
    func fill(
        _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var price: DecimalText?
        var quantity: DecimalText?
        var side: Side?
        var time: Int64?
        var isMaker = false
        var texts: [UInt32: TextSlice] = [:]
        var fee: DecimalText?
        while let field = try body.next() {
            switch field.number {
            case 1: price = try body.number(field, &batch)
            case 2: quantity = try body.number(field, &batch)
            case 4: side = try self.side(body.integer(field), body)
            case 5: isMaker = try body.integer(field) != 0
            case 7, 8, 9, 11:
                let text = try body.text(field)
                texts[field.number] = text.isEmpty ? nil : text
            case 10: fee = try body.number(field, &batch)
            case 12: time = try body.time(field)
            default: try body.skip(field)
            }
        }
        var event = FillEvent(
            header: header(time), side: try need(side, body), price: try need(price, body),
            quantity: try need(quantity, body))
        event.id = texts[7]
        event.clientOrderID = texts[8]
        event.orderID = texts[9]
        event.feeAsset = texts[11]
        event.fee = fee
        event.isMaker = isMaker
        batch.events.append(.fill(event))
    }

    /// `PrivateAccount`: what is free and what is frozen, both absolute.
    func balance(
        _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var asset: TextSlice?
        var available: DecimalText?
        var frozen: DecimalText?
        var time: Int64?
        while let field = try body.next() {
            switch field.number {
            case 1: asset = try body.text(field)
            case 3: available = try body.number(field, &batch)
            case 5: frozen = try body.number(field, &batch)
            case 8: time = try body.time(field)
            default: try body.skip(field)
            }
        }
        var event = BalanceEvent(
            header: EventHeader(instrument: nil, exchangeTime: time ?? wrapper.time),
            asset: try need(asset, body))
        event.available = available
        event.total = available?.plus(frozen, &batch)
        batch.events.append(.balance(event))
    }
}
