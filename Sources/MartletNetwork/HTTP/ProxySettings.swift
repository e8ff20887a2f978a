// Which proxy a request takes, from values that the command read from its environment.

internal import Glibc

/// Proxies by the scheme of the target, and hosts that take none.
public struct ProxySettings: Hashable, Sendable {
    /// For http and ws: `HTTP_PROXY`; such as `http://user:password@proxy:3128`.
    public var http: String?
    /// For https and wss: `HTTPS_PROXY`.
    public var https: String?
    /// Hosts that are reached directly: `NO_PROXY`; names, domains such as `.example.com`,
    /// addresses, networks such as `10.0.0.0/8`, each name or address with `:port` if it means one
    /// port only, or `*`; separated by commas. This machine is on no list of its own.
    public var noProxy: String

    /// No proxy unless one is given; empty texts are none.
    public init(http: String? = nil, https: String? = nil, noProxy: String = "") {
        self.http = http.flatMap { $0.isEmpty ? nil : $0 }
        self.https = https.flatMap { $0.isEmpty ? nil : $0 }
        self.noProxy = noProxy
    }

    /// What an environment says: `http_proxy`, `https_proxy`, `all_proxy` for what these leave open,
    /// and `no_proxy`; each in small letters, else in capitals. An empty value is none.
    ///
    /// - Parameter value: The value of a variable; nil where it is not set.
    public init(environment value: (_ name: String) -> String?) {
        func text(_ name: String) -> String? {
            [name, name.uppercased()].lazy.compactMap(value).first { !$0.isEmpty }
        }
        let other = text("all_proxy")
        self.init(
            http: text("http_proxy") ?? other, https: text("https_proxy") ?? other,
            noProxy: text("no_proxy") ?? "")
    }

    /// The proxy for a target; nil for none.
    ///
    /// - Throws: `request` when it is no http proxy; the message has no credentials.
    func proxy(for url: EndpointURL) throws(NetworkFailure) -> EndpointURL? {
        guard let text = url.isSecure ? https : http, !isDirect(url) else { return nil }
        let proxy: EndpointURL
        do throws(NetworkFailure) {
            proxy = try EndpointURL(
                text.contains("://") ? text : "http://" + text, schemes: ["http"])
        } catch {
            throw NetworkFailure(.request, "\(url.authority): its proxy: \(error.message)")
        }
        // A password that holds a slash would be taken for a part of the host.
        guard proxy.target == "/" else {
            throw NetworkFailure(
                .request,
                "\(url.authority): its proxy has a path: write it as "
                    + "http://user:password@host:port, with %2F for a slash in the password")
        }
        return proxy
    }

    private func isDirect(_ url: EndpointURL) -> Bool {
        noProxy.split(separator: ",").contains { entry in
            var name = entry.trimmedBlanks()[...]
            if name == "*" { return true }
            if let slash = name.firstIndex(of: "/") {
                return Self.isInside(
                    url.host, String(name[..<slash]), Int(name[name.index(after: slash)...]))
            }
            if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
                let port = name[name.index(after: end)...]
                guard port.isEmpty || port == ":\(url.port)" else { return false }
                name = name[..<end].dropFirst()
            } else if let colon = name.lastIndex(of: ":"), name.count(where: { $0 == ":" }) == 1 {
                // A port; the colons of an IPv6 address are not one.
                guard name[name.index(after: colon)...] == String(url.port) else { return false }
                name = name[..<colon]
            }
            if name.hasPrefix("*") { name = name.dropFirst() }
            let bare = name.hasPrefix(".") ? name.dropFirst() : name
            guard !bare.isEmpty else { return false }
            return isSameName(bare, url.host)
                || (url.host.utf8.count > bare.utf8.count
                    && isSameName("." + bare, url.host.suffix(bare.count + 1)))
        }
    }

    /// Whether a host given as an address is in the network `base`/`bits`.
    private static func isInside(_ host: String, _ base: String, _ bits: Int?) -> Bool {
        guard let address = octets(host), let network = octets(base), let bits,
            address.count == network.count, (0...address.count * 8).contains(bits)
        else { return false }
        return address.indices.allSatisfy { index in
            let shared = min(max(bits - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> shared)
            return address[index] & mask == network[index] & mask
        }
    }

    /// The 4 or 16 bytes of an address; nil for names.
    private static func octets(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
