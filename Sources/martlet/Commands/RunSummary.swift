// The result of a run as a table for people.

import MartletModel
import MartletResearch
import MartletStore

/// What a finished run says on the terminal.
struct RunSummary {
    private let outcome: BacktestOutcome

    /// The summary of a run.
    init(_ outcome: BacktestOutcome) { self.outcome = outcome }

    /// Lines without a final newline: the result, the bracket, where the report is.
    var text: String {
        let record = outcome.record
        let metrics = outcome.metrics
        let asset = record.instrument.settlementAsset.name
        func money(_ amount: Int128) -> String {
            Money(
                mantissa: amount, scale: record.amountScale, of: record.instrument.settlementAsset
            )
            .roundedDown(toScale: 4).text + " " + asset
        }
        let execution = metrics.execution
        var rows = [
            ["strategy", record.strategy], ["instrument", record.instrument.id.symbol],
            ["from", Timestamp(nanoseconds: record.startTime).iso8601],
            ["to", Timestamp(nanoseconds: record.endTime).iso8601],
            ["net result", money(metrics.attribution.net)],
            ["fees paid", money(metrics.attribution.fees)],
            ["largest fall", money(metrics.equity.deepestFall)],
            ["position at end", record.instrument.quantityText(lots: metrics.positionLots)],
            ["orders, fills", "\(execution.orders), \(execution.fills)"],
            ["fill ratio", percent(execution.fillRatio)],
            ["maker share", percent(execution.makerShare)],
            [
                "replay",
                decimalText(Int128(outcome.seconds * 1e6), scale: 3) + " ms, "
                    + "\(record.data.rows) rows",
            ],
        ]
        if record.initialCash > 0 {
            rows.insert(["final value", money(metrics.finalValue)], at: 4)
        }
        var lines = [TextTable(headings: ["run", outcome.directory], rows: rows).text]
        if !outcome.bracket.isEmpty { lines += ["", bracket] }
        lines += ["", "report: \(outcome.directory)/report.html"]
        return lines.joined(separator: "\n")
    }

    private var bracket: String {
        TextTable(
            headings: [
                "the same run with", "net result", "fees", "fills", "maker", "largest fall",
            ],
            rows: outcome.bracket.map {
                [
                    $0.label, $0.netPnL.roundedDown(toScale: 4).text,
                    $0.fees.roundedDown(toScale: 4).text, "\($0.fills)", percent($0.makerShare),
                    $0.maximumDrawdown.roundedDown(toScale: 4).text,
                ]
            }, numeric: [1, 2, 3, 4, 5]
        ).text
    }

    private func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "undefined" }
        return decimalText(Int128((share * 1000).rounded()), scale: 1) + " %"
    }
}
