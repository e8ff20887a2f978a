// Everything that can go wrong on the way to an open connection, told apart.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("Connecting")
struct ConnectingTests {
    /// Connects and gives what the delegate heard.
    private func connect(
        _ bench: NetworkBench, _ url: String, _ change: (inout WebSocketOptions) -> Void = { _ in }
    ) -> Listener {
        let listener = Listener()
        var options = WebSocketOptions()
        change(&options)
        _ = WebSocket(url: url, options: options, reactor: bench.reactor, delegate: listener)
        #expect(bench.wait { listener.isOpen || !listener.closings.isEmpty })
        return listener
    }

    private func secureServer(
        _ bench: NetworkBench, _ made: SelfSignedCertificate.Made
    ) throws -> HTTPServer {
        try bench.server({ $0.identity = made.identity }) { _ in
            .upgrade(WebSocketUpgrade(delegate: EchoPeer()))
        }
    }

    @Test("an authority that is not trusted")
    func unknownAuthority() throws {
        let bench = try NetworkBench()
        let server = try secureServer(bench, try SelfSignedCertificate.make())
        let listener = connect(bench, "wss://localhost:\(server.port)/")
        #expect(listener.closing?.code == .tls)
        #expect(listener.closing?.message.contains("issuer is not trusted") == true)
        let unchecked = connect(bench, "wss://localhost:\(server.port)/") {
            $0.tls.verifies = false
        }
        #expect(unchecked.isOpen)
        server.close()
    }

    struct Host: CustomTestStringConvertible, Sendable {
        let names: [String], host: String, fits: Bool
        var testDescription: String { "\(names.joined(separator: ",")) for \(host)" }
    }

    static let hosts = [
        Host(names: ["DNS:localhost", "IP:127.0.0.1"], host: "localhost", fits: true),
        Host(names: ["DNS:localhost", "IP:127.0.0.1"], host: "127.0.0.1", fits: true),
        Host(names: ["DNS:localhost"], host: "127.0.0.1", fits: false),
        Host(names: ["IP:127.0.0.1"], host: "localhost", fits: false),
        Host(names: ["DNS:127.0.0.1"], host: "127.0.0.1", fits: false),
        Host(names: ["DNS:example.com"], host: "localhost", fits: false),
    ]

