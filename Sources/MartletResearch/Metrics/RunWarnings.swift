// What a reader should know before believing a run: warnings that follow from its record.

import MartletModel
import MartletStatistics

/// Warnings of a run, most important first.
enum RunWarnings {
    static func all(
        _ record: RunRecord, _ metrics: RunMetrics, _ context: RunContext
    ) -> [String] {
        context.warnings + orderSize(record, metrics) + fills(metrics) + data(record)
            + attribution(metrics) + returns(metrics)
    }

    private static func setting(_ record: RunRecord, _ name: String) -> String? {
        record.settings.first { $0.name == name }?.text
    }

    /// Without partial fills, any trade fills a whole order, however small the trade.
    private static func orderSize(_ record: RunRecord, _ metrics: RunMetrics) -> [String] {
        let sizes = record.data.tradeSizes
        guard setting(record, "fill-model") == "nopartial", sizes.total > 0,
            metrics.execution.fills > 0
        else { return [] }
        let mean = Double(metrics.execution.filledLots) / Double(metrics.execution.fills)
        let smaller = sizes.share(below: Int64(min(mean, 9e18)))
        guard smaller >= 0.2 else { return [] }
        let size = mean * record.instrument.lotSize.doubleValue
        return [
            "Orders are large against what trades: \(Show.percent(smaller)) of public trades are "
                + "smaller than the average fill of \(Show.number(size, digits: 4)), and fills are "
                + "never partial. Fills are overstated; run again with --fill-model partial."
        ]
    }

    private static func fills(_ metrics: RunMetrics) -> [String] {
        if metrics.execution.orders == 0 { return ["The strategy submitted no orders."] }
        if metrics.execution.fills == 0 { return ["No order was filled."] }
        if metrics.execution.fills < 30 {
            return [
                "Only \(metrics.execution.fills) fills: averages over them say little."
            ]
        }
        return []
    }

    private static func data(_ record: RunRecord) -> [String] {
        var warnings: [String] = []
        let data = record.data
        if data.clockShift != 0 {
            let seconds = Show.number(Double(data.clockShift) / 1e9, digits: 6)
            warnings.append(
                "The recorder's clock ran behind the venue's: \(seconds) s were added to every "
                    + "receive time (rule \(data.clockRule)). Feed latency below is what remains; "
                    + "its true level is not known.")
        }
        if data.gaps > 0 {
            warnings.append(
                "\(Show.count(data.gaps)) gaps in the update ids: the book was incomplete until "
                    + "the next snapshot or until its levels were updated again.")
        }
        if data.staleMessages > 0 {
            warnings.append("\(Show.count(data.staleMessages)) repeated or outdated messages.")
        }
        if data.timesBackwards > 0 {
            warnings.append(
                "\(Show.count(data.timesBackwards)) rows whose exchange time runs backwards.")
        }
        let crossed = Double(data.crossedNanoseconds)
        if crossed > 0.01 * Double(record.endTime - record.startTime) {
            warnings.append(
                "The local book was crossed for \(Show.duration(data.crossedNanoseconds)).")
        }
        return warnings
    }

    private static func attribution(_ metrics: RunMetrics) -> [String] {
        let traded = metrics.arithmetic.number(metrics.execution.tradedValue)
        let residual = abs(metrics.arithmetic.number(metrics.attribution.residual))
        guard residual > 1e-8 * traded, residual > 0 else { return [] }
        return [
            "The attribution leaves \(residual) unexplained, more than 1e-8 of the traded value."
        ]
    }

    private static func returns(_ metrics: RunMetrics) -> [String] {
        if let reason = metrics.equity.undefinedBecause {
            return ["Ratios such as Sharpe are undefined: \(reason)."]
        }
        guard let returns = metrics.equity.returns else { return [] }
        if returns.values.count < EquityStatistics.returnsMin {
            return ["Only \(returns.values.count) returns: too few for a Sharpe ratio."]
        }
        if returns.periodsPerYear == nil {
            return ["Less than one day of data: nothing is annualised."]
        }
        return []
    }
}

extension LatencyHistogram {
    /// Share of all counted values in buckets that lie below `value`.
    func share(below value: Int64) -> Double {
        guard total > 0, value > 0 else { return 0 }
        let bucket = Self.bucket(of: value)
        return Double(counts[..<bucket].reduce(0, +)) / Double(total)
    }
}
