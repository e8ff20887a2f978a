// TLS settings of a client or server: trust, certificates, protocol versions.

internal import COpenSSL
internal import Glibc

/// What a TLS client trusts.
public struct TLSOptions: Hashable, Sendable {
    /// A file of PEM certificates to trust beside those of the system.
    public var caFile: String?
    /// Whether the peer's certificate and name are checked. Off only in tests.
    public var verifies: Bool

    /// The system's trust, with `caFile` beside it.
    public init(caFile: String? = nil, verifies: Bool = true) {
        self.caFile = caFile
        self.verifies = verifies
    }
}

/// A server's certificate chain and private key, as PEM text.
public struct TLSIdentity: Hashable, Sendable {
    /// The certificate, followed by those that lead to the root.
    public let certificatePEM: String
    /// The private key of the certificate.
    public let keyPEM: String

    /// An identity from PEM texts.
    public init(certificatePEM: String, keyPEM: String) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}

/// OpenSSL's settings object: made once, used by many connections. TLS 1.2 or later.
///
/// Unchecked: OpenSSL locks the object itself, and it does not change after `init`.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let verifies: Bool

    /// A client's settings.
    init(client options: TLSOptions) throws(NetworkFailure) {
        pointer = try Self.make(TLS_client_method(), isClient: true)
        verifies = options.verifies
        guard options.verifies else {
            SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
            return
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        SSL_CTX_set_default_verify_paths(pointer)
        ERR_clear_error()
        if let file = options.caFile {
            guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
                let reason = tlsErrorText()
                throw NetworkFailure(
                    .tls, "\(file): no certificates to trust: \(reason); give a PEM file")
            }
        }
    }

    /// A server's settings.
    init(server identity: TLSIdentity) throws(NetworkFailure) {
        pointer = try Self.make(TLS_server_method(), isClient: false)
        verifies = false
        var chain = try Self.certificates(identity.certificatePEM)
        defer { for certificate in chain { X509_free(certificate) } }
        guard let leaf = chain.first, SSL_CTX_use_certificate(pointer, leaf) == 1 else {
            throw NetworkFailure(.tls, "the server's certificate cannot be used: \(tlsErrorText())")
        }
        for certificate in chain.dropFirst() {
            // Takes the reference over.
            if SSL_CTX_ctrl(
                pointer, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(certificate)) == 1
            {
                chain.removeAll { $0 == certificate }
            }
        }
        try useKey(identity.keyPEM)
    }

    deinit { SSL_CTX_free(pointer) }

    private static func make(
        _ method: OpaquePointer?, isClient: Bool
    ) throws(NetworkFailure) -> OpaquePointer {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else {
            throw NetworkFailure(.tls, "no TLS: \(tlsErrorText())")
        }
        martlet_tls_configure(pointer, isClient ? 1 : 0)
        return pointer
    }

    private static func certificates(_ pem: String) throws(NetworkFailure) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        withPEM(pem) { bio in
            while let next = PEM_read_bio_X509(bio, nil, nil, nil) { found.append(next) }
        }
        ERR_clear_error()
        return found
    }

    private func useKey(_ pem: String) throws(NetworkFailure) {
        let key = Self.withPEM(pem) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
        defer { EVP_PKEY_free(key) }
        guard key != nil, SSL_CTX_use_PrivateKey(pointer, key) == 1,
            SSL_CTX_check_private_key(pointer) == 1
        else {
            throw NetworkFailure(
                .tls, "the server's key does not fit its certificate: \(tlsErrorText())")
        }
    }

    /// Reads from a text in memory, which OpenSSL does not copy.
    private static func withPEM<Answer>(
        _ text: String, _ body: (OpaquePointer?) -> Answer
    ) -> Answer {
        var text = text
        return text.withUTF8 { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// A connection's TLS state on a connected descriptor.
    ///
    /// - Parameter host: The name or address that the certificate has to be for; nil on a server.
    func connection(descriptor: Int32, host: String?) throws(NetworkFailure) -> OpaquePointer {
        ERR_clear_error()
        guard let ssl = SSL_new(pointer), SSL_set_fd(ssl, descriptor) == 1 else {
            throw NetworkFailure(.tls, "no TLS connection: \(tlsErrorText())")
        }
        guard let host else {
            SSL_set_accept_state(ssl)
            return ssl
        }
        SSL_set_connect_state(ssl)
        var isSet = true
        if SocketAddress(numeric: host, port: 0) == nil {
            isSet = martlet_tls_server_name(ssl, host) == 1
            if verifies { isSet = isSet && SSL_set1_host(ssl, host) == 1 }
        } else if verifies {
            isSet = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
        }
        guard isSet else {
            SSL_free(ssl)
            throw NetworkFailure(.tls, "\(host): no name that a certificate can be checked for")
        }
        return ssl
    }
}

/// What OpenSSL says went wrong last on this thread; empties its list.
func tlsErrorText() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
    return String(cString: reason)
}