    @Test("a certificate is for names and addresses", arguments: hosts)
    func wrongHost(row: Host) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make(names: row.names)
        let server = try secureServer(bench, made)
        let file = try folder.write("ca.pem", made.caPEM)
        let listener = connect(bench, "wss://\(row.host):\(server.port)/") {
            $0.tls.caFile = file
        }
        #expect(listener.isOpen == row.fits)
        if !row.fits {
            #expect(listener.closing?.code == .tls)
            #expect(listener.closing?.message.contains("another host") == true)
        }
        server.close()
    }

    @Test("a certificate out of its time", arguments: [(-7200, -3600), (3600, 7200)])
    func expired(from: Int, until: Int) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make(fromSeconds: from, untilSeconds: until)
        let server = try secureServer(bench, made)
        let file = try folder.write("ca.pem", made.caPEM)
        let listener = connect(bench, "wss://localhost:\(server.port)/") { $0.tls.caFile = file }
        #expect(listener.closing?.code == .tls)
        #expect(listener.closing?.message.contains("clock") == true)
        server.close()
    }

    @Test("a CA file that is none")
    func badFile() throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let file = try folder.write("ca.pem", "nothing\n")
        for path in [file, folder.path + "/missing"] {
            let listener = connect(bench, "wss://127.0.0.1:1/") { $0.tls.caFile = path }
            #expect(listener.closings.count == 1)
        }
    }

    @Test("a server that refuses TLS, has another certificate, or hangs up")
    func faults() throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        let other = try SelfSignedCertificate.make()
        let server = try secureServer(bench, made)
        let file = try folder.write("ca.pem", made.caPEM)
        // An early RST is seen by the connect or by the handshake.
        let rows: [(HTTPAcceptance, Set<NetworkFailure.Code?>)] = [
            (.serve, [nil]), (.refuseTLS, [.tls]), (.identity(other.identity), [.tls]),
            (.reset, [.tls, .connect]), (.silence, [.timeout]), (.serve, [nil]),
        ]
        for (acceptance, codes) in rows {
            server.onAccept = { acceptance }
            let listener = connect(bench, "wss://localhost:\(server.port)/") {
                $0.tls.caFile = file
                if case .silence = acceptance { $0.connectTimeout = 200_000_000 }
            }
            #expect(codes.contains(listener.closing?.code), "\(acceptance)")
        }
        server.close()
    }

    @Test("TLS to a plain server")
    func plainServer() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .answer(HTTPAnswer(200)) }
        #expect(connect(bench, "wss://localhost:\(server.port)/").closing?.code == .tls)
        server.close()
    }

    @Test("names: unknown, without address, slow; and a second address that answers")
    func names() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: EchoPeer())) }
        let url = "ws://venue.invalid:\(server.port)/"
        let unknown = connect(bench, url) {
            $0.resolver = HostResolver { (host) throws(NetworkFailure) in
                throw NetworkFailure(.resolve, "\(host): no such name")
            }
        }
        #expect(unknown.closing?.code == .resolve)
        #expect(unknown.closing?.message == "venue.invalid: no such name")
        let empty = connect(bench, url) { $0.resolver = HostResolver { _ in [] } }
        #expect(empty.closing?.code == .resolve)
        let slow = connect(bench, url) {
            $0.connectTimeout = 100_000_000
            $0.resolver = HostResolver { _ in
                sleep(1)
                return ["127.0.0.1"]
            }
        }
        #expect(slow.closing?.code == .timeout)
        #expect(slow.closing?.message.contains("name was not resolved") == true)
        let second = connect(bench, url) {
            $0.resolver = HostResolver { _ in ["127.0.0.77", "::1", "127.0.0.1"] }
        }
        #expect(second.isOpen)
        let system = connect(bench, "ws://localhost:\(server.port)/")
        #expect(system.isOpen)
        server.close()
    }

    @Test("nobody listens")
    func refused() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .silence }
        let port = server.port
        server.close()
        let listener = connect(bench, "ws://127.0.0.1:\(port)/")
        #expect(listener.closing?.code == .connect)
        #expect(listener.closing?.message.contains("refused") == true)
    }

    @Test("an answer that is no upgrade carries status, fields and the start of its body")
    func status() throws {
        let bench = try NetworkBench()
        let server = try bench.server { request in
            request.path == "/busy"
                ? .answer(
                    HTTPAnswer(
                        429, headers: ["Retry-After": "17"], body: Array("{\"code\":-1003}".utf8)))
                : .answer(HTTPAnswer(404, body: [UInt8](repeating: 65, count: 100_000)))
        }
        let busy = connect(bench, "ws://127.0.0.1:\(server.port)/busy").closing
        #expect(busy?.code == .handshake)
        #expect(busy?.status == 429)
        #expect(busy?.retryAfterSeconds(at: 0) == 17)
        #expect(busy?.body == "{\"code\":-1003}")
        let missing = connect(bench, "ws://127.0.0.1:\(server.port)/other").closing
        #expect(missing?.status == 404)
        #expect(missing?.body.count == 1024)
        server.close()
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let status: Int, headers: HTTPHeaders, body: String, words: String
        var testDescription: String { "\(status)" }
    }

    static let refusals = [
        Refusal(
            status: 301,
            headers: ["Location": "wss://ann:secret@ws.example.com/v5?token=secret"], body: "",
            words: "status 301, moved to wss://…@ws.example.com/v5 (not followed"),
        Refusal(status: 308, headers: [:], body: "", words: "refused with status 308"),
        Refusal(
            status: 401, headers: ["WWW-Authenticate": "Basic"], body: "no key",
            words: "refused with status 401: no key"),
        Refusal(
            status: 403, headers: [:], body: "<html>\r\n\u{1B}[2J\u{9B}1mblocked",
            words: "refused with status 403: <html>   [2J 1mblocked"),
        Refusal(
            status: 429, headers: ["Retry-After": "17"], body: "{\"code\":-1003}",
            words: "refused with status 429, Retry-After 17: {\"code\":-1003}"),
        Refusal(
            status: 503, headers: ["Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"],
            body: "maintenance",
            words: "status 503, Retry-After Wed, 21 Oct 2026 07:28:00 GMT: maintenance"),
    ]

    @Test("a refusal says what it is, on one line, without secrets", arguments: refusals)
    func refusal(row: Refusal) throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in
            .answer(HTTPAnswer(row.status, headers: row.headers, body: Array(row.body.utf8)))
        }
        let closing = connect(bench, "ws://127.0.0.1:\(server.port)/ws").closing
        #expect(closing?.code == .handshake)
        #expect(closing?.status == row.status)
        #expect(closing?.message.contains(row.words) == true, "\(closing?.message ?? "none")")
        #expect(closing?.message.contains("secret") == false)
        // The date of the last row has passed.
        let wait = closing?.retryAfterSeconds(at: bench.reactor.wallTime())
        #expect(wait == [429: 17, 503: 0][row.status])
        server.close()
    }

    static let answers: [(String, String)] = [
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "Accept"
        ),
        ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n", "Upgrade"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "Connection"),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 abc\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 200 OK\r\nbroken\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 101 " + String(repeating: "x", count: 40_000), "no end"),
        ("HTTP/1.1 101 Sw", "instead of answering"),
        ("", "instead of answering"),
    ]

    @Test("an answer that proves nothing is refused", arguments: answers)
    func answer(bytes: String, words: String) throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .raw(Array(bytes.utf8), resets: false) }
        let closing = connect(bench, "ws://127.0.0.1:\(server.port)/").closing
        #expect(closing?.code == .handshake)
        #expect(closing?.message.contains(words) == true, "\(closing?.message ?? "none")")
        server.close()
    }

    @Test("a server that does not answer the handshake")
    func silence() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .silence }
        let listener = connect(bench, "ws://127.0.0.1:\(server.port)/") {
            $0.connectTimeout = 150_000_000
        }
        #expect(listener.closing?.code == .timeout)
        #expect(listener.closing?.message.contains("handshake was not answered") == true)
        server.close()
    }

    @Test(
        "addresses that cannot be used",
        arguments: [
            "", "http://host/", "ws://", "ws:///path", "ws://host:0/", "ws://host:70000/",
            "ws://ho st/", "ws://host/a\r\nX: y", "ws://[::1/", "ws://a:b:c/", "wss//host",
        ])
    func addresses(url: String) throws {
        let bench = try NetworkBench()
        let listener = connect(bench, url)
        #expect(listener.closings.map(\.code) == [.request])
    }

    @Test("a field that would break the request")
    func field() throws {
        let bench = try NetworkBench()
        for header in [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("", "1"), ("A:", "1")] {
            let listener = connect(bench, "ws://127.0.0.1:1/") { $0.headers = [header] }
            #expect(listener.closings.map(\.code) == [.request])
        }
    }

    @Test("fields, credentials and path reach the server; credentials no message")
    func request() throws {
        let bench = try NetworkBench()
        var seen: [HTTPServerRequest] = []
        let server = try bench.server { request in
            seen.append(request)
            return .answer(HTTPAnswer(503))
        }
        let url = "ws://us%65r:pass@127.0.0.1:\(server.port)/a%20b?x=1&y=%2F#part"
        let closing = connect(bench, url) { $0.headers = [("X-Key", "k")] }.closing
        #expect(closing?.message.contains("pass") == false)
        let request = try #require(seen.first)
        #expect(request.target == "/a%20b?x=1&y=%2F")
        #expect(request.path == "/a b")
        #expect(request.queryValue("y") == "/")
        #expect(request.headers["x-key"] == "k")
        #expect(request.headers["Authorization"] == "Basic dXNlcjpwYXNz")
        #expect(request.headers["Host"] == "127.0.0.1:\(server.port)")
        server.close()
    }

    @Test("given up while connecting: one closing, no more")
    func givenUp() throws {
        let bench = try NetworkBench()
        let listener = Listener()
        let socket = WebSocket(
            url: "ws://127.0.0.1:1/", options: WebSocketOptions(), reactor: bench.reactor,
            delegate: listener)
        socket.close()
        #expect(listener.closings.isEmpty)
        #expect(bench.wait { !listener.closings.isEmpty })
        for _ in 0..<20 { bench.reactor.turn(waits: false) }
        #expect(listener.closings.count == 1)
        #expect(bench.reactor.timerCount == 0)
        #expect(bench.reactor.watchCount == 0)
    }
}
