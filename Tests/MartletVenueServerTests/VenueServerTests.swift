// A served venue over real sockets of this machine: plain and TLS, control, faults on the wire.

import Glibc
import MartletModel
import MartletNetwork
import MartletStore
import MartletVenues
import Testing

@testable import MartletVenueServer

/// Listens to one socket until it has heard enough, or its time is over.
private final class Listener: WebSocketDelegate {
    var texts: [String] = []
    var failure: NetworkFailure?
    private let first: String?
    private let enough: Int
    private let reactor: Reactor

    init(_ reactor: Reactor, says first: String? = nil, until enough: Int) {
        self.first = first
        self.enough = enough
        self.reactor = reactor
    }

    func webSocketOpened(_ socket: WebSocket) {
        if let first { socket.send(text: first) }
    }

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        texts.append(String(decoding: bytes, as: UTF8.self))
        if texts.count >= enough { reactor.stop() }
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
        self.failure = failure
        reactor.stop()
    }
}

/// A certificate to trust, in a file.
private struct Authority {
    let path: String

    init(_ text: String) throws {
        path = "/tmp/martlet-authority-\(getpid())-\(text.hashValue.magnitude).pem"
        try AtomicFile.write(text, to: path)
    }

    func remove() { unlink(path) }
}

@Suite("Venue server over sockets")
struct VenueServerTests {
    private func serve(
        _ options: VenueServerOptions, _ reactor: Reactor
    ) throws -> VenueServer {
        let venue = BinanceProtocol(.spot)
        let start = reactor.wallTime()
        return try VenueServer(venue, options: options, reactor: reactor) {
            () throws(Failure) in
            VenueMarket(
                source: SyntheticMarket(
                    instruments: venue.syntheticInstruments,
                    options: SyntheticOptions(seed: 1, startTime: start)))
        }
    }

    /// Runs until somebody stops it; 20 s at most.
    private func run(_ reactor: Reactor) {
        let limit = reactor.setTimer(after: 20_000_000_000) { reactor.stop() }
        reactor.run()
        reactor.cancel(limit)
    }

    @Test("streams over plain and TLS connections", arguments: [false, true])
    func streams(isTLS: Bool) throws {
        let reactor = try Reactor()
        var options = VenueServerOptions()
        let made = try SelfSignedCertificate.make()
        options.identity = made.identity
        let server = try serve(options, reactor)
        let tlsPort = try #require(server.tlsPort)
        var socketOptions = WebSocketOptions()
        let authority = try Authority(made.caPEM)
        defer { authority.remove() }
        socketOptions.tls.caFile = authority.path
        let listener = Listener(
            reactor, says: #"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":7}"#,
            until: 4)
        let url = isTLS ? "wss://localhost:\(tlsPort)/ws" : "ws://127.0.0.1:\(server.port)/ws"
        let socket = WebSocket(
            url: url, options: socketOptions, reactor: reactor, delegate: listener)
        run(reactor)
        #expect(listener.failure == nil)
        #expect(listener.texts.first == #"{"result":null,"id":7}"#)
        #expect(listener.texts.dropFirst().allSatisfy { $0.hasPrefix(#"{"e":"depthUpdate""#) })
        #expect(server.peers.count == 1)
        socket.close()
        server.close()
    }

    @Test("faults on the wire: reset, fragments, TLS refused")
    func wireFaults() throws {
        for (kind, isTLS) in [(FaultKind.drop, false), (.fragment, false), (.tlsFailure, true)] {
            let reactor = try Reactor()
            var options = VenueServerOptions()
            let made = try SelfSignedCertificate.make()
            options.identity = made.identity
            var rule = FaultRule(kind, kind == .drop ? .atMessage(3) : .after(0))
            rule.duration = 60_000_000_000
            rule.size = 5
            options.faults = FaultPlan([rule])
            let server = try serve(options, reactor)
            var lines: [String] = []
            server.onLog = { lines.append($0) }
            var socketOptions = WebSocketOptions()
            socketOptions.tls.verifies = false
            let listener = Listener(reactor, until: 6)
            let tlsPort = server.tlsPort ?? 0
            reactor.setTimer(after: 50_000_000) {
                let path = "/ws/btcusdt@depth@100ms"
                let url =
                    isTLS
                    ? "wss://localhost:\(tlsPort)\(path)"
                    : "ws://127.0.0.1:\(server.port)\(path)"
                _ = WebSocket(
                    url: url, options: socketOptions, reactor: reactor, delegate: listener)
            }
            run(reactor)
            switch kind {
            case .drop:
                #expect(listener.texts.count == 2)
                #expect(listener.failure?.code == .closed)
            case .fragment:
                #expect(listener.failure == nil)
                #expect(listener.texts.count == 6)
                #expect(listener.texts.allSatisfy { ClientJSON.parse($0) != nil })
            default:
                #expect(listener.texts.isEmpty)
                #expect(listener.failure?.code == .tls)
            }
            #expect(lines.count == 1)
            server.close()
        }
    }

