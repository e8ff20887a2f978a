// `report.html`: one self-contained page about one run, for people.

import MartletModel
import MartletStatistics

/// The report of one run. It loads nothing from anywhere: style, script and charts are inside.
struct Report {
    let record: RunRecord
    let metrics: RunMetrics
    let context: RunContext
    /// The other files of the run with their SHA-256.
    let sums: [(name: String, sha256: String)]

    init(
        _ record: RunRecord, _ metrics: RunMetrics, _ context: RunContext,
        sums: [(name: String, sha256: String)]
    ) {
        self.record = record
        self.metrics = metrics
        self.context = context
        self.sums = sums
    }

    /// Decimals of amounts shown: coins need more than currencies.
    var digits: Int {
        if record.instrument.kind == .inverse { return 8 }
        let size = metrics.arithmetic.number(
            max(metrics.attribution.net.magnitude, metrics.attribution.fees.magnitude).clamped)
        return size >= 1000 ? 2 : 4
    }

    var asset: String { record.instrument.settlementAsset.name }

    /// An amount for people.
    func money(_ amount: Int128, isSigned: Bool = false) -> String {
        Show.amount(amount, scale: record.amountScale, digits: digits, isSigned: isSigned)
    }

    private var title: String {
        "\(record.strategy) on \(record.instrument.id.symbol)"
    }

    private var sections: [(id: String, title: String, html: String)] {
        let charts = ReportCharts(record: record, metrics: metrics, digits: digits)
        let tables = ReportTables(report: self)
        return [
            ("result", "Result", ReportSummary(report: self).html),
            ("charts", "Charts", Self.charts(charts)),
            ("bracket", "Models", tables.bracket),
            ("execution", "Execution", tables.execution),
            ("round-trips", "Round trips", tables.roundTrips),
            ("attribution", "Attribution", tables.attribution),
            ("data", "Data", tables.data),
            ("latency", "Latency", tables.latency),
            ("assumptions", "Assumptions", tables.assumptions),
            ("returns", "Returns", tables.returns),
            ("settings", "Settings", tables.settings),
            ("hashes", "Hashes", tables.hashes),
        ].filter { !$0.html.isEmpty }
    }

    private static func charts(_ charts: ReportCharts) -> String {
        var text = "<section id=\"charts\"><h2>Over time</h2><p class=\"lead\">Times are UTC. "
        text += "Point at a chart to read its values.</p><div class=\"charts\">\n"
        for chart in [charts.equity(), charts.drawdown(), charts.price(), charts.position()] {
            text += chart?.html ?? ""
        }
        // Small charts stand in pairs; one left alone takes the whole width.
        var markouts = charts.markouts()
        var bars = [charts.results()].compactMap { $0 } + charts.latencies()
        let count = bars.count + (markouts == nil ? 0 : 1)
        markouts?.size += count > 1 ? " half" : ""
        text += markouts?.html ?? ""
        for index in bars.indices {
            let isAlone = count % 2 == 1 && index == bars.count - 1
            bars[index].size = isAlone ? "low" : "low half"
            text += bars[index].html
        }
        return text + "</div></section>\n"
    }

    /// The whole page.
    var html: String {
        let sections = sections
        var text = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        text += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        text += "<meta name=\"generator\" content=\"Martlet \(escaped(context.version))\">\n"
        text += "<link rel=\"icon\" href=\"data:,\">\n"
        text +=
            "<title>\(escaped(title)) – Martlet</title>\n<style>\n\(ReportStyle.text)\n</style>\n"
        text += "</head>\n<body>\n<div class=\"page\">\n" + header
        text += "<nav aria-label=\"Sections\">"
        for section in sections {
            text += "<a href=\"#\(section.id)\">\(escaped(section.title))</a>"
        }
        text += "</nav>\n<main>\n"
        for section in sections { text += section.html }
        text += "</main>\n" + footer + "</div>\n<script>\n\(ReportScript.text)\n</script>\n"
        return text + "</body>\n</html>\n"
    }

    private var header: String {
        let start = Show.moment(record.startTime)
        let span = Show.span(record.endTime - record.startTime)
        var text = "<header><div><p class=\"brand\">Martlet backtest</p><h1>\(escaped(title))</h1>"
        text += "<p class=\"sub\">\(escaped(record.instrument.id.venue.name)) · "
        text += "\(escaped(String(start.prefix(19)))) UTC · \(escaped(span)) · "
        text += "\(Show.count(record.data.rows)) events</p></div>"
        return text + "<button id=\"theme\" type=\"button\" hidden>Dark</button></header>\n"
    }

    private var footer: String {
        "<footer>Written by Martlet \(escaped(context.version)). A backtest is a model of the past: "
            + "own orders do not move the recorded market. The same inputs give the same page, byte "
            + "for byte.</footer>\n"
    }
}

extension UInt128 {
    /// The nearest `Int128`.
    fileprivate var clamped: Int128 { Int128(clamping: self) }
}
