// Alpaca from the venue's side: market data of stocks and crypto, each a server of its own.

package import MartletModel
package import MartletVenues

/// Alpaca's data streams and REST as the venue speaks them.
///
/// Source: the venue's documentation, see docs/venues/alpaca.md. Any key and secret that are not
/// empty are taken; REST answers without a key too, and there is no limit of one connection.
package struct AlpacaProtocol: VenueProtocol {
    /// Which market.
    package let market: AlpacaMarket
    /// Limits and habits.
    package let rules: VenueServerRules

    /// The protocol of one market.
    package init(_ market: AlpacaMarket) {
        self.market = market
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.weight = ServerLimit(200, per: 60 * second)
        rules.ban = 60 * second
        rules.pingInterval = 10 * second
        rules.compresses = true
        self.rules = rules
    }

    /// The full id.
    package var venue: VenueID { market.venue }

    /// Two or three instruments.
    package var syntheticInstruments: [MarketInstrument] {
        switch market {
        case .crypto:
            [
                make("BTC/USD", "BTC", (1, 2), 9, 6_400_000, 50_000_000),
                make("ETH/USD", "ETH", (1, 3), 9, 2_680_000, 1_000_000_000),
                make("LTC/USD", "LTC", (1, 3), 9, 85_000, 3_000_000_000),
            ]
        case .stocks:
            [
                make("AAPL", "AAPL", (1, 2), 0, 21_000, 100),
                make("SPY", "SPY", (1, 2), 0, 58_000, 100),
            ]
        }
    }

    private func make(
        _ symbol: String, _ base: String, _ tick: (Int64, Int), _ digits: Int, _ start: Int64,
        _ lots: Int64
    ) -> MarketInstrument {
        MarketInstrument(
            symbol: symbol, kind: .spot, base: base, quote: "USD",
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1),
            lotSize: ExactDecimal(mantissa: 1, scale: digits),
            priceStyle: NumberStyle(0, tick.1), quantityStyle: NumberStyle(0, digits),
            startTick: start, usualLots: lots)
    }

    /// Crypto has its assets in its name; stocks are quoted in dollars.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let halves = symbol.split(separator: "/")
        return MarketInstrument(
            symbol: symbol, kind: .spot, base: halves.first.map(String.init) ?? symbol,
            quote: halves.count > 1 ? String(halves[1]) : "USD", tickSize: tickSize,
            lotSize: lotSize, priceStyle: NumberStyle(0, priceStyle.digitsMax),
            quantityStyle: NumberStyle(0, quantityStyle.digitsMax))
    }

    /// 429 with the venue's code.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        let seconds: Int64
        switch refusal {
        case .limited(let wait), .banned(let wait): seconds = wait
        }
        var answer = ServerAnswer(429, "{\"code\":42910000,\"message\":\"rate limit exceeded\"}")
        answer.headers = [
            .init("Retry-After", "\(seconds)"), .init("X-RateLimit-Limit", "200"),
            .init("X-RateLimit-Remaining", "0"),
            .init("X-RateLimit-Reset", "\(moment.wallTime / 1_000_000_000 + seconds)"),
        ]
        return answer
    }

    /// What is left of the minute.
    package func usage(_ used: Int64) -> [ServerAnswer.Header] {
        [
            .init("X-RateLimit-Limit", "200"),
            .init("X-RateLimit-Remaining", "\(max(0, 200 - used))"),
        ]
    }

    /// The venue's words for trouble of its own.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(503, "{\"code\":50310000,\"message\":\"service unavailable\"}")
    }

    /// How long a client has to say who it is, ns.
    static let authenticationTimeout: Int64 = 10_000_000_000

    /// Who does not say who it is in time is let go.
    package func tick(
        _ session: inout VenueSession, now: Int64, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard !session.isAuthenticated, now - session.openedAt >= Self.authenticationTimeout else {
            return []
        }
        return [error(404, "auth timeout"), .close(code: 1000, reason: "auth timeout")]
    }

    func error(_ code: Int, _ words: String) -> ServerAction {
        .send(.text("[{\"T\":\"error\",\"code\":\(code),\"msg\":\"\(words)\"}]"))
    }

    func success(_ words: String) -> ServerAction {
        .send(.text("[{\"T\":\"success\",\"msg\":\"\(words)\"}]"))
    }
}
