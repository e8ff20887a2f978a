// Reads Hyperliquid's user data: executions, orders, positions, balances, funding payments.

import MartletModel

extension HyperliquidDecoder {
    /// The data of a user channel, or of an answer about a user: whatever parts it has.
    ///
    /// - Returns: Unknown for an event of an account of which no part is known.
    mutating func userData(
        _ scanner: inout JSONScanner, _ channel: String, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        let user = try row.text("user")
        if var fills = try row.scanner("fills") { try rows(&fills, .fills, of: user, &batch) }
        if var fills = try row.scanner("twapSliceFills") {
            try rows(&fills, .sliceFills, of: user, &batch)
        }
        if var orders = try row.scanner("orders") { try rows(&orders, .openOrders, &batch) }
        if var orders = try row.scanner("openOrders") { try rows(&orders, .openOrders, &batch) }
        if var orders = try row.scanner("orderHistory") { try rows(&orders, .orders, &batch) }
        if var orders = try row.scanner("nonUserCancel") { try rows(&orders, .cancels, &batch) }
        // What is told on subscription happened before and is part of the balance already.
        if try row.flag("isSnapshot") != true, var payments = try row.scanner("fundings") {
            try rows(&payments, .payments, &batch)
        }
        if var payment = try row.scanner("funding") { try rows(&payment, .payments, &batch) }
        if var state = try row.scanner("clearinghouseState") { try self.state(&state, &batch) }
        if var states = try row.scanner("clearinghouseStates") { try self.states(&states, &batch) }
        if var state = try row.scanner("spotState") { try rows(&state, .spotState, &batch) }
        if row.has("assetPositions") { try positions(row, &batch) }
        if row.has("balances") { try balances(row, &batch) }
        if var meta = try row.scanner("meta"), var list = try row.scanner("assetCtxs") {
            universe = try names(&meta)
            try contexts(&list, names: universe, &batch)
        }
        guard channel == "user" || channel == "userEvents", !row.isEmpty else { return .decoded }
        for part in HyperliquidDecoder.eventParts where row.has(part) { return .decoded }
        batch.note = "user event with \(row.names)"
        return .unknown
    }

    /// The parts of which an event of an account has one; slices of orders over time and how an
    /// order was triggered have no event of ours, and a liquidation comes as fills too.
    private static let eventParts: [StaticString] = [
        "fills", "funding", "liquidation", "nonUserCancel", "twapHistory", "twapSliceFills",
        "twapStates", "spotLedgerUpdates", "leverageUpdate", "ledgerUpdates",
    ]

    /// What one row of a list is.
    enum UserRow {
        case fills, sliceFills, openOrders, orders, cancels, payments, spotState, funding, trades
    }

    /// A list of rows of one kind, or one such row; of which user, where the message says it.
    func rows(
        _ scanner: inout JSONScanner, _ kind: UserRow, of user: TextSlice? = nil,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        if scanner.nextIs(UInt8(ascii: "{")) { return try one(&scanner, kind, user, &batch) }
        guard try scanner.takeArray() else { return }
        repeat {
            try one(&scanner, kind, user, &batch)
        } while try scanner.takeNextElement()
    }

    private func one(
        _ scanner: inout JSONScanner, _ kind: UserRow, _ user: TextSlice?,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        if kind == .trades { return try trade(&scanner, &batch) }
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        switch kind {
        case .trades: break
        case .fills: try fill(row, of: user, &batch)
        case .sliceFills:
            guard var inner = try row.scanner("fill") else { throw row.missing() }
            try one(&inner, .fills, user, &batch)
        case .openOrders: try order(row, status: nil, time: nil, &batch)
        case .orders: try orderWithStatus(row, &batch)
        case .cancels:
            guard let coin = try row.text("coin") else { throw row.missing() }
            var event = OrderEvent(
                header: EventHeader(instrument: coin, exchangeTime: nil), status: .canceled)
            event.orderID = try row.text("oid")
            append(event, &batch)
        case .payments: try payment(row, &batch)
        case .spotState: try balances(row, &batch)
        case .funding: try fundingHistory(row, &batch)
        }
    }

