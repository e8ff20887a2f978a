// Execution quality by hand and by naive twins; histograms within their promise.

import MartletModel
import MartletResearch
import MartletStatistics
import Testing

@Suite("Execution quality")
struct ExecutionQualityTests {
    @Test("ratios are what their names say")
    func ratios() throws {
        let record = try SyntheticRun(seconds: 100).record()
        let quality = try RunMetrics(record).execution
        let lots = record.fills.reduce(Int64(0)) { $0 + $1.fill.quantity.lots }
        #expect(quality.orders == 202)
        #expect(quality.fills == Int64(record.fills.count))
        #expect(quality.fillRatio == Double(lots) / Double(202 * 10))
        #expect(quality.orderFillRatio == Double(record.fills.count) / 202)
        let requests = Double(202 - record.fills.count)
        #expect(quality.orderToTrade == (202 + requests) / Double(record.fills.count))
        #expect(quality.amendShare == 0)
        #expect(quality.orderToAck.quantile(0.5) == 20_000_000)
        #expect(quality.cancelToAck.quantile(0.99) == 20_000_000)
    }

    @Test("nothing traded leaves ratios undefined, not 0")
    func nothing() throws {
        let metrics = try RunMetrics(try SyntheticRun(fillChance: 0).record())
        #expect(metrics.execution.makerShare == nil)
        #expect(metrics.execution.orderToTrade == nil)
        #expect(metrics.execution.markouts.allSatisfy { $0.average == nil && $0.count == 0 })
        #expect(metrics.returnPerNotional == nil)
        #expect(metrics.roundTrips.histogram == nil && metrics.roundTrips.open == nil)
    }

    @Test("markouts are means over fills, with intervals around them", arguments: UInt64(0)..<10)
    func markouts(seed: UInt64) throws {
        let record = try SyntheticRun(seed: seed).record()
        let metrics = try RunMetrics(record)
        var values: [Double] = []
        var adverse = 0
        for entry in record.fills where entry.laterDoubleMid.1 != 0 {
            let price = Double(entry.fill.price.ticks)
            let later = Double(entry.laterDoubleMid.1) / 2
            let markout = Double(entry.fill.side.sign) * (later - price) / price * 1e4
            let notional = Double(entry.fill.quantity.lots) / 1000 * price / 100
            values.append(markout)
            if markout - Double(entry.fee) / 1e12 / notional * 1e4 < 0 { adverse += 1 }
        }
        let second = metrics.execution.markouts[1]
        let mean = values.reduce(0, +) / Double(values.count)
        let average = try #require(second.average)
        #expect(abs(average - mean) < 1e-9)
        #expect(second.count == values.count)
        #expect(second.adverseShare == Double(adverse) / Double(values.count))
        let interval = try #require(second.fillWeighted)
        #expect(interval.lower < mean && mean < interval.upper)
        let impact = try #require(second.priceImpact)
        let realised = try #require(second.realisedSpread)
        #expect(realised.isFinite && impact.isFinite)
        #expect(try RunMetrics(record).execution.markouts == metrics.execution.markouts)
    }

    @Test("histograms give quantiles within their promise", arguments: UInt64(0)..<10)
    func quantiles(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<2000 {
            let value = Int64.random(
                in: 0...(1 << Int64.random(in: 1...40, using: &random)), using: &random)
            histogram.add(value)
            values.append(value)
        }
        values.sort()
        for share in [0.0, 0.1, 0.5, 0.9, 0.99, 1] {
            let exact = values[Int((Double(values.count - 1) * share).rounded(.down))]
            let found = try #require(histogram.quantile(share))
            #expect(abs(Double(found - exact)) <= 0.13 * Double(exact) + 1)
        }
    }

    @Test("a constant is shown as it is, extremes do not trap")
    func extremes() {
        var constant = LatencyHistogram()
        for _ in 0..<100 { constant.add(10_000_000) }
        #expect(constant.quantile(0.01) == 10_000_000 && constant.quantile(0.99) == 10_000_000)
        var wide = LatencyHistogram()
        wide.add(.max)
        wide.add(0)
        wide.add(-5)
        #expect(wide.negatives == 1 && wide.total == 2)
        #expect(wide.quantile(0) == 0 && wide.quantile(1) == .max)
        #expect(LatencyHistogram().quantile(0.5) == nil)
    }
}
