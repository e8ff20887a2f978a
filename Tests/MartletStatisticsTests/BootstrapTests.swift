// Bootstrap intervals: repeatable from their seed, and as wide as the evidence is thin.

import MartletModel
import MartletStatistics
import Testing

@Suite("Block bootstrap")
struct BootstrapTests {
    private func average(_ values: [Double]) -> BlockAverage {
        var average = BlockAverage(expected: values.count)
        for value in values { average.add(value, weight: 1) }
        return average
    }

    @Test("the same seed gives the same interval")
    func repeats() throws {
        let values = average((0..<500).map { Double($0 % 17) })
        var first = SeededGenerator(seed: 7)
        var second = SeededGenerator(seed: 7)
        let one = try #require(values.interval(random: &first))
        #expect(one == values.interval(random: &second))
        #expect(one.lower <= one.average && one.average <= one.upper)
    }

    @Test("a constant has an interval of no width, one block none at all")
    func degenerate() throws {
        var random = SeededGenerator(seed: 1)
        let interval = try #require(
            average([Double](repeating: 3, count: 64)).interval(random: &random))
        #expect(interval.lower == 3 && interval.upper == 3)
        #expect(average([1]).interval(random: &random) == nil)
        #expect(average([]).average == nil)
    }

    @Test("the interval covers the truth about as often as it says", arguments: [UInt64(11)])
    func coverage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var covered = 0
        for _ in 0..<200 {
            let values = (0..<300).map { _ in Double.random(in: -1...1, using: &random) }
            let interval = try #require(average(values).interval(draws: 200, random: &random))
            if interval.lower <= 0, interval.upper >= 0 { covered += 1 }
        }
        #expect((175...199).contains(covered), "\(covered) of 200")
    }

    @Test("weights count")
    func weights() {
        var average = BlockAverage(expected: 2)
        average.add(1, weight: 3)
        average.add(5, weight: 1)
        #expect(average.average == 2)
    }

    @Test("memory is bounded however long the input")
    func bounded() {
        var average = BlockAverage(expected: 3_000_000)
        for index in 0..<3_000_000 { average.add(Double(index & 1), weight: 1) }
        #expect(average.average == 0.5)
        #expect(average.count == 3_000_000)
    }
}
