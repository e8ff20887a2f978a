// The running sums behind markouts and spreads: what one fill adds, and what all of them say.

import MartletModel
import MartletStatistics

/// What one fill is to its execution quality; prices in ticks.
struct FillFacts {
    let sign: Double
    let price: Double
    /// The venue's mid at the fill, or nil.
    let mid: Double?
    /// The local mid at submission, or nil.
    let arrivalMid: Double?
    let notional: Double
    /// Fee in basis points of the notional; negative is a rebate.
    let fee: Double
    let isMaker: Bool

    init(_ entry: FillRecord, notional: Double, _ arithmetic: ContractArithmetic) {
        sign = Double(entry.fill.side.sign)
        price = Double(entry.fill.price.ticks)
        mid = entry.doubleMidAtFill == 0 ? nil : Double(entry.doubleMidAtFill) / 2
        arrivalMid = entry.doubleMidAtSubmit == 0 ? nil : Double(entry.doubleMidAtSubmit) / 2
        self.notional = notional
        fee = Statistics.ratio(arithmetic.number(entry.fee), notional).map { $0 * 1e4 } ?? 0
        isMaker = entry.fill.isMaker
    }

    /// The sign of whoever took liquidity in this fill.
    var takerSign: Double { isMaker ? -sign : sign }

    /// Adds the effective spread and the shortfall against the arrival mid.
    func add(
        to maker: inout WeightedMean, _ taker: inout WeightedMean, _ arrival: inout WeightedMean
    ) {
        if let mid,
            let spread = Statistics.effectiveSpread(takerSign: takerSign, price: price, mid: mid)
        {
            if isMaker {
                maker.add(spread, weight: notional)
            } else {
                taker.add(spread, weight: notional)
            }
        }
        if let arrivalMid,
            let cost = Statistics.implementationShortfall(
                sign: sign, averagePrice: price, arrivalMid: arrivalMid, closingMid: arrivalMid,
                filled: 1)
        {
            arrival.add(cost, weight: notional)
        }
    }
}

/// A weighted mean in constant memory.
struct WeightedMean {
    private var weights = CompensatedSum()
    private var products = CompensatedSum()

    mutating func add(_ value: Double, weight: Double) {
        weights.add(weight)
        products.add(weight * value)
    }

    /// The mean, or nil of nothing.
    var value: Double? { Statistics.ratio(products.value, weights.value) }
}

/// The sums of one markout horizon.
struct MarkoutSums {
    private var byFill: BlockAverage
    private var byNotional: BlockAverage
    private var realised = WeightedMean()
    private var impact = WeightedMean()
    private var adverse = 0
    private var count = 0

    init(expected: Int) {
        byFill = BlockAverage(expected: expected)
        byNotional = BlockAverage(expected: expected)
    }

    mutating func add(_ facts: FillFacts, laterMid: Double) {
        guard
            let markout = Statistics.markout(
                sign: facts.sign, price: facts.price, laterMid: laterMid)
        else { return }
        count += 1
        byFill.add(markout, weight: 1)
        byNotional.add(markout, weight: facts.notional)
        // The markout counts from the fill price, so the half spread is in it already.
        if markout - facts.fee < 0 { adverse += 1 }
        guard facts.isMaker, let mid = facts.mid,
            let realisedSpread = Statistics.realisedSpread(
                takerSign: facts.takerSign, price: facts.price, mid: mid, laterMid: laterMid),
            let effective = Statistics.effectiveSpread(
                takerSign: facts.takerSign, price: facts.price, mid: mid)
        else { return }
        realised.add(realisedSpread, weight: facts.notional)
        impact.add(effective - realisedSpread, weight: facts.notional)
    }

    func statistics(horizon: Int64, random: inout SeededGenerator) -> MarkoutStatistics {
        MarkoutStatistics(
            horizon: horizon, fillWeighted: byFill.interval(random: &random),
            notionalWeighted: byNotional.interval(random: &random), average: byFill.average,
            notionalAverage: byNotional.average, count: count, realisedSpread: realised.value,
            priceImpact: impact.value,
            adverseShare: Statistics.ratio(Double(adverse), Double(count)))
    }
}
