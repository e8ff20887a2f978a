// The engine and the sweep against results of another engine (vectorbt), pair by pair.

import MartletAccounting
import MartletImport
import MartletModel
import MartletResearch
import MartletSimulation
import MartletStrategies
import MartletTesting
import Testing

@Suite("Bar goldens")
struct BarGoldenTests {
    /// A bar file and the results of all 45 pairs of the windows 5, 10, … 50 over it.
    struct Case: CustomTestStringConvertible, Sendable {
        let bars: String
        let golden: String
        /// Every how many pairs the engine itself runs; the sweep always runs all of them.
        let engineStride: Int
        var testDescription: String { bars.split(separator: "/").last.map(String.init) ?? bars }
    }

    static let shipped = [
        Case(
            bars: TestData.packageRoot + "/Data/bars/indicators_btc_daily_bitcoin.csv",
            golden: TestData.packageRoot
                + "/Tests/Data/golden-bars/indicators_btc_daily_bitcoin.csv",
            engineStride: 1),
        Case(
            bars: TestData.packageRoot + "/Data/bars/bitfinex-1h-btc-usd.csv.gz",
            golden: TestData.packageRoot + "/Tests/Data/golden-bars/bitfinex-1h-btc-usd.csv",
            engineStride: TestFiles.isDebug ? 4 : 1),
    ]

    /// A file whose licence does not let it be shipped; the test says that it is skipped without.
    static let elsewhere = TestData.shared.map { shared in
        Case(
            bars: shared + "/data/ohlcv/btc-perp-20211231-20220201_1m.csv.gz",
            golden: shared + "/golden/bars/sma_cross_vectorbt.csv",
            engineStride: TestFiles.isDebug ? 9 : 1)
    }

    static var settings: BarReplaySettings {
        var settings = BarReplaySettings()
        let rate = ExactDecimal(mantissa: 5, scale: 4)
        settings.fees = FeeSchedule(FeeRates(maker: rate, taker: rate))
        settings.cash = ExactDecimal(mantissa: 10_000, scale: 0)
        settings.fillsAtClose = true
        return settings
    }

    @Test("orders are those of vectorbt exactly, final values to 1e-6", arguments: shipped)
    func agrees(with golden: Case) throws { try check(golden) }

    @Test(
        "the same on a file that is not shipped", .enabled(if: elsewhere != nil))
    func agreesElsewhere() throws { try check(try #require(Self.elsewhere)) }

    private func check(_ golden: Case) throws {
        let series = try BarImport.read(golden.bars).series
        let windows = Array(stride(from: 5, through: 50, by: 5))
        let sweep = try SMASweep(windows: windows, settings: Self.settings).run(series)
        let rows = try TestFiles.lines(golden.golden).dropFirst()
        try #require(rows.count == 45 && sweep.rows.count == 45)
        for (index, (row, line)) in zip(sweep.rows, rows).enumerated() {
            let fields = line.split(separator: ",")
            let pair = "\(row.fast), \(row.slow)"
            try #require(pair == "\(fields[0]), \(fields[1])")
            #expect("\(row.orders)" == fields[3], "orders of \(pair)")
            #expect(row.fills == row.orders, "fills of \(pair)")
            let value = Double(row.finalValue) / Self.power(sweep.amountScale)
            let expected = try #require(Double(fields[4]))
            #expect(abs(value / expected - 1) < 1e-6, "final value of \(pair)")
            if index.isMultiple(of: golden.engineStride) {
                let result = try TestRun.smaCross(
                    series, fast: row.fast, slow: row.slow, Self.settings)
                #expect(result.submits == row.orders, "orders of \(pair)")
                #expect(result.fills == row.fills, "fills of \(pair)")
                #expect(result.finalValue == row.finalValue, "final value of \(pair)")
                #expect(result.positionLots == row.positionLots, "position of \(pair)")
            }
        }
    }

    private static func power(_ scale: Int) -> Double {
        var power = 1.0
        for _ in 0..<scale { power *= 10 }
        return power
    }
}
