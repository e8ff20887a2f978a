// What the HTTP client does on its own, and what it never does: repeats, redirects, decompression.

import Testing

@testable import MartletNetwork

@Suite("HTTP client rules")
struct HTTPClientRulesTests {
    private func failure(_ result: Result<HTTPResponse, NetworkFailure>?) -> NetworkFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    @Test(
        "a kept connection that breaks without an answer: only what changes nothing is repeated",
        arguments: [("GET", 2), ("HEAD", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)], [0, 9])
    func keptConnection(row: (method: String, count: Int), bytes: Int) throws {
        let bench = try NetworkBench()
        var seen = 0
        let server = try bench.server { request in
            guard request.path == "/order" else { return .answer(.json("1")) }
            seen += 1
            return seen == 1 ? .raw([], resets: false) : .answer(.json("2"))
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let base = "http://127.0.0.1:\(server.port)"
        for _ in 0..<2 {
            #expect(try bench.fetch(client, HTTPRequest("GET", base))?.get().text == "1")
        }
        #expect(server.connectionsAccepted == 1)
        let request = HTTPRequest(
            row.method, base + "/order?side=BUY", body: [UInt8](repeating: 65, count: bytes))
        let result = bench.fetch(client, request)
        #expect(seen == row.count)
        if row.count == 2 {
            #expect(try result?.get().attempts == 2)
        } else {
            #expect(failure(result)?.code == .closed)
            #expect(failure(result)?.message.contains("not sent again") == true)
        }
        client.close()
        server.close()
    }

    @Test("a GET whose connections keep breaking ends; the number of tries is bounded")
    func bounded() throws {
        let bench = try NetworkBench()
        var seen = 0
        let server = try bench.server { request in
            guard request.path == "/lost" else { return .answer(.json("1")) }
            seen += 1
            return .raw([], resets: true)
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let base = "http://127.0.0.1:\(server.port)"
        _ = bench.fetch(client, HTTPRequest("GET", base))
        #expect(failure(bench.fetch(client, HTTPRequest("GET", base + "/lost")))?.code == .closed)
        #expect(seen == 2)
        client.close()
        server.close()
    }

    @Test("a second try gets what the first one left of the time")
    func timeForAll() throws {
        let bench = try NetworkBench()
        let server = try RawServer([])
        let client = try HTTPClient(reactor: bench.reactor)
        var request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")
        request.timeout = 2_000_000_000
        let begun = bench.reactor.now()
        var result: Result<HTTPResponse, NetworkFailure>?
        client.fetch(request) { result = $0 }
        _ = bench.reactor.setTimer(after: 1_600_000_000) { server.endAll() }
        #expect(
            bench.wait {
                server.turn()
                return result != nil
            })
        #expect(failure(result)?.code == .timeout)
        #expect(server.answered == 2)
        #expect(bench.reactor.now() - begun < 3_200_000_000)
        client.close()
    }

    @Test("redirects are answers like others: not followed", arguments: [301, 302, 307, 308])
    func redirects(status: Int) throws {
        let bench = try NetworkBench()
        var paths: [String] = []
        let server = try bench.server { request in
            paths.append(request.path)
            return .answer(HTTPAnswer(status, headers: ["Location": "/other"]))
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let url = "http://127.0.0.1:\(server.port)/first"
        let answer = try #require(bench.fetch(client, HTTPRequest("GET", url))).get()
        #expect(answer.status == status)
        #expect(answer.headers["Location"] == "/other")
        #expect(paths == ["/first"])
        client.close()
        server.close()
    }

    /// `{"grown":"aaa…"}` of 212 bytes, compressed by gzip.
    static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0x56, 0x4A, 0x2F, 0xCA,
        0x2F, 0xCF, 0x53, 0xB2, 0x52, 0x4A, 0x1C, 0x26, 0x40, 0xA9, 0x16, 0x00, 0x94, 0x01, 0x7C,
        0xB5, 0xD4, 0x00, 0x00, 0x00,
    ]

    @Test("gzip is asked for and undone; damage and growth beyond the limit are failures")
    func compressed() throws {
        let bench = try NetworkBench()
        var accepted: String?
        var bytes = Self.gzip
        var coding = "gzip"
        let server = try bench.server { request in
            accepted = request.headers["Accept-Encoding"]
            return .answer(HTTPAnswer(200, headers: ["Content-Encoding": coding], body: bytes))
        }
        let client = try HTTPClient(reactor: bench.reactor)
        var request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")
        let answer = try #require(bench.fetch(client, request)).get()
        #expect(answer.text == "{\"grown\":\"" + String(repeating: "a", count: 200) + "\"}")
        #expect(accepted?.contains("gzip") == true)
        request.bodyBytesMax = 211
        #expect(failure(bench.fetch(client, request))?.code == .tooLarge)
        request.bodyBytesMax = 212
        #expect(failure(bench.fetch(client, request)) == nil)
        bytes[12] ^= 0xFF
        #expect(failure(bench.fetch(client, request))?.code == .protocol)
        // 50 MB of zeros in 50 kB: cut off at the limit, not after it.
        var packed = ByteQueue()
        let deflater = try #require(MessageDeflater(restarts: true, windowBits: 15))
        [UInt8](repeating: 0, count: 50_000_000).withUnsafeBytes {
            deflater.deflate($0, into: &packed)
        }
        bytes = Array(packed.octets)
        coding = "deflate"
        request.bodyBytesMax = 1 << 20
        #expect(failure(bench.fetch(client, request))?.code == .tooLarge)
        client.close()
        server.close()
    }

    @Test("a body that stops, and a server that does not take the connection: their time ends")
    func stalled() throws {
        let bench = try NetworkBench()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"
        let half = try RawServer(Array(head.utf8))
        let client = try HTTPClient(reactor: bench.reactor)
        var request = HTTPRequest("GET", "http://127.0.0.1:\(half.port)/")
        request.timeout = 300_000_000
        var result: Result<HTTPResponse, NetworkFailure>?
        client.fetch(request) { result = $0 }
        #expect(
            bench.wait {
                half.turn()
                return result != nil
            })
        #expect(failure(result)?.code == .timeout)
        // The answer had begun: it is not asked for again.
        #expect(half.answered == 1)
        client.close()

        let deaf = try RawServer([], backlog: 0)
        deaf.fill()
        var options = HTTPClientOptions()
        options.connectTimeout = 200_000_000
        let patient = try HTTPClient(reactor: bench.reactor, options: options)
        let url = "http://127.0.0.1:\(deaf.port)/"
        #expect(failure(bench.fetch(patient, HTTPRequest("GET", url)))?.code == .timeout)
        patient.close()
        let listener = Listener()
        var access = WebSocketOptions()
        access.connectTimeout = 200_000_000
        _ = WebSocket(
            url: "ws://127.0.0.1:\(deaf.port)/", options: access, reactor: bench.reactor,
            delegate: listener)
        #expect(bench.wait { !listener.closings.isEmpty })
        #expect(listener.closing?.code == .timeout)
        #expect(listener.closing?.message.contains("200 ms") == true)
    }

