// Which prices a venue account has orders at: rows elsewhere cannot touch it.

import MartletBook
import MartletModel

/// The ticks at which the market can touch resting orders; empty ranges when there are none.
struct WatchRange {
    var lowestBuy = Int64.max
    var highestBuy = Int64.min
    var lowestSell = Int64.max
    var highestSell = Int64.min

    mutating func include(_ side: Side, tick: Int64) {
        if side == .buy {
            lowestBuy = min(lowestBuy, tick)
            highestBuy = max(highestBuy, tick)
        } else {
            lowestSell = min(lowestSell, tick)
            highestSell = max(highestSell, tick)
        }
    }

    mutating func include(_ other: WatchRange) {
        lowestBuy = min(lowestBuy, other.lowestBuy)
        highestBuy = max(highestBuy, other.highestBuy)
        lowestSell = min(lowestSell, other.lowestSell)
        highestSell = max(highestSell, other.highestSell)
    }

    /// Whether a change of a bid level concerns us: it is a level of ours, or the best bid rose to a
    /// sell of ours.
    func isTouched(byBid tick: Int64, best: Int64, _ oldBest: Int64) -> Bool {
        (tick >= lowestBuy && tick <= highestBuy) || (best > oldBest && best >= lowestSell)
    }

    /// As ``isTouched(byBid:best:_:)`` for an ask level.
    func isTouched(byAsk tick: Int64, best: Int64, _ oldBest: Int64) -> Bool {
        (tick >= lowestSell && tick <= highestSell) || (best < oldBest && best <= highestBuy)
    }

    mutating func includeEverything() {
        lowestBuy = Int64.min
        highestBuy = Int64.max
        lowestSell = Int64.min
        highestSell = Int64.max
    }
}
