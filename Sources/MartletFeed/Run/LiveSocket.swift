// One socket of a live link: hands what arrives to its pipeline and its link.

import MartletModel
import MartletNetwork
import MartletVenues

/// A WebSocket with its pipeline. All on the reactor's thread.
final class LiveSocket: WebSocketDelegate {
    let number: Int
    let pipeline: FeedPipeline
    let connection: ConnectionID
    private weak var link: LiveLink?
    private var socket: WebSocket?
    private(set) var openedAt: Int64 = 0
    /// When the venue last gave a sign of life on it; ns of the reactor's clock.
    var heardAt: Int64 = 0
    private(set) var isGone = false
    /// Whether the stream was told of it.
    var isConnected = false
    /// Topics that were subscribed to on it.
    var expected: Set<Topic> = []
    /// Whether what it counted has been added to the venue's sums.
    var isRetired = false
    /// Messages of the read that is being handled, and when it returned; ns since the epoch.
    private var readCount: Int64 = 0
    private var readTime: Int64 = 0

    init(number: Int, link: LiveLink, pipeline: FeedPipeline) {
        self.number = number
        self.link = link
        self.pipeline = pipeline
        connection = pipeline.connection
    }

    /// Starts to connect.
    func connect(_ url: String, _ options: WebSocketOptions, _ reactor: Reactor) {
        socket = WebSocket(url: url, options: options, reactor: reactor, delegate: self)
    }

    /// Reads no more, until ``resume()``.
    func pause() { socket?.pauseReading() }
    /// Reads again.
    func resume() { socket?.resumeReading() }

    func send(_ text: String) { socket?.send(text: text) }
    func ping() { socket?.ping() }

    /// Ends the socket; nothing more is heard of it.
    func close() {
        isGone = true
        socket?.close()
        socket = nil
    }

    func webSocketOpened(_ socket: WebSocket) {
        guard let link, !isGone else { return }
        openedAt = link.runner.reactor.now()
        heardAt = openedAt
        if link.runner.isWaiting { socket.pauseReading() }
        link.give(.opened(number))
    }

    func webSocket(
        _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
        at time: Int64
    ) {
        guard let link, !isGone else { return }
        readCount += 1
        readTime = time
        link.runner.observer?.frame(
            bytes, isBinary: isBinary, request: nil, of: connection, at: time)
        guard let control = pipeline.frame(bytes, isBinary: isBinary, at: time) else { return }
        for earlier in pipeline.earlierControls { link.give(.control(number, earlier)) }
        link.give(.control(number, control))
    }

    func webSocketReadEnded(_ socket: WebSocket) {
        guard let link, !isGone else { return }
        link.heard(self)
        link.runner.delivered(readCount, readAt: readTime)
        readCount = 0
    }

    func webSocket(_ socket: WebSocket, pong payload: UnsafeBufferPointer<UInt8>) {
        guard let link, !isGone else { return }
        link.heard(self)
    }

    func webSocket(_ socket: WebSocket, ping payload: UnsafeBufferPointer<UInt8>) {
        guard let link, !isGone else { return }
        link.heard(self)
    }

    /// What is said of a connection that stood; nil for an end that is ordinary, of which the stream
    /// tells anyway.
    private static func words(for failure: NetworkFailure) -> String? {
        switch failure.code {
        case .protocol, .tooLarge:
            "connection given up with close code \(failure.status): \(failure.message)"
        case .closed where ![0, 1000, 1001, 1005, 1006].contains(failure.status):
            "connection ended with close code \(failure.status): \(failure.message)"
        case .tls: "connection lost: \(failure.message)"
        default: nil
        }
    }

    func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
        guard let link, !isGone else { return }
        isGone = true
        self.socket = nil
        if openedAt != 0, let words = Self.words(for: failure) { link.venue.complain(words) }
        let status = failure.code == .handshake ? failure.status : 0
        link.give(
            .closed(
                number,
                LinkFailure(
                    failure.code.rawValue, status: status,
                    retryAfter: failure.retryAfterSeconds(at: link.runner.reactor.wallTime())
                        .map(RateBudget.wait(seconds:)),
                    message: openedAt == 0
                        ? "\(connection.venue.name): \(failure.message)" : "")))
    }
}
