// Envelopes as NATS messages: subjects, and a real server, core and JetStream.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletTesting
import Testing

@Suite("NATS output")
struct NATSOutputTests {
    @Test(
        "subjects name the envelope",
        arguments: [
            ("martlet.{venue}.{type}.{instrument}", "BTC-USDT", "martlet.okx.trade.BTC-USDT"),
            ("{instrument}", "BTC/USDT.P *", "BTC/USDT_P__"), ("x.{type}", "A", "x.trade"),
            ("{instrument}.{odd}", "", "_._odd}"), ("plain", "A", "plain"),
        ])
    func subjects(template: String, instrument: String, subject: String) {
        #expect(
            NATSOutput.subject(
                template, venue: "okx", type: "trade",
                instrument: instrument.isEmpty ? nil : instrument) == subject)
    }

    /// A `nats-server` of the test, or nil where the machine has none.
    private func startServer(_ port: Int32, _ folder: String) -> pid_t? {
        let paths = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
        guard let path = paths.first(where: { access($0, X_OK) == 0 }) else { return nil }
        var identifier = pid_t()
        let words = [
            path, "-a", "127.0.0.1", "-p", "\(port)", "-js", "-sd", folder, "-l", "/dev/null",
        ]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        guard posix_spawn(&identifier, path, nil, nil, &arguments, environ) == 0 else {
            return nil
        }
        return identifier
    }

    private func freePort() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                _ = getsockname(descriptor, $0, &size)
            }
        }
        return Int32(UInt16(bigEndian: address.sin_port))
    }

    @Test("a real server gets every envelope, core and JetStream")
    func server() throws {
        let folder = "/tmp/martlet-nats-\(getpid())"
        let port = freePort()
        guard let identifier = startServer(port, folder) else {
            print("skipped: this machine has no nats-server")
            return
        }
        defer {
            kill(identifier, SIGTERM)
            var status: Int32 = 0
            waitpid(identifier, &status, 0)
        }
        let url = "nats://127.0.0.1:\(port)"
        var probe: NATSConnection?
        #expect(
            eventually {
                probe = try? NATSConnection(NATSOptions(url: url))  // until the server listens
                return probe != nil
            })
        let watcher = try #require(probe)
        let subscription = try watcher.subscribe("martlet.>")
        try watcher.flush(timeout: 2_000_000_000)
        for isStream in [false, true] {
            let output = try NATSOutput(
                NATSOptions(url: url), subject: NATSOutput.usualSubject, isStream: isStream)
            for number in 0..<500 {
                let line = Array("{\"number\":\(number)}\n".utf8)
                line.withUnsafeBufferPointer {
                    output.take($0, venue: "okx", type: "trade", instrument: "BTC-USDT")
                }
                let goesOn = try output.flush()
                #expect(goesOn)
            }
            _ = try output.finish()
            #expect(output.counts.acknowledged == 500)
            for number in 0..<500 {
                let message = subscription.next(timeout: 2_000_000_000)
                #expect(message?.subject == "martlet.okx.trade.BTC-USDT")
                #expect(message?.bytes == Array("{\"number\":\(number)}".utf8))
            }
        }
        #expect(try watcher.streamMessageCount("MARTLET") == 500)
        watcher.close()
    }

    @Test("a server that stands still does not hold up the reactor for good")
    func standstill() throws {
        let folder = "/tmp/martlet-nats-still-\(getpid())"
        let port = freePort()
        guard let identifier = startServer(port, folder) else {
            print("skipped: this machine has no nats-server")
            return
        }
        let watchdog = try ReactorThread()
        watchdog.reactor.post {
            watchdog.reactor.setTimer(after: 60_000_000_000) { kill(identifier, SIGCONT) }
        }
        defer {
            kill(identifier, SIGCONT)
            kill(identifier, SIGTERM)
            var status: Int32 = 0
            waitpid(identifier, &status, 0)
            watchdog.stop()
        }
        let url = "nats://127.0.0.1:\(port)"
        var made: NATSOutput?
        #expect(
            eventually {
                // Until the server listens.
                made = try? NATSOutput(NATSOptions(url: url), subject: "a.b", isStream: false)
                return made != nil
            })
        let output = try #require(made)
        kill(identifier, SIGSTOP)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
        var longest: Int64 = 0
        for _ in 0..<500 where !output.isCongested {
            line.withUnsafeBufferPointer {
                output.take($0, venue: "okx", type: "trade", instrument: nil)
            }
            let start = watchdog.reactor.now()
            #expect(try output.flush())
            longest = max(longest, watchdog.reactor.now() - start)
        }
        #expect(output.isCongested)
        #expect(longest < 20_000_000_000)
    }

    @Test("an unreachable server and a wrong subject are told apart")
    func failures() {
        let options = NATSOptions(url: "nats://127.0.0.1:1")
        #expect(throws: Failure.self) {
            try NATSOutput(options, subject: "a b", isStream: false)
        }
        do throws(Failure) {
            _ = try NATSOutput(options, subject: "a.b", isStream: false)
            Issue.record("nobody listens there")
        } catch {
            #expect(error.kind == .network)
        }
    }
}
