// Every number that a run is judged by, from its record: one value, computed once.

public import MartletModel
import MartletStatistics

/// All statistics of one run.
public struct RunMetrics: Sendable {
    /// Exact values of positions of this run.
    public let arithmetic: ContractArithmetic
    /// Where the result came from.
    public let attribution: Attribution
    /// Returns, drawdown, exposure.
    public let equity: EquityStatistics
    /// Round trips.
    public let roundTrips: RoundTripStatistics
    /// Execution quality.
    public let execution: ExecutionQuality
    /// Trading days a year that annual figures assume.
    public let daysPerYear: Double
    /// Signed position in lots at the end.
    public let positionLots: Int64
    /// Equity at the end, units of `10^−amountScale`.
    public let finalValue: Int128
    /// Cash from trading alone at the end; fees and funding apart.
    public let cash: Int128
    /// Share of the run with a position, or nil of a run without length.
    public let exposure: Double?

    /// The metrics of `record`. Passes over its orders and fills a few times; memory does not grow
    /// with them.
    ///
    /// - Parameters:
    ///   - seed: Of bootstrap intervals.
    ///   - daysPerYear: 365 for venues that never close, 252 for exchange hours.
    /// - Throws: an integrity failure when an amount leaves 128 bits.
    public init(
        _ record: RunRecord, seed: UInt64 = 1, daysPerYear: Double = 365
    ) throws(Failure) {
        arithmetic = try ContractArithmetic(record.instrument, scale: record.amountScale)
        attribution = try Attribution(record, arithmetic: arithmetic)
        equity = try EquityStatistics(record, arithmetic: arithmetic, daysPerYear: daysPerYear)
        roundTrips = try RoundTripStatistics(record, arithmetic: arithmetic)
        execution = try ExecutionQuality(record, arithmetic: arithmetic, seed: seed)
        self.daysPerYear = daysPerYear
        positionLots = record.equity.last?.positionLots ?? record.fills.last?.positionAfter ?? 0
        finalValue = record.equity.last?.equity ?? record.initialCash + attribution.net
        cash = record.equity.last?.cash ?? 0
        exposure = Statistics.ratio(
            Double(roundTrips.timeInMarket), Double(record.endTime - record.startTime))
    }
}
