// Moving averages of many windows over one series, and which of two is above the other.

/// Averages of closes over several windows, all moved on by one bar at a time.
protocol AverageOrder {
    /// Takes in the close at `index`; those before it have been taken in.
    mutating func add(_ closes: [Int64], at index: Int)
    /// Whether the average of the first window is strictly above that of the second, exactly. Only
    /// meaningful when both are full.
    func isAbove(_ first: Int, _ second: Int) -> Bool
}

/// Averages as doubles that compare exactly.
///
/// Sums are integers below 2^53, so each average is the correctly rounded quotient of two exact
/// numbers. Rounding never turns an order round, and equal averages round to one double. Two
/// different averages differ by at least 1 ÷ (window × window); where price × window² is below
/// 2^52 that is more than the distance of neighbouring doubles, so they stay different.
struct AverageDoubles: AverageOrder {
    private let windows: [Int]
    private let lengths: [Double]
    private var sums: [Double]
    private var averages: [Double]

    init(_ windows: [Int]) {
        self.windows = windows
        lengths = windows.map(Double.init)
        sums = windows.map { _ in 0 }
        averages = sums
    }

    mutating func add(_ closes: [Int64], at index: Int) {
        let close = Double(closes[index])
        closes.withUnsafeBufferPointer { closes in
            sums.withUnsafeMutableBufferPointer { sums in
                for (window, length) in windows.enumerated() {
                    let leaving = index >= length ? Double(closes[index - length]) : 0
                    sums[window] += close - leaving
                }
                averages.withUnsafeMutableBufferPointer { averages in
                    for window in sums.indices { averages[window] = sums[window] / lengths[window] }
                }
            }
        }
    }

    @inline(__always)
    func isAbove(_ first: Int, _ second: Int) -> Bool { averages[first] > averages[second] }
}

/// Averages as sums of integers, compared by cross multiplication: for any price and window.
struct AverageSums: AverageOrder {
    private let windows: [Int]
    private var sums: [Int128]

    init(_ windows: [Int]) {
        self.windows = windows
        sums = windows.map { _ in 0 }
    }

    mutating func add(_ closes: [Int64], at index: Int) {
        for (window, length) in windows.enumerated() {
            sums[window] += Int128(closes[index])
            if index >= length { sums[window] -= Int128(closes[index - length]) }
        }
    }

    func isAbove(_ first: Int, _ second: Int) -> Bool {
        sums[first] * Int128(windows[second]) > sums[second] * Int128(windows[first])
    }
}
