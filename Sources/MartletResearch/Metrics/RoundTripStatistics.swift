// All round trips of a run in constant memory: how they ended, and the best and worst of them.

public import MartletModel
public import MartletStatistics

/// Counts of results in equal steps; the outermost bins also hold what lies beyond them.
public struct ResultHistogram: Hashable, Sendable {
    /// Lower end of the first bin, in currency.
    public let lower: Double
    /// Width of a bin, in currency; above 0.
    public let width: Double
    /// Results per bin.
    public var counts: [Int64]
}

/// Statistics of all closed round trips, after fees and funding.
public struct RoundTripStatistics: Sendable {
    /// Results in the settlement asset.
    public private(set) var results = TradeStatistics()
    /// Σ net results, exact; units of `10^−amountScale`.
    public private(set) var net: Int128 = 0
    /// Σ fees of closed trips.
    public private(set) var fees: Int128 = 0
    /// Holding times.
    public private(set) var holding = LatencyHistogram()
    /// Time with a position, the open one included; ns.
    public private(set) var timeInMarket: Int64 = 0
    /// Up to ``shownMax`` trips with the largest net results, best first.
    public private(set) var best: [RoundTrip] = []
    /// Up to ``shownMax`` trips with the smallest net results, worst first.
    public private(set) var worst: [RoundTrip] = []
    /// The first trips, oldest first.
    public private(set) var first: [RoundTrip] = []
    /// Worst adverse excursion of any trip, before fees; at most 0.
    public private(set) var adverse: Int128 = 0
    /// Best favorable excursion of any trip, before fees; at least 0.
    public private(set) var favorable: Int128 = 0
    /// The position left open at the end, or nil.
    public private(set) var open: RoundTrip?
    /// The longest series of losing trips.
    public private(set) var losingStreak = 0
    /// The distribution of net results, or nil of fewer than two different ones.
    public private(set) var histogram: ResultHistogram?

    /// Trips kept per list.
    public static let shownMax = 8
    static let binsMax = 41

    /// The round trips of `record`: two walks over its fills.
    public init(_ record: RunRecord, arithmetic: ContractArithmetic) throws(Failure) {
        var walker = RoundTripWalker(record, arithmetic: arithmetic)
        var streak = 0
        while let trip = try walker.next() {
            results.add(arithmetic.number(trip.net))
            net = try ContractArithmetic.sum(net, trip.net)
            fees = try ContractArithmetic.sum(fees, trip.fees)
            holding.add(trip.holding)
            timeInMarket += max(0, trip.holding)
            adverse = min(adverse, trip.adverse)
            favorable = max(favorable, trip.favorable)
            streak = trip.net < 0 ? streak + 1 : 0
            losingStreak = max(losingStreak, streak)
            if first.count < 2 * Self.shownMax { first.append(trip) }
            Self.keep(trip, in: &best) { $0.net > $1.net }
            Self.keep(trip, in: &worst) { $0.net < $1.net }
        }
        open = try walker.openTrip()
        timeInMarket += max(0, open?.holding ?? 0)
        histogram = try Self.histogram(record, arithmetic, results)
    }

    /// Inserts a trip where it belongs; equal results keep their order of time.
    private static func keep(
        _ trip: RoundTrip, in list: inout [RoundTrip], _ isBefore: (RoundTrip, RoundTrip) -> Bool
    ) {
        if list.count == shownMax, let last = list.last, !isBefore(trip, last) { return }
        let place = list.firstIndex { isBefore(trip, $0) } ?? list.count
        list.insert(trip, at: place)
        if list.count > shownMax { list.removeLast() }
    }

    /// Bins centred on multiples of their width, so that 0 has a bin of its own.
    private static func histogram(
        _ record: RunRecord, _ arithmetic: ContractArithmetic, _ results: TradeStatistics
    ) throws(Failure) -> ResultHistogram? {
        guard let worst = results.worst, let best = results.best, let mean = results.mean,
            let deviation = results.standardDeviation, deviation > 0, best > worst
        else { return nil }
        let low = max(worst, mean - 4 * deviation)
        let high = min(best, mean + 4 * deviation)
        let width = (high - low) / Double(binsMax - 2)
        guard width > 0, width.isFinite, (low / width).magnitude < 1e15 else { return nil }
        let firstBin = (low / width).rounded()
        let bins = Int((high / width).rounded() - firstBin) + 1
        var histogram = ResultHistogram(
            lower: (firstBin - 0.5) * width, width: width,
            counts: [Int64](repeating: 0, count: bins))
        var walker = RoundTripWalker(record, arithmetic: arithmetic)
        while let trip = try walker.next() {
            let bin = (arithmetic.number(trip.net) / width).rounded() - firstBin
            histogram.counts[Int(min(max(bin, 0), Double(bins - 1)))] += 1
        }
        return histogram
    }
}
