// Reads Binance's instrument lists (exchangeInfo) into the rules that Martlet trades by.

public import MartletModel

/// One instrument out of an `exchangeInfo`.
public struct BinanceInstrument: Hashable, Sendable {
    /// The venue's name of it.
    public var symbol: String
    /// The trading state as the venue spells it (`status`, coin-margined `contractStatus`).
    public var status: String
    /// What kind of contract it is, as the venue spells it; empty on spot.
    public var contractType: String
    /// The rules, or nil where the list gives no usable tick size, lot size or contract size.
    public var spec: InstrumentSpec?
}

extension BinanceDecoder {
    /// The members of an `exchangeInfo`: one call of the sink for each entry of `symbols`.
    @inlinable @inline(never)
    func instruments<Sink: BinanceSink & ~Copyable>(
        _ scanner: inout JSONScanner, _ sink: inout Sink
    ) throws(DecodingFailure) {
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            if key == JSONScanner.endOfObject { return }
            guard isSymbols(key) else {
                try scanner.skipValue()
                continue
            }
            try scanner.take(UInt8(ascii: "["))
            if scanner.takeIf(UInt8(ascii: "]")) { continue }
            repeat {
                sink.instrument(try instrument(&scanner))
            } while scanner.takeIf(UInt8(ascii: ","))
            try scanner.take(UInt8(ascii: "]"))
        }
    }

    @usableFromInline func isSymbols(_ key: UInt64) -> Bool { key == Keys.symbols }

    /// One entry of `symbols`.
    @usableFromInline
    func instrument(_ scanner: inout JSONScanner) throws(DecodingFailure) -> BinanceInstrument {
        var entry = InstrumentEntry()
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: break scan
            case Keys.symbol: entry.symbol = try scanner.text().string
            case Keys.status: entry.status = try scanner.text().string
            case JSONScanner.longKey where scanner.keyIs("contractStatus"):
                entry.status = try scanner.text().string
            case JSONScanner.longKey where scanner.keyIs("contractType"):
                entry.contractType = try scanner.text().string
            case JSONScanner.longKey where scanner.keyIs("baseAsset"):
                entry.baseAsset = try scanner.text().string
            case JSONScanner.longKey where scanner.keyIs("quoteAsset"):
                entry.quoteAsset = try scanner.text().string
            case JSONScanner.longKey where scanner.keyIs("contractSize"):
                entry.contractSize = try scanner.decimal().value
            case InstrumentEntry.filtersKey: try filters(&scanner, &entry)
            default: try scanner.skipValue()
            }
        }
        guard !entry.symbol.isEmpty else { throw scanner.failure(.missingField, at: scanner.at) }
        return BinanceInstrument(
            symbol: entry.symbol, status: entry.status, contractType: entry.contractType,
            spec: entry.spec(product))
    }

    private func filters(
        _ scanner: inout JSONScanner, _ entry: inout InstrumentEntry
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        repeat { try filter(&scanner, &entry) } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    /// One filter: its numbers count once its type is known, wherever that stands.
    private func filter(
        _ scanner: inout JSONScanner, _ entry: inout InstrumentEntry
    ) throws(DecodingFailure) {
        var type: TextSlice?
        var tickSize: ExactDecimal?
        var stepSize: ExactDecimal?
        var minimumQuantity: ExactDecimal?
        var minimumNotional: ExactDecimal?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: break scan
            case InstrumentEntry.minimumQuantityKey:
                minimumQuantity = try scanner.decimal().value
            case JSONScanner.longKey where scanner.keyIs("filterType"): type = try scanner.text()
            case JSONScanner.longKey where scanner.keyIs("tickSize"):
                tickSize = try scanner.decimal().value
            case JSONScanner.longKey where scanner.keyIs("stepSize"):
                stepSize = try scanner.decimal().value
            case JSONScanner.longKey
            where scanner.keyIs("minNotional") || scanner.keyIs("notional"):
                minimumNotional = try scanner.decimal().value
            default: try scanner.skipValue()
            }
        }
        guard let type else { return }
        if type.equals("PRICE_FILTER") {
            entry.tickSize = tickSize
        } else if type.equals("LOT_SIZE") {
            entry.lotSize = stepSize
            entry.minimumQuantity = minimumQuantity
        } else if type.equals("NOTIONAL") || type.equals("MIN_NOTIONAL") {
            entry.minimumNotional = minimumNotional
        }
    }
}

/// What has been read of an entry so far.
private struct InstrumentEntry {
    static let filtersKey = JSONScanner.key("filters")
    static let minimumQuantityKey = JSONScanner.key("minQty")

    var symbol = ""
    var status = ""
    var contractType = ""
    var baseAsset = ""
    var quoteAsset = ""
    var contractSize: ExactDecimal?
    var tickSize: ExactDecimal?
    var lotSize: ExactDecimal?
    var minimumQuantity: ExactDecimal?
    var minimumNotional: ExactDecimal?

    /// The rules, if all that they need is there and above 0.
    func spec(_ product: BinanceProduct) -> InstrumentSpec? {
        guard let tickSize, let lotSize, tickSize.mantissa > 0, lotSize.mantissa > 0 else {
            return nil
        }
        let multiplier = product == .coinm ? contractSize : .one
        guard let multiplier, multiplier.mantissa > 0 else { return nil }
        let kind: ContractKind =
            switch product {
            case .spot: .spot
            case .usdm: .linear
            case .coinm: .inverse
            }
        return InstrumentSpec(
            id: InstrumentID(venue: product.venue, symbol: symbol), kind: kind,
            tickSize: tickSize, lotSize: lotSize,
            minimumQuantity: Quantity(lots: minimumLots(lotSize)),
            minimumNotional: minimumNotional.map { $0.mantissa >= 0 ? $0 : .zero } ?? .zero,
            multiplier: multiplier, quantityUnit: product == .coinm ? .contracts : .base,
            baseAsset: Asset(baseAsset), quoteAsset: Asset(quoteAsset))
    }

    /// The smallest order in whole lots, rounded up, at least 1.
    private func minimumLots(_ lotSize: ExactDecimal) -> Int64 {
        guard let minimumQuantity, minimumQuantity.mantissa > 0 else { return 1 }
        let scale = max(minimumQuantity.scale, lotSize.scale)
        let wanted =
            Int128(minimumQuantity.mantissa)
            * Int128(powerOfTen(scale - minimumQuantity.scale))
        let lot = Int128(lotSize.mantissa) * Int128(powerOfTen(scale - lotSize.scale))
        let (lots, rest) = wanted.quotientAndRemainder(dividingBy: lot)
        return Int64(clamping: min(lots + (rest > 0 ? 1 : 0), Int128(StepScale.stepsMax)))
    }
}
