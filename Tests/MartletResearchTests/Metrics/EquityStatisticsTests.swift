// The grid of returns, when they are annualised, and drawdowns in currency.

import MartletModel
import MartletResearch
import Testing

@Suite("Equity statistics")
struct EquityStatisticsTests {
    /// A run of a length and sampling step, and the grid its returns must have.
    struct Row: CustomTestStringConvertible, Sendable {
        let seconds: Int
        let step: Int64
        let grid: Int64?
        let count: Int
        let isAnnual: Bool
        var testDescription: String { "\(seconds) steps of \(step) s" }
    }

    static let rows = [
        Row(seconds: 345, step: 1, grid: 1, count: 345, isAnnual: false),
        Row(seconds: 20, step: 1, grid: 1, count: 20, isAnnual: false),
        Row(seconds: 2000, step: 1, grid: 60, count: 34, isAnnual: false),
        Row(seconds: 3000, step: 60, grid: 3600, count: 51, isAnnual: true),
        Row(seconds: 1000, step: 3600, grid: 86_400, count: 42, isAnnual: true),
    ]

    @Test("returns use the coarsest grid that gives 30, annual from one day on", arguments: rows)
    func grid(row: Row) throws {
        let run = SyntheticRun(
            seconds: row.seconds, cash: 10_000, step: row.step * 1_000_000_000)
        let returns = try RunMetrics(try run.record()).equity.returns
        #expect(returns?.step == row.grid.map { $0 * 1_000_000_000 })
        #expect(abs((returns?.values.count ?? 0) - row.count) <= 1)
        #expect((returns?.periodsPerYear != nil) == row.isAnnual)
    }

    @Test("without cash there are no ratios, and the reason is said")
    func noCash() throws {
        let equity = try RunMetrics(try SyntheticRun().record()).equity
        #expect(equity.returns == nil)
        #expect(equity.undefinedBecause?.contains("no initial cash") == true)
        #expect(equity.meanGrossLeverage == nil)
        #expect(equity.deepestFall < 0)
    }

    @Test("sampled returns chain to the total return", arguments: UInt64(0)..<10)
    func chain(seed: UInt64) throws {
        let record = try SyntheticRun(seed: seed, seconds: 2000, cash: 10).record()
        let returns = try #require(try RunMetrics(record).equity.returns)
        let growth = returns.values.reduce(1.0) { $0 * (1 + $1) }
        let first = try #require(record.equity.first)
        let last = try #require(record.equity.last)
        // The last stretch is shorter than a step and may be left out.
        let lastStretch = record.equity.dropLast(40).last ?? last
        let low = min(Double(last.equity), Double(lastStretch.equity)) / Double(first.equity)
        let high = max(Double(last.equity), Double(lastStretch.equity)) / Double(first.equity)
        #expect(growth > low - 0.01 && growth < high + 0.01)
    }

    @Test("the deepest fall is exact, with the time below the peak and back")
    func drawdown() throws {
        var record = try SyntheticRun(seconds: 1).record()
        record.startTime = 0
        record.endTime = 60
        record.equity = [0, 5, 3, 9, 2, 4, 9, 10].enumerated().map { index, value in
            EquityPoint(
                time: Int64(index) * 10, positionLots: 0, doubleMid: 0, cash: 0, fees: 0,
                funding: 0, equity: Int128(value))
        }
        let equity = try RunMetrics(record).equity
        #expect(equity.deepestFall == -7 && equity.deepestShare == nil)
        #expect(equity.deepestTime == 40)
        #expect(equity.recovery == 20)
        #expect(equity.longestBelowPeak == 30)
    }

    @Test("the deepest share of a peak may lie elsewhere than the deepest fall")
    func drawdownShare() throws {
        var record = try SyntheticRun(cash: 1).record()
        record.initialCash = 10
        record.equity = [10, 4, 100, 80].enumerated().map { index, value in
            EquityPoint(
                time: Int64(index), positionLots: 0, doubleMid: 0, cash: 0, fees: 0, funding: 0,
                equity: Int128(value))
        }
        let equity = try RunMetrics(record).equity
        #expect(equity.deepestFall == -20)
        #expect(equity.deepestShare == -0.6)
    }

    @Test("equity at or below 0 makes returns undefined")
    func ruin() throws {
        var record = try SyntheticRun(cash: 1).record()
        record.equity[3].equity = 0
        let equity = try RunMetrics(record).equity
        #expect(equity.undefinedBecause == "equity fell to 0 or below")
    }

    @Test("buy and hold is the instrument's own price, missing mids filled")
    func benchmark() throws {
        var record = try SyntheticRun(cash: 1000).record()
        record.equity[0].doubleMid = 0
        record.equity[7].doubleMid = 0
        let returns = try #require(try RunMetrics(record).equity.returns)
        let benchmark = try #require(returns.benchmark)
        #expect(benchmark.count == returns.values.count)
        let growth = benchmark.reduce(1.0) { $0 * (1 + $1) }
        let first = Double(record.equity[1].doubleMid)
        let last = Double(try #require(record.equity.last).doubleMid)
        #expect(abs(growth - last / first) < 1e-9)
    }
}
