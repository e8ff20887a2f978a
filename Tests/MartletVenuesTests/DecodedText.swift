// What a codec makes of a message, as short lines that tables of tests can hold.

import MartletModel
import MartletVenues

/// Decodes one message and writes what came out, one line each.
struct DecodedText {
    /// The kind of the message, or `failure …`.
    var kind = ""
    /// The events, in order.
    var events: [String] = []
    /// The control message, if it is one.
    var control = ""
    /// The note of an unknown or dead message.
    var note = ""

    init(
        _ message: String, _ decoder: any VenueDecoder, request: String? = nil,
        isBinary: Bool = false
    ) {
        self.init(Array(message.utf8), decoder, request: request, isBinary: isBinary)
    }

    init(
        _ bytes: [UInt8], _ decoder: any VenueDecoder, request: String? = nil,
        isBinary: Bool = false
    ) {
        var decoder = decoder
        var batch = EventBatch()
        bytes.withUnsafeBufferPointer { bytes in
            let frame = Frame(bytes, isBinary: isBinary, request: request)
            do throws(DecodingFailure) {
                kind = try decoder.decode(frame, into: &batch).rawValue
                for index in 0..<batch.events.count {
                    events.append(Self.line(batch.events[index], batch))
                }
                control = batch.control.map { Self.line($0) } ?? ""
                note = batch.note ?? ""
            } catch { kind = "failure \(error)" }
        }
    }

    private static func line(_ event: MarketEvent, _ batch: borrowing EventBatch) -> String {
        switch event {
        case .trade(let trade):
            join(
                "trade", trade.header, trade.id?.string, trade.price.text, trade.quantity.text,
                trade.aggressor.rawValue, trade.isMarket ? nil : "nonMarket")
        case .book(let book):
            join(
                book.isSnapshot ? "snapshot" : "change", book.header,
                levels(book.bids, batch), levels(book.asks, batch),
                book.lastUpdate.map { "u\($0)" }, book.depth.map { "depth \($0)" })
        case .quote(let quote):
            join(
                "quote", quote.header, quote.bidPrice?.text ?? "-", quote.bidQuantity?.text ?? "-",
                quote.askPrice?.text ?? "-", quote.askQuantity?.text ?? "-",
                quote.update.map { "u\($0)" })
        case .bar(let bar):
            join(
                "bar", bar.header, bar.interval.text, "\(bar.openTime)..\(bar.closeTime)",
                bar.open.text, bar.high.text, bar.low.text, bar.close.text, bar.volume?.text,
                bar.isClosed.map { $0 ? "closed" : "open" },
                bar.priceKind == .trade ? nil : bar.priceKind.rawValue)
        case .markPrice(let price): join("mark", price.header, price.price.text)
        case .indexPrice(let price): join("index", price.header, price.price.text)
        case .funding(let funding):
            join(
                "funding", funding.header, funding.rate.text,
                funding.nextFundingTime.map { "next \($0)" }, funding.interval?.text)
        case .openInterest(let interest): join("interest", interest.header, interest.quantity.text)
        case .liquidation(let order):
            join(
                "liquidation", order.header, order.side.word, order.price.text,
                order.priceKind.rawValue, order.quantity.text)
        case .status(let status):
            join("status", status.header, status.state.rawValue, status.text.string)
        default: accountLine(event, batch)
        }
    }

    private static func accountLine(
        _ event: MarketEvent, _ batch: borrowing EventBatch
    ) -> String {
        switch event {
        case .instrument(let index): instrumentLine(batch.instruments[index])
        case .fill(let fill):
            join(
                "fill", fill.header, fill.id?.string, "order \(fill.orderID?.string ?? "-")",
                fill.clientOrderID.map { "client \($0.string)" }, fill.side.word,
                fill.price.text, fill.quantity.text, fill.leaves.map { "leaves \($0.text)" },
                fill.isMaker.map { $0 ? "maker" : "taker" }, fill.fee.map { "fee \($0.text)" },
                fill.feeAsset?.string, fill.realizedPnL.map { "pnl \($0.text)" },
                fill.isLiquidation ? "liquidation" : nil)
        case .order(let index): orderLine(batch.orders[index])
        case .position(let index): positionLine(batch.positions[index])
        case .balance(let balance):
            join(
                "balance", balance.header, balance.asset.string,
                balance.total.map { "total \($0.text)" },
                balance.available.map { "available \($0.text)" },
                balance.change.map { "change \($0.text)" })
        default: "?"
        }
    }

