// Which proxy a request takes, from values that the command read from its environment.

/// Proxies by the scheme of the target, and hosts that take none.
public struct ProxySettings: Hashable, Sendable {
    /// For http and ws: `HTTP_PROXY`; such as `http://user:password@proxy:3128`.
    public var http: String?
    /// For https and wss: `HTTPS_PROXY`.
    public var https: String?
    /// Hosts that are reached directly: `NO_PROXY`; names, domains such as `.example.com`,
    /// addresses, each with `:port` if it means one port only, or `*`; separated by commas.
    public var noProxy: String

    /// No proxy unless one is given; empty texts are none.
    public init(http: String? = nil, https: String? = nil, noProxy: String = "") {
        self.http = http.flatMap { $0.isEmpty ? nil : $0 }
        self.https = https.flatMap { $0.isEmpty ? nil : $0 }
        self.noProxy = noProxy
    }

    /// The proxy for a target; nil for none.
    func proxy(for url: EndpointURL) -> String? {
        guard let proxy = url.isSecure ? https : http, !isDirect(url) else { return nil }
        return proxy.contains("://") ? proxy : "http://" + proxy
    }

    private func isDirect(_ url: EndpointURL) -> Bool {
        noProxy.split(separator: ",").contains { entry in
            var name = entry.trimmedBlanks()[...]
            if name == "*" { return true }
            // A port; the colons of an IPv6 address are not one.
            if let colon = name.lastIndex(of: ":"), name.filter({ $0 == ":" }).count == 1 {
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
}
