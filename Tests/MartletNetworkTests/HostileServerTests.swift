// What the client makes of servers that break the rules: a clear failure each, never more.

import Glibc
import Testing

@testable import MartletNetwork

@Suite("Hostile server")
struct HostileServerTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let code: NetworkFailure.Code
        let status: Int
    }

    /// A frame as a server writes it; `first` holds the bits and the opcode.
    private static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        precondition(payload.count < 126)
        return [first, UInt8(payload.count)] + payload
    }

    static let table: [Row] = [
        Row(
            testDescription: "text that is not UTF-8", bytes: frame(0x81, [0x61, 0xFF, 0xFE]),
            code: .protocol, status: 1007),
        Row(
            testDescription: "text that ends inside a character", bytes: frame(0x81, [0xE2, 0x82]),
            code: .protocol, status: 1007),
        Row(
            testDescription: "a masked frame", bytes: [0x81, 0x81, 1, 2, 3, 4, 0x60],
            code: .protocol, status: 1002),
        Row(
            testDescription: "first reserved bit without compression",
            bytes: frame(0xC1, [0x61]), code: .protocol, status: 1002),
        Row(
            testDescription: "second reserved bit", bytes: frame(0xA1, [0x61]), code: .protocol,
            status: 1002),
        Row(
            testDescription: "third reserved bit", bytes: frame(0x91, [0x61]), code: .protocol,
            status: 1002),
        Row(
            testDescription: "unknown opcode", bytes: frame(0x83, [0x61]), code: .protocol,
            status: 1002),
        Row(
            testDescription: "unknown control opcode", bytes: frame(0x8B, []), code: .protocol,
            status: 1002),
        Row(
            testDescription: "continuation of nothing", bytes: frame(0x80, [0x61]),
            code: .protocol, status: 1002),
        Row(
            testDescription: "a new message inside a fragmented one",
            bytes: frame(0x01, [0x61]) + frame(0x81, [0x62]), code: .protocol, status: 1002),
        Row(
            testDescription: "fragmented ping", bytes: frame(0x09, [0x61]), code: .protocol,
            status: 1002),
        Row(
            testDescription: "ping of 126 bytes", bytes: [0x89, 126, 0, 126], code: .protocol,
            status: 1002),
        Row(
            testDescription: "length in more bytes than needed", bytes: [0x81, 126, 0, 5],
            code: .protocol, status: 1002),
        Row(
            testDescription: "length with the highest bit",
            bytes: [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1], code: .protocol, status: 1002),
        Row(
            testDescription: "length of an exabyte",
            bytes: [0x82, 127, 0x0F, 0, 0, 0, 0, 0, 0, 1, 7], code: .tooLarge, status: 1009),
        Row(
            testDescription: "one byte above the limit",
            bytes: [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 1, 7], code: .tooLarge, status: 1009),
        Row(
            testDescription: "fragments above the limit together",
            bytes: [0x02, 126, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65_535)
                + frame(0x80, [1, 2]), code: .tooLarge, status: 1009),
        Row(
            testDescription: "closing with a code that nobody may send",
            bytes: frame(0x88, [0x03, 0xEE]), code: .protocol, status: 1002),
        Row(
            testDescription: "closing with a reason that is not UTF-8",
            bytes: frame(0x88, [0x03, 0xE8, 0xFF]), code: .protocol, status: 1007),
    ]

    /// Lets a server send bytes right after the handshake, and gives what the client heard.
    private func hear(
        _ bytes: [UInt8], deflate: Bool = false, bytesMax: Int = 65_536
    ) throws -> Listener {
        let bench = try NetworkBench()
        let peer = Listener()
        peer.onOpen = { socket in
            _ = bytes.withUnsafeBytes { socket.send(raw: $0) }
        }
        let server = try bench.server { _ in
            var upgrade = WebSocketUpgrade(delegate: peer)
            upgrade.compression = .perMessage
            return .upgrade(upgrade)
        }
        let listener = Listener()
        var options = WebSocketOptions()
        options.messageBytesMax = bytesMax
        options.deflate = deflate
        _ = WebSocket(
            url: "ws://127.0.0.1:\(server.port)/", options: options, reactor: bench.reactor,
            delegate: listener)
        #expect(bench.wait { !listener.closings.isEmpty })
        server.close()
        #expect(listener.closings.count == 1)
        return listener
    }

    @Test("a broken rule ends the connection with its reason", arguments: table)
    func broken(row: Row) throws {
        let listener = try hear(row.bytes)
        #expect(listener.closing?.code == row.code, "\(listener.closing?.message ?? "none")")
        #expect(listener.closing?.status == row.status)
        #expect(listener.texts.isEmpty)
    }

    @Test("what came before the mistake is delivered")
    func before() throws {
        let good = Self.frame(0x81, Array("good".utf8))
        let listener = try hear(good + good + Self.frame(0x83, []) + good)
        #expect(listener.texts == ["good", "good"])
        #expect(listener.closing?.code == .protocol)
    }

    @Test("a message of the limit's size is taken")
    func atLimit() throws {
        let payload = [UInt8](repeating: 7, count: 65_536)
        let head: [UInt8] = [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]
        let listener = try hear(head + payload + Self.frame(0x88, [0x03, 0xE8]))
        #expect(listener.binaries == [payload])
        #expect(listener.closing?.status == 1000)
    }

    @Test("a small message that inflates without end is cut off")
    func bomb() throws {
        var compressed = ByteQueue()
        let zeros = [UInt8](repeating: 0, count: 50_000_000)
        // A limit of its own: the test's memory holds the plain text once.
        let deflater = try #require(MessageDeflater(restarts: true, windowBits: 15))
        zeros.withUnsafeBytes { deflater.deflate($0, into: &compressed) }
        let payload = Array(compressed.octets)
        #expect(payload.count < 300_000)
        var bytes: [UInt8] = [0xC2, 127]
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (8 * (7 - $0))) }
        let listener = try hear(bytes + payload, deflate: true, bytesMax: 1 << 20)
        #expect(listener.closing?.code == .tooLarge)
        #expect(listener.closing?.status == 1009)
        #expect(listener.binaries.isEmpty)
    }

    @Test("compressed bytes that are none, and compressed text that is not UTF-8")
    func badCompression() throws {
        let garbage = try hear(Self.frame(0xC1, [0xFF, 0xFF, 0xFF, 0xFF]), deflate: true)
        #expect(garbage.closing?.code == .protocol)
        #expect(garbage.closing?.status == 1002)
        var compressed = ByteQueue()
        let deflater = try #require(MessageDeflater(restarts: true, windowBits: 15))
        let broken: [UInt8] = [0x61, 0xC0, 0x80]
        broken.withUnsafeBytes { deflater.deflate($0, into: &compressed) }
        let text = try hear(Self.frame(0xC1, Array(compressed.octets)), deflate: true)
        #expect(text.closing?.code == .protocol)
        #expect(text.closing?.status == 1007)
    }

    @Test("uncompressed frames are taken although compression was agreed")
    func uncompressed() throws {
        let frames = Self.frame(0x81, [0x61]) + Self.frame(0x88, [0x03, 0xE8])
        let listener = try hear(frames, deflate: true)
        #expect(listener.texts == ["a"])
    }

    @Test("a control frame between fragments is answered, the message whole")
    func interleaved() throws {
        let bytes =
            Self.frame(0x01, [0x61]) + Self.frame(0x89, [1]) + Self.frame(0x00, [])
            + Self.frame(0x80, [0x62]) + Self.frame(0x88, [])
        let listener = try hear(bytes)
        #expect(listener.texts == ["ab"])
        #expect(listener.pings == [[1]])
        #expect(listener.closing?.status == 1005)
    }

    @Test("a stream of bytes that ends inside a frame")
    func truncated() throws {
        let bench = try NetworkBench()
        let peer = Listener()
        peer.onOpen = { socket in
            _ = [UInt8]([0x81, 10, 1, 2]).withUnsafeBytes { socket.send(raw: $0) }
            socket.drop(resets: false)
        }
        let server = try bench.server { _ in .upgrade(WebSocketUpgrade(delegate: peer)) }
        let listener = Listener()
        _ = WebSocket(
            url: "ws://127.0.0.1:\(server.port)/", options: WebSocketOptions(),
            reactor: bench.reactor, delegate: listener)
        #expect(bench.wait { !listener.closings.isEmpty })
        #expect(listener.closing?.code == .closed)
        #expect(listener.closing?.status == 1006)
        server.close()
    }
}
