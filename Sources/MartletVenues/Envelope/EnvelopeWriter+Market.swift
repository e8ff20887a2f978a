// The `data` of public events, field by field in the order of the documentation.

import MartletModel

extension EnvelopeWriter {
    @inline(__always)
    mutating func field(_ name: StaticString, _ number: DecimalText) {
        bytes.append(name)
        bytes.append(json: number)
    }

    mutating func field(_ name: StaticString, _ number: DecimalText?) {
        bytes.append(name)
        bytes.append(jsonOrNull: number)
    }

    mutating func field(_ name: StaticString, _ text: TextSlice?) {
        bytes.append(name)
        bytes.append(jsonOrNull: text)
    }

    mutating func field(_ name: StaticString, _ number: Int64?) {
        bytes.append(name)
        bytes.append(decimalOrNull: number)
    }

    mutating func field(_ name: StaticString, _ flag: Bool?) {
        bytes.append(name)
        switch flag {
        case true?: bytes.append("true")
        case false?: bytes.append("false")
        case nil: bytes.append("null")
        }
    }

    mutating func field(_ name: StaticString, word: String?) {
        bytes.append(name)
        bytes.append(jsonOrNull: word)
    }

    mutating func field(_ name: StaticString, _ interval: BarInterval?) {
        bytes.append(name)
        guard let interval else { return bytes.append("null") }
        bytes.append("\"")
        let (count, unit) = interval.parts
        bytes.append(decimal: count)
        bytes.append(unit)
        bytes.append("\"")
    }

    mutating func appendData(of event: TradeEvent) {
        field("\"id\":", event.id)
        field(",\"price\":", event.price)
        field(",\"quantity\":", event.quantity)
        switch event.aggressor {
        case .buy: bytes.append(",\"aggressor\":\"buy\"")
        case .sell: bytes.append(",\"aggressor\":\"sell\"")
        case .unknown: bytes.append(",\"aggressor\":\"unknown\"")
        }
        if event.firstID != nil || event.lastID != nil {
            field(",\"firstId\":", event.firstID)
            field(",\"lastId\":", event.lastID)
        }
        if !event.isMarket { bytes.append(",\"flags\":[\"nonMarket\"]") }
    }

    mutating func appendData(of event: BookEvent, _ batch: borrowing EventBatch) {
        bytes.append("\"bids\":[")
        append(levels: event.bids, batch)
        bytes.append("],\"asks\":[")
        append(levels: event.asks, batch)
        bytes.append("]")
        field(",\"firstUpdate\":", event.firstUpdate)
        field(",\"lastUpdate\":", event.lastUpdate)
        field(",\"previousUpdate\":", event.previousUpdate)
        field(",\"depth\":", event.depth.map(Int64.init))
        if let checksum = event.checksum { field(",\"checksum\":", Int64(checksum)) }
    }

    private mutating func append(levels: LevelRange, _ batch: borrowing EventBatch) {
        guard levels.count > 0 else { return }
        for index in levels.indices {
            let level = batch.levels[index]
            let price = Int(level.price.count)
            let quantity = Int(level.quantity.count)
            let place = bytes.room(price + quantity + 8)
            place[0] = UInt8(ascii: "[")
            place[1] = UInt8(ascii: "\"")
            var at = place + 2
            at.initialize(from: level.price.start, count: price)
            at += price
            at[0] = UInt8(ascii: "\"")
            at[1] = UInt8(ascii: ",")
            at[2] = UInt8(ascii: "\"")
            at += 3
            at.initialize(from: level.quantity.start, count: quantity)
            at += quantity
            at[0] = UInt8(ascii: "\"")
            at[1] = UInt8(ascii: "]")
            at[2] = UInt8(ascii: ",")
            bytes.used += price + quantity + 8
        }
        // The comma after the last level goes.
        bytes.used -= 1
    }

