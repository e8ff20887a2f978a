// Frames to messages: alone, and through sockets from a server on a thread of its own.

import Glibc
import MartletModel
import MartletNetwork

extension Benchmark {
    /// wslay and what is around it, over bytes in memory.
    static let frames = Benchmark(
        name: "frames", meaning: "receiving takes more of a core"
    ) { settings throws(Failure) in
        let count = 400_000
        let block = FrameBlock(count: 1000)
        let counter = FrameCounter()
        let reader = FrameReader(
            isServer: false, deflate: nil, messageBytesMax: 1 << 20, owner: counter)
        return try Measurement.take(
            "messages", events: count, bytes: count / 1000 * block.bytes.count, runs: settings.runs
        ) {
            counter.bytes = 0
            for _ in 0..<count / 1000 {
                block.bytes.withUnsafeBytes { all in
                    var start = 0
                    while start < all.count {
                        let end = min(all.count, start + 262_144)
                        _ = reader.take(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                        start = end
                    }
                }
            }
            return UInt64(counter.bytes)
        }
    }

    /// A WebSocket as a program uses it, plain.
    static let websocket = Benchmark(
        name: "websocket", meaning: "a busy venue falls behind sooner"
    ) { settings throws(Failure) in
        try socketMeasurement(settings, isSecure: false, deflate: false)
    }

    /// A WebSocket through TLS.
    static let websocketTLS = Benchmark(
        name: "websocket-tls", meaning: "a busy venue falls behind sooner"
    ) { settings throws(Failure) in
        try socketMeasurement(settings, isSecure: true, deflate: false)
    }

    /// A WebSocket through TLS, compressed.
    static let websocketDeflate = Benchmark(
        name: "websocket-deflate", meaning: "a venue that compresses falls behind sooner"
    ) { settings throws(Failure) in
        try socketMeasurement(settings, isSecure: true, deflate: true)
    }
}

/// Messages of 477 bytes, framed as a server does.
private struct FrameBlock {
    let bytes: [UInt8]

    init(count: Int) {
        let text = String(repeating: "{\"price\":\"60123.40\"},", count: 23).prefix(477)
        let message = Array((text + String(repeating: " ", count: 477 - text.utf8.count)).utf8)
        let frame = message.withUnsafeBytes { WebSocket.serverFrame($0) }
        bytes = Array(repeatElement(frame, count: count).joined())
    }
}

/// Adds up what it hears.
private final class FrameCounter: FrameReaderOwner {
    var bytes = 0

    func frameReader(received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool) {
        self.bytes += bytes.count
    }
    func frameReader(pong payload: UnsafeBufferPointer<UInt8>) {}
    func frameReader(ping payload: UnsafeBufferPointer<UInt8>) {}
    func frameReader(writes bytes: UnsafeRawBufferPointer) {}
}

/// The server's side: sends as many messages as it is told, as fast as they are taken.
private final class Flood: WebSocketDelegate {
    private let block = FrameBlock(count: 500)
    private let message = [UInt8](
        String(repeating: "{\"price\":\"60123.40\"},", count: 23).utf8.prefix(477))
    private var left = 0

    func webSocketOpened(_ socket: WebSocket) {}

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        left = Int(String(decoding: bytes, as: UTF8.self)) ?? 0
        send(socket)
    }

    private func send(_ socket: WebSocket) {
        while left > 0, socket.bytesBuffered < 1 << 20, socket.isOpen {
            if socket.usesDeflate {
                socket.batched {
                    for _ in 0..<500 { message.withUnsafeBytes { _ = socket.send(text: $0) } }
                }
            } else {
                block.bytes.withUnsafeBytes { _ = socket.send(raw: $0) }
            }
            left -= 500
        }
        if left > 0 { socket.reactor.setTimer(after: 0) { self.send(socket) } }
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {}
}

/// The client's side: counts until it has them all.
private final class Counter: WebSocketDelegate {
    var count = 0
    var bytes = 0
    var wanted = Int.max
    var isOpen = false
    var failure: NetworkFailure?

    func webSocketOpened(_ socket: WebSocket) {
        isOpen = true
        socket.reactor.stop()
    }

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        count += 1
        self.bytes += bytes.count
    }

    func webSocketReadEnded(_ socket: WebSocket) {
        if count >= wanted { socket.reactor.stop() }
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
        self.failure = failure
        socket.reactor.stop()
    }
}

/// Times `count` messages from a server of this process.
private func socketMeasurement(
    _ settings: BenchmarkSettings, isSecure: Bool, deflate: Bool
) throws(Failure) -> Measurement {
    let made = try reporting { () throws(NetworkFailure) in try SelfSignedCertificate.make() }
    let thread = try reporting { () throws(NetworkFailure) in try ReactorThread() }
    defer { thread.stop() }
    let port = thread.call { reactor -> UInt16 in
        var options = HTTPServerOptions()
        options.identity = isSecure ? made.identity : nil
        let server = try? HTTPServer(reactor: reactor, options: options) { _ in
            var upgrade = WebSocketUpgrade(delegate: Flood())
            upgrade.compression = deflate ? .perMessage : .off
            return .upgrade(upgrade)
        }  // nil is port 0, which the client cannot reach
        return server?.port ?? 0
    }
    let reactor = try reporting { () throws(NetworkFailure) in try Reactor() }
    var options = WebSocketOptions()
    options.tls.verifies = false
    options.deflate = deflate
    let counter = Counter()
    let socket = WebSocket(
        url: "\(isSecure ? "wss" : "ws")://127.0.0.1:\(port)/", options: options,
        reactor: reactor, delegate: counter)
    reactor.run()
    if let failure = counter.failure { throw Failure(.network, failure.message) }
    let count = 200_000
    defer { socket.drop(resets: false) }
    return try Measurement.take(
        "messages", events: count, bytes: count * 477, runs: settings.runs
    ) { () throws(Failure) in
        counter.count = 0
        counter.bytes = 0
        counter.wanted = count
        socket.send(text: "\(count)")
        reactor.run()
        if let failure = counter.failure { throw Failure(.network, failure.message) }
        return UInt64(counter.bytes)
    }
}

/// Turns a network failure into one of the program's.
private func reporting<Answer>(
    _ body: () throws(NetworkFailure) -> Answer
) throws(Failure) -> Answer {
    do throws(NetworkFailure) {
        return try body()
    } catch {
        throw Failure(.network, error.message)
    }
}
