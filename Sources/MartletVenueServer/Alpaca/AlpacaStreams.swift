// Alpaca's data streams, server side: who one is, and what one listens to.

import MartletModel
import MartletVenues

extension AlpacaProtocol {
    /// Opens the path of the market; `/v1beta2/crypto` is its old name.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        let paths: [String] =
            switch market {
            case .crypto: ["/v1beta3/crypto/us", "/v1beta2/crypto"]
            case .stocks: ["/v2/iex", "/v2/sip", "/v2/delayed_sip", "/v2/test"]
            }
        guard paths.contains(request.path) else { return .notAWebSocketPath }
        session.route = "data"
        var actions = [success("connected")]
        if let key = request.headers["apca-api-key-id"],
            let secret = request.headers["apca-api-secret-key"], !key.isEmpty, !secret.isEmpty
        {
            session.isAuthenticated = true
            actions.append(success("authenticated"))
        }
        return .accept(actions)
    }

    /// `auth`, `subscribe` or `unsubscribe`.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        let bytes: [UInt8]
        switch message {
        case .text(let text): bytes = Array(text.utf8)
        case .binary(let binary): bytes = binary
        }
        guard let request = ClientJSON.parse(bytes), let action = request["action"]?.text else {
            return [error(400, "invalid syntax")]
        }
        switch action {
        case "auth":
            if session.isAuthenticated { return [error(403, "already authenticated")] }
            guard let key = request["key"]?.text, let secret = request["secret"]?.text,
                !key.isEmpty, !secret.isEmpty
            else { return [error(402, "auth failed")] }
            session.isAuthenticated = true
            return [success("authenticated")]
        case "subscribe", "unsubscribe":
            guard session.isAuthenticated else { return [error(401, "not authenticated")] }
            return change(action == "subscribe", request, &session, moment)
        default: return [error(400, "invalid syntax")]
        }
    }

    /// The lists of a subscription, in the order of the acknowledgement.
    var lists: [String] {
        ["trades", "quotes", "bars", "updatedBars", "dailyBars"]
            + (market == .crypto
                ? ["orderbooks"] : ["statuses", "lulds", "corrections", "cancelErrors"])
    }

    /// A request with a list that does not exist changes nothing.
    private func change(
        _ subscribes: Bool, _ request: ClientJSON, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .object(let members) = request else { return [error(400, "invalid syntax")] }
        var wanted: [(list: String, symbol: String)] = []
        for (name, value) in members where name != "action" {
            guard lists.contains(name) else {
                return [error(410, "invalid subscribe action for this feed")]
            }
            guard let items = value.items else { return [error(400, "invalid syntax")] }
            for item in items {
                guard let symbol = item.text else { return [error(400, "invalid syntax")] }
                wanted.append((name, symbol))
            }
        }
        guard !wanted.isEmpty else { return [error(400, "invalid syntax")] }
        var books: [StreamSubscription] = []
        for (list, symbol) in wanted {
            let key = list + " " + symbol
            guard subscribes else {
                session.remove(key)
                continue
            }
            let subscription = subscription(key, list, symbol, moment)
            if session.add(subscription), case .book = subscription.kind {
                books.append(subscription)
            }
        }
        var actions: [ServerAction] = [.send(.text(acknowledgement(session)))]
        for subscription in books { actions += firstBook(subscription, moment) }
        return actions
    }

    /// All that a connection listens to.
    private func acknowledgement(_ session: VenueSession) -> String {
        let parts = lists.map { list in
            let symbols = session.subscriptions.filter { $0.key.hasPrefix(list + " ") }.map {
                ClientJSON.quoted(String($0.key.dropFirst(list.count + 1)))
            }
            return "\"\(list)\":[\(symbols.joined(separator: ","))]"
        }
        return "[{\"T\":\"subscription\",\(parts.joined(separator: ","))}]"
    }

    /// Symbols that do not exist are taken, and stay silent.
    private func subscription(
        _ key: String, _ list: String, _ symbol: String, _ moment: VenueMoment
    ) -> StreamSubscription {
        let silent = StreamSubscription(key, .silent, instrument: -1)
        var index = -1
        if symbol != "*" {
            guard let found = moment.market.instrument(symbol) else { return silent }
            index = found.index
        }
        switch list {
        case "trades": return StreamSubscription(key, .trades, instrument: index)
        case "quotes": return StreamSubscription(key, .quote, instrument: index)
        case "bars":
            return StreamSubscription(key, .bars(BarInterval(seconds: 60)), instrument: index)
        case "dailyBars":
            return StreamSubscription(key, .bars(BarInterval(seconds: 86_400)), instrument: index)
        case "orderbooks":
            guard index >= 0 else { return silent }
            let view = moment.market.view(depth: 0, cadence: 100_000_000)
            moment.market.instruments[index].activate(view)
            return StreamSubscription(key, .book(view), instrument: index)
        default: return silent
        }
    }

    /// The whole book, once there is one.
    private func firstBook(
        _ subscription: StreamSubscription, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .book(let view) = subscription.kind else { return [] }
        let market = moment.market.instruments[subscription.instrument]
        let snapshot = market.snapshot(of: view)
        if snapshot.bids.isEmpty, snapshot.asks.isEmpty { return [] }
        return [.tell(subscription, .text(book(snapshot, market.instrument)))]
    }
}
