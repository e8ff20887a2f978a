// Alpaca's private side: the trading stream, orders, positions, executions, the account, assets.

import MartletModel

extension AlpacaReader {
    /// A message of the trading stream, or of the data streams before v2.
    mutating func trading(
        _ stream: TextSlice, _ found: AlpacaMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        guard let place = found["data"] else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        scanner.at = place
        switch stream.string {
        case "trade_updates":
            try update(&batch)
            return .decoded
        case "listening":
            batch.control = .subscribed(id: nil, topic: try firstStream())
            return .control
        case "authorization":
            batch.control = try authorization()
            return .control
        default:
            let name = stream.string
            for prefix in ["T.", "Q.", "AM.", "A.", "alpacadatav1/", "trade_updates."]
            where name.hasPrefix(prefix) {
                batch.note = "Alpaca data stream v1, no longer sent; use the v2 streams"
                return .dead
            }
            batch.note = "stream \(name)"
            return .unknown
        }
    }

    private mutating func firstStream() throws(DecodingFailure) -> TextSlice? {
        guard scanner.takeIf(UInt8(ascii: "{")) else { return nil }
        var isFirst = true
        var topic: TextSlice?
        while let name = try scanner.name(&isFirst) {
            let place = scanner.at
            if name == "streams", scanner.takeIf(UInt8(ascii: "[")),
                scanner.nextIs(UInt8(ascii: "\""))
            {
                topic = try scanner.text()
            }
            scanner.at = place
            try scanner.skipValue()
        }
        return topic
    }

