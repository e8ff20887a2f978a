// Against the `websockets` package for Python, both ways round.

import Testing

@testable import MartletNetwork

@Suite("WebSocket with Python", .enabled(if: Python.isThere))
struct PythonInteropTests {
    struct Way: CustomTestStringConvertible, Sendable {
        let isSecure: Bool
        let deflate: String
        var testDescription: String { "\(isSecure ? "wss" : "ws"), deflate \(deflate)" }
    }

    static let ways = ["none", "default", "restart", "small"].flatMap { deflate in
        [Way(isSecure: false, deflate: deflate), Way(isSecure: true, deflate: deflate)]
    }

    @Test("our client against their server", arguments: ways)
    func client(way: Way) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        var arguments = ["--deflate", way.deflate]
        if way.isSecure {
            arguments += [
                "--tls", try folder.write("cert.pem", made.certificatePEM),
                try folder.write("key.pem", made.keyPEM),
            ]
        }
        let server = try #require(Python.start("echo_server.py", arguments))
        let port = try #require(server.line())
        var options = WebSocketOptions()
        options.deflate = true
        options.tls.caFile = try folder.write("ca.pem", made.caPEM)
        let listener = Listener()
        let host = way.isSecure ? "localhost" : "127.0.0.1"
        let socket = WebSocket(
            url: "\(way.isSecure ? "wss" : "ws")://\(host):\(port)/", options: options,
            reactor: bench.reactor, delegate: listener)
        #expect(bench.wait { listener.isOpen || !listener.closings.isEmpty })
        #expect(listener.closing == nil)
        #expect(socket.usesDeflate == (way.deflate != "none"))
        for text in ["hello", "fragments", "ping me", "large", "hello", "hello"] {
            socket.send(text: text)
        }
        socket.send(text: "binary fragments")
        #expect(bench.wait { !listener.binaries.isEmpty || !listener.closings.isEmpty })
        #expect(
            listener.texts == [
                "hello", "one two dr€i", "ponged", String(repeating: "ä", count: 1_000_000),
                "hello", "hello",
            ])
        #expect(listener.binaries.first?.count == 6000)
        #expect(listener.pings == [Array("from python".utf8)])
        socket.ping([7])
        #expect(bench.wait { !listener.pongs.isEmpty })
        socket.send(text: "goodbye")
        #expect(bench.wait { !listener.closings.isEmpty })
        #expect(listener.closings.map(\.status) == [4321])
        #expect(listener.closing?.message.contains("as asked") == true)
    }

    @Test("their client against our server", arguments: ways)
    func server(way: Way) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        let server = try bench.server({ $0.identity = way.isSecure ? made.identity : nil }) { _ in
            var upgrade = WebSocketUpgrade(delegate: EchoPeer())
            upgrade.compression = way.deflate == "restart" ? .perMessage : .keepsContext
            return .upgrade(upgrade)
        }
        var arguments = [
            "\(way.isSecure ? "wss://localhost" : "ws://127.0.0.1"):\(server.port)/",
            "--deflate", way.deflate,
        ]
        if way.isSecure { arguments += ["--ca", try folder.write("ca.pem", made.caPEM)] }
        let client = try #require(Python.start("echo_client.py", arguments))
        var lines: [String] = []
        #expect(
            bench.wait {
                lines += client.linesSoFar()
                return lines.last == "ok"
            })
        #expect(
            lines.first
                == (way.deflate == "none" ? "extensions" : "extensions permessage-deflate"))
        server.close()
    }
}
