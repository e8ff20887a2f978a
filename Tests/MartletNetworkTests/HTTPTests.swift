// The HTTP client and server against each other.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("HTTP")
struct HTTPTests {
    private func failure(_ result: Result<HTTPResponse, NetworkFailure>?) -> NetworkFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    private func answer(
        _ result: Result<HTTPResponse, NetworkFailure>?
    ) throws -> HTTPResponse { try #require(result).get() }

    @Test("requests and answers of every kind, over one connection")
    func roundTrip() throws {
        let bench = try NetworkBench()
        let server = try bench.server { request in
            var answer = HTTPAnswer(
                request.path == "/missing" ? 404 : 200,
                headers: ["X-Method": request.method, "X-MBX-USED-WEIGHT-1M": "37"],
                body: request.body.isEmpty ? Array(request.query.utf8) : request.body)
            answer.headers.append("X-Body", "\(request.body.count)")
            return .answer(answer)
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let base = "http://127.0.0.1:\(server.port)"
        let get = try answer(bench.fetch(client, HTTPRequest("GET", base + "/a?symbol=BTC&x=%2F")))
        #expect(get.status == 200)
        #expect(get.text == "symbol=BTC&x=%2F")
        #expect(get.headers["x-mbx-used-weight-1m"] == "37")
        #expect(get.headers["Date"] != nil)
        #expect(get.receivedAt >= get.startedAt)
        #expect(get.attempts == 1)
        #expect(
            try answer(bench.fetch(client, HTTPRequest("GET", base + "/missing"))).status == 404)
        let body = Array("{\"type\":\"l2Book\",\"coin\":\"BTC\"}".utf8)
        for method in ["POST", "PUT", "DELETE"] {
            let request = HTTPRequest(method, base + "/info", body: body)
            let reply = try answer(bench.fetch(client, request))
            #expect(reply.headers["X-Method"] == method)
            #expect(reply.body == body)
        }
        let empty = try answer(bench.fetch(client, HTTPRequest("POST", base + "/info?a")))
        #expect(empty.headers["X-Body"] == "0")
        let large = [UInt8](repeating: 66, count: 900_000)
        let echoed = try answer(bench.fetch(client, HTTPRequest("POST", base, body: large)))
        #expect(echoed.body == large)
        let head = try answer(bench.fetch(client, HTTPRequest("HEAD", base + "/a?b")))
        #expect(head.body.isEmpty)
        #expect(head.headers["Content-Length"] == "1")
        #expect(server.connectionsAccepted == 1)
        client.close()
        server.close()
    }

    @Test("many requests at a time")
    func many() throws {
        let bench = try NetworkBench()
        let server = try bench.server { request in
            var answer = HTTPAnswer.json("\"\(request.path)\"")
            answer.delay = 5_000_000
            return .answer(answer)
        }
        var options = HTTPClientOptions()
        options.connectionsPerHostMax = 8
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        var bodies: Set<String> = []
        for index in 0..<100 {
            client.fetch(HTTPRequest("GET", "http://127.0.0.1:\(server.port)/\(index)")) {
                if case .success(let answer) = $0 { bodies.insert(answer.text) }
            }
        }
        #expect(bench.wait { bodies.count == 100 })
        #expect(server.connectionsAccepted <= 8)
        #expect(client.requestCount == 0)
        client.close()
        server.close()
    }

    @Test("TLS: own authority, unknown authority, wrong host, refused")
    func secure() throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make(names: ["IP:127.0.0.1"])
        let server = try bench.server({ $0.identity = made.identity }) { _ in .answer(.json("1")) }
        var options = HTTPClientOptions()
        let stranger = try HTTPClient(reactor: bench.reactor, options: options)
        options.tls.caFile = try folder.write("ca.pem", made.caPEM)
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(try answer(bench.fetch(client, HTTPRequest("GET", url))).text == "1")
        #expect(failure(bench.fetch(stranger, HTTPRequest("GET", url)))?.code == .tls)
        let other = "https://localhost:\(server.port)/"
        let wrong = failure(bench.fetch(client, HTTPRequest("GET", other)))
        #expect(wrong?.code == .tls)
        server.onAccept = { .refuseTLS }
        let fresh = try HTTPClient(reactor: bench.reactor, options: options)
        #expect(failure(bench.fetch(fresh, HTTPRequest("GET", url)))?.code == .tls)
        for each in [client, stranger, fresh] { each.close() }
        server.close()
    }

