// Turns decoded Binance messages of one instrument into rows of an event segment.

import MartletModel
import MartletStore
import MartletVenues

/// Takes the messages of a capture and writes the rows of one instrument.
///
/// It cannot throw from within a message: what is wrong stands in ``problem`` afterwards.
struct CaptureSink: BinanceSink, ~Copyable {
    /// When the message being read was received, ns.
    var receiveTime: Int64 = 0
    /// The symbol in the request that the message answers, where the recorder noted one.
    var requested: [UInt8]?
    /// What is wrong with the message just read: a sentence for the user.
    var problem: Failure?
    /// What did not become rows.
    var skipped = SkippedMessages()
    let ticks: StepScale
    let lots: StepScale
    let spec: InstrumentSpec
    let isStrict: Bool
    let isSpot: Bool
    var selection: SymbolSelection
    var chain: UpdateChain
    var writer: SegmentWriter
    var levels = LevelStage()
    var crossing = CrossingCounter()
    /// The highest exchange time so far, of rows that have one, ns.
    var latestExchangeTime = Int64.min
    /// Whether trades come one by one, not only as aggregates.
    var hasSingleTrades = false
    /// Whether the book comes as changes: then streams of its top levels would only destroy it.
    var hasBookChanges = false
    /// A bare snapshot that did not fit tick or lot before any message named the instrument: it
    /// may belong to another one.
    var doubt: Failure?

    init(
        spec: InstrumentSpec, product: BinanceProduct, isStrict: Bool,
        writer: consuming SegmentWriter
    ) {
        self.spec = spec
        self.isStrict = isStrict
        isSpot = product == .spot
        self.writer = writer
        ticks = StepScale(of: spec.tickSize)
        lots = StepScale(of: spec.lotSize)
        selection = SymbolSelection(spec.id.symbol)
        chain = UpdateChain(product)
    }

    /// Ends the sink and gives back the writer.
    consuming func finish() -> SegmentWriter { writer }

    mutating func startMessage() { levels.clear() }

    @inline(__always)
    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {
        guard let price = ticks.steps(price), let quantity = lots.steps(quantity), quantity >= 0
        else { return levels.reject(side, price: price, quantity: quantity) }
        levels.append(side, price: price, quantity: quantity)
    }

    mutating func depth(_ message: BinanceDepth) {
        guard accepts(message.symbol) else { return }
        if hasBookChanges, message.partialLevels > 0 {
            skipped.partialBooks += 1
            return
        }
        if levels.rejected != nil { return refuseLevel() }
        if isSpot, message.previousUpdate != nil { return refuseFutures() }
        let time = messageTime(message.transactionTime, message.eventTime)
        if message.partialLevels > 0 {
            return writeSnapshot(time, sequence: message.lastUpdate)
        }
        hasBookChanges = true
        let flags = chain.flags(for: message, hasRows: levels.count > 0)
        guard levels.count > 0 else { return }
        writeLevels(0..<levels.count, time, sequence: message.lastUpdate, [], flags, endsHere: true)
    }

    mutating func snapshot(_ message: BinanceSnapshot) {
        if let symbol = message.symbol {
            guard accepts(symbol) else { return }
        } else if !message.stream.isEmpty {
            guard accepts(selection.symbol(ofStream: message.stream)) else { return }
            if hasBookChanges {
                skipped.partialBooks += 1
                return
            }
        } else if let requested {
            guard selection.matches(requested) else {
                skipped.otherInstruments += 1
                return
            }
        } else if !selection.hasMatched, levels.rejected != nil {
            doubt = doubt ?? levelProblem()
            return
        }
        if levels.rejected != nil { return refuseLevel() }
        let time = messageTime(message.transactionTime, message.eventTime)
        writeSnapshot(time, sequence: message.lastUpdate)
    }

    mutating func trade(_ message: BinanceTrade) {
        guard accepts(message.symbol) else { return }
        guard let price = ticks.steps(message.price) else {
            return refuse("price", message.price, ticks, "tick")
        }
        guard let quantity = lots.steps(message.quantity), quantity >= 0 else {
            return refuse("quantity", message.quantity, lots, "lot")
        }
        var time = messageTime(message.tradeTime, message.eventTime)
        if message.isAggregate {
            time.flags.insert(.aggregate)
            // Where trades come one by one as well, the aggregate tells them a second time.
            if hasSingleTrades { time.flags.insert(.nonMarket) }
        } else {
            hasSingleTrades = true
        }
        if !message.isMarket { time.flags.insert(.nonMarket) }
        note(time)
        write(
            EventRow(
                kind: .trade, side: message.aggressor,
                flags: time.flags.union([.messageStart, .messageEnd]), exchangeTime: time.exchange,
                receiveTime: receiveTime, price: price, quantity: quantity, sequence: message.id))
    }

    mutating func quote(_ message: BinanceQuote) {
        guard accepts(message.symbol) else { return }
        guard let bid = ticks.steps(message.bidPrice), let ask = ticks.steps(message.askPrice)
        else {
            let isBid = ticks.steps(message.bidPrice) == nil
            return refuse("price", isBid ? message.bidPrice : message.askPrice, ticks, "tick")
        }
        guard let bidQuantity = lots.steps(message.bidQuantity), bidQuantity >= 0,
            let askQuantity = lots.steps(message.askQuantity), askQuantity >= 0
        else {
            let isBid = (lots.steps(message.bidQuantity) ?? -1) < 0
            return refuse(
                "quantity", isBid ? message.bidQuantity : message.askQuantity, lots, "lot")
        }
        let time = messageTime(message.transactionTime, message.eventTime)
        note(time)
        var row = EventRow(
            kind: .quote, side: .buy, flags: time.flags.union(.messageStart),
            exchangeTime: time.exchange, receiveTime: receiveTime, price: bid,
            quantity: bidQuantity, sequence: message.update)
        write(row)
        row.sideCode = Side.sell.rawValue
        row.flags = time.flags.union(.messageEnd)
        row.price = ask
        row.quantity = askQuantity
        write(row)
    }

    mutating func liquidation(_ message: BinanceLiquidation) {
        guard accepts(message.symbol) else { return }
        guard let price = ticks.steps(message.price) else {
            return refuse("price", message.price, ticks, "tick")
        }
        guard let quantity = lots.steps(message.quantity), quantity >= 0 else {
            return refuse("quantity", message.quantity, lots, "lot")
        }
        let time = messageTime(message.tradeTime, message.eventTime)
        note(time)
        write(
            EventRow(
                kind: .liquidation, side: message.side,
                flags: time.flags.union([.messageStart, .messageEnd]), exchangeTime: time.exchange,
                receiveTime: receiveTime, price: price, quantity: quantity, sequence: -1))
    }

    mutating func markPrice(_ message: BinanceMarkPrice) {
        guard accepts(message.symbol) else { return }
        writeMarkPrice(message)
    }

    mutating func bar(_ message: BinanceBar) { skipped.otherKinds += 1 }

    mutating func control() { skipped.control += 1 }

    mutating func unknown(event: TextSlice?) { skipped.otherKinds += 1 }
}
