// A backtest on bars: one strategy, one series, every fill rule written down.

import MartletAccounting
import MartletBook
public import MartletEngine
public import MartletModel
public import MartletStrategies

/// Drives an engine over bars, with a venue that fills its orders bar by bar.
///
/// One step per bar. At the open, orders submitted since the last close arrive: market orders and
/// limit orders at or through the open fill there as takers, with slippage; post-only ones are
/// canceled; others rest. During the bar a resting buy fills at its own price, as maker, when the low is
/// strictly below it (a sell when the high is strictly above). At the close the strategy hears of
/// the bar, then of its timers that have come due. With ``BarReplaySettings/fillsAtClose`` orders
/// arrive at that same close instead of at the next open. Cancels and amends act at once.
///
/// Assumptions and the direction of their error: every fill is whole, whatever the bar's volume
/// (optimistic for large orders); touching a limit is not a fill, only trading through it
/// (pessimistic); a gap through a limit fills at the limit, not at the better open (pessimistic);
/// no latency besides the wait for the next open (optimistic within the bar); filling at the close
/// looks at the price it trades at (optimistic).
public struct BarReplay: ~Copyable {
    /// Requests that one bar may cause; more is a strategy that answers itself without end.
    public static let requestsPerBarMax = 100_000

    /// The engine; its account holds the result.
    public internal(set) var engine: Engine
    /// What it comes to.
    public private(set) var result = BarReplayResult()

    let instrument: InstrumentSpec
    let settings: BarReplaySettings
    let cash: BarCash
    let recorder: (any RunRecorder)?
    /// Orders on their way to the next open, oldest first.
    var waiting: [BarOrder] = []
    /// Orders that rest, in the order of their arrival.
    var resting: [BarOrder] = []
    /// Requests of the engine that have not been performed yet.
    private var requests: [(effect: Effect, sent: Int64)] = []
    private var requestsLeft = 0
    private var timers: [(timer: TimerID, due: Int64)] = []
    private let bars: ArraySlice<Bar>
    // Owned here and freed in `deinit`; the engine's window on it does not outlive this value.
    private let market: UnsafeMutablePointer<MarketState>

    /// A backtest that has not begun.
    ///
    /// - Throws: an integrity failure when the settings leave no bars, or amounts of this
    ///   instrument with these fees and this cash have more digits than fit.
    public init(
        _ series: BarSeries, strategy: any Strategy, settings: BarReplaySettings,
        recorder: (any RunRecorder)? = nil
    ) throws(Failure) {
        let symbol = series.instrument.id.symbol
        bars = settings.bars(of: series)
        guard let first = bars.first else {
            throw Failure(.integrity, "\(symbol): no bars between --from and --to")
        }
        let account: Account
        do throws(AccountingError) {
            account = try Account(instrument: series.instrument, fees: settings.fees)
            cash = try BarCash(settings, for: account)
        } catch {
            throw Failure(
                .integrity,
                "\(symbol): tick \(series.instrument.tickSize), lot \(series.instrument.lotSize), "
                    + "fees and cash have more digits than an account holds; "
                    + "give fees and cash with fewer decimals")
        }
        instrument = series.instrument
        self.settings = settings
        self.recorder = recorder
        market = UnsafeMutablePointer<MarketState>.allocate(capacity: 1)
        market.initialize(to: MarketState(status: .live))
        engine = Engine(
            strategy: strategy, market: MarketView(market), account: account,
            startTime: first.openTime)
    }

    deinit {
        market.deinitialize(count: 1)
        market.deallocate()
    }

    /// The market as the strategy sees it: no book, only last prices.
    var view: MarketView { MarketView(market) }

    /// Replays all bars. `progress` is called now and then with the bars done; false stops.
    ///
    /// - Throws: an integrity failure when an amount leaves its range; a failure when the strategy
    ///   never stops asking; `interrupted` when `progress` says so.
    public mutating func run(progress: (Int) -> Bool = { _ in true }) throws(Failure) {
        guard let first = bars.first, let last = bars.last else { return }
        result.amountScale = engine.account.scale
        result.initialCash = cash.initial
        setPrice(first.open.ticks)
        requestsLeft = Self.requestsPerBarMax
        try tell(.start, at: first.openTime)
        try perform(at: nil, time: first.openTime)
        for (index, bar) in bars.enumerated() {
            requestsLeft = Self.requestsPerBarMax
            try step(bar)
            if index & 4095 == 4095, !progress(index + 1) {
                throw Failure(.interrupted, "\(instrument.id.symbol): interrupted")
            }
        }
        result.bars = Int64(bars.count)
        result.positionLots = engine.account.positionLots
        result.effectHash = engine.effectHash
        do throws(AccountingError) {
            result.finalValue = try engine.account.equity(
                doubleMid: 2 * last.close.ticks, initialCash: cash.initial)
        } catch { throw outOfRange(last.closeTime) }
    }

