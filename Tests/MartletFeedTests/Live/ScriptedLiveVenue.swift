// A venue on this machine that says what a test tells it to say.

import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Synchronization

/// A server with one script for messages and one for requests. Unchecked: everything but `stop`
/// and `tell` happens on the server's own thread, and those two go there.
final class ScriptedLiveVenue: @unchecked Sendable {
    /// One client's WebSocket.
    final class Session: WebSocketDelegate {
        let number: Int
        unowned let venue: ScriptedLiveVenue
        var socket: WebSocket?

        init(_ number: Int, _ venue: ScriptedLiveVenue) {
            self.number = number
            self.venue = venue
        }

        func send(_ text: String) { socket?.send(text: text) }

        func webSocketOpened(_ socket: WebSocket) {
            self.socket = socket
            venue.sessions.append(self)
        }

        func webSocket(
            _ socket: WebSocket, received bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool,
            at time: Int64
        ) {
            let text = String(decoding: bytes, as: UTF8.self)
            venue.heard.withLock { $0.append(text) }
            venue.order.withLock { $0.append(text) }
            venue.onMessage(self, text)
        }

        func webSocketClosed(_ socket: WebSocket, _ failure: NetworkFailure) {
            self.socket = nil
            venue.sessions.removeAll { $0 === self }
        }
    }

    private(set) var port: UInt16 = 0
    /// Messages of clients, in order.
    let heard = Mutex<[String]>([])
    /// Requests, in order.
    let asked = Mutex<[String]>([])
    /// Messages and requests as they came.
    let order = Mutex<[String]>([])
    fileprivate var sessions: [Session] = []
    fileprivate let onMessage: (Session, String) -> Void
    private let onRequest: @Sendable (String) -> String?
    private let thread: ReactorThread
    private var server: HTTPServer?
    private var count = 0

    /// Starts to listen. `onRequest` answers requests that are no WebSockets; nil is 404, `HTTP 503`
    /// another status.
    init(
        onRequest: @escaping @Sendable (String) -> String? = { _ in nil },
        onMessage: @escaping @Sendable (Session, String) -> Void
    ) throws {
        self.onMessage = onMessage
        self.onRequest = onRequest
        thread = try ReactorThread()
        let failure = thread.call { [self] reactor -> NetworkFailure? in
            do throws(NetworkFailure) {
                let made = try HTTPServer(reactor: reactor, options: HTTPServerOptions()) {
                    [unowned self] in self.react($0)
                }
                server = made
                port = made.port
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func react(_ request: HTTPServerRequest) -> HTTPReaction {
        if request.asksForWebSocket {
            count += 1
            return .upgrade(WebSocketUpgrade(delegate: Session(count, self)))
        }
        asked.withLock { $0.append(request.target) }
        order.withLock { $0.append(request.target) }
        guard let text = onRequest(request.target) else {
            return .answer(.json("{}", status: 404))
        }
        let words = text.split(separator: " ", maxSplits: 2)
        if words.first == "HTTP", let status = words.dropFirst().first.flatMap({ Int($0) }) {
            return .answer(.json("{}", status: status))
        }
        return .answer(.json(text))
    }

    /// Sends a text to every client.
    func tell(_ text: String) {
        thread.reactor.post { [self] in for session in sessions { session.send(text) } }
    }

    /// Ends every client's connection.
    func drop() {
        thread.reactor.post { [self] in
            for session in sessions { session.socket?.drop(resets: true) }
        }
    }

    /// Ends one client's connection, counted from 1.
    func drop(session number: Int) {
        thread.reactor.post { [self] in
            for session in sessions where session.number == number {
                session.socket?.drop(resets: true)
            }
        }
    }

    /// How many clients there are, and how many there were.
    var clients: (open: Int, all: Int) { thread.call { [self] _ in (sessions.count, count) } }

    func stop() {
        thread.call { [self] _ in
            server?.close()
            for session in sessions { session.socket?.close() }
        }
        thread.stop()
    }
}

/// A live feed on a thread of its own. Unchecked: runner and sink are only touched there.
final class LiveBench: @unchecked Sendable {
    /// Collects on the feed's thread.
    final class Sink: LiveSink {
        let inner = CollectingSink()
        func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
            inner.event(index, of: batch, context)
        }
        func record(_ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext) {
            inner.record(record, channel: channel, context)
        }
        func note(_ text: String) { inner.note(text) }
        func flush() {}
    }

    private let thread: ReactorThread
    private let sink = Sink()
    private var runner: FeedRunner?
    private var failure: Failure?
    /// Everything that was delivered, once it has stopped.
    private(set) var allLines: [String] = []

    init(_ settings: FeedSettings, observer: CaptureRecorder? = nil) throws {
        thread = try ReactorThread()
        // Handed over: only the feed's thread uses it from here on.
        nonisolated(unsafe) let observer = observer
        thread.call { [self] reactor in
            do throws(Failure) {
                let runner = try FeedRunner(
                    settings, reactor: reactor, sink: sink, observer: observer)
                runner.onHopeless = { [weak self] in self?.failure = $0 }
                self.runner = runner
                runner.start()
            } catch {
                failure = error
            }
        }
    }

    var lines: [String] { thread.call { [self] _ in sink.inner.lines } }
    var notes: [String] { thread.call { [self] _ in sink.inner.notes } }
    var wasLive: Bool { thread.call { [self] _ in runner?.wasLive ?? false } }
    var hopeless: Failure? { thread.call { [self] _ in failure } }
    var health: FeedHealth? { thread.call { [self] _ in runner?.health } }
    var metrics: String { thread.call { [self] _ in runner?.metrics() ?? "" } }

    func listen(to sources: [FeedSource]) {
        thread.call { [self] _ in runner?.listen(to: sources) }
    }

    /// Lines that contain a text.
    func lines(_ text: String) -> [String] { lines.filter { $0.contains(text) } }

    func stop() -> (timers: Int, watches: Int) {
        let left = thread.call { [self] reactor in
            runner?.stop()
            runner = nil
            allLines = sink.inner.lines
            return (reactor.timerCount, reactor.watchCount)
        }
        thread.stop()
        return left
    }
}
