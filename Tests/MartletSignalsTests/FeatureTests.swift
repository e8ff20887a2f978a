// Order-flow features against the numbers that docs/formulas prints, and against plain loops.

import MartletBook
import MartletModel
import MartletSignals
import Testing

/// Whether two numbers agree to a relative 1e-12.
func near(_ left: Double?, _ right: Double) -> Bool {
    guard let left else { return false }
    return abs(left - right) <= 1e-12 * max(1, abs(left), abs(right))
}

@Suite("Book features")
struct BookFeatureTests {
    /// Ticks of 0.1: bids 100.0 × 3, 99.9 × 5, 99.8 × 10, asks 100.1 × 1, 100.2 × 6, 100.3 × 10.
    private func withMarket<Result>(_ body: (MarketView) -> Result) -> Result {
        let state = UnsafeMutablePointer<MarketState>.allocate(capacity: 1)
        state.initialize(to: MarketState())
        defer {
            state.deinitialize(count: 1)
            state.deallocate()
        }
        for (tick, lots) in [(1_000, 3), (999, 5), (998, 10)] as [(Int64, Int64)] {
            state.pointee.book.setBid(tick: tick, lots: lots)
        }
        for (tick, lots) in [(1_001, 1), (1_002, 6), (1_003, 10)] as [(Int64, Int64)] {
            state.pointee.book.setAsk(tick: tick, lots: lots)
        }
        return body(MarketView(state))
    }

    @Test("weighted mid and imbalance as printed")
    func touch() {
        let touch = Touch(bid: 1_000, bidLots: 7, ask: 1_001, askLots: 1)
        #expect(near(touch.weightedMid, 1_000.875))
        #expect(near(touch.imbalance, 0.875))
        #expect(touch.mid == 1_000.5)
        #expect(Touch(bid: 1, bidLots: 0, ask: 2, askLots: 0).weightedMid == nil)
    }

    @Test("both volume-adjusted mids as printed")
    func volumeAdjusted() {
        withMarket { market in
            #expect(near(VolumeAdjustedMid.fill(market, lots: 5), 1_000.7))
            #expect(
                near(
                    VolumeAdjustedMid.averagePrice(market, takingFrom: .buy, lots: 5), 999.6))
            #expect(
                near(
                    VolumeAdjustedMid.averagePrice(market, takingFrom: .sell, lots: 5), 1_001.8))
            #expect(near(VolumeAdjustedMid.cross(market, levels: 3), 1_000.4857142857142))
            #expect(near(VolumeAdjustedMid.cross(market, levels: 99), 1_000.4857142857142))
            #expect(VolumeAdjustedMid.fill(market, lots: 18) == nil)
            #expect(VolumeAdjustedMid.fill(market, lots: 0) == nil)
            #expect(VolumeAdjustedMid.cross(market, levels: 0) == nil)
            #expect(Touch(market) == Touch(bid: 1_000, bidLots: 3, ask: 1_001, askLots: 1))
        }
    }

    @Test("order-flow imbalance as printed")
    func orderFlow() {
        let states: [(Int64, Int64, Int64, Int64)] = [
            (1_000, 5, 1_001, 4), (1_000, 7, 1_001, 4), (1_000, 7, 1_001, 1), (1_001, 3, 1_002, 6),
            (1_001, 3, 1_002, 8), (1_000, 9, 1_001, 2),
        ]
        var imbalance = OrderFlowImbalance()
        let changes = states.map {
            imbalance.add(Touch(bid: $0.0, bidLots: $0.1, ask: $0.2, askLots: $0.3))
        }
        #expect(changes == [0, 2, 3, 4, -2, -5])
        #expect(imbalance.take() == 2)
        #expect(imbalance.sum == 0)
    }
}

@Suite("Trade flow")
struct TradeFlowTests {
    @Test("VPIN as printed, trades split at bucket borders")
    func informedTrading() {
        let trades: [(Int64, Side)] = [
            (6, .buy), (7, .sell), (4, .buy), (10, .buy), (8, .sell), (5, .sell), (20, .buy),
            (3, .sell), (17, .sell),
        ]
        var probability = InformedTradingProbability(bucketLots: 20, buckets: 4)
        for (lots, side) in trades {
            #expect(probability.value == nil)
            probability.add(side, lots: lots)
        }
        #expect(probability.filled == 4)
        #expect(near(probability.value, 0.65))
        probability.add(.buy, lots: 1 << 53)
        #expect(near(probability.value, 1))
    }

    @Test("VPIN agrees with trading lot by lot", arguments: UInt64(0)..<50)
    func splitting(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var whole = InformedTradingProbability(bucketLots: 7, buckets: 3)
        var single = InformedTradingProbability(bucketLots: 7, buckets: 3)
        for _ in 0..<100 {
            let side: Side = Bool.random(using: &random) ? .buy : .sell
            let lots = Int64.random(in: 0...40, using: &random)
            whole.add(side, lots: lots)
            for _ in 0..<lots { single.add(side, lots: 1) }
            #expect(whole.value == single.value)
        }
    }

