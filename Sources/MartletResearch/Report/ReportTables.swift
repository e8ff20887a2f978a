// The tables of a report's result: bracket, execution, round trips, attribution.

import MartletModel
import MartletStatistics

/// Tables of one run; the rest is in ReportTables+Facts.swift.
struct ReportTables {
    let report: Report
    var metrics: RunMetrics { report.metrics }
    var record: RunRecord { report.record }
    var context: RunContext { report.context }
    var asset: String { report.asset }

    func bp(_ value: Double?, digits: Int = 3) -> String {
        Show.number(value, digits: digits, isFixed: true)
    }

    /// The same run under other models.
    var bracket: String {
        guard !context.bracket.isEmpty else { return "" }
        var table = HTMLTable(caption: "The same run under other models")
        table.head = [
            .text("Model"), .number("Net, \(asset)"), .number("Fills"), .number("Maker"),
            .number("Fees, \(asset)"), .number("Position"), .number("Drawdown"),
            .number("Markout 1 s, bp"),
        ]
        func money(_ amount: Money, isSigned: Bool = false) -> String {
            Show.amount(
                amount.mantissa, scale: amount.scale, digits: report.digits, isSigned: isSigned)
        }
        table.rows = context.bracket.map { row in
            [
                .text(row.label),
                .signed(money(row.netPnL, isSigned: true), row.netPnL.doubleValue),
                .number(Show.count(row.fills)), .number(Show.percent(row.makerShare)),
                .number(money(row.fees)), .number(Show.grouped(row.position)),
                .number(money(row.maximumDrawdown)), .number(bp(row.markout1s)),
            ]
        }
        return section(
            "bracket", "How much is the model",
            lead: "The same strategy on the same data under other queue models and slower orders. "
                + "Where the rows disagree, the result is the model's and not the strategy's.",
            table.html)
    }

    /// Ratios, spreads, markouts and queues.
    var execution: String {
        let quality = metrics.execution
        let orders = facts(
            "Orders",
            [
                ("Orders submitted", Show.count(quality.orders)),
                (
                    "Orders with a fill",
                    "\(Show.count(quality.ordersFilled)) (\(Show.percent(quality.orderFillRatio)))"
                ),
                ("Fill ratio by quantity", Show.percent(quality.fillRatio)),
                ("Maker share of fills", Show.percent(quality.makerShare)),
                ("Messages per fill", Show.number(quality.orderToTrade, digits: 1, isFixed: true)),
                (
                    "Canceled",
                    "\(Show.count(quality.canceled)) (\(Show.percent(quality.cancelRatio)))"
                ),
                (
                    "Expired, rejected",
                    "\(Show.count(quality.expired)), \(Show.count(quality.rejected))"
                ),
                (
                    "Amends, share of messages",
                    "\(Show.count(quality.amends)), \(Show.percent(quality.amendShare))"
                ),
            ])
        let prices = facts(
            "Prices and queues",
            [
                ("Effective spread earned as maker, bp", bp(quality.makerEffectiveSpread)),
                ("Effective spread paid as taker, bp", bp(quality.takerEffectiveSpread)),
                ("Cost against the mid at submission, bp", bp(quality.shortfall)),
                ("At the front of the queue when filled", Show.percent(quality.frontShare)),
                ("Queue joined, median", lots(quality.queueAtJoin.quantile(0.5))),
                (
                    "Still ahead when filled, p50 · p99",
                    "\(lots(quality.queueAtFill.quantile(0.5))) · \(lots(quality.queueAtFill.quantile(0.99)))"
                ),
                ("Time to first fill, median", Show.duration(quality.timeToFill.quantile(0.5))),
                ("Time to first fill, p90", Show.duration(quality.timeToFill.quantile(0.9))),
            ])
        return section(
            "execution", "Execution quality",
            "<div class=\"pair\">\(orders)\(prices)</div>"
                + markouts)
    }

    func lots(_ lots: Int64?) -> String {
        lots.map { Show.grouped(record.instrument.quantityText(lots: $0)) } ?? Show.undefined
    }

    private var markouts: String {
        guard metrics.execution.markouts.contains(where: { $0.count > 0 }) else { return "" }
        var table = HTMLTable(caption: "Markouts in basis points")
        table.head = [
            .text("After"), .number("Fills"), .number("Markout"), .number("95 % interval"),
            .number("By value"), .number("95 % interval"), .number("Realised spread"),
            .number("Price impact"), .number("Adverse"),
        ]
        func interval(_ value: AverageInterval?) -> String {
            value.map { "\(bp($0.lower)) … \(bp($0.upper))" } ?? Show.undefined
        }
        table.rows = metrics.execution.markouts.map { markout in
            [
                .text(Show.duration(markout.horizon)), .number(Show.count(Int64(markout.count))),
                .signed(bp(markout.average), markout.average ?? 0),
                .number(interval(markout.fillWeighted)),
                .signed(bp(markout.notionalAverage), markout.notionalAverage ?? 0),
                .number(interval(markout.notionalWeighted)), .number(bp(markout.realisedSpread)),
                .number(bp(markout.priceImpact)), .number(Show.percent(markout.adverseShare)),
            ]
        }
        return table.html
            + "<p class=\"note\">Markout: move of the mid from the fill price in our favour, in basis "
            + "points; below 0 is adverse selection. Intervals are seeded bootstraps over blocks of "
            + "neighbouring fills. Adverse: share of fills whose markout with its rebate or fee is "
            + "below 0.</p>"
    }

