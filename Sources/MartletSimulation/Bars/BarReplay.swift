// A backtest on bars: one strategy, one series, every fill rule written down.

import MartletAccounting
import MartletBook
public import MartletModel
public import MartletStrategies

/// Replays bars to a strategy and executes what it wants, deterministically.
///
/// One step per bar. At the open, orders submitted since the last close arrive: market orders and
/// limit orders at or through the open fill there as takers, with slippage; post-only ones expire;
/// others rest. During the bar a resting buy fills at its own price, as maker, when the low is
/// strictly below it (a sell when the high is strictly above). At the close the strategy hears of
/// the bar, then of its timers that have come due. With ``BarReplaySettings/fillsAtClose`` orders
/// arrive at that same close instead of at the next open.
///
/// Assumptions and the direction of their error: every fill is whole, whatever the bar's volume
/// (optimistic for large orders); touching a limit is not a fill, only trading through it
/// (pessimistic); a gap through a limit fills at the limit, not at the better open (pessimistic);
/// no latency besides the wait for the next open (optimistic within the bar); filling at the close
/// looks at the price it trades at (optimistic).
public struct BarReplay<Recorder: BarReplayRecorder>: ~Copyable {
    /// Commands that one bar may cause; more is a strategy that answers itself without end.
    static var commandsPerBarMax: Int { 100_000 }

    /// Where everything was told.
    public var recorder: Recorder
    /// What it comes to.
    public internal(set) var result = BarReplayResult()

    let settings: BarReplaySettings
    let instrument: InstrumentSpec
    var strategy: any Strategy
    var context: StrategyContext
    var account: BarAccount
    private var timers: [(timer: TimerID, time: Int64)] = []
    private var ids: [ClientOrderID] = []
    private var commandsLeft = 0
    // Owned here and freed in `deinit`; the context's window on it does not outlive this value.
    private let market: UnsafeMutablePointer<MarketState>

    /// A backtest that has not begun.
    ///
    /// - Throws: an integrity failure when amounts of this instrument with these fees cannot be
    ///   exact in 128 bits.
    public init(
        instrument: InstrumentSpec, strategy: any Strategy, settings: BarReplaySettings,
        recorder: Recorder
    ) throws(Failure) {
        do throws(AccountingError) {
            account = try BarAccount(instrument, settings)
        } catch {
            throw Failure(
                .integrity,
                "\(instrument.id.symbol): amounts at tick \(instrument.tickSize), lot "
                    + "\(instrument.lotSize) and these fees have more digits than 128 bits hold; "
                    + "give fees and cash with fewer decimals")
        }
        self.settings = settings
        self.instrument = instrument
        self.strategy = strategy
        self.recorder = recorder
        market = UnsafeMutablePointer<MarketState>.allocate(capacity: 1)
        market.initialize(to: MarketState(status: .live))
        context = StrategyContext(
            instrument: instrument, market: MarketView(market), now: 0,
            openOrdersMax: settings.openOrdersMax)
    }

    deinit {
        market.deinitialize(count: 1)
        market.deallocate()
    }

    /// Replays the bars of `series` that the settings select.
    ///
    /// - Throws: an integrity failure when an amount leaves 128 bits; a failure when the strategy
    ///   never stops commanding.
    public mutating func run(_ series: BarSeries) throws(Failure) {
        let bars = settings.bars(of: series)
        result.amountScale = account.account.scale
        result.initialCash = account.initialCash
        guard let first = bars.first, let last = bars.last else {
            throw Failure(
                .integrity, "\(instrument.id.symbol): no bars between --from and --to")
        }
        context.now = first.openTime
        refreshAccount(at: first.open.ticks)
        commandsLeft = Self.commandsPerBarMax
        strategy.start(&context)
        try obey(at: nil)
        let tradesFrom = first.openTime.addingReportingOverflow(strategy.warmUp.count)
        for bar in bars {
            commandsLeft = Self.commandsPerBarMax
            context.isWarmingUp = tradesFrom.overflow || bar.closeTime < tradesFrom.partialValue
            try step(bar)
        }
        result.bars = Int64(bars.count)
        result.finalValue = try equity(at: last.close.ticks)
        let booked = account.account
        result.cash = booked.cash
        result.fees = booked.feesPaid
        result.positionLots = booked.positionLots
        result.volumeLots = booked.volumeLots
        result.tradedValue = booked.tradedValue
    }

