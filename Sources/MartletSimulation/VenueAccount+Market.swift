// How the recorded market fills our resting orders.

import MartletBook
import MartletEngine
import MartletModel

extension VenueAccount {
    /// A level of the book changed; `oldBest` is the best of its side before, `doubleMid` twice the
    /// mid before (0 when none).
    func levelChanged(
        _ side: Side, tick: Int64, previous: Int64, new: Int64, oldBest: Int64, doubleMid: Int64,
        time: Int64, market: UnsafePointer<MarketState>
    ) {
        if !consumed.isEmpty {
            consumed.removeAll { $0.side == side && $0.tick == tick }
            if consumed.isEmpty { updateWatch() }
        }
        for index in orders.indices where orders[index].tick == tick && orders[index].side == side {
            settings.queue.change(
                &orders[index].place, previous: value(previous), new: value(new))
        }
        let best = side == .buy ? market.pointee.book.bestBid : market.pointee.book.bestAsk
        let improved = side == .buy ? best > oldBest : best < oldBest
        if improved {
            fillThrough(
                side.opposite, tick: best, inclusive: true, offered: new, time, doubleMid, market)
        }
        removeFinished()
    }

    /// The book was put together anew, or changed without a known size before: places shrink to the
    /// displayed sizes, and orders that the market now stands beyond are filled. Of what lies deeper
    /// than its last level a book with so many levels says nothing: places there stay.
    func bookReplaced(time: Int64, market: UnsafePointer<MarketState>) {
        consumed.removeAll(keepingCapacity: true)
        for index in orders.indices {
            let (side, tick) = (orders[index].side, orders[index].tick)
            let lots = market.pointee.book.lots(side, tick: tick)
            if lots == 0, market.pointee.book.nextLevel(side, beyond: tick) == nil { continue }
            orders[index].place.front = Double.minimum(orders[index].place.front, value(lots))
        }
        for side in Side.allCases {
            let best = side == .buy ? market.pointee.book.bestBid : market.pointee.book.bestAsk
            guard best != OrderBook.noBid, best != OrderBook.noAsk else { continue }
            let lots = market.pointee.book.lots(side, tick: best)
            fillThrough(
                side.opposite, tick: best, inclusive: true, offered: lots, time, 0, market)
        }
        removeFinished()
    }

    /// A public trade happened at the venue.
    func traded(
        aggressor: Side, tick: Int64, lots: Int64, time: Int64, market: UnsafePointer<MarketState>
    ) {
        let book = market.pointee.book.isTwoSided
        let doubleMid = book ? market.pointee.book.bestBid + market.pointee.book.bestAsk : 0
        let side = aggressor.opposite
        var offered = lots
        offered = fillThrough(
            side, tick: tick, inclusive: false, offered: offered, time, doubleMid, market)
        for index in orders.indices where orders[index].tick == tick && orders[index].side == side {
            let ahead = orders[index].place.front
            settings.queue.trade(&orders[index].place, quantity: value(lots))
            let executable = settings.queue.takeExecutable(&orders[index].place, lotSize: lotSize)
            guard executable > 0 else { continue }
            var size = orders[index].leaves
            if settings.fillModel == .partial { size = min(size, executable) }
            if limitsOffer { size = min(size, offered) }
            guard size > 0 else { continue }
            offered -= size
            execute(
                &orders[index], size, tick, isMaker: true, time, ahead, market,
                doubleMid: doubleMid)
        }
        removeFinished()
    }

    /// Whether an event fills at most its own size, shared among our orders.
    private var limitsOffer: Bool { !isUpstream && settings.fillModel == .partial }

    /// Fills orders of a side that the market went through: sells below `tick`, buys above it, with
    /// `inclusive` also those at it. Best price first, then age. Returns what is left of the offer.
    @discardableResult
    private func fillThrough(
        _ side: Side, tick: Int64, inclusive: Bool, offered: Int64, _ time: Int64,
        _ doubleMid: Int64, _ market: UnsafePointer<MarketState>
    ) -> Int64 {
        var left = offered
        while !limitsOffer || left > 0 {
            var chosen = -1
            for index in orders.indices where orders[index].side == side && orders[index].leaves > 0
            {
                let own = orders[index].tick
                let isThrough =
                    side == .sell
                    ? own < tick || (inclusive && own == tick)
                    : own > tick || (inclusive && own == tick)
                guard isThrough else { continue }
                if chosen < 0
                    || (side == .sell ? own < orders[chosen].tick : own > orders[chosen].tick)
                {
                    chosen = index
                }
            }
            guard chosen >= 0 else { break }
            let size = limitsOffer ? min(orders[chosen].leaves, left) : orders[chosen].leaves
            left -= min(left, size)
            let ahead = orders[chosen].place.front
            orders[chosen].place.front = 0
            execute(
                &orders[chosen], size, orders[chosen].tick, isMaker: true, time, ahead, market,
                doubleMid: doubleMid)
        }
        return left
    }

    private func removeFinished() {
        guard orders.contains(where: { $0.leaves == 0 }) else { return }
        orders.removeAll { $0.leaves == 0 }
        updateWatch()
    }
}
