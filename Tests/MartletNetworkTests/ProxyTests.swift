// Through a proxy, as the environment says.

import Testing

@testable import MartletNetwork

@Suite("Proxies")
struct ProxyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let url: String, noProxy: String, proxy: String?
        var testDescription: String { "\(url) without \(noProxy)" }
    }

    static let table = [
        Row(url: "ws://a.example.com/", noProxy: "", proxy: "http://plain:1"),
        Row(url: "wss://a.example.com/", noProxy: "", proxy: "http://secure:2"),
        Row(url: "http://a.example.com/", noProxy: "example.org", proxy: "http://plain:1"),
        Row(url: "https://a.example.com/", noProxy: "example.com", proxy: nil),
        Row(url: "https://a.example.com/", noProxy: ".example.com", proxy: nil),
        Row(url: "https://a.example.com/", noProxy: "*.example.com", proxy: nil),
        Row(url: "https://example.com/", noProxy: "x, EXAMPLE.com", proxy: nil),
        Row(url: "https://badexample.com/", noProxy: "example.com", proxy: "http://secure:2"),
        Row(url: "https://example.com:8443/", noProxy: "example.com:443", proxy: "http://secure:2"),
        Row(url: "https://example.com/", noProxy: "example.com:443", proxy: nil),
        Row(url: "https://127.0.0.1/", noProxy: "localhost,127.0.0.1", proxy: nil),
        Row(url: "https://[::1]/", noProxy: "::1", proxy: nil),
        Row(url: "https://[::1]:7/", noProxy: "[::1]:8", proxy: "http://secure:2"),
        Row(url: "https://[::1]:8/", noProxy: "[::1]:8", proxy: nil),
        Row(url: "ws://127.0.0.1:9000/", noProxy: "127.0.0.1", proxy: nil),
        Row(url: "ws://localhost:9000/", noProxy: "127.0.0.1", proxy: "http://plain:1"),
        Row(url: "ws://localhost:9000/", noProxy: "localhost", proxy: nil),
        Row(url: "ws://127.0.0.1:9000/", noProxy: "", proxy: "http://plain:1"),
        Row(url: "ws://127.0.0.9/", noProxy: "10.0.0.0/8,127.0.0.0/8", proxy: nil),
        Row(url: "ws://128.0.0.9/", noProxy: "10.0.0.0/8,127.0.0.0/8", proxy: "http://plain:1"),
        Row(url: "ws://10.1.127.9/", noProxy: "10.1.64.0/18", proxy: nil),
        Row(url: "ws://10.1.128.9/", noProxy: "10.1.64.0/18", proxy: "http://plain:1"),
        Row(url: "ws://[fd00::7]/", noProxy: "fd00::/8", proxy: nil),
        Row(url: "ws://9.9.9.9/", noProxy: "0.0.0.0/0", proxy: nil),
        Row(url: "ws://9.9.9.9/", noProxy: "9.9.9.9/33", proxy: "http://plain:1"),
        Row(url: "ws://9.9.9.9/", noProxy: "9.9.9.9/x,/,::/0", proxy: "http://plain:1"),
        Row(url: "https://example.com/", noProxy: "*", proxy: nil),
        Row(url: "https://example.com/", noProxy: " , ", proxy: "http://secure:2"),
    ]

    @Test("which proxy a target takes", arguments: table)
    func choice(row: Row) throws {
        let settings = ProxySettings(
            http: "http://plain:1", https: "secure:2", noProxy: row.noProxy)
        let url = try EndpointURL(row.url, schemes: ["ws", "wss", "http", "https"])
        let proxy = try settings.proxy(for: url)
        #expect(proxy.map { "http://\($0.host):\($0.port)" } == row.proxy)
        let none = try ProxySettings(http: "", https: nil).proxy(for: url)
        #expect(none == nil)
    }

    struct Variables: CustomTestStringConvertible, Sendable {
        let set: [String: String], http: String?, https: String?, noProxy: String
        var testDescription: String { "\(set.sorted { $0.key < $1.key })" }
    }

    static let environments = [
        Variables(set: [:], http: nil, https: nil, noProxy: ""),
        Variables(set: ["http_proxy": "a"], http: "a", https: nil, noProxy: ""),
        Variables(set: ["HTTP_PROXY": "a", "http_proxy": "b"], http: "b", https: nil, noProxy: ""),
        Variables(set: ["HTTP_PROXY": "a", "http_proxy": ""], http: "a", https: nil, noProxy: ""),
        Variables(
            set: ["HTTPS_PROXY": "a", "NO_PROXY": "x,y"], http: nil, https: "a", noProxy: "x,y"),
        Variables(set: ["ALL_PROXY": "a"], http: "a", https: "a", noProxy: ""),
        Variables(
            set: ["all_proxy": "a", "https_proxy": "b", "no_proxy": "z", "NO_PROXY": "y"],
            http: "a", https: "b", noProxy: "z"),
    ]

    @Test("what the environment says", arguments: environments)
    func environment(row: Variables) {
        let settings = ProxySettings { row.set[$0] }
        #expect(
            settings == ProxySettings(http: row.http, https: row.https, noProxy: row.noProxy))
    }

    static let unusable = [
        "socks5://ann:secret@127.0.0.1:1080", "http://ann:secret@127.0.0.1:99999",
        "http://ann:secret@", "ann:secret@ho st:1", "http://ann:se/secret@host:1",
        "http://1:2/secret@host:1", "https://ann:secret@host:1",
    ]

    @Test("a proxy that cannot be used is named without its password", arguments: unusable)
    func secrets(proxy: String) throws {
        let bench = try NetworkBench()
        let proxies = ProxySettings(http: proxy, https: proxy)
        let listener = Listener()
        var options = WebSocketOptions()
        options.proxies = proxies
        _ = WebSocket(
            url: "ws://127.0.0.1:1/", options: options, reactor: bench.reactor, delegate: listener)
        var access = HTTPClientOptions()
        access.proxies = proxies
        let client = try HTTPClient(reactor: bench.reactor, options: access)
        let result = bench.fetch(client, HTTPRequest("GET", "https://127.0.0.1:1/"))
        #expect(bench.wait { !listener.closings.isEmpty })
        guard case .failure(let failure) = result else {
            Issue.record("an answer through no proxy")
            return
        }
        for failure in [failure, listener.closing].compactMap(\.self) {
            #expect(failure.code == .request)
            #expect(failure.message.contains("proxy"))
            #expect(!failure.message.contains("secret"), "\(failure.message)")
        }
        client.close()
    }

    @Test("a proxy that is not there, or lost in the middle, is told without its password")
    func absent() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .raw(Array("HTTP/1.1 2".utf8), resets: false) }
        let gone = try bench.server { _ in .silence }
        let free = gone.port
        gone.close()
        for (port, codes) in [
            (free, [NetworkFailure.Code.connect, .connect]),
            (server.port, [.handshake, .closed]),
        ] {
            let proxies = ProxySettings(http: "http://ann:secret@127.0.0.1:\(port)")
            let listener = Listener()
            var options = WebSocketOptions()
            options.proxies = proxies
            _ = WebSocket(
                url: "ws://venue.invalid/", options: options, reactor: bench.reactor,
                delegate: listener)
            #expect(bench.wait { !listener.closings.isEmpty })
            var access = HTTPClientOptions()
            access.proxies = proxies
            let client = try HTTPClient(reactor: bench.reactor, options: access)
            let result = bench.fetch(client, HTTPRequest("GET", "http://venue.invalid/"))
            guard case .failure(let failure) = result else {
                Issue.record("an answer without a proxy")
                continue
            }
            #expect([listener.closing?.code, failure.code] == codes)
            for words in [listener.closing?.message, failure.message] {
                #expect(words?.contains("secret") == false, "\(words ?? "none")")
            }
            client.close()
        }
        server.close()
    }

    @Test(
        "a proxy that ends each CONNECT without a word is asked twice at most",
        arguments: [("GET", 2), ("POST", 1)], [false, true])
    func silent(row: (method: String, count: Int), resets: Bool) throws {
        let bench = try NetworkBench()
        var seen = 0
        let server = try bench.server { _ in
            seen += 1
            return .raw([], resets: resets)
        }
        var access = HTTPClientOptions()
        access.proxies = ProxySettings(https: "http://127.0.0.1:\(server.port)")
        let client = try HTTPClient(reactor: bench.reactor, options: access)
        let result = bench.fetch(client, HTTPRequest(row.method, "https://venue.invalid/"))
        guard case .failure(let failure) = result else {
            Issue.record("an answer without a tunnel, or none at all after \(seen) connections")
            return
        }
        #expect(failure.code == .closed)
        #expect(seen == row.count)
        client.close()
        server.close()
    }

    @Test("a WebSocket and requests through CONNECT and plain", .enabled(if: Python.isThere))
    func through() throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        let handler: HTTPServer.Handler = {
            $0.asksForWebSocket
                ? .upgrade(WebSocketUpgrade(delegate: EchoPeer()))
                : .answer(.json("\"\($0.path)\""))
        }
        let plain = try bench.server(handler: handler)
        let secure = try bench.server({ $0.identity = made.identity }, handler: handler)
        let proxy = try #require(Python.start("connect_proxy.py", ["ann:pw"]))
        let port = try #require(proxy.line())
        let right = "http://ann:pw@127.0.0.1:\(port)"
        let wrong = "http://ann:secret@127.0.0.1:\(port)"
        let file = try folder.write("ca.pem", made.caPEM)

        func listen(_ url: String, _ proxy: String) -> Listener {
            let listener = Listener()
            listener.onOpen = { $0.send(text: "through") }
            var options = WebSocketOptions()
            options.proxies = ProxySettings(http: proxy, https: proxy)
            options.tls.caFile = file
            _ = WebSocket(url: url, options: options, reactor: bench.reactor, delegate: listener)
            #expect(bench.wait { !listener.texts.isEmpty || !listener.closings.isEmpty })
            return listener
        }
        #expect(listen("ws://127.0.0.1:\(plain.port)/", right).texts == ["through"])
        #expect(listen("wss://localhost:\(secure.port)/", right).texts == ["through"])
        let refused = listen("ws://127.0.0.1:\(plain.port)/", wrong).closing
        #expect(refused?.code == .handshake)
        #expect(refused?.status == 407)
        #expect(refused?.message.contains("secret") == false)

        var options = HTTPClientOptions()
        options.proxies = ProxySettings(http: right, https: right)
        options.tls.caFile = file
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        for url in ["http://127.0.0.1:\(plain.port)/p", "https://localhost:\(secure.port)/p"] {
            let reply = try #require(bench.fetch(client, HTTPRequest("GET", url))).get()
            #expect(reply.text == "\"/p\"")
        }
        #expect(proxy.linesSoFar().count == 5)
        client.close()
        plain.close()
        secure.close()
    }
}
