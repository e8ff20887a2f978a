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
        Verb(
            "data", "ls", "list event segments below folders",
            positionals: Positionals(placeholder: "DIR", minimum: 0, maximum: 1000),
            examples: ["martlet data ls", "martlet data ls events --json"], run: list),
        Verb(
            "data", "verify", "check segments: digest, every row, order",
            positionals: segments, examples: ["martlet data verify ev.npy"], run: verify),
        Verb(
            "data", "quality", "show gaps, repeats, clock offset and crossing; defects of bars",
            positionals: Positionals(placeholder: "FILE", minimum: 1, maximum: 10_000),
            flags: [
                .value(
                    "columns", "NAMES", "of bars without a header: time,open,high,low,close,volume")
            ],
            examples: ["martlet data quality ev.npy", "martlet data quality bars.csv --json"],
            run: quality),
    ]

    private static func list(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let folders = invocation.positionals.isEmpty ? ["events"] : invocation.positionals
        var paths: [String] = []
        for folder in folders where !invocation.positionals.isEmpty || access(folder, F_OK) == 0 {
            try FolderWalk.collect(folder, suffix: ".npy.json", into: &paths)
        }
        var rows: [[String]] = []
        var items: [JSONText] = []
        for sidecarPath in paths {
            let path = String(sidecarPath.dropLast(".json".count))
            let sidecar = try SegmentSidecar(path: sidecarPath)
            let counts = sidecar.statistics
            let span = [counts.firstReceiveTime, counts.lastReceiveTime].map {
                $0.map { Timestamp(nanoseconds: $0).iso8601 } ?? "–"
            }
            let id = sidecar.instrument.id
            rows.append([path, id.venue.name, id.symbol, "\(counts.rows)", span[0], span[1]])
            items.append(
                .object([
                    ("path", .string(path)), ("venue", .string(id.venue.name)),
                    ("symbol", .string(id.symbol)), ("rows", .integer(counts.rows)),
                    ("first", .string(span[0])), ("last", .string(span[1])),
                ]))
        }
        if invocation.wantsJSON { return try console.print(.array(items)) }
        if rows.isEmpty { return console.note("no segments; make one with martlet data import") }
        try console.print(
            TextTable(
                headings: [
                    "segment", "venue", "symbol", "rows", "first received", "last received",
                ],
                rows: rows, numeric: [3]
            ).text)
    }

    private static func verify(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let progress = ProgressReporter(console)
        var verified: [JSONText] = []
        let total = Int64(invocation.positionals.count)
        for (index, path) in invocation.positionals.enumerated() {
            progress.report(.init(phase: "verify", done: Int64(index), total: total))
            let segment = try EventSegment(path: path)
            try segment.validate()
            try segment.verifyDigest()
            if invocation.wantsJSON {
                verified.append(
                    .object([
                        ("path", .string(path)), ("rows", .integer(Int64(segment.rows.count))),
                        ("sha256", .string(segment.sidecar.statistics.rowsSHA256)),
                    ]))
            } else {
                try console.print("\(path): ok, \(segment.rows.count) rows")
            }
        }
        progress.finish()
        if invocation.wantsJSON { try console.print(.object([("ok", .array(verified))])) }
    }

    private static func quality(_ invocation: Invocation, _ console: Console) throws(Failure) {
        var items: [JSONText] = []
        for path in invocation.positionals {
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
            let segment = try EventSegment(path: path)
            if invocation.wantsJSON {
                guard case .object(let members) = segment.sidecar.json else { continue }
                let wanted = ["instrument", "rows", "messages", "rowsByKind", "clock", "quality"]
                items.append(
                    .object(
                        [("path", .string(path))] + members.filter { wanted.contains($0.key) }))
            } else {
                try console.print(SegmentQuality(path: path, sidecar: segment.sidecar).text)
            }
        }
        if invocation.wantsJSON { try console.print(items.count == 1 ? items[0] : .array(items)) }
    }
}
