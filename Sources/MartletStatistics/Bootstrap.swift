// How sure a weighted average is: a seeded block bootstrap in constant memory.

public import MartletModel

/// An average with the interval that its bootstrap gives.
public struct AverageInterval: Hashable, Sendable {
    /// The weighted average of all values.
    public let average: Double
    /// Lower end of the interval.
    public let lower: Double
    /// Upper end of the interval.
    public let upper: Double
    /// Values averaged.
    public let count: Int
}

/// Weighted averages of a long sequence, with bootstrap intervals from contiguous blocks.
///
/// Values are gathered into consecutive blocks of about n^(1/3) values, and at most ``blocksMax``
/// blocks, then whole blocks are drawn with replacement. Blocks keep what neighbours share (the
/// later mids of fills close in time are nearly the same), which single draws would mistake for
/// independent evidence. Memory does not depend on n.
public struct BlockAverage: Sendable {
    /// The largest number of blocks.
    public static let blocksMax = 256
    private let blockLength: Int
    private var weights: [Double] = []
    private var products: [Double] = []
    private var filled = 0
    /// Values added.
    public private(set) var count = 0

    /// Averages over about `expected` values.
    public init(expected: Int) {
        var root = 1
        while root * root * root < expected { root += 1 }
        blockLength = max(root, (expected + Self.blocksMax - 1) / Self.blocksMax)
    }

    /// Adds the next value in time with its weight (above 0).
    public mutating func add(_ value: Double, weight: Double) {
        if filled == 0 {
            weights.append(0)
            products.append(0)
        }
        weights[weights.count - 1] += weight
        products[products.count - 1] += weight * value
        filled = (filled + 1) % blockLength
        count += 1
    }

    /// The weighted average, or nil of nothing.
    public var average: Double? {
        Statistics.ratio(Statistics.sum(products), Statistics.sum(weights))
    }

    /// The average with its percentile interval over `draws` bootstrap samples, or nil below two
    /// blocks. Equal seeds give equal intervals.
    public func interval(
        level: Double = 0.95, draws: Int = 1000, random: inout SeededGenerator
    ) -> AverageInterval? {
        guard weights.count > 1, let average else { return nil }
        var averages: [Double] = []
        averages.reserveCapacity(draws)
        let blocks = UInt64(weights.count)
        for _ in 0..<draws {
            var weight = 0.0
            var product = 0.0
            for _ in weights.indices {
                let pick = Int(random.next().multipliedFullWidth(by: blocks).high)
                weight += weights[pick]
                product += products[pick]
            }
            if let sample = Statistics.ratio(product, weight) { averages.append(sample) }
        }
        averages.sort()
        let tail = (1 - level) / 2
        guard let lower = Statistics.quantile(ofSorted: averages, tail),
            let upper = Statistics.quantile(ofSorted: averages, 1 - tail)
        else { return nil }
        return AverageInterval(average: average, lower: lower, upper: upper, count: count)
    }
}
