// The metrics of a run as JSON: `metrics.json`, schema `martlet.metrics/1`.

import MartletModel
public import MartletStore
import MartletStatistics

extension RunMetrics {
    /// The content of `metrics.json`: money as exact decimal strings, ratios as numbers, undefined
    /// as null, times and durations in ns. Nothing in it depends on the clock or the machine.
    public func json(_ record: RunRecord, context: RunContext) -> JSONText {
        let money = MoneyText(record)
        return .object([
            ("schema", .string("martlet.metrics/1")),
            ("strategy", .string(record.strategy)),
            ("venue", .string(record.instrument.id.venue.name)),
            ("instrument", .string(record.instrument.id.symbol)),
            ("asset", .string(record.instrument.settlementAsset.name)),
            (
                "run",
                .object([
                    ("startTime", .integer(record.startTime)),
                    ("endTime", .integer(record.endTime)),
                    ("duration", .integer(record.endTime - record.startTime)),
                ])
            ),
            ("result", resultJSON(record, money)),
            ("attribution", attributionJSON(money)),
            ("drawdown", drawdownJSON(money)),
            ("returns", returnsJSON()),
            ("exposure", exposureJSON(record)),
            ("roundTrips", roundTripsJSON(record, money)),
            ("execution", execution.json(record, money)),
            ("latency", latencyJSON(record)),
            ("data", Self.dataJSON(record)),
            (
                "counts",
                .object(record.counts.map { (key: $0.name, value: .integer($0.count)) })
            ),
            ("bracket", .array(context.bracket.map(\.json))),
            ("warnings", .array(RunWarnings.all(record, self, context).map { .string($0) })),
        ])
    }

    private func resultJSON(_ record: RunRecord, _ money: MoneyText) -> JSONText {
        .object([
            ("netPnL", money.json(attribution.net)),
            ("fees", money.json(attribution.fees)),
            ("funding", money.json(attribution.funding)),
            ("initialCash", record.initialCash > 0 ? money.json(record.initialCash) : .null),
            ("balance", money.json(cash)),
            ("finalValue", money.json(finalValue)),
            ("position", .string(record.instrument.quantityText(lots: positionLots))),
            ("tradingVolume", .string(quantityText(execution.filledLots, record))),
            ("tradingValue", money.json(execution.tradedValue)),
            ("returnPerNotional", .double(returnPerNotional)),
        ])
    }

    /// Net result per traded value, in basis points, or nil when nothing was traded.
    public var returnPerNotional: Double? {
        Statistics.returnPerNotional(
            netProfit: arithmetic.number(attribution.net),
            tradedNotional: arithmetic.number(execution.tradedValue))
    }

    private func attributionJSON(_ money: MoneyText) -> JSONText {
        .object([
            ("spreadCapture", money.json(attribution.spreadCapture)),
            ("inventory", money.json(attribution.inventory)),
            ("fees", money.json(-attribution.fees)),
            ("funding", money.json(-attribution.funding)),
            ("residual", money.json(attribution.residual)),
            ("net", money.json(attribution.net)),
            ("fillsWithoutMid", .integer(attribution.fillsWithoutMid)),
        ])
    }

    private func drawdownJSON(_ money: MoneyText) -> JSONText {
        .object([
            ("deepest", money.json(equity.deepestFall)),
            ("share", .double(equity.deepestShare)),
            ("time", equity.deepestTime.map { .integer($0) } ?? .null),
            ("longestBelowPeak", .integer(equity.longestBelowPeak)),
            ("recovery", equity.recovery.map { .integer($0) } ?? .null),
            (
                "recoveryFactor",
                .double(
                    Statistics.recoveryFactor(
                        netProfit: arithmetic.number(attribution.net),
                        deepestFall: arithmetic.number(equity.deepestFall)))
            ),
        ])
    }

    private var meanEquityIsKnown: Bool { equity.meanGrossLeverage != nil }

    private func exposureJSON(_ record: RunRecord) -> JSONText {
        let instrument = record.instrument
        let traded = arithmetic.number(execution.tradedValue)
        let turnover =
            meanEquityIsKnown
            ? equity.meanEquity.flatMap {
                Statistics.turnover(tradedNotional: traded, meanEquity: $0)
            } : nil
        let days = Double(record.endTime - record.startTime) / Double(EquityStatistics.day)
        return .object([
            ("timeShare", .double(exposure)),
            ("longest", .string(instrument.quantityText(lots: execution.positionRange.longest))),
            ("shortest", .string(instrument.quantityText(lots: execution.positionRange.shortest))),
            (
                "meanAbsolutePosition",
                .double(equity.meanAbsoluteLots.map { $0 * instrument.lotSize.doubleValue })
            ),
            ("meanGrossLeverage", .double(equity.meanGrossLeverage)),
            ("meanNetLeverage", .double(equity.meanNetLeverage)),
            ("turnover", .double(turnover)),
            (
                "turnoverPerDay",
                .double(days >= 1 ? turnover.map { $0 / days } : nil)
            ),
        ])
    }

