// One WebSocket of a venue server: hands messages to the engine, and sends what it says.

import MartletNetwork

/// A client's connection. The socket keeps it alive; the server knows it by number.
final class VenuePeer: WebSocketDelegate {
    let number: Int
    private weak var server: VenueServer?
    private weak var socket: WebSocket?
    /// What was to be sent before the socket was open: greetings.
    private var early: [(frame: ServerFrame, fragment: Int)] = []
    private var isOver = false
    /// The most messages that wait for a socket to open.
    private static let earlyMax = 1_000

    init(number: Int, server: VenueServer) {
        self.number = number
        self.server = server
    }

    func webSocketOpened(_ socket: WebSocket) {
        self.socket = socket
        guard !isOver else { return socket.drop(resets: true) }
        for item in early { send(item.frame, fragment: item.fragment) }
        early.removeAll()
    }

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        guard let server, !isOver else { return }
        let message: ClientMessage =
            isBinary ? .binary(Array(bytes)) : .text(String(decoding: bytes, as: UTF8.self))
        var outputs: [VenueOutput] = []
        server.engine.receive(message, on: number, at: server.instant, &outputs)
        server.perform(outputs)
        server.schedule()
    }

    func webSocket(_ socket: WebSocket, pong payload: UnsafeBufferPointer<UInt8>) {
        guard let server else { return }
        server.engine.pong(on: number, at: server.instant)
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
        server?.closed(number)
    }

    func send(_ frame: ServerFrame, fragment: Int) {
        guard !isOver else { return }
        guard let socket else {
            // Who takes so long to open is reset then.
            guard early.count < Self.earlyMax else { return reset() }
            early.append((frame, fragment))
            return
        }
        switch frame {
        case .text(let text) where fragment > 0: socket.send(text: text, inFragmentsOf: fragment)
        case .text(let text): socket.send(text: text)
        case .binary(let bytes): socket.send(binary: bytes)
        }
    }

    func ping() { socket?.ping() }

    func close(code: UInt16, reason: String) {
        isOver = true
        socket?.close(code: code, reason: reason)
    }

    func silence() {
        isOver = true
        socket?.goSilent()
    }

    func reset() {
        isOver = true
        early.removeAll()
        socket?.drop(resets: true)
    }
}
