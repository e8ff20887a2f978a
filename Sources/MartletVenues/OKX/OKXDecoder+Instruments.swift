// Reads OKX's instrument rules, from the stream and from answers.

import MartletModel

extension OKXDecoder {
    /// One instrument. Contracts name no base and quote asset; their family does (`BTC-USD`).
    func instrument(
        _ row: JSONFields, _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let name = try row.text("instId") else { throw row.missing() }
        let type = try row.text("instType")
        let contract = try row.text("ctType")
        var kind = InstrumentKind.spot
        if let type, type.equals("OPTION") {
            kind = .option
        } else if let contract {
            kind = contract.equals("inverse") ? .inverse : .linear
        }
        var event = InstrumentEvent(
            header: EventHeader(instrument: name, exchangeTime: nil), kind: kind,
            unit: kind == .spot ? .base : .contracts)
        event.stateText = try row.text("state")
        event.state = OKXDecoder.state(event.stateText)
        try assets(row, &event)
        event.settlementAsset = try row.text("settleCcy")
        event.tickSize = try row.decimal("tickSz", &batch)
        event.lotSize = try row.decimal("lotSz", &batch)
        event.minimumQuantity = try row.decimal("minSz", &batch)
        event.maximumQuantity = try row.decimal("maxLmtSz", &batch)
        event.expiryTime = try row.time("expTime")
        if kind != .spot, let value = try row.decimal("ctVal", &batch) {
            let factor = try row.decimal("ctMult", &batch)
            let isOne = factor.map { $0.mantissa == 1 && $0.scale == 0 } ?? true
            event.multiplier = isOne ? value : factor.flatMap { value.times($0, &batch) }
        }
        batch.instruments.append(event)
        batch.events.append(.instrument(batch.instruments.count - 1))
    }

    private func assets(
        _ row: JSONFields, _ event: inout InstrumentEvent
    ) throws(DecodingFailure) {
        event.baseAsset = try row.text("baseCcy")
        event.quoteAsset = try row.text("quoteCcy")
        guard event.baseAsset == nil, event.quoteAsset == nil else { return }
        guard let family = try row.firstText("instFamily", "uly"), !family.hasEscapes,
            let dash = family.bytes.firstIndex(of: UInt8(ascii: "-"))
        else { return }
        event.baseAsset = TextSlice(start: family.start, count: dash, hasEscapes: false)
        event.quoteAsset = TextSlice(
            start: family.start + dash + 1, count: family.count - dash - 1, hasEscapes: false)
    }

    private static func state(_ word: TextSlice?) -> TradingState {
        switch word?.string {
        case "live": .trading
        case "suspend", "rebase", "settling", "test": .halted
        case "preopen": .preOpen
        case "post_only": .auction
        case "expired": .closed
        default: .unknown
        }
    }
}
