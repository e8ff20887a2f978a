// The `data` of private events, field by field in the order of the documentation.

import MartletModel

extension EnvelopeWriter {
    mutating func appendData(of event: FillEvent) {
        field("\"id\":", event.id)
        field(",\"orderId\":", event.orderID)
        field(",\"clientOrderId\":", event.clientOrderID)
        field(",\"side\":", word: event.side.word)
        field(",\"price\":", event.price)
        field(",\"quantity\":", event.quantity)
        field(",\"leaves\":", event.leaves)
        field(",\"isMaker\":", event.isMaker)
        field(",\"fee\":", event.fee)
        field(",\"feeAsset\":", event.feeAsset)
        field(",\"realizedPnl\":", event.realizedPnL)
        field(",\"isLiquidation\":", event.isLiquidation)
    }

    mutating func appendData(of event: OrderEvent) {
        field("\"orderId\":", event.orderID)
        field(",\"clientOrderId\":", event.clientOrderID)
        field(",\"side\":", word: event.side?.word)
        field(",\"type\":", event.type)
        field(",\"timeInForce\":", word: event.timeInForce?.rawValue)
        field(",\"reduceOnly\":", event.reduceOnly)
        field(",\"price\":", event.price)
        field(",\"triggerPrice\":", event.triggerPrice)
        field(",\"quantity\":", event.quantity)
        field(",\"filled\":", event.filled)
        field(",\"averagePrice\":", event.averagePrice)
        field(",\"status\":", word: event.status.rawValue)
        field(",\"statusText\":", event.statusText)
        field(",\"reason\":", event.reason)
    }

    mutating func appendData(of event: PositionEvent) {
        field("\"side\":", word: event.side.rawValue)
        field(",\"quantity\":", event.quantity)
        field(",\"entryPrice\":", event.entryPrice)
        field(",\"markPrice\":", event.markPrice)
        field(",\"liquidationPrice\":", event.liquidationPrice)
        field(",\"unrealizedPnl\":", event.unrealizedPnL)
        field(",\"leverage\":", event.leverage)
    }

    mutating func appendData(of event: BalanceEvent) {
        field("\"asset\":", event.asset)
        field(",\"total\":", event.total)
        field(",\"available\":", event.available)
        field(",\"change\":", event.change)
    }
}