    private mutating func authorization() throws(DecodingFailure) -> ControlMessage {
        var status: TextSlice?
        var action: TextSlice?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "status": status = try scanner.wordsIfAny()
            case "action": action = try scanner.wordsIfAny()
            default: try scanner.skipValue()
            }
        }
        guard let status, status.equals("authorized") else {
            return .refused(id: action, code: nil, reason: status)
        }
        return .authenticated
    }

    /// The data of `trade_updates`: what the order is now, and for executions the fill before it
    /// and the position after it.
    private mutating func update(_ batch: inout EventBatch) throws(DecodingFailure) {
        var event: TextSlice?
        var time: Int64?
        var price: DecimalText?
        var quantity: DecimalText?
        var position: DecimalText?
        var identifier: TextSlice?
        var order: OrderEvent?
        let place = scanner.at
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "event": event = try scanner.wordsIfAny()
            case "timestamp": time = try instantIfAny()
            case "price": price = try scanner.amountIfAny(&batch)
            case "qty": quantity = try scanner.amountIfAny(&batch)
            case "position_qty": position = try scanner.amountIfAny(&batch)
            case "execution_id": identifier = try scanner.wordsIfAny()
            case "order": order = try orderMembers(&batch)
            default: try scanner.skipValue()
            }
        }
        guard let event, var order else { throw scanner.failure(.missingField, at: place) }
        order.header.exchangeTime = time ?? order.header.exchangeTime
        let isExecution = event.equals("fill") || event.equals("partial_fill")
        if isExecution {
            guard let price, let quantity, let side = order.side else {
                throw scanner.failure(.missingField, at: place)
            }
            var fill = FillEvent(
                header: order.header, side: side, price: price, quantity: quantity)
            fill.id = identifier
            fill.orderID = order.orderID
            fill.clientOrderID = order.clientOrderID
            batch.events.append(.fill(fill))
        } else if event.equals("order_replace_rejected") || event.equals("order_cancel_rejected")
            || event.equals("rejected")
        {
            order.reason = event
        }
        append(order, &batch)
        if isExecution, let position {
            batch.events.append(.position(batch.positions.count))
            batch.positions.append(
                PositionEvent(header: order.header, side: .net, quantity: position))
        }
    }

    /// An order, whose `{` has not been taken.
    mutating func orderMembers(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> OrderEvent {
        var order = OrderEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), status: .unknown)
        var created: Int64?
        var replacement: TextSlice?
        var isDay = false
        let place = scanner.at
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "id": order.orderID = try scanner.wordsIfAny()
            case "client_order_id": order.clientOrderID = try scanner.wordsIfAny()
            case "symbol": order.header.instrument = try scanner.wordsIfAny()
            case "updated_at": order.header.exchangeTime = try instantIfAny()
            case "created_at": created = try instantIfAny()
            case "side": order.side = try side()
            case "type": order.type = try scanner.wordsIfAny()
            case "time_in_force":
                let word = try scanner.wordsIfAny()?.string
                isDay = word != "gtc"
                order.timeInForce = word == "gtc" ? .gtc : word == "ioc" ? .ioc : nil
                if word == "fok" { order.timeInForce = .fok }
            case "limit_price": order.price = try scanner.amountIfAny(&batch)
            case "stop_price": order.triggerPrice = try scanner.amountIfAny(&batch)
            case "qty": order.quantity = try scanner.amountIfAny(&batch)
            case "filled_qty": order.filled = try scanner.amountIfAny(&batch)
            case "filled_avg_price": order.averagePrice = try scanner.amountIfAny(&batch)
            case "status": order.statusText = try scanner.wordsIfAny()
            case "replaced_by": replacement = try scanner.wordsIfAny()
            default: try scanner.skipValue()
            }
        }
        guard let status = order.statusText, order.orderID != nil else {
            throw scanner.failure(.missingField, at: place)
        }
        order.header.exchangeTime = order.header.exchangeTime ?? created
        let isFilledInPart = order.filled.map { !$0.fits || $0.mantissa != 0 } ?? false
        order.status = AlpacaWords.status(
            status.string, isFilledInPart: isFilledInPart, isDay: isDay)
        if let replacement, !replacement.hasEscapes {
            order.reason = batch.keep("replaced_by \(replacement.string)")
        }
        return order
    }

    /// `buy`, `sell`, `sell_short`…; nil for `null`.
    private mutating func side() throws(DecodingFailure) -> Side? {
        guard let word = try scanner.wordsIfAny()?.string else { return nil }
        return word.hasPrefix("buy") ? .buy : word.hasPrefix("sell") ? .sell : nil
    }

    /// A position, whose `{` has not been taken. A short one has a quantity below 0.
    mutating func position(_ batch: inout EventBatch) throws(DecodingFailure) {
        var event = PositionEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), side: .net,
            quantity: DecimalText(mantissa: 0, scale: -1, start: scanner.start, count: 0))
        var quantity: DecimalText?
        var isShort = false
        let place = scanner.at
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": event.header.instrument = try scanner.text()
            case "qty": quantity = try scanner.amountIfAny(&batch)
            case "side": isShort = try scanner.wordsIfAny()?.string == "short"
            case "avg_entry_price": event.entryPrice = try scanner.amountIfAny(&batch)
            case "current_price": event.markPrice = try scanner.amountIfAny(&batch)
            case "unrealized_pl": event.unrealizedPnL = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        guard var quantity else { throw scanner.failure(.missingField, at: place) }
        if isShort, quantity.start.pointee != UInt8(ascii: "-") {
            let kept = batch.keep("-" + quantity.text)
            var inner = try JSONScanner(kept.bytes)
            quantity = try inner.decimal()
        }
        event.quantity = quantity
        batch.events.append(.position(batch.positions.count))
        batch.positions.append(event)
    }

    /// An execution from the list of the account's activities.
    mutating func activity(_ batch: inout EventBatch) throws(DecodingFailure) {
        var header = EventHeader(instrument: nil, exchangeTime: nil)
        var price: DecimalText?
        var quantity: DecimalText?
        var leaves: DecimalText?
        var identifier: TextSlice?
        var order: TextSlice?
        var direction: Side?
        let place = scanner.at
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": header.instrument = try scanner.text()
            case "transaction_time": header.exchangeTime = try instantIfAny()
            case "price": price = try scanner.amountIfAny(&batch)
            case "qty": quantity = try scanner.amountIfAny(&batch)
            case "leaves_qty": leaves = try scanner.amountIfAny(&batch)
            case "id": identifier = try scanner.wordsIfAny()
            case "order_id": order = try scanner.wordsIfAny()
            case "side": direction = try side()
            default: try scanner.skipValue()
            }
        }
        // Other activities than executions may stand in the same list.
        guard let price, let quantity, let direction else {
            guard header.exchangeTime == nil else {
                throw scanner.failure(.missingField, at: place)
            }
            return
        }
        var fill = FillEvent(header: header, side: direction, price: price, quantity: quantity)
        fill.id = identifier
        fill.orderID = order
        fill.leaves = leaves
        batch.events.append(.fill(fill))
    }

    /// The account: its cash, and what of it may buy without margin.
    mutating func account(_ batch: inout EventBatch) throws(DecodingFailure) {
        var currency: TextSlice?
        var cash: DecimalText?
        var available: DecimalText?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "currency": currency = try scanner.wordsIfAny()
            case "cash": cash = try scanner.amountIfAny(&batch)
            case "non_marginable_buying_power": available = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        var event = BalanceEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil),
            asset: currency ?? batch.keep("USD"))
        event.total = cash
        event.available = available
        batch.events.append(.balance(event))
    }

    /// An asset that can be traded: a stock in shares, a coin in its own units.
    mutating func asset(_ batch: inout EventBatch) throws(DecodingFailure) {
        var event = InstrumentEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), kind: .spot, unit: .base)
        var isTradable = false
        let place = scanner.at
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": event.header.instrument = try scanner.wordsIfAny()
            case "class":
                event.unit = try scanner.wordsIfAny()?.string == "crypto" ? .base : .shares
            case "status": event.stateText = try scanner.wordsIfAny()
            case "tradable": isTradable = try scanner.flagIfAny() ?? false
            case "min_order_size": event.minimumQuantity = try scanner.amountIfAny(&batch)
            case "min_trade_increment": event.lotSize = try scanner.amountIfAny(&batch)
            case "price_increment": event.tickSize = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        guard let symbol = event.header.instrument, let status = event.stateText else {
            throw scanner.failure(.missingField, at: place)
        }
        event.state = status.equals("active") ? (isTradable ? .trading : .halted) : .closed
        if event.unit == .shares {
            event.baseAsset = symbol
            event.quoteAsset = batch.keep("USD")
        } else {
            let halves = symbol.string.split(separator: "/")
            if halves.count == 2 {
                event.baseAsset = batch.keep(String(halves[0]))
                event.quoteAsset = batch.keep(String(halves[1]))
            }
        }
        batch.events.append(.instrument(batch.instruments.count))
        batch.instruments.append(event)
    }
}
