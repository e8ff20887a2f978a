// Every pair of moving averages over one bar series at once: exactly the engine's orders and money.

import MartletAccounting
public import MartletModel
public import MartletSimulation

/// One pair of a sweep and what it came to.
public struct SMASweepRow: Hashable, Sendable {
    /// Bars of the fast average.
    public let fast: Int
    /// Bars of the slow average.
    public let slow: Int
    /// Orders submitted.
    public let orders: Int64
    /// Orders executed.
    public let fills: Int64
    /// Cash plus position at the last close, in units of `10^−amountScale` of the sweep's result.
    public let finalValue: Int128
    /// Lots held at the end.
    public let positionLots: Int64
}

/// What a sweep gives.
public struct SMASweepResult: Hashable, Sendable {
    /// One row per pair, by fast and then slow window.
    public let rows: [SMASweepRow]
    /// Digits after the point of final values.
    public let amountScale: Int
    /// Bars replayed.
    public let bars: Int
}

/// Backtests `sma-cross` for all pairs of a set of windows in one pass over the bars.
///
/// The averages of all windows are kept in order of their value. A bar moves a few of them past
/// each other, and each such step is a crossing of one pair: the only moment at which that pair has
/// anything to do. So the work per bar is one update per window plus one trade per crossing, not
/// one comparison per pair. Decisions, orders and money are those of ``BarReplay`` with the
/// strategy `sma-cross`, to the last digit; a test holds them together.
///
/// Memory: about 50 bytes per pair, independent of the number of bars.
public struct SMASweep: Sendable {
    /// The most windows: the table of pairs grows with their square.
    public static let windowsMax = 2_000

    private let windows: [Int]
    private let settings: BarReplaySettings

    /// A sweep over all pairs fast < slow of `windows`.
    ///
    /// - Throws: a usage failure unless there are 2 to ``windowsMax`` different windows between 1 and
    ///   100,000, and cash.
    public init(windows: [Int], settings: BarReplaySettings) throws(Failure) {
        let sorted = Array(Set(windows)).sorted()
        guard sorted.count >= 2, sorted.count <= Self.windowsMax, sorted.count == windows.count,
            let first = sorted.first, let last = sorted.last, first >= 1, last <= 100_000
        else {
            throw Failure(
                .usage,
                "a sweep takes 2 to \(Self.windowsMax) different windows between 1 and 100000")
        }
        guard let cash = settings.cash, cash.mantissa > 0 else {
            throw Failure(.usage, "a sweep needs cash above 0 (--cash)")
        }
        self.windows = sorted
        self.settings = settings
    }

    /// Pairs in the sweep.
    public var pairs: Int { windows.count * (windows.count - 1) / 2 }

    /// Runs all pairs over the bars that the settings select.
    ///
    /// - Throws: a usage failure for instruments that are not plain spot; an integrity failure when
    ///   there are no bars or an amount leaves 128 bits.
    public func run(_ series: BarSeries) throws(Failure) -> SMASweepResult {
        let bars = settings.bars(of: series)
        let instrument = series.instrument
        guard instrument.kind == .spot, instrument.minimumNotional.mantissa == 0,
            instrument.minimumQuantity.lots == 1, settings.fees.tiers.count == 1
        else {
            throw Failure(
                .usage,
                "a sweep takes spot bars without order minimums and without fee tiers; "
                    + "use backtest run instead")
        }
        let prices: SpotPrices
        do throws(AccountingError) { prices = try SpotPrices(instrument, settings) } catch {
            throw tooLarge(instrument)
        }
        guard let last = bars.last else {
            throw Failure(
                .integrity, "\(instrument.id.symbol): no bars between --from and --to")
        }
        var book = SMASweepBook(
            pairs: pairs, windows: windows.count, prices: prices)
        let highest = bars.reduce(Int64(1)) { max($0, $1.close.ticks) }
        let area = Int128(highest) * Int128(windows.last ?? 1) * Int128(windows.last ?? 1)
        // Below 2^52 no two different averages round to one double: see AverageDoubles.
        let isPlain = area < 1 << 52
        let isInRange =
            isPlain
            ? sweep(bars, AverageDoubles(windows), &book) : sweep(bars, AverageSums(windows), &book)
        guard isInRange, let values = book.values(at: last.close.ticks) else {
            throw tooLarge(instrument)
        }
        return SMASweepResult(
            rows: rows(book, values), amountScale: prices.amountScale, bars: bars.count)
    }

    private func tooLarge(_ instrument: InstrumentSpec) -> Failure {
        Failure(
            .integrity,
            "\(instrument.id.symbol): an amount is too large for 128 bits; start with less cash")
    }

    private func rows(_ book: SMASweepBook, _ values: [Int128]) -> [SMASweepRow] {
        var rows: [SMASweepRow] = []
        rows.reserveCapacity(pairs)
        for fast in windows.indices {
            for slow in (fast + 1)..<max(fast + 1, windows.count) {
                let pair = book.pair(fast, slow)
                let state = book.states[pair]
                rows.append(
                    SMASweepRow(
                        fast: windows[fast], slow: windows[slow], orders: Int64(state.orders),
                        fills: Int64(state.fills), finalValue: values[pair],
                        positionLots: state.lots))
            }
        }
        return rows
    }

    private func sweep<Order: AverageOrder>(
        _ bars: ArraySlice<Bar>, _ averages: Order, _ book: inout SMASweepBook
    ) -> Bool {
        var averages = averages
        // Window numbers by rising average; those before `active` are full and sorted.
        var ranks: [Int] = []
        ranks.reserveCapacity(windows.count)
        let closes = bars.map(\.close.ticks)
        for (index, bar) in bars.enumerated() {
            averages.add(closes, at: index)
            let next = bars.startIndex + index + 1
            let open = next < bars.endIndex ? bars[next].open.ticks : nil
            let fill = settings.fillsAtClose ? bar.close.ticks : open
            if !book.prices.set(signal: bar.close.ticks, fill: fill, settings) { return false }
            sort(&ranks, averages, &book)
            while ranks.count < windows.count, windows[ranks.count] == index + 1 {
                insert(ranks.count, &ranks, averages, &book)
            }
            book.settleUndecided { averages.isAbove($0, $1) || averages.isAbove($1, $0) }
        }
        return !book.isOutOfRange
    }

    /// Brings the windows back into the order of their averages. Each step past a neighbour is a
    /// crossing; equal averages keep the order they had, as the strategy keeps its side.
    @inline(__always)
    private func sort<Order: AverageOrder>(
        _ ranks: inout [Int], _ averages: Order, _ book: inout SMASweepBook
    ) {
        ranks.withUnsafeMutableBufferPointer { ranks in
            for start in stride(from: 1, to: ranks.count, by: 1) {
                let moving = ranks[start]
                var place = start
                while place > 0, averages.isAbove(ranks[place - 1], moving) {
                    book.crossed(above: ranks[place - 1], below: moving)
                    ranks[place] = ranks[place - 1]
                    place -= 1
                }
                ranks[place] = moving
            }
        }
    }

    /// Puts a window that has just become full into its place: no crossing, whatever it passes.
    private func insert<Order: AverageOrder>(
        _ window: Int, _ ranks: inout [Int], _ averages: Order, _ book: inout SMASweepBook
    ) {
        var place = ranks.count
        while place > 0, averages.isAbove(ranks[place - 1], window) { place -= 1 }
        for other in ranks
        where !averages.isAbove(other, window) && !averages.isAbove(window, other) {
            book.setUndecided(other, window)
        }
        ranks.insert(window, at: place)
    }
}
