// Binance's user data events: orders, fills, balances and positions of our own accounts.

import MartletModel

extension BinanceReader {
    /// An event of the user data stream.
    ///
    /// - Returns: False where the event is another one.
    func userEvent(
        _ name: TextSlice, _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        if name.equals("executionReport") {
            try execution(members, isSpot: true, time: nil, &batch)
        } else if name.equals("ORDER_TRADE_UPDATE") {
            try execution(
                members.need("o").members(), isSpot: false,
                time: members.time("T", "E"), &batch)
        } else if name.equals("TRADE_LITE") {
            try fill(members, isSpot: false, time: try eventTime(members), &batch)
        } else if name.equals("ALGO_UPDATE") {
            try algorithmic(members, &batch)
        } else if name.equals("outboundAccountPosition") {
            try spotBalances(members, &batch)
        } else if name.equals("balanceUpdate") {
            let header = EventHeader(instrument: nil, exchangeTime: try eventTime(members))
            var balance = BalanceEvent(header: header, asset: try members.need("a").text())
            balance.change = try members.need("d").number(&batch)
            batch.events.append(.balance(balance))
        } else if name.equals("ACCOUNT_UPDATE") {
            try account(members, &batch)
        } else if name.equals("MARGIN_CALL") {
            let time = try eventTime(members)
            for position in try members.need("p").elements() {
                try self.position(position.members(), time, &batch)
            }
        } else {
            return BinanceReader.silentUserEvents.contains { name.equals($0) }
        }
        return true
    }

    /// User events that are known and say nothing that Martlet has an event for.
    private static let silentUserEvents: [StaticString] = [
        "listStatus", "externalLockUpdate", "ACCOUNT_CONFIG_UPDATE", "USER_LIABILITY_CHANGE",
        "MARGIN_LEVEL_STATUS_CHANGE", "GRID_UPDATE", "STRATEGY_UPDATE", "openOrderLoss",
        "liabilityChange", "riskLevelChange", "CONDITIONAL_ORDER_TRADE_UPDATE",
        "CONDITIONAL_ORDER_TRIGGER_REJECT",
    ]

    private func eventTime(_ members: JSONMembers) throws(DecodingFailure) -> Int64? {
        try members.time("T", "E")
    }

    /// Orders that the venue makes to close a position: their fills count, they are none of ours.
    private static func isForced(_ clientID: TextSlice?) -> Bool {
        guard let clientID else { return false }
        return ["autoclose-", "adl_autoclose", "settlement_autoclose-", "delivery_autoclose-"]
            .contains { clientID.string.hasPrefix($0) }
    }

    /// The members of an `executionReport`, or of the order in an `ORDER_TRADE_UPDATE`.
    private func execution(
        _ order: JSONMembers, isSpot: Bool, time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let kind = try order.need("x").text()
        let ownTime = try eventTime(order)
        let time = time ?? ownTime
        let isFill = kind.equals("TRADE") || kind.equals("CALCULATED")
        if isFill, try order.numberAboveZero("l", &batch) != nil {
            try fill(order, isSpot: isSpot, time: time, &batch)
        }
        if !isSpot, kind.equals("CALCULATED") || BinanceReader.isForced(order.plain("c")) { return }
        let status = try order.need("X").text()
        var event = OrderEvent(
            header: EventHeader(instrument: try order.need("s").text(), exchangeTime: time),
            status: .binance(status))
        event.statusText = status
        // An order that was refused has no id: −1.
        event.orderID = order.plain("i").flatMap { $0.equals("-1") ? nil : $0 }
        event.clientOrderID = clientID(order, isSpot: isSpot)
        event.side = try side(order.need("S"))
        event.type = order.plain("o")
        event.timeInForce = timeInForce(order.plain("f"), type: event.type)
        event.reduceOnly = try order.flag("R")
        event.price = try order.numberAboveZero("p", &batch)
        event.triggerPrice = try order.numberAboveZero(isSpot ? "P" : "sp", &batch)
        event.quantity = try order.need("q").number(&batch)
        event.filled = try order.need("z").number(&batch)
        event.averagePrice = try order.numberAboveZero("ap", &batch)
        event.reason = reason(order)
        event.endPostOnly(&batch)
        batch.append(event)
    }

    /// On a spot cancel `c` is the request's own id and `C` the order's.
    private func clientID(_ order: JSONMembers, isSpot: Bool) -> TextSlice? {
        if isSpot, let original = order.plain("C") { return original }
        return order.plain("c")
    }

    private func reason(_ order: JSONMembers) -> TextSlice? {
        for key in ["r", "eR", "er", "rm"] as [StaticString] {
            if let text = order.plain(key), !text.equals("NONE"), !text.equals("0") { return text }
        }
        return nil
    }

