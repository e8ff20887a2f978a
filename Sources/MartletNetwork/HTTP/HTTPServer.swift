// An HTTP server on a reactor, plain or TLS, whose connections may become WebSockets.
//
//     let server = try HTTPServer(reactor: reactor, options: HTTPServerOptions()) { request in
//         if request.asksForWebSocket { return .upgrade(WebSocketUpgrade(delegate: peer)) }
//         return .answer(.json("{\"path\":\"\(request.path)\"}"))
//     }
//     print(server.port)
//     reactor.run()

internal import CLinux
internal import Glibc

/// Listens, ends TLS, and lets libmicrohttpd take the requests apart. Meant for this machine and for
/// tests: it serves from the reactor's thread, and can misbehave as told. The reactor keeps it until
/// ``close()``.
///
/// All calls belong on the reactor's thread.
public final class HTTPServer {
    /// Decides on a request.
    public typealias Handler = (HTTPServerRequest) -> HTTPReaction

    let reactor: Reactor
    let options: HTTPServerOptions
    let handler: Handler
    /// The port that it listens on.
    public let port: UInt16
    /// Asked for every new connection; nil serves them all.
    public var onAccept: (() -> HTTPAcceptance)?
    /// Connections accepted since the start.
    public private(set) var connectionsAccepted: UInt64 = 0

    private let listener: Int32
    private let context: TLSContext?
    private var isAccepting = false
    private var isClosed = false
    private(set) lazy var daemon = HTTPDaemon(server: self)
    var connections: [UInt64: HTTPServerConnection] = [:]

    /// Starts to listen.
    ///
    /// - Throws: `request` when the address cannot be listened on, `tls` for an unusable identity.
    public init(
        reactor: Reactor, options: HTTPServerOptions, handler: @escaping Handler
    ) throws(NetworkFailure) {
        self.reactor = reactor
        self.options = options
        self.handler = handler
        if let identity = options.identity {
            context = try TLSContext(server: identity)
        } else {
            context = nil
        }
        (listener, port) = try Self.listen(options)
        try daemon.start()
        setAccepting(true)
    }

    // Without `close()` only when `init` failed: nobody watches yet.
    deinit { if !isClosed { Glibc.close(listener) } }

    private static func listen(
        _ options: HTTPServerOptions
    ) throws(NetworkFailure) -> (Int32, UInt16) {
        let place = "\(options.address):\(options.port)"
        guard let address = SocketAddress(numeric: options.address, port: options.port) else {
            throw NetworkFailure(.request, "\(place): not an address to listen on")
        }
        let descriptor = martlet_stream_socket(address.family)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        let isListening =
            descriptor >= 0 && address.withAddress { bind(descriptor, $0, $1) } == 0
            && Glibc.listen(descriptor, 1024) == 0
        var bound = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = withUnsafeMutablePointer(to: &bound) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                isListening && getsockname(descriptor, $0, &size) == 0
                    ? SocketAddress(copying: $0, length: size) : nil
            }
        }
        guard let found else {
            let reason = errorText(errno)
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw NetworkFailure(.request, "\(place): cannot listen: \(reason)")
        }
        return (descriptor, found.port)
    }

    /// Stops listening and ends the HTTP connections. WebSockets stay with their delegates.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        setAccepting(false)
        Glibc.close(listener)
        for connection in connections.values.sorted(by: { $0.number < $1.number }) {
            connection.end(resets: false)
        }
        daemon.stop()
        onAccept = nil
    }

    /// Takes new connections, or leaves them to wait in the kernel.
    public func setAccepting(_ accepts: Bool) {
        guard accepts != isAccepting else { return }
        isAccepting = accepts
        if accepts, !isClosed {
            reactor.watchReadable(listener) { [self] in accept() }
        } else {
            reactor.unwatch(listener)
        }
    }

    private func accept() {
        // Bounded: the rest waits for the next turn.
        for _ in 0..<64 where isAccepting && !isClosed {
            guard connections.count < options.connectionsMax else { return pause() }
            let descriptor = martlet_accept(listener)
            guard descriptor >= 0 else {
                switch errno {
                case EMFILE, ENFILE, ENOMEM, ENOBUFS: return pause()
                case EINTR, ECONNABORTED: continue
                default: return
                }
            }
            serve(descriptor)
        }
    }

    /// No room for more: tries again soon.
    private func pause() {
        setAccepting(false)
        reactor.setTimer(after: 50_000_000) { [self] in
            if !isClosed { setAccepting(true) }
        }
    }

    private func serve(_ descriptor: Int32) {
        connectionsAccepted += 1
        martlet_no_delay(descriptor)
        var settings = context
        let acceptance = onAccept?() ?? .serve
        if case .reset = acceptance {
            martlet_linger_zero(descriptor)
            Glibc.close(descriptor)
            return
        }
        if case .identity(let other) = acceptance {
            // Unusable is the same as refused here.
            settings = try? TLSContext(server: other)  // nil resets the connection
        }
        let connection = HTTPServerConnection(
            number: connectionsAccepted, descriptor: descriptor, server: self)
        connections[connection.number] = connection
        switch acceptance {
        case .silence: connection.fallSilent()
        case .refuseTLS: connection.refuseTLS()
        default:
            if options.identity != nil, settings == nil {
                connection.end(resets: true)
            } else {
                connection.start(options.identity == nil ? nil : settings)
            }
        }
    }
}
