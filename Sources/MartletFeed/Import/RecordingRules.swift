// The rules of an instrument of a recording: from the instrument messages in it, or as told.

import MartletImport
import MartletModel
import MartletVenues

/// Finds tick, lot and the rest of what a segment has to know of its instrument.
struct RecordingRules {
    let venue: VenueID
    let symbol: String
    var tickSize: ExactDecimal?
    var lotSize: ExactDecimal?
    /// What an instrument message of the recording said.
    private(set) var listed: InstrumentSpec?

    init(venue: VenueID, symbol: String, tickSize: ExactDecimal?, lotSize: ExactDecimal?) {
        self.venue = venue
        self.symbol = symbol
        self.tickSize = tickSize
        self.lotSize = lotSize
    }

    /// Takes an instrument message over, if it is about the instrument and complete.
    mutating func take(_ event: InstrumentEvent) {
        guard listed == nil, let name = event.header.instrument?.string, name == symbol,
            let tick = Self.step(event.tickSize) ?? tickSize,
            let lot = Self.step(event.lotSize) ?? lotSize
        else { return }
        let kind: ContractKind
        switch event.kind {
        case .spot: kind = .spot
        case .linear: kind = .linear
        case .inverse: kind = .inverse
        case .option: return
        }
        let pair = Self.assets(of: symbol)
        listed = InstrumentSpec(
            id: InstrumentID(venue: venue, symbol: symbol), kind: kind, tickSize: tick,
            lotSize: lot, multiplier: Self.step(event.multiplier) ?? .one,
            quantityUnit: event.unit == .contracts ? .contracts : .base,
            baseAsset: event.baseAsset.map { Asset($0.string) } ?? pair.base,
            quoteAsset: event.quoteAsset.map { Asset($0.string) } ?? pair.quote)
    }

    /// The rules, as listed and with tick and lot as told.
    ///
    /// - Throws: usage where something is not known.
    func spec() throws(Failure) -> InstrumentSpec {
        guard let tick = tickSize ?? listed?.tickSize, let lot = lotSize ?? listed?.lotSize else {
            throw Failure(
                .usage,
                "tick and lot of \(symbol) are not known: the captures hold no instrument message "
                    + "of it; give --tick and --lot, or record the channel instruments, too")
        }
        if let listed {
            return InstrumentSpec(
                id: listed.id, kind: listed.kind, tickSize: tick, lotSize: lot,
                multiplier: listed.multiplier, quantityUnit: listed.quantityUnit,
                baseAsset: listed.baseAsset, quoteAsset: listed.quoteAsset)
        }
        switch venue {
        case .binanceSpot, .binanceUSDM, .binanceCoinM:
            let product: BinanceProduct =
                venue == .binanceSpot ? .spot : venue == .binanceUSDM ? .usdm : .coinm
            return AssetNames.spec(product, symbol: symbol, tickSize: tick, lotSize: lot)
        case .okx where symbol.split(separator: "-").count > 2, .mexcFutures, .bybitInverse:
            throw Failure(
                .usage,
                "what a contract of \(symbol) stands for is not known: the captures hold no "
                    + "instrument message of it; record the channel instruments, too")
        default:
            let isLinear = venue == .bybitLinear || (venue == .hyperliquid && !isHyperliquidSpot)
            let (base, quote) = Self.assets(of: symbol)
            return InstrumentSpec(
                id: InstrumentID(venue: venue, symbol: symbol), kind: isLinear ? .linear : .spot,
                tickSize: tick, lotSize: lot, baseAsset: base,
                quoteAsset: venue == .hyperliquid ? Asset("USDC") : quote)
        }
    }

    private var isHyperliquidSpot: Bool { symbol.contains("/") || symbol.hasPrefix("@") }

    private static func step(_ number: DecimalText?) -> ExactDecimal? {
        number?.value.flatMap { $0.mantissa > 0 ? $0 : nil }
    }

    private static func assets(of symbol: String) -> (base: Asset, quote: Asset) {
        let parts = symbol.split { $0 == "-" || $0 == "_" || $0 == "/" }
        guard parts.count >= 2 else { return AssetNames.split(symbol) }
        return (Asset(String(parts[0])), Asset(String(parts[1])))
    }
}
