// `data export`: an event segment in, another engine's file out.

import MartletImport
import MartletModel
import MartletStore

/// The verb `data export`.
package enum ExportCommand {
    /// Its entry in the table.
    package static let verb = Verb(
        "data", "export", "write a segment as another engine's file",
        positionals: Positionals(placeholder: "FILE.npy", minimum: 1, maximum: 1),
        flags: [
            .value("format", "F", formats.joined(separator: " | ")),
            .value("out", "FILE.npz", "the file to write"),
        ],
        examples: ["martlet data export --format hftbacktest ev.npy --out ev.npz"], run: run)

    private static let formats = ["hftbacktest"]

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure) {
        let format = try invocation.required("format")
        guard formats.contains(format) else {
            throw Failure(
                .usage, "--format '\(format)' is not known; " + suggestion(for: format, in: formats)
            )
        }
        let out = try invocation.required("out")
        let segment = try EventSegment(path: invocation.positionals[0])
        try segment.validate()
        let summary = try HftbacktestExport.run(segment, to: out)
        if invocation.wantsJSON {
            return try console.print(
                .object([
                    ("out", .string(out)), ("rows", .integer(summary.rows)),
                    ("bothSides", .integer(summary.bothSides)),
                    ("exchangeOnly", .integer(summary.exchangeOnly)),
                    ("localOnly", .integer(summary.localOnly)),
                    ("shift", .integer(summary.shift)),
                ]))
        }
        try console.print(
            "\(out): \(summary.rows) rows (\(summary.bothSides) for both sides, "
                + "\(summary.exchangeOnly) exchange only, \(summary.localOnly) local only)")
    }
}
