// Against a real nats-server, started and stopped by each test.

import Glibc
import Testing

@testable import MartletNetwork

/// A nats-server with JetStream on a free port.
final class NATSServer {
    let url: String
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Whether the program is installed; tests that need it say so when not.
    static let path: String? = ["/usr/sbin", "/usr/bin", "/usr/local/bin"]
        .map { "\($0)/nats-server" }
        .first { access($0, X_OK) == 0 }

    static var isThere: Bool {
        if path == nil { print("skipped: no nats-server") }
        return path != nil
    }

    init?(_ more: [String] = []) throws {
        folder = try TemporaryFolder()
        // The server writes its address into this file.
        guard let path = Self.path,
            let process = ChildProcess(
                [
                    path, "-js", "-sd", "\(folder.path)/store", "-a", "127.0.0.1", "-p", "-1",
                    "--ports_file_dir", folder.path, "-l", "\(folder.path)/log",
                ] + more)
        else { return nil }
        self.process = process
        let file = "\(folder.path)/nats-server_\(process.identifier).ports"
        var text = ""
        for _ in 0..<1000 where !text.contains("nats://") {
            usleep(10_000)
            text = Self.read(file)
        }
        guard let start = text.firstRange(of: "nats://") else { return nil }
        url = String(text[start.lowerBound...].prefix { $0 != "\"" && $0 != "," })
    }

    private static func read(_ path: String) -> String {
        guard let stream = fopen(path, "r") else { return "" }
        defer { fclose(stream) }
        var block = [UInt8](repeating: 0, count: 65_536)
        return String(decoding: block[..<fread(&block, 1, block.count, stream)], as: UTF8.self)
    }
}

@Suite("NATS", .enabled(if: NATSServer.isThere))
struct NATSTests {
    private func publish(_ nats: NATSConnection, _ subject: String, _ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try nats.publish(subject, $0) }
    }

    @Test("what is published arrives, in order")
    func core() throws {
        let server = try #require(try NATSServer())
        let nats = try NATSConnection(NATSOptions(url: server.url))
        let subscription = try nats.subscribe("market.>")
        try nats.flush(timeout: 5_000_000_000)
        for index in 0..<1000 { try publish(nats, "market.trades", "message \(index)") }
        try nats.flush(timeout: 5_000_000_000)
        for index in 0..<1000 {
            let message = subscription.next(timeout: 5_000_000_000)
            #expect(message?.subject == "market.trades")
            #expect(message?.bytes == Array("message \(index)".utf8))
        }
        #expect(nats.messages.published == 1000)
        nats.close()
    }

    @Test("a stream stores each message once")
    func stream() throws {
        let server = try #require(try NATSServer())
        var options = NATSOptions(url: server.url)
        options.pendingMax = 64
        let nats = try NATSConnection(options)
        try nats.ensureStream("MARKET", subjects: ["market.>"], bytesMax: 64 << 20)
        try nats.ensureStream("MARKET", subjects: ["market.>"], bytesMax: 64 << 20)
        let bytes = [UInt8](repeating: 65, count: 300)
        for round in 0..<2 {
            for index in 0..<500 {
                try bytes.withUnsafeBytes {
                    try nats.publishToStream("market.trades", $0, messageID: "m\(index)")
                }
            }
            try nats.flush(timeout: 10_000_000_000)
            #expect(nats.messages.pending == 0)
            #expect(nats.messages.acknowledged == UInt64((round + 1) * 500))
        }
        #expect(nats.messages.duplicates == 500)
        #expect(try nats.streamMessageCount("MARKET") == 500)
        nats.close()
    }

    @Test("a subject that no stream takes is refused and counted")
    func noStream() throws {
        let server = try #require(try NATSServer())
        let nats = try NATSConnection(NATSOptions(url: server.url))
        try [1, 2, 3].withUnsafeBytes { try nats.publishToStream("nobody.listens", $0) }
        try nats.flush(timeout: 10_000_000_000)
        #expect(nats.messages.refused == 1)
        #expect(nats.messages.lastRefusal.isEmpty == false)
        nats.close()
    }

    @Test("nobody at the address")
    func refused() throws {
        let failure = #expect(throws: NetworkFailure.self) {
            _ = try NATSConnection(NATSOptions(url: "nats://user:secret@127.0.0.1:1"))
        }
        #expect(failure?.code == .connect)
        #expect(failure?.message.contains("127.0.0.1:1") == true)
        #expect(failure?.message.contains("secret") == false)
    }

    @Test("a wrong password and a right one; a token")
    func authorization() throws {
        let server = try #require(try NATSServer(["--user", "ann", "--pass", "pw"]))
        var options = NATSOptions(url: server.url)
        options.user = ("ann", "wrong")
        let failure = #expect(throws: NetworkFailure.self) { _ = try NATSConnection(options) }
        #expect(failure?.code == .handshake)
        options.user = ("ann", "pw")
        try NATSConnection(options).close()
        let guarded = try #require(try NATSServer(["--auth", "token"]))
        var byToken = NATSOptions(url: guarded.url)
        byToken.token = "token"
        try NATSConnection(byToken).close()
    }

    @Test("a message above the server's limit is refused here")
    func tooLarge() throws {
        let server = try #require(try NATSServer())
        let nats = try NATSConnection(NATSOptions(url: server.url))
        let bytes = [UInt8](repeating: 0, count: 2 << 20)
        let failure = #expect(throws: NetworkFailure.self) {
            try bytes.withUnsafeBytes { try nats.publish("a", $0) }
        }
        #expect(failure?.code == .tooLarge)
        nats.close()
    }
}
