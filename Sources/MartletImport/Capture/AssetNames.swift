// The assets behind a Binance symbol, for captures that come without an instrument list.

package import MartletModel
package import MartletVenues

/// Splits symbols into base and quote asset.
package enum AssetNames {
    /// Binance's quote assets; longer ones first, so that `USDT` wins over `T…` and `USD`.
    private static let quotes = [
        "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "USD1", "BIDR", "IDRT", "DOGE", "USD",
        "BTC", "ETH", "BNB", "EUR", "GBP", "TRY", "BRL", "AUD", "RUB", "UAH", "NGN", "ZAR", "PLN",
        "RON", "ARS", "JPY", "MXN", "COP", "CZK", "IDR", "XRP", "TRX", "DAI", "VAI", "DOT", "PAX",
    ]

    /// Base and quote asset of a symbol such as `ETHUSDT`, `BTCUSDT_250627` or `BTCUSD_PERP`.
    /// Without a known quote asset the whole symbol is the base, and the quote is `UNKNOWN`.
    package static func split(_ symbol: String) -> (base: Asset, quote: Asset) {
        let pair = symbol.prefix { $0 != "_" }
        for quote in quotes where pair.hasSuffix(quote) && pair.count > quote.count {
            return (Asset(String(pair.dropLast(quote.count))), Asset(quote))
        }
        return (Asset(symbol), Asset("UNKNOWN"))
    }

    /// The rules of an instrument of which only tick and lot are known.
    ///
    /// Coin-margined contracts are taken to stand for 100 USD (Bitcoin) or 10 USD (all others), as
    /// on Binance; the venue's instrument list says it for certain.
    package static func spec(
        _ product: BinanceProduct, symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal
    ) -> InstrumentSpec {
        let (base, quote) = split(symbol)
        let id = InstrumentID(venue: product.venue, symbol: symbol)
        switch product {
        case .spot, .usdm:
            return InstrumentSpec(
                id: id, kind: product == .spot ? .spot : .linear, tickSize: tickSize,
                lotSize: lotSize, baseAsset: base, quoteAsset: quote)
        case .coinm:
            let contract = ExactDecimal(mantissa: base.name == "BTC" ? 100 : 10, scale: 0)
            return InstrumentSpec(
                id: id, kind: .inverse, tickSize: tickSize, lotSize: lotSize,
                multiplier: contract, quantityUnit: .contracts, baseAsset: base, quoteAsset: quote)
        }
    }
}
