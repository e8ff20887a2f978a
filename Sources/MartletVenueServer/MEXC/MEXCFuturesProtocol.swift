// MEXC futures from the venue's side: one path, a message a topic, numbers as JSON numbers.

package import MartletModel
import MartletVenues

/// MEXC futures' streams and public REST as the venue speaks them.
///
/// Source: the venue's documentation of contract version 1, see docs/venues/mexc.md.
package struct MEXCFuturesProtocol: VenueProtocol {
    /// Limits and habits.
    package let rules: VenueServerRules

    /// The protocol of the futures market.
    package init() {
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.idleTimeout = 60 * second
        // 20 requests in 2 s are meant for each path; an address may use several.
        rules.weight = ServerLimit(100, per: 2 * second)
        rules.hasReference = true
        self.rules = rules
    }

    /// The full id.
    package var venue: VenueID { .mexcFutures }

    /// Two linear contracts and an inverse one.
    package var syntheticInstruments: [MarketInstrument] {
        [
            make("BTC_USDT", .linear, "BTC", "USDT", (1, 1), (1, 4), 640_000, 2000),
            make("ETH_USDT", .linear, "ETH", "USDT", (1, 2), (1, 2), 268_000, 300),
            make("BTC_USD", .inverse, "BTC", "USD", (5, 1), (100, 0), 128_000, 100),
        ]
    }

    private func make(
        _ symbol: String, _ kind: ContractKind, _ base: String, _ quote: String,
        _ tick: (Int64, Int), _ contract: (Int64, Int), _ start: Int64, _ lots: Int64
    ) -> MarketInstrument {
        var instrument = MarketInstrument(
            symbol: symbol, kind: kind, base: base, quote: quote,
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1), lotSize: .one,
            priceStyle: NumberStyle(0, tick.1), quantityStyle: .fixed(0), startTick: start,
            usualLots: lots)
        instrument.multiplier = ExactDecimal(mantissa: contract.0, scale: contract.1)
        return instrument
    }

    /// Contracts against `USD` are inverse. Their size is not recorded: 0.0001 base units, 100 USD.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let halves = symbol.split(separator: "_", maxSplits: 1).map(String.init)
        let quote = halves.count > 1 ? halves[1] : ""
        let isInverse = quote == "USD"
        var instrument = MarketInstrument(
            symbol: symbol, kind: isInverse ? .inverse : .linear, base: halves.first ?? symbol,
            quote: quote, tickSize: tickSize, lotSize: lotSize, priceStyle: priceStyle,
            quantityStyle: quantityStyle)
        instrument.multiplier = ExactDecimal(
            mantissa: isInverse ? 100 : 1, scale: isInverse ? 0 : 4)
        return instrument
    }

    /// Everything is on `/edge`.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        request.path == "/edge" ? .accept([]) : .notAWebSocketPath
    }

    /// A control message.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message, let request = ClientJSON.parse(text),
            let method = request["method"]?.text
        else { return error("Message format error!", moment) }
        if method == "ping" {
            return [.send(.text("{\"channel\":\"pong\",\"data\":\(moment.wallTime / 1_000_000)}"))]
        }
        let parameters = request["param"] ?? request["params"] ?? .object([])
        if method.hasPrefix("sub.") {
            return subscribe(String(method.dropFirst(4)), parameters, &session, moment)
        }
        for prefix in ["unsub.", "usub."] where method.hasPrefix(prefix) {
            let name = String(method.dropFirst(prefix.count))
            let key = "\(name) \(parameters["symbol"]?.text ?? "")"
            for subscription in session.subscriptions
            where subscription.key == key || subscription.key.hasPrefix(key + " ") {
                session.remove(subscription.key)
            }
            return answer("rs.\(method)", "\"success\"", moment)
        }
        return error("Method [\(method.prefix(40))] not exist!", moment)
    }

    private func subscribe(
        _ name: String, _ parameters: ClientJSON, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        if name == "contract" {
            session.add(StreamSubscription("contract ", .silent, instrument: -1))
        } else if name == "tickers" {
            session.add(StreamSubscription("tickers ", .ticker, instrument: -1))
        } else {
            guard let symbol = parameters["symbol"]?.text,
                let instrument = moment.market.instrument(symbol)
            else { return error("Contract doesn't exist!", moment) }
            guard
                let (key, kind) = kind(
                    name, instrument.instrument.symbol, parameters, moment.market)
            else { return error("Method [sub.\(name.prefix(40))] not exist!", moment) }
            switch kind {
            case .book(let view), .top(let view, _):
                instrument.activate(view)
                instrument.keepsChanges = true
            default: break
            }
            session.add(StreamSubscription(key, kind, instrument: instrument.index))
        }
        return answer("rs.sub.\(name)", "\"success\"", moment)
    }

    private func kind(
        _ name: String, _ symbol: String, _ parameters: ClientJSON, _ market: VenueMarket
    ) -> (key: String, kind: StreamKind)? {
        let key = "\(name) \(symbol)"
        switch name {
        case "deal": return (key, .trades)
        case "depth":
            // Merged changes come five times a second, single ones as they happen.
            let isMerged = parameters["compress"] != .flag(false)
            let view = market.view(depth: 0, cadence: isMerged ? 200_000_000 : 0)
            return (key, .book(view))
        case "depth.full":
            let levels = parameters["limit"]?.integer ?? 20
            guard [5, 10, 20].contains(levels) else { return nil }
            let view = market.view(depth: 0, cadence: 100_000_000)
            return ("\(key) \(levels)", .top(view, levels: Int(levels)))
        case "kline":
            guard let text = parameters["interval"]?.text,
                let interval = MEXCSpotProtocol.interval(text)
            else { return nil }
            return ("\(key) \(text)", .bars(interval))
        case "ticker": return (key, .ticker)
        case "funding.rate": return (key, .reference(seconds: 5))
        case "fair.price", "index.price": return (key, .reference(seconds: 1))
        default: return nil
        }
    }

    private func answer(
        _ channel: String, _ data: String, _ moment: VenueMoment
    ) -> [ServerAction] {
        let time = moment.wallTime / 1_000_000
        return [
            .send(
                .text(
                    "{\"channel\":\(ClientJSON.quoted(channel)),\"data\":\(data),\"ts\":\(time)}"))
        ]
    }

    private func error(_ text: String, _ moment: VenueMoment) -> [ServerAction] {
        answer("rs.error", ClientJSON.quoted(text), moment)
    }
}
