// Bybit's private events: executions, orders, positions and balances, by stream and by REST.

import MartletModel

extension BybitReader {
    /// The entries of `execution`, `execution.fast` and of the list of executions.
    mutating func executions(_ batch: inout EventBatch) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.execution(&batch)
        }
    }

    /// One execution whose `{` has been taken. Funding, settlement and corporate actions are told
    /// as executions too, but trade nothing: they give no event. Nor does one without a side.
    mutating func execution(_ batch: inout EventBatch) throws(DecodingFailure) {
        var fill = FillEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), side: .buy,
            price: BybitReader.none(at: scanner), quantity: BybitReader.none(at: scanner))
        var side: Side?
        var price: DecimalText?
        var quantity: DecimalText?
        var type: String?
        var isCombination = false
        var hasSide = false
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": fill.header.instrument = try scanner.text()
            case "execTime": fill.header.exchangeTime = try scanner.instantIfAny()
            case "execId": fill.id = try scanner.wordsIfAny()
            case "orderId": fill.orderID = try scanner.wordsIfAny()
            case "orderLinkId": fill.clientOrderID = try scanner.wordsIfAny()
            case "side":
                hasSide = true
                side = try sideIfAny()
            case "execPrice": price = try scanner.amountIfAny(&batch)
            case "execQty": quantity = try scanner.amountIfAny(&batch)
            case "leavesQty": fill.leaves = try scanner.amountIfAny(&batch)
            case "isMaker": fill.isMaker = try scanner.flagIfAny()
            case "execFee": fill.fee = try scanner.amountIfAny(&batch)
            case "feeCurrency": fill.feeAsset = try scanner.wordsIfAny()
            case "execPnl": fill.realizedPnL = try scanner.amountIfAny(&batch)
            case "execType": type = try scanner.wordsIfAny()?.string
            case "legs":
                isCombination = true
                try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }
        switch type {
        case "Funding", "Settle", "CorporateAction", "SessionSettlePnL": return
        case "BustTrade", "AdlTrade": fill.isLiquidation = true
        default: break
        }
        if isCombination || (hasSide && side == nil) { return }
        guard let side, let price, let quantity, fill.header.instrument != nil else {
            throw scanner.failure(.missingField, at: place)
        }
        fill.side = side
        fill.price = price
        fill.quantity = quantity
        batch.events.append(.fill(fill))
    }

    private static func none(at scanner: JSONScanner) -> DecimalText {
        DecimalText(mantissa: 0, scale: -1, start: scanner.start, count: 0)
    }

    /// `Buy`, `Sell`, or nil for `""` and `None`.
    private mutating func sideIfAny() throws(DecodingFailure) -> Side? {
        let place = scanner.at
        guard let word = try scanner.wordsIfAny() else { return nil }
        switch word.string {
        case "Buy": return .buy
        case "Sell": return .sell
        case "None": return nil
        default: throw scanner.failure(.badValue, at: place)
        }
    }

    /// The entries of `order` and of the lists of orders.
    mutating func orders(_ batch: inout EventBatch) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.order(&batch)
        }
    }

    mutating func order(_ batch: inout EventBatch) throws(DecodingFailure) {
        var order = OrderEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), status: .unknown)
        var rejection: TextSlice?
        var cancellation: TextSlice?
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": order.header.instrument = try scanner.text()
            case "updatedTime": order.header.exchangeTime = try scanner.instantIfAny()
            case "orderId": order.orderID = try scanner.wordsIfAny()
            case "orderLinkId": order.clientOrderID = try scanner.wordsIfAny()
            case "side": order.side = try sideIfAny()
            case "orderType": order.type = try scanner.wordsIfAny()
            case "timeInForce": order.timeInForce = try timeInForce()
            case "reduceOnly": order.reduceOnly = try scanner.flagIfAny()
            case "price": order.price = try priceIfAny(&batch)
            case "triggerPrice": order.triggerPrice = try priceIfAny(&batch)
            case "qty": order.quantity = try scanner.amountIfAny(&batch)
            case "cumExecQty": order.filled = try scanner.amountIfAny(&batch)
            case "avgPrice": order.averagePrice = try priceIfAny(&batch)
            case "orderStatus": order.statusText = try scanner.wordsIfAny()
            case "rejectReason": rejection = try scanner.wordsIfAny()
            case "cancelType": cancellation = try scanner.wordsIfAny()
            default: try scanner.skipValue()
            }
        }
        guard order.header.instrument != nil, let status = order.statusText else {
            throw scanner.failure(.missingField, at: place)
        }
        if order.header.exchangeTime == nil { order.header.exchangeTime = envelope.creationTime }
        let isFilledInPart = order.filled.map { !$0.fits || $0.mantissa != 0 } ?? false
        order.status = BybitReader.status(
            status.string, because: rejection?.string ?? "", isFilledInPart)
        if let rejection, !rejection.equals("EC_NoError"), !rejection.equals("UNKNOWN") {
            order.reason = rejection
        } else if let cancellation, !cancellation.equals("UNKNOWN") {
            order.reason = cancellation
        }
        if order.status == .canceled, rejection?.equals("EC_PostOnlyWillTakeLiquidity") == true {
            order.reason = OrderEvent.postOnlyWouldCross(&batch)
        }
        batch.events.append(.order(batch.orders.count))
        batch.orders.append(order)
    }

    /// A price of an order; 0 stands for none.
    private mutating func priceIfAny(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText? {
        guard let price = try scanner.amountIfAny(&batch), !price.isZero else { return nil }
        return price
    }

    private mutating func timeInForce() throws(DecodingFailure) -> TimeInForce? {
        switch try scanner.wordsIfAny()?.string {
        case "GTC": .gtc
        case "IOC": .ioc
        case "FOK": .fok
        case "PostOnly": .gtx
        default: nil
        }
    }

    /// Bybit's word for an order's state in the words of the order lifecycle.
    static func status(
        _ word: String, because rejection: String, _ isFilledInPart: Bool
    ) -> OrderStatus {
        switch word {
        case "Created": .sent
        case "New", "Untriggered", "Triggered", "Active": .working
        case "PartiallyFilled": .partiallyFilled
        case "Filled": .filled
        case "PartiallyFilledCanceled", "Deactivated": .canceled
        case "Rejected":
            isFilledInPart || rejection == "EC_PostOnlyWillTakeLiquidity" ? .canceled : .rejected
        case "Cancelled":
            switch rejection {
            case "EC_NoImmediateQtyToFill", "EC_CancelForNoFullFill": .expired
            default: .canceled
            }
        default: .unknown
        }
    }

    /// The entries of `position` and of the list of positions.
    mutating func positions(_ batch: inout EventBatch) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.position(&batch)
        }
    }

    mutating func position(_ batch: inout EventBatch) throws(DecodingFailure) {
        var symbol: TextSlice?
        var time: Int64?
        var side: Side?
        var size: DecimalText?
        var index: Int64?
        var entry: DecimalText?
        var mark: DecimalText?
        var liquidation: DecimalText?
        var profit: DecimalText?
        var leverage: DecimalText?
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": symbol = try scanner.text()
            case "updatedTime": time = try scanner.instantIfAny()
            case "side": side = try sideIfAny()
            case "size": size = try scanner.amountIfAny(&batch)
            case "positionIdx": index = try scanner.countIfAny()
            case "entryPrice", "avgPrice": entry = try scanner.amountIfAny(&batch)
            case "markPrice": mark = try scanner.amountIfAny(&batch)
            case "liqPrice": liquidation = try scanner.amountIfAny(&batch)
            case "unrealisedPnl": profit = try scanner.amountIfAny(&batch)
            case "leverage": leverage = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let size else { throw scanner.failure(.missingField, at: place) }
        let kind: PositionSide = index == 1 ? .long : index == 2 ? .short : .net
        let isShort = kind == .net && side == .sell
        var event = PositionEvent(
            header: EventHeader(
                instrument: symbol,
                exchangeTime: time ?? envelope.creationTime ?? envelope.responseTime),
            side: kind, quantity: isShort ? try negative(size, &batch) : size)
        event.entryPrice = entry.flatMap { $0.isZero ? nil : $0 }
        event.markPrice = mark
        event.liquidationPrice = liquidation
        event.unrealizedPnL = profit
        event.leverage = leverage
        batch.events.append(.position(batch.positions.count))
        batch.positions.append(event)
    }

    /// The number with a minus before it, made in the batch; 0 stays as it is.
    private func negative(
        _ number: DecimalText, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> DecimalText {
        if number.fits, number.mantissa <= 0 { return number }
        let kept = batch.keep("-" + number.text)
        var scanner = try JSONScanner(kept.bytes)
        return try scanner.decimal()
    }

    /// The entries of `wallet` and of the wallet's balances: one account each, with its coins.
    mutating func wallets(_ batch: inout EventBatch) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            var isFirst = true
            while let name = try reader.scanner.name(&isFirst) {
                guard name == "coin" else {
                    try reader.scanner.skipValue()
                    continue
                }
                try reader.eachObject(&batch) { reader, batch throws(DecodingFailure) in
                    try reader.balance(&batch)
                }
            }
        }
    }

    private mutating func balance(_ batch: inout EventBatch) throws(DecodingFailure) {
        var asset: TextSlice?
        var total: DecimalText?
        var withdrawable: DecimalText?
        var free: DecimalText?
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "coin": asset = try scanner.text()
            case "walletBalance": total = try scanner.amountIfAny(&batch)
            case "availableToWithdraw": withdrawable = try scanner.amountIfAny(&batch)
            case "free": free = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        guard let asset else { throw scanner.failure(.missingField, at: place) }
        var event = BalanceEvent(
            header: EventHeader(
                instrument: nil, exchangeTime: envelope.creationTime ?? envelope.responseTime),
            asset: asset)
        event.total = total
        event.available = withdrawable ?? free
        batch.events.append(.balance(event))
    }
}
