// Certificates for servers on this machine: an authority made on the spot, and what it signs.
//
//     let made = try SelfSignedCertificate.make()
//     // made.identity goes to the server; made.caPEM into a file that clients trust.

internal import COpenSSL
internal import Glibc

/// Makes a certificate authority and a server certificate signed by it.
public enum SelfSignedCertificate {
    /// What was made, all as PEM text.
    public struct Made: Hashable, Sendable {
        /// The server's certificate.
        public let certificatePEM: String
        /// The private key of the server's certificate.
        public let keyPEM: String
        /// The authority that clients have to trust. Its key is thrown away.
        public let caPEM: String

        /// What a server needs.
        public var identity: TLSIdentity {
            TLSIdentity(certificatePEM: certificatePEM, keyPEM: keyPEM)
        }
    }

    /// Makes both, with P-256 keys.
    ///
    /// - Parameters:
    ///   - names: What the server is called, as OpenSSL writes it.
    ///   - fromSeconds: Start of validity, relative to now.
    ///   - untilSeconds: End of validity, relative to now.
    public static func make(
        names: [String] = ["DNS:localhost", "IP:127.0.0.1"], fromSeconds: Int = -3600,
        untilSeconds: Int = 825 * 86_400
    ) throws(NetworkFailure) -> Made {
        ERR_clear_error()
        guard let caKey = martlet_make_p256_key(), let key = martlet_make_p256_key() else {
            throw failure()
        }
        defer { for key in [caKey, key] { EVP_PKEY_free(key) } }
        let validity = (fromSeconds, untilSeconds)
        let ca = try certificate("Martlet local authority", caKey, validity)
        defer { X509_free(ca) }
        try extend(
            ca, issuer: ca,
            [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid:always"),
            ])
        let leaf = try certificate("Martlet local server", key, validity)
        defer { X509_free(leaf) }
        X509_set_issuer_name(leaf, X509_get_subject_name(ca))
        try extend(
            leaf, issuer: ca,
            [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid:always"),
                (NID_subject_alt_name, names.joined(separator: ",")),
            ])
        guard X509_sign(ca, caKey, EVP_sha256()) > 0, X509_sign(leaf, caKey, EVP_sha256()) > 0
        else { throw failure() }
        return Made(
            certificatePEM: try pem { PEM_write_bio_X509($0, leaf) },
            keyPEM: try pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) },
            caPEM: try pem { PEM_write_bio_X509($0, ca) })
    }

    private static func failure() -> NetworkFailure {
        NetworkFailure(.tls, "no certificate could be made: \(tlsErrorText())")
    }

    /// An unsigned certificate that is its own issuer, with a random serial number.
    private static func certificate(
        _ name: String, _ key: OpaquePointer, _ validity: (from: Int, until: Int)
    ) throws(NetworkFailure) -> OpaquePointer {
        guard let made = X509_new() else { throw failure() }
        var serial = [UInt8](repeating: 0, count: 16)
        serial.withUnsafeMutableBytes { RandomMasks.fill($0) }
        serial[0] &= 0x7F
        let number = BN_bin2bn(serial, 16, nil)
        defer { BN_free(number) }
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made))
        X509_set_version(made, 2)
        X509_gmtime_adj(X509_getm_notBefore(made), validity.from)
        X509_gmtime_adj(X509_getm_notAfter(made), validity.until)
        guard X509_set_pubkey(made, key) == 1, martlet_set_subject(made, name) == 1 else {
            X509_free(made)
            throw failure()
        }
        X509_set_issuer_name(made, X509_get_subject_name(made))
        return made
    }

    private static func extend(
        _ certificate: OpaquePointer, issuer: OpaquePointer, _ extensions: [(Int32, String)]
    ) throws(NetworkFailure) {
        for (number, value) in extensions
        where martlet_add_extension(certificate, issuer, number, value) != 1 {
            throw NetworkFailure(.tls, "no certificate for \(value): \(tlsErrorText())")
        }
    }

    private static func pem(
        _ write: (OpaquePointer?) -> Int32
    ) throws(NetworkFailure) -> String {
        guard let bio = martlet_memory_bio() else { throw failure() }
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw failure() }
        var bytes: UnsafePointer<CChar>?
        let count = martlet_bio_bytes(bio, &bytes)
        return String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
