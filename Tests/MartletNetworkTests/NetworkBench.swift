// What the network tests share: a loop that waits for conditions, and delegates that remember.

import Glibc
import Testing

@testable import MartletNetwork

/// A reactor run by the test itself, until something holds.
struct NetworkBench {
    let reactor: Reactor

    init() throws { reactor = try Reactor() }

    /// Runs turns until `condition` holds; false after `seconds`.
    func wait(seconds: Int64 = 20, until condition: () -> Bool) -> Bool {
        let deadline = reactor.now() + seconds * 1_000_000_000
        while !condition() {
            if reactor.now() > deadline { return false }
            // Wakes up the loop if nothing else does.
            let tick = reactor.setTimer(after: 20_000_000) {}
            reactor.turn(waits: true)
            reactor.cancel(tick)
        }
        return true
    }

    /// An HTTP server on a free port.
    func server(
        _ change: (inout HTTPServerOptions) -> Void = { _ in },
        handler: @escaping HTTPServer.Handler
    ) throws -> HTTPServer {
        var options = HTTPServerOptions()
        change(&options)
        return try HTTPServer(reactor: reactor, options: options, handler: handler)
    }

    /// Fetches and waits for the end.
    func fetch(
        _ client: HTTPClient, _ request: HTTPRequest
    ) -> Result<HTTPResponse, NetworkFailure>? {
        var result: Result<HTTPResponse, NetworkFailure>?
        client.fetch(request) { result = $0 }
        _ = wait { result != nil }
        return result
    }
}

/// Remembers what a socket says.
final class Listener: WebSocketDelegate {
    var isOpen = false
    var texts: [String] = []
    var binaries: [[UInt8]] = []
    var pongs: [[UInt8]] = []
    var pings: [[UInt8]] = []
    var times: [Int64] = []
    var readsEnded = 0
    var closings: [NetworkFailure] = []
    var socket: WebSocket?
    var onOpen: (WebSocket) -> Void = { _ in }
    var onText: (WebSocket, String) -> Void = { _, _ in }

    var closing: NetworkFailure? { closings.last }

    func webSocketOpened(_ socket: WebSocket) {
        isOpen = true
        self.socket = socket
        onOpen(socket)
    }

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        times.append(time)
        if isBinary {
            binaries.append(Array(bytes))
        } else {
            let text = String(decoding: bytes, as: UTF8.self)
            texts.append(text)
            onText(socket, text)
        }
    }

    func webSocketReadEnded(_ socket: WebSocket) { readsEnded += 1 }

    func webSocket(_ socket: WebSocket, pong payload: UnsafeBufferPointer<UInt8>) {
        pongs.append(Array(payload))
    }

    func webSocket(_ socket: WebSocket, ping payload: UnsafeBufferPointer<UInt8>) {
        pings.append(Array(payload))
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
        closings.append(failure)
        self.socket = nil
    }
}

/// Sends every message back.
final class EchoPeer: WebSocketDelegate {
    func webSocketOpened(_ socket: WebSocket) {}

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        let raw = UnsafeRawBufferPointer(bytes)
        if isBinary { socket.send(binary: raw) } else { socket.send(text: raw) }
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {}
}

/// Files of one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-network-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        try #require(made != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = system("rm -rf '\(path)'") }

    /// Writes a text file and gives its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        let stream = try #require(fopen(file, "w"))
        fputs(text, stream)
        fclose(stream)
        return file
    }
}