    /// Statistics of round trips and the trips themselves.
    var roundTrips: String {
        let trips = metrics.roundTrips
        let results = trips.results
        guard results.count > 0 || trips.open != nil else { return "" }
        let left = facts(
            "Round trips",
            [
                ("Closed", Show.count(Int64(results.count))),
                (
                    "Won, lost, even",
                    "\(Show.count(Int64(results.wins))), \(Show.count(Int64(results.losses))), \(Show.count(Int64(results.evens)))"
                ),
                ("Win rate", Show.percent(results.winRate)),
                ("Profit factor", Show.number(results.profitFactor, digits: 3)),
                ("Payoff", Show.number(results.payoff, digits: 3)),
                ("Expectancy, \(asset)", Show.significant(results.expectancy)),
                ("System quality number", Show.number(results.systemQuality, digits: 2)),
            ])
        let right = facts(
            "Holding and extremes",
            [
                ("Net of closed trips, \(asset)", report.money(trips.net, isSigned: true)),
                (
                    "Best, worst",
                    "\(Show.significant(results.best)), \(Show.significant(results.worst))"
                ),
                ("Longest losing streak", Show.count(Int64(trips.losingStreak))),
                ("Holding time, median", Show.duration(trips.holding.quantile(0.5))),
                ("Holding time, p90", Show.duration(trips.holding.quantile(0.9))),
                ("Time with a position", Show.percent(metrics.exposure)),
                ("Worst excursion, \(asset)", report.money(trips.adverse)),
            ])
        var text = "<div class=\"pair\">\(left)\(right)</div><div class=\"stack\">"
        if results.count <= 2 * RoundTripStatistics.shownMax {
            text += tripTable("All round trips", trips.first)
        } else {
            text += tripTable("Best round trips", trips.best)
            text += tripTable("Worst round trips", trips.worst)
        }
        if let open = trips.open { text += tripTable("Open at the end, at the last mid", [open]) }
        return section("round-trips", "Round trips", text + "</div>")
    }

    private func tripTable(_ title: String, _ trips: [RoundTrip]) -> String {
        guard !trips.isEmpty else { return "" }
        var table = HTMLTable(caption: title)
        table.head = [
            .text("Opened, UTC"), .text("Side"), .number("Largest"), .number("Entry"),
            .number("Exit"), .number("Held"), .number("Fills"), .number("Fees"),
            .number("Excursions"), .number("Net, \(asset)"),
        ]
        let digits = record.instrument.tickSize.scale + 2
        table.rows = trips.map { trip in
            let exit = trip.exitText(record.instrument, digits: digits)
            return [
                .text(Show.moment(trip.openTime)), .text(trip.side == .buy ? "long" : "short"),
                .number(Show.grouped(record.instrument.quantityText(lots: trip.maximumLots))),
                .number(Show.padded(trip.entryText(record.instrument, digits: digits), digits)),
                .number(exit.isEmpty ? Show.undefined : Show.padded(exit, digits)),
                .number(Show.duration(trip.holding)),
                .number(Show.count(Int64(trip.fills))), .number(report.money(trip.fees)),
                .number(
                    "\(report.money(trip.adverse)) … \(report.money(trip.favorable, isSigned: true))"
                ),
                .signed(report.money(trip.net, isSigned: true), Double(trip.net.signum())),
            ]
        }
        return "<h3>\(escaped(title))</h3>" + table.html
    }

    /// The result cut into its sources, with bars.
    var attribution: String {
        let parts = metrics.attribution
        let rows: [(String, Int128, String)] = [
            ("Spread capture", parts.spreadCapture, "fills against the mid"),
            ("Inventory", parts.inventory, "position × change of the mid"),
            (parts.fees <= 0 ? "Rebates" : "Fees", -parts.fees, "as the venue charges them"),
            ("Funding", -parts.funding, "payments on the position"),
            ("Residual", parts.residual, "what the above leaves over"),
        ]
        let sizes = rows.map { abs(metrics.arithmetic.number($0.1)) }
        let widest = max(sizes.max() ?? 0, abs(metrics.arithmetic.number(parts.net)), 1e-300)
        func bar(_ amount: Int128) -> String {
            let share = metrics.arithmetic.number(amount) / widest / 2
            let left = 50 + min(0, share) * 100
            return "<span class=\"bar \(tone(share))\" aria-hidden=\"true\"><i style=\"left:"
                + "\(Show.plain(left, digits: 2))%;width:\(Show.plain(abs(share) * 100, digits: 2))%\"></i></span>"
        }
        var table = HTMLTable(caption: "Attribution of the net result")
        table.head = [.text("Source"), .number(asset), .html(""), .text("What it is")]
        table.rows = (rows + [("Net result", parts.net, "final equity − initial cash")]).map {
            row in
            [
                .text(row.0), .signed(report.money(row.1, isSigned: true), Double(row.1.signum())),
                .html(bar(row.1)), .text(row.2),
            ]
        }
        let note =
            parts.fillsWithoutMid > 0
            ? "<p class=\"note\">\(Show.count(parts.fillsWithoutMid)) fills had no mid and count as "
                + "filled at it.</p>" : ""
        return section("attribution", "Where the result came from", table.html + note)
    }
}
