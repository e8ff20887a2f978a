// The parts of a ws, wss, http or https address.

internal import COpenSSL

/// An address taken apart, safe to put into a request line.
package struct EndpointURL: Hashable, Sendable {
    /// `ws`, `wss`, `http` or `https`.
    package let scheme: String
    /// Name or address, without brackets.
    package let host: String
    /// As given, else 80 or 443.
    package let port: UInt16
    /// Path and query, at least `/`.
    package let target: String
    /// `user:password` where the address has one.
    let credentials: String?

    /// Takes an address apart.
    ///
    /// - Throws: `request` when it is none, or holds bytes that do not belong into one.
    package init(_ text: String, schemes: [String]) throws(NetworkFailure) {
        func refused(_ reason: String) -> NetworkFailure {
            NetworkFailure(
                .request, "\(Self.withoutCredentials(text)): not a usable address: \(reason)")
        }
        guard text.isPrintable(blanks: false) else {
            throw refused("it holds blanks or other bytes that have to be escaped")
        }
        let pieces = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2, let scheme = schemes.first(where: { isSameName($0, pieces[0]) })
        else { throw refused("it has to start with \(schemes.joined(separator: ":// or "))://") }
        let rest = pieces[1].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        var place = authority[...]
        if let at = authority.lastIndex(of: "@") {
            credentials = Self.unescaped(String(authority[..<at]))
            place = authority[authority.index(after: at)...]
        } else {
            credentials = nil
        }
        var portText: Substring?
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { throw refused("[ without ]") }
            host = String(place[..<end].dropFirst())
            let tail = place[place.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw refused("text after ]") }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let parts = place.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw refused("more than one port") }
            host = String(parts.first ?? "")
            portText = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty else { throw refused("it names no host") }
        self.scheme = scheme
        if let portText, !portText.isEmpty {
            guard let number = UInt16(portText), number > 0 else {
                throw refused("the port is not from 1 to 65535")
            }
            port = number
        } else {
            port = Self.isSecure(scheme) ? 443 : 80
        }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// Whether the scheme means TLS.
    package var isSecure: Bool { Self.isSecure(scheme) }

    private static func isSecure(_ scheme: String) -> Bool { scheme == "wss" || scheme == "https" }

    /// `host:port`, with brackets around an IPv6 address: for connecting and for messages.
    var authority: String { "\(bracketedHost):\(port)" }

    /// What the `Host` field says: the port is left out when it is the usual one.
    var hostField: String {
        port == (isSecure ? 443 : 80) ? bracketedHost : authority
    }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// The value of a `Basic` authorization field.
    var basicAuthorization: String? {
        credentials.map { "Basic " + base64(Array($0.utf8)) }
    }

    /// The address as it may be shown: nothing before an `@`.
    static func withoutCredentials(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let scheme = text.split(separator: "://", maxSplits: 1).first.map { $0 + "://" } ?? ""
        return scheme + "…" + text[at...]
    }

    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Base64 with padding.
func base64(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(clamping: bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
}
