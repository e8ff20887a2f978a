// MEXC spot from the venue's side: control messages in JSON, pushes in protobuf.

package import MartletModel
import MartletVenues

/// MEXC spot's streams and public REST as the venue speaks them.
///
/// Source: the venue's documentation of spot version 3, see docs/venues/mexc.md.
package struct MEXCSpotProtocol: VenueProtocol {
    /// Limits and habits.
    package let rules: VenueServerRules

    /// The protocol of the spot market.
    package init() {
        let second: Int64 = 1_000_000_000
        var rules = VenueServerRules()
        rules.messages = ServerLimit(100, per: second)
        rules.weight = ServerLimit(500, per: 10 * second)
        rules.lifetime = 86_400 * second
        self.rules = rules
    }

    /// The full id.
    package var venue: VenueID { .mexcSpot }

    /// Subscriptions on one connection at most.
    static let subscriptionsMax = 30

    /// Two pairs of coins and one of the venue's own.
    package var syntheticInstruments: [MarketInstrument] {
        [
            make("BTCUSDT", "BTC", (1, 2), (1, 5), 6_400_000, 5000),
            make("ETHUSDT", "ETH", (1, 2), (1, 4), 268_000, 10_000),
            make("MXUSDT", "MX", (1, 4), (1, 2), 35_000, 50_000),
        ]
    }

    private func make(
        _ symbol: String, _ base: String, _ tick: (Int64, Int), _ lot: (Int64, Int), _ start: Int64,
        _ lots: Int64
    ) -> MarketInstrument {
        MarketInstrument(
            symbol: symbol, kind: .spot, base: base, quote: "USDT",
            tickSize: ExactDecimal(mantissa: tick.0, scale: tick.1),
            lotSize: ExactDecimal(mantissa: lot.0, scale: lot.1), priceStyle: .fixed(tick.1),
            quantityStyle: .fixed(8), startTick: start, usualLots: lots)
    }

    /// Splits a symbol by the quote assets that the venue has.
    package func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument {
        let quotes = ["USDT", "USDC", "USDE", "USD1", "BTC", "ETH", "EUR", "MX"]
        let quote = quotes.first { symbol.hasSuffix($0) && symbol.count > $0.count } ?? ""
        return MarketInstrument(
            symbol: symbol, kind: .spot, base: String(symbol.dropLast(quote.count)), quote: quote,
            tickSize: tickSize, lotSize: lotSize, priceStyle: priceStyle,
            quantityStyle: quantityStyle)
    }

    /// The channel that a push names in its first field.
    package func recordedStream(
        of payload: UnsafeBufferPointer<UInt8>
    ) -> (String, Range<Int>)? {
        guard payload.count > 2, payload[0] == 0x0A, payload[1] < 0x80,
            payload.count >= 2 + Int(payload[1])
        else { return nil }
        let name = String(decoding: payload[2..<(2 + Int(payload[1]))], as: UTF8.self)
        return name.hasPrefix("spot@") ? (name, 0..<payload.count) : nil
    }

    /// Everything is on `/ws`.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        guard request.path == "/ws" else { return .notAWebSocketPath }
        session.route = request.value("listenKey") == nil ? "public" : "private"
        return .accept([])
    }

    /// A control message.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message, let request = ClientJSON.parse(text),
            let method = request["method"]?.text
        else { return answer(nil, "msg format invalid") }
        let names = request["params"]?.items?.compactMap(\.text) ?? []
        switch method {
        case "PING": return answer(nil, "PONG")
        case "SUBSCRIPTION": return subscribe(names, request["id"], &session, moment)
        case "UNSUBSCRIPTION":
            for name in names { session.remove(name) }
            return answer(request["id"], names.joined(separator: ","))
        default: return answer(request["id"], "unknown method")
        }
    }

    /// What stands gets an acknowledgement of its own, what does not another one.
    private func subscribe(
        _ names: [String], _ id: ClientJSON?, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        var taken: [String] = []
        var blocked: [String] = []
        for name in names {
            let isFull =
                session.subscriptions.count >= Self.subscriptionsMax
                && !session.subscriptions.contains { $0.key == name }
            if !isFull, let subscription = subscription(name, moment.market) {
                session.add(subscription)
                taken.append(name)
            } else {
                blocked.append(name)
            }
        }
        var actions: [ServerAction] = []
        if !taken.isEmpty || names.isEmpty {
            actions += answer(id, taken.joined(separator: ","))
        }
        if !blocked.isEmpty {
            actions += answer(
                id,
                "Not Subscribed successfully! [\(blocked.joined(separator: ","))].  "
                    + "Reason： Blocked! ")
        }
        return actions
    }

    private func answer(_ id: ClientJSON?, _ text: String) -> [ServerAction] {
        let number = id?.word.flatMap { Int64($0) } ?? 0
        return [
            .send(.text("{\"id\":\(number),\"code\":0,\"msg\":\(ClientJSON.quoted(text))}"))
        ]
    }

    /// Connections without a subscription are closed after 30 s, silent ones after 60 s.
    package func tick(
        _ session: inout VenueSession, now: Int64, _ moment: VenueMoment
    ) -> [ServerAction] {
        let second: Int64 = 1_000_000_000
        let last = max(session.heardAt, session.sentAt)
        if session.subscriptions.isEmpty, now - session.openedAt > 30 * second {
            return [.close(code: 1000, reason: "no subscription")]
        }
        return now - last > 60 * second ? [.close(code: 1000, reason: "no traffic")] : []
    }
}
