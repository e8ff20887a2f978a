// The pure engine: one event in, a list of effects out. Backtest, paper and live run this one.

public import MartletAccounting
public import MartletBook
public import MartletModel
public import MartletStrategies

/// One strategy on one instrument, with its orders and its account.
///
/// It has no clock, no chance, no network and no files: the time comes with each input, timers are
/// effects that come back as inputs, and whoever drives it performs the effects. The same inputs
/// give the same effects and the same ``effectHash`` everywhere.
public struct Engine: ~Copyable {
    /// How the engine treats what venues say.
    @frozen public enum Conduct: Sendable {
        /// A fill leaves a cancel or amend that is on its way pending, as it is in truth.
        case plain
        /// hftbacktest 2.4.4: any answer but a refusal replaces the local copy, the mark of a
        /// request on its way included.
        case answerClearsPending
    }

    /// Most unfinished orders at once.
    public static var openOrdersMax: Int { 256 }

    /// Position, cash and fees from the fills heard of.
    public private(set) var account: Account
    /// Effects of the last input, in order; the driver performs them before the next input.
    public private(set) var effects: [Effect]
    /// Running hash of all effects with their times.
    public private(set) var effectHash = StableHash()
    /// Answers that named no unfinished order of ours, or fills that were applied before: they
    /// changed nothing. A cancel that crosses its order's end on the way is the ordinary case.
    public private(set) var ignoredAnswers: Int64 = 0
    /// Which events the strategy wants.
    public let subscriptions: Subscriptions

    private var strategy: any Strategy
    private var context: StrategyContext
    private let conduct: Conduct
    private let warmUpEnd: Int64

    /// An engine for one strategy.
    ///
    /// - Parameters:
    ///   - strategy: The idea to run.
    ///   - market: What is known locally; moved by the driver between inputs.
    ///   - account: An empty account of the same instrument.
    ///   - startTime: First moment of the run; ns.
    public init(
        strategy: any Strategy, market: MarketView, account: Account, startTime: Int64,
        conduct: Conduct = .plain
    ) {
        self.strategy = strategy
        self.account = account
        self.conduct = conduct
        context = StrategyContext(
            instrument: account.instrument, market: market, now: startTime,
            openOrdersMax: Self.openOrdersMax)
        subscriptions = strategy.subscriptions
        effects = []
        effects.reserveCapacity(64)
        let (end, overflow) = startTime.addingReportingOverflow(strategy.warmUp.count)
        warmUpEnd = overflow ? Int64.max : end
    }

    /// Our unfinished orders, oldest first.
    public var orders: OrderTable { _read { yield context.orders } }

    /// Tells the strategy how much its cash buys; see ``StrategyContext/buyingPowerLots``.
    public mutating func setBuyingPower(lots: Int64) { context.buyingPowerLots = lots }

    /// Handles one input that became known at `time` (ns); ``effects`` then holds what to do.
    ///
    /// - Throws: ``AccountingError`` when a fill's amounts leave the account's range.
    public mutating func handle(_ input: EngineInput, at time: Int64) throws(AccountingError) {
        context.now = time
        context.isWarmingUp = time < warmUpEnd
        context.isBookLive = context.market.status == .live
        effects.removeAll(keepingCapacity: true)
        if !context.isBookLive { withdraw() }
        switch input {
        case .start: strategy.start(&context)
        case .bookChanged: strategy.bookChanged(&context)
        case .trade(let print): strategy.traded(print, &context)
        case .bar(let bar): strategy.barClosed(bar, &context)
        case .timer(let timer): strategy.timerFired(timer, &context)
        case .order(let event): try apply(event)
        case .funding(let lots, let mark, let rate):
            try account.bookFunding(positionLots: lots, markPriceE8: mark, rateE12: rate)
        }
        emit(at: time)
    }

    /// Asks to cancel every resting order that could add to the position: the book they were priced
    /// by cannot be relied on.
    private mutating func withdraw() {
        for position in 0..<context.orders.count {
            let order = context.orders[position]
            if order.isCancelable, !order.reduceOnly { context.cancel(order.id) }
        }
    }

