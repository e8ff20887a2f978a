// The sweep of all pairs equals the engine on each of them, on any prices and settings.

import MartletAccounting
import MartletModel
import MartletResearch
import MartletSimulation
import MartletStrategies
import Testing

@Suite("SMA sweep")
struct SMASweepTests {
    /// Random bars. Few different prices make many equal averages.
    private func series(seed: UInt64, spread: Int64, base: Int64, count: Int) -> BarSeries {
        var random = SeededGenerator(seed: seed)
        var bars: [Bar] = []
        for index in 0..<count {
            let prices = (0..<4).map { _ in base + Int64.random(in: 0...spread, using: &random) }
                .sorted()
            let isUp = Bool.random(using: &random)
            bars.append(
                Bar(
                    openTime: Int64(index) * 60, closeTime: Int64(index + 1) * 60,
                    open: Price(ticks: prices[isUp ? 1 : 2]), high: Price(ticks: prices[3]),
                    low: Price(ticks: prices[0]), close: Price(ticks: prices[isUp ? 2 : 1]),
                    volumeE8: 0))
        }
        let instrument = InstrumentSpec(
            id: InstrumentID(venue: VenueID("bars"), symbol: "X"), kind: .spot,
            tickSize: ExactDecimal(mantissa: 1, scale: 2),
            lotSize: ExactDecimal(mantissa: 1, scale: 8), baseAsset: Asset("X"),
            quoteAsset: Asset("Q"))
        return BarSeries(instrument: instrument, intervalNanoseconds: 60, bars: bars, gaps: 0)
    }

    private func settings(_ seed: UInt64) -> BarReplaySettings {
        var settings = BarReplaySettings()
        let rates: [Int64] = [0, 5, -1, 100]
        let rate = ExactDecimal(mantissa: rates[Int(seed % 4)], scale: 4)
        settings.fees = FeeSchedule(FeeRates(maker: .zero, taker: rate))
        settings.cash = ExactDecimal(mantissa: seed % 7 == 0 ? 1 : 10_000, scale: 0)
        settings.fillsAtClose = seed.isMultiple(of: 2)
        settings.slippage = ExactDecimal(mantissa: seed % 3 == 0 ? 7 : 0, scale: 4)
        return settings
    }

    private func check(_ series: BarSeries, _ windows: [Int], _ settings: BarReplaySettings) throws
    {
        let result = try SMASweep(windows: windows, settings: settings).run(series)
        #expect(result.rows.count == windows.count * (windows.count - 1) / 2)
        for row in result.rows {
            let run = try TestRun.smaCross(series, fast: row.fast, slow: row.slow, settings)
            #expect(run.submits == row.orders, "orders of \(row.fast), \(row.slow)")
            #expect(run.fills == row.fills, "fills of \(row.fast), \(row.slow)")
            #expect(run.finalValue == row.finalValue, "final value of \(row.fast), \(row.slow)")
            #expect(run.positionLots == row.positionLots, "position of \(row.fast), \(row.slow)")
        }
    }

    @Test("on random prices, many of them equal", arguments: UInt64(0)..<24)
    func random(seed: UInt64) throws {
        let series = series(
            seed: seed, spread: [1, 3, 40, 5000][Int(seed / 2 % 4)], base: 100, count: 220)
        try check(series, [1, 2, 3, 5, 8, 13, 21], settings(seed))
    }

    @Test("on prices too large for doubles", arguments: UInt64(0)..<4)
    func large(seed: UInt64) throws {
        let series = series(seed: seed, spread: 2, base: 1 << 46, count: 200)
        try check(series, [2, 3, 40, 41], settings(seed))
    }

    @Test("the order in which windows are given does not matter; too few bars give no orders")
    func edges() throws {
        let series = series(seed: 1, spread: 5, base: 100, count: 30)
        let settings = settings(2)
        let up = try SMASweep(windows: [2, 5, 9], settings: settings).run(series)
        let down = try SMASweep(windows: [9, 2, 5], settings: settings).run(series)
        #expect(up == down)
        #expect(up.rows.map { [$0.fast, $0.slow] } == [[2, 5], [2, 9], [5, 9]])
        let long = try SMASweep(windows: [31, 50], settings: settings).run(series)
        #expect(long.rows[0].orders == 0 && long.rows[0].positionLots == 0)
    }

    @Test("impossible sweeps are refused")
    func refusals() throws {
        let settings = settings(2)
        for windows in [[], [5], [5, 5], [0, 5], [5, 100_001]] {
            #expect(throws: Failure.self) { try SMASweep(windows: windows, settings: settings) }
        }
        #expect(throws: Failure.self) {
            try SMASweep(windows: [1, 2], settings: BarReplaySettings())
        }
    }
}
