// `venue serve`: from flags to a running server, until a signal or the end of its time.

import Glibc
import MartletModel
import MartletNetwork
import MartletStore
import MartletVenueServer
import MartletVenues
import Synchronization

/// One call of `venue serve`.
struct VenueServing {
    private let invocation: Invocation
    private let console: Console
    private let venue: VenueID
    private let speaker: any VenueProtocol

    init(_ invocation: Invocation, _ console: Console) throws(Failure) {
        self.invocation = invocation
        self.console = console
        let name = invocation.positionals[0]
        guard let venue = VenueID.named(name) else {
            throw Failure(
                .usage,
                "no venue '\(name)'; " + suggestion(for: name, in: VenueID.all.map(\.name))
                    + "; see martlet venue list")
        }
        var habits = ProtocolOptions()
        habits.hasLegacyRoutes = invocation.isOn("legacy-routes")
        habits.sendsBookSnapshot =
            try invocation.parsed("books-snapshot", "on or off") {
                ["on": true, "off": false][$0]
            } ?? true
        guard let speaker = VenueProtocols.make(venue, habits) else {
            throw Failure(
                .notFound, "\(venue.name) is not served; martlet venue list shows who is")
        }
        self.venue = venue
        self.speaker = speaker
    }

    func run() throws(Failure) {
        let captures = invocation.texts("capture")
        guard captures.isEmpty == invocation.isOn("synthetic") else {
            throw Failure(
                .usage, "give either --capture FILE or --synthetic; see martlet venue serve --help")
        }
        let options = try options(isRecorded: !captures.isEmpty)
        let log = try FaultLog(path: invocation.text("fault-log"), console: console)
        let duration = try span("duration")
        let reactor = try Self.reactor()
        let server = try VenueServer(
            speaker, options: options, reactor: reactor, makeMarket: try market(captures, reactor))
        server.onLog = { log.write($0) }
        try announce(server, options)
        if let duration { reactor.setTimer(after: duration) { reactor.stop() } }
        let wasInterrupted = Mutex(false)
        nonisolated(unsafe) let shared = server  // only touched on the reactor's thread
        ProcessEnd.onUserSignal { signal in
            reactor.post { signal == SIGUSR1 ? shared.pause() : shared.resume() }
        }
        ProcessEnd.onSignal { signal in
            if signal == SIGINT { wasInterrupted.withLock { $0 = true } }
            reactor.stop()
        }
        reactor.run()
        ProcessEnd.onUserSignal(nil)
        server.close()
        console.note(
            "served \(server.counters.connections) connections, \(server.counters.requests) "
                + "requests, \(server.counters.sent) messages; \(server.counters.faults) faults")
        if wasInterrupted.withLock({ $0 }) {
            throw Failure(.interrupted, "interrupted; all connections were told")
        }
    }

    private static func reactor() throws(Failure) -> Reactor {
        do throws(NetworkFailure) {
            return try Reactor()
        } catch {
            throw Failure(.failure, error.message)
        }
    }

    private func options(isRecorded: Bool) throws(Failure) -> VenueServerOptions {
        var options = VenueServerOptions()
        options.address = invocation.text("address") ?? "127.0.0.1"
        options.port = try port("port")
        options.tlsPort = try port("tls-port")
        options.identity = try identity()
        if invocation.isOn("control") { options.controlToken = try Self.token() }
        if let path = invocation.text("faults") { options.faults = try FaultPlanFile.read(path) }
        options.pace.loops = invocation.isOn("loop")
        options.pace.waitsForSubscriber =
            try invocation.parsed("play", "now or subscribed") {
                ["now": false, "subscribed": true][$0]
            } ?? isRecorded
        options.pace.speed =
            try invocation.parsed("speed", "a whole factor from x1 to x10000, also 1x") { text in
                let digits = text.hasPrefix("x") ? text.dropFirst() : text[...]
                let number =
                    digits.count == text.count && text.hasSuffix("x")
                    ? digits.dropLast() : digits
                return Int64(number).flatMap { (1...10_000).contains($0) ? $0 : nil }
            } ?? 1
        if let lifetime = try span("lifetime") {
            var rules = speaker.rules
            rules.lifetime = lifetime
            options.rules = rules
        }
        return options
    }

    private func span(_ name: String) throws(Failure) -> Int64? {
        try invocation.parsed(name, "a time such as 30s") { text in
            Nanoseconds(text).flatMap { $0.count > 0 ? $0.count : nil }
        }
    }

    private func port(_ name: String) throws(Failure) -> UInt16 {
        try invocation.parsed(name, "a port from 0 to 65535") { UInt16($0) } ?? 0
    }

