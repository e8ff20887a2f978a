// `data import`: recorded or third-party files in, an event segment and its sidecar out.

import MartletImport
import MartletModel
import MartletResearch
import MartletStore
import MartletVenues

/// The verb `data import`.
package enum ImportCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "data", "import", "make an event segment out of recorded files",
        positionals: Positionals(placeholder: "FILE", minimum: 1, maximum: 10_000),
        flags: [
            .value("format", "F", formats.joined(separator: " | ")),
            .value("instrument", "SYMBOL", "which one, as the venue names it"),
            .value("tick", "SIZE", "price step; else from the venue's rules in the file"),
            .value("lot", "SIZE", "quantity step; likewise"),
            .value("rules", "FILE", "the venue's exchangeInfo answer, for tick and lot"),
            .value("out", "FILE.npy", "the segment; FILE.npy.json is written beside it"),
            .value("from", "TIME", "only what was received at or after; ISO 8601 or ns"),
            .value("to", "TIME", "only what was received before"),
            .toggle("strict", "refuse gaps, repeats and times that run backwards (exit 9)"),
            .toggle("accept-torn", "keep the complete lines of a torn file"),
        ],
        examples: [
            "martlet data import --format binance-usdm-capture --instrument ETHUSDT \\",
            "  --tick 0.01 --lot 0.001 Data/binance-usdm/ethusdt_20240808.gz --out ev.npy",
        ], run: run)

    private static let formats = BinanceProduct.allCases.map { $0.venue.name + "-capture" }

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let format = try invocation.required("format")
        guard formats.contains(format) else {
            throw Failure(
                .usage, "--format '\(format)' is not known; " + suggestion(for: format, in: formats)
            )
        }
        let options = try captureOptions(format, invocation)
        let progress = ProgressReporter(console)
        var watched = options
        watched.progress = { step in
            progress.report(Progress(phase: "import", done: step.lines, total: 0))
        }
        let started = monotonicNanoseconds()
        let summary = try CaptureImport.run(watched)
        progress.finish()
        let seconds = Double(monotonicNanoseconds() - started) / 1e9
        try tell(summary, options, seconds, invocation, console)
    }

    private static func captureOptions(
        _ format: String, _ invocation: Invocation
    ) throws(Failure) -> CaptureImportOptions {
        guard
            let product = BinanceProduct.allCases.first(where: { format.hasPrefix($0.venue.name) })
        else { throw Failure(.usage, "--format '\(format)' is not known") }
        let step = "a plain decimal above 0"
        func size(_ name: String) throws(Failure) -> ExactDecimal? {
            try invocation.parsed(name, step) { text in
                ExactDecimal(text).flatMap { $0.mantissa > 0 ? $0 : nil }
            }
        }
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        var options = CaptureImportOptions(
            product: product, sources: invocation.positionals,
            symbol: try invocation.required("instrument"), tickSize: try size("tick"),
            lotSize: try size("lot"), output: try invocation.required("out"))
        options.instrumentList = invocation.text("rules")
        options.from = try invocation.parsed("from", moment) { Timestamp($0) }
        options.to = try invocation.parsed("to", moment) { Timestamp($0) }
        options.isStrict = invocation.isOn("strict")
        options.acceptsTorn = invocation.isOn("accept-torn")
        return options
    }

    private static func tell(
        _ summary: ImportSummary, _ options: CaptureImportOptions, _ seconds: Double,
        _ invocation: Invocation, _ console: Console
    ) throws(Failure) {
        let sidecar = summary.sidecar
        let counts = sidecar.statistics
        if let cut = sidecar.cut {
            console.note("torn: kept everything up to line \(cut.lastGoodLine) (\(cut.reason))")
        }
        if invocation.wantsJSON {
            let skipped = summary.skipped
            return try console.print(
                .object([
                    ("out", .string(options.output)), ("rows", .integer(counts.rows)),
                    ("messages", .integer(counts.messages)), ("lines", .integer(summary.lines)),
                    ("gaps", .integer(counts.gaps)), ("stale", .integer(counts.stale)),
                    ("timesBackwards", .integer(counts.timesBackwards)),
                    (
                        "skipped",
                        .object([
                            ("otherInstruments", .integer(skipped.otherInstruments)),
                            ("otherKinds", .integer(skipped.otherKinds)),
                            ("control", .integer(skipped.control)),
                            ("recorderFacts", .integer(skipped.recorderFacts)),
                            ("binary", .integer(skipped.binary)),
                            ("outsideTime", .integer(skipped.outsideTime)),
                        ])
                    ),
                    ("seconds", .double(seconds)),
                ]))
        }
        try console.print(
            "\(options.output): \(counts.rows) rows of \(sidecar.instrument.id.symbol) from "
                + "\(summary.lines) lines; \(counts.gaps) gaps, \(counts.stale) repeated, "
                + "\(counts.timesBackwards) times backwards")
    }
}