    private mutating func step(_ bar: Bar) throws(Failure) {
        context.now = bar.openTime
        if !settings.fillsAtClose {
            for id in unfinished() { try arrive(id, at: bar.open.ticks) }
            try obey(at: nil)
        }
        context.now = bar.closeTime
        for id in unfinished() { try rest(id, through: bar) }
        market.pointee.lastTradeTick = bar.close.ticks
        market.pointee.tradeCount += 1
        refreshAccount(at: bar.close.ticks)
        let arrival = settings.fillsAtClose ? bar.close.ticks : nil
        try obey(at: arrival)
        if strategy.subscriptions.contains(.bars) {
            strategy.barClosed(bar, &context)
            try obey(at: arrival)
        }
        let due = timers.filter { $0.time <= context.now }
            .sorted { ($0.time, $0.timer.number) < ($1.time, $1.timer.number) }
        timers.removeAll { $0.time <= context.now }
        for (timer, _) in due {
            strategy.timerFired(timer, &context)
            try obey(at: arrival)
        }
        let equity = try equity(at: bar.close.ticks)
        recorder.barEnded(
            BarPoint(
                time: bar.closeTime, closeTicks: bar.close.ticks,
                positionLots: position, cash: account.account.cash,
                fees: account.account.feesPaid, equity: equity))
    }

    private mutating func unfinished() -> [ClientOrderID] {
        ids.removeAll(keepingCapacity: true)
        for position in 0..<context.orders.count { ids.append(context.orders[position].id) }
        return ids
    }

    /// Does what the strategy asked for, and what follows from it. Orders arrive at `ticks`, or wait
    /// for the next open where that is nil.
    mutating func obey(at ticks: Int64?) throws(Failure) {
        while !context.commands.isEmpty {
            let commands = context.commands
            context.commands.removeAll(keepingCapacity: true)
            for command in commands {
                commandsLeft -= 1
                guard commandsLeft >= 0 else {
                    throw Failure(
                        .failure,
                        "the strategy gave more than \(Self.commandsPerBarMax) commands within the "
                            + "bar that ends at \(Timestamp(nanoseconds: context.now).iso8601); "
                            + "it answers its own fills without end")
                }
                try obey(command, at: ticks)
            }
        }
        context.orders.removeFinished()
    }

    private mutating func obey(_ command: Command, at ticks: Int64?) throws(Failure) {
        switch command {
        case .submit(let id, let request):
            result.submits += 1
            hash(1, id.number, request.side.sign, request.price.ticks, request.quantity.lots)
            if let position = context.orders.position(of: id) {
                recorder.submitted(
                    context.orders[position], closeTicks: market.pointee.lastTradeTick,
                    time: context.now)
            }
            if let ticks { try arrive(id, at: ticks) }
        case .cancel(let id):
            result.cancelRequests += 1
            hash(2, id.number, 0, 0, 0)
            cancel(id)
        case .amend(let id, let price, let quantity):
            result.amendRequests += 1
            hash(3, id.number, 0, price.ticks, quantity.lots)
            amend(id, price, quantity)
        case .setTimer(let timer, let time):
            timers.removeAll { $0.timer == timer }
            timers.append((timer, time))
        }
    }

    /// Signed position in lots.
    var position: Int64 { account.account.positionLots }

    private func equity(at ticks: Int64) throws(Failure) -> Int128 {
        do { return try account.equity(at: ticks) } catch { throw outOfRange() }
    }

    func outOfRange() -> Failure {
        Failure(
            .integrity,
            "\(instrument.id.symbol): an amount at \(Timestamp(nanoseconds: context.now).iso8601) "
                + "is too large for 128 bits; trade smaller quantities")
    }

    mutating func hash(_ what: Int64, _ a: Int64, _ b: Int64, _ c: Int64, _ d: Int64) {
        for number in [what, context.now, a, b, c, d] { result.effectHash.add(number) }
    }

    /// Brings what the strategy sees of its account up to date.
    mutating func refreshAccount(at ticks: Int64) {
        context.positionLots = position
        guard account.isLimited else { return }
        context.buyingPowerLots = account.affordableLots(
            at: settings.takerTicks(.buy, at: ticks), isMaker: false)
    }

    /// The price that cash is measured by: the last close.
    var referenceTicks: Int64 { market.pointee.lastTradeTick }
}
