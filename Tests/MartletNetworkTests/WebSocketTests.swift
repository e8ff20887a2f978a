// Our client against our server: what is sent arrives, in order, in every variation.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("WebSocket")
struct WebSocketTests {
    struct Way: CustomTestStringConvertible, Sendable {
        let isSecure: Bool
        let compression: WebSocketUpgrade.Compression
        let offers: Bool
        var testDescription: String {
            "\(isSecure ? "wss" : "ws") \(compression) \(offers ? "offered" : "not offered")"
        }
    }

    static let ways: [Way] = [false, true].flatMap { secure in
        [
            Way(isSecure: secure, compression: .off, offers: false),
            Way(isSecure: secure, compression: .off, offers: true),
            Way(isSecure: secure, compression: .perMessage, offers: false),
            Way(isSecure: secure, compression: .perMessage, offers: true),
            Way(isSecure: secure, compression: .keepsContext, offers: true),
        ]
    }

    @Test("texts and binaries come back as they were sent", arguments: ways)
    func echo(way: Way) throws {
        let bench = try NetworkBench()
        let folder = try TemporaryFolder()
        let made = try SelfSignedCertificate.make()
        let server = try bench.server({ $0.identity = way.isSecure ? made.identity : nil }) { _ in
            var upgrade = WebSocketUpgrade(delegate: EchoPeer())
            upgrade.compression = way.compression
            return .upgrade(upgrade)
        }
        var options = WebSocketOptions()
        options.deflate = way.offers
        options.tls.caFile = try folder.write("ca.pem", made.caPEM)
        let listener = Listener()
        let texts = [
            "", "a", "grün €😀", String(repeating: "0123456789", count: 7000),
            String(repeating: "x", count: 1_000_000), "{\"end\":true}",
        ]
        listener.onOpen = { socket in
            for text in texts { socket.send(text: text) }
            socket.send(binary: [0, 1, 2, 255])
        }
        let scheme = way.isSecure ? "wss" : "ws"
        let socket = WebSocket(
            url: "\(scheme)://127.0.0.1:\(server.port)/ws?x=1", options: options,
            reactor: bench.reactor, delegate: listener)
        #expect(bench.wait { !listener.binaries.isEmpty || !listener.closings.isEmpty })
        #expect(listener.texts == texts)
        #expect(listener.binaries == [[0, 1, 2, 255]])
        #expect(socket.usesDeflate == (way.offers && way.compression != .off))
        #expect(socket.messagesReceived == UInt64(texts.count + 1))
        socket.close(reason: "done")
        #expect(bench.wait { !listener.closings.isEmpty })
        #expect(listener.closings.map(\.code) == [.closed])
        #expect(listener.closing?.status == 1000)
        server.close()
    }

    @Test("a ping is answered and the pong is told")
    func ping() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let listener = Listener()
        listener.onOpen = { $0.ping([1, 2, 3]) }
        _ = WebSocket(
            url: "ws://127.0.0.1:\(server.port)", options: WebSocketOptions(),
            reactor: bench.reactor, delegate: listener)
        #expect(bench.wait { !listener.pongs.isEmpty })
        #expect(listener.pongs == [[1, 2, 3]])
        #expect(peer.pings == [[1, 2, 3]])
        server.close()
    }
}
