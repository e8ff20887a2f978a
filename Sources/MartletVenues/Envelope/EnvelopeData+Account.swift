// The `data` of rules, states and private events, back into the events they were written from.

import MartletModel

extension EnvelopeData {
    static func status(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(["state", "text", "reason"])
        guard try data.text(2) == nil else { throw data.failure(2, "is not null") }
        let event = StatusEvent(
            header: head.header, state: try data.present(0, data.word(0, TradingState.self)),
            text: try data.present(1, data.text(1)))
        batch.events.append(.status(event))
    }

    private static let instrumentKeys: [StaticString] = [
        "kind", "state", "stateText", "baseAsset", "quoteAsset", "settlementAsset", "unit",
        "tickSize", "priceFiguresMax", "lotSize", "minimumQuantity", "maximumQuantity",
        "minimumNotional", "multiplier", "expiryTime", "fundingInterval",
        "apiAllowed",
    ]

    static func instrument(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(instrumentKeys, optionalFrom: 16)
        var rules = InstrumentEvent(
            header: head.header, kind: try data.present(0, data.word(0, InstrumentKind.self)),
            unit: try data.present(6, data.word(6, QuantityUnitName.self)))
        rules.state = try data.present(1, data.word(1, TradingState.self))
        rules.stateText = try data.text(2)
        rules.baseAsset = try data.text(3)
        rules.quoteAsset = try data.text(4)
        rules.settlementAsset = try data.text(5)
        rules.tickSize = try data.decimal(7)
        rules.priceFiguresMax = try data.natural(8).map { Int($0) }
        rules.lotSize = try data.decimal(9)
        rules.minimumQuantity = try data.decimal(10)
        rules.maximumQuantity = try data.decimal(11)
        rules.minimumNotional = try data.decimal(12)
        rules.multiplier = try data.decimal(13)
        rules.expiryTime = try data.natural(14)
        rules.fundingInterval = try data.interval(15)
        if data.has(16) {
            guard try data.flag(16) == false else { throw data.failure(16, "is not false") }
            rules.isAPIAllowed = false
        }
        batch.events.append(.instrument(batch.instruments.count))
        batch.instruments.append(rules)
    }

    private static let fillKeys: [StaticString] = [
        "id", "orderId", "clientOrderId", "side", "price", "quantity", "leaves", "isMaker", "fee",
        "feeAsset", "realizedPnl", "isLiquidation",
    ]

    static func fill(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(fillKeys)
        var event = FillEvent(
            header: head.header, side: try data.present(3, data.side(3)),
            price: try data.present(4, data.decimal(4)),
            quantity: try data.present(5, data.decimal(5)))
        event.id = try data.text(0)
        event.orderID = try data.text(1)
        event.clientOrderID = try data.text(2)
        event.leaves = try data.decimal(6)
        event.isMaker = try data.flag(7)
        event.fee = try data.decimal(8)
        event.feeAsset = try data.text(9)
        event.realizedPnL = try data.decimal(10)
        event.isLiquidation = try data.present(11, data.flag(11))
        batch.events.append(.fill(event))
    }

    private static let orderKeys: [StaticString] = [
        "orderId", "clientOrderId", "side", "type", "timeInForce", "reduceOnly", "price",
        "triggerPrice", "quantity", "filled", "averagePrice", "status", "statusText", "reason",
    ]

    static func order(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(orderKeys)
        var event = OrderEvent(
            header: head.header, status: try data.present(11, data.word(11, OrderStatus.self)))
        event.orderID = try data.text(0)
        event.clientOrderID = try data.text(1)
        event.side = try data.side(2)
        event.type = try data.text(3)
        event.timeInForce = try data.word(4, TimeInForce.self)
        event.reduceOnly = try data.flag(5)
        event.price = try data.decimal(6)
        event.triggerPrice = try data.decimal(7)
        event.quantity = try data.decimal(8)
        event.filled = try data.decimal(9)
        event.averagePrice = try data.decimal(10)
        event.statusText = try data.text(12)
        event.reason = try data.text(13)
        batch.events.append(.order(batch.orders.count))
        batch.orders.append(event)
    }

    private static let positionKeys: [StaticString] = [
        "side", "quantity", "entryPrice", "markPrice", "liquidationPrice", "unrealizedPnl",
        "leverage",
    ]

    static func position(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(positionKeys)
        var event = PositionEvent(
            header: head.header, side: try data.present(0, data.word(0, PositionSide.self)),
            quantity: try data.present(1, data.decimal(1)))
        event.entryPrice = try data.decimal(2)
        event.markPrice = try data.decimal(3)
        event.liquidationPrice = try data.decimal(4)
        event.unrealizedPnL = try data.decimal(5)
        event.leverage = try data.decimal(6)
        batch.events.append(.position(batch.positions.count))
        batch.positions.append(event)
    }

    static func balance(
        _ head: EnvelopeHead, _ batch: inout EventBatch
    ) throws(EnvelopeFailure) {
        let data = try head.data(["asset", "total", "available", "change"])
        var event = BalanceEvent(
            header: head.header, asset: try data.present(0, data.text(0)))
        event.total = try data.decimal(1)
        event.available = try data.decimal(2)
        event.change = try data.decimal(3)
        batch.events.append(.balance(event))
    }
}
