// Bybit's topics and control messages, server side.

import MartletModel
import MartletVenues

extension BybitProtocol {
    /// Characters that all topics of a connection may have together.
    static let topicCharactersMax = 21_000
    /// Topics in one request of spot.
    static let spotTopicsMax = 10

    /// Opens `/v5/public/` with the product's name.
    package func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision {
        guard
            request.path.hasPrefix("/v5/public/") || request.path == "/v5/private"
                || request.path == "/v5/trade"
        else { return .notAWebSocketPath }
        guard request.path == "/v5/public/\(product.rawValue)" else {
            return .refuse(ServerAnswer(404, "{\"msg\":\"no such path here\"}"))
        }
        session.route = "public"
        return .accept([])
    }

    /// A control message.
    package func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction] {
        guard case .text(let text) = message, let request = ClientJSON.parse(text),
            case .object = request, let operation = request["op"]?.text
        else { return reply(false, "Params Error", nil, "", session) }
        switch operation {
        case "ping": return reply(true, "pong", request["req_id"], "ping", session)
        case "subscribe", "unsubscribe":
            let items = request["args"]?.items ?? []
            let topics = items.compactMap(\.text)
            guard !topics.isEmpty, topics.count == items.count else {
                return reply(false, "Params Error", request["req_id"], operation, session)
            }
            if operation == "unsubscribe" {
                for topic in topics { session.remove(topic) }
                return reply(true, "", request["req_id"], operation, session)
            }
            return subscribe(topics, request["req_id"], &session, moment)
        default:
            return reply(
                false, "error:invalid operation,op:\(operation.prefix(40))", request["req_id"],
                operation, session)
        }
    }

    /// One topic that cannot be had refuses the whole request.
    private func subscribe(
        _ topics: [String], _ id: ClientJSON?, _ session: inout VenueSession,
        _ moment: VenueMoment
    ) -> [ServerAction] {
        func refuse(_ words: String) -> [ServerAction] {
            reply(false, words, id, "subscribe", session)
        }
        if product == .spot, topics.count > Self.spotTopicsMax {
            return refuse("args size >\(Self.spotTopicsMax)")
        }
        let present = session.subscriptions.reduce(0) { $0 + $1.key.utf8.count }
        guard topics.reduce(present, { $0 + $1.utf8.count }) <= Self.topicCharactersMax else {
            return refuse("error:args length exceeds \(Self.topicCharactersMax)")
        }
        var wanted: [StreamSubscription] = []
        for topic in topics {
            guard let subscription = subscription(topic, moment) else {
                return refuse("error:handler not found,topic:\(topic.prefix(100))")
            }
            wanted.append(subscription)
        }
        for subscription in wanted
        where session.subscriptions.contains(where: { $0.key == subscription.key }) {
            return refuse("error:already subscribed,topic:\(subscription.key)")
        }
        var actions = reply(true, "", id, "subscribe", session)
        for subscription in wanted where session.add(subscription) {
            actions += first(subscription, moment).map { .tell(subscription, $0) }
        }
        return actions
    }

    private func reply(
        _ isGood: Bool, _ words: String, _ id: ClientJSON?, _ operation: String,
        _ session: VenueSession
    ) -> [ServerAction] {
        var text = "{\"success\":\(isGood),\"ret_msg\":\(ClientJSON.quoted(words)),"
        text += "\"conn_id\":\"\(connection(session))\","
        if product == .spot || id != nil {
            text += "\"req_id\":\(ClientJSON.quoted(id?.word ?? "")),"
        }
        return [.send(.text(text + "\"op\":\(ClientJSON.quoted(operation))}"))]
    }

    /// How often a book of a depth is told, ns; nil for depths that there are none of.
    package static func cadence(ofDepth depth: Int) -> Int64? {
        switch depth {
        case 50: 20_000_000
        case 200: 100_000_000
        case 1000: 200_000_000
        default: nil
        }
    }

    /// What a topic stands for; nil for one that does not exist.
    func subscription(_ topic: String, _ moment: VenueMoment) -> StreamSubscription? {
        let parts = topic.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let symbol = parts.last, symbol == symbol.uppercased(),
            let market = moment.market.instrument(symbol)
        else { return nil }
        let middle = Array(parts.dropFirst().dropLast())
        guard let kind = kind(parts[0], middle, moment.market) else { return nil }
        if case .book(let key) = kind { market.activate(key) }
        return StreamSubscription(topic, kind, instrument: market.index)
    }

    private func kind(_ word: String, _ rest: [String], _ market: VenueMarket) -> StreamKind? {
        switch (word, rest.count) {
        case ("publicTrade", 0): return .trades
        case ("tickers", 0): return .ticker
        case ("allLiquidation", 0) where product != .spot: return .liquidations
        case ("priceLimit", 0): return .ticker
        case ("orderbook", 1) where rest.first == "rpi": return .silent
        case ("orderbook", 1) where rest.first == "full":
            return product == .spot ? .book(Self.fullView(market)) : nil
        case ("orderbook", 1):
            guard let depth = Int(rest[0]) else { return nil }
            if depth == 1 { return .quote }
            return Self.cadence(ofDepth: depth).map {
                .book(market.view(depth: depth, cadence: $0))
            }
        case ("kline", 1): return BybitInterval.interval(rest[0]).map { .bars($0) }
        default: return nil
        }
    }

    /// What a subscriber hears first: the book, the ticker. A book that is not there yet comes
    /// with its first snapshot.
    private func first(
        _ subscription: StreamSubscription, _ moment: VenueMoment
    ) -> [ServerFrame] {
        let market = moment.market.instruments[subscription.instrument]
        switch subscription.kind {
        // REST begins this one.
        case .book where subscription.key.hasPrefix("orderbook.full."): return []
        case .book(let key):
            let snapshot = market.snapshot(of: key)
            if moment.market.isRecorded, snapshot.bids.isEmpty, snapshot.asks.isEmpty { return [] }
            return [.text(book(snapshot, market, subscription.key))]
        case .quote:
            let quote = market.quote
            if quote.bid.lots == 0, quote.ask.lots == 0 { return [] }
            return [.text(level1(market, quote, subscription.key))]
        case .ticker where subscription.key.hasPrefix("priceLimit."): return []
        case .ticker:
            return [.text(ticker(market, subscription.key, moment.market.time, isFirst: true))]
        default: return []
        }
    }
}
