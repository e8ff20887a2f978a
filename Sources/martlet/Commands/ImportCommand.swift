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
            .value("format", "F", captureFormats.joined(separator: " | ")),
            .value(
                "venue", "V",
                "  | capture (feed record) | hftbacktest (V: whose rules) | tardis | bars"),
            .value("instrument", "SYMBOL", "which one, as the venue names it"),
            .value("tick", "SIZE", "price step; else from the venue's rules in the file"),
            .value("lot", "SIZE", "quantity step; likewise"),
            .value("rules", "FILE", "the venue's exchangeInfo answer, for tick and lot"),
            .value("out", "FILE.npy", "the segment; FILE.npy.json is written beside it"),
            .value("from", "TIME", "only what was received at or after; ISO 8601 or ns"),
            .value("to", "TIME", "only what was received before"),
            .value("columns", "NAMES", "of bars without a header: time,open,high,low,close,volume"),
            .toggle("strict", "refuse gaps, repeats and times that run backwards (exit 9)"),
            .toggle("accept-torn", "keep the complete lines of a torn file"),
        ],
        examples: [
            "martlet data import --format binance-usdm-capture --instrument ETHUSDT \\",
            "  --tick 0.01 --lot 0.001 Data/binance-usdm/ethusdt_20240808.gz --out ev.npy",
        ], run: run)

    private static let venues = BinanceProduct.allCases.map(\.venue.name)
    private static let captureFormats = venues.map { $0 + "-capture" }
    private static let formats = captureFormats + ["capture", "hftbacktest", "tardis", "bars"]

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let format = try invocation.required("format")
        guard formats.contains(format) else {
            throw Failure(
                .usage, "--format '\(format)' is not known; " + suggestion(for: format, in: formats)
            )
        }
        if format == "capture" { return try RecordingFile.run(invocation, console) }
        if format == "bars" { return try BarFile.normalise(invocation, console) }
        let request = try ImportRequest(invocation, format: format)
        let result: ImportResult
        if let position = captureFormats.firstIndex(of: format) {
            result = try request.importCapture(BinanceProduct.allCases[position], console)
        } else if format == "tardis" {
            result = try request.importTardis(console)
        } else {
            result = try request.importHftbacktest()
        }
        if let cut = result.sidecar.cut {
            console.note("torn: kept everything up to line \(cut.lastGoodLine) (\(cut.reason))")
        }
        try console.print(invocation.wantsJSON ? result.json.line : result.text)
    }
}
