// The shell of a venue server: listeners, WebSockets and timers around the engine.

package import MartletModel
package import MartletNetwork

/// Where and how a venue server listens.
package struct VenueServerOptions: Sendable {
    /// The address, in digits.
    package var address = "127.0.0.1"
    /// The plain port; 0 takes a free one.
    package var port: UInt16 = 0
    /// The TLS port; 0 takes a free one.
    package var tlsPort: UInt16 = 0
    /// With an identity there is a second listener, with TLS.
    package var identity: TLSIdentity?
    /// The word that control requests have to bring; nil: there are none.
    package var controlToken: String?
    /// Pace of the market.
    package var pace = VenuePace()
    /// Limits and habits instead of the venue's.
    package var rules: VenueServerRules?
    /// What goes wrong.
    package var faults = FaultPlan()

    /// Plain, on a free port of this machine.
    package init() {}
}

/// A running venue server. All calls belong on the reactor's thread.
package final class VenueServer {
    /// Where log lines go (JSON objects): faults that struck, failures.
    package var onLog: (String) -> Void = { _ in }

    let reactor: Reactor
    let options: VenueServerOptions
    var engine: VenueEngine
    var peers: [Int: VenuePeer] = [:]
    private var listeners: [HTTPServer] = []
    private var nextNumber = 1
    private var timer: TimerToken?
    private var isClosed = false

    /// Starts to listen and to move the market.
    ///
    /// - Throws: what `makeMarket` throws; `network` where a port cannot be had.
    package init(
        _ venue: any VenueProtocol, options: VenueServerOptions, reactor: Reactor,
        makeMarket: @escaping () throws(Failure) -> VenueMarket
    ) throws(Failure) {
        self.reactor = reactor
        self.options = options
        engine = try VenueEngine(
            venue, rules: options.rules, pace: options.pace, faults: options.faults,
            at: ServerInstant(now: reactor.now(), wall: reactor.wallTime()),
            makeMarket: makeMarket)
        try listen(port: options.port, identity: nil)
        if let identity = options.identity {
            try listen(port: options.tlsPort, identity: identity)
        }
        schedule()
    }

    /// The plain port.
    package var port: UInt16 { listeners[0].port }
    /// The TLS port, where there is a second listener.
    package var tlsPort: UInt16? { listeners.count > 1 ? listeners[1].port : nil }
    /// Counters.
    package var counters: VenueCounters { engine.counters }
    /// The market.
    package var market: VenueMarket { engine.market }

    private func listen(port: UInt16, identity: TLSIdentity?) throws(Failure) {
        var listening = HTTPServerOptions()
        listening.address = options.address
        listening.port = port
        listening.identity = identity
        listening.idleSeconds = 300
        do throws(NetworkFailure) {
            let server = try HTTPServer(reactor: reactor, options: listening) {
                [unowned self] request in react(request)
            }
            server.onAccept = { [unowned self] in acceptance(isTLS: identity != nil) }
            listeners.append(server)
        } catch {
            close()
            throw Failure(.network, "\(error.message); choose another port or 0")
        }
    }

    var instant: ServerInstant { ServerInstant(now: reactor.now(), wall: reactor.wallTime()) }

    /// What becomes of a new connection while faults of the network are on.
    private func acceptance(isTLS: Bool) -> HTTPAcceptance {
        let age = engine.age(instant)
        if engine.faults.isActive(.dnsFailure, connection: nil, at: age) { return .reset }
        if isTLS, engine.faults.isActive(.tlsFailure, connection: nil, at: age) {
            return .refuseTLS
        }
        return .serve
    }

    private func react(_ request: HTTPServerRequest) -> HTTPReaction {
        let asked = ServerRequest(request)
        if asked.path.hasPrefix("/_martlet/") { return .answer(HTTPAnswer(control(asked))) }
        var outputs: [VenueOutput] = []
        defer {
            perform(outputs)
            schedule()
        }
        if request.asksForWebSocket {
            let number = nextNumber
            // Greetings of the protocol wait in the peer until the socket is open.
            let peer = VenuePeer(number: number, server: self)
            peers[number] = peer
            switch engine.open(asked, number: number, at: instant, &outputs) {
            case .accept:
                nextNumber += 1
                var upgrade = WebSocketUpgrade(delegate: peer)
                if engine.rules.compresses { upgrade.compression = .perMessage }
                upgrade.delay = engine.answerDelay(at: instant)
                upgrade.onAbandoned = { [weak self] in self?.closed(number) }
                upgrade.options.messageBytesMax = 1 << 20
                upgrade.options.bufferedBytesMax = 16 << 20
                return .upgrade(upgrade)
            case .refuse(let answer):
                peers[number] = nil
                return .answer(HTTPAnswer(answer))
            case .notAWebSocketPath: peers[number] = nil
            }
        }
        var answer = HTTPAnswer(engine.request(asked, at: instant, &outputs))
        answer.delay = engine.answerDelay(at: instant)
        return .answer(answer)
    }

    /// Does what the engine wants.
    func perform(_ outputs: [VenueOutput]) {
        for output in outputs {
            switch output {
            case .send(let number, let frame, let fragment):
                peers[number]?.send(frame, fragment: fragment)
            case .ping(let number): peers[number]?.ping()
            case .close(let number, let code, let reason):
                peers[number]?.close(code: code, reason: reason)
            case .reset(let number): peers[number]?.reset()
            case .silence(let number): peers[number]?.silence()
            case .log(let line): onLog(line)
            }
        }
    }

    /// Moves on, and sets the timer for the next time.
    func turn() {
        guard !isClosed else { return }
        var outputs: [VenueOutput] = []
        engine.advance(at: instant, &outputs)
        perform(outputs)
        schedule()
    }

    func schedule() {
        guard !isClosed else { return }
        if let timer { reactor.cancel(timer) }
        // A market that is late lets the sockets have their turn in between.
        let wait = max(0, engine.nextTime - reactor.now())
        timer = reactor.setTimer(after: wait) { [weak self] in
            self?.timer = nil
            self?.turn()
        }
    }

    /// Stops the market.
    package func pause() {
        var outputs: [VenueOutput] = []
        engine.pause(at: instant, &outputs)
        perform(outputs)
        schedule()
    }

    /// Lets the market go on.
    package func resume() {
        engine.resume(at: instant)
        schedule()
    }

    /// Says goodbye to all connections and stops listening.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        if let timer { reactor.cancel(timer) }
        for peer in peers.sorted(by: { $0.key < $1.key }).map(\.value) {
            peer.close(code: 1001, reason: "server shutdown")
        }
        for listener in listeners { listener.close() }
    }

    /// A connection is gone.
    func closed(_ number: Int) {
        peers[number] = nil
        guard !isClosed else { return }
        var outputs: [VenueOutput] = []
        engine.closed(number, at: instant, &outputs)
        perform(outputs)
        schedule()
    }

    /// `POST /_martlet/pause`, `resume` and `state` with the token.
    private func control(_ request: ServerRequest) -> ServerAnswer {
        guard let token = options.controlToken else {
            return ServerAnswer(404, "{\"msg\":\"no control; start with --control\"}")
        }
        guard request.headers["authorization"] == "Bearer " + token else {
            return ServerAnswer(401, "{\"msg\":\"the control token is missing or wrong\"}")
        }
        guard request.method == "POST" else { return ServerAnswer(405, "{\"msg\":\"use POST\"}") }
        switch request.path {
        case "/_martlet/pause": pause()
        case "/_martlet/resume": resume()
        case "/_martlet/state": break
        case "/_martlet/fault": return strike(request)
        default: return ServerAnswer(404, "{\"msg\":\"no such control\"}")
        }
        return ServerAnswer(200, state)
    }

    /// A fault at once: the body is `{"kind": …}` with the numbers of a plan in ns.
    private func strike(_ request: ServerRequest) -> ServerAnswer {
        guard let body = ClientJSON.parse(request.body), let name = body["kind"]?.text,
            let kind = FaultKind.named(name)
        else { return ServerAnswer(400, "{\"msg\":\"no fault of this kind\"}") }
        var rule = FaultRule(kind, .after(engine.age(instant)))
        if let duration = body["for"]?.integer, duration > 0 { rule.duration = duration }
        if let delay = body["delay"]?.integer, delay > 0 { rule.delay = delay }
        rule.connection = body["connection"]?.integer.flatMap { Int(exactly: $0) }
        rule.instrument = body["instrument"]?.text
        if let channel = body["channel"]?.text.flatMap({ FaultChannel(rawValue: $0) }) {
            rule.channel = channel
        }
        engine.faults.add(rule)
        turn()
        return ServerAnswer(200, state)
    }

    /// The server's state as JSON: books by instrument with their numbers.
    package var state: String {
        let books = engine.market.instruments.prefix(200).map { market in
            "\(ClientJSON.quoted(market.instrument.symbol)):{\"update\":\(market.update),"
                + "\"trades\":\(market.trades.count)}"
        }
        let counters = engine.counters
        return "{\"paused\":\(engine.isPaused),\"marketTime\":\(engine.market.time),"
            + "\"connections\":\(peers.count),\"sent\":\(counters.sent),"
            + "\"refused\":\(counters.refused),\"usage\":\(engine.usage.json),"
            + "\"faults\":\(counters.faults),\"books\":{\(books.joined(separator: ","))}}"
    }
}

extension ServerRequest {
    /// A request as the engine wants it.
    init(_ request: HTTPServerRequest) {
        var headers: [String: String] = [:]
        for field in request.headers.fields { headers[field.name.lowercased()] = field.value }
        let address = request.peer.lastIndex(of: ":").map { String(request.peer[..<$0]) }
        self.init(
            request.method, request.target, headers: headers, body: request.body,
            peer: address ?? request.peer)
    }
}

extension HTTPAnswer {
    /// An answer of the engine.
    init(_ answer: ServerAnswer) {
        var headers = HTTPHeaders()
        headers.append("Content-Type", answer.contentType)
        for header in answer.headers { headers.append(header.name, header.value) }
        self.init(answer.status, headers: headers, body: answer.body)
    }
}
