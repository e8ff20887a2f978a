// One run of `feed mux`: the reactor, the ends it may come to, and what is shown meanwhile.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletStore
import MartletVenues

/// Runs a feed into a sink until something ends it. Unchecked: signals come from another thread
/// and only post to the reactor; everything else happens on the reactor's thread.
final class MuxWork: @unchecked Sendable {
    private let reactor: Reactor
    private let runner: FeedRunner
    private let sink: MuxSink
    private let console: Console
    private let sourcesFile: String?
    private let metricsFile: String?
    private let isQuiet: Bool
    private let duration: Int64?
    private var code: Int32?
    private var failure: Failure?
    private var sourcesTime: timespec?
    private let screen: Screen
    private var seconds = 0

    init(
        _ settings: FeedSettings, _ limits: MuxLimits, output: any MuxOutput, reactor: Reactor,
        console: Console, sourcesFile: String?, metricsFile: String?, isQuiet: Bool
    ) throws(Failure) {
        self.reactor = reactor
        self.console = console
        self.sourcesFile = sourcesFile
        self.metricsFile = metricsFile
        self.isQuiet = isQuiet
        duration = limits.duration
        let screen = Screen()
        self.screen = screen
        sink = MuxSink(output, filter: limits.filter, countMax: limits.count) {
            // The table begins anew below the words.
            screen.rows = 0
            console.note($0)
        }
        runner = try FeedRunner(settings, reactor: reactor, sink: sink)
    }

    /// Runs to the end and returns the exit code.
    func run() -> Int32 {
        sink.onEnd = { [weak self] end in self?.end(end) }
        runner.onHopeless = { [weak self] failure in self?.end(nil, failure) }
        ProcessEnd.onSignal { [weak self] signal in self?.hear(signal) }
        ProcessEnd.onHangup { [weak self] in
            guard let self else { return }
            self.reactor.post { self.readSources() }
        }
        if let duration {
            reactor.setTimer(after: duration) { [weak self] in self?.end(nil, nil) }
        }
        if let sourcesFile { sourcesTime = Self.changeTime(sourcesFile) }
        runner.start()
        everySecond()
        reactor.run()
        ProcessEnd.onSignal(nil)
        ProcessEnd.onHangup(nil)
        return finish()
    }

    private func finish() -> Int32 {
        // What is told of the end is the state before the connections are closed.
        let wasLive = runner.wasLive
        if metricsFile != nil { writeMetrics(runner.metrics()) }
        if !isQuiet { show(runner.health, isLast: true) }
        runner.stop()
        do throws(Failure) {
            _ = try sink.finish()
        } catch {
            failure = failure ?? error
        }
        if let failure {
            console.note(failure.message)
            return failure.kind.rawValue
        }
        if let code, code != 0 { return code }
        if wasLive { return 0 }
        console.note("no venue was live; see the messages above")
        return FailureKind.network.rawValue
    }

    /// Called on the thread that waits for signals.
    private func hear(_ signal: Int32) {
        reactor.post { [weak self] in
            self?.code = signal == SIGINT ? FailureKind.interrupted.rawValue : 0
            self?.reactor.stop()
        }
    }

    private func end(_ end: MuxSink.End) {
        switch end {
        case .count, .closed: code = 0
        case .failure(let failure): self.failure = failure
        }
        reactor.stop()
    }

    private func end(_ code: Int32?, _ failure: Failure?) {
        self.code = code ?? self.code
        self.failure = failure ?? self.failure
        reactor.stop()
    }

    // MARK: Lists that change

    private func readSources() {
        guard let sourcesFile else { return }
        sourcesTime = Self.changeTime(sourcesFile)
        do throws(Failure) {
            let fixed = runner.settings.sources.filter { fixedSources.contains($0) }
            runner.listen(to: fixed + (try FeedSourceFlags.sources(inFile: sourcesFile)))
        } catch {
            console.note("\(error.message); the sources stay as they were")
        }
    }

