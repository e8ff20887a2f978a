// `data quality` of captures: a table on a terminal, objects for programs.

import Glibc
import MartletFeed
import MartletModel
import MartletResearch
import MartletStore

/// The part of `data quality` that is about captures.
enum CaptureQualityView {
    /// Whether a path is a capture or a folder, which may hold some: a file by its first line,
    /// `<ns> <payload>`.
    ///
    /// - Throws: `notFound` for a path that is not there.
    static func isCapture(_ path: String) throws(Failure) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw FileFailure.reading(path, code: errno) }
        if facts.st_mode & S_IFMT == S_IFDIR { return true }
        if path.hasSuffix(".npy") { return false }
        do throws(Failure) {
            let reader = try CaptureReader(path: path, acceptTorn: true)
            guard let line = try reader.next() else { return false }
            // Bars have times too, but no blank and no message behind them.
            return line.receiveTime > 100_000_000_000_000_000
        } catch {
            return false
        }
    }

    /// Measures and shows the captures at a path.
    static func show(
        _ path: String, _ invocation: Invocation, _ console: Console
    ) throws(Failure) -> [JSONText] {
        var selection = CaptureSelection(paths: [path])
        selection.acceptsTorn = invocation.isOn("accept-torn")
        selection.venue = try invocation.parsed("venue", "a known venue") { VenueID.named($0) }
        let reporter = ProgressReporter(console)
        let judged = try CaptureJudgement.run(selection) { messages in
            reporter.report(Progress(phase: "quality", done: messages, total: 0))
        }
        reporter.finish()
        if !invocation.wantsJSON {
            if judged.count == 1 {
                let rows = judged[0].facts.map { [$0.name, $0.value] }
                try console.print(TextTable(headings: ["capture", path], rows: rows).text)
            } else {
                let numeric = Set(2..<JudgedConnection.headings.count)
                try console.print(
                    TextTable(
                        headings: JudgedConnection.headings, rows: judged.map(\.row),
                        numeric: numeric
                    ).text)
            }
        }
        return judged.map(\.json)
    }
}
