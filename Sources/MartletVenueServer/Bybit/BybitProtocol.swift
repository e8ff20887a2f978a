// Bybit from the venue's side: spot, linear and inverse, each a server of its own.

package import MartletModel
package import MartletVenues

/// Bybit's public V5 streams and REST as the venue speaks them.
///
/// Source: the venue's V5 documentation, see docs/venues/bybit.md. A server has the public path of
/// its own product only; REST answers for the other categories with empty lists.
package struct BybitProtocol: VenueProtocol {
    /// Which market.
    package let product: BybitProduct
    /// Limits and habits.
    package let rules: VenueServerRules

    /// The protocol of one market.
    package init(_ product: BybitProduct) {
        self.product = product
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.connections = ServerLimit(500, per: 300 * second)
        rules.weight = ServerLimit(600, per: 5 * second)
        rules.ban = 600 * second
        rules.idleTimeout = 600 * second
        rules.hasReference = product != .spot
        self.rules = rules
    }

    /// The full id.
    package var venue: VenueID { product.venue }

    /// Two or three instruments.
    package var syntheticInstruments: [MarketInstrument] {
        switch product {
        case .spot:
            [
                make("BTCUSDT", .spot, "BTC", "USDT", (1, 2), (1, 6), 6_400_000, 50_000),
                make("ETHUSDT", .spot, "ETH", "USDT", (1, 2), (1, 5), 268_000, 100_000),
            ]
        case .linear:
            [
                make("BTCUSDT", .linear, "BTC", "USDT", (10, 2), (1, 3), 640_000, 200),
                make("ETHUSDT", .linear, "ETH", "USDT", (1, 2), (1, 2), 268_000, 300),
                make("XRPUSDT", .linear, "XRP", "USDT", (1, 4), (1, 1), 19_500, 20_000),
            ]
        case .inverse:
            [
                make("BTCUSD", .inverse, "BTC", "USD", (50, 2), (1, 0), 128_000, 2000),
                make("ETHUSD", .inverse, "ETH", "USD", (5, 2), (1, 0), 53_600, 1000),
            ]
        }
    }

    private func make(
        _ symbol: String, _ kind: ContractKind, _ base: String, _ quote: String,
        _ tick: (Int64, Int), _ lot: (Int64, Int), _ start: Int64, _ lots: Int64
    ) -> MarketInstrument {
        MarketInstrument(
            symbol: symbol, kind: kind, base: base, quote: quote,
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1),
            lotSize: ExactDecimal(mantissa: lot.0, scale: lot.1), priceStyle: .fixed(tick.1),
            quantityStyle: product == .spot ? NumberStyle(0, lot.1) : .fixed(lot.1),
            startTick: start, usualLots: lots)
    }

    /// Splits a symbol by the quote assets that the venue has; `BTCPERP` is quoted in USDC.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let name = String(symbol.prefix { $0 != "-" })
        let endings = ["PERP", "USDT", "USDC", "USDE", "EUR", "USD", "BTC", "ETH", "BRL", "DAI"]
        let ending = endings.first { name.hasSuffix($0) && name.count > $0.count } ?? ""
        let kind: ContractKind =
            switch product {
            case .spot: .spot
            case .linear: .linear
            case .inverse: .inverse
            }
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: String(name.dropLast(ending.count)),
            quote: ending == "PERP" ? "USDC" : ending, tickSize: tickSize, lotSize: lotSize,
            priceStyle: priceStyle, quantityStyle: quantityStyle)
        instrument.isPerpetual = !symbol.contains("-")
        return instrument
    }

    /// The topic of a message that is handed on as recorded.
    package func recordedStream(
        of payload: UnsafeBufferPointer<UInt8>
    ) -> (String, Range<Int>)? {
        guard let topic = ClientJSON.parse(Array(payload))?["topic"]?.text else { return nil }
        return (topic, 0..<payload.count)
    }

    /// A name of the connection that looks like the venue's.
    func connection(_ session: VenueSession) -> String {
        let digits = String(session.number, radix: 16)
        return "6d617274-6c65-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count))
            + digits
    }

    /// 429 with the code of the venue's protection, 403 where the address is banned.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        let time = moment.wallTime / 1_000_000
        switch refusal {
        case .limited(let seconds):
            var answer = ServerAnswer(
                429,
                "{\"retCode\":10429,\"retMsg\":\"System level frequency protection\","
                    + "\"result\":{},\"retExtInfo\":{},\"time\":\(time)}")
            answer.headers = [
                .init("Retry-After", "\(seconds)"),
                .init("X-Bapi-Limit-Reset-Timestamp", "\(time + seconds * 1000)"),
            ]
            return answer
        case .banned(let seconds):
            var answer = ServerAnswer(
                403,
                "{\"retCode\":10006,\"retMsg\":\"access too frequent\",\"result\":{},"
                    + "\"retExtInfo\":{},\"time\":\(time)}")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        }
    }

    /// The answer of a server that restarts.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(
            503,
            "{\"retCode\":10016,\"retMsg\":\"Server is restarting\",\"result\":{},"
                + "\"retExtInfo\":{},\"time\":\(moment.wallTime / 1_000_000)}")
    }

    /// Level 1 books are told again after three seconds in which nothing changed.
    package func tick(
        _ session: inout VenueSession, now: Int64, _ moment: VenueMoment
    ) -> [ServerAction] {
        var actions: [ServerAction] = []
        for subscription in session.subscriptions where subscription.kind == .quote {
            let market = moment.market.instruments[subscription.instrument]
            let number = "\(market.update)"
            let place = "level1." + subscription.key
            let parts = (session.facts[place] ?? "").split(separator: "@")
            guard parts.count == 2, parts[0] == number, let since = Int64(parts[1]) else {
                session.facts[place] = "\(number)@\(now)"
                continue
            }
            guard now - since >= 3_000_000_000 else { continue }
            session.facts[place] = "\(number)@\(now)"
            actions.append(
                .tell(subscription, .text(level1(market, market.quote, subscription.key))))
        }
        return actions
    }
}