    /// Sources that flags gave: what is in the settings but not in the file at the start.
    private lazy var fixedSources: [FeedSource] = {
        guard let sourcesFile,
            let inFile = try? FeedSourceFlags.sources(inFile: sourcesFile)  // else all are fixed
        else { return runner.settings.sources }
        return runner.settings.sources.filter { !inFile.contains($0) }
    }()

    private static func changeTime(_ path: String) -> timespec? {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mtim : nil
    }

    // MARK: Every second

    private func everySecond() {
        _ = fixedSources
        reactor.setTimer(after: 1_000_000_000) { [weak self] in
            guard let self else { return }
            seconds += 1
            if let sourcesFile, let now = Self.changeTime(sourcesFile),
                now.tv_sec != sourcesTime?.tv_sec || now.tv_nsec != sourcesTime?.tv_nsec
            {
                readSources()
            }
            if !isQuiet { show(runner.health, isLast: false) }
            if seconds % 60 == 0 { showDelays() }
            if metricsFile != nil, seconds % 5 == 0 { writeMetrics(runner.metrics()) }
            sink.flush()
            everySecond()
        }
    }

    /// How long messages took in the last minute, as a JSON line; no part of the table.
    private func showDelays() {
        let delays = runner.takeDelays()
        guard !isQuiet, !console.errorIsTerminal else { return }
        func microseconds(_ share: Double) -> JSONText {
            .double(delays.quantile(share).map { Double($0) / 1000 })
        }
        console.show(
            JSONText.object([
                ("type", .string("delays")), ("seconds", .integer(60)),
                ("messages", .integer(delays.total)), ("p50Microseconds", microseconds(0.5)),
                ("p99Microseconds", microseconds(0.99)),
                ("p999Microseconds", microseconds(0.999)),
                ("maximumMicroseconds", .double(Double(delays.maximum) / 1000)),
            ]).line + "\n")
    }

    private func writeMetrics(_ metrics: String) {
        guard let metricsFile else { return }
        let text =
            metrics
            + "# TYPE martlet_feed_envelopes_total counter\n"
            + "martlet_feed_envelopes_total \(sink.count)\n"
            + "# TYPE martlet_feed_conflated_total counter\n"
            + "martlet_feed_conflated_total \(sink.conflatedCount)\n"
            + "# TYPE martlet_feed_timers gauge\n"
            + "martlet_feed_timers \(reactor.timerCount)\n"
        do throws(Failure) { try AtomicFile.write(text, to: metricsFile) } catch {
            console.note(error.message)
        }
    }

    private func show(_ health: FeedHealth, isLast: Bool) {
        guard console.errorIsTerminal else {
            guard case .object(let members) = health.json else { return }
            let own: [(key: String, value: JSONText)] = [
                ("seconds", .integer(Int64(seconds))), ("envelopes", .integer(sink.count)),
                ("conflated", .integer(sink.conflatedCount)),
                ("end", .flag(isLast)),
            ]
            return console.show(JSONText.object(members + own).line + "\n")
        }
        var text = screen.rows > 0 ? "\u{1B}[\(screen.rows)A\u{1B}[J" : ""
        let rows = health.venues.map { venue in
            [
                venue.venue, venue.state, "\(venue.connections)", "\(venue.topics)",
                "\(venue.liveBooks)/\(venue.books)", "\(venue.counts.frames)",
                "\(venue.counts.events)", "\(venue.counts.gaps)", "\(venue.disconnects)",
                venue.age.map { "\($0 / 1_000_000) ms" } ?? "-",
                venue.clockOffset.map { "\($0 / 1_000_000) ms" } ?? "-",
            ]
        }
        let table = TextTable(
            headings: [
                "venue", "state", "links", "topics", "books", "messages", "events", "gaps",
                "lost", "age", "clock",
            ], rows: rows, numeric: Set(2...10)
        ).text
        text += table + "\n"
        console.show(text)
        screen.rows = isLast ? 0 : rows.count + 1
    }
}

/// How many lines of the terminal the table takes.
private final class Screen {
    var rows = 0
}