    private func roundTripsJSON(_ record: RunRecord, _ money: MoneyText) -> JSONText {
        let results = roundTrips.results
        let holding = roundTrips.holding
        return .object([
            ("closed", .integer(Int64(results.count))),
            ("wins", .integer(Int64(results.wins))),
            ("losses", .integer(Int64(results.losses))),
            ("evens", .integer(Int64(results.evens))),
            ("net", money.json(roundTrips.net)),
            ("fees", money.json(roundTrips.fees)),
            ("winRate", .double(results.winRate)),
            ("profitFactor", .double(results.profitFactor)),
            ("payoff", .double(results.payoff)),
            ("averageWin", .double(results.averageWin)),
            ("averageLoss", .double(results.averageLoss)),
            ("expectancy", .double(results.expectancy)),
            ("systemQuality", .double(results.systemQuality)),
            ("kelly", .double(results.kelly)),
            ("halfKelly", .double(results.kelly.map { $0 / 2 })),
            ("best", .double(results.best)),
            ("worst", .double(results.worst)),
            ("losingStreak", .integer(Int64(roundTrips.losingStreak))),
            ("worstAdverseExcursion", money.json(roundTrips.adverse)),
            ("bestFavorableExcursion", money.json(roundTrips.favorable)),
            ("holding", holding.json),
            ("open", roundTrips.open.map { $0.json(record, money) } ?? .null),
        ])
    }

    private func latencyJSON(_ record: RunRecord) -> JSONText {
        .object([
            ("feed", record.latencies.feed.json),
            ("entry", record.latencies.entry.json),
            ("response", record.latencies.response.json),
            ("orderToAck", execution.orderToAck.json),
            ("cancelToAck", execution.cancelToAck.json),
            ("submitToFirstFill", execution.timeToFill.json),
        ])
    }

    static func dataJSON(_ record: RunRecord) -> JSONText {
        let data = record.data
        return .object([
            ("rows", .integer(data.rows)),
            (
                "rowsByKind",
                .object(data.rowsByKind.map { (key: $0.kind, value: .integer($0.count)) })
            ),
            ("gaps", .integer(data.gaps)),
            ("staleMessages", .integer(data.staleMessages)),
            ("timesBackwards", .integer(data.timesBackwards)),
            ("crossedNanoseconds", .integer(data.crossedNanoseconds)),
            ("notLiveNanoseconds", .integer(data.notLiveNanoseconds)),
            ("clockShift", .integer(data.clockShift)),
            ("clockRule", .string(data.clockRule)),
        ])
    }

    func quantityText(_ lots: Int128, _ record: RunRecord) -> String {
        let size = record.instrument.lotSize
        let (product, overflow) = lots.multipliedReportingOverflow(by: Int128(size.mantissa))
        return overflow
            ? "\(Double(lots) * size.doubleValue)" : decimalText(product, scale: size.scale)
    }
}

/// Amounts of one run as exact text.
struct MoneyText {
    let scale: Int

    init(_ record: RunRecord) { scale = record.amountScale }

    func callAsFunction(_ amount: Int128) -> String { trimmedDecimalText(amount, scale: scale) }
    func json(_ amount: Int128) -> JSONText { .string(self(amount)) }
}

extension LatencyHistogram {
    /// Count, percentiles and extremes; ns (or whatever was counted).
    var json: JSONText {
        func quantile(_ share: Double) -> JSONText {
            self.quantile(share).map { .integer($0) } ?? .null
        }
        return .object([
            ("count", .integer(total)), ("negatives", .integer(negatives)),
            ("p50", quantile(0.5)), ("p90", quantile(0.9)), ("p99", quantile(0.99)),
            ("max", total > 0 ? .integer(maximum) : .null),
        ])
    }
}

extension RoundTrip {
    func json(_ record: RunRecord, _ money: MoneyText) -> JSONText {
        .object([
            ("side", .string(side == .buy ? "long" : "short")),
            ("openTime", .integer(openTime)),
            ("closeTime", .integer(closeTime)),
            ("maximum", .string(record.instrument.quantityText(lots: maximumLots))),
            ("entry", .string(entryText(record.instrument))),
            ("exit", .string(exitText(record.instrument))),
            ("fills", .integer(Int64(fills))),
            ("gross", money.json(gross)),
            ("fees", money.json(fees)),
            ("funding", money.json(funding)),
            ("net", money.json(net)),
        ])
    }
}

extension BracketRow {
    var json: JSONText {
        .object([
            ("label", .string(label)),
            ("netPnL", .string(netPnL.text)),
            ("fees", .string(fees.text)),
            ("fills", .integer(fills)),
            ("makerShare", .double(makerShare)),
            ("position", .string(position)),
            ("maximumDrawdown", .string(maximumDrawdown.text)),
            ("markout1s", .double(markout1s)),
        ])
    }
}
