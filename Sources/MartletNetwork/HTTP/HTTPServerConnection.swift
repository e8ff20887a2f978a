// One connection of the HTTP server: TLS on the outside, libmicrohttpd on the inside.

internal import CLinux
internal import Glibc

/// Carries bytes between a client and libmicrohttpd, through a pair of sockets, so that TLS, faults
/// and the change to a WebSocket are ours. A side is read only when the other side has taken what
/// was read before, so at most one read waits per direction.
final class HTTPServerConnection: DescriptorHandler {
    private enum Stage { case handshake, serving, refusing, sendingLast, silent, ended }

    let number: UInt64
    let peer: String
    private unowned let server: HTTPServer
    private var transport: Transport?
    private var stage = Stage.handshake
    /// Our end of the pair, and the number of the other, which is libmicrohttpd's.
    private var inner: Int32 = -1
    private(set) var daemonDescriptor: Int32 = -1
    private var toPeer = ByteQueue()
    private var toDaemon = ByteQueue()
    private var peerEnded = false
    private var daemonEnded = false
    private var resetsAtEnd = false
    private var timer: TimerToken?

    init(number: UInt64, descriptor: Int32, server: HTTPServer) {
        self.number = number
        self.server = server
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        peer = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(descriptor, $0, &size) == 0
                    ? SocketAddress(copying: $0, length: size).text : "?"
            }
        }
        transport = Transport(descriptor: descriptor, peer: peer)
    }

    private var reactor: Reactor { server.reactor }

    /// Starts, with a TLS handshake if there are settings for it.
    func start(_ context: TLSContext?) {
        guard let context else { return serve() }
        do throws(NetworkFailure) {
            try transport?.secure(context, host: nil)
        } catch {
            return end(resets: true)
        }
        timer = reactor.setTimer(after: server.options.handshakeSeconds * 1_000_000_000) {
            [weak self] in
            self?.timer = nil
            self?.end(resets: true)
        }
        shakeHands()
    }

    /// Never reads; the client waits.
    func fallSilent() { stage = .silent }

    /// Waits for the client's greeting and refuses it.
    func refuseTLS() {
        stage = .refusing
        watchPeer(.readable)
    }

    func descriptorReady(_ ready: ReadySet) {
        switch stage {
        case .handshake: shakeHands()
        case .refusing:
            _ = transport?.read(into: reactor.readBuffer)
            // A TLS 1.2 record: fatal alert, handshake failure.
            sendLast([0x15, 3, 3, 0, 2, 2, 40], resets: false)
        case .serving: pump()
        case .sendingLast: flushLast()
        case .silent, .ended: break
        }
    }

    private func watchPeer(_ interest: ReadySet) {
        if let transport { reactor.watch(transport.descriptor, interest, self) }
    }

    private func shakeHands() {
        switch transport?.handshake() {
        case .done: serve()
        case .wantsRead: watchPeer(.readable)
        case .wantsWrite: watchPeer([.readable, .writable])
        case .ended, .failed, nil: end(resets: false)
        }
    }

    private func serve() {
        if let timer { reactor.cancel(timer) }
        timer = nil
        var pair: [Int32] = [-1, -1]
        guard martlet_socket_pair(&pair) == 0 else { return end(resets: true) }
        inner = pair[0]
        daemonDescriptor = pair[1]
        stage = .serving
        guard server.daemon.add(self) else {
            // libmicrohttpd closes what it refuses.
            daemonDescriptor = -1
            return end(resets: true)
        }
        reactor.watch(inner, .readable, self)
        pump()
    }

    // Carrying bytes.

    private func pump() {
        readPeer()
        readDaemon()
        guard stage == .serving else { return }
        if daemonEnded, toPeer.isEmpty { return end(resets: false) }
        updateInterest()
        if toDaemon.isEmpty, !peerEnded, let transport, transport.hasHiddenBytes {
            reactor.callAgain(transport.descriptor)
        }
    }

    private func readPeer() {
        guard let transport, stage == .serving, !peerEnded, toDaemon.isEmpty else {
            return flushToDaemon()
        }
        switch transport.read(into: reactor.readBuffer) {
        case .done(let count):
            toDaemon.append(UnsafeRawBufferPointer(rebasing: reactor.readBuffer[..<count]))
            flushToDaemon()
        case .wantsRead, .wantsWrite: break
        case .ended:
            peerEnded = true
            shutdown(inner, Int32(SHUT_WR))
        case .failed: end(resets: false)
        }
    }

    private func flushToDaemon() {
        while stage == .serving, !toDaemon.isEmpty {
            let count = send(
                inner, toDaemon.bytes.baseAddress, toDaemon.count, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                toDaemon.removeFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // It has closed its side: what it still has to say is read below.
                toDaemon.removeAll()
                peerEnded = true
            }
        }
    }

    private func readDaemon() {
        flushToPeer()
        guard stage == .serving, !daemonEnded, toPeer.isEmpty else { return }
        let buffer = reactor.readBuffer
        let count = recv(inner, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            toPeer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            flushToPeer()
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            daemonEnded = true
        }
    }

    private func flushToPeer() {
        guard let transport else { return }
        while !toPeer.isEmpty {
            switch transport.write(toPeer.bytes) {
            case .done(let count): toPeer.removeFirst(count)
            case .wantsRead, .wantsWrite: return
            case .ended, .failed: return end(resets: false)
            }
        }
    }

    private func updateInterest() {
        var outer: ReadySet = []
        if toDaemon.isEmpty, !peerEnded { outer.insert(.readable) }
        if !toPeer.isEmpty { outer.insert(.writable) }
        if let transport { watch(transport.descriptor, outer) }
        var inside: ReadySet = []
        if toPeer.isEmpty, !daemonEnded { inside.insert(.readable) }
        if !toDaemon.isEmpty, !daemonEnded { inside.insert(.writable) }
        watch(inner, inside)
    }

    /// A broken stream is reported even to those who wait for nothing, again and again.
    private func watch(_ descriptor: Int32, _ interest: ReadySet) {
        if interest.isEmpty {
            reactor.unwatch(descriptor)
        } else {
            reactor.watch(descriptor, interest, self)
        }
    }

    // Leaving libmicrohttpd.

    /// Sends bytes instead of an answer, and ends. libmicrohttpd is told by its caller.
    func sendLast(_ bytes: [UInt8], resets: Bool) {
        leaveDaemon()
        stage = .sendingLast
        resetsAtEnd = resets
        bytes.withUnsafeBytes { toPeer.append($0) }
        flushLast()
    }

    private func flushLast() {
        flushToPeer()
        guard stage == .sendingLast else { return }
        if toPeer.isEmpty { return end(resets: resetsAtEnd) }
        watchPeer(.writable)
    }

    /// Keeps the connection and does nothing with it.
    func leaveSilently() {
        leaveDaemon()
        stage = .silent
        if let transport { reactor.unwatch(transport.descriptor) }
    }

    private func leaveDaemon() {
        server.daemon.forget(daemonDescriptor)
        guard inner >= 0 else { return }
        reactor.unwatch(inner)
        close(inner)
        inner = -1
    }

    /// Becomes a WebSocket. libmicrohttpd has written its 101 answer.
    ///
    /// - Parameter early: What the client sent after its request and libmicrohttpd has read.
    /// - Returns: Whether it has; the delegate hears of the socket from now on.
    func upgrade(
        _ upgrade: WebSocketUpgrade, _ deflate: DeflateTerms?, early: [UInt8]
    ) -> Bool {
        guard stage == .serving, let transport else { return false }
        let buffer = reactor.readBuffer
        while case let count = recv(inner, buffer.baseAddress, buffer.count, 0), count > 0 {
            toPeer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        reactor.unwatch(transport.descriptor)
        leaveDaemon()
        stage = .ended
        self.transport = nil
        server.connections[number] = nil
        let socket = WebSocket(
            accepted: transport, options: upgrade.options, deflate: deflate,
            early: early + toDaemon.octets, reactor: reactor, delegate: upgrade.delegate)
        socket.output.append(toPeer.bytes)
        socket.flush()
        return true
    }

    /// Ends the connection; libmicrohttpd sees its side close.
    func end(resets: Bool) {
        guard stage != .ended else { return }
        stage = .ended
        if let timer { reactor.cancel(timer) }
        timer = nil
        leaveDaemon()
        if let transport {
            reactor.unwatch(transport.descriptor)
            transport.close(resets: resets)
        }
        transport = nil
        server.connections[number] = nil
    }
}
