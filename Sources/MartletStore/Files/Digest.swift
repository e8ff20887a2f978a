// SHA-256, streaming and of whole files.

import CCrypto
public import MartletModel

/// SHA-256 digests as 64 lower-case hexadecimal digits.
public enum Digest {
    /// A running SHA-256.
    public struct SHA256: ~Copyable {
        private let context: OpaquePointer

        /// The digest of no bytes yet.
        public init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
            else { preconditionFailure("libcrypto always has SHA-256 and a few bytes of memory") }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        /// Adds bytes.
        public func update(_ bytes: UnsafeRawBufferPointer) {
            EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        }

        /// The digest of all bytes added.
        public consuming func finish() -> String {
            var digest = [UInt8](repeating: 0, count: 32)
            var length: UInt32 = 0
            EVP_DigestFinal_ex(context, &digest, &length)
            return Digest.hexadecimal(digest)
        }
    }

    /// The digest of bytes in memory.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
        let digest = SHA256()
        digest.update(bytes)
        return digest.finish()
    }

    /// The digest of a file, read in pieces.
    public static func sha256(file path: String) throws(Failure) -> String {
        let file = try InputFile(path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        let digest = SHA256()
        while true {
            let count = try file.read(into: buffer)
            if count == 0 { break }
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return digest.finish()
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
