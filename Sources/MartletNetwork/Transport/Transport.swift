// One connected byte stream, plain or through TLS: never blocks, owns its descriptor.

internal import CLinux
internal import COpenSSL
internal import Glibc

/// What one read, write or handshake step came to.
enum TransportStep {
    /// So many bytes, at least 1; a handshake is done with 0.
    case done(Int)
    /// Nothing until the descriptor is readable.
    case wantsRead
    /// Nothing until the descriptor is writable.
    case wantsWrite
    /// The peer has ended its side.
    case ended
    /// Broken; nothing more comes.
    case failed(NetworkFailure)
}

/// A connected stream. After ``close(resets:)`` it must not be used.
final class Transport {
    /// The socket; owned.
    let descriptor: Int32
    /// For messages: `host:port`.
    let peer: String
    private var ssl: OpaquePointer?
    private var isClosed = false

    /// A plain stream over a connected, non-blocking descriptor, which it takes over.
    init(descriptor: Int32, peer: String) {
        self.descriptor = descriptor
        self.peer = peer
    }

    deinit {
        if !isClosed { close() }
    }

    /// Whether bytes travel encrypted.
    var isSecure: Bool { ssl != nil }

    /// Starts TLS; ``handshake()`` follows.
    ///
    /// - Parameter host: Whom a client wants to reach; nil on a server.
    func secure(_ context: TLSContext, host: String?) throws(NetworkFailure) {
        ssl = try context.connection(descriptor: descriptor, host: host)
    }

    /// Continues the TLS handshake.
    func handshake() -> TransportStep {
        guard let ssl else { return .done(0) }
        ERR_clear_error()
        errno = 0
        let result = SSL_do_handshake(ssl)
        if result == 1 { return .done(0) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        default: return .failed(NetworkFailure(.tls, handshakeWords(ssl, errno)))
        }
    }

    /// Why a handshake failed, in words that say what to do.
    private func handshakeWords(_ ssl: OpaquePointer, _ number: Int32) -> String {
        let verdict = SSL_get_verify_result(ssl)
        if verdict != Int(X509_V_OK) {
            let reason = String(cString: X509_verify_cert_error_string(verdict))
            var words = "\(peer): the certificate is refused: \(reason)"
            switch Int32(truncatingIfNeeded: verdict) {
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                words += "; it was issued for another host"
            case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
                words += "; check the peer's certificate and this machine's clock"
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                words += "; its issuer is not trusted: name its CA file if it should be"
            default: break
            }
            return words
        }
        if ERR_peek_error() != 0 { return "\(peer): the TLS handshake failed: \(tlsErrorText())" }
        let reason = number == 0 ? "the peer ended the connection" : errorText(number)
        return "\(peer): the TLS handshake failed: \(reason)"
    }

    /// Whether decrypted or undecrypted bytes wait inside OpenSSL, where epoll cannot see them.
    var hasHiddenBytes: Bool {
        guard let ssl else { return false }
        return SSL_has_pending(ssl) == 1
    }

    /// Reads what is there, up to the size of `buffer`. Through TLS it reads on while bytes wait
    /// inside OpenSSL, at most one system call beyond the first record.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> TransportStep {
        guard let ssl else { return readPlain(into: buffer) }
        var count = 0
        while count < buffer.count {
            let step = readSecure(
                ssl, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            guard case .done(let more) = step else { return count > 0 ? .done(count) : step }
            count += more
            if SSL_has_pending(ssl) != 1 { break }
        }
        return .done(count)
    }

    private func readPlain(into buffer: UnsafeMutableRawBufferPointer) -> TransportStep {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .done(count) }
            if count == 0 { return .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wantsRead
            case let number: return .failed(broken(number))
            }
        }
    }

    private func readSecure(
        _ ssl: OpaquePointer, into buffer: UnsafeMutableRawBufferPointer
    ) -> TransportStep {
        ERR_clear_error()
        errno = 0
        let result = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        if result > 0 { return .done(Int(result)) }
        return step(ssl, result)
    }

    /// Writes what the socket takes of `bytes`, which are at least 1.
    func write(_ bytes: UnsafeRawBufferPointer) -> TransportStep {
        guard let ssl else { return writePlain(bytes) }
        ERR_clear_error()
        errno = 0
        let result = SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count))
        if result > 0 { return .done(Int(result)) }
        return step(ssl, result)
    }

    private func writePlain(_ bytes: UnsafeRawBufferPointer) -> TransportStep {
        while true {
            let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .done(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wantsWrite
            case let number: return .failed(broken(number))
            }
        }
    }

    private func step(_ ssl: OpaquePointer, _ result: Int32) -> TransportStep {
        let number = errno
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL: return number == 0 ? .ended : .failed(broken(number))
        default: return .failed(NetworkFailure(.tls, "\(peer): TLS: \(tlsErrorText())"))
        }
    }

    private func broken(_ number: Int32) -> NetworkFailure {
        NetworkFailure(.closed, "\(peer): the connection broke: \(errorText(number))")
    }

    /// Ends the stream, tells a TLS peer so if the socket takes it, and closes the descriptor,
    /// which nobody may watch any more.
    ///
    /// - Parameter resets: Sends RST and drops unsent bytes instead of ending in order.
    func close(resets: Bool = false) {
        precondition(!isClosed, "a stream is closed once")
        isClosed = true
        if let ssl {
            if !resets, SSL_in_init(ssl) == 0 { SSL_shutdown(ssl) }
            SSL_free(ssl)
            ERR_clear_error()
        }
        ssl = nil
        if resets { martlet_linger_zero(descriptor) }
        Glibc.close(descriptor)
    }
}