    @Test("imbalance and cumulative delta over a window")
    func windows() {
        var imbalance = TradeImbalance(trades: 2)
        #expect(imbalance.value == nil)
        imbalance.add(.buy, lots: 3)
        #expect(imbalance.value == 1)
        imbalance.add(.sell, lots: 1)
        #expect(imbalance.value == 0.5)
        imbalance.add(.sell, lots: 4)
        #expect(imbalance.value == -1)
        var delta = CumulativeVolumeDelta()
        delta.add(.buy, price: Price(ticks: 10), lots: 3)
        delta.add(.sell, price: Price(ticks: 20), lots: 5)
        #expect(delta.lots == -2)
        #expect(delta.lotTicks == -70)
        delta.reset()
        #expect(delta == CumulativeVolumeDelta())
    }
}

@Suite("Averages and volatility")
struct AverageTests {
    @Test("a window sum is the sum of the last values", arguments: UInt64(0)..<50)
    func windowSum(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let length = Int.random(in: 1...9, using: &random)
        var window = WindowSum(length: length)
        var values: [Int64] = []
        let largest: Int64 = 1 << 53
        for _ in 0..<50 {
            values.append(Int64.random(in: -largest...largest, using: &random))
            window.add(values[values.count - 1])
            let last = values.suffix(length)
            #expect(window.sum == last.reduce(Int128(0)) { $0 + Int128($1) })
            #expect(window.isFull == (values.count >= length))
        }
    }

    @Test("averages compare exactly where doubles cannot")
    func exactComparison() {
        var short = WindowSum(length: 1)
        var long = WindowSum(length: 3)
        let base: Int64 = (1 << 53) - 3
        for value in [base, base + 1, base + 2] {
            #expect(short.compare(to: long) == nil)
            short.add(value)
            long.add(value)
        }
        #expect(short.compare(to: long) == 1)
        #expect(long.compare(to: short) == -1)
        long.add(base + 3)
        short.add(base + 2)
        #expect(short.compare(to: long) == 0)
        #expect(long.average == Double(base + 2))
    }

    @Test("an exponential average moves by its weight")
    func exponential() {
        var average = ExponentialAverage(periods: 3)
        #expect(average.value == nil)
        for (value, expected) in [(8, 8), (4, 6), (6, 6), (.nan, 6), (10, 8)] as [(Double, Double)]
        {
            average.add(value)
            #expect(average.value == expected)
        }
    }

    @Test("volatility is per root second, whatever the sampling")
    func volatility() {
        var volatility = RealizedVolatility(changes: 4, secondsPerSample: 0.25)
        #expect(volatility.ticksPerRootSecond == nil)
        // Mid moves of ±3 ticks four times a second: √(4 × 9) = 6 ticks per √s.
        for step in 0..<10 as Range<Int64> { volatility.add(doubleMid: 200 + (step % 2) * 6) }
        #expect(near(volatility.ticksPerRootSecond, 6))
        volatility.breakChain()
        volatility.add(doubleMid: 1 << 54)
        #expect(near(volatility.ticksPerRootSecond, 6))
        volatility.add(doubleMid: -(1 << 54))
        #expect(volatility.ticksPerRootSecond.map { $0 > 1e15 } == true)
    }
}

@Suite("Trading intensity")
struct TradingIntensityTests {
    @Test("a straight line in logarithms is found again")
    func line() {
        let points = (0..<6).map {
            (distance: Double($0), rate: 2.5 * exponential(-0.3 * Double($0)))
        }
        let fit = IntensityFit(points)
        #expect(fit.map { abs($0.rate - 2.5) < 1e-9 && abs($0.decay - 0.3) < 1e-9 } == true)
        #expect(IntensityFit([(distance: 1, rate: 2)]) == nil)
        #expect(IntensityFit([(distance: 1, rate: 2), (distance: 1, rate: 1)]) == nil)
        #expect(IntensityFit([(distance: 1, rate: 1), (distance: 2, rate: 2)]) == nil)
    }

    @Test("exponential distances give back rate and decay", arguments: UInt64(0)..<10)
    func sampled(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var intensity = TradingIntensity(arrivals: 4_000)
        var now: Int64 = 0
        for _ in 0..<10_000 {
            now += 50_000_000  // 20 arrivals per second.
            // Depth with survival e^(−0.1 δ): rises by a half tick with probability e^(−0.05).
            var halfTicks: Int64 = 0
            while Double.random(in: 0..<1, using: &random) < exponential(-0.05) { halfTicks += 1 }
            intensity.add(halfTicks: halfTicks, at: now)
        }
        let fit = intensity.fit(now: now)
        #expect(fit.map { abs($0.decay - 0.1) < 0.015 && abs($0.rate - 20) < 3 } == true)
    }

    @Test("too little, or all at one distance, is no fit")
    func noFit() {
        var intensity = TradingIntensity(arrivals: 100)
        for time in 0..<9 as Range<Int64> { intensity.add(halfTicks: time, at: time) }
        #expect(intensity.fit(now: 10) == nil)
        var flat = TradingIntensity(arrivals: 100)
        for time in 0..<50 as Range<Int64> { flat.add(halfTicks: 0, at: time) }
        #expect(flat.fit(now: 50) == nil)
        var single = TradingIntensity(arrivals: 100)
        for time in 0..<50 as Range<Int64> { single.add(halfTicks: 40, at: time * 100_000_000) }
        #expect(single.fit(now: 5_000_000_000) == IntensityFit(rate: 10, decay: 0.05))
    }

    /// e^x by its series: tests have no Foundation. Good for |x| ≤ 3.
    private func exponential(_ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        for index in 1...40 {
            term *= x / Double(index)
            sum += term
        }
        return sum
    }
}
