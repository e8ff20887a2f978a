// How well orders were executed: fill ratios, markouts, spreads, queues and waiting times.

public import MartletModel
public import MartletStatistics

/// The mean move of the mid after our fills at one horizon, in basis points of the fill price.
public struct MarkoutStatistics: Hashable, Sendable {
    /// Time from the fill; ns.
    public let horizon: Int64
    /// Every fill counts the same; nil without fills that have a later mid.
    public let fillWeighted: AverageInterval?
    /// Fills count by their notional.
    public let notionalWeighted: AverageInterval?
    /// Average of the fills alone where there are too few for an interval.
    public let average: Double?
    /// The same by notional.
    public let notionalAverage: Double?
    /// Fills with a mid at the horizon.
    public let count: Int
    /// Mean realised spread of maker fills, by the taker's side; nil without any.
    public let realisedSpread: Double?
    /// Mean effective minus realised spread of the same fills.
    public let priceImpact: Double?
    /// Share of fills whose markout plus rebate (minus fee) is below 0.
    public let adverseShare: Double?
}

/// Execution quality of one run; basis points by notional unless said otherwise.
public struct ExecutionQuality: Sendable {
    /// The horizons of markouts; ns.
    public static let horizons: [Int64] = [
        100_000_000, 1_000_000_000, 5_000_000_000, 30_000_000_000,
    ]

    /// Orders submitted.
    public internal(set) var orders: Int64 = 0
    /// Orders with at least one fill.
    public internal(set) var ordersFilled: Int64 = 0
    /// Orders that ended canceled, expired and rejected.
    public internal(set) var canceled: Int64 = 0
    /// Orders that ended by their own terms.
    public internal(set) var expired: Int64 = 0
    /// Orders refused.
    public internal(set) var rejected: Int64 = 0
    /// Requests to cancel.
    public internal(set) var cancelRequests: Int64 = 0
    /// Changes of price or quantity.
    public internal(set) var amends: Int64 = 0
    /// Lots submitted, at the sizes last accepted.
    public internal(set) var submittedLots: Int128 = 0
    /// Lots filled.
    public internal(set) var filledLots: Int128 = 0
    /// Executions.
    public internal(set) var fills: Int64 = 0
    /// Executions as maker.
    public internal(set) var makerFills: Int64 = 0
    /// Traded value, units of `10^−amountScale`.
    public internal(set) var tradedValue: Int128 = 0
    /// Traded value as maker.
    public internal(set) var makerValue: Int128 = 0
    /// Fees paid, rebates apart; at least 0.
    public internal(set) var feesPaid: Int128 = 0
    /// Rebates received; at least 0.
    public internal(set) var rebates: Int128 = 0
    /// Markouts by horizon.
    public internal(set) var markouts: [MarkoutStatistics] = []
    /// Mean effective spread of maker fills (earned), by the taker's side.
    public internal(set) var makerEffectiveSpread: Double?
    /// Mean effective spread of taker fills (paid).
    public internal(set) var takerEffectiveSpread: Double?
    /// Fill price against the mid at submission: positive is worse than that mid.
    public internal(set) var shortfall: Double?
    /// Maker fills that were at the front of the queue, of those with an estimate.
    public internal(set) var frontShare: Double?
    /// Lots still ahead at a maker's fill (the buckets serve any count).
    public internal(set) var queueAtFill = LatencyHistogram()
    /// Lots at the level when an order joined it.
    public internal(set) var queueAtJoin = LatencyHistogram()
    /// Submission to first fill heard.
    public internal(set) var timeToFill = LatencyHistogram()
    /// Submission to first answer.
    public internal(set) var orderToAck = LatencyHistogram()
    /// Cancel request to its answer.
    public internal(set) var cancelToAck = LatencyHistogram()
    /// Largest long and short position, lots; long is at least 0, short at most 0.
    public internal(set) var positionRange: (longest: Int64, shortest: Int64) = (0, 0)

    /// Filled quantity/submitted quantity.
    public var fillRatio: Double? {
        Statistics.ratio(Double(filledLots), Double(submittedLots))
    }
    /// Orders with any fill/orders.
    public var orderFillRatio: Double? {
        Statistics.ratio(Double(ordersFilled), Double(orders))
    }
    /// Maker executions/executions.
    public var makerShare: Double? { Statistics.ratio(Double(makerFills), Double(fills)) }
    /// Messages (submissions, cancels, amends) per execution.
    public var orderToTrade: Double? {
        Statistics.ratio(Double(orders + cancelRequests + amends), Double(fills))
    }
    /// Canceled orders/orders.
    public var cancelRatio: Double? { Statistics.ratio(Double(canceled), Double(orders)) }
    /// Amends/messages.
    public var amendShare: Double? {
        Statistics.ratio(Double(amends), Double(orders + cancelRequests + amends))
    }
}