    private func append(_ event: OrderEvent, _ batch: inout EventBatch) {
        batch.orders.append(event)
        batch.events.append(.order(batch.orders.count - 1))
    }

    /// `{order, status, statusTimestamp}`.
    private func orderWithStatus(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard var inner = try row.scanner("order") else { throw row.missing() }
        var order = JSONFields(of: inner)
        try order.read(&inner)
        try self.order(
            order, status: try row.text("status"), time: try row.time("statusTimestamp"), &batch)
    }

    /// An order; `sz` is what remains of it, `origSz` what it was. Without a status it is open.
    private func order(
        _ row: JSONFields, status: TextSlice?, time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let coin = try row.text("coin") else { throw row.missing() }
        let placed = try row.time("timestamp")
        var event = OrderEvent(
            header: EventHeader(instrument: coin, exchangeTime: time ?? placed), status: .working)
        event.statusText = status
        event.orderID = try row.text("oid")
        event.clientOrderID = try row.text("cloid")
        event.side = try side(row)
        event.type = try row.text("orderType")
        event.timeInForce = HyperliquidDecoder.timeInForce(try row.text("tif"))
        event.reduceOnly = try row.flag("reduceOnly")
        event.price = try row.decimal("limitPx", &batch)
        if try row.flag("isTrigger") == true {
            event.triggerPrice = try row.decimal("triggerPx", &batch)
        }
        let rest = try row.decimal("sz", &batch)
        event.quantity = try row.firstDecimal("origSz", "sz", in: &batch)
        if let rest, row.has("origSz") { event.filled = event.quantity?.minus(rest, &batch) }
        let isPartlyFilled = event.filled?.isPositive == true && rest?.isPositive == true
        event.status = HyperliquidDecoder.status(
            status?.string ?? "open", isPartlyFilled: isPartlyFilled)
        if event.status != .working, event.status != .partiallyFilled, event.status != .filled {
            event.reason = status
        }
        if status?.equals("badAloPxRejected") == true {
            event.reason = OrderEvent.postOnlyWouldCross(&batch)
        }
        append(event, &batch)
    }

    private func side(_ row: JSONFields) throws(DecodingFailure) -> Side? {
        guard var scanner = try row.scanner("side") else { return nil }
        return try HyperliquidDecoder.side(&scanner)
    }

    /// An execution; `crossed` is true for the taker, a fee below 0 is a rebate.
    private func fill(
        _ row: JSONFields, of user: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let coin = try row.text("coin"), let side = try side(row),
            let price = try row.decimal("px", &batch), let quantity = try row.decimal("sz", &batch)
        else { throw row.missing() }
        let header = EventHeader(instrument: coin, exchangeTime: try row.time("time"))
        var event = FillEvent(header: header, side: side, price: price, quantity: quantity)
        event.id = try row.text("tid")
        event.orderID = try row.text("oid")
        event.clientOrderID = try row.text("cloid")
        event.isMaker = try row.flag("crossed").map { isTaker in !isTaker }
        event.fee = try row.decimal("fee", &batch)
        event.feeAsset = try row.text("feeToken")
        event.realizedPnL = try row.decimal("closedPnl", &batch)
        event.isLiquidation = try isForced(row, of: user)
        batch.events.append(.fill(event))
    }

    /// Whether the venue closed a position of this user. The one who traded with a liquidated user
    /// is told of the liquidation, too. Where no user is named, an order that opens a position or
    /// that rested was no forced one.
    private func isForced(
        _ row: JSONFields, of user: TextSlice?
    ) throws(DecodingFailure) -> Bool {
        guard var scanner = try row.scanner("liquidation") else { return false }
        var fields = JSONFields(of: scanner)
        try fields.read(&scanner)
        if let user, let liquidated = try fields.text("liquidatedUser") {
            return user.string.lowercased() == liquidated.string.lowercased()
        }
        let opens = try row.text("dir")?.hasPrefix("Open") ?? false
        let rested = try row.flag("crossed") == false
        return !opens && !rested
    }

    /// A funding payment, as a change of the balance.
    private func payment(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let amount = try row.decimal("usdc", &batch) else { throw row.missing() }
        let header = EventHeader(
            instrument: try row.text("coin"), exchangeTime: try row.time("time"))
        var event = BalanceEvent(header: header, asset: batch.keep("USDC"))
        event.change = amount
        batch.events.append(.balance(event))
    }

