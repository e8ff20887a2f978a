// Every reference number of the formulas, to the digits in which it is known.

import MartletStatistics
import Testing

private let sample = [0.01, -0.02, 0.015, 0.003, -0.007, 0.012, -0.004, 0, 0.02, -0.011]

/// A statistic, what it must be, and to how many parts.
struct Check: CustomTestStringConvertible, Sendable {
    let name: String
    let value: Double?
    let expected: Double
    let tolerance: Double

    init(_ name: String, _ value: Double?, _ expected: Double, tolerance: Double = 1e-9) {
        self.name = name
        self.value = value
        self.expected = expected
        self.tolerance = tolerance
    }

    var testDescription: String { name }
    var holds: Bool {
        guard let value else { return false }
        return abs(value - expected) <= tolerance * max(abs(expected), 1e-300)
    }
}

@Suite("Reference numbers")
struct FormulaChecksTests {
    static let tearSheetChecks: [Check] = [
        Check("mean", Statistics.mean(sample), 0.0018),
        Check("deviation", Statistics.standardDeviation(sample), 0.012612163441165305),
        Check("sharpe per period", Statistics.sharpe(sample), 0.14271936836188737),
        Check(
            "sharpe per year", Statistics.annualSharpe(sample, periodsPerYear: 365),
            2.7266497040415505),
        Check("downside deviation", Statistics.downsideDeviation(sample), 0.007655063683601855),
        Check("sortino", Statistics.sortino(sample, periodsPerYear: 365), 4.492314255705365),
        Check("final equity", Statistics.growth(sample), 1.0174193369595759),
        Check("total return", Statistics.totalReturn(sample), 0.0174193369595759),
        Check("deepest drawdown", Statistics.drawdownSummary(sample)?.deepest, -0.02),
        Check("ulcer", Statistics.ulcerIndex(sample), 0.008203277410443438),
        Check("CAGR", Statistics.annualGrowth(sample, periodsPerYear: 365), 0.8782333374293134),
        Check("calmar", Statistics.calmar(sample, periodsPerYear: 365), 43.9116668714654),
        Check("skewness", Statistics.skewness(sample), -0.19831606584817393),
        Check("kurtosis", Statistics.kurtosis(sample), 2.0261877343083796),
        Check("profit factor of periods", Statistics.profitFactor(sample), 1.4285714285714286),
        Check("profit factor of results", TradeStatistics(sample).profitFactor, 1.4285714285714286),
        Check("payoff", TradeStatistics(sample).payoff, 1.142857142857143),
        Check("win rate", TradeStatistics(sample).winRate, 5.0 / 9.0),
        Check("value at risk", Statistics.valueAtRisk(sample, level: 0.9), 0.0119),
        Check("expected shortfall", Statistics.expectedShortfall(sample, level: 0.9), 0.02),
        Check("tail ratio", Statistics.tailRatio(sample), 1.1128526645768022),
        Check("omega at 0", Statistics.omega(sample), 1.4285714285714286),
        Check("gain to pain", Statistics.gainToPain(sample), 0.018 / 0.042),
    ]

    @Test("the tear sheet reproduces its check values", arguments: tearSheetChecks)
    func tearSheet(check: Check) { #expect(check.holds, "\(check.value as Any)") }

    static let sharpeChecks: [Check] = [
        Check("bracket 10", Statistics.expectedMaximum(trials: 10), 1.574598, tolerance: 4e-7),
        Check("bracket 24", Statistics.expectedMaximum(trials: 24), 1.979773, tolerance: 4e-7),
        Check("bracket 100", Statistics.expectedMaximum(trials: 100), 2.530603, tolerance: 4e-7),
        Check("bracket 1000", Statistics.expectedMaximum(trials: 1000), 3.255122, tolerance: 4e-7),
        Check(
            "SR0", Statistics.expectedMaximumSharpe(trials: 100, variance: 0.5 / 250),
            0.1131720, tolerance: 5e-7),
        Check(
            "DSR",
            Statistics.deflatedSharpe(
                sharpe: 2.5 / 250.0.squareRoot(), count: 1250, skewness: -3, kurtosis: 10,
                trials: 100, trialVariance: 0.5 / 250), 0.9003968, tolerance: 1e-7),
        Check(
            "PSR(0)",
            Statistics.probabilisticSharpe(
                sharpe: 0.1, above: 0, count: 252, skewness: -0.5, kurtosis: 6), 0.9378527056667,
            tolerance: 1e-12),
        Check(
            "PSR(0.05)",
            Statistics.probabilisticSharpe(
                sharpe: 0.1, above: 0.05, count: 252, skewness: -0.5, kurtosis: 6),
            0.7789041290537, tolerance: 1e-12),
        Check(
            "MinTRL",
            Statistics.minimumTrackRecord(
                sharpe: 0.1, above: 0, skewness: -0.5, kurtosis: 6, confidence: 0.95), 288.464,
            tolerance: 2e-6),
    ]

    @Test("Sharpe tests reproduce their check values", arguments: sharpeChecks)
    func sharpeFamily(check: Check) { #expect(check.holds, "\(check.value as Any)") }

    static let normalChecks: [Check] = [
        Check("Φ(0)", Statistics.normalCumulative(0), 0.5),
        Check("Φ(1.96)", Statistics.normalCumulative(1.96), 0.9750021048517795),
        Check("Φ(−8)", Statistics.normalCumulative(-8), 6.220960574271785e-16),
        Check("Φ⁻¹(0.975)", Statistics.normalQuantile(0.975), 1.959963984540054),
        Check("Φ⁻¹(0.95)", Statistics.normalQuantile(0.95), 1.6448536269514722),
        Check("Φ⁻¹(1e-10)", Statistics.normalQuantile(1e-10), -6.361340902404056),
        Check("Φ⁻¹(1e-300)", Statistics.normalQuantile(1e-300), -37.0470962993612),
    ]

    @Test("the normal distribution reproduces tables", arguments: normalChecks)
    func normalTable(check: Check) { #expect(check.holds, "\(check.value as Any)") }

    @Test("the quantile inverts the cumulative probability", arguments: 1..<400)
    func normalRoundTrip(step: Int) throws {
        let x = Double(step - 200) / 25
        let inverse = try #require(Statistics.normalQuantile(Statistics.normalCumulative(x)))
        // Above 0, 1 − Φ loses digits before the quantile is even asked.
        let lost = x > 0 ? 1e-15 / (1 - Statistics.normalCumulative(x)) : 0
        #expect(abs(inverse - x) <= 1e-12 + lost)
    }

    @Test("the deepest fall is found where it is")
    func drawdownPlace() {
        let summary = Statistics.drawdownSummary(sample)
        #expect(summary?.deepestIndex == 1)
        #expect(summary?.recoveryPeriods == 4)
        #expect(summary?.longestPeriods == 4)
    }
}
