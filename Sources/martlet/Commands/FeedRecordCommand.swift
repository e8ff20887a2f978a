// `feed record`: what the venues send, as raw truth on disk, sealed and measured.

import Glibc
import MartletFeed
import MartletModel
import MartletStore
import Synchronization

/// The verb `feed record`.
package enum FeedRecordCommand {
    /// Flags that say how captures are written.
    static let captureFlags: [Flag] = [
        .value("out", "DIR", "root of the captures (captures)"),
        .value("duration", "TIME", "end after this time, such as 60s; without it: on SIGINT"),
        .value("rotate", "TIME", "begin a new segment after this time (1h), and every day"),
        .value("segment-bytes", "N", "and after so many bytes before compression (268435456)"),
        .value("keep-days", "N", "remove sealed segments of more than N days ago"),
        .value("quota-bytes", "N", "remove the oldest sealed segments above this total"),
        .value("envelopes", "FILE", "write the live envelopes, too; - is standard output"),
        .value(
            "synthetic", "RATE", "record so many made-up messages a second, to test a disk"),
    ]

    /// Its entry in the table.
    package static let verb = Verb(
        "feed", "record", "record venues' messages as captures, sealed and measured",
        flags: FeedSourceFlags.flags + captureFlags,
        examples: [
            "martlet feed record --source okx:BTC-USDT-SWAP:trades,l2 --out captures --duration 60s",
            "martlet feed record --synthetic 5000 --out /tmp/captures --duration 10s",
        ], run: run)

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let archive = try settings(invocation)
        let duration = try duration(invocation)
        let envelopes = invocation.text("envelopes")
        if envelopes == "-", invocation.wantsJSON {
            throw Failure(
                .usage, "--json and --envelopes - both want standard output; name a file")
        }
        let rate = try invocation.parsed("synthetic", "a rate from 1 to 1000000") {
            Int64($0).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
        if let rate { return try synthesize(rate, archive, duration, invocation, console) }
        let sources = try FeedSourceFlags.sources(invocation)
        let settings = try FeedSourceFlags.settings(invocation, sources)
        let work = try RecordWork(console)
        let (recorder, interruption, failure) = try work.run(
            settings, archive, duration: duration, envelopes: envelopes)
        try end(recorder, invocation, console, interruption, failure, shows: envelopes != "-")
    }

    private static func synthesize(
        _ rate: Int64, _ archive: CaptureArchiveSettings, _ duration: Int64?,
        _ invocation: Invocation, _ console: Console
    ) throws(Failure) {
        let source = SyntheticFrames()
        let recorder = try start(archive, console) { _ in source.stop() }
        let interruption = Interruption { source.stop() }
        let progress = RecordingProgress(console)
        _ = source.run(rate: rate, duration: duration, into: recorder) {
            progress.report(recorder.progress)
            return true
        }
        progress.finish()
        try end(recorder, invocation, console, interruption, nil, shows: true)
    }

    /// Reads the flags that say how captures are written.
    static func settings(_ invocation: Invocation) throws(Failure) -> CaptureArchiveSettings {
        func count(_ name: String, _ least: Int64) throws(Failure) -> Int64? {
            try invocation.parsed(name, "a whole number of at least \(least)") {
                Int64($0).flatMap { $0 >= least ? $0 : nil }
            }
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var settings = CaptureArchiveSettings(
            root: invocation.text("out") ?? "captures",
            run: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
        settings.retention.keepDays = try count("keep-days", 0)
        settings.retention.quotaBytes = try count("quota-bytes", 1)
        if let bytes = try count("segment-bytes", 1) { settings.segmentBytes = bytes }
        if let quota = settings.retention.quotaBytes {
            // Only sealed segments can go, so one must not take most of the room.
            settings.segmentBytes = min(settings.segmentBytes, max(1 << 20, quota / 4))
        }
        if let text = invocation.text("rotate") {
            guard let time = Nanoseconds(text), time.count >= 1_000_000_000 else {
                throw Failure(.usage, "--rotate '\(text)' is not a time of at least 1s")
            }
            settings.rotation = time.count
        }
        return settings
    }

    static func duration(_ invocation: Invocation) throws(Failure) -> Int64? {
        try invocation.parsed("duration", "a time such as 60s") { text in
            Nanoseconds(text).flatMap { $0.count > 0 ? $0.count : nil }
        }
    }

    /// Starts the recorder, and says what it had to repair.
    static func start(
        _ settings: CaptureArchiveSettings, _ console: Console,
        onFailure: @escaping @Sendable (Failure) -> Void
    ) throws(Failure) -> CaptureRecorder {
        let recorder = try CaptureRecorder(settings, onFailure: onFailure)
        for segment in recorder.recovered {
            let cut =
                segment.cutBytes > 0 ? ", \(segment.cutBytes) bytes cut (\(segment.reason))" : ""
            let last =
                segment.lastTime.map { "everything up to \(Timestamp(nanoseconds: $0).iso8601)" }
                ?? "nothing"
            console.note(
                "\(segment.path): its recorder did not finish: kept \(last), "
                    + "\(segment.messages) messages\(cut)")
        }
        return recorder
    }

    /// Seals everything and says what was recorded.
    ///
    /// - Parameter failure: Why recording ended early, where it did.
    static func end(
        _ recorder: CaptureRecorder, _ invocation: Invocation, _ console: Console,
        _ interruption: Interruption, _ failure: Failure?, shows: Bool
    ) throws(Failure) {
        var failure = failure
        do throws(Failure) { _ = try recorder.finish() } catch { failure = error }
        if shows {
            try show(recorder.progress, invocation, console)
        } else {
            console.note(text(recorder.progress))
        }
        if let failure { throw failure }
        if interruption.signal == SIGINT {
            throw Failure(.interrupted, "interrupted; everything recorded is sealed")
        }
    }

    private static func show(
        _ state: RecordingState, _ invocation: Invocation, _ console: Console
    ) throws(Failure) {
        guard invocation.wantsJSON else { return try console.print(text(state)) }
        let totals = state.totals
        try console.print(
            .object(
                RecordingProgress.members(state) + [
                    ("segments", .array(totals.sealed.map { .string($0) })),
                    ("removed", .array(totals.removed.map { .string($0) })),
                ]))
    }

    private static func text(_ state: RecordingState) -> String {
        let totals = state.totals
        var text =
            "\(totals.messages) messages, \(totals.payloadBytes) bytes, "
            + "\(totals.bytes) on disk in \(totals.sealed.count) sealed segments"
        if totals.removed.count > 0 { text += "; \(totals.removed.count) old ones removed" }
        if state.dropped > 0 { text += "; \(state.dropped) dropped (see #gap in the captures)" }
        if totals.refused > 0 { text += "; the last \(totals.refused) refused by the disk" }
        if totals.tooLarge > 0 { text += "; \(totals.tooLarge) too large" }
        return text
    }
}

/// The first SIGINT or SIGTERM, which asks for an orderly end.
final class Interruption: Sendable {
    private let caught = Atomic<Int32>(0)

    /// Calls `stop` (on another thread) at the first signal.
    init(_ stop: @escaping @Sendable () -> Void) {
        ProcessEnd.onSignal { [self] signal in
            caught.store(signal, ordering: .releasing)
            stop()
        }
    }

    /// The signal, or 0.
    var signal: Int32 { caught.load(ordering: .acquiring) }
}

/// One line per second about a recording: rewritten on a terminal, JSON elsewhere.
final class RecordingProgress {
    private let console: Console
    private var last: UInt64
    private var lastMessages: Int64 = 0
    private var isShown = false

    init(_ console: Console) {
        self.console = console
        last = monotonicNanoseconds()
    }

    /// Says how far it is, if a second has passed.
    func report(_ state: RecordingState) {
        let now = monotonicNanoseconds()
        guard now - last >= 1_000_000_000 else { return }
        let rate = Int64(
            Double(state.totals.messages - lastMessages) * 1e9 / Double(now - last))
        last = now
        lastMessages = state.totals.messages
        if console.errorIsTerminal {
            isShown = true
            console.show(
                "\r\u{1B}[Krecord  \(state.totals.messages) messages, \(rate)/s, "
                    + "\(state.totals.bytes) bytes on disk, \(state.dropped) dropped")
        } else {
            let line = JSONText.object(
                [("type", .string("progress")), ("phase", .string("record"))]
                    + Self.members(state) + [("perSecond", .integer(rate))])
            console.show(line.line + "\n")
        }
    }

    /// Clears the line.
    func finish() { if isShown { console.show("\r\u{1B}[K") } }

    static func members(_ state: RecordingState) -> [(key: String, value: JSONText)] {
        [
            ("messages", .integer(state.totals.messages)),
            ("payloadBytes", .integer(state.totals.payloadBytes)),
            ("bytes", .integer(state.totals.bytes)), ("dropped", .integer(state.dropped)),
            ("refused", .integer(state.totals.refused)),
            ("tooLarge", .integer(state.totals.tooLarge)),
        ]
    }
}
