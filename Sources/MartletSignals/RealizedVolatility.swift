// How much the mid price moves: realised volatility in ticks per square root of a second.

/// Realised volatility of evenly sampled mid prices over a sliding window.
///
/// Volatility² per second is the mean squared change between samples, divided by the sampling
/// interval (formulas: realised volatility, √Σr²). Changes are of prices, not returns, since quotes
/// are set in ticks. The sum of squares is kept in integers, so it never drifts. Assumes samples at
/// even intervals and no drift; a bounce between bid and ask counts as movement (errs high).
public struct RealizedVolatility: Hashable, Sendable {
    private var squares: [Int128]
    private var next = 0
    private var filled = 0
    private var sum: Int128 = 0
    private var previous: Int64?
    /// Time between samples; seconds.
    public let secondsPerSample: Double

    /// A window of `changes` changes, at least 1, between samples that are `secondsPerSample` apart.
    public init(changes: Int, secondsPerSample: Double) {
        precondition(changes >= 1 && secondsPerSample > 0, "a window has changes and an interval")
        squares = [Int128](repeating: 0, count: changes)
        self.secondsPerSample = secondsPerSample
    }

    /// Changes in the window.
    public var count: Int { filled }

    /// Adds a sample: twice the mid price, in ticks of at most 54 bits.
    public mutating func add(doubleMid: Int64) {
        defer { previous = doubleMid }
        guard let previous else { return }
        let change = Int128(doubleMid) - Int128(previous)
        let square = change * change
        sum += square - squares[next]
        squares[next] = square
        next = next + 1 == squares.count ? 0 : next + 1
        if filled < squares.count { filled += 1 }
    }

    /// Forgets the last sample, so that the next one begins a new chain (after a gap).
    public mutating func breakChain() { previous = nil }

    /// Ticks per square root of a second, or nil before the first change.
    public var ticksPerRootSecond: Double? {
        guard filled > 0 else { return nil }
        // Mids are doubled, so squares are four times too large.
        return (Double(sum) / 4 / Double(filled) / secondsPerSample).squareRoot()
    }
}
