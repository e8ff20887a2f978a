// Reads Hyperliquid's lists of assets: perpetuals by `meta`, spot pairs by `spotMeta`.

import MartletModel

/// How many decimals prices may have, and how many digits that count.
enum HyperliquidRules {
    /// Significant digits of a price at most; whole prices may have more.
    static let figuresMax = 5
    /// Decimals of a perpetual's price at most, less the decimals of its size.
    static let perpetualDecimalsMax: Int64 = 6
    /// Decimals of a spot price at most, less the decimals of its size.
    static let spotDecimalsMax: Int64 = 8
    /// The smallest value of an order, in the quote asset.
    static let minimumNotional: Int128 = 10
}

extension HyperliquidDecoder {
    /// A `meta` or `spotMeta`: the latter has tokens.
    mutating func meta(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard var list = try row.scanner("universe"), try list.takeArray() else { return }
        var entry = JSONFields(of: list)
        if var tokens = try row.scanner("tokens") {
            let known = try self.tokens(&tokens)
            repeat {
                try entry.read(&list)
                try pair(entry, known, &batch)
            } while try list.takeNextElement()
            return
        }
        // The quote asset is a token of the spot market by number; 0 is USDC.
        let collateral = try row.integer("collateralToken") ?? 0
        var names: [String] = []
        repeat {
            try entry.read(&list)
            let name = try perpetual(entry, asset: collateral == 0 ? "USDC" : nil, &batch)
            names.append(name.string)
        } while try list.takeNextElement()
        if names.first?.contains(":") != true { universe = names }
    }

    /// The names of a `meta`, by index.
    func names(_ scanner: inout JSONScanner) throws(DecodingFailure) -> [String] {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        guard var list = try row.scanner("universe"), try list.takeArray() else { return [] }
        var entry = JSONFields(of: list)
        var names: [String] = []
        repeat {
            try entry.read(&list)
            names.append(try entry.text("name")?.string ?? "")
        } while try list.takeNextElement()
        return names
    }

    /// A perpetual: sized in its base asset, settled in the collateral.
    @discardableResult
    func perpetual(
        _ row: JSONFields, asset: String?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> TextSlice {
        guard let name = try row.text("name") else { throw row.missing() }
        var event = InstrumentEvent(
            header: EventHeader(instrument: name, exchangeTime: nil), kind: .linear, unit: .base)
        let isDelisted = try row.flag("isDelisted") == true
        event.state = isDelisted ? .closed : .trading
        event.baseAsset = base(of: name)
        if let asset {
            event.quoteAsset = batch.keep(asset)
            event.settlementAsset = event.quoteAsset
        }
        event.fundingInterval = Self.fundingInterval
        if let decimals = try row.integer("szDecimals") {
            steps(&event, decimals, of: HyperliquidRules.perpetualDecimalsMax, &batch)
        }
        add(event, &batch)
        return name
    }

    /// The coin of a market of another operator stands after its name: `xyz:TSLA`.
    private func base(of name: TextSlice) -> TextSlice {
        guard !name.hasEscapes, let colon = name.bytes.firstIndex(of: UInt8(ascii: ":")) else {
            return name
        }
        return TextSlice(
            start: name.start + colon + 1, count: name.count - colon - 1, hasEscapes: false)
    }

    private struct Token {
        let name: TextSlice?
        let decimals: Int64?
    }

    /// The tokens by their index.
    private func tokens(
        _ scanner: inout JSONScanner
    ) throws(DecodingFailure) -> [Int64: Token] {
        var known: [Int64: Token] = [:]
        guard try scanner.takeArray() else { return known }
        var row = JSONFields(of: scanner)
        repeat {
            try row.read(&scanner)
            guard let index = try row.integer("index") else { continue }
            known[index] = Token(
                name: try row.text("name"), decimals: try row.integer("szDecimals"))
        } while try scanner.takeNextElement()
        return known
    }

    /// A spot pair: subscribed to by its name, `PURR/USDC` or `@107`.
    private func pair(
        _ row: JSONFields, _ tokens: [Int64: Token], _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let name = try row.text("name") else { throw row.missing() }
        var event = InstrumentEvent(
            header: EventHeader(instrument: name, exchangeTime: nil), kind: .spot, unit: .base)
        event.state = .trading
        if var sides = try row.scanner("tokens"), try sides.takeArray() {
            let base = tokens[try sides.integer()]
            event.baseAsset = base?.name
            if try sides.takeNextElement() {
                event.quoteAsset = tokens[try sides.integer()]?.name
            }
            if let decimals = base?.decimals {
                steps(&event, decimals, of: HyperliquidRules.spotDecimalsMax, &batch)
            }
        }
        add(event, &batch)
    }

    /// Steps from the decimals of a size; the price step is the finest that is ever allowed.
    private func steps(
        _ event: inout InstrumentEvent, _ decimals: Int64, of most: Int64,
        _ batch: inout EventBatch
    ) {
        guard (0...18).contains(decimals) else { return }
        event.lotSize = DecimalText.made(1, Int(decimals), &batch)
        event.minimumQuantity = event.lotSize
        event.tickSize = DecimalText.made(1, Int(max(most - decimals, 0)), &batch)
        event.priceFiguresMax = HyperliquidRules.figuresMax
        event.minimumNotional = DecimalText.made(HyperliquidRules.minimumNotional, 0, &batch)
    }

    private func add(_ event: InstrumentEvent, _ batch: inout EventBatch) {
        batch.instruments.append(event)
        batch.events.append(.instrument(batch.instruments.count - 1))
    }
}
