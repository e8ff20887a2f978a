// Events of every kind with every fact, and with as few as may be, for tests of envelopes.

import MartletModel
import MartletVenues

extension EventBatch {
    /// A decimal number that the batch keeps.
    mutating func number(_ text: String) -> DecimalText {
        let slice = keep(text)
        return DecimalText(mantissa: 0, scale: -1, start: slice.start, count: Int32(slice.count))
    }

    /// A text that the batch keeps, with JSON's escapes in it.
    mutating func escaped(_ text: String) -> TextSlice {
        let slice = keep(text)
        return TextSlice(start: slice.start, count: slice.count, hasEscapes: true)
    }

    /// Fills the batch with one event of every kind, all facts known.
    mutating func fillWithEverything() {
        removeAll()
        let header = EventHeader(instrument: keep("BTC-USDT-SWAP"), exchangeTime: 1_700_000_000_000)
        var trade = TradeEvent(
            header: header, id: keep("7"), price: number("100.50"), quantity: number("0.10"),
            aggressor: .sell)
        events.append(.trade(trade))
        (trade.firstID, trade.lastID, trade.isMarket) = (keep("5"), keep("7"), false)
        events.append(.trade(trade))
        levels.append(BookLevel(price: number("1"), quantity: number("0")))
        levels.append(BookLevel(price: number("0.9"), quantity: number("2.0")))
        levels.append(BookLevel(price: number("1.1"), quantity: number("3")))
        let (bids, asks) = (LevelRange(first: 0, count: 2), LevelRange(first: 2, count: 1))
        let none = LevelRange(first: 0, count: 0)
        events.append(
            .book(BookEvent(header: header, isSnapshot: false, bids: none, asks: none)))
        events.append(
            .book(
                BookEvent(
                    header: header, isSnapshot: true, bids: bids, asks: asks, firstUpdate: 1,
                    lastUpdate: 2, previousUpdate: 0, depth: 20, checksum: -5)))
        events.append(
            .quote(
                QuoteEvent(
                    header: header, bidPrice: number("1"), bidQuantity: number("2"),
                    askPrice: nil, askQuantity: nil, update: 9)))
        events.append(
            .bar(
                BarEvent(
                    header: header, interval: BarInterval(seconds: 28_800), openTime: 0,
                    closeTime: 28_800_000_000_000, open: number("1"), high: number("2"),
                    low: number("0.5"), close: number("1.5"), volume: number("10"), isClosed: nil)))
        events.append(.markPrice(PriceEvent(header: header, price: number("1.25"))))
        events.append(.indexPrice(PriceEvent(header: header, price: number("1.26"))))
        events.append(
            .funding(
                FundingEvent(
                    header: header, rate: number("-0.0001"), nextFundingTime: 5,
                    interval: BarInterval(months: 1))))
        events.append(
            .openInterest(OpenInterestEvent(header: header, quantity: number("123456"))))
        events.append(
            .liquidation(
                LiquidationEvent(
                    header: header, side: .sell, price: number("99"), priceKind: .bankruptcy,
                    quantity: number("4"))))
        events.append(
            .status(StatusEvent(header: header, state: .halted, text: escaped("a\\u0041\\n"))))
        fillWithAccount(header)
        fillWithInstrument(header)
    }

    private mutating func fillWithInstrument(_ header: EventHeader) {
        var rules = InstrumentEvent(header: header, kind: .linear, unit: .contracts)
        events.append(.instrument(instruments.count))
        instruments.append(rules)
        rules.state = .trading
        rules.stateText = keep("live")
        rules.baseAsset = keep("BTC")
        rules.quoteAsset = keep("USDT")
        rules.settlementAsset = keep("USDT")
        rules.tickSize = number("0.1")
        rules.priceFiguresMax = 5
        rules.lotSize = number("1")
        rules.minimumQuantity = number("1")
        rules.maximumQuantity = number("1000")
        rules.minimumNotional = number("5")
        rules.multiplier = number("0.01")
        rules.expiryTime = 1
        rules.fundingInterval = BarInterval(seconds: 28_800)
        rules.isAPIAllowed = false
        events.append(.instrument(instruments.count))
        instruments.append(rules)
    }

    private mutating func fillWithAccount(_ header: EventHeader) {
        var fill = FillEvent(header: header, side: .buy, price: number("1"), quantity: number("2"))
        events.append(.fill(fill))
        fill.id = keep("f1")
        fill.orderID = keep("o1")
        fill.clientOrderID = keep("c\"1\u{1}é")
        fill.leaves = number("0")
        fill.isMaker = true
        fill.fee = number("-0.01")
        fill.feeAsset = keep("USDT")
        fill.realizedPnL = number("3")
        fill.isLiquidation = true
        events.append(.fill(fill))
        var order = OrderEvent(header: header, status: .working)
        events.append(.order(orders.count))
        orders.append(order)
        order.orderID = keep("o1")
        order.clientOrderID = keep("c1")
        order.side = .sell
        order.type = keep("LIMIT")
        order.timeInForce = .gtx
        order.reduceOnly = false
        order.price = number("1")
        order.triggerPrice = number("2")
        order.quantity = number("3")
        order.filled = number("0")
        order.averagePrice = number("0.0")
        order.statusText = keep("NEW")
        order.reason = keep("")
        events.append(.order(orders.count))
        orders.append(order)
        var position = PositionEvent(header: header, side: .net, quantity: number("-2"))
        events.append(.position(positions.count))
        positions.append(position)
        position.entryPrice = number("1")
        position.markPrice = number("1.1")
        position.liquidationPrice = number("3")
        position.unrealizedPnL = number("-0.2")
        position.leverage = number("10")
        events.append(.position(positions.count))
        positions.append(position)
        let account = EventHeader(instrument: nil, exchangeTime: nil)
        var balance = BalanceEvent(header: account, asset: keep("USDT"))
        events.append(.balance(balance))
        balance.total = number("10")
        balance.available = number("9")
        balance.change = number("-1")
        events.append(.balance(balance))
    }

    /// Fills the batch with events that name neither instrument nor time.
    mutating func fillWithNameless() {
        removeAll()
        let header = EventHeader(instrument: nil, exchangeTime: nil)
        events.append(
            .trade(
                TradeEvent(
                    header: header, id: nil, price: number("1"), quantity: number("2"),
                    aggressor: .unknown)))
        events.append(.balance(BalanceEvent(header: header, asset: keep("BTC"))))
        events.append(.status(StatusEvent(header: header, state: .closed, text: keep("closed"))))
    }
}

/// The records of the stream itself, of every kind.
enum SampleRecords {
    static let all: [(record: FeedRecord, channel: FeedChannel?)] = [
        (.connect(FeedTrouble(count: 1)), nil),
        (.disconnect(FeedTrouble("closed by the venue: \"1001\"", count: 17)), nil),
        (.gap(FeedTrouble("sequence", expected: 5, seen: 9, count: 4)), .l2),
        (.resync(FeedTrouble()), .l2),
        (
            .heartbeat(FeedCounts(frames: 1, events: 2, gaps: 3, resyncs: 4, dropped: 5)), nil
        ),
        (.state(.live, reason: nil), .l2),
        (.state(.quiet, reason: "no trade for 12 s"), .trades),
    ]

    static let context = EnvelopeContext(
        venue: .okx, connection: 3, sequence: 17, receiveTime: 1_700_000_000_123_456_789)
}
