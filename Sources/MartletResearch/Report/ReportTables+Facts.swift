// The tables of a report's circumstances: returns, data, latency, assumptions, settings, hashes.

import MartletModel
import MartletStatistics

extension ReportTables {
    /// Statistics of returns, or why there are none.
    var returns: String {
        guard let summary = ReturnSummary(metrics.equity.returns),
            let returns = metrics.equity.returns
        else {
            let reason = metrics.equity.undefinedBecause ?? "there are no returns"
            return section(
                "returns", "Returns",
                "<p class=\"lead\">Sharpe and the other ratios are undefined: \(escaped(reason)).</p>"
            )
        }
        let values = summary.values
        func percent(_ value: Double?) -> String { Show.share(value) }
        let left = facts(
            "Returns",
            [
                ("Grid", Show.span(returns.step)), ("Returns", Show.count(Int64(values.count))),
                ("Total return", percent(Statistics.totalReturn(values))),
                (
                    "Annual growth",
                    percent(summary.annual { Statistics.annualGrowth(values, periodsPerYear: $0) })
                ),
                (
                    "Annual volatility",
                    percent(summary.annual { Statistics.volatility(values, periodsPerYear: $0) })
                ),
                ("Maximum drawdown", percent(Statistics.drawdownSummary(values)?.deepest)),
                ("Ulcer index", percent(Statistics.ulcerIndex(values))),
                (
                    "Skewness, kurtosis (normal 0, 3)",
                    "\(Show.significant(summary.skewness)), \(Show.significant(summary.kurtosis))"
                ),
                ("Beta to holding the instrument", Show.significant(summary.fit?.beta)),
            ])
        let right = facts(
            "Ratios",
            [
                ("Sharpe per period", Show.significant(summary.sharpe)),
                ("Its standard error", Show.significant(summary.standardError)),
                ("Sharpe per year", Show.significant(summary.annualSharpe)),
                ("Probability that it is above 0", Show.percent(summary.probabilistic)),
                (
                    "Returns needed to show it (95 %)",
                    Show.number(summary.minimumTrackRecord, digits: 0)
                ),
                (
                    "Sortino per year",
                    Show.significant(
                        summary.annual { Statistics.sortino(values, periodsPerYear: $0) })
                ),
                (
                    "Calmar",
                    Show.significant(
                        summary.annual { Statistics.calmar(values, periodsPerYear: $0) })
                ),
                (
                    "Value at risk, expected shortfall (95 %)",
                    "\(percent(Statistics.valueAtRisk(values, level: 0.95))), \(percent(Statistics.expectedShortfall(values, level: 0.95)))"
                ),
                (
                    "Information ratio against holding, per period",
                    Show.significant(summary.fit?.informationRatio)
                ),
            ])
        let lead =
            "Simple returns of equity on a fixed grid; sample deviation; \(Show.number(metrics.daysPerYear, digits: 0)) "
            + "days a year. Nothing is annualised below one day of data; a dash is undefined."
        return section(
            "returns", "Returns", lead: lead, "<div class=\"pair\">\(left)\(right)</div>")
    }

    /// What the data were like.
    var data: String {
        let data = record.data
        var rows = [("Rows replayed", Show.count(data.rows))]
        rows += data.rowsByKind.map { ("\($0.kind) rows in the data", Show.count($0.count)) }
        let span = Double(record.endTime - record.startTime)
        func share(_ nanoseconds: Int64) -> String {
            "\(Show.duration(nanoseconds)) (\(Show.percent(Statistics.ratio(Double(nanoseconds), span), digits: 2)))"
        }
        let right = facts(
            "Data quality",
            [
                ("Gaps in update ids", Show.count(data.gaps)),
                ("Repeated or outdated messages", Show.count(data.staleMessages)),
                ("Exchange times running backwards", Show.count(data.timesBackwards)),
                ("Local book crossed", share(data.crossedNanoseconds)),
                ("Local book not live", share(data.notLiveNanoseconds)),
                (
                    "Added to receive times",
                    "\(Show.number(Double(data.clockShift) / 1e9, digits: 9)) s"
                ),
                ("By the rule", data.clockRule.isEmpty ? Show.undefined : data.clockRule),
            ])
        return section(
            "data", "Data quality",
            "<div class=\"pair\">\(facts("Rows by kind", rows))\(right)</div>")
    }

