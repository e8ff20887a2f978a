// `manifest.json`: what went into a run, so that anybody can repeat it; and the `--json` summary.

import MartletModel
public import MartletStore

/// What a run was made from.
enum RunManifest {
    /// The content of `manifest.json`, schema `martlet.run/1`. Nothing of clock, host or path.
    static func json(_ record: RunRecord, context: RunContext) -> JSONText {
        .object([
            ("schema", .string("martlet.run/1")),
            ("version", .string(context.version)),
            ("strategy", .string(record.strategy)),
            (
                "parameters",
                .object(record.parameters.map { (key: $0.name, value: .string($0.text)) })
            ),
            (
                "settings",
                .object(record.settings.map { (key: $0.name, value: .string($0.text)) })
            ),
            ("seed", .number(String(context.seed))),
            ("instrument", instrument(record.instrument)),
            (
                "inputs",
                .array(
                    context.inputs.map { input in
                        .object([
                            ("role", .string(input.role)), ("name", .string(input.name)),
                            ("sha256", .string(input.sha256)), ("bytes", .integer(input.bytes)),
                        ])
                    })
            ),
            ("startTime", .integer(record.startTime)),
            ("endTime", .integer(record.endTime)),
            ("events", .integer(record.data.rows)),
            ("clockShift", .integer(record.data.clockShift)),
            ("clockRule", .string(record.data.clockRule)),
            ("amountScale", .integer(Int64(record.amountScale))),
            ("equityStep", .integer(record.equityStep)),
            ("effectHash", .string(record.effectHash.text)),
            ("bookHash", .string(record.bookHash.text)),
            (
                "assumptions",
                .array(
                    context.assumptions.map { assumption in
                        .object([
                            ("name", .string(assumption.name)),
                            ("statement", .string(assumption.statement)),
                            ("errs", .string(assumption.errs.rawValue)),
                        ])
                    })
            ),
        ])
    }

    private static func instrument(_ instrument: InstrumentSpec) -> JSONText {
        .object([
            ("venue", .string(instrument.id.venue.name)),
            ("symbol", .string(instrument.id.symbol)),
            ("kind", .string(instrument.kind.rawValue)),
            ("tickSize", .string(instrument.tickSize.description)),
            ("lotSize", .string(instrument.lotSize.description)),
            (
                "minimumQuantity",
                .string(instrument.quantityText(lots: instrument.minimumQuantity.lots))
            ),
            ("minimumNotional", .string(instrument.minimumNotional.description)),
            ("multiplier", .string(instrument.multiplier.description)),
            ("quantityUnit", .string(instrument.quantityUnit.rawValue)),
            ("baseAsset", .string(instrument.baseAsset.name)),
            ("quoteAsset", .string(instrument.quoteAsset.name)),
        ])
    }
}

extension RunRecord {
    /// The object that `backtest run --json` prints on one line; schema `martlet.summary/1`.
    ///
    /// - Parameters:
    ///   - bestBidTick: Of the local book at the end; 0 when that side is empty.
    ///   - bestAskTick: Likewise.
    ///   - seconds: Wall time of one replay.
    public func summaryJSON(
        metrics: RunMetrics, bestBidTick: Int64, bestAskTick: Int64, seconds: Double
    ) -> JSONText {
        let money = MoneyText(self)
        let execution = metrics.execution
        return .object([
            ("schema", .string("martlet.summary/1")),
            ("strategy", .string(strategy)),
            ("venue", .string(instrument.id.venue.name)),
            ("instrument", .string(instrument.id.symbol)),
            ("asset", .string(instrument.settlementAsset.name)),
            ("orders", .integer(execution.orders)),
            ("fills", .integer(execution.fills)),
            ("makerFills", .integer(execution.makerFills)),
            ("position", .string(instrument.quantityText(lots: metrics.positionLots))),
            ("balance", money.json(metrics.cash)),
            ("fee", money.json(metrics.attribution.fees)),
            ("funding", money.json(metrics.attribution.funding)),
            ("tradingVolume", .string(metrics.quantityText(execution.filledLots, self))),
            ("tradingValue", money.json(execution.tradedValue)),
            ("netPnL", money.json(metrics.attribution.net)),
            ("finalValue", money.json(metrics.finalValue)),
            ("effectHash", .string(effectHash.text)),
            ("bookHash", .string(bookHash.text)),
            ("bestBidTick", .integer(bestBidTick)),
            ("bestAskTick", .integer(bestAskTick)),
            ("events", .integer(data.rows)),
            ("seconds", .double(seconds)),
        ])
    }
}
