// Bybit's instrument rules and bars as REST answers bring them.

import MartletModel

extension BybitReader {
    /// The entries of `instruments-info`.
    mutating func instruments(
        _ category: String?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        try eachObject(&batch) { reader, batch throws(DecodingFailure) in
            try reader.instrument(category, &batch)
        }
    }

    private mutating func instrument(
        _ category: String?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var event = InstrumentEvent(
            header: EventHeader(instrument: nil, exchangeTime: nil), kind: .spot, unit: .base)
        var contract: String?
        var isOption = category == "option"
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": event.header.instrument = try scanner.text()
            case "status": event.stateText = try scanner.wordsIfAny()
            case "baseCoin": event.baseAsset = try scanner.wordsIfAny()
            case "quoteCoin": event.quoteAsset = try scanner.wordsIfAny()
            case "settleCoin": event.settlementAsset = try scanner.wordsIfAny()
            case "contractType": contract = try scanner.wordsIfAny()?.string
            case "optionsType":
                isOption = true
                try scanner.skipValue()
            case "deliveryTime": event.expiryTime = try scanner.instantIfAny()
            case "fundingInterval":
                let minutes = try scanner.countIfAny()
                event.fundingInterval = minutes.flatMap {
                    (1...600_000).contains($0) ? BarInterval(seconds: $0 * 60) : nil
                }
            case "lotSizeFilter", "priceFilter": try filter(&event, &batch)
            default: try scanner.skipValue()
            }
        }
        guard event.header.instrument != nil else {
            throw scanner.failure(.missingField, at: place)
        }
        if isOption {
            event.kind = .option
        } else if let contract {
            event.kind = contract.hasPrefix("Inverse") ? .inverse : .linear
        }
        if event.kind == .inverse {
            // One contract is one unit of the quote asset.
            event.unit = .contracts
            event.multiplier = try one(&batch)
        }
        event.state = BybitReader.state(event.stateText?.string)
        batch.events.append(.instrument(batch.instruments.count))
        batch.instruments.append(event)
    }

    /// The members of a filter; their names do not clash between filters. The limits of spot orders
    /// have had new names since 2025-10, and the old ones are no longer checked.
    private mutating func filter(
        _ event: inout InstrumentEvent, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var oldMaximum: DecimalText?
        guard scanner.takeIf(UInt8(ascii: "{")) else { return try scanner.skipValue() }
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "tickSize": event.tickSize = try scanner.amountIfAny(&batch)
            case "qtyStep", "basePrecision": event.lotSize = try scanner.amountIfAny(&batch)
            case "minOrderQty": event.minimumQuantity = try scanner.amountIfAny(&batch)
            case "maxOrderQty": oldMaximum = try scanner.amountIfAny(&batch)
            case "maxLimitOrderQty": event.maximumQuantity = try scanner.amountIfAny(&batch)
            case "minNotionalValue", "minOrderAmt":
                event.minimumNotional = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        if event.maximumQuantity == nil { event.maximumQuantity = oldMaximum }
    }

    private func one(_ batch: inout EventBatch) throws(DecodingFailure) -> DecimalText {
        let kept = batch.keep("1")
        var scanner = try JSONScanner(kept.bytes)
        return try scanner.decimal()
    }

    private static func state(_ word: String?) -> TradingState {
        switch word {
        case "Trading": .trading
        case "PreLaunch": .preOpen
        case "Delivering": .halted
        case "Closed": .closed
        default: .unknown
        }
    }

    /// The rows of `kline` and of the mark and index price bars, newest first. The interval stands
    /// in the request only; without one it is the distance of the first two rows, and a single row
    /// gives no bar. Bars of the premium index are no prices and give none.
    mutating func barRows(
        _ query: RequestQuery?, _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var rows: [BybitBarRow] = []
        try scanner.take(UInt8(ascii: "["))
        repeat { rows.append(try barRow(&batch)) } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        guard let kind = priceKind(query, hasVolume: rows[0].volume != nil),
            let interval = query?["interval"].flatMap({ BybitInterval.interval($0) })
                ?? BybitReader.interval(between: rows)
        else { return }
        for row in rows {
            guard let end = interval.end(ofBarFrom: row.start) else {
                throw scanner.failure(.badTime, at: scanner.at)
            }
            batch.events.append(
                .bar(
                    BarEvent(
                        header: EventHeader(instrument: symbol, exchangeTime: nil),
                        interval: interval, openTime: row.start, closeTime: end,
                        open: row.open, high: row.high, low: row.low, close: row.close,
                        volume: kind == .trade ? row.volume : nil, isClosed: nil,
                        priceKind: kind)))
        }
    }

    /// Which prices the bars are made of; nil for the premium index, and where only the request
    /// could tell mark from index.
    private func priceKind(_ query: RequestQuery?, hasVolume: Bool) -> BarPriceKind? {
        switch query?.path {
        case "/v5/market/mark-price-kline": .mark
        case "/v5/market/index-price-kline": .index
        case "/v5/market/premium-index-price-kline": nil
        default: hasVolume ? .trade : nil
        }
    }

    private static func interval(between rows: [BybitBarRow]) -> BarInterval? {
        guard rows.count > 1 else { return nil }
        let seconds = abs(rows[0].start - rows[1].start) / 1_000_000_000
        if seconds >= 28 * 86_400 { return seconds <= 31 * 86_400 ? BarInterval(months: 1) : nil }
        return seconds > 0 ? BarInterval(seconds: seconds) : nil
    }

    private mutating func barRow(
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> BybitBarRow {
        try scanner.take(UInt8(ascii: "["))
        let place = scanner.at
        guard let start = try scanner.instantIfAny() else {
            throw scanner.failure(.missingField, at: place)
        }
        try scanner.take(UInt8(ascii: ","))
        let open = try scanner.amount(&batch)
        try scanner.take(UInt8(ascii: ","))
        let high = try scanner.amount(&batch)
        try scanner.take(UInt8(ascii: ","))
        let low = try scanner.amount(&batch)
        try scanner.take(UInt8(ascii: ","))
        let close = try scanner.amount(&batch)
        var volume: DecimalText?
        if scanner.takeIf(UInt8(ascii: ",")) { volume = try scanner.amountIfAny(&batch) }
        try scanner.skipElements()
        try scanner.take(UInt8(ascii: "]"))
        return BybitBarRow(
            start: start, open: open, high: high, low: low, close: close, volume: volume)
    }
}

/// A row of the list of bars.
struct BybitBarRow {
    let start: Int64
    let open: DecimalText
    let high: DecimalText
    let low: DecimalText
    let close: DecimalText
    let volume: DecimalText?
}
