// Cash and position of every pair of a sweep, touched only when the pair trades.

import MartletModel

/// What one pair has.
struct SMAPairState {
    /// Cash, in units of `10^−amountScale`.
    var cash: Int128
    /// Lots held.
    var lots: Int64 = 0
    /// Orders submitted.
    var orders: Int32 = 0
    /// Orders executed.
    var fills: Int32 = 0
    /// Whether the averages have been equal since both are known: the first side is no crossing.
    var isUndecided = false
}

/// All pairs of a sweep.
struct SMASweepBook {
    /// State by pair number.
    private(set) var states: [SMAPairState]
    /// What trading costs at the current bar.
    var prices: SpotPrices
    /// Whether an amount left 128 bits: the result is void.
    var isOutOfRange = false
    private let windows: Int
    /// Pair number by fast × windows + slow.
    private let numbers: [Int32]
    private var undecided: [(fast: Int, slow: Int)] = []

    init(pairs: Int, windows: Int, prices: SpotPrices) {
        states = Array(repeating: SMAPairState(cash: prices.initialCash), count: pairs)
        self.prices = prices
        self.windows = windows
        var numbers = [Int32](repeating: 0, count: windows * windows)
        var next: Int32 = 0
        for fast in 0..<windows {
            for slow in (fast + 1)..<max(fast + 1, windows) {
                numbers[fast * windows + slow] = next
                numbers[slow * windows + fast] = next
                next += 1
            }
        }
        self.numbers = numbers
    }

    /// The number of a pair, in either order.
    @inline(__always)
    func pair(_ first: Int, _ second: Int) -> Int { Int(numbers[first * windows + second]) }

    /// The average of window `above` has gone above that of window `below`.
    @inline(__always)
    mutating func crossed(above: Int, below: Int) {
        let number = pair(above, below)
        states.withUnsafeMutableBufferPointer { states in
            guard !states[number].isUndecided else { return }
            // Windows are numbered by length: the smaller number is the fast one.
            if above < below {
                if states[number].lots == 0 { prices.buy(&states[number]) }
            } else {
                if states[number].lots > 0, !prices.sell(&states[number]) { isOutOfRange = true }
            }
        }
    }

    /// Both averages are known and equal: whichever side comes first is no crossing.
    mutating func setUndecided(_ first: Int, _ second: Int) {
        states[pair(first, second)].isUndecided = true
        undecided.append((first, second))
    }

    /// Ends the indecision of pairs whose averages differ by now.
    @inline(__always)
    mutating func settleUndecided(_ differ: (Int, Int) -> Bool) {
        guard !undecided.isEmpty else { return }
        let settled = undecided.filter { differ($0.fast, $0.slow) }
        for pair in settled { states[self.pair(pair.fast, pair.slow)].isUndecided = false }
        if !settled.isEmpty { undecided.removeAll { differ($0.fast, $0.slow) } }
    }

    /// Cash plus position at a price, by pair; nil when one leaves 128 bits.
    func values(at ticks: Int64) -> [Int128]? {
        var values: [Int128] = []
        values.reserveCapacity(states.count)
        for state in states {
            let (worth, overflow) = (Int128(ticks) * Int128(state.lots))
                .multipliedReportingOverflow(by: prices.unit)
            let (sum, overflowSum) = state.cash.addingReportingOverflow(worth)
            if overflow || overflowSum { return nil }
            values.append(sum)
        }
        return values
    }
}
