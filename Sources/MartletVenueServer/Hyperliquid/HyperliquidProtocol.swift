// Hyperliquid from the venue's side: one stream, one endpoint for questions.

package import MartletModel
import MartletVenues

/// Hyperliquid's streams and info endpoint as the venue speaks them. Source: see
/// docs/venues/hyperliquid.md. Books are always told as a whole; nothing has a number.
package struct HyperliquidProtocol: VenueProtocol {
    /// Limits and habits.
    package let rules: VenueServerRules
    /// How often a book is told, ns of market time. Recordings have half a second.
    let bookCadence: Int64 = 500_000_000
    /// Levels a side that a book has at most.
    static let depth = 20

    /// The protocol.
    package init(_ options: ProtocolOptions = ProtocolOptions()) {
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.connections = ServerLimit(100, per: 60 * second)
        rules.messages = ServerLimit(2000, per: 60 * second)
        rules.weight = ServerLimit(1200, per: 60 * second)
        rules.ban = 10 * second
        rules.idleTimeout = 60 * second
        rules.compresses = true
        rules.hasReference = true
        self.rules = rules
    }

    /// The id.
    package var venue: VenueID { .hyperliquid }

    /// Three perpetuals and a spot pair.
    package var syntheticInstruments: [MarketInstrument] {
        [
            make("BTC", .linear, "BTC", decimals: 5, most: 6, start: 64_000, scale: 0),
            make("ETH", .linear, "ETH", decimals: 4, most: 6, start: 26_800, scale: 1),
            make("SOL", .linear, "SOL", decimals: 2, most: 6, start: 15_000, scale: 2),
            make("PURR/USDC", .spot, "PURR", decimals: 0, most: 8, start: 20_000, scale: 5),
        ]
    }

    /// Prices of five figures: the step follows from the price where the market starts.
    private func make(
        _ symbol: String, _ kind: ContractKind, _ base: String, decimals: Int, most: Int,
        start: Int64, scale: Int
    ) -> MarketInstrument {
        let usual: Int64 = kind == .spot ? 500 : base == "BTC" ? 20_000 : base == "ETH" ? 5000 : 500
        return MarketInstrument(
            symbol: symbol, kind: kind, base: base, quote: "USDC",
            tickSize: ExactDecimal(mantissa: 1, scale: min(scale, most - decimals)),
            lotSize: ExactDecimal(mantissa: 1, scale: decimals),
            priceStyle: NumberStyle(1, max(scale, 1)),
            quantityStyle: NumberStyle(1, max(decimals, 1)),
            startTick: start, usualLots: usual)
    }

    /// A coin is a perpetual, a name with `/` or `@` a spot pair.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let isSpot = symbol.contains("/") || symbol.hasPrefix("@")
        let base = symbol.split(separator: "/").first.map(String.init) ?? symbol
        return MarketInstrument(
            symbol: symbol, kind: isSpot ? .spot : .linear, base: base, quote: "USDC",
            tickSize: tickSize, lotSize: lotSize, priceStyle: priceStyle,
            quantityStyle: quantityStyle)
    }

    /// Above the limits: a bare text.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(429, "null")
    }

    /// Perpetuals, or spot pairs, in the order of their lists.
    func instruments(_ moment: VenueMoment, areSpot: Bool) -> [InstrumentMarket] {
        moment.market.instruments.filter { ($0.instrument.kind == .spot) == areSpot }
    }

    /// The instrument of this name, spelled exactly so.
    func instrument(_ name: String?, _ moment: VenueMoment) -> InstrumentMarket? {
        guard let name, let found = moment.market.instrument(name),
            found.instrument.symbol == name
        else { return nil }
        return found
    }
}