    private mutating func step(_ bar: Bar) throws(Failure) {
        setPrice(bar.open.ticks)
        if !waiting.isEmpty {
            let arriving = waiting
            waiting.removeAll(keepingCapacity: true)
            for order in arriving { try arrive(order, at: bar.open.ticks, time: bar.openTime) }
            try perform(at: nil, time: bar.openTime)
        }
        sample(through: bar.closeTime - 1)
        if !resting.isEmpty { try fillResting(through: bar) }
        setPrice(bar.close.ticks)
        let arrival = settings.fillsAtClose ? bar.close.ticks : nil
        try perform(at: arrival, time: bar.closeTime)
        if engine.subscriptions.contains(.bars) {
            try tell(.bar(bar), at: bar.closeTime)
            try perform(at: arrival, time: bar.closeTime)
        }
        for timer in takeDueTimers(bar.closeTime) {
            try tell(.timer(timer), at: bar.closeTime)
            try perform(at: arrival, time: bar.closeTime)
        }
        // Last, so that what was executed at this very close, and its fee, is in the account.
        sample(through: bar.closeTime)
    }

    private mutating func setPrice(_ ticks: Int64) {
        market.pointee.lastTradeTick = ticks
        market.pointee.tradeCount += 1
        guard cash.isLimited else { return }
        engine.setBuyingPower(
            lots: cash.affordableLots(
                engine.account, at: settings.takerTicks(.buy, at: ticks), isMaker: false))
    }

    private mutating func takeDueTimers(_ now: Int64) -> [TimerID] {
        guard timers.contains(where: { $0.due <= now }) else { return [] }
        let due = timers.filter { $0.due <= now }
            .sorted { ($0.due, $0.timer.number) < ($1.due, $1.timer.number) }
        timers.removeAll { $0.due <= now }
        return due.map(\.timer)
    }

    /// Takes the samples that the recorder wants up to `time`.
    private func sample(through time: Int64) {
        guard let recorder else { return }
        while recorder.nextMarkoutTime <= time {
            // Prices within a bar are not known.
            recorder.markout(at: recorder.nextMarkoutTime, doubleMid: 0)
        }
        while recorder.nextSampleTime <= time {
            recorder.sample(
                at: recorder.nextSampleTime, account: engine.account, orders: orderView,
                market: view)
        }
    }

    private var orderView: OrderView {
        OrderView(
            bestBuy: resting.lazy.filter { $0.side == .buy }.map(\.price.ticks).max(),
            bestSell: resting.lazy.filter { $0.side == .sell }.map(\.price.ticks).min())
    }

    /// Gives the engine an input and keeps what it asks for.
    mutating func tell(_ input: EngineInput, at time: Int64) throws(Failure) {
        do throws(AccountingError) { try engine.handle(input, at: time) } catch {
            throw outOfRange(time)
        }
        for effect in engine.effects {
            recorder?.requested(effect, at: time, market: view)
            requests.append((effect, time))
        }
    }

    /// Tells the engine what the venue did with an order.
    mutating func answer(
        _ order: BarOrder, _ kind: OrderEvent.Kind, at time: Int64
    ) throws(Failure) {
        let event = OrderEvent(
            id: order.id, kind: kind, leaves: order.leaves, exchangeTime: time, receiveTime: time)
        if case .filled = kind { result.fills += 1 }
        try tell(.order(event), at: time)
        recorder?.heard(event, account: engine.account)
        setPrice(market.pointee.lastTradeTick)
    }

    /// Performs what the engine asked for, and what follows from it. Orders arrive at `ticks`, or
    /// wait for the next open where that is nil.
    private mutating func perform(at ticks: Int64?, time: Int64) throws(Failure) {
        var next = 0
        while next < requests.count {
            let (effect, sent) = requests[next]
            next += 1
            requestsLeft -= 1
            guard requestsLeft >= 0 else {
                throw Failure(
                    .failure,
                    "the strategy made more than \(Self.requestsPerBarMax) requests within the bar "
                        + "that ends at \(Timestamp(nanoseconds: time).iso8601): it answers "
                        + "its own orders without end")
            }
            switch effect {
            case .submit(let id, let request):
                result.submits += 1
                let order = BarOrder(id, request, sent: sent)
                if let ticks {
                    try arrive(order, at: ticks, time: time)
                } else {
                    waiting.append(order)
                }
            case .cancel(let id): try cancel(id, sent: sent, time: time)
            case .amend(let id, let price, let quantity):
                try amend(id, price, quantity, sent: sent, time: time)
            case .setTimer(let timer, let due):
                timers.removeAll { $0.timer == timer }
                timers.append((timer, due))
            }
        }
        requests.removeAll(keepingCapacity: true)
    }

    func outOfRange(_ time: Int64) -> Failure {
        Failure(
            .integrity,
            "\(instrument.id.symbol): an amount at \(Timestamp(nanoseconds: time).iso8601) "
                + "is too large for 128 bits; trade smaller quantities")
    }
}
