// Results of round trips: how often they win, how much, and how steadily. Streams in any number.

import Glibc

/// Running statistics of results, one per round trip (or period), in constant memory.
public struct TradeStatistics: Hashable, Sendable {
    /// Results above 0.
    public private(set) var wins = 0
    /// Results below 0.
    public private(set) var losses = 0
    /// Results of exactly 0: counted, but neither won nor lost.
    public private(set) var evens = 0
    /// The largest result, or nil of nothing.
    public private(set) var best: Double?
    /// The smallest result, or nil of nothing.
    public private(set) var worst: Double?
    private var won = CompensatedSum()
    private var lost = CompensatedSum()
    private var runningMean = 0.0
    private var runningSquares = 0.0

    /// No results yet.
    public init() {}

    /// The statistics of `results`.
    public init(_ results: some Sequence<Double>) {
        for result in results { add(result) }
    }

    /// Adds one result.
    public mutating func add(_ result: Double) {
        if result > 0 {
            wins += 1
            won.add(result)
        } else if result < 0 {
            losses += 1
            lost.add(-result)
        } else {
            evens += 1
        }
        best = max(best ?? result, result)
        worst = min(worst ?? result, result)
        // Welford 1962: the spread without the results themselves.
        let shift = result - runningMean
        runningMean += shift / Double(count)
        runningSquares += shift * (result - runningMean)
    }

    /// Results added.
    public var count: Int { wins + losses + evens }
    /// Sum of results above 0.
    public var grossProfit: Double { won.value }
    /// Minus the sum of results below 0; at least 0.
    public var grossLoss: Double { lost.value }
    /// Mean result, or nil of nothing.
    public var mean: Double? { count == 0 ? nil : (won.value - lost.value) / Double(count) }
    /// Sample standard deviation of results, or nil below two.
    public var standardDeviation: Double? {
        count < 2 ? nil : (runningSquares / Double(count - 1)).squareRoot()
    }
    /// wins/(wins + losses), results of 0 left out.
    public var winRate: Double? { Statistics.ratio(Double(wins), Double(wins + losses)) }
    /// Gross profit/gross loss; nil without losses.
    public var profitFactor: Double? { Statistics.ratio(grossProfit, grossLoss) }
    /// Mean win, or nil without wins.
    public var averageWin: Double? { Statistics.ratio(grossProfit, Double(wins)) }
    /// Mean loss as a positive number, or nil without losses.
    public var averageLoss: Double? { Statistics.ratio(grossLoss, Double(losses)) }
    /// Average win/average loss.
    public var payoff: Double? {
        guard let averageWin, let averageLoss else { return nil }
        return Statistics.ratio(averageWin, averageLoss)
    }
    /// p·W − (1−p)·L per result that won or lost; a side that never happened counts 0.
    public var expectancy: Double? {
        winRate.map { $0 * (averageWin ?? 0) - (1 - $0) * (averageLoss ?? 0) }
    }
    /// System quality number √n·mean/sd; nil without spread. Source: Van Tharp.
    public var systemQuality: Double? {
        guard let mean, let deviation = standardDeviation, deviation > 0 else { return nil }
        return Double(count).squareRoot() * mean / deviation
    }
    /// Kelly fraction p − (1−p)/b with b the payoff; bet at most half of it. Source: Kelly 1956.
    public var kelly: Double? {
        guard let winRate, let payoff, payoff > 0 else { return nil }
        return winRate - (1 - winRate) / payoff
    }
}
