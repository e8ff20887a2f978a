// Reads OKX's private data: orders with their executions, positions, balances.

import MartletModel

extension OKXDecoder {
    /// One row of a private kind.
    func accountRow(
        _ row: JSONFields, _ kind: OKXKind, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        switch kind {
        case .orders:
            try order(row, message, &batch)
            try lastFill(row, message, &batch)
        case .orderList: try order(row, message, &batch)
        case .algoOrders: try algoOrder(row, message, &batch)
        case .fills: try fill(row, message, &batch)
        case .positions: try position(row, message, &batch)
        case .balances: try balance(row, &batch)
        case .account: try rows(of: "details", row, .balances, message, &batch)
        case .balanceAndPosition:
            try rows(of: "balData", row, .balances, message, &batch)
            try rows(of: "posData", row, .positions, message, &batch)
        default: break
        }
    }

    /// The rows of a list inside a row.
    private func rows(
        of name: StaticString, _ row: JSONFields, _ kind: OKXKind, _ message: OKXMessage,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard var scanner = try row.scanner(name), try scanner.takeArray() else { return }
        var inner = JSONFields(of: scanner)
        repeat {
            try inner.read(&scanner)
            try accountRow(inner, kind, message, &batch)
        } while try scanner.takeNextElement()
    }

    private func order(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let state = try row.text("state") else { throw row.missing() }
        var header = try header(row, message)
        header.exchangeTime = try row.firstTime("uTime", "cTime")
        let filled = try row.decimal("accFillSz", &batch)
        let source = try row.text("cancelSource")
        var event = OrderEvent(
            header: header, status: OKXDecoder.status(state, canceledBy: source))
        event.statusText = state
        event.orderID = try row.text("ordId")
        event.clientOrderID = try row.text("clOrdId")
        event.side = try side(row)
        event.type = try row.text("ordType")
        event.timeInForce = OKXDecoder.timeInForce(event.type)
        event.reduceOnly = try row.flag("reduceOnly")
        event.price = try row.decimal("px", &batch)
        event.quantity = try row.decimal("sz", &batch)
        event.filled = filled
        if filled?.isPositive == true { event.averagePrice = try row.decimal("avgPx", &batch) }
        event.reason = try row.text("cancelSourceReason") ?? source
        if event.reason == nil, let code = try row.text("code"), !code.equals("0") {
            event.reason = try row.text("msg")
            if event.reason == nil { event.reason = code }
        }
        if event.status == .canceled, source?.equals("31") == true {
            event.reason = OrderEvent.postOnlyWouldCross(&batch)
        }
        batch.orders.append(event)
        batch.events.append(.order(batch.orders.count - 1))
    }

    /// The execution that a pushed order row tells of, where it tells of one.
    private func lastFill(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let quantity = try row.decimal("fillSz", &batch), quantity.isPositive,
            try row.text("tradeId") != nil
        else { return }
        try fill(row, message, &batch)
    }

    /// An execution: a row of its own, or what an order row says of its last one.
    private func fill(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let side = try side(row), let price = try row.decimal("fillPx", &batch),
            let quantity = try row.decimal("fillSz", &batch)
        else { throw row.missing() }
        var header = try header(row, message)
        header.exchangeTime = try row.firstTime("fillTime", "ts", "uTime")
        var event = FillEvent(header: header, side: side, price: price, quantity: quantity)
        event.id = try row.text("tradeId")
        event.orderID = try row.text("ordId")
        event.clientOrderID = try row.text("clOrdId")
        if let liquidity = try row.text("execType") {
            event.isMaker = liquidity.equals("M") ? true : liquidity.equals("T") ? false : nil
        }
        event.realizedPnL = try row.decimal("fillPnl", &batch)
        if let category = try row.text("category") {
            event.isLiquidation =
                category.equals("full_liquidation") || category.equals("partial_liquidation")
                || category.equals("adl")
        }
        let filled = try row.decimal("accFillSz", &batch)
        if let filled {
            // A market order may be sized in quote units, which nothing can be taken from.
            let isQuote = try row.text("tgtCcy")?.equals("quote_ccy") ?? false
            if !isQuote, let size = try row.decimal("sz", &batch) {
                event.leaves = size.minus(filled, &batch)
            }
        }
        try fee(row, quantity, filled, &event, &batch)
        batch.events.append(.fill(event))
    }

