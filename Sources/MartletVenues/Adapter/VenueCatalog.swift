// Which venues Martlet speaks with: the one place that knows all adapters.

public import MartletModel

/// The adapters by venue.
public enum VenueCatalog {
    /// The adapter of a venue, or nil where there is none.
    public static func adapter(for venue: VenueID) -> (any VenueAdapter)? {
        switch venue {
        case .binanceSpot: BinanceAdapter(.spot)
        case .binanceUSDM: BinanceAdapter(.usdm)
        case .binanceCoinM: BinanceAdapter(.coinm)
        case .bybitSpot: BybitAdapter(.spot)
        case .bybitLinear: BybitAdapter(.linear)
        case .bybitInverse: BybitAdapter(.inverse)
        case .okx: OKXAdapter()
        case .hyperliquid: HyperliquidAdapter()
        case .mexcSpot: MEXCSpotAdapter()
        case .mexcFutures: MEXCFuturesAdapter()
        case .alpacaStocks: AlpacaAdapter(.stocks)
        case .alpacaCrypto: AlpacaAdapter(.crypto)
        default: nil
        }
    }
}
