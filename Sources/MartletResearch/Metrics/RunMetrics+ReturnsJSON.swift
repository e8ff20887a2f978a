// Return and execution statistics as JSON; the rest of `metrics.json` is in RunMetrics+JSON.swift.

import MartletModel
import MartletStatistics
import MartletStore

/// The return statistics of one run, each nil where undefined.
struct ReturnSummary {
    let values: [Double]
    let perYear: Double?
    let fit: BenchmarkFit?
    let sharpe: Double?
    let skewness: Double?
    let kurtosis: Double?
    let standardError: Double?

    init?(_ returns: ReturnStatistics?) {
        guard let returns else { return nil }
        values = returns.values
        perYear = returns.periodsPerYear
        fit = returns.benchmark.flatMap {
            Statistics.benchmarkFit(returns.values, benchmark: $0)
        }
        sharpe = Statistics.sharpe(values)
        skewness = Statistics.skewness(values)
        kurtosis = Statistics.kurtosis(values)
        guard let sharpe, let skewness, let kurtosis else {
            standardError = nil
            return
        }
        standardError = Statistics.sharpeStandardError(
            sharpe: sharpe, count: values.count, skewness: skewness, kurtosis: kurtosis)
    }

    /// A value that needs an annual scale, or nil below one day of data.
    func annual(_ statistic: (Double) -> Double?) -> Double? { perYear.flatMap(statistic) }

    var annualSharpe: Double? {
        annual { Statistics.annualSharpe(values, periodsPerYear: $0) }
    }
    /// The probability that the true ratio is above 0.
    var probabilistic: Double? {
        guard let sharpe, let skewness, let kurtosis else { return nil }
        return Statistics.probabilisticSharpe(
            sharpe: sharpe, above: 0, count: values.count, skewness: skewness, kurtosis: kurtosis)
    }
    var minimumTrackRecord: Double? {
        guard let sharpe, let skewness, let kurtosis else { return nil }
        return Statistics.minimumTrackRecord(
            sharpe: sharpe, above: 0, skewness: skewness, kurtosis: kurtosis, confidence: 0.95)
    }

    var json: [(key: String, value: JSONText)] {
        [
            ("count", .integer(Int64(values.count))),
            ("totalReturn", .double(Statistics.totalReturn(values))),
            ("mean", .double(Statistics.mean(values))),
            ("standardDeviation", .double(Statistics.standardDeviation(values))),
            ("skewness", .double(skewness)),
            ("kurtosis", .double(kurtosis)),
            ("sharpePerPeriod", .double(sharpe)),
            ("sharpeStandardError", .double(standardError)),
            ("sharpeAnnual", .double(annualSharpe)),
            ("probabilisticSharpe", .double(probabilistic)),
            ("minimumTrackRecord", .double(minimumTrackRecord)),
            ("sortinoPerPeriod", .double(Statistics.sortino(values, periodsPerYear: 1))),
            (
                "sortinoAnnual",
                .double(annual { Statistics.sortino(values, periodsPerYear: $0) })
            ),
            (
                "annualGrowth",
                .double(annual { Statistics.annualGrowth(values, periodsPerYear: $0) })
            ),
            ("volatility", .double(annual { Statistics.volatility(values, periodsPerYear: $0) })),
            ("calmar", .double(annual { Statistics.calmar(values, periodsPerYear: $0) })),
            ("ulcerIndex", .double(Statistics.ulcerIndex(values))),
            (
                "ulcerPerformance",
                .double(annual { Statistics.ulcerPerformance(values, periodsPerYear: $0) })
            ),
            ("maximumDrawdown", .double(Statistics.drawdownSummary(values)?.deepest)),
            ("omega", .double(Statistics.omega(values))),
            ("valueAtRisk95", .double(Statistics.valueAtRisk(values, level: 0.95))),
            (
                "gaussianValueAtRisk95",
                .double(Statistics.gaussianValueAtRisk(values, level: 0.95))
            ),
            ("expectedShortfall95", .double(Statistics.expectedShortfall(values, level: 0.95))),
            ("tailRatio", .double(Statistics.tailRatio(values))),
            ("gainToPain", .double(Statistics.gainToPain(values))),
            ("profitFactorOfPeriods", .double(Statistics.profitFactor(values))),
            ("beta", .double(fit?.beta)),
            ("alphaPerPeriod", .double(fit?.alpha)),
            ("informationRatioPerPeriod", .double(fit?.informationRatio)),
        ]
    }
}

extension RunMetrics {
    func returnsJSON() -> JSONText {
        var members: [(key: String, value: JSONText)] = [
            ("undefinedBecause", equity.undefinedBecause.map { .string($0) } ?? .null),
            ("step", equity.returns.map { .integer($0.step) } ?? .null),
            ("daysPerYear", .double(daysPerYear)),
            ("annualised", .flag(equity.returns?.periodsPerYear != nil)),
            ("periodsPerYear", .double(equity.returns?.periodsPerYear)),
        ]
        members += ReturnSummary(equity.returns)?.json ?? []
        return .object(members)
    }
}

extension ExecutionQuality {
    func json(_ record: RunRecord, _ money: MoneyText) -> JSONText {
        .object([
            ("orders", .integer(orders)),
            ("ordersFilled", .integer(ordersFilled)),
            ("canceled", .integer(canceled)),
            ("expired", .integer(expired)),
            ("rejected", .integer(rejected)),
            ("cancelRequests", .integer(cancelRequests)),
            ("amends", .integer(amends)),
            ("fills", .integer(fills)),
            ("makerFills", .integer(makerFills)),
            ("makerValue", money.json(makerValue)),
            ("feesPaid", money.json(feesPaid)),
            ("rebates", money.json(rebates)),
            ("fillRatio", .double(fillRatio)),
            ("orderFillRatio", .double(orderFillRatio)),
            ("makerShare", .double(makerShare)),
            ("orderToTrade", .double(orderToTrade)),
            ("cancelRatio", .double(cancelRatio)),
            ("amendShare", .double(amendShare)),
            ("makerEffectiveSpread", .double(makerEffectiveSpread)),
            ("takerEffectiveSpread", .double(takerEffectiveSpread)),
            ("shortfall", .double(shortfall)),
            ("frontOfQueueShare", .double(frontShare)),
            ("queueAtFill", queueAtFill.json),
            ("queueAtJoin", queueAtJoin.json),
            ("markouts", .array(markouts.map(\.json))),
        ])
    }
}

extension MarkoutStatistics {
    var json: JSONText {
        .object([
            ("horizon", .integer(horizon)),
            ("count", .integer(Int64(count))),
            ("fillWeighted", .double(average)),
            ("fillWeightedLower", .double(fillWeighted?.lower)),
            ("fillWeightedUpper", .double(fillWeighted?.upper)),
            ("notionalWeighted", .double(notionalAverage)),
            ("notionalWeightedLower", .double(notionalWeighted?.lower)),
            ("notionalWeightedUpper", .double(notionalWeighted?.upper)),
            ("realisedSpread", .double(realisedSpread)),
            ("priceImpact", .double(priceImpact)),
            ("adverseSelectionShare", .double(adverseShare)),
        ])
    }
}
