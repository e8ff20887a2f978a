// Hyperliquid's subscriptions and control messages, server side.

import MartletModel
import MartletVenues

extension HyperliquidProtocol {
    /// Opens `/ws`.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        request.path == "/ws" ? .accept([]) : .notAWebSocketPath
    }

    /// `subscribe`, `unsubscribe`, `ping`, `post`.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message, let request = ClientJSON.parse(text),
            let method = request["method"]?.text
        else { return [error("Error parsing JSON into valid websocket request: ", message)] }
        switch method {
        case "ping": return [say("pong", nil)]
        case "subscribe", "unsubscribe":
            guard let wanted = request["subscription"], wanted["type"]?.text != nil else {
                return [error("Error parsing JSON into valid websocket request: ", message)]
            }
            return change(method == "subscribe", wanted, &session, moment)
        case "post": return [post(request, moment)]
        default: return [error("Error parsing JSON into valid websocket request: ", message)]
        }
    }

    /// A message of a channel.
    func say(_ channel: String, _ data: String?) -> ServerAction {
        .send(
            .text(
                "{\"channel\":\"\(channel)\"" + (data.map { ",\"data\":\($0)" } ?? "") + "}"))
    }

    private func error(_ words: String, _ message: ClientMessage) -> ServerAction {
        var text = "binary"
        if case .text(let said) = message { text = String(said.prefix(300)) }
        return say("error", ClientJSON.quoted(words + text))
    }

    private func change(
        _ subscribes: Bool, _ wanted: ClientJSON, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        guard let subscription = subscription(wanted, moment) else {
            return [say("error", ClientJSON.quoted("Invalid subscription " + wanted.json))]
        }
        let isNew = subscribes ? session.add(subscription) : session.remove(subscription.key)
        guard isNew else {
            let words = subscribes ? "Already subscribed: " : "Already unsubscribed: "
            return [say("error", ClientJSON.quoted(words + wanted.json))]
        }
        let method = subscribes ? "subscribe" : "unsubscribe"
        let answer = say(
            "subscriptionResponse",
            "{\"method\":\"\(method)\",\"subscription\":\(normalized(wanted))}")
        guard subscribes else { return [answer] }
        return [answer] + first(subscription, moment).map { .tell(subscription, $0) }
    }

    /// The venue echoes a subscription with the members that were left out.
    private func normalized(_ wanted: ClientJSON) -> String {
        guard wanted["type"]?.text == "l2Book", case .object(var members) = wanted else {
            return wanted.json
        }
        for name in ["nSigFigs", "mantissa"] where wanted[name] == nil {
            members.append((name, .null))
        }
        return ClientJSON.object(members).json
    }

    /// What a subscription stands for; nil where the venue has no such thing.
    func subscription(_ wanted: ClientJSON, _ moment: VenueMoment) -> StreamSubscription? {
        guard let type = wanted["type"]?.text else { return nil }
        if type == "allMids" {
            return StreamSubscription("allMids", .ticker, instrument: -1)
        }
        if Self.userTypes.contains(type) {
            guard let user = wanted["user"]?.text, user.hasPrefix("0x"), user.utf8.count == 42
            else { return nil }
            return StreamSubscription("\(type):\(user.lowercased())", .silent, instrument: -1)
        }
        guard let market = instrument(wanted["coin"]?.text, moment) else { return nil }
        let name = market.instrument.symbol
        switch type {
        case "trades":
            return StreamSubscription("trades:\(name)", .trades, instrument: market.index)
        case "l2Book":
            let view = moment.market.view(depth: 0, cadence: bookCadence)
            market.activate(view)
            let levels = wanted["fast"] == .flag(true) ? 5 : Self.depth
            return StreamSubscription(
                "l2Book:\(name)", .top(view, levels: levels), instrument: market.index)
        case "bbo": return StreamSubscription("bbo:\(name)", .quote, instrument: market.index)
        case "candle":
            guard let word = wanted["interval"]?.text, Self.intervals.contains(word),
                let interval = BarInterval(word)
            else { return nil }
            return StreamSubscription(
                "candle:\(name):\(word)", .bars(interval), instrument: market.index)
        case "activeAssetCtx":
            return StreamSubscription(
                "activeAssetCtx:\(name)", .reference(seconds: 1), instrument: market.index)
        default: return nil
        }
    }

    /// Lengths of bars that the venue has.
    static let intervals = [
        "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M",
    ]

    /// Channels of a user: acknowledged; a server without accounts has nothing to tell on them.
    static let userTypes: Set<String> = [
        "userFills", "userEvents", "orderUpdates", "userFundings", "openOrders",
        "clearinghouseState", "spotState", "webData2", "webData3", "notification",
        "userNonFundingLedgerUpdates", "userHistoricalOrders",
    ]

    /// A question through the stream.
    private func post(_ request: ClientJSON, _ moment: VenueMoment) -> ServerAction {
        let id = request["id"]?.json ?? "null"
        guard let question = request["request"], question["type"]?.text == "info",
            let payload = question["payload"], let type = payload["type"]?.text,
            let answer = info(payload, moment), answer.status == 200
        else {
            return say(
                "post",
                "{\"id\":\(id),\"response\":{\"type\":\"error\","
                    + "\"payload\":\"422 Unprocessable Entity\"}}")
        }
        return say(
            "post",
            "{\"id\":\(id),\"response\":{\"type\":\"info\",\"payload\":{\"type\":\"\(type)\","
                + "\"data\":\(answer.text)}}}")
    }
}
