// Simple moving averages of whole numbers, exact: the sum is kept, the division is left out.

/// The sum of the last `length` values. Two of them compare exactly by cross multiplication.
///
/// A fixed ring: a new value costs one addition and one subtraction, and allocates nothing.
public struct WindowSum: Hashable, Sendable {
    private var ring: [Int64]
    private var next = 0
    /// Values in the window.
    public let length: Int
    /// Values seen, counted up to ``length``.
    public private(set) var filled = 0
    /// The sum of the values in the window.
    public private(set) var sum: Int128 = 0

    /// An empty window of `length` values, at least 1.
    public init(length: Int) {
        precondition(length >= 1, "a window holds at least one value")
        self.length = length
        ring = [Int64](repeating: 0, count: length)
    }

    /// Whether the window is full, so that its average is defined.
    public var isFull: Bool { filled == length }

    /// Adds a value; the oldest leaves a full window.
    public mutating func add(_ value: Int64) {
        sum += Int128(value) - Int128(ring[next])
        ring[next] = value
        next = next + 1 == length ? 0 : next + 1
        if filled < length { filled += 1 }
    }

    /// The average, or nil until the window is full.
    public var average: Double? { isFull ? Double(sum) / Double(length) : nil }

    /// −1, 0 or +1 as this average is below, equal to or above the other one; exact. Nil until both
    /// windows are full.
    public func compare(to other: WindowSum) -> Int? {
        guard isFull, other.isFull else { return nil }
        let left = sum * Int128(other.length)
        let right = other.sum * Int128(length)
        return left < right ? -1 : (left > right ? 1 : 0)
    }
}

/// An exponential moving average: each value moves it by `weight` of the distance.
///
/// The first value is taken whole. `weight` = 2 ÷ (n + 1) is what charts call an n-period EMA.
public struct ExponentialAverage: Hashable, Sendable {
    /// Share of a new value, above 0 and at most 1.
    public let weight: Double
    /// The average, or nil before the first value.
    public private(set) var value: Double?

    /// An average without a value.
    public init(weight: Double) {
        precondition(weight > 0 && weight <= 1, "a weight is above 0 and at most 1")
        self.weight = weight
    }

    /// The average that charts call an EMA of `periods` values, at least 1.
    public init(periods: Int) { self.init(weight: 2 / (Double(max(1, periods)) + 1)) }

    /// Adds a value; one that is not a number is left out.
    public mutating func add(_ next: Double) {
        guard next.isFinite else { return }
        value = value.map { $0 + weight * (next - $0) } ?? next
    }
}