    /// Percentiles of every latency.
    var latency: String {
        let quality = metrics.execution
        let all: [(String, LatencyHistogram)] = [
            ("Feed: venue to us", record.latencies.feed),
            ("Order entry: us to venue", record.latencies.entry),
            ("Response: venue to us", record.latencies.response),
            ("Order to first answer", quality.orderToAck),
            ("Cancel to answer", quality.cancelToAck),
            ("Submission to first fill", quality.timeToFill),
        ]
        var table = HTMLTable(caption: "Latency percentiles")
        table.head = [
            .text("Latency"), .number("Count"), .number("p50"), .number("p90"), .number("p99"),
            .number("Max"),
        ]
        table.rows = all.map { name, histogram in
            [
                .text(name), .number(Show.count(histogram.total)),
                .number(Show.duration(histogram.quantile(0.5))),
                .number(Show.duration(histogram.quantile(0.9))),
                .number(Show.duration(histogram.quantile(0.99))),
                .number(histogram.total > 0 ? Show.duration(histogram.maximum) : Show.undefined),
            ]
        }
        let negatives = record.latencies.feed.negatives
        let note =
            "<p class=\"note\">Percentiles are exact to within a few percent. "
            + (negatives > 0
                ? "\(Show.count(negatives)) messages had a negative latency and are left out. "
                : "")
            + "</p>"
        return section("latency", "Latency", table.html + note)
    }

    /// What each model takes for granted.
    var assumptions: String {
        guard !context.assumptions.isEmpty else { return "" }
        var table = HTMLTable(caption: "Model assumptions and the direction of their error")
        table.head = [.text("Model"), .text("It assumes"), .text("Errs")]
        table.rows = context.assumptions.map { assumption in
            let color =
                switch assumption.errs {
                case .optimistic: "down"
                case .pessimistic: "up"
                case .neutral, .unknown: "mute"
                }
            return [
                .text(assumption.name), .text(assumption.statement),
                .html("<span class=\"tag \(color)\">\(assumption.errs.rawValue)</span>"),
            ]
        }
        return section(
            "assumptions", "Assumptions",
            lead:
                "Optimistic: the result looks better than trading would have been. Pessimistic: worse.",
            table.html)
    }

    /// Every setting in force.
    var settings: String {
        func code(_ text: String) -> Cell { .html("<code>\(escaped(text))</code>") }
        var left = HTMLTable(caption: "Strategy parameters")
        left.head = [.text("Parameter"), .text("Value")]
        left.rows = record.parameters.map { [.text($0.name), code($0.text)] }
        var right = HTMLTable(caption: "Settings")
        right.head = [.text("Setting"), .text("Value")]
        right.rows = record.keptSettings.map { [.text($0.name), code($0.text)] }
        let instrument = record.instrument
        let rules = facts(
            "Instrument",
            [
                ("Instrument", "\(instrument.id.symbol), \(instrument.kind.rawValue)"),
                ("Tick, lot", "\(instrument.tickSize), \(instrument.lotSize)"),
                ("Smallest order", instrument.quantityText(lots: instrument.minimumQuantity.lots)),
                ("Smallest value", instrument.minimumNotional.description),
                ("Multiplier", instrument.multiplier.description),
                ("Settled in", instrument.settlementAsset.name),
            ])
        return section(
            "settings", "Settings",
            "<div class=\"pair\"><div class=\"stack\"><h3>Strategy</h3>\(left.html)<h3>Instrument</h3>\(rules)</div>"
                + "<div class=\"stack\"><h3>Backtest</h3>\(right.html)</div></div>")
    }

    /// What went in and what came out, by hash.
    var hashes: String {
        func code(_ text: String) -> Cell { .html("<code>\(escaped(text))</code>") }
        var inputs = HTMLTable(caption: "Inputs")
        inputs.head = [.text("Input"), .text("File"), .number("Bytes"), .text("SHA-256")]
        inputs.rows = context.inputs.map {
            [.text($0.role), .text($0.name), .number(Show.count($0.bytes)), code($0.sha256)]
        }
        var outputs = HTMLTable(caption: "Outputs")
        outputs.head = [.text("Output"), .text("SHA-256 or hash")]
        outputs.rows = [
            [.text("effects"), code(record.effectHash.text)],
            [.text("local book at the end"), code(record.bookHash.text)],
        ]
        outputs.rows += sumsRows.map { [.text($0.name), code($0.sha256)] }
        let first = context.inputs.isEmpty ? "" : "<h3>Inputs</h3>" + inputs.html
        return section(
            "hashes", "Inputs and hashes",
            "<div class=\"stack\">\(first)<h3>Outputs</h3>\(outputs.html)</div>")
    }

    private var sumsRows: [(name: String, sha256: String)] { report.sums }
}
