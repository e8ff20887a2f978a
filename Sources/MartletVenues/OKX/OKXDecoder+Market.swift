// Reads OKX's other public data: funding, prices, open interest, forced orders, notices, bars.

import MartletModel

extension OKXDecoder {
    /// One row of a kind that is not frequent.
    func row(
        _ row: JSONFields, _ kind: OKXKind, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        switch kind {
        case .funding: try funding(row, message, &batch)
        case .markPrices:
            guard let price = try row.decimal("markPx", &batch) else { return }
            batch.events.append(
                .markPrice(PriceEvent(header: try header(row, message), price: price)))
        case .indexPrices:
            guard let price = try row.decimal("idxPx", &batch) else { return }
            batch.events.append(
                .indexPrice(PriceEvent(header: try header(row, message), price: price)))
        case .openInterest:
            guard let quantity = try row.decimal("oi", &batch) else { return }
            batch.events.append(
                .openInterest(
                    OpenInterestEvent(header: try header(row, message), quantity: quantity)))
        case .liquidations: try liquidations(row, message, &batch)
        case .liquidationDetails: try liquidation(row, message.instrument, &batch)
        case .status: try status(row, &batch)
        case .instruments: try instrument(row, message, &batch)
        case .serverTime:
            if let time = try row.time("ts") { batch.control = .serverTime(time) }
        default: try accountRow(row, kind, message, &batch)
        }
    }

    /// Instrument and time (`ts`) of a row; the instrument of the channel where the row has none.
    func header(_ row: JSONFields, _ message: OKXMessage) throws(DecodingFailure) -> EventHeader {
        EventHeader(
            instrument: try row.text("instId") ?? message.instrument,
            exchangeTime: try row.time("ts"))
    }

    /// The rate that is settled at `fundingTime`; in a history, the rate that was.
    private func funding(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let settlement = try row.time("fundingTime")
        if let realized = try row.decimal("realizedRate", &batch) {
            let header = EventHeader(
                instrument: try row.text("instId") ?? message.instrument, exchangeTime: settlement)
            batch.events.append(
                .funding(
                    FundingEvent(
                        header: header, rate: realized, nextFundingTime: nil, interval: nil)))
            return
        }
        // A contract that has just been listed has a time, and no rate yet.
        guard let rate = try row.decimal("fundingRate", &batch) else { return }
        var interval: BarInterval?
        if let settlement, let next = try row.time("nextFundingTime"), next > settlement {
            let seconds = (next - settlement) / 1_000_000_000
            if seconds > 0 { interval = BarInterval(seconds: seconds) }
        }
        batch.events.append(
            .funding(
                FundingEvent(
                    header: try header(row, message), rate: rate, nextFundingTime: settlement,
                    interval: interval)))
    }

    private func liquidations(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard var scanner = try row.scanner("details") else { throw row.missing() }
        let instrument = try row.text("instId") ?? message.instrument
        guard try scanner.takeArray() else { return }
        var detail = JSONFields(of: scanner)
        repeat {
            try detail.read(&scanner)
            try liquidation(detail, instrument, &batch)
        } while try scanner.takeNextElement()
    }

    /// A forced order: its side is that of the order, its price that of bankruptcy.
    private func liquidation(
        _ row: JSONFields, _ instrument: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let side = try side(row), let price = try row.decimal("bkPx", &batch),
            let quantity = try row.decimal("sz", &batch)
        else { throw row.missing() }
        batch.events.append(
            .liquidation(
                LiquidationEvent(
                    header: EventHeader(instrument: instrument, exchangeTime: try row.time("ts")),
                    side: side, price: price, priceKind: .bankruptcy, quantity: quantity)))
    }

    /// `side`, where it is there.
    func side(_ row: JSONFields) throws(DecodingFailure) -> Side? {
        guard let word = try row.text("side") else { return nil }
        if word.equals("buy") { return .buy }
        if word.equals("sell") { return .sell }
        throw row.unknown(word)
    }

