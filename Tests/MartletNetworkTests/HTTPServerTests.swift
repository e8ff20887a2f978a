// What the HTTP server refuses, byte for byte.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("HTTP server")
struct HTTPServerTests {
    /// Sends bytes over one connection and gives all that comes back until the server ends it, or
    /// has been quiet for a while.
    private func talk(_ bench: NetworkBench, _ port: UInt16, _ bytes: [UInt8]) throws -> String {
        var descriptor: Int32 = -1
        var isFailed = false
        let connector = Connector(
            host: "127.0.0.1", port: port, resolver: .system, timeout: 5_000_000_000,
            reactor: bench.reactor
        ) {
            if case .success(let found) = $0 { descriptor = found } else { isFailed = true }
        }
        try #require(bench.wait { descriptor >= 0 || isFailed })
        _ = connector
        let transport = Transport(descriptor: descriptor, peer: "server")
        var sent = 0
        var received: [UInt8] = []
        var isEnded = false
        var quietSince = bench.reactor.now()
        _ = bench.wait(seconds: 10) {
            bytes.withUnsafeBytes {
                if sent < $0.count, !isEnded {
                    switch transport.write(UnsafeRawBufferPointer(rebasing: $0[sent...])) {
                    case .done(let count): sent += count
                    case .ended, .failed: sent = $0.count
                    default: break
                    }
                }
            }
            var block = [UInt8](repeating: 0, count: 65_536)
            let step = block.withUnsafeMutableBytes { transport.read(into: $0) }
            switch step {
            case .done(let count):
                received += block[..<count]
                quietSince = bench.reactor.now()
            case .ended, .failed: isEnded = true
            default: break
            }
            return isEnded
                || (sent == bytes.count && bench.reactor.now() - quietSince > 300_000_000)
        }
        transport.close()
        return String(decoding: received, as: UTF8.self)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: String
        let status: String
    }

