// The client's way to an open connection: name, address, proxy, TLS, handshake.

internal import CLinux

extension WebSocket {
    /// Starts; every failure is told to the delegate in a later turn.
    func connect(_ text: String) {
        started = reactor.now()
        do throws(NetworkFailure) {
            let endpoint = try EndpointURL(text, schemes: ["ws", "wss"])
            self.endpoint = endpoint
            handshake = try ClientHandshake(url: endpoint, options: options)
            guard let proxyURL = try options.proxies.proxy(for: endpoint) else {
                return connect(host: endpoint.host, port: endpoint.port, then: .securing)
            }
            var request =
                "CONNECT \(endpoint.authority) HTTP/1.1\r\nHost: \(endpoint.authority)\r\n"
            if let authorization = proxyURL.basicAuthorization {
                request += "Proxy-Authorization: \(authorization)\r\n"
            }
            output.append(request + "\r\n")
            connect(host: proxyURL.host, port: proxyURL.port, then: .proxy)
        } catch {
            finish(error)
        }
    }

    private func connect(host: String, port: UInt16, then next: Stage) {
        connector = Connector(
            host: host, port: port, resolver: options.resolver, timeout: options.connectTimeout,
            reactor: reactor
        ) { [self] in
            connector = nil
            switch $0 {
            case .failure(let failure): finish(failure)
            case .success(let descriptor):
                if let bytes = options.receiveBufferBytes {
                    martlet_receive_buffer(descriptor, bytes)
                }
                // A connect without a URL does not come here.
                transport = Transport(descriptor: descriptor, peer: endpoint?.authority ?? host)
                let passed = reactor.now() - started
                setDeadline(max(0, options.connectTimeout - passed))
                stage = next
                next == .proxy ? flush() : secure()
            }
        }
    }

    /// Starts TLS if the address asks for it, else the handshake.
    private func secure() {
        guard let endpoint, let transport else { return }
        guard endpoint.isSecure else { return upgrade() }
        stage = .securing
        do throws(NetworkFailure) {
            let context = try reactor.clientContext(options.tls)
            try transport.secure(context, host: endpoint.host)
        } catch {
            return finish(error)
        }
        goOnConnecting()
    }

    private func upgrade() {
        stage = .upgrading
        if let handshake { output.append(handshake.request) }
        flush()
    }

    /// Something happened while connecting.
    func goOnConnecting() {
        guard let transport else { return }
        switch stage {
        case .securing:
            switch transport.handshake() {
            case .done: upgrade()
            case .wantsRead: updateInterest()
            case .wantsWrite: updateInterest(needsWrite: true)
            case .ended: finish(NetworkFailure(.tls, "\(url): the peer ended the TLS handshake"))
            case .failed(let failure): finish(failure)
            }
        case .proxy, .upgrading, .refused:
            if !output.isEmpty { flush() }
            if stage != .closed { readHead() }
        default: break
        }
    }

    private func readHead() {
        guard let transport else { return }
        let room = head.reserve(ResponseHead.bytesMax)
        switch transport.read(into: room) {
        case .done(let count):
            head.commit(count)
            if stage == .refused { return bodyGrew() }
            headGrew()
        case .wantsRead, .wantsWrite: break
        case .ended:
            if stage == .refused { return finishRefused() }
            finish(
                NetworkFailure(
                    .handshake,
                    "\(url): the peer ended the connection instead of answering "
                        + "the \(stage == .proxy ? "proxy request" : "WebSocket handshake")"))
        case .failed(let failure): finish(failure)
        }
    }

    private func headGrew() {
        guard let length = ResponseHead.length(head.bytes) else {
            if head.count >= ResponseHead.bytesMax {
                finish(NetworkFailure(.handshake, "\(url): the answer's head has no end"))
            }
            return
        }
        let text = String(decoding: head.bytes.prefix(length - 4), as: UTF8.self)
        head.removeFirst(length)
        guard let answer = ResponseHead(text) else {
            return finish(NetworkFailure(.handshake, "\(url): the answer is not HTTP"))
        }
        if stage == .proxy {
            guard (200..<300).contains(answer.status) else {
                return finish(
                    NetworkFailure(
                        .handshake, status: answer.status, headers: answer.headers,
                        "\(url): the proxy refuses: status \(answer.status)"))
            }
            head.removeAll()
            return secure()
        }
        guard answer.status == 101 else {
            stage = .refused
            refusal = answer
            setDeadline(500_000_000)
            return bodyGrew()
        }
        do throws(NetworkFailure) {
            let terms = try handshake?.check(answer)
            let early = [UInt8](head.octets)
            head = ByteQueue(capacity: 64)
            open(deflate: terms ?? nil, early: early)
        } catch {
            finish(
                NetworkFailure(
                    error.code, status: error.status, headers: answer.headers,
                    "\(url): \(error.message)"))
        }
    }

    /// Waits for the start of a refusal's body, which often says why.
    private func bodyGrew() {
        let length = refusal?.headers["Content-Length"].flatMap { Int($0) }
        if head.count >= min(length ?? 1024, 1024) { finishRefused() }
    }

    /// The peer answered, but not with an upgrade.
    func finishRefused() {
        guard let refusal else { return }
        let body = String(decoding: head.bytes.prefix(1024), as: UTF8.self)
        finish(
            NetworkFailure(
                .handshake, status: refusal.status, headers: refusal.headers, body: body,
                "\(url): \(refusal.refusalWords(body: body))"))
    }

    /// The time to connect is over.
    func finishLate() {
        let what =
            switch stage {
            case .proxy: "the proxy did not answer"
            case .securing: "the TLS handshake did not end"
            case .upgrading: "the WebSocket handshake was not answered"
            default: "not connected"
            }
        finish(
            NetworkFailure(
                .timeout, "\(url): \(what) within \(options.connectTimeout / 1_000_000) ms"))
    }
}