    /// A maintenance notice: it concerns the venue, not one instrument. What is scheduled says
    /// nothing of the state until it begins; `env` 2 is demo trading, which is another venue.
    private func status(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let word = try row.text("state"), try row.text("env")?.equals("2") != true else {
            return
        }
        let state: TradingState
        switch word.string {
        case "completed", "canceled": state = .trading
        case "ongoing": state = .halted
        case "pre_open": state = .preOpen
        default: state = .unknown
        }
        let header = EventHeader(instrument: nil, exchangeTime: try row.time("ts"))
        batch.events.append(.status(StatusEvent(header: header, state: state, text: word)))
    }

    /// Bars `[time, open, high, low, close, volume, …, confirm]`; those of mark and index prices
    /// have no volume. Where nobody says how long they are, their distance does.
    func bars(
        _ scanner: inout JSONScanner, _ interval: BarInterval?, _ prices: BarPriceKind,
        _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let first = batch.events.count
        var times: (Int64, Int64)?
        guard try scanner.takeArray() else { return }
        repeat {
            let bar = try bar(&scanner, prices, message, &batch)
            if batch.events.count > first, times == nil, case .bar(let before) = batch.events[first]
            {
                times = (before.openTime, bar.openTime)
            }
            batch.events.append(.bar(bar))
        } while try scanner.takeNextElement()
        var length = interval
        if length == nil, let times {
            let seconds = (times.0 - times.1).magnitude / 1_000_000_000
            length = seconds > 0 ? BarInterval(seconds: Int64(seconds)) : nil
        }
        guard let length else {
            batch.events.truncate(to: first)
            batch.note = "bars of a length that nothing tells"
            return
        }
        for index in first..<batch.events.count {
            guard case .bar(var bar) = batch.events[index] else { continue }
            guard let end = OKXDecoder.end(ofBarFrom: bar.openTime, length) else {
                throw scanner.failure(.badTime, at: scanner.at)
            }
            bar.interval = length
            bar.closeTime = end
            batch.events[index] = .bar(bar)
        }
    }

    private func bar(
        _ scanner: inout JSONScanner, _ prices: BarPriceKind, _ message: OKXMessage,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BarEvent {
        guard try scanner.takeArray() else { throw scanner.failure(.missingField, at: scanner.at) }
        let time = try scanner.venueTime()
        var values: [DecimalText] = []
        while scanner.takeIf(UInt8(ascii: ",")) {
            guard values.count < 9 else { throw scanner.failure(.unexpectedByte) }
            values.append(try scanner.amount(&batch))
        }
        try scanner.take(UInt8(ascii: "]"))
        // Four prices; then volume, in other units (once or twice), and whether it is closed.
        let hasVolume = prices == .trade
        guard values.count >= (hasVolume ? 5 : 4) else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        let confirm: DecimalText? =
            hasVolume
            ? (values.count >= 8 ? values[values.count - 1] : nil)
            : (values.count >= 5 ? values[4] : nil)
        return BarEvent(
            header: EventHeader(instrument: message.instrument, exchangeTime: nil),
            interval: BarInterval(seconds: 1), openTime: time, closeTime: time, open: values[0],
            high: values[1], low: values[2], close: values[3],
            volume: hasVolume ? values[4] : nil, isClosed: confirm.map { $0.mantissa != 0 },
            priceKind: prices)
    }

    /// The end of a bar. Months may begin at midnight in Hong Kong, eight hours ahead of UTC.
    static func end(ofBarFrom time: Int64, _ interval: BarInterval) -> Int64? {
        let shift: Int64 = 8 * 3600 * 1_000_000_000
        let day: Int64 = 86_400 * 1_000_000_000
        guard interval.months > 0, time % day != 0 else { return interval.end(ofBarFrom: time) }
        guard time <= .max - shift else { return nil }
        return interval.end(ofBarFrom: time + shift).map { $0 - shift }
    }
}