    private static func instrumentLine(_ rules: InstrumentEvent) -> String {
        join(
            "instrument", rules.header, rules.kind.rawValue, rules.state.rawValue,
            rules.stateText?.string, rules.baseAsset?.string, rules.quoteAsset?.string,
            rules.settlementAsset?.string, rules.unit.rawValue,
            rules.tickSize.map { "tick \($0.text)" }, rules.lotSize.map { "lot \($0.text)" },
            rules.minimumQuantity.map { "min \($0.text)" },
            rules.maximumQuantity.map { "max \($0.text)" },
            rules.minimumNotional.map { "notional \($0.text)" },
            rules.multiplier.map { "multiplier \($0.text)" },
            rules.expiryTime.map { "expires \($0)" },
            rules.fundingInterval.map { "funding \($0.text)" },
            rules.isAPIAllowed ? nil : "no programs")
    }

    private static func orderLine(_ order: OrderEvent) -> String {
        join(
            "order", order.header, order.orderID?.string,
            order.clientOrderID.map { "client \($0.string)" }, order.side?.word,
            order.type?.string, order.timeInForce?.rawValue,
            order.reduceOnly.map { $0 ? "reduceOnly" : "anyDirection" },
            order.price.map { "at \($0.text)" }, order.triggerPrice.map { "trigger \($0.text)" },
            order.quantity.map { "quantity \($0.text)" }, order.filled.map { "filled \($0.text)" },
            order.averagePrice.map { "average \($0.text)" }, order.status.rawValue,
            order.statusText?.string, order.reason.map { "because \($0.string)" })
    }

    private static func positionLine(_ position: PositionEvent) -> String {
        join(
            "position", position.header, position.side.rawValue, position.quantity.text,
            position.entryPrice.map { "entry \($0.text)" },
            position.markPrice.map { "mark \($0.text)" },
            position.liquidationPrice.map { "liquidation \($0.text)" },
            position.unrealizedPnL.map { "pnl \($0.text)" },
            position.leverage.map { "leverage \($0.text)" })
    }

    private static func line(_ control: ControlMessage) -> String {
        func words(_ name: String, _ parts: TextSlice?...) -> String {
            ([name] + parts.compactMap { $0?.string }).joined(separator: " ")
        }
        return switch control {
        case .welcome: "welcome"
        case .authenticated: "authenticated"
        case .subscribed(let id, let topic): words("subscribed", id, topic)
        case .unsubscribed(let id, let topic): words("unsubscribed", id, topic)
        case .refused(let id, let code, let reason): words("refused", id, code, reason)
        case .pong: "pong"
        case .ping(let answer): "ping \(answer)"
        case .closing(let reason): words("closing", reason)
        case .limited(let code, let reason, _): words("limited", code, reason)
        case .serverTime(let time): "time \(time)"
        case .other: "other"
        }
    }

    private static func join(_ name: String, _ header: EventHeader, _ parts: String?...) -> String {
        let time = header.exchangeTime.map { "@\($0)" } ?? "@-"
        return ([name, header.instrument?.string ?? "-", time] + parts.compactMap { $0 })
            .joined(separator: " ")
    }

    private static func levels(_ range: LevelRange, _ batch: borrowing EventBatch) -> String {
        var parts: [String] = []
        for index in range.indices {
            parts.append("\(batch.levels[index].price.text)x\(batch.levels[index].quantity.text)")
        }
        return "[" + parts.joined(separator: ",") + "]"
    }
}