    @Test("too slow, too large, refused, not resolved, not an address")
    func failures() throws {
        let bench = try NetworkBench()
        let server = try bench.server { request in
            if request.path == "/slow" {
                var answer = HTTPAnswer(200)
                answer.delay = 60_000_000_000
                return .answer(answer)
            }
            return .answer(HTTPAnswer(200, body: [UInt8](repeating: 0, count: 100_000)))
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let base = "http://127.0.0.1:\(server.port)"
        var slow = HTTPRequest("GET", base + "/slow?secret=1")
        slow.timeout = 100_000_000
        let late = failure(bench.fetch(client, slow))
        #expect(late?.code == .timeout)
        #expect(late?.message.contains("secret") == false)
        var large = HTTPRequest("GET", base)
        large.bodyBytesMax = 99_999
        #expect(failure(bench.fetch(client, large))?.code == .tooLarge)
        large.bodyBytesMax = 100_000
        #expect(try answer(bench.fetch(client, large)).body.count == 100_000)
        for url in ["", "ftp://host/", "http://", "http://ho st", "http://host/\r\nX: 1"] {
            #expect(failure(bench.fetch(client, HTTPRequest("GET", url)))?.code == .request)
        }
        var broken = HTTPRequest("GET", base)
        broken.headers = ["X": "1\r\nY: 2"]
        #expect(failure(bench.fetch(client, broken))?.code == .request)
        server.close()
        #expect(failure(bench.fetch(client, HTTPRequest("GET", base)))?.code == .connect)
        var options = HTTPClientOptions()
        options.resolver = HostResolver { (host) throws(NetworkFailure) in
            throw NetworkFailure(.resolve, "\(host): fault")
        }
        let lost = try HTTPClient(reactor: bench.reactor, options: options)
        #expect(
            failure(bench.fetch(lost, HTTPRequest("GET", "http://venue.invalid/")))?.code
                == .resolve)
        client.close()
        lost.close()
    }

    @Test("own names lead to the address")
    func ownNames() throws {
        let bench = try NetworkBench()
        let server = try bench.server { .answer(.json($0.headers["Host"] ?? "")) }
        var options = HTTPClientOptions()
        options.resolver = HostResolver { _ in ["127.0.0.1"] }
        let client = try HTTPClient(reactor: bench.reactor, options: options)
        let url = "http://api.venue.invalid:\(server.port)/"
        let reply = try answer(bench.fetch(client, HTTPRequest("GET", url)))
        #expect(reply.text == "api.venue.invalid:\(server.port)")
        client.close()
        server.close()
    }

    @Test(
        "a connection that breaks before the answer: GET is sent again once, POST never",
        arguments: [("GET", 2), ("HEAD", 2), ("POST", 1)])
    func retries(method: String, count: Int) throws {
        let bench = try NetworkBench()
        var seen = 0
        let server = try bench.server { _ in
            seen += 1
            return seen == 1 ? .raw([], resets: true) : .answer(.json("1"))
        }
        let client = try HTTPClient(reactor: bench.reactor)
        let request = HTTPRequest(method, "http://127.0.0.1:\(server.port)/", body: [])
        let result = bench.fetch(client, request)
        #expect(seen == count)
        if count == 2 {
            #expect(try answer(result).attempts == 2)
        } else {
            #expect(failure(result)?.code == .closed)
        }
        client.close()
        server.close()
    }

    @Test("an answer that is cut off, or is none, is a failure")
    func damaged() throws {
        let bench = try NetworkBench()
        var bytes = ""
        let server = try bench.server { _ in .raw(Array(bytes.utf8), resets: false) }
        let client = try HTTPClient(reactor: bench.reactor)
        let rows: [(String, NetworkFailure.Code)] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .closed),
            ("HTTP/1.1 200 OK\r\nContent-Le", .closed), ("garbage\r\n\r\n", .protocol),
        ]
        for (text, code) in rows {
            bytes = text
            let result = bench.fetch(client, HTTPRequest("GET", "http://127.0.0.1:\(server.port)"))
            #expect(failure(result) != nil, "\(text)")
            #expect([code, .protocol].contains(failure(result)?.code), "\(text)")
        }
        client.close()
        server.close()
    }

    @Test("closing the client ends what is under way, once each")
    func closing() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in .silence }
        let client = try HTTPClient(reactor: bench.reactor)
        var codes: [NetworkFailure.Code?] = []
        for _ in 0..<3 {
            client.fetch(HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")) {
                codes.append(failure($0)?.code)
            }
        }
        #expect(bench.wait { server.connectionsAccepted > 0 })
        client.close()
        #expect(bench.wait { codes.count == 3 })
        #expect(codes == [.closed, .closed, .closed])
        client.fetch(HTTPRequest("GET", "http://127.0.0.1/")) { codes.append(failure($0)?.code) }
        #expect(bench.wait { codes.count == 4 })
        #expect(codes.last == .request)
        server.close()
    }
}
