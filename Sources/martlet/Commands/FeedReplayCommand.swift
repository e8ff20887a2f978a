// `feed replay`: captures in, the live stream's envelopes out, as recorded or as fast as possible.

import Glibc
import MartletFeed
import MartletModel
import MartletResearch
import MartletStore
import MartletVenues

/// The verb `feed replay`.
package enum FeedReplayCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "feed", "replay", "replay captures through the live pipeline, as envelopes",
        positionals: Positionals(placeholder: "DIR", minimum: 1, maximum: 10_000),
        flags: [
            .value("envelopes", "FILE", "where the envelopes go; - is standard output"),
            .value("speed", "S", "max (default), 1x as recorded, x10, 0.5x"),
            .value("from", "TIME", "only what was received at or after; ISO 8601 or ns"),
            .value("to", "TIME", "only what was received before"),
            .list("type", "TYPE", "only envelopes of this type, such as trade; may be repeated"),
            .list("instrument", "SYMBOL", "only this instrument; may be repeated"),
            .value("venue", "ID", "whose messages, where the captures do not say"),
            .toggle("stateless", "decode each message by itself, as feed decode does"),
            .toggle("accept-torn", "keep the complete lines of torn files"),
        ],
        examples: [
            "martlet feed replay captures --speed max --envelopes - | head",
            "martlet feed replay captures/okx --speed 1x --type trade --envelopes -",
        ], run: run)

    private static func options(_ invocation: Invocation) throws(Failure) -> ReplayOptions {
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        var selection = CaptureSelection(paths: invocation.positionals)
        selection.acceptsTorn = invocation.isOn("accept-torn")
        selection.goesOnAfterDamage = true
        selection.venue = try invocation.parsed("venue", "a known venue") { VenueID.named($0) }
        var options = ReplayOptions(
            selection,
            filter: try EnvelopeFilter(
                types: invocation.texts("type"), instruments: invocation.texts("instrument")))
        options.isStateless = invocation.isOn("stateless")
        options.from = try invocation.parsed("from", moment) { Timestamp($0)?.nanoseconds }
        options.to = try invocation.parsed("to", moment) { Timestamp($0)?.nanoseconds }
        options.speed =
            try invocation.parsed("speed", "max, 1x, x10 or 0.5x") { ReplaySpeed($0) } ?? .maximum
        if let from = options.from, let to = options.to, to <= from {
            throw Failure(.usage, "--to must be after --from")
        }
        return options
    }

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let target = invocation.text("envelopes")
        if target == "-", invocation.wantsJSON {
            throw Failure(
                .usage, "--json and --envelopes - both want standard output; name a file")
        }
        let replay = try FeedReplay(try options(invocation))
        let reporter = ProgressReporter(console)
        func progress(_ summary: ReplaySummary) {
            reporter.report(Progress(phase: "replay", done: summary.counts.frames, total: 0))
        }
        var damage: Failure?
        do throws(Failure) {
            try run(replay, to: target, console, progress)
        } catch {
            // What could be read has left already; the summary belongs to it.
            guard target == "-", error.kind == .integrity else { throw error }
            damage = error
        }
        reporter.finish()
        let summary = replay.summary
        for (path, cut) in summary.cuts {
            console.note(
                "\(path): torn: kept everything up to line \(cut.lastGoodLine) (\(cut.reason))")
        }
        for note in summary.notes { console.note(note) }
        if target == "-" {
            console.show(summary.json.line + "\n")
        } else if invocation.wantsJSON {
            try console.print(summary.json)
        } else {
            let counts = summary.counts
            try console.print(
                "\(counts.frames) messages of \(summary.connections) connections, "
                    + "\(summary.envelopes) envelopes; \(counts.unknown) unknown, "
                    + "\(counts.dead) dead, \(counts.errors) errors")
        }
        if let damage { throw damage }
    }

    private static func run(
        _ replay: FeedReplay, to target: String?, _ console: Console,
        _ progress: (ReplaySummary) -> Void
    ) throws(Failure) {
        switch target {
        case "-":
            try replay.run(
                { (lines) throws(Failure) in try console.write(lines) }, progress: progress)
        case .some(let path):
            let file = try AtomicFile(path: path)
            try replay.run(
                { (lines) throws(Failure) in
                    try file.write(UnsafeRawBufferPointer(lines))
                    return true
                }, progress: progress)
            try file.commit()
        case nil:
            try replay.run({ _ in true }, progress: progress)
        }
    }
}