    static let table: [Row] = [
        Row(
            testDescription: "an ordinary request", request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            status: "200"),
        Row(
            testDescription: "two lengths",
            request:
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            status: "400"),
        Row(
            testDescription: "a length twice",
            request:
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
            status: "400"),
        Row(
            testDescription: "a length that is no number",
            request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab", status: "400"),
        Row(
            testDescription: "a negative length",
            request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", status: "400"),
        Row(
            testDescription: "a length of exabytes",
            request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            status: "413"),
        Row(
            testDescription: "a body above the limit",
            request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n",
            status: "413"),
        Row(
            testDescription: "a transfer coding",
            request: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: "411"),
        Row(
            testDescription: "both a length and a coding",
            request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: "411"),
        Row(
            testDescription: "a target above the limit",
            request: "GET /" + String(repeating: "a", count: 9000)
                + " HTTP/1.1\r\nHost: a\r\n\r\n", status: "414"),
        Row(
            testDescription: "a head above the limit",
            request: "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 60_000)
                + "\r\n\r\n", status: "431"),
        Row(
            testDescription: "too many fields",
            request: "GET / HTTP/1.1\r\nHost: a\r\n"
                + (0..<120).map { "X\($0): 1\r\n" }.joined() + "\r\n", status: "431"),
        Row(testDescription: "no HTTP", request: "hello\r\n\r\n", status: ""),
        Row(
            testDescription: "no host", request: "GET / HTTP/1.1\r\n\r\n", status: "400"),
        Row(
            testDescription: "an upgrade without a key",
            request: "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", status: "400"),
        Row(
            testDescription: "an upgrade of another version",
            request: "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", status: "426"),
        Row(
            testDescription: "an upgrade by POST",
            request: "POST /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n"
                + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", status: "400"),
    ]

    @Test("a request that could be read in two ways is refused", arguments: table)
    func refused(row: Row) throws {
        let bench = try NetworkBench()
        let server = try bench.server { request in
            request.path == "/ws"
                ? .upgrade(WebSocketUpgrade(delegate: EchoPeer())) : .answer(.json("1"))
        }
        let reply = try talk(bench, server.port, Array(row.request.utf8))
        if row.status.isEmpty {
            #expect(!reply.hasPrefix("HTTP/1.1 200"), "\(reply.prefix(200))")
        } else {
            #expect(reply.hasPrefix("HTTP/1.1 \(row.status) "), "\(reply.prefix(200))")
        }
        server.close()
    }

    @Test("what follows a refused body is no second request")
    func smuggling() throws {
        let bench = try NetworkBench()
        var paths: [String] = []
        let server = try bench.server { request in
            paths.append(request.path)
            return .answer(.json("1"))
        }
        let second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
        for length in [
            "Content-Length: 0\r\nContent-Length: \(second.utf8.count)", "Content-Length: x",
        ] {
            let first = "POST /first HTTP/1.1\r\nHost: a\r\n\(length)\r\n\r\n"
            _ = try talk(bench, server.port, Array((first + second).utf8))
        }
        #expect(paths == [])
        server.close()
    }

    @Test("requests in one piece are answered in order")
    func pipeline() throws {
        let bench = try NetworkBench()
        let server = try bench.server { .answer(.json("\"\($0.path)\"")) }
        let requests = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        let reply = try talk(bench, server.port, Array(requests.utf8))
        let found = reply.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
        #expect(found == (0..<20).map { "\"/\($0)\"" })
        server.close()
    }

    @Test("frames that come with the handshake are not lost")
    func early() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let head =
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        let frame: [UInt8] = [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]
        let unmasked: [UInt8] = [0x81, 1, 0x68]
        let reply = try talk(bench, server.port, Array(head.utf8) + frame + unmasked)
        #expect(reply.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(peer.texts == ["hi"])
        #expect(peer.closing?.code == .protocol)
        server.close()
    }

    @Test("a delay passes before the answer, and a client that leaves meanwhile is forgotten")
    func delay() throws {
        let bench = try NetworkBench()
        let server = try bench.server { _ in
            var answer = HTTPAnswer(200)
            answer.delay = 150_000_000
            return .answer(answer)
        }
        let start = bench.reactor.now()
        let client = try HTTPClient(reactor: bench.reactor)
        let url = "http://127.0.0.1:\(server.port)/"
        _ = try #require(bench.fetch(client, HTTPRequest("GET", url))).get()
        #expect(bench.reactor.now() - start >= 150_000_000)
        var hasty = HTTPRequest("GET", url)
        hasty.timeout = 20_000_000
        _ = bench.fetch(client, hasty)
        client.close()
        #expect(bench.wait { server.connections.isEmpty })
        // Stopped while a request sleeps.
        let other = try HTTPClient(reactor: bench.reactor)
        other.fetch(HTTPRequest("GET", url)) { _ in }
        #expect(bench.wait { !server.connections.isEmpty })
        for _ in 0..<20 { bench.reactor.turn(waits: false) }
        server.close()
        other.close()
    }

    @Test("a client that ends and then breaks its stream does not keep the loop busy")
    func broken() throws {
        let bench = try NetworkBench()
        var isAsked = false
        let server = try bench.server { _ in
            isAsked = true
            var answer = HTTPAnswer(200)
            answer.delay = 60_000_000_000
            return .answer(answer)
        }
        var descriptor: Int32 = -1
        let connector = Connector(
            host: "127.0.0.1", port: server.port, resolver: .system, timeout: 5_000_000_000,
            reactor: bench.reactor
        ) { if case .success(let found) = $0 { descriptor = found } }
        #expect(bench.wait { descriptor >= 0 })
        _ = connector
        let transport = Transport(descriptor: descriptor, peer: "server")
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        request.withUnsafeBytes { _ = transport.write($0) }
        #expect(bench.wait { isAsked })
        shutdown(descriptor, Int32(SHUT_WR))
        for _ in 0..<10 { bench.reactor.turn(waits: false) }
        transport.close(resets: true)
        var turns = 0
        #expect(
            bench.wait(seconds: 1) {
                turns += 1
                return false
            } == false)
        #expect(turns < 500, "the loop turned \(turns) times in a second of nothing")
        server.close()
    }

    @Test("a client that does not read a large answer does not keep the loop busy")
    func slow() throws {
        let bench = try NetworkBench()
        let body = [UInt8](repeating: 65, count: 30_000_000)
        let server = try bench.server { _ in
            .answer(HTTPAnswer(200, headers: ["Connection": "close"], body: body))
        }
        var descriptor: Int32 = -1
        let connector = Connector(
            host: "127.0.0.1", port: server.port, resolver: .system, timeout: 5_000_000_000,
            reactor: bench.reactor
        ) { if case .success(let found) = $0 { descriptor = found } }
        #expect(bench.wait { descriptor >= 0 })
        _ = connector
        let transport = Transport(descriptor: descriptor, peer: "server")
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        request.withUnsafeBytes { _ = transport.write($0) }
        var turns = 0
        _ = bench.wait(seconds: 1) {
            turns += 1
            return false
        }
        #expect(turns < 3000, "the loop turned \(turns) times in a second")
        var received = 0
        var block = [UInt8](repeating: 0, count: 262_144)
        #expect(
            bench.wait {
                switch block.withUnsafeMutableBytes({ transport.read(into: $0) }) {
                case .done(let count): received += count
                case .ended, .failed: return true
                default: break
                }
                return false
            })
        #expect(received > body.count)
        transport.close()
        server.close()
    }
}