extension ExecutionQuality {
    /// The execution quality of `record`: one pass over fills, one over orders, bounded memory.
    ///
    /// - Parameter seed: Of the bootstrap; equal seeds give equal intervals.
    public init(
        _ record: RunRecord, arithmetic: ContractArithmetic, seed: UInt64
    ) throws(Failure) {
        try passFills(record, arithmetic, seed: seed)
        passOrders(record)
        func count(_ name: String) -> Int64? {
            record.counts.first { $0.name == name }?.count
        }
        cancelRequests = count("cancelRequests") ?? cancelRequests
        amends = count("amendRequests") ?? amends
    }

    private mutating func passOrders(_ record: RunRecord) {
        for index in record.orders.indices {
            let entry = record.orders[index]
            orders += 1
            submittedLots += Int128(entry.order.quantity.lots)
            if entry.firstFillTime != 0 {
                ordersFilled += 1
                timeToFill.add(entry.firstFillTime - entry.order.requestTime)
            }
            switch entry.order.status {
            case .canceled: canceled += 1
            case .expired: expired += 1
            case .rejected: rejected += 1
            default: break
            }
            if entry.ackTime != 0 { orderToAck.add(entry.ackTime - entry.order.requestTime) }
            if entry.cancelRequestTime != 0 {
                cancelRequests += 1
                if entry.cancelAckTime != 0 {
                    cancelToAck.add(entry.cancelAckTime - entry.cancelRequestTime)
                }
            }
            amends += Int64(entry.amends)
            if entry.queueAheadAtJoin >= 0 { queueAtJoin.add(lots: entry.queueAheadAtJoin) }
        }
    }

    private mutating func passFills(
        _ record: RunRecord, _ arithmetic: ContractArithmetic, seed: UInt64
    ) throws(Failure) {
        var later = (0..<4).map { _ in MarkoutSums(expected: record.fills.count) }
        var spreads = (maker: WeightedMean(), taker: WeightedMean())
        var arrival = WeightedMean()
        var estimates: Int64 = 0
        var atFront: Int64 = 0
        for index in record.fills.indices {
            let entry = record.fills[index]
            let value = try arithmetic.notional(
                lots: entry.fill.quantity.lots, ticks: entry.fill.price.ticks)
            fills += 1
            filledLots += Int128(entry.fill.quantity.lots)
            tradedValue = try ContractArithmetic.sum(tradedValue, value)
            if entry.fee > 0 { feesPaid = try ContractArithmetic.sum(feesPaid, entry.fee) }
            if entry.fee < 0 { rebates = try ContractArithmetic.sum(rebates, -entry.fee) }
            positionRange.longest = max(positionRange.longest, entry.positionAfter)
            positionRange.shortest = min(positionRange.shortest, entry.positionAfter)
            if entry.fill.isMaker {
                makerFills += 1
                makerValue = try ContractArithmetic.sum(makerValue, value)
                if !entry.queueAheadAtFill.isNaN {
                    estimates += 1
                    if entry.queueAheadAtFill <= 0 { atFront += 1 }
                    queueAtFill.add(lots: max(0, entry.queueAheadAtFill))
                }
            }
            let facts = FillFacts(entry, notional: arithmetic.number(value), arithmetic)
            facts.add(to: &spreads.maker, &spreads.taker, &arrival)
            let mids = entry.laterDoubleMid
            for (slot, mid) in [mids.0, mids.1, mids.2, mids.3].enumerated() where mid != 0 {
                later[slot].add(facts, laterMid: Double(mid) / 2)
            }
        }
        makerEffectiveSpread = spreads.maker.value
        takerEffectiveSpread = spreads.taker.value
        shortfall = arrival.value
        frontShare = Statistics.ratio(Double(atFront), Double(estimates))
        var random = SeededGenerator(seed: seed)
        markouts = zip(Self.horizons, later).map { $1.statistics(horizon: $0, random: &random) }
    }
}

extension LatencyHistogram {
    /// Adds a number of lots, rounded to nearest; what leaves `Int64` counts as the largest.
    mutating func add(lots: Double) {
        add(lots < 9e18 ? Int64(lots.rounded()) : Int64.max)
    }
}