    @Test("a certificate out of its time", arguments: [(-7200, -3600), (3600, 7200)])
    func expired(from: Int, until: Int) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make(fromSeconds: from, untilSeconds: until)
        let server = try bench.server({ $0.identity = made.identity }) { _ in .answer(.json("1")) }
        var options = HTTPClientOptions()
        options.tls.caFile = try folder.write("ca.pem", made.caPEM)
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        let url = "https://localhost:\(server.port)/"
        let found = failure(bench.fetch(client, HTTPRequest("GET", url)))
        #expect(found?.code == .tls)
        #expect(found?.message.contains("certificate") == true, "\(found?.message ?? "none")")
        client.close()
        server.close()
    }

    @Test(
        "HTTP/2 with a server that offers it, many requests on one connection",
        .enabled(if: Python.isThere))
    func secondVersion() throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        let server = try #require(
            Python.start(
                "h2_server.py",
                [
                    folder.write("cert.pem", made.certificatePEM),
                    folder.write("key.pem", made.keyPEM),
                ]))
        let port = try #require(server.line())
        var options = HTTPClientOptions()
        options.tls.caFile = try folder.write("ca.pem", made.caPEM)
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        for round in 1...3 {
            let request = HTTPRequest("GET", "https://localhost:\(port)/api/v3/time")
            let answer = try #require(bench.fetch(client, request)).get()
            #expect(answer.version == 2)
            #expect(answer.status == 200)
            #expect(answer.text == "{\"served\":\(round)}")
        }
        var texts: Set<String> = []
        for index in 0..<20 {
            client.fetch(HTTPRequest("GET", "https://localhost:\(port)/\(index)")) {
                if case .success(let answer) = $0 { texts.insert(answer.text) }
            }
        }
        #expect(bench.wait { texts.count == 20 })
        #expect(server.line() == "h2")
        #expect(server.linesSoFar().isEmpty)
        client.close()
    }
}
