// What the local venue server knows of one venue: its own paths, words and rules, server side.
//
// How to add a venue
// ------------------
// 1. Make a folder beside `Binance/` with a struct that conforms to `VenueProtocol`, and add it to
//    `VenueProtocols.make`. All functions are pure; sockets, timers, faults and the market are the
//    server's (`VenueServer`).
// 2. `rules`: limits, pings, lifetimes as data. The server enforces them: you write no timers for
//    what stands there. What is left (a venue's own idle text, say) goes into `tick`.
// 3. `syntheticInstruments`: two to four instruments with tick, lot, start price and the style in
//    which the venue writes numbers. `instrument(recordedAs:…)`: the same for a symbol of a
//    capture. Captures need nothing else: they are read with the venue's own codec
//    (`VenueCatalog`), whose events move the market; `recordedStream` passes on what has no event.
// 4. `open`: is this a WebSocket path of the venue? Accept it (set `session.route`, subscribe what
//    the path names, return greetings) or refuse it with the venue's answer.
// 5. `receive`: one message of the client. Read it with `ClientJSON.parse`, change
//    `session.subscriptions` by `session.add(StreamSubscription(key, kind, instrument:))`, return
//    acknowledgements and first snapshots as `.send(…)` in the order in which they go out.
//    A book stream that begins with a snapshot takes it from
//    `market.instruments[i].snapshot(of: view)` where `view` is the same `BookViewKey` that the
//    subscription has: `market.view(depth:cadence:)` chooses it. Every view publishes a chain:
//    `firstUpdate…lastUpdate`, `previousUpdate`, and `publication`, which grows by 1.
//    Subscriptions of kind `.top` get the whole top of the book each time (partial depth streams,
//    venues that send whole books only): `change.bids` and `change.asks` are that top.
// 6. `frames`: one update of the market for one subscription that wants it, in the venue's words.
//    Encode what is in the update, not what is in the market: faults bend the update. Return []
//    to say nothing (a bar stream every other second only, …). Checksums: compute them over
//    `market.levels`, or take `change.checksum` of a recording, and add 1 if `spoilsChecksum`.
// 7. `answer`: REST. Return nil for a path that the venue does not have (the server says 404).
//    `weight` in the answer is charged to the address; `limited` renders 429 and 418.
// 8. `notice`: what the venue says before maintenance; [] where it says nothing.
// 9. Tests: `ProtocolBench` tries a protocol without a server, `ServerBench` a server on virtual
//    time. Third-party checks: a script in `scripts/third-party` that uses `common.py`.
//
// Private streams and orders come through the same doors: `receive` and `answer` see every request
// with its headers and body, `session.isAuthenticated` stands, and an account model can be given to
// the protocol as a further stored value.

package import MartletModel
import MartletVenues

/// What happens to a request for a WebSocket.
package enum OpeningDecision: Sendable {
    /// It is not a WebSocket path: REST may know it.
    case notAWebSocketPath
    /// It opens; the actions are done right after.
    case accept([ServerAction])
    /// It is refused with an HTTP answer.
    case refuse(ServerAnswer)
}

/// Why a request is refused for its rate.
package enum RateRefusal: Hashable, Sendable {
    /// Too much within the window (429).
    case limited(retryAfter: Int64)
    /// Banned (418 or the venue's like).
    case banned(retryAfter: Int64)
}

/// What the server has to say to all connections of a venue.
package enum VenueNotice: Hashable, Sendable {
    /// The server will close connections soon.
    case shutdown
    /// REST answers that the venue is under maintenance.
    case maintenance
}

/// The moment at which a protocol is asked: the market and the wall clock.
package struct VenueMoment {
    /// The market; only read and `activate` views.
    package let market: VenueMarket
    /// Wall clock, ns since the epoch: for server times and event times of answers.
    package let wallTime: Int64

    /// A moment.
    package init(market: VenueMarket, wallTime: Int64) {
        self.market = market
        self.wallTime = wallTime
    }
}

