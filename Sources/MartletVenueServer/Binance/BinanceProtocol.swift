// Binance from the venue's side: spot, USDT-M and COIN-M, each a server of its own.

package import MartletModel
package import MartletVenues

/// Binance's streams and public REST as the venue speaks them.
///
/// Source: the venue's stream and REST documentation, see docs/venues/binance.md. USDT-M enforces
/// its routed paths: a stream asked for on the wrong one is acknowledged and stays silent.
package struct BinanceProtocol: VenueProtocol {
    /// Which market.
    package let product: BinanceProduct
    /// Limits and habits.
    package let rules: VenueServerRules
    /// Habits that can be chosen.
    let options: ProtocolOptions

    /// The protocol of one market.
    package init(_ product: BinanceProduct, _ options: ProtocolOptions = ProtocolOptions()) {
        self.product = product
        self.options = options
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.connections = ServerLimit(300, per: 300 * second)
        rules.messages = ServerLimit(product == .spot ? 5 : 10, per: second)
        rules.weight = ServerLimit(product == .spot ? 6000 : 2400, per: 60 * second)
        rules.pingInterval = (product == .spot ? 20 : 180) * second
        rules.pongTimeout = (product == .spot ? 60 : 600) * second
        rules.lifetime = 86_400 * second
        rules.updateStep = product == .spot ? 1 : 7
        rules.hasReference = product != .spot
        self.rules = rules
    }

    /// The full id.
    package var venue: VenueID { product.venue }

    /// `/api/v3`, `/fapi/v1` or `/dapi/v1`.
    var prefix: String {
        switch product {
        case .spot: "/api/v3"
        case .usdm: "/fapi/v1"
        case .coinm: "/dapi/v1"
        }
    }

    /// Whether it is one of the futures markets.
    var isFutures: Bool { product != .spot }

    /// Three pairs of coins.
    package var syntheticInstruments: [MarketInstrument] {
        switch product {
        case .spot:
            [
                make("BTCUSDT", .spot, "BTC", "USDT", (1, 2), (1, 5), (8, 8), 6_400_000, 5000),
                make("ETHUSDT", .spot, "ETH", "USDT", (1, 2), (1, 4), (8, 8), 268_000, 10_000),
                make("SOLUSDT", .spot, "SOL", "USDT", (1, 2), (1, 3), (8, 8), 15_000, 20_000),
            ]
        case .usdm:
            [
                make("BTCUSDT", .linear, "BTC", "USDT", (1, 1), (1, 3), (2, 3), 640_000, 200),
                make("ETHUSDT", .linear, "ETH", "USDT", (1, 2), (1, 3), (2, 3), 268_000, 3000),
                make("SOLUSDT", .linear, "SOL", "USDT", (1, 3), (1, 0), (4, 0), 150_000, 50),
            ]
        case .coinm:
            [
                make("BTCUSD_PERP", .inverse, "BTC", "USD", (1, 1), (1, 0), (1, 0), 640_000, 100),
                make("ETHUSD_PERP", .inverse, "ETH", "USD", (1, 2), (1, 0), (2, 0), 268_000, 300),
            ]
        }
    }

    private func make(
        _ symbol: String, _ kind: ContractKind, _ base: String, _ quote: String,
        _ tick: (Int64, Int), _ lot: (Int64, Int), _ digits: (Int, Int), _ start: Int64,
        _ lots: Int64
    ) -> MarketInstrument {
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: base, quote: quote,
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1),
            lotSize: ExactDecimal(mantissa: lot.0, scale: lot.1), priceStyle: .fixed(digits.0),
            quantityStyle: .fixed(digits.1), startTick: start, usualLots: lots)
        instrument.multiplier = multiplier(base)
        return instrument
    }

    /// The contract value of COIN-M, USD: 100 for bitcoin, 10 for others.
    private func multiplier(_ base: String) -> ExactDecimal {
        guard product == .coinm else { return .one }
        return ExactDecimal(mantissa: base == "BTC" ? 100 : 10, scale: 0)
    }

    /// Splits a symbol by the quote assets that the venue has.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let pair = symbol.split(separator: "_")[...]
        let name = pair.first.map(String.init) ?? symbol
        let quotes = [
            "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "BTC", "ETH", "BNB", "EUR", "TRY",
            "BRL", "JPY", "DAI",
        ]
        let quote = quotes.first { name.hasSuffix($0) && name.count > $0.count } ?? ""
        let base = String(name.dropLast(quote.count))
        let kind: ContractKind =
            switch product {
            case .spot: .spot
            case .usdm: .linear
            case .coinm: .inverse
            }
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: base, quote: quote, tickSize: tickSize,
            lotSize: lotSize, priceStyle: priceStyle, quantityStyle: quantityStyle)
        instrument.multiplier = multiplier(base)
        instrument.isPerpetual = product == .coinm ? symbol.hasSuffix("_PERP") : pair.count < 2
        return instrument
    }
}
