// OKX from the venue's side: v5 streams and public REST, all products on one server.

package import MartletModel
import MartletVenues

/// OKX's streams and public REST as the venue speaks them. Source: see docs/venues/okx.md.
///
/// A channel asked for on the wrong route is refused (60018), as is one that needs a login (60011).
/// Bars of six hours and more begin at midnight UTC, also where the venue counts in Hong Kong time.
package struct OKXProtocol: VenueProtocol {
    /// Limits and habits.
    package let rules: VenueServerRules
    /// Habits that can be chosen.
    let options: ProtocolOptions

    /// The protocol.
    package init(_ options: ProtocolOptions = ProtocolOptions()) {
        self.options = options
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.connections = ServerLimit(3, per: second)
        // Of each path; a request weighs what leaves as many of them as the path allows.
        rules.weight = ServerLimit(200, per: 2 * second)
        rules.ban = 2 * second
        rules.compresses = true
        rules.updateStep = 3
        rules.hasReference = true
        self.rules = rules
    }

    /// The id.
    package var venue: VenueID { .okx }

    /// Two spot pairs, three swaps.
    package var syntheticInstruments: [MarketInstrument] {
        [
            make("BTC-USDT", .spot, tick: (1, 1), lot: (1, 8), start: 640_000, usual: 5_000_000),
            make("ETH-USDT", .spot, tick: (1, 2), lot: (1, 6), start: 268_000, usual: 500_000),
            make("BTC-USDT-SWAP", .linear, tick: (1, 1), lot: (1, 2), start: 640_000, usual: 1000),
            make("ETH-USDT-SWAP", .linear, tick: (1, 2), lot: (1, 2), start: 268_000, usual: 1000),
            make("BTC-USD-SWAP", .inverse, tick: (1, 1), lot: (1, 0), start: 640_000, usual: 20),
        ]
    }

    private func make(
        _ symbol: String, _ kind: ContractKind, tick: (Int64, Int), lot: (Int64, Int),
        start: Int64, usual: Int64
    ) -> MarketInstrument {
        let parts = symbol.split(separator: "-").map(String.init)
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: parts.first ?? "",
            quote: parts.count > 1 ? parts[1] : "",
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1),
            lotSize: ExactDecimal(mantissa: lot.0, scale: lot.1),
            priceStyle: NumberStyle(0, max(tick.1, 1)), quantityStyle: NumberStyle(0, lot.1),
            startTick: start, usualLots: usual)
        instrument.multiplier = Self.multiplier(kind, instrument.base)
        return instrument
    }

    /// What a contract is worth: base units of linear ones, 100 or 10 US dollars of inverse ones.
    private static func multiplier(_ kind: ContractKind, _ base: String) -> ExactDecimal {
        switch kind {
        case .spot: .one
        case .linear:
            switch base {
            case "BTC": ExactDecimal(mantissa: 1, scale: 2)
            case "ETH": ExactDecimal(mantissa: 1, scale: 1)
            default: .one
            }
        case .inverse: ExactDecimal(mantissa: base == "BTC" ? 100 : 10, scale: 0)
        }
    }

    /// `BASE-QUOTE`, `BASE-QUOTE-SWAP` or `BASE-QUOTE-YYMMDD`; contracts in USD are inverse.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let parts = symbol.split(separator: "-").map(String.init)
        let quote = parts.count > 1 ? parts[1] : ""
        let kind: ContractKind = parts.count < 3 ? .spot : quote == "USD" ? .inverse : .linear
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: parts.first ?? "", quote: quote,
            tickSize: tickSize, lotSize: lotSize, priceStyle: priceStyle,
            quantityStyle: quantityStyle)
        instrument.multiplier = Self.multiplier(kind, instrument.base)
        instrument.isPerpetual = parts.count < 3 || parts[2] == "SWAP"
        return instrument
    }

    /// `SPOT`, `SWAP` or `FUTURES`.
    static func type(of instrument: MarketInstrument) -> String {
        guard instrument.kind != .spot else { return "SPOT" }
        return instrument.isPerpetual ? "SWAP" : "FUTURES"
    }

    /// `BTC-USDT` of `BTC-USDT-SWAP`: the family of contracts, and the name of the index.
    static func family(of instrument: MarketInstrument) -> String {
        "\(instrument.base)-\(instrument.quote)"
    }

    /// Closes a connection on which neither side said anything for half a minute; a book that did
    /// not change for a minute says so.
    package func tick(
        _ session: inout VenueSession, now: Int64, _ moment: VenueMoment
    ) -> [ServerAction] {
        let second: Int64 = 1_000_000_000
        if now - max(session.heardAt, session.sentAt) >= 30 * second {
            return [.close(code: 4004, reason: "No data received in 30s.")]
        }
        guard now - session.sentAt >= 60 * second else { return [] }
        return session.subscriptions.compactMap { subscription in
            guard case .book(let view) = subscription.kind else { return nil }
            let market = moment.market.instruments[subscription.instrument]
            guard market.hasBook else { return nil }
            let number = market.snapshot(of: view).lastUpdate
            return .tell(
                subscription,
                .text(
                    push(
                        subscription, action: "update",
                        "{\"asks\":[],\"bids\":[],\"ts\":\"\(moment.market.time / 1_000_000)\","
                            + "\"checksum\":0,\"prevSeqId\":\(number),\"seqId\":\(number)}")))
        }
    }

    /// The notice ahead of an upgrade of the service.
    package func notice(
        _ notice: VenueNotice, in session: VenueSession, _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard notice == .shutdown else { return [] }
        let text =
            "The connection will soon be closed for a service upgrade. Please reconnect."
        return [
            .text(
                "{\"event\":\"notice\",\"code\":\"64008\",\"msg\":\"\(text)\","
                    + "\"connId\":\"\(identifier(session))\"}")
        ]
    }

    /// What the venue calls a connection.
    func identifier(_ session: VenueSession) -> String {
        let digits = String(UInt32(truncatingIfNeeded: session.number) &* 0x9E37_79B1, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
