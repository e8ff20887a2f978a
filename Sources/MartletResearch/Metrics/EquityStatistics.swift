// Returns, drawdown and exposure of a run, sampled on a fixed grid of its equity.

public import MartletModel
import MartletStatistics

/// Statistics of returns on one grid; see ``EquityStatistics/returns``.
public struct ReturnStatistics: Hashable, Sendable {
    /// Length of one period; ns.
    public let step: Int64
    /// Simple returns per period, oldest first.
    public let values: [Double]
    /// Returns of the instrument itself over the same periods: buy and hold, the benchmark. Nil where
    /// a price is missing or not above 0.
    public let benchmark: [Double]?
    /// Periods per year, or nil where nothing may be annualised: below one day of data.
    public let periodsPerYear: Double?
}

/// The account over time: its fall below its peak, and its returns where they mean something.
public struct EquityStatistics: Hashable, Sendable {
    /// Returns on the grid of the rule, or nil; then ``undefinedBecause`` says why.
    public let returns: ReturnStatistics?
    /// Why there are no returns, or nil.
    public let undefinedBecause: String?
    /// The deepest fall below the peak in currency, at most 0; units of `10^−amountScale`.
    public let deepestFall: Int128
    /// The deepest fall as a share of its peak (which need not be the one of ``deepestFall``), at most
    /// 0; nil without initial cash.
    public let deepestShare: Double?
    /// When the deepest point was; ns, or nil when equity never fell.
    public let deepestTime: Int64?
    /// The longest time below a peak; ns.
    public let longestBelowPeak: Int64
    /// From the deepest point to the next new peak; ns, or nil when none came.
    public let recovery: Int64?
    /// Mean of |position| over the grid, lots.
    public let meanAbsoluteLots: Double?
    /// Mean equity over the grid.
    public let meanEquity: Double?
    /// Mean of |position value|/equity over the grid; nil without initial cash.
    public let meanGrossLeverage: Double?
    /// Mean of position value/equity, with its sign.
    public let meanNetLeverage: Double?

    /// The fewest returns that a grid shorter than a day must give.
    public static let returnsMin = 30
    static let day: Int64 = 86_400_000_000_000

    /// The statistics of `record`.
    ///
    /// - Parameter daysPerYear: Trading days a year: 365 where the venue never closes.
    public init(
        _ record: RunRecord, arithmetic: ContractArithmetic, daysPerYear: Double
    ) throws(Failure) {
        let points = record.equity
        var peak = record.initialCash
        var peakTime = record.startTime
        var deepest: Int128 = 0
        var deepestShare = 0.0
        var deepestTime: Int64?
        var longest: Int64 = 0
        var recovery: Int64?
        var sums = (lots: CompensatedSum(), equity: CompensatedSum())
        var leverage = (gross: CompensatedSum(), net: CompensatedSum())
        for point in points {
            if point.equity >= peak {
                longest = max(longest, point.time - peakTime)
                if let trough = deepestTime, recovery == nil { recovery = point.time - trough }
                peak = point.equity
                peakTime = point.time
            } else if case let fall = try ContractArithmetic.difference(point.equity, peak),
                fall < deepest
            {
                deepest = fall
                deepestTime = point.time
                recovery = nil
            }
            if peak > 0 {
                let share = arithmetic.number(point.equity) / arithmetic.number(peak) - 1
                deepestShare = min(deepestShare, share)
            }
            sums.lots.add(abs(Double(point.positionLots)))
            let equity = arithmetic.number(point.equity)
            sums.equity.add(equity)
            let value = try arithmetic.doubleValue(
                lots: point.positionLots, doubleTicks: point.doubleMid)
            if equity > 0 {
                leverage.gross.add(abs(arithmetic.number(value) / 2) / equity)
                leverage.net.add(arithmetic.number(value) / 2 / equity)
            }
        }
        if let last = points.last, last.equity < peak {
            longest = max(longest, last.time - peakTime)
        }
        let count = points.isEmpty ? nil : Double(points.count)
        deepestFall = deepest
        self.deepestShare = record.initialCash > 0 ? deepestShare : nil
        self.deepestTime = deepestTime
        longestBelowPeak = longest
        self.recovery = recovery
        meanAbsoluteLots = count.map { sums.lots.value / $0 }
        meanEquity = count.map { sums.equity.value / $0 }
        let hasCash = record.initialCash > 0
        meanGrossLeverage = hasCash ? count.map { leverage.gross.value / $0 } : nil
        meanNetLeverage = hasCash ? count.map { leverage.net.value / $0 } : nil
        (returns, undefinedBecause) = Self.returns(
            of: record, arithmetic: arithmetic, daysPerYear: daysPerYear)
    }

    /// Returns on one day, else on the coarsest of 1 h, 1 min, 1 s that gives ``returnsMin``.
    private static func returns(
        of record: RunRecord, arithmetic: ContractArithmetic, daysPerYear: Double
    ) -> (ReturnStatistics?, String?) {
        guard record.initialCash > 0 else {
            return (nil, "no initial cash was given: a result has no size to be a share of")
        }
        guard record.equity.count > 1, let first = record.equity.first?.time,
            let last = record.equity.last?.time
        else { return (nil, "the run has no equity over time") }
        let steps: [Int64] = [day, 3_600_000_000_000, 60_000_000_000, 1_000_000_000]
        // Bars longer than a day have no finer grid than their own.
        let finer = steps.filter { $0 >= record.equityStep }
        let usable = finer.isEmpty ? [record.equityStep] : finer
        let fitting = usable.first { (last - first) / $0 >= Int64(returnsMin) } ?? usable.last
        guard let step = fitting, step > 0 else { return (nil, "the run has no equity grid") }
        let samples = sampled(record.equity, step: step) { $0.equity }.map(arithmetic.number)
        let prices = sampled(withMids(record.equity), step: step) { Int128($0.doubleMid) }
            .map { Double($0) }
        // Without a price nothing is known of holding the instrument.
        let benchmark = prices.allSatisfy { $0 > 0 } ? Statistics.returns(ofEquity: prices) : nil
        guard let values = Statistics.returns(ofEquity: samples) else {
            return (nil, "equity fell to 0 or below")
        }
        guard values.count > 1 else {
            return (nil, "the run is shorter than two steps of its grid")
        }
        let perYear = last - first >= day ? daysPerYear * Double(day) / Double(step) : nil
        return (
            ReturnStatistics(
                step: step, values: values, benchmark: benchmark, periodsPerYear: perYear), nil
        )
    }

    /// The points with missing mids taken from the point before (at the start, from the first that
    /// has one).
    private static func withMids(_ points: [EquityPoint]) -> [EquityPoint] {
        var known = points.first { $0.doubleMid != 0 }?.doubleMid ?? 0
        return points.map { point in
            var point = point
            if point.doubleMid == 0 { point.doubleMid = known }
            known = point.doubleMid
            return point
        }
    }

    /// The last value known at the first moment and at each whole multiple of `step` after it, and
    /// at the end when more than half a step has passed since.
    static func sampled(
        _ points: [EquityPoint], step: Int64, _ value: (EquityPoint) -> Int128
    ) -> [Int128] {
        guard let first = points.first, let last = points.last else { return [] }
        var samples = [value(first)]
        var boundary = first.time.flooredDivision(by: step).quotient * step + step
        var known = value(first)
        for point in points {
            while point.time > boundary {
                samples.append(known)
                boundary += step
            }
            known = value(point)
        }
        if boundary - last.time < step / 2 { samples.append(known) }
        return samples
    }
}
