// libmicrohttpd inside the reactor: requests in, the handler's answers out.

internal import CMicroHTTPD
internal import Glibc

/// One request inside libmicrohttpd. A class: libmicrohttpd keeps a pointer to it.
private final class DaemonRequest {
    let target: String
    var request: HTTPServerRequest?
    var body: [UInt8] = []
    var isChecked = false
    var reaction: HTTPReaction?
    var isDelayed = false
    var deflate: DeflateTerms?
    var isUpgraded = false

    init(target: String) { self.target = target }
}

/// Runs libmicrohttpd without a thread and without a listener of its own.
final class HTTPDaemon {
    /// Memory of libmicrohttpd per connection: bounds the head of a request.
    private static let memory = 32_768

    private unowned let server: HTTPServer
    private var daemon: OpaquePointer?
    private var connections: [Int32: HTTPServerConnection] = [:]
    private var timer: TimerToken?
    /// Requests that wait for their delay to pass, by libmicrohttpd's connection.
    private var suspended: [OpaquePointer: TimerToken] = [:]
    private var isStopping = false

    init(server: HTTPServer) { self.server = server }

    func start() throws(NetworkFailure) {
        daemon = martlet_httpd_start(
            { context, connection, _, method, _, data, size, state in
                // libmicrohttpd passes on what it was given.
                let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context!).takeUnretainedValue()
                guard let connection, let method, let size, let known = state?.pointee else {
                    return martlet_httpd_no()
                }
                let request = Unmanaged<DaemonRequest>.fromOpaque(known).takeUnretainedValue()
                let bytes = UnsafeRawBufferPointer(start: data, count: size.pointee)
                size.pointee = 0
                return daemon.take(connection, request, String(cString: method), bytes)
                    ? martlet_httpd_yes() : martlet_httpd_no()
            }, Unmanaged.passUnretained(self).toOpaque(),
            { _, target, _ in
                let text = target.map { String(cString: $0) } ?? "/"
                return Unmanaged.passRetained(DaemonRequest(target: text)).toOpaque()
            },
            { context, connection, state, _ in
                guard let known = state?.pointee else { return }
                state?.pointee = nil
                let request = Unmanaged<DaemonRequest>.fromOpaque(known).takeRetainedValue()
                if !request.isUpgraded, case .upgrade(let upgrade)? = request.reaction {
                    upgrade.onAbandoned?()
                }
            }, Self.memory, UInt32(clamping: server.options.connectionsMax),
            server.options.idleSeconds)
        let descriptor = daemon.map { martlet_httpd_poll_descriptor($0) } ?? -1
        guard descriptor >= 0 else {
            throw NetworkFailure(.request, "libmicrohttpd cannot be started")
        }
        // Keeps the server, which owns this, until `stop()`.
        server.reactor.watchReadable(descriptor) { [server] in server.daemon.run() }
    }

    func stop() {
        guard let daemon else { return }
        isStopping = true
        for (connection, timer) in suspended {
            server.reactor.cancel(timer)
            MHD_resume_connection(connection)
        }
        suspended = [:]
        if let timer { server.reactor.cancel(timer) }
        // What was resumed is refused now, and what was upgraded is given back.
        for _ in 0..<4 { MHD_run(daemon) }
        server.reactor.unwatch(martlet_httpd_poll_descriptor(daemon))
        MHD_stop_daemon(daemon)
        self.daemon = nil
        connections = [:]
    }

    /// Hands libmicrohttpd its end of a connection's pair.
    func add(_ connection: HTTPServerConnection) -> Bool {
        guard let daemon else { return false }
        connections[connection.daemonDescriptor] = connection
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAdded = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                MHD_add_connection(
                    daemon, connection.daemonDescriptor, $0,
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard isAdded == martlet_httpd_yes() else {
            connections[connection.daemonDescriptor] = nil
            return false
        }
        runSoon()
        return true
    }

    /// The connection has left its pair.
    func forget(_ descriptor: Int32) { connections[descriptor] = nil }

    // Running.

    fileprivate func run() {
        guard let daemon, !isStopping else { return }
        MHD_run(daemon)
        var milliseconds: UInt64 = 0
        if let timer { server.reactor.cancel(timer) }
        timer = nil
        guard MHD_get_timeout(daemon, &milliseconds) == martlet_httpd_yes() else { return }
        let wait = Int64(clamping: min(milliseconds, 60_000)) * 1_000_000
        timer = server.reactor.setTimer(after: wait) { [weak self] in
            self?.timer = nil
            self?.run()
        }
    }

    private func runSoon() {
        if let timer { server.reactor.cancel(timer) }
        timer = server.reactor.setTimer(after: 0) { [weak self] in
            self?.timer = nil
            self?.run()
        }
    }

    // Requests.

    /// Called by libmicrohttpd: with the head, with each piece of the body, after the body, and
    /// again after a delay. False ends the connection.
    private func take(
        _ connection: OpaquePointer, _ request: DaemonRequest, _ method: String,
        _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard !isStopping, let ours = connections[martlet_httpd_descriptor(connection)] else {
            return false
        }
        if !request.isChecked {
            request.isChecked = true
            let headers = Self.headers(connection)
            request.request = HTTPServerRequest(
                method: method, target: request.target, headers: headers, body: [],
                peer: ours.peer, connection: ours.number)
            if let refusal = refusal(request.target, headers) {
                return answer(connection, refusal)
            }
            return true
        }
        if !bytes.isEmpty {
            guard request.body.count + bytes.count <= server.options.bodyBytesMax else {
                return false
            }
            request.body.append(contentsOf: bytes)
            return true
        }
        return react(connection, ours, request)
    }

    /// Why a request is refused before its body is read: ways to smuggle a second request, sizes.
    private func refusal(_ target: String, _ headers: HTTPHeaders) -> HTTPAnswer? {
        func refused(_ status: Int, _ words: String) -> HTTPAnswer {
            HTTPAnswer(
                status, headers: ["Content-Type": "text/plain", "Connection": "close"],
                body: Array((words + "\n").utf8))
        }
        let options = server.options
        if target.utf8.count > options.targetBytesMax { return refused(414, "target too long") }
        if headers.fields.count > options.headerCountMax { return refused(431, "too many fields") }
        if headers["Transfer-Encoding"] != nil {
            return refused(411, "no transfer codings: send Content-Length")
        }
        let lengths = headers.values("Content-Length")
        guard let text = lengths.first else { return nil }
        guard lengths.count == 1, !text.isEmpty, text.utf8.count <= 18,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { return refused(400, "Content-Length must be one number") }
        return length > options.bodyBytesMax ? refused(413, "body too large") : nil
    }

    private func react(
        _ connection: OpaquePointer, _ ours: HTTPServerConnection, _ state: DaemonRequest
    ) -> Bool {
        guard let head = state.request else { return false }
        let reaction: HTTPReaction
        if let known = state.reaction {
            reaction = known
        } else {
            reaction = server.handler(
                HTTPServerRequest(
                    method: head.method, target: head.target, headers: head.headers,
                    body: state.body, peer: head.peer, connection: head.connection))
            state.reaction = reaction
        }
        switch reaction {
        case .answer(let answer):
            if delay(connection, state, answer.delay) { return true }
            return self.answer(connection, answer)
        case .upgrade(let upgrade):
            if delay(connection, state, upgrade.delay) { return true }
            return accept(connection, state, head, upgrade)
        case .raw(let bytes, let resets):
            ours.sendLast(bytes, resets: resets)
            return false
        case .silence:
            ours.leaveSilently()
            return false
        }
    }

    /// Puts a request to sleep; false once its delay has passed, or without one.
    private func delay(
        _ connection: OpaquePointer, _ state: DaemonRequest, _ nanoseconds: Int64
    ) -> Bool {
        guard nanoseconds > 0, !state.isDelayed else { return false }
        state.isDelayed = true
        MHD_suspend_connection(connection)
        suspended[connection] = server.reactor.setTimer(after: nanoseconds) { [weak self] in
            guard let self, suspended.removeValue(forKey: connection) != nil else { return }
            MHD_resume_connection(connection)
            runSoon()
        }
        return true
    }

    private func answer(_ connection: OpaquePointer, _ answer: HTTPAnswer) -> Bool {
        let response = answer.body.withUnsafeBytes {
            martlet_httpd_response($0.count, $0.baseAddress)
        }
        guard let response else { return false }
        defer { MHD_destroy_response(response) }
        for field in answer.headers.fields {
            MHD_add_response_header(response, field.name, field.value)
        }
        return MHD_queue_response(connection, UInt32(clamping: answer.status), response)
            == martlet_httpd_yes()
    }

    private static func headers(_ connection: OpaquePointer) -> HTTPHeaders {
        var headers = HTTPHeaders()
        withUnsafeMutablePointer(to: &headers) { pointer in
            _ = MHD_get_connection_values(
                connection, martlet_httpd_header_kind(),
                { context, _, name, value in
                    // libmicrohttpd passes on what it was given.
                    let headers = context!.assumingMemoryBound(to: HTTPHeaders.self)
                    if let name {
                        headers.pointee.append(
                            String(cString: name), value.map { String(cString: $0) } ?? "")
                    }
                    return martlet_httpd_yes()
                }, pointer)
        }
        return headers
    }

    // WebSockets.

    private func accept(
        _ connection: OpaquePointer, _ state: DaemonRequest, _ request: HTTPServerRequest,
        _ upgrade: WebSocketUpgrade
    ) -> Bool {
        let headers = request.headers
        guard request.method == "GET", request.asksForWebSocket,
            headers.contains("upgrade", in: "Connection"),
            let key = headers["Sec-WebSocket-Key"], key.utf8.count == 24
        else { return answer(connection, HTTPAnswer(400, body: Array("not a WebSocket\n".utf8))) }
        guard headers["Sec-WebSocket-Version"] == "13" else {
            return answer(connection, HTTPAnswer(426, headers: ["Sec-WebSocket-Version": "13"]))
        }
        let response = MHD_create_response_for_upgrade(
            { context, connection, state, bytes, count, socket, handle in
                // libmicrohttpd passes on what it was given.
                let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context!).takeUnretainedValue()
                let early = UnsafeRawBufferPointer(start: bytes, count: count)
                daemon.upgraded(state, Array(early), socket, handle)
            }, Unmanaged.passUnretained(self).toOpaque())
        guard let response else { return false }
        defer { MHD_destroy_response(response) }
        MHD_add_response_header(response, "Upgrade", "websocket")
        MHD_add_response_header(response, "Sec-WebSocket-Accept", ClientHandshake.accept(key))
        if upgrade.compression != .off,
            let chosen = DeflateTerms.choose(
                offers: headers.values("Sec-WebSocket-Extensions"),
                keepsContext: upgrade.compression == .keepsContext)
        {
            state.deflate = chosen.terms
            MHD_add_response_header(response, "Sec-WebSocket-Extensions", chosen.field)
        }
        for field in upgrade.headers.fields {
            MHD_add_response_header(response, field.name, field.value)
        }
        return MHD_queue_response(connection, 101, response) == martlet_httpd_yes()
    }

    private func upgraded(
        _ context: UnsafeMutableRawPointer?, _ early: [UInt8], _ socket: Int32,
        _ handle: OpaquePointer?
    ) {
        var early = early
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 {
            early += buffer[..<count]
        }
        if let context {
            let state = Unmanaged<DaemonRequest>.fromOpaque(context).takeUnretainedValue()
            if case .upgrade(let upgrade) = state.reaction {
                state.isUpgraded =
                    connections[socket]?.upgrade(upgrade, state.deflate, early: early) == true
            }
        }
        // libmicrohttpd's end is not needed any more; it closes it in its next run.
        connections[socket] = nil
        if let handle {
            martlet_httpd_upgrade_close(handle)
            runSoon()
        }
    }
}