    /// `[[dex, state], …]`.
    private func states(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            try scanner.take(UInt8(ascii: "["))
            try scanner.skipValue()
            try scanner.take(UInt8(ascii: ","))
            try state(&scanner, &batch)
            try scanner.take(UInt8(ascii: "]"))
        } while try scanner.takeNextElement()
    }

    private func state(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        try positions(row, &batch)
    }

    /// Positions, and the balance that they are margined with.
    private func positions(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let time = try row.time("time")
        if var list = try row.scanner("assetPositions"), try list.takeArray() {
            var outer = JSONFields(of: list)
            repeat {
                try outer.read(&list)
                guard var inner = try outer.scanner("position") else { throw outer.missing() }
                try position(&inner, time, &batch)
            } while try list.takeNextElement()
        }
        var balance = BalanceEvent(
            header: EventHeader(instrument: nil, exchangeTime: time), asset: batch.keep("USDC"))
        balance.available = try row.decimal("withdrawable", &batch)
        var summary = try row.scanner("marginSummary")
        if summary == nil { summary = try row.scanner("crossMarginSummary") }
        if var summary {
            var fields = JSONFields(of: summary)
            try fields.read(&summary)
            balance.total = try fields.decimal("accountValue", &batch)
        }
        guard balance.total != nil || balance.available != nil else { return }
        batch.events.append(.balance(balance))
    }

    private func position(
        _ scanner: inout JSONScanner, _ time: Int64?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        guard let coin = try row.text("coin"), let size = try row.decimal("szi", &batch) else {
            throw row.missing()
        }
        var event = PositionEvent(
            header: EventHeader(instrument: coin, exchangeTime: time), side: .net, quantity: size)
        event.entryPrice = try row.decimal("entryPx", &batch)
        event.liquidationPrice = try row.decimal("liquidationPx", &batch)
        event.unrealizedPnL = try row.decimal("unrealizedPnl", &batch)
        if var leverage = try row.scanner("leverage") {
            var fields = JSONFields(of: leverage)
            try fields.read(&leverage)
            event.leverage = try fields.decimal("value", &batch)
        }
        batch.positions.append(event)
        batch.events.append(.position(batch.positions.count - 1))
    }

    /// Spot balances: what is on hold is not free, and may be more than there is.
    private func balances(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard var list = try row.scanner("balances"), try list.takeArray() else { return }
        var balance = JSONFields(of: list)
        repeat {
            try balance.read(&list)
            guard let coin = try balance.text("coin") else { throw balance.missing() }
            var event = BalanceEvent(
                header: EventHeader(instrument: nil, exchangeTime: nil), asset: coin)
            event.total = try balance.decimal("total", &batch)
            if let total = event.total, let hold = try balance.decimal("hold", &batch) {
                let free = total.minus(hold, &batch)
                let isShort = free.map { $0.mantissa < 0 } ?? false
                event.available = isShort ? DecimalText.made(0, 0, &batch) : free
            }
            batch.events.append(.balance(event))
        } while try list.takeNextElement()
    }

    private static func timeInForce(_ word: TextSlice?) -> TimeInForce? {
        switch word?.string {
        case "Gtc": .gtc
        case "Ioc", "FrontendMarket": .ioc
        case "Alo": .gtx
        default: nil
        }
    }

    /// Words that end in `Canceled` and `Rejected` say why. A post-only order that would cross is
    /// canceled, as on every venue; an IOC order without a match ends by its own terms.
    static func status(_ word: String, isPartlyFilled: Bool) -> OrderStatus {
        switch word {
        case "open", "resting", "triggered", "waitingForFill", "waitingForTrigger":
            isPartlyFilled ? .partiallyFilled : .working
        case "filled": .filled
        case "iocCancelRejected": .expired
        case "badAloPxRejected", "canceled", "scheduledCancel", "internalCancel": .canceled
        case _ where word.hasSuffix("Canceled"): .canceled
        case "rejected": .rejected
        case _ where word.hasSuffix("Rejected"): .rejected
        default: .unknown
        }
    }
}
