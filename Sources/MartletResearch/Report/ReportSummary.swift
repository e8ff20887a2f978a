// The top of a report: the verdict in one sentence, the cards, and what to be careful about.

import MartletModel
import MartletStatistics

/// Verdict, cards and warnings.
struct ReportSummary {
    let report: Report
    private var metrics: RunMetrics { report.metrics }
    private var record: RunRecord { report.record }

    var html: String {
        var text = "<section id=\"result\"><h2 class=\"brand\">Result</h2>"
        text += "<p class=\"verdict\">\(verdict)</p>\n<dl class=\"cards\">\n"
        for card in cards { text += card }
        text += "</dl>\n"
        let warnings = RunWarnings.all(record, metrics, report.context)
        if !warnings.isEmpty {
            text += "<ul class=\"warnings\" aria-label=\"Warnings\">"
            for warning in warnings { text += "<li>\(escaped(warning))</li>" }
            text += "</ul>\n"
        }
        return text + "</section>\n"
    }

    /// What happened, as a sentence.
    private var verdict: String {
        let parts = metrics.attribution
        let asset = escaped(report.asset)
        guard metrics.execution.fills > 0 else {
            return "Nothing was traded: \(Show.count(metrics.execution.orders)) orders, no fills."
        }
        let verb = parts.net > 0 ? "earned" : parts.net < 0 ? "lost" : "ended even at"
        var text = "The strategy <strong class=\"\(tone(Double(parts.net.signum())))\">\(verb) "
        text += "\(plain(parts.net))\u{00A0}\(asset)</strong>: "
        if parts.spreadCapture != 0 { text += "\(signed(parts.spreadCapture)) from the spread, " }
        text += "\(signed(parts.inventory)) from holding inventory, "
        text +=
            parts.fees <= 0 ? "\(signed(-parts.fees)) in rebates" : "\(signed(-parts.fees)) in fees"
        if parts.funding != 0 { text += " and \(signed(-parts.funding)) in funding" }
        text += ". "
        let bracket = report.context.bracket
        if bracket.count > 1, let low = bracket.min(by: isLower),
            let high = bracket.max(by: isLower)
        {
            text += "Under the other models tried, it lies between \(bracketText(low)) and "
            text += "\(bracketText(high))\u{00A0}\(asset)."
        }
        return text
    }

    private func isLower(_ left: BracketRow, _ right: BracketRow) -> Bool {
        left.netPnL.doubleValue < right.netPnL.doubleValue
    }

    private func bracketText(_ row: BracketRow) -> String {
        Show.amount(
            row.netPnL.mantissa, scale: row.netPnL.scale, digits: report.digits, isSigned: true)
    }

    private func signed(_ amount: Int128) -> String { report.money(amount, isSigned: true) }
    private func plain(_ amount: Int128) -> String { report.money(amount < 0 ? -amount : amount) }

    private func card(
        _ name: String, _ value: String, unit: String = "", tone: String = "", _ more: String
    ) -> String {
        let small = unit.isEmpty ? "" : " <small>\(escaped(unit))</small>"
        return "<div class=\"card\"><dt>\(escaped(name))</dt><dd class=\"value \(tone)\">"
            + "\(escaped(value))\(small)</dd><dd class=\"more\">\(escaped(more))</dd></div>\n"
    }

    private var cards: [String] {
        let execution = metrics.execution
        let parts = metrics.attribution
        let asset = report.asset
        let share =
            metrics.equity.deepestShare.map { "or \(Show.share(-$0)) of a peak; " }
            ?? ""
        var cards = [
            card(
                "Net result", signed(parts.net), unit: asset,
                tone: tone(Double(parts.net.signum())),
                "\(Show.number(metrics.returnPerNotional, digits: 3)) bp of \(traded) traded"),
            card(
                parts.fees < 0 ? "Rebates, net" : "Fees, net", signed(-parts.fees), unit: asset,
                "paid \(report.money(execution.feesPaid)), received \(report.money(execution.rebates))"
            ),
            card(
                "Fills", Show.count(execution.fills),
                "\(Show.count(execution.orders)) orders, \(Show.percent(execution.fillRatio)) of the "
                    + "quantity"),
            card(
                "Maker share", Show.percent(execution.makerShare),
                "\(Show.count(execution.makerFills)) of \(Show.count(execution.fills)) fills"),
            card(
                "Position at the end",
                quantity(metrics.positionLots),
                unit: ReportCharts(record: record, metrics: metrics, digits: 0).positionUnit,
                "between \(quantity(execution.positionRange.shortest)) and "
                    + quantity(execution.positionRange.longest)),
            card(
                "Max drawdown", report.money(metrics.equity.deepestFall), unit: asset,
                share + "longest below the peak \(Show.span(metrics.equity.longestBelowPeak))"),
        ]
        if metrics.execution.markouts.contains(where: { $0.count > 0 }) {
            cards.append(markoutCard)
        }
        cards.append(roundTripCard)
        if let summary = ReturnSummary(metrics.equity.returns) { cards += returnCards(summary) }
        return cards
    }

    /// Cards of runs with cash: what the result is as a share of it.
    private func returnCards(_ summary: ReturnSummary) -> [String] {
        let execution = metrics.execution
        let sharpe = summary.annualSharpe
        return [
            card(
                "Total return", Show.share(Statistics.totalReturn(summary.values)),
                "of \(report.money(record.initialCash)) \(report.asset)"),
            card(
                "Sharpe, annual", Show.number(sharpe, digits: 2, isFixed: true),
                sharpe == nil
                    ? "undefined below one day of data"
                    : "probability that it is above 0: \(Show.percent(summary.probabilistic))"),
            card(
                "Time with a position", Show.percent(metrics.exposure),
                "mean leverage \(Show.significant(metrics.equity.meanGrossLeverage, figures: 3))"),
            card(
                "Messages per fill", Show.number(execution.orderToTrade, digits: 1, isFixed: true),
                "\(Show.percent(execution.cancelRatio)) of the orders were canceled"),
        ]
    }

    private func quantity(_ lots: Int64) -> String {
        let size = record.instrument.lotSize
        return Show.grouped(
            trimmedDecimalText(Int128(lots) * Int128(size.mantissa), scale: size.scale))
    }

    private var traded: String {
        Show.amount(metrics.execution.tradedValue, scale: record.amountScale, digits: 0) + " "
            + report.asset
    }

    private var markoutCard: String {
        let markout = metrics.execution.markouts[1]
        let value = markout.average
        let interval = markout.fillWeighted.map {
            "95 % between \(Show.number($0.lower, digits: 3, isFixed: true)) and \(Show.number($0.upper, digits: 3, isFixed: true))"
        }
        return card(
            "Markout after 1 s", Show.number(value, digits: 3, isFixed: true), unit: "bp",
            tone: abs(value ?? 0) < 0.0005 ? "even" : tone(value ?? 0),
            interval ?? "too few fills for an interval")
    }

    private var roundTripCard: String {
        let results = metrics.roundTrips.results
        return card(
            "Round trips", Show.count(Int64(results.count)),
            results.count == 0
                ? "none was closed"
                : "\(Show.percent(results.winRate)) won, mean \(Show.significant(results.mean, figures: 3)) "
                    + report.asset)
    }
}