    private mutating func apply(_ event: OrderEvent) throws(AccountingError) {
        guard let position = context.orders.position(of: event.id) else {
            ignoredAnswers += 1
            return
        }
        switch event.kind {
        case .filled(let price, let quantity, let isMaker):
            try applyFill(event, price, quantity, isMaker, position)
        case .accepted:
            let clears = conduct == .answerClearsPending
            update(position) { order in
                if event.leaves < order.leaves {
                    // The venue cut a reduce-only order to the position.
                    order.quantity = order.quantity - (order.leaves - event.leaves)
                    order.leaves = event.leaves
                }
                order.status = order.leaves < order.quantity ? .partiallyFilled : .working
                if clears || order.pending == .submit { order.pending = .none }
            }
        case .amended(let price, let quantity):
            update(position) { order in
                order.price = price
                order.quantity = quantity
                order.leaves = event.leaves
                order.pending = .none
            }
        case .ended(let status, let reason):
            update(position) { order in
                order.status = status
                order.reason = reason
                order.pending = .none
            }
        case .requestRefused(let reason):
            update(position) { order in
                if order.pending == .submit {
                    order.status = .rejected
                    order.reason = reason
                }
                order.pending = .none
            }
        }
        context.orders.removeFinished()
    }

    private mutating func update(_ position: Int, _ change: (inout Order) -> Void) {
        var order = context.orders[position]
        change(&order)
        context.orders[position] = order
        strategy.orderChanged(order, &context)
    }

    /// Books a fill once: one that does not lower the size left by at least its own was applied
    /// before, or belongs to a size that was never confirmed.
    private mutating func applyFill(
        _ event: OrderEvent, _ price: Price, _ quantity: Quantity, _ isMaker: Bool,
        _ position: Int
    ) throws(AccountingError) {
        var order = context.orders[position]
        guard quantity.lots > 0, event.leaves < order.leaves,
            quantity.lots <= order.leaves.lots - event.leaves.lots
        else {
            ignoredAnswers += 1
            return
        }
        try account.book(
            order.side, ticks: price.ticks, lots: quantity.lots, isMaker: isMaker)
        context.positionLots = account.positionLots
        order.leaves = event.leaves
        order.status = event.leaves.lots == 0 ? .filled : .partiallyFilled
        if conduct == .answerClearsPending || order.pending == .submit || order.status == .filled {
            order.pending = .none
        }
        context.orders[position] = order
        let fill = Fill(
            orderID: event.id, side: order.side, price: price, quantity: quantity,
            leaves: event.leaves, isMaker: isMaker, exchangeTime: event.exchangeTime,
            receiveTime: event.receiveTime)
        strategy.filled(fill, &context)
    }

    /// Turns the strategy's wishes into effects and adds them to the hash.
    private mutating func emit(at time: Int64) {
        for command in context.commands {
            switch command {
            case .submit(let id, let request):
                effects.append(.submit(id, request))
                effectHash.add(Int64(1))
                effectHash.add(id.number)
                effectHash.add(
                    Int64(request.side.rawValue) | (request.type == .market ? 4 : 0)
                        | (request.reduceOnly ? 8 : 0) | request.timeInForce.code << 4)
                effectHash.add(request.price.ticks)
                effectHash.add(request.quantity.lots)
            case .cancel(let id):
                effects.append(.cancel(id))
                effectHash.add(Int64(2))
                effectHash.add(id.number)
            case .amend(let id, let price, let quantity):
                effects.append(.amend(id, price, quantity))
                effectHash.add(Int64(3))
                effectHash.add(id.number)
                effectHash.add(price.ticks)
                effectHash.add(quantity.lots)
            case .setTimer(let timer, let due):
                effects.append(.setTimer(timer, due))
                effectHash.add(Int64(4))
                effectHash.add(Int64(timer.number))
                effectHash.add(due)
            }
            effectHash.add(time)
        }
        context.commands.removeAll(keepingCapacity: true)
    }
}

extension TimeInForce {
    /// A stable number for hashes.
    fileprivate var code: Int64 {
        switch self {
        case .gtc: 0
        case .gtx: 1
        case .ioc: 2
        case .fok: 3
        }
    }
}