    mutating func appendData(of event: QuoteEvent) {
        field("\"bidPrice\":", event.bidPrice)
        field(",\"bidQuantity\":", event.bidQuantity)
        field(",\"askPrice\":", event.askPrice)
        field(",\"askQuantity\":", event.askQuantity)
        field(",\"update\":", event.update)
    }

    mutating func appendData(of event: BarEvent) {
        field("\"interval\":", event.interval)
        field(",\"openTime\":", event.openTime)
        field(",\"closeTime\":", event.closeTime)
        field(",\"open\":", event.open)
        field(",\"high\":", event.high)
        field(",\"low\":", event.low)
        field(",\"close\":", event.close)
        field(",\"volume\":", event.volume)
        field(",\"closed\":", event.isClosed)
        if event.priceKind != .trade { field(",\"priceKind\":", word: event.priceKind.rawValue) }
    }

    mutating func appendData(of event: FundingEvent) {
        field("\"rate\":", event.rate)
        field(",\"nextFundingTime\":", event.nextFundingTime)
        field(",\"interval\":", event.interval)
    }

    mutating func appendData(of event: LiquidationEvent) {
        field("\"side\":", word: event.side.word)
        field(",\"price\":", event.price)
        field(",\"priceKind\":", word: event.priceKind.rawValue)
        field(",\"quantity\":", event.quantity)
    }

    mutating func appendData(of event: StatusEvent) {
        field("\"state\":", word: event.state.rawValue)
        field(",\"text\":", event.text)
        bytes.append(",\"reason\":null")
    }

    mutating func appendData(of event: InstrumentEvent) {
        field("\"kind\":", word: event.kind.rawValue)
        field(",\"state\":", word: event.state.rawValue)
        field(",\"stateText\":", event.stateText)
        field(",\"baseAsset\":", event.baseAsset)
        field(",\"quoteAsset\":", event.quoteAsset)
        field(",\"settlementAsset\":", event.settlementAsset)
        field(",\"unit\":", word: event.unit.rawValue)
        field(",\"tickSize\":", event.tickSize)
        field(",\"priceFiguresMax\":", event.priceFiguresMax.map(Int64.init))
        field(",\"lotSize\":", event.lotSize)
        field(",\"minimumQuantity\":", event.minimumQuantity)
        field(",\"maximumQuantity\":", event.maximumQuantity)
        field(",\"minimumNotional\":", event.minimumNotional)
        field(",\"multiplier\":", event.multiplier)
        field(",\"expiryTime\":", event.expiryTime)
        field(",\"fundingInterval\":", event.fundingInterval)
        if !event.isAPIAllowed { bytes.append(",\"apiAllowed\":false") }
    }

    mutating func appendData(of record: FeedRecord) {
        switch record {
        case .connect(let trouble), .disconnect(let trouble), .gap(let trouble),
            .resync(let trouble):
            field("\"reason\":", word: trouble.reason)
            field(",\"expected\":", trouble.expected)
            field(",\"seen\":", trouble.seen)
            field(",\"count\":", trouble.count)
        case .heartbeat(let counts):
            field("\"frames\":", counts.frames)
            field(",\"events\":", counts.events)
            field(",\"gaps\":", counts.gaps)
            field(",\"resyncs\":", counts.resyncs)
            field(",\"dropped\":", counts.dropped)
        case .state(let state, let reason):
            field("\"state\":", word: state.rawValue)
            bytes.append(",\"text\":null")
            field(",\"reason\":", word: reason)
        }
    }
}

extension BarInterval {
    /// The length as ``text`` has it: a count and its unit.
    var parts: (count: Int64, unit: StaticString) {
        if months > 0 { return (months, "M") }
        if seconds % 604_800 == 0 { return (seconds / 604_800, "w") }
        if seconds % 86_400 == 0 { return (seconds / 86_400, "d") }
        if seconds % 3600 == 0 { return (seconds / 3600, "h") }
        if seconds % 60 == 0 { return (seconds / 60, "m") }
        return (seconds, "s")
    }
}
