// MEXC's contract lists as events, with the venue's own numbers.

import MartletModel

/// Reads entries of the contract list.
enum MEXCFuturesRules {
    /// One contract. A contract that settles in its base coin is inverse: its size is counted in the
    /// quote coin then.
    static func instrument(
        _ entry: JSONMembers, _ outline: MEXCFuturesOutline, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let base = entry.plain("baseCoin")
        let settlement = entry.plain("settleCoin")
        let isInverse = base != nil && base?.string == settlement?.string
        var event = InstrumentEvent(
            header: EventHeader(
                instrument: try entry.need("symbol").text(), exchangeTime: outline.time),
            kind: isInverse ? .inverse : .linear, unit: .contracts)
        event.baseAsset = base
        event.quoteAsset = entry.plain("quoteCoin")
        event.settlementAsset = settlement
        event.tickSize = try entry.numberAboveZero("priceUnit", &batch)
        event.lotSize = try entry.numberAboveZero("volUnit", &batch)
        event.minimumQuantity = try entry.numberAboveZero("minVol", &batch)
        event.maximumQuantity = try entry.numberAboveZero("maxVol", &batch)
        event.multiplier = try entry.numberAboveZero("contractSize", &batch)
        event.stateText = entry.plain("state")
        event.state = state(event.stateText)
        event.isAPIAllowed = try entry.flag("apiAllowed") ?? true
        batch.append(event)
    }

    private static func state(_ word: TextSlice?) -> TradingState {
        switch word?.string {
        case "0": .trading
        case "1": .halted
        case "2", "3": .closed
        case "4": .halted
        default: .unknown
        }
    }
}
