// A bar backtest leaves a run directory whose numbers agree with each other and with the replay.

import Foundation
import MartletAccounting
import MartletImport
import MartletModel
import MartletResearch
import MartletSimulation
import MartletTesting
import Testing

@Suite("Bar backtest")
struct BarBacktestTests {
    private var options: BacktestOptions {
        var options = BacktestOptions()
        options.bars = TestData.packageRoot + "/Data/bars/indicators_btc_daily_bitcoin.csv"
        options.strategy = "sma-cross"
        options.takerFee = ExactDecimal(mantissa: 5, scale: 4)
        options.makerFee = options.takerFee
        options.cash = ExactDecimal(mantissa: 10_000, scale: 0)
        options.slippage = ExactDecimal(mantissa: 1, scale: 3)
        options.repeats = 2
        return options
    }

    private func run(_ options: BacktestOptions) throws -> (BacktestOutcome, files: [String: Data])
    {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-bars-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // leftovers in /tmp are harmless
        let series = try BarImport.read(try #require(options.bars)).series
        let outcome = try BacktestRunner.run(
            options, bars: series, directory: folder.path, version: "test")
        var files: [String: Data] = [:]
        for name in ["orders.csv", "fills.csv", "equity.csv"] {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        return (outcome, files)
    }

    @Test("what is executed at the last close is in the final value, fee included")
    func lastClose() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-bars-\(UUID().uuidString).csv")
        defer { try? FileManager.default.removeItem(at: file) }  // leftovers in /tmp are harmless
        var text = "timestamp,open,high,low,close,volume\n"
        for (minute, close) in [3, 2, 1, 5].enumerated() {
            text += "2024-01-01 00:0\(minute):00,\(close),\(close),\(close),\(close),1\n"
        }
        try Data(text.utf8).write(to: file)
        var options = options
        options.bars = file.path
        options.fillAt = .close
        options.slippage = .zero
        options.parameters = [
            ParameterSetting(name: "fast", text: "1"), ParameterSetting(name: "slow", text: "2"),
        ]
        let record = try run(options).0.record
        let last = try #require(record.equity.last)
        #expect(record.fills.count == 1)
        #expect(last.positionLots > 0 && last.fees > 0)
        #expect(last.equity == record.initialCash - last.fees)
    }

    @Test("record, metrics and replay agree")
    func agrees() throws {
        let (outcome, files) = try run(options)
        let record = outcome.record
        let series = try BarImport.read(try #require(options.bars)).series
        var settings = BarReplaySettings()
        let rate = ExactDecimal(mantissa: 5, scale: 4)
        settings.fees = FeeSchedule(FeeRates(maker: rate, taker: rate))
        settings.cash = options.cash
        settings.slippage = options.slippage
        let result = try TestRun.smaCross(series, fast: 5, slow: 20, settings)
        #expect(record.orders.count == result.submits && record.fills.count == result.fills)
        #expect(result.fills > 20)
        #expect(record.effectHash == result.effectHash)
        #expect(record.equity.last?.equity == result.finalValue)
        #expect(record.equity.last?.positionLots == result.positionLots)
        #expect(record.equity.first?.equity == record.initialCash)
        #expect(record.equityStep == 86_400_000_000_000)
        #expect(record.data.rows == 1_246 && record.data.gaps == series.gaps)
        #expect(files["fills.csv"]?.filter { $0 == 10 }.count == record.fills.count + 1)
    }

    @Test("the same options give the same bytes")
    func repeatable() throws {
        let first = try run(options)
        let second = try run(options)
        #expect(first.files == second.files)
        #expect(first.0.record.effectHash == second.0.record.effectHash)
    }

    @Test("the bracket shows the other fill price and more slippage")
    func bracket() throws {
        var options = options
        options.bracket = true
        let rows = try run(options).0.bracket
        #expect(
            rows.map(\.label) == [
                "As configured", "Filled at the signal bar's close", "0.1 % more slippage",
            ])
    }

    @Test("strategies and options that need events are refused")
    func refusals() throws {
        var quoter = options
        quoter.strategy = "touch-quoter"
        var golden = options
        golden.goldenOut = "x"
        for options in [quoter, golden] {
            #expect(throws: Failure.self) { try run(options) }
        }
    }
}
