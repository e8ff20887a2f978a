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
                "venue", "V", "  | hftbacktest, with --venue " + venues.joined(separator: " | ")),
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

    private static let venues = BinanceProduct.allCases.map(\.venue.name)
    private static let captureFormats = venues.map { $0 + "-capture" }
    private static let formats = captureFormats + ["hftbacktest"]

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let format = try invocation.required("format")
        guard formats.contains(format) else {
            throw Failure(
                .usage, "--format '\(format)' is not known; " + suggestion(for: format, in: formats)
            )
        }
        let request = try ImportRequest(invocation)
        let result: ImportResult
        if let position = captureFormats.firstIndex(of: format) {
            result = try request.importCapture(BinanceProduct.allCases[position], console)
        } else {
            result = try request.importHftbacktest(invocation)
        }
        if let cut = result.sidecar.cut {
            console.note("torn: kept everything up to line \(cut.lastGoodLine) (\(cut.reason))")
        }
        try console.print(invocation.wantsJSON ? result.json.line : result.text)
    }

    /// The product of a venue's name, or nil.
    fileprivate static func product(_ venue: String) -> BinanceProduct? {
        BinanceProduct.allCases.first { $0.venue.name == venue }
    }
}

/// What an import was asked to do, whatever the format.
private struct ImportRequest {
    let sources: [String]
    let symbol: String
    let tick: ExactDecimal?
    let lot: ExactDecimal?
    let rules: String?
    let out: String
    let from: Timestamp?
    let to: Timestamp?
    let isStrict: Bool
    let acceptsTorn: Bool

    init(_ invocation: Invocation) throws(Failure) {
        func size(_ name: String) throws(Failure) -> ExactDecimal? {
            try invocation.parsed(name, "a plain decimal above 0") { text in
                ExactDecimal(text).flatMap { $0.mantissa > 0 ? $0 : nil }
            }
        }
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        sources = invocation.positionals
        symbol = try invocation.required("instrument")
        tick = try size("tick")
        lot = try size("lot")
        rules = invocation.text("rules")
        out = try invocation.required("out")
        from = try invocation.parsed("from", moment) { Timestamp($0) }
        to = try invocation.parsed("to", moment) { Timestamp($0) }
        isStrict = invocation.isOn("strict")
        acceptsTorn = invocation.isOn("accept-torn")
        if let from, let to, to <= from { throw Failure(.usage, "--to must be after --from") }
    }

    func importCapture(
        _ product: BinanceProduct, _ console: Console
    ) throws(Failure) -> ImportResult {
        let progress = ProgressReporter(console)
        defer { progress.finish() }
        var options = CaptureImportOptions(
            product: product, sources: sources, symbol: symbol, tickSize: tick, lotSize: lot,
            output: out)
        options.instrumentList = rules
        options.from = from
        options.to = to
        options.isStrict = isStrict
        options.acceptsTorn = acceptsTorn
        options.progress = { step in
            progress.report(Progress(phase: "import", done: step.lines, total: 0))
        }
        let summary = try CaptureImport.run(options)
        let skipped = summary.skipped
        return ImportResult(
            out: out, sidecar: summary.sidecar, read: ("lines", summary.lines),
            skipped: [
                ("otherInstruments", skipped.otherInstruments), ("otherKinds", skipped.otherKinds),
                ("control", skipped.control), ("recorderFacts", skipped.recorderFacts),
                ("binary", skipped.binary), ("outsideTime", skipped.outsideTime),
            ])
    }

    func importHftbacktest(_ invocation: Invocation) throws(Failure) -> ImportResult {
        guard let tick, let lot else {
            throw Failure(.usage, "--tick and --lot are needed: such files do not hold them")
        }
        let product =
            try invocation.parsed("venue", "a known venue", ImportCommand.product) ?? .usdm
        for (name, isGiven) in [
            ("rules", rules != nil), ("strict", isStrict), ("accept-torn", acceptsTorn),
        ] where isGiven {
            throw Failure(.usage, "--\(name) is for captures, not for --format hftbacktest")
        }
        var options = HftbacktestImport.Options(
            sources: sources,
            instrument: AssetNames.spec(product, symbol: symbol, tickSize: tick, lotSize: lot),
            output: out)
        options.from = from
        options.to = to
        let summary = try HftbacktestImport.run(options)
        return ImportResult(
            out: out, sidecar: summary.sidecar, read: ("rows", summary.rowsRead),
            skipped: [("otherKinds", summary.otherKinds)])
    }
}

/// What an import did, for people and for programs.
private struct ImportResult {
    let out: String
    let sidecar: SegmentSidecar
    let read: (unit: String, count: Int64)
    let skipped: [(name: String, count: Int64)]

    var text: String {
        let counts = sidecar.statistics
        var text =
            "\(out): \(counts.rows) rows of \(sidecar.instrument.id.symbol) from \(read.count) "
            + "\(read.unit); \(counts.gaps) gaps, \(counts.stale) repeated, "
            + "\(counts.timesBackwards) times backwards"
        let left = skipped.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
        if !left.isEmpty { text += "; left out: " + left.joined(separator: ", ") }
        return text
    }

    var json: JSONText {
        let counts = sidecar.statistics
        return .object([
            ("out", .string(out)), ("rows", .integer(counts.rows)),
            ("messages", .integer(counts.messages)), ("read", .integer(read.count)),
            ("gaps", .integer(counts.gaps)), ("stale", .integer(counts.stale)),
            ("timesBackwards", .integer(counts.timesBackwards)),
            ("skipped", .object(skipped.map { ($0.name, .integer($0.count)) })),
            ("sha256", .string(counts.rowsSHA256)),
        ])
    }
}
