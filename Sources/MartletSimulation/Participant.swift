// One configuration in a replay: an engine, its venue account, its timers.

import MartletAccounting
import MartletBook
public import MartletEngine
import MartletModel
import MartletStrategies

/// One engine and its orders at the simulated venue. Many may share one replayed market.
/// An identity: replay and caller refer to the same one. Only the one trading thread touches it, and
/// no handler reaches back into it while it runs, so accesses are not checked at run time: that check
/// is a tenth of a quoter's replay.
public final class Participant {
    /// The engine; its account holds the result.
    @exclusivity(unchecked) public var engine: Engine
    let venue: VenueAccount
    let recorder: (any RunRecorder)?
    /// Cash at the start in the account's units, or nil where the run was given none.
    let initialCash: Int128?
    @exclusivity(unchecked) private var timers: [(due: Int64, timer: TimerID)] = []
    @exclusivity(unchecked) private(set) var nextTimer = Int64.max

    /// A participant; `recorder` is told of what happens, if there is one.
    public init(
        engine: consuming Engine, venue: VenueAccount, initialCash: Int128? = nil,
        recorder: (any RunRecorder)? = nil
    ) {
        self.engine = engine
        self.venue = venue
        self.initialCash = initialCash
        self.recorder = recorder
        venue.observer = recorder
        timers.reserveCapacity(16)
    }

    /// Gives the engine an input and performs its effects.
    func handle(_ input: EngineInput, at time: Int64, market: MarketView) throws(AccountingError) {
        if initialCash != nil { updateBuyingPower(market) }
        try engine.handle(input, at: time)
        for effect in engine.effects {
            switch effect {
            case .submit(let id, let request): venue.send(.submit(id, request), at: time)
            case .cancel(let id): venue.send(.cancel(id), at: time)
            case .amend(let id, let price, let quantity):
                venue.send(.amend(id, price, quantity), at: time)
            case .setTimer(let timer, let due): setTimer(timer, due)
            }
            recorder?.requested(effect, at: time, market: market)
        }
    }

    /// Applies an answer of the venue.
    func hear(_ event: OrderEvent, market: MarketView) throws(AccountingError) {
        try handle(.order(event), at: event.receiveTime, market: market)
        recorder?.heard(event, account: engine.account)
    }

    private func updateBuyingPower(_ market: MarketView) {
        guard let ask = market.bestAsk, let initialCash else { return }
        engine.setBuyingPower(
            lots: engine.account.affordableLots(ticks: ask, initialCash: initialCash))
    }

    private func setTimer(_ timer: TimerID, _ due: Int64) {
        if let index = timers.firstIndex(where: { $0.timer == timer }) {
            timers[index].due = due
        } else {
            timers.append((due, timer))
        }
        updateNextTimer()
    }

    private func updateNextTimer() {
        nextTimer = Int64.max
        for timer in timers where timer.due < nextTimer { nextTimer = timer.due }
    }

    /// Removes and returns the first timer that is due at `time`, by due time and then by number.
    func popTimer(at time: Int64) -> TimerID? {
        guard nextTimer <= time else { return nil }
        var first = 0
        for index in timers.indices
        where (timers[index].due, timers[index].timer.number)
            < (timers[first].due, timers[first].timer.number)
        {
            first = index
        }
        let timer = timers.remove(at: first).timer
        updateNextTimer()
        return timer
    }

    var orderView: OrderView {
        var bestBuy: Int64?
        var bestSell: Int64?
        for position in 0..<engine.orders.count {
            let order = engine.orders[position]
            guard order.status == .working || order.status == .partiallyFilled else { continue }
            if order.side == .buy {
                bestBuy = max(bestBuy ?? Int64.min, order.price.ticks)
            } else {
                bestSell = min(bestSell ?? Int64.max, order.price.ticks)
            }
        }
        return OrderView(bestBuy: bestBuy, bestSell: bestSell)
    }
}