    /// The certificate of the TLS listener, where there is to be one.
    private func identity() throws(Failure) -> TLSIdentity? {
        let certificate = invocation.text("tls-cert")
        let key = invocation.text("tls-key")
        guard (certificate == nil) == (key == nil) else {
            throw Failure(.usage, "--tls-cert and --tls-key come together")
        }
        if let certificate, let key {
            return TLSIdentity(
                certificatePEM: try Self.text(certificate), keyPEM: try Self.text(key))
        }
        guard invocation.isOn("tls") else {
            if invocation.text("ca-out") != nil {
                throw Failure(.usage, "--ca-out comes with --tls")
            }
            return nil
        }
        let made = try Self.certificate()
        if let path = invocation.text("ca-out") { try AtomicFile.write(made.caPEM, to: path) }
        return made.identity
    }

    private static func certificate() throws(Failure) -> SelfSignedCertificate.Made {
        do throws(NetworkFailure) {
            return try SelfSignedCertificate.make()
        } catch {
            throw Failure(.failure, error.message)
        }
    }

    private static func text(_ path: String) throws(Failure) -> String {
        String(
            decoding: try SmallFile.read(path, limit: 1 << 20, kind: .configuration),
            as: UTF8.self)
    }

    /// Random letters that only the reader of our output knows.
    private static func token() throws(Failure) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let source = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
        defer { close(source) }
        guard source >= 0, read(source, &bytes, bytes.count) == bytes.count else {
            throw Failure(.failure, "/dev/urandom cannot be read; no control token without it")
        }
        return bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
    }

    /// How the market is made, each time from its beginning.
    private func market(
        _ captures: [String], _ reactor: Reactor
    ) throws(Failure) -> () throws(Failure) -> VenueMarket {
        let speaker = self.speaker
        guard captures.isEmpty else {
            guard let adapter = VenueCatalog.adapter(for: venue) else {
                throw Failure(.notFound, "\(venue.name): no codec reads its recordings")
            }
            return { () throws(Failure) in
                VenueMarket(
                    source: try CaptureMarket(paths: captures, venue: speaker, adapter: adapter))
            }
        }
        let seed = try invocation.parsed("seed", "a whole number of at least 0") { UInt64($0) } ?? 1
        let start = try invocation.parsed("start", "a time such as 2024-08-08T12:00Z") {
            Timestamp($0).flatMap { $0.nanoseconds > 0 ? $0.nanoseconds : nil }
        }
        var options = SyntheticOptions(seed: seed, startTime: start ?? reactor.wallTime())
        options.updateStep = speaker.rules.updateStep
        options.hasReference = speaker.rules.hasReference
        options.eventsPerSecond =
            try invocation.parsed("rate", "a number from 1 to 100000") { text in
                Int64(text).flatMap { (1...100_000).contains($0) ? $0 : nil }
            } ?? 100
        return { () throws(Failure) in
            VenueMarket(
                source: SyntheticMarket(instruments: speaker.syntheticInstruments, options: options)
            )
        }
    }

    private func announce(
        _ server: VenueServer, _ options: VenueServerOptions
    ) throws(Failure) {
        if invocation.isOn("print-port") || invocation.wantsJSON {
            var members: [(key: String, value: JSONText)] = [
                ("venue", .string(venue.name)), ("port", .integer(Int64(server.port))),
            ]
            if let port = server.tlsPort { members.append(("tlsPort", .integer(Int64(port)))) }
            if let token = options.controlToken { members.append(("token", .string(token))) }
            try console.print(.object(members))
        } else if let token = options.controlToken {
            console.note("control token: \(token)")
        }
        if !server.market.summary.isEmpty { console.note("recording: \(server.market.summary)") }
        let tls = server.tlsPort.map { " and wss://localhost:\($0)" } ?? ""
        console.note(
            "\(venue.name) on ws://\(options.address):\(server.port)\(tls); "
                + "\(server.market.instruments.count) instruments; SIGUSR1 pauses, SIGUSR2 resumes")
    }
}

/// Where the lines about faults go. Used on the reactor's thread only.
final class FaultLog {
    private let console: Console
    private var descriptor: Int32 = STDERR_FILENO

    /// Standard error, or a file that is made anew.
    init(path: String?, console: Console) throws(Failure) {
        self.console = console
        guard let path else { return }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                .failure, "\(path): \(String(cString: strerror(errno))); choose another file")
        }
    }

    /// Writes one line; a log that cannot be written is said once.
    func write(_ line: String) {
        guard descriptor >= 0 else { return }
        var text = line + "\n"
        let written = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written < 0 else { return }
        let reason = String(cString: strerror(errno))
        descriptor = -1
        console.note("the fault log cannot be written: \(reason); faults are only counted now")
    }
}
