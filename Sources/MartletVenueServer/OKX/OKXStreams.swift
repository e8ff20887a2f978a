// OKX's routes, subscriptions and control messages, server side.

import MartletModel
import MartletVenues

extension OKXProtocol {
    /// Subscribing, unsubscribing and logging in on one connection within an hour, at most.
    static let operationsPerHour: Int64 = 480

    /// Opens `/ws/v5/public`, `/ws/v5/business` and `/ws/v5/private`.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count == 3, parts[0] == "ws", parts[1] == "v5",
            ["public", "business", "private"].contains(parts[2])
        else { return .notAWebSocketPath }
        session.route = parts[2]
        return .accept([])
    }

    /// `ping`, or an operation.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message else { return [error("60012", "Binary", session)] }
        if text == "ping" { return [.send(.text("pong"))] }
        guard let request = ClientJSON.parse(text), case .object = request else {
            return [error("60012", "Invalid request: \(text.prefix(200))", session)]
        }
        let id = request["id"]?.word
        guard let operation = request["op"]?.text, let items = request["args"]?.items else {
            return [error("60012", "Invalid request: \(text.prefix(200))", session, id: id)]
        }
        guard allowsOperation(&session, moment) else {
            return [error("60014", "Requests too frequent", session, id: id)]
        }
        switch operation {
        case "subscribe":
            return items.flatMap { subscribe($0, id, &session, moment) }
        case "unsubscribe":
            return items.flatMap { unsubscribe($0, id, &session, moment) }
        case "login": return [error("60009", "Login failed.", session, id: id)]
        default:
            // Orders need a login, which a server without accounts cannot give.
            return [error("60011", "Please log in", session, id: id)]
        }
    }

    private func allowsOperation(_ session: inout VenueSession, _ moment: VenueMoment) -> Bool {
        let hour = moment.wallTime / 3_600_000_000_000
        if session.facts["hour"] != "\(hour)" {
            session.facts["hour"] = "\(hour)"
            session.facts["operations"] = "0"
        }
        let count = (session.facts["operations"].flatMap { Int64($0) } ?? 0) + 1
        session.facts["operations"] = "\(count)"
        return count <= Self.operationsPerHour
    }

    private func error(
        _ code: String, _ message: String, _ session: VenueSession, id: String? = nil
    ) -> ServerAction {
        .send(
            .text(
                "{" + (id.map { "\"id\":\(ClientJSON.quoted($0))," } ?? "")
                    + "\"event\":\"error\",\"code\":\"\(code)\","
                    + "\"msg\":\(ClientJSON.quoted(message)),"
                    + "\"connId\":\"\(identifier(session))\"}"))
    }

    private func acknowledge(
        _ event: String, _ argument: ClientJSON, _ id: String?, _ session: VenueSession
    ) -> ServerAction {
        .send(
            .text(
                "{" + (id.map { "\"id\":\(ClientJSON.quoted($0))," } ?? "")
                    + "\"event\":\"\(event)\",\"arg\":\(argument.json),"
                    + "\"connId\":\"\(identifier(session))\"}"))
    }

    private func subscribe(
        _ argument: ClientJSON, _ id: String?, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        switch subscription(argument, session.route, moment) {
        case .failure(let refusal):
            return [error(refusal.code, refusal.message, session, id: id)]
        case .success(let subscription):
            let answer = acknowledge("subscribe", argument, id, session)
            // A second subscription is answered, and starts nothing.
            guard session.add(subscription) else { return [answer] }
            return [answer] + first(subscription, moment).map { .tell(subscription, .text($0)) }
        }
    }

    private func unsubscribe(
        _ argument: ClientJSON, _ id: String?, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        switch subscription(argument, session.route, moment) {
        case .failure(let refusal):
            return [error(refusal.code, refusal.message, session, id: id)]
        case .success(let subscription):
            session.remove(subscription.key)
            return [acknowledge("unsubscribe", argument, id, session)]
        }
    }

    /// Why a subscription is refused.
    struct Refusal: Error {
        let code: String
        let message: String
    }

    /// What an argument stands for on a route.
    func subscription(
        _ argument: ClientJSON, _ route: String, _ moment: VenueMoment
    ) -> Result<StreamSubscription, Refusal> {
        guard let channel = argument["channel"]?.text, !channel.isEmpty else {
            return .failure(
                Refusal(code: "60012", message: "Invalid request: \(argument.json)"))
        }
        let symbol = argument["instId"]?.text ?? ""
        let wrong = Refusal(
            code: "60018",
            message: "Wrong URL or channel:\(channel)"
                + (symbol.isEmpty ? "" : ",instId:\(symbol)") + " doesn't exist. Please use the "
                + "correct URL, channel and parameters referring to API document.")
        if Self.needsLogin(channel) {
            guard route == (channel.hasPrefix("books") ? "public" : "private") else {
                return .failure(wrong)
            }
            return .failure(Refusal(code: "60011", message: "Please log in"))
        }
        let isBusiness = channel.contains("candle") || channel == "trades-all"
        guard route == (isBusiness ? "business" : "public") else { return .failure(wrong) }
        if let type = argument["instType"]?.text, !type.isEmpty, symbol.isEmpty {
            guard ["liquidation-orders", "instruments"].contains(channel),
                ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY"].contains(type)
            else { return .failure(wrong) }
            let kind: StreamKind = channel == "instruments" ? .silent : .liquidations
            return .success(StreamSubscription("\(channel):\(type)", kind, instrument: -1))
        }
        if channel == "status" {
            return .success(StreamSubscription("status:", .silent, instrument: -1))
        }
        guard let instrument = instrument(symbol, channel, moment.market),
            let kind = kind(channel, instrument, moment.market)
        else { return .failure(wrong) }
        switch kind {
        case .book(let view), .top(let view, _): instrument.activate(view)
        default: break
        }
        return .success(
            StreamSubscription("\(channel):\(symbol)", kind, instrument: instrument.index))
    }

    private static func needsLogin(_ channel: String) -> Bool {
        [
            "orders", "fills", "positions", "account", "balance_and_position", "account-greeks",
            "liquidation-warning", "books-l2-tbt", "books50-l2-tbt",
        ].contains(channel)
    }

    /// The instrument of a channel; an index is named by the pair of its contracts.
    private func instrument(
        _ symbol: String, _ channel: String, _ market: VenueMarket
    ) -> InstrumentMarket? {
        if channel == "index-tickers" || channel.hasPrefix("index-candle") {
            return market.instruments.first { Self.family(of: $0.instrument) == symbol }
        }
        guard let found = market.instrument(symbol), found.instrument.symbol == symbol else {
            return nil
        }
        return found
    }

    private func kind(
        _ channel: String, _ instrument: InstrumentMarket, _ market: VenueMarket
    ) -> StreamKind? {
        let isSpot = instrument.instrument.kind == .spot
        let isSwap = !isSpot && instrument.instrument.isPerpetual
        let tenth: Int64 = 100_000_000
        switch channel {
        case "trades", "trades-all": return .trades
        // A recording has the levels that the venue told, so all of them are the book.
        case "books": return .book(market.view(depth: market.isRecorded ? 0 : 400, cadence: tenth))
        case "books5": return .top(market.view(depth: 5, cadence: tenth), levels: 5)
        case "bbo-tbt": return .quote
        case "tickers": return .ticker
        case "mark-price", "index-tickers": return .reference(seconds: 1)
        case "funding-rate" where isSwap: return .reference(seconds: 30)
        case "open-interest" where !isSpot: return .openInterest
        case "price-limit": return .ticker
        case "estimated-price": return .silent
        default:
            guard channel.hasPrefix("candle"),
                let interval = OKXWords.interval(String(channel.dropFirst(6)))
            else { return nil }
            return .bars(interval)
        }
    }
}
