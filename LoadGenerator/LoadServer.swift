// Speaks as much of USDT-M as a feed needs, and sends preframed messages at a fixed rate.

import Glibc
import MartletNetwork

/// Serves snapshots and streams of as many instruments as are subscribed to; each connection gets
/// its share of the rate.
final class LoadServer {
    private let reactor: Reactor
    private let rate: Int
    private var instruments: [String: LoadFrames] = [:]
    private var streams: [LoadStream] = []
    private var server: HTTPServer?
    private var due = 0.0
    private var turn = 0
    private var lastTick: Int64 = 0
    private var isPaused = false
    /// Messages sent since the start.
    private(set) var sent: UInt64 = 0
    /// Messages that a connection's full queue refused.
    private(set) var refused: UInt64 = 0
    /// Acknowledgements and snapshots: frames for the reader besides the load.
    private(set) var answers: UInt64 = 0

    /// A server that sends `rate` messages a second over all its connections.
    init(rate: Int) throws(NetworkFailure) {
        reactor = try Reactor()
        self.rate = rate
        server = try HTTPServer(reactor: reactor, options: HTTPServerOptions()) {
            [unowned self] request in answer(request)
        }
    }

    /// Pauses when standard input has something to read, or ends.
    func pauseOnInput() {
        reactor.watchReadable(STDIN_FILENO) { [unowned self] in
            isPaused = true
            reactor.unwatch(STDIN_FILENO)
        }
    }

    var port: UInt16 { server?.port ?? 0 }

    /// Serves until the process ends.
    func run() {
        lastTick = reactor.now()
        tick()
        report()
        reactor.run()
    }

    /// Every second: what was sent so far, as a JSON line.
    private func report() {
        let line = "{\"sent\":\(sent),\"refused\":\(refused),\"answers\":\(answers)}\n"
        _ = write(STDOUT_FILENO, line, line.utf8.count)
        reactor.setTimer(after: 1_000_000_000) { [unowned self] in report() }
    }

    func acknowledged() { answers += 1 }

    private func answer(_ request: HTTPServerRequest) -> HTTPReaction {
        if request.asksForWebSocket {
            return .upgrade(WebSocketUpgrade(delegate: LoadStream(server: self)))
        }
        let symbol = request.queryValue("symbol") ?? ""
        if request.path.hasSuffix("/depth") {
            answers += 1
            let update = instruments["b" + symbol]?.lastUpdate ?? 1_000_000_000_000
            return .answer(
                .json(
                    "{\"lastUpdateId\":\(update),\"E\":\(milliseconds),\"T\":\(milliseconds),"
                        + "\"bids\":[[\"2400.00\",\"1.000\"]],\"asks\":[[\"2400.01\",\"1.000\"]]}"))
        }
        if request.path.hasSuffix("/time") {
            return .answer(.json("{\"serverTime\":\(milliseconds)}"))
        }
        if request.path.hasSuffix("rades") { return .answer(.json("[]")) }
        return .answer(.json("{\"code\":-1121,\"msg\":\"not here\"}", status: 404))
    }

    private var milliseconds: Int64 { reactor.wallTime() / 1_000_000 }

    /// A connection has subscribed: its instruments start to move.
    func add(_ stream: LoadStream) {
        for name in stream.names where instruments[name] == nil {
            instruments[name] = LoadFrames(
                symbol: String(name.dropFirst()), areTrades: name.hasPrefix("t"),
                seed: UInt64(instruments.count + 1))
        }
        if !streams.contains(where: { $0 === stream }) { streams.append(stream) }
    }

    func remove(_ stream: LoadStream) { streams.removeAll { $0 === stream } }

    /// Every millisecond: as many messages as are due by the clock, connections in turns.
    private func tick() {
        let now = reactor.now()
        due = min(due + Double(now - lastTick) * 1e-9 * Double(rate), Double(rate) / 10)
        lastTick = now
        let time = milliseconds
        while due >= 1, !streams.isEmpty, !isPaused {
            due -= 1
            turn = (turn + 1) % streams.count
            let stream = streams[turn]
            guard let name = stream.nextName() else { continue }
            instruments[name]?.next(at: time) { bytes in
                if stream.send(bytes) { sent += 1 } else { refused += 1 }
            }
        }
        reactor.setTimer(after: 1_000_000) { [unowned self] in tick() }
    }
}

/// One connection and what it is subscribed to.
final class LoadStream: WebSocketDelegate {
    private unowned let server: LoadServer
    private var socket: WebSocket?
    private var turn = 0
    /// What is sent: `t` and the instrument for trades, `b` and the instrument for its book.
    private(set) var names: [String] = []

    init(server: LoadServer) { self.server = server }

    func nextName() -> String? {
        guard !names.isEmpty else { return nil }
        turn = (turn + 1) % names.count
        return names[turn]
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Bool { socket?.send(raw: bytes) ?? false }

    func webSocketOpened(_ socket: WebSocket) { self.socket = socket }

    /// `SUBSCRIBE` with stream names: acknowledged, and the instruments noted.
    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        let text = String(decoding: bytes, as: UTF8.self)
        for word in text.split(separator: "\"") where word.contains("@") {
            let symbol = word.prefix { $0 != "@" }.uppercased()
            let name = (word.hasSuffix("rade") ? "t" : "b") + symbol
            if !names.contains(name) { names.append(name) }
        }
        let id = text.split(separator: "\"id\":").last?.prefix { $0.isNumber } ?? "null"
        _ = socket.send(text: "{\"result\":null,\"id\":\(id)}")
        server.acknowledged()
        server.add(self)
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) { server.remove(self) }
}
