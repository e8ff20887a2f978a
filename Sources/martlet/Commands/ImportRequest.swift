// One import: flags to options of the reader of each format, and what came of it.

import MartletImport
import MartletModel
import MartletResearch
import MartletStore
import MartletVenues

/// What an import was asked to do, whatever the format.
struct ImportRequest {
    private let format: String
    private let sources: [String]
    private let venue: BinanceProduct?
    private let symbol: String
    private let tick: ExactDecimal?
    private let lot: ExactDecimal?
    private let rules: String?
    private let out: String
    private let from: Timestamp?
    private let to: Timestamp?
    private let isStrict: Bool
    private let acceptsTorn: Bool

    /// Reads the flags.
    ///
    /// - Throws: a usage failure for a missing or wrong one, and for one that the format has no
    ///   use for.
    init(_ invocation: Invocation, format: String) throws(Failure) {
        self.format = format
        func size(_ name: String) throws(Failure) -> ExactDecimal? {
            try invocation.parsed(name, "a plain decimal above 0") { text in
                ExactDecimal(text).flatMap { $0.mantissa > 0 ? $0 : nil }
            }
        }
        let moment = "a moment such as 2024-08-08T23:55:00Z or nanoseconds since 1970"
        try Self.refuseUseless(invocation, format)
        venue = try invocation.parsed("venue", "a known venue") { name in
            BinanceProduct.allCases.first { $0.venue.name == name }
        }
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

    private static func refuseUseless(
        _ invocation: Invocation, _ format: String
    ) throws(Failure) {
        let useless: [String]
        switch format {
        case "hftbacktest": useless = ["rules", "strict", "accept-torn", "columns"]
        case "tardis": useless = ["rules", "venue", "columns"]
        default: useless = ["venue", "columns"]
        }
        for name in useless where invocation.text(name) != nil {
            throw Failure(.usage, "--\(name) has no meaning with --format \(format); leave it out")
        }
    }

    /// Captures of a Binance market.
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
                ("partialBooks", skipped.partialBooks), ("control", skipped.control),
                ("recorderFacts", skipped.recorderFacts),
                ("binary", skipped.binary), ("outsideTime", skipped.outsideTime),
            ])
    }

    /// Tables of Tardis.
    func importTardis(_ console: Console) throws(Failure) -> ImportResult {
        let progress = ProgressReporter(console)
        defer { progress.finish() }
        let steps = try givenSteps()
        var options = TardisImport.Options(
            sources: sources, symbol: symbol, tickSize: steps.tick, lotSize: steps.lot, output: out)
        options.from = from
        options.to = to
        options.isStrict = isStrict
        options.acceptsTorn = acceptsTorn
        options.progress = { messages in
            progress.report(Progress(phase: "import", done: messages, total: 0))
        }
        let summary = try TardisImport.run(options)
        return ImportResult(
            out: out, sidecar: summary.sidecar, read: ("lines", summary.lines),
            skipped: [("otherInstruments", summary.otherRows)])
    }

    /// Arrays of hftbacktest.
    func importHftbacktest() throws(Failure) -> ImportResult {
        let steps = try givenSteps()
        var options = HftbacktestImport.Options(
            sources: sources,
            instrument: AssetNames.spec(
                venue ?? .usdm, symbol: symbol, tickSize: steps.tick, lotSize: steps.lot),
            output: out)
        options.from = from
        options.to = to
        let summary = try HftbacktestImport.run(options)
        return ImportResult(
            out: out, sidecar: summary.sidecar, read: ("rows", summary.rowsRead),
            skipped: [("otherKinds", summary.otherKinds)])
    }

    private func givenSteps() throws(Failure) -> (tick: ExactDecimal, lot: ExactDecimal) {
        guard let tick, let lot else {
            throw Failure(
                .usage, "--tick and --lot are needed: files of format \(format) do not hold them")
        }
        return (tick, lot)
    }
}

/// What an import did, for people and for programs.
struct ImportResult {
    /// The segment.
    let out: String
    /// Its sidecar.
    let sidecar: SegmentSidecar
    /// What was read, and how much of it.
    let read: (unit: String, count: Int64)
    /// What did not become rows.
    let skipped: [(name: String, count: Int64)]

    /// One line for people.
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

    /// One object for programs.
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
