// Servers that misbehave on an open connection, and connections that leave nothing behind.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("Faults of an open connection")
struct FaultTests {
    /// A client and the server's side of it, both open.
    private func pair(
        _ bench: NetworkBench, _ server: HTTPServer, _ peer: Listener,
        _ change: (inout WebSocketOptions) -> Void = { _ in }
    ) throws -> (client: Listener, socket: WebSocket, peer: WebSocket) {
        let listener = Listener()
        var options = WebSocketOptions()
        change(&options)
        let socket = WebSocket(
            url: "ws://127.0.0.1:\(server.port)/", options: options, reactor: bench.reactor,
            delegate: listener)
        #expect(bench.wait { listener.isOpen && peer.isOpen })
        return (listener, socket, try #require(peer.socket))
    }

    @Test("a peer that vanishes: pings are not answered, the last receive time stands still")
    func halfOpen() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, socket, other) = try pair(bench, server, peer)
        socket.ping([1])
        #expect(bench.wait { client.pongs.count == 1 })
        let last = socket.lastReceivedTime
        #expect(last > 1_600_000_000_000_000_000)
        other.goSilent()
        socket.ping([2])
        other.send(text: "swallowed")
        #expect(bench.wait(seconds: 1) { client.pongs.count == 2 } == false)
        #expect(socket.lastReceivedTime == last)
        #expect(client.texts.isEmpty)
        #expect(socket.isOpen)
        socket.close()
        #expect(bench.wait { !client.closings.isEmpty })
        server.close()
    }

    @Test("RST and FIN without a goodbye", arguments: [true, false])
    func dropped(resets: Bool) throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, _, other) = try pair(bench, server, peer)
        other.drop(resets: resets)
        #expect(bench.wait { !client.closings.isEmpty && !peer.closings.isEmpty })
        #expect(client.closing?.code == .closed)
        #expect(client.closing?.message.contains(resets ? "reset" : "ended") == true)
        server.close()
    }

    @Test("a peer that does not read: bytes wait up to the limit, then the connection ends")
    func slowPeer() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in
            var upgrade = WebSocketUpgrade(delegate: peer)
            upgrade.options.receiveBufferBytes = 16_384
            return .upgrade(upgrade)
        }
        let (client, socket, other) = try pair(bench, server, peer) {
            $0.bufferedBytesMax = 300_000
        }
        other.pauseReading()
        let text = String(repeating: "x", count: 10_000)
        var sent = 0
        while sent < 10_000, socket.send(text: text) {
            sent += 1
            #expect(socket.bytesBuffered <= 300_000)
            bench.reactor.turn(waits: false)
        }
        #expect(sent > 10 && sent < 10_000)
        #expect(bench.wait { !client.closings.isEmpty })
        #expect(client.closing?.code == .closed)
        #expect(client.closing?.message.contains("reads too slowly") == true)
        #expect(socket.send(text: "late") == false)
        server.close()
    }

    @Test("a paused reader gets everything once it reads again")
    func pause() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in
            var upgrade = WebSocketUpgrade(delegate: peer)
            upgrade.options.bufferedBytesMax = 64 << 20
            return .upgrade(upgrade)
        }
        let (client, socket, other) = try pair(bench, server, peer) {
            $0.receiveBufferBytes = 16_384
        }
        socket.pauseReading()
        let texts = (0..<200).map { "\($0) " + String(repeating: "y", count: 50_000) }
        for text in texts { #expect(other.send(text: text)) }
        #expect(bench.wait(seconds: 1) { !client.texts.isEmpty } == false)
        #expect(other.bytesBuffered > 0)
        socket.resumeReading()
        #expect(bench.wait { client.texts.count == 200 })
        #expect(client.texts == texts)
        server.close()
    }

    @Test("a peer that floods pings without reading pongs is ended")
    func pingFlood() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in
            var upgrade = WebSocketUpgrade(delegate: peer)
            upgrade.options.bufferedBytesMax = 64 << 20
            upgrade.options.receiveBufferBytes = 16_384
            return .upgrade(upgrade)
        }
        let (client, _, other) = try pair(bench, server, peer) { $0.bufferedBytesMax = 100_000 }
        other.pauseReading()
        let payload = [UInt8](repeating: 1, count: 125)
        other.batched { for _ in 0..<100_000 { other.ping(payload) } }
        #expect(bench.wait { !client.closings.isEmpty })
        #expect(client.closing?.message.contains("reads too slowly") == true)
        server.close()
    }

    @Test("fragments of every size arrive as one message", arguments: [1, 7, 4096])
    func fragments(size: Int) throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let text = String(repeating: "0123456789", count: size == 1 ? 30 : 3000)
        peer.onOpen = { $0.send(text: text, inFragmentsOf: size) }
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, _, _) = try pair(bench, server, peer)
        #expect(bench.wait { !client.texts.isEmpty })
        #expect(client.texts == [text])
        server.close()
    }

    @Test("a batch is one read at the other side, and ends it once")
    func batch() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, _, other) = try pair(bench, server, peer)
        let before = client.readsEnded
        other.batched { for index in 0..<100 { other.send(text: "\(index)") } }
        #expect(bench.wait { client.texts.count == 100 })
        #expect(client.readsEnded == before + 1)
        #expect(Set(client.times).count == 1)
        server.close()
    }

    @Test("a goodbye that is not answered ends after its time")
    func unanswered() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, socket, other) = try pair(bench, server, peer) {
            $0.closeTimeout = 100_000_000
        }
        other.goSilent()
        socket.close(code: 1001, reason: "renewal")
        #expect(bench.wait { !client.closings.isEmpty })
        #expect(client.closing?.status == 1001)
        server.close()
    }

    @Test("closed from inside a message: nothing more is delivered", arguments: [0, 1, 2])
    func closedInside(kind: Int) throws {
        let bench = try NetworkBench()
        let peer = Listener()
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let (client, _, other) = try pair(bench, server, peer)
        client.onText = { socket, _ in
            switch kind {
            case 0: socket.close()
            case 1: socket.drop(resets: true)
            default: socket.drop(resets: false)
            }
        }
        other.batched { for _ in 0..<100 { other.send(text: "more") } }
        #expect(bench.wait { !client.closings.isEmpty })
        #expect(client.texts.count == 1)
        #expect(client.closings.count == 1)
        server.close()
    }

    /// Descriptors of this process.
    private static func descriptorCount() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    /// In a process of its own: other tests open descriptors meanwhile.
    @Test("500 connections leave no descriptor, timer or watch behind")
    func leak() async {
        await #expect(processExitsWith: .success) {
            let bench = try NetworkBench()
            let made = try SelfSignedCertificate.make()
            let server = try bench.server({ $0.identity = made.identity }) { request in
                request.path == "/refused"
                    ? .answer(HTTPAnswer(503)) : .upgrade(WebSocketUpgrade(delegate: EchoPeer()))
            }
            var options = WebSocketOptions()
            options.tls.verifies = false
            var before = 0
            for round in 0..<510 {
                if round == 10 { before = Self.descriptorCount() }
                let listener = Listener()
                listener.onOpen = { socket in
                    switch round % 4 {
                    case 0: socket.close()
                    case 1: socket.drop(resets: true)
                    case 2: socket.drop(resets: false)
                    default: socket.send(text: "echo")
                    }
                }
                listener.onText = { socket, _ in socket.close() }
                let path = round % 5 == 4 ? "/refused" : "/"
                _ = WebSocket(
                    url: "wss://127.0.0.1:\(server.port)\(path)", options: options,
                    reactor: bench.reactor, delegate: listener)
                precondition(bench.wait { !listener.closings.isEmpty }, "round \(round)")
            }
            precondition(bench.wait { server.connections.isEmpty })
            // Let sockets of the server see their ends.
            precondition(bench.wait { Self.descriptorCount() <= before })
            precondition(bench.reactor.timerCount <= 2)
            server.close()
            exit(0)
        }
    }
}