/// A venue's protocol from the venue's side. Pure: requests in, answers out; see the guide above.
package protocol VenueProtocol: Sendable {
    /// Which venue it speaks for.
    var venue: VenueID { get }
    /// Limits and habits.
    var rules: VenueServerRules { get }
    /// What a synthetic market trades.
    var syntheticInstruments: [MarketInstrument] { get }
    /// The instrument of a recorded symbol; steps and styles were seen in the recording.
    func instrument(
        recordedAs symbol: String, tickSize: ExactDecimal, lotSize: ExactDecimal,
        priceStyle: NumberStyle, quantityStyle: NumberStyle
    ) -> MarketInstrument
    /// The name of the stream that a recorded message came on and where its payload stands in it,
    /// for messages that the market does not model; nil where it cannot be told.
    func recordedStream(of payload: UnsafeBufferPointer<UInt8>) -> (String, Range<Int>)?
    /// A request to open a WebSocket.
    func open(
        _ request: ServerRequest, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> OpeningDecision
    /// A message of a client.
    func receive(
        _ message: ClientMessage, _ session: inout VenueSession, _ moment: VenueMoment
    ) -> [ServerAction]
    /// What an update is in the venue's words, for a subscription that wants it.
    func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame]
    /// Once a second and connection: what the venue does by itself besides ``rules``. `now` is
    /// monotonic ns, as the session's times.
    func tick(_ session: inout VenueSession, now: Int64, _ moment: VenueMoment) -> [ServerAction]
    /// A REST request; nil where the venue has no such path.
    func answer(_ request: ServerRequest, _ moment: VenueMoment) -> ServerAnswer?
    /// The part of the venue's limit that a REST request counts against: requests of one name share
    /// it. Empty where all share one.
    func budget(of request: ServerRequest) -> String
    /// Whether a REST request asks for a book.
    func isBookRequest(_ request: ServerRequest) -> Bool
    /// The answer to a request above the limits.
    func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer
    /// Headers that tell the used weight.
    func usage(_ used: Int64) -> [ServerAnswer.Header]
    /// What is said on a connection ahead of a planned end.
    func notice(_ notice: VenueNotice, in session: VenueSession, _ moment: VenueMoment)
        -> [ServerFrame]
    /// The answer to every request while the venue is under maintenance.
    func maintenance(_ moment: VenueMoment) -> ServerAnswer
}

extension VenueProtocol {
    /// Nothing is passed on that the market does not model.
    package func recordedStream(
        of payload: UnsafeBufferPointer<UInt8>
    ) -> (String, Range<Int>)? { nil }
    /// Those with `depth` or `book` in path or body.
    package func isBookRequest(_ request: ServerRequest) -> Bool {
        ["depth", "book", "Book"].contains { word in
            request.path.utf8.firstRange(of: word.utf8) != nil
                || request.body.firstRange(of: word.utf8) != nil
        }
    }
    /// One limit for all.
    package func budget(of request: ServerRequest) -> String { "" }
    /// Nothing by itself.
    package func tick(
        _ session: inout VenueSession, now: Int64, _ moment: VenueMoment
    ) -> [ServerAction] { [] }
    /// A bare 429, or 418 for a ban.
    package func limited(_ refusal: RateRefusal, _ moment: VenueMoment) -> ServerAnswer {
        switch refusal {
        case .limited(let seconds):
            var answer = ServerAnswer(429, "{\"msg\":\"Too many requests.\"}")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        case .banned(let seconds):
            var answer = ServerAnswer(418, "{\"msg\":\"Banned.\"}")
            answer.headers = [.init("Retry-After", "\(seconds)")]
            return answer
        }
    }
    /// No headers.
    package func usage(_ used: Int64) -> [ServerAnswer.Header] { [] }
    /// No words.
    package func notice(
        _ notice: VenueNotice, in session: VenueSession, _ moment: VenueMoment
    ) -> [ServerFrame] { [] }
    /// A bare 503.
    package func maintenance(_ moment: VenueMoment) -> ServerAnswer {
        ServerAnswer(503, "{\"msg\":\"Service unavailable.\"}")
    }
}

/// What a server may be told about how it speaks.
package struct ProtocolOptions: Hashable, Sendable {
    /// Binance USDT-M: whether the retired un-routed paths still send data.
    package var hasLegacyRoutes = false
    /// OKX: whether `books` begins with a snapshot on the stream.
    package var sendsBookSnapshot = true

    /// The venue's present habits.
    package init() {}
}

/// The protocols that exist.
package enum VenueProtocols {
    /// The protocol of a venue; nil where there is none.
    package static func make(
        _ venue: VenueID, _ options: ProtocolOptions = ProtocolOptions()
    ) -> (any VenueProtocol)? {
        switch venue {
        case .binanceSpot: BinanceProtocol(.spot, options)
        case .binanceUSDM: BinanceProtocol(.usdm, options)
        case .binanceCoinM: BinanceProtocol(.coinm, options)
        case .mexcSpot: MEXCSpotProtocol()
        case .mexcFutures: MEXCFuturesProtocol()
        case .bybitSpot: BybitProtocol(.spot)
        case .bybitLinear: BybitProtocol(.linear)
        case .bybitInverse: BybitProtocol(.inverse)
        case .alpacaStocks: AlpacaProtocol(.stocks)
        case .alpacaCrypto: AlpacaProtocol(.crypto)
        case .okx: OKXProtocol(options)
        case .hyperliquid: HyperliquidProtocol(options)
        default: nil
        }
    }
}
