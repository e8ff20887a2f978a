// `data ls`, `verify` and `quality`: which segments there are, whether they are whole, how good.

import Glibc
import MartletImport
import MartletModel
import MartletResearch
import MartletStore

/// Verbs of `data` that look at segments.
package enum DataCommands {
    private static let segments = Positionals(
        placeholder: "FILE.npy", minimum: 1, maximum: 10_000)

    /// The table.
    package static let verbs = [
        DataFetchCommand.verb,
        Verb(
            "data", "ls", "list event segments below folders",
            positionals: Positionals(placeholder: "DIR", minimum: 0, maximum: 1000),
            examples: ["martlet data ls", "martlet data ls events --json"], run: list),
        Verb(
            "data", "verify", "check segments: digest, every row, order",
            positionals: segments, examples: ["martlet data verify ev.npy"], run: verify),
        Verb(
            "data", "quality", "show gaps, repeats, clock offset and crossing; defects of bars",
            positionals: Positionals(placeholder: "PATH", minimum: 1, maximum: 10_000),
            flags: [
                .value("venue", "ID", "whose messages, where captures do not say"),
                .toggle("accept-torn", "keep the complete lines of torn captures"),
                .value(
                    "columns", "NAMES", "of bars without a header: time,open,high,low,close,volume"),
            ],
            examples: [
                "martlet data quality captures", "martlet data quality ev.npy",
                "martlet data quality bars.csv --json",
            ],
            run: quality),
    ]

    private static func list(_ invocation: Invocation, _ console: Console) throws(Failure) {
        var folders = invocation.positionals
        if folders.isEmpty, access("events", F_OK) == 0 { folders = ["events"] }
        let catalog = try DataCatalog(folders: folders)
        if invocation.wantsJSON {
            try console.print(catalog.json)
        } else if !catalog.entries.isEmpty {
            let table = catalog.table
            try console.print(
                TextTable(headings: table.headings, rows: table.rows, numeric: [3, 4, 5, 6]).text)
        } else if catalog.problems.isEmpty {
            console.note("no segments; make one with martlet data import")
        }
        try refuse(catalog, console)
    }

    /// Says why segments are missing from the list, and fails for them.
    private static func refuse(_ catalog: DataCatalog, _ console: Console) throws(Failure) {
        guard let first = catalog.problems.first else { return }
        let count = catalog.problems.count
        if count == 1 { throw first }
        for problem in catalog.problems { console.note(problem.message) }
        let kinds = catalog.problems.map(\.kind)
        throw Failure(
            kinds.contains(.integrity) ? .integrity : first.kind,
            "\(count) of \(count + catalog.entries.count) segments cannot be listed; "
                + "import them again or remove them")
    }

    private static func verify(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let progress = ProgressReporter(console)
        var verified: [JSONText] = []
        let total = Int64(invocation.positionals.count)
        for (index, path) in invocation.positionals.enumerated() {
            progress.report(.init(phase: "verify", done: Int64(index), total: total))
            let found = try SegmentVerification.run(path)
            if invocation.wantsJSON {
                verified.append(found.json)
            } else {
                try console.print("\(path): ok, \(found.rows) rows in \(found.messages) messages")
            }
        }
        progress.finish()
        if invocation.wantsJSON { try console.print(.object([("ok", .array(verified))])) }
    }

    private static func quality(_ invocation: Invocation, _ console: Console) throws(Failure) {
        var items: [JSONText] = []
        for path in invocation.positionals {
            if try CaptureQualityView.isCapture(path) {
                items += try CaptureQualityView.show(path, invocation, console)
                continue
            }
            guard path.hasSuffix(".npy") else {
                var reading = BarImportOptions()
                if let text = invocation.text("columns") { reading.columns = try BarColumns(text) }
                let bars = try BarImport.read(path, reading)
                items.append(bars.json)
                if !invocation.wantsJSON {
                    try console.print("\(path): \(bars.quality.rows) bars")
                    for warning in bars.quality.warnings { try console.print("  " + warning) }
                }
                continue
            }
            let quality = try SegmentQuality(path: path)
            items.append(quality.json)
            if !invocation.wantsJSON {
                let rows = quality.facts.map { [$0.name, $0.value] }
                try console.print(TextTable(headings: ["segment", path], rows: rows).text)
            }
        }
        if invocation.wantsJSON { try console.print(items.count == 1 ? items[0] : .array(items)) }
    }
}