    /// The venue writes what is charged with a minus. `fee` of an order row is that of all its
    /// executions, so it counts only where this is the first.
    private func fee(
        _ row: JSONFields, _ quantity: DecimalText, _ filled: DecimalText?,
        _ event: inout FillEvent, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var fee = try row.decimal("fillFee", &batch)
        var asset = try row.text("fillFeeCcy")
        if fee == nil {
            let isFirst =
                filled.map { all in
                    guard let one = quantity.value, let sum = all.value else { return false }
                    return one.isEqual(to: sum)
                } ?? true
            if isFirst { fee = try row.decimal("fee", &batch) }
            asset = try row.text("feeCcy")
        }
        guard let fee else { return }
        event.fee = fee.negated(&batch)
        event.feeAsset = asset
    }

    /// An order that waits for its trigger. A price of −1 stands for a market order.
    private func algoOrder(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let state = try row.text("state") else { throw row.missing() }
        var header = try header(row, message)
        header.exchangeTime = try row.firstTime("uTime", "pTime", "cTime")
        let status: OrderStatus =
            switch state.string {
            case "live", "pause", "partially_effective": .working
            case "effective", "filled": .filled
            case "canceled": .canceled
            case "order_failed", "partially_failed": .rejected
            default: .unknown
            }
        var event = OrderEvent(header: header, status: status)
        event.statusText = state
        event.orderID = try row.text("algoId")
        event.clientOrderID = try row.text("algoClOrdId")
        event.side = try side(row)
        event.type = try row.text("ordType")
        event.reduceOnly = try row.flag("reduceOnly")
        event.quantity = try row.decimal("sz", &batch)
        if let price = try row.decimal("ordPx", &batch), price.isPositive { event.price = price }
        event.triggerPrice = try row.firstDecimal(
            "triggerPx", "slTriggerPx", "tpTriggerPx", in: &batch)
        event.reason = try row.text("failCode")
        batch.orders.append(event)
        batch.events.append(.order(batch.orders.count - 1))
    }

    private func position(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let quantity = try row.decimal("pos", &batch) else {
            // An empty text stands for no position; the other rows count.
            if row.has("pos") { return }
            throw row.missing()
        }
        var header = try header(row, message)
        header.exchangeTime = try row.firstTime("uTime", "pTime")
        var side = PositionSide.net
        if let word = try row.text("posSide") {
            side = word.equals("long") ? .long : word.equals("short") ? .short : .net
        }
        var event = PositionEvent(header: header, side: side, quantity: quantity)
        event.entryPrice = try row.decimal("avgPx", &batch)
        event.markPrice = try row.decimal("markPx", &batch)
        event.liquidationPrice = try row.decimal("liqPx", &batch)
        event.unrealizedPnL = try row.decimal("upl", &batch)
        event.leverage = try row.decimal("lever", &batch)
        batch.positions.append(event)
        batch.events.append(.position(batch.positions.count - 1))
    }

    private func balance(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let asset = try row.text("ccy") else { throw row.missing() }
        var event = BalanceEvent(
            header: EventHeader(instrument: nil, exchangeTime: try row.time("uTime")),
            asset: asset)
        event.total = try row.decimal("cashBal", &batch)
        event.available = try row.firstDecimal("availBal", "availEq", in: &batch)
        batch.events.append(.balance(event))
    }

    /// `cancelSource` 13 is a FOK order that cannot be filled whole, 14 the rest of an IOC order;
    /// both end by their own terms.
    private static func status(
        _ state: TextSlice, canceledBy source: TextSlice?
    ) -> OrderStatus {
        switch state.string {
        case "live": return .working
        case "partially_filled": return .partiallyFilled
        case "filled": return .filled
        case "canceled", "mmp_canceled":
            let ownTerms = ["13", "14"].contains(source?.string ?? "")
            return ownTerms ? .expired : .canceled
        default: return .unknown
        }
    }

    private static func timeInForce(_ type: TextSlice?) -> TimeInForce? {
        switch type?.string {
        case "limit": .gtc
        case "post_only", "mmp_and_post_only": .gtx
        case "fok", "op_fok": .fok
        case "ioc", "optimal_limit_ioc": .ioc
        default: nil
        }
    }
}