    /// Opens sockets one after another, each when the last has failed, until one has heard enough.
    private func firstGoodAttempt(
        _ kind: FaultKind, isTLS: Bool
    ) throws -> (failures: [NetworkFailure.Code], heard: Int, attemptsWhileOn: Int) {
        let reactor = try Reactor()
        var options = VenueServerOptions()
        options.identity = try SelfSignedCertificate.make().identity
        var rule = FaultRule(kind, .after(0))
        rule.duration = 1_000_000_000
        options.faults = FaultPlan([rule])
        let server = try serve(options, reactor)
        let begun = reactor.now()
        var socketOptions = WebSocketOptions()
        socketOptions.tls.verifies = false
        let scheme = isTLS ? "wss" : "ws"
        let port = isTLS ? server.tlsPort ?? 0 : server.port
        var failures: [NetworkFailure.Code] = []
        var attemptsWhileOn = 0
        // The fault is on from the server's first turn.
        reactor.setTimer(after: 50_000_000) { reactor.stop() }
        reactor.run()
        for _ in 0..<200 {
            let isOn = reactor.now() - begun < 900_000_000
            let listener = Listener(reactor, until: 2)
            let socket = WebSocket(
                url: "\(scheme)://127.0.0.1:\(port)/ws/btcusdt@depth@100ms",
                options: socketOptions, reactor: reactor, delegate: listener)
            run(reactor)
            socket.close()
            guard let failure = listener.failure else {
                server.close()
                return (failures, listener.texts.count, attemptsWhileOn)
            }
            if isOn { attemptsWhileOn += 1 }
            failures.append(failure.code)
            reactor.setTimer(after: 20_000_000) { reactor.stop() }
            reactor.run()
        }
        server.close()
        return (failures, 0, attemptsWhileOn)
    }

    @Test(
        "names that lead nowhere and refused handshakes end with their faults",
        arguments: [(FaultKind.dnsFailure, false), (.dnsFailure, true), (.tlsFailure, true)])
    func unreachable(kind: FaultKind, isTLS: Bool) throws {
        let attempt = try firstGoodAttempt(kind, isTLS: isTLS)
        #expect(attempt.attemptsWhileOn > 3 && attempt.heard == 2)
        if kind == .tlsFailure { #expect(attempt.failures.allSatisfy { $0 == .tls }) }
    }

    @Test("plain connections know nothing of refused TLS handshakes")
    func plainDuringTLSFailure() throws {
        let attempt = try firstGoodAttempt(.tlsFailure, isTLS: false)
        #expect(attempt.failures.isEmpty && attempt.heard == 2)
    }

    @Test("a request that never becomes a WebSocket leaves no connection behind")
    func abandoned() throws {
        let reactor = try Reactor()
        let server = try serve(VenueServerOptions(), reactor)
        let client = try HTTPClient(reactor: reactor)
        // Asks for a WebSocket, without what a handshake needs.
        var request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/ws/btcusdt@trade")
        request.headers.append("Upgrade", "websocket")
        var status = 0
        client.fetch(request) { result in
            if case .success(let response) = result { status = response.status }
            // The answer is out before the server has tidied up.
            reactor.setTimer(after: 200_000_000) { reactor.stop() }
        }
        run(reactor)
        #expect(status == 400)
        #expect(server.peers.count == 0)
        server.close()
    }

    @Test("control needs the token; a paused server says its state")
    func control() throws {
        let reactor = try Reactor()
        var options = VenueServerOptions()
        options.controlToken = "secret"
        let server = try serve(options, reactor)
        let client = try HTTPClient(reactor: reactor)
        var answers: [Int] = []
        func ask(_ path: String, token: String?, _ next: @escaping () -> Void) {
            var request = HTTPRequest(
                "POST", "http://127.0.0.1:\(server.port)\(path)", body: Array("{}".utf8))
            if let token { request.headers.append("Authorization", "Bearer " + token) }
            client.fetch(request) { result in
                if case .success(let response) = result { answers.append(response.status) }
                next()
            }
        }
        ask("/_martlet/pause", token: nil) {
            ask("/_martlet/pause", token: "wrong") {
                ask("/_martlet/pause", token: "secret") {
                    ask("/_martlet/nothing", token: "secret") { reactor.stop() }
                }
            }
        }
        run(reactor)
        #expect(answers == [401, 401, 200, 404])
        #expect(server.state.hasPrefix("{\"paused\":true"))
        server.close()
    }
}
