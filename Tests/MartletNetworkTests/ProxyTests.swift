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
        Row(url: "https://example.com/", noProxy: "*", proxy: nil),
        Row(url: "https://example.com/", noProxy: " , ", proxy: "http://secure:2"),
    ]

    @Test("which proxy a target takes", arguments: table)
    func choice(row: Row) throws {
        let settings = ProxySettings(
            http: "http://plain:1", https: "secure:2", noProxy: row.noProxy)
        let url = try EndpointURL(row.url, schemes: ["ws", "wss", "http", "https"])
        #expect(settings.proxy(for: url) == row.proxy)
        #expect(ProxySettings(http: "", https: nil).proxy(for: url) == nil)
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