    /// The execution that an order event or a `TRADE_LITE` carries.
    private func fill(
        _ order: JSONMembers, isSpot: Bool, time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var fill = FillEvent(
            header: EventHeader(instrument: try order.need("s").text(), exchangeTime: time),
            side: try side(order.need("S")), price: try order.need("L").number(&batch),
            quantity: try order.need("l").number(&batch))
        fill.id = order.plain("t").flatMap { $0.equals("-1") || $0.equals("0") ? nil : $0 }
        fill.orderID = order.plain("i")
        fill.clientOrderID = clientID(order, isSpot: isSpot)
        if let quantity = try order.number("q", &batch), let filled = try order.number("z", &batch)
        {
            fill.leaves = quantity.minus(filled, &batch)
        }
        fill.isMaker = try order.flag("m")
        fill.fee = try order.number("n", &batch)
        fill.feeAsset = order.plain("N")
        fill.realizedPnL = try order.number("rp", &batch)
        if !isSpot {
            let text = fill.clientOrderID?.string ?? ""
            fill.isLiquidation =
                order.plain("x")?.equals("CALCULATED") == true || text.hasPrefix("autoclose-")
                || text.hasPrefix("adl_autoclose")
        }
        batch.events.append(.fill(fill))
    }

    private func algorithmic(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let order = try members.need("o").members()
        let status = try order.need("X").text()
        var event = OrderEvent(
            header: EventHeader(
                instrument: try order.need("s").text(), exchangeTime: try eventTime(members)),
            status: .binance(status))
        event.statusText = status
        event.orderID = order.plain("aid")
        event.clientOrderID = order.plain("caid")
        event.side = try side(order.need("S"))
        event.type = order.plain("o")
        event.timeInForce = timeInForce(order.plain("f"), type: event.type)
        event.reduceOnly = try order.flag("R")
        event.price = try order.numberAboveZero("p", &batch)
        event.triggerPrice = try order.numberAboveZero("tp", &batch)
        event.quantity = try order.number("q", &batch)
        event.filled = try order.number("aq", &batch)
        event.averagePrice = try order.numberAboveZero("ap", &batch)
        event.reason = reason(order)
        // Finished: triggered, and the order that it became has ended.
        if status.equals("FINISHED") {
            event.status = event.filled.map { !$0.isZero } == true ? .filled : .canceled
        }
        batch.append(event)
    }

    private func spotBalances(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(
            instrument: nil, exchangeTime: try members.time("u", "E"))
        for entry in try members.need("B").elements() {
            let entry = try entry.members()
            var balance = BalanceEvent(header: header, asset: try entry.need("a").text())
            balance.available = try entry.need("f").number(&batch)
            balance.total = balance.available?.plus(
                try entry.number("l", &batch), &batch)
            batch.events.append(.balance(balance))
        }
    }

    private func account(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let time = try eventTime(members)
        let update = try members.need("a").members()
        for entry in try update.list("B") {
            let entry = try entry.members()
            var balance = BalanceEvent(
                header: EventHeader(instrument: nil, exchangeTime: time),
                asset: try entry.need("a").text())
            balance.total = try entry.number("wb", &batch)
            batch.events.append(.balance(balance))
        }
        for entry in try update.list("P") {
            try position(entry.members(), time, &batch)
        }
    }

    private func position(
        _ entry: JSONMembers, _ time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let side = PositionSide.binance(entry.plain("ps"))
        let size = try entry.need("pa").number(&batch)
        var position = PositionEvent(
            header: EventHeader(instrument: try entry.need("s").text(), exchangeTime: time),
            side: side, quantity: side == .net ? size : size.magnitude(&batch))
        position.entryPrice = try entry.numberAboveZero("ep", &batch)
        position.markPrice = try entry.numberAboveZero("mp", &batch)
        position.unrealizedPnL = try entry.number("up", &batch)
        batch.append(position)
    }

    func side(_ value: JSONValue) throws(DecodingFailure) -> Side {
        let text = try value.text()
        guard text.equals("BUY") || text.equals("SELL") else { throw value.failure(.badValue) }
        return text.equals("BUY") ? .buy : .sell
    }

    /// Binance's words for how long an order lives; post-only has several.
    func timeInForce(_ word: TextSlice?, type: TextSlice?) -> TimeInForce? {
        if type?.equals("LIMIT_MAKER") == true { return .gtx }
        guard let word else { return nil }
        return TimeInForce(rawValue: word.string)
    }
}

extension OrderEvent {
    /// A post-only order that expires untraded, without another reason, would have crossed.
    mutating func endPostOnly(_ batch: inout EventBatch) {
        guard timeInForce == .gtx, statusText?.equals("EXPIRED") == true, reason == nil,
            filled?.isZero == true
        else { return }
        status = .canceled
        reason = OrderEvent.postOnlyWouldCross(&batch)
    }
}

extension PositionSide {
    /// Binance's words for which position it is.
    static func binance(_ word: TextSlice?) -> PositionSide {
        if word?.equals("LONG") == true { return .long }
        return word?.equals("SHORT") == true ? .short : .net
    }
}

extension OrderStatus {
    /// Binance's words for where an order is.
    static func binance(_ word: TextSlice) -> OrderStatus {
        let words: [(StaticString, OrderStatus)] = [
            ("NEW", .working), ("PENDING_NEW", .working), ("PENDING_CANCEL", .working),
            ("TRIGGERING", .working), ("TRIGGERED", .working),
            ("PARTIALLY_FILLED", .partiallyFilled), ("FILLED", .filled), ("CANCELED", .canceled),
            ("REJECTED", .rejected), ("EXPIRED", .expired), ("EXPIRED_IN_MATCH", .expired),
        ]
        return words.first { word.equals($0.0) }?.1 ?? .unknown
    }
}
