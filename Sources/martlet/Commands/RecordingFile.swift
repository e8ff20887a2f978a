// `data import --format capture`: what `feed record` wrote, of any venue, into a segment.

import MartletFeed
import MartletModel
import MartletResearch
import MartletStore

/// The part of `data import` that reads recordings.
enum RecordingFile {
    /// Imports one instrument of captures, files or folders.
    static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        for name in ["rules", "columns", "strict"] where invocation.text(name) != nil {
            throw Failure(.usage, "--\(name) has no meaning with --format capture; leave it out")
        }
        func size(_ name: String) throws(Failure) -> ExactDecimal? {
            try invocation.parsed(name, "a plain decimal above 0") { text in
                ExactDecimal(text).flatMap { $0.mantissa > 0 ? $0 : nil }
            }
        }
        var selection = CaptureSelection(paths: invocation.positionals)
        selection.acceptsTorn = invocation.isOn("accept-torn")
        selection.venue = try invocation.parsed("venue", "a known venue") { VenueID.named($0) }
        var options = RecordingImportOptions(
            selection, symbol: try invocation.required("instrument"),
            output: try invocation.required("out"))
        options.tickSize = try size("tick")
        options.lotSize = try size("lot")
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        options.from = try invocation.parsed("from", moment) { Timestamp($0)?.nanoseconds }
        options.to = try invocation.parsed("to", moment) { Timestamp($0)?.nanoseconds }
        if let from = options.from, let to = options.to, to <= from {
            throw Failure(.usage, "--to must be after --from")
        }
        let reporter = ProgressReporter(console)
        defer { reporter.finish() }
        let summary = try RecordingImport.run(options) { messages in
            reporter.report(Progress(phase: "import", done: messages, total: 0))
        }
        reporter.finish()
        let result = ImportResult(
            out: options.output, sidecar: summary.sidecar, read: ("messages", summary.messages),
            skipped: summary.skipped)
        try console.print(invocation.wantsJSON ? result.json.line : result.text)
    }
}
