// What a sample cannot tell is nil, and what it can tell does not depend on how it is summed.

import MartletModel
import MartletStatistics
import Testing

@Suite("Undefined and robust statistics")
struct UndefinedTests {
    static let undefinedValues: [(String, Double?)] = [
        ("mean of nothing", Statistics.mean([])),
        ("deviation of one", Statistics.standardDeviation([1])),
        ("skewness without spread", Statistics.skewness([1, 1, 1])),
        ("sharpe without spread", Statistics.sharpe([0.5, 0.5])),
        ("sharpe of one", Statistics.sharpe([0.01])),
        ("sortino without losses", Statistics.sortino([0.01, 0.02], periodsPerYear: 365)),
        ("calmar without a fall", Statistics.calmar([0.01, 0.02], periodsPerYear: 365)),
        ("growth after ruin", Statistics.annualGrowth([-1, 0.5], periodsPerYear: 365)),
        ("profit factor without losses", Statistics.profitFactor([1, 2])),
        ("omega without losses", Statistics.omega([1, 2])),
        ("tail ratio without a tail", Statistics.tailRatio([0, 0, 0])),
        ("win rate of evens", TradeStatistics([0, 0]).winRate),
        ("payoff without losses", TradeStatistics([1, 2]).payoff),
        ("quality of one", TradeStatistics([1]).systemQuality),
        ("quantile above one", Statistics.quantile([1, 2], 1.5)),
        ("normal quantile of 0", Statistics.normalQuantile(0)),
        ("normal quantile of 1", Statistics.normalQuantile(1)),
        ("expected maximum of one", Statistics.expectedMaximum(trials: 1)),
        ("markout at price 0", Statistics.markout(sign: 1, price: 0, laterMid: 1)),
        (
            "track record of a loser",
            Statistics.minimumTrackRecord(
                sharpe: -0.1, above: 0, skewness: 0, kurtosis: 3, confidence: 0.95)
        ),
    ]

    @Test("is nil, not a number", arguments: undefinedValues)
    func undefined(name: String, value: Double?) { #expect(value == nil, "\(name)") }

    @Test("returns need bases above zero")
    func returnsOfRuin() {
        #expect(Statistics.returns(ofEquity: [1, 0, 1]) == nil)
        #expect(Statistics.returns(ofEquity: [1, 2, -1]) == [1, -1.5])
        #expect(Statistics.returns(ofEquity: [1]) == [])
    }

    @Test("sums do not lose small numbers beside large ones")
    func compensation() {
        #expect(Statistics.sum([1e16, 1, -1e16]) == 1)
        #expect(Statistics.sum([Double](repeating: 0.1, count: 10_000_000)) == 1_000_000)
    }

    @Test("streamed results equal those of the whole array", arguments: UInt64(0)..<50)
    func streamedTwin(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let results = (0..<200).map { _ in Double(Int64.random(in: -50...60, using: &random)) / 8 }
        let streamed = TradeStatistics(results)
        #expect(streamed.profitFactor == Statistics.profitFactor(results))
        #expect(streamed.best == results.max() && streamed.worst == results.min())
        let deviation = try #require(Statistics.standardDeviation(results))
        let mean = try #require(Statistics.mean(results))
        #expect(abs(try #require(streamed.standardDeviation) - deviation) < 1e-12 * deviation)
        let expectancy = try #require(streamed.expectancy)
        let decided = Double(streamed.wins + streamed.losses)
        #expect(abs(expectancy * decided - mean * 200) < 1e-9)
    }

    @Test("Lo's ratio is the plain one without autocorrelation, lower with trends")
    func autocorrelation() throws {
        let alternating = (0..<100).map { 0.01 + ($0 % 2 == 0 ? 0.02 : -0.02) }
        let trending = (0..<100).map { 0.01 + ($0 < 50 ? 0.02 : -0.02) }
        let plain = try #require(Statistics.sharpe(trending)) * 2
        #expect(try #require(Statistics.autocorrelatedSharpe(trending, periods: 4)) < plain)
        #expect(try #require(Statistics.autocorrelatedSharpe(alternating, periods: 4)) > plain)
        #expect(
            Statistics.autocorrelatedSharpe(trending, periods: 1) == Statistics.sharpe(trending))
    }

    @Test("a regression on itself has beta 1 and alpha 0")
    func benchmark() throws {
        let returns = [0.01, -0.02, 0.005, 0.03]
        let fit = try #require(Statistics.benchmarkFit(returns, benchmark: returns))
        #expect(abs(fit.beta - 1) < 1e-12 && abs(fit.alpha) < 1e-15)
        #expect(fit.informationRatio == nil)
        let double = try #require(
            Statistics.benchmarkFit(returns.map { 2 * $0 + 0.001 }, benchmark: returns))
        #expect(abs(double.beta - 2) < 1e-12 && abs(double.alpha - 0.001) < 1e-12)
    }
}
