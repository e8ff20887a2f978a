// What Tardis calls exchanges, and what that says about an instrument.

import MartletModel

/// Instruments of Tardis tables.
enum TardisInstrument {
    /// Exchanges that pay otherwise than linearly, and Binance's markets under their own names.
    private static let exchanges: [String: (venue: VenueID, kind: ContractKind)] = [
        "binance": (.binanceSpot, .spot), "binance-futures": (.binanceUSDM, .linear),
        "binance-delivery": (.binanceCoinM, .inverse), "bitmex": (VenueID("bitmex"), .inverse),
        "deribit": (VenueID("deribit"), .inverse), "coinbase": (VenueID("coinbase"), .spot),
        "kraken": (VenueID("kraken"), .spot), "bitstamp": (VenueID("bitstamp"), .spot),
        "bitfinex": (VenueID("bitfinex"), .spot), "okex": (VenueID("okx"), .spot),
        "gemini": (VenueID("gemini"), .spot), "bybit-spot": (VenueID("bybit-spot"), .spot),
    ]

    /// The rules of the instrument of an import. Where the exchange is not known it is taken for
    /// linear with a contract size of 1; `kind` of the options says otherwise.
    static func spec(_ options: TardisImport.Options, exchange: String) -> InstrumentSpec {
        let known = exchanges[exchange]
        let kind = options.kind ?? known?.kind ?? .linear
        let symbol = options.symbol.uppercased()
        let (base, quote) = AssetNames.split(symbol)
        let isCoinM = exchange == "binance-delivery"
        return InstrumentSpec(
            id: InstrumentID(venue: known?.venue ?? VenueID(exchange), symbol: symbol), kind: kind,
            tickSize: options.tickSize, lotSize: options.lotSize,
            multiplier: isCoinM
                ? ExactDecimal(mantissa: base.name == "BTC" ? 100 : 10, scale: 0) : .one,
            quantityUnit: kind == .inverse ? .contracts : .base, baseAsset: base,
            quoteAsset: quote)
    }
}
