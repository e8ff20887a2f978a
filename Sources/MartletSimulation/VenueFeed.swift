// What the venue does: rows applied in the order in which the matching engine made them.

import CPrefetch
import MartletBook
import MartletModel

/// A funding settlement to come.
struct FundingDue {
    /// When; ns. The end of time while none is known.
    var time = Int64.max
    /// At what rate, in units of 10⁻¹².
    var rateE12: Int64 = 0
    private var nextTime = Int64.max
    private var nextRateE12: Int64 = 0

    /// Takes note of an announcement made at `now`: payment at `due`. One that comes while the
    /// payment before it is due but not yet settled waits for that.
    mutating func announce(due: Int64, rateE12 rate: Int64, at now: Int64) {
        guard due > now else { return }
        if time <= now {
            nextTime = due
            nextRateE12 = rate
        } else {
            time = due
            rateE12 = rate
        }
    }

    /// The payment of ``time`` was made, or lies before the run.
    mutating func settle() {
        time = nextTime
        rateE12 = nextRateE12
        nextTime = Int64.max
    }
}

extension Feed where Order == VenueOrderOfTime {
    /// Applies every row made at or before `limit`, and lets it fill our orders. Returns early, true,
    /// when an order was answered: the answer may come before `limit`. Rows that only move places in
    /// queues do not interrupt it.
    ///
    /// Without orders in `watch` this is a hot loop that calls nobody and allocates nothing.
    mutating func run(
        to limit: Int64, accounts: [VenueAccount], watch: WatchRange, funding: inout FundingDue
    ) -> Bool {
        let level = EventKind.level.rawValue
        let trade = EventKind.trade.rawValue
        let quote = EventKind.quote.rawValue
        let buy = Side.buy.rawValue
        let rare = rareFlags.rawValue
        let market = market
        let buySpan = UInt64(bitPattern: watch.highestBuy &- watch.lowestBuy)
        let sellSpan = UInt64(bitPattern: watch.highestSell &- watch.lowestSell)
        while true {
            var cursor = position
            let end = count
            let base = rows
            let joined = isDirect
            var needsCare: UnsafePointer<EventRow>?
            while cursor < end {
                let row = base + (cursor &+ Int(base[cursor].exchangeOrder))
                if row.pointee.exchangeTime > limit { break }
                cursor &+= 1
                // The venue's reader comes first to every row; ours finds it in the cache.
                martlet_prefetch(base + (cursor &+ 64))
                let kind = row.pointee.kindCode
                if kind == level, row.pointee.flags.rawValue & rare == 0, joined {
                    let tick = row.pointee.price
                    let lots = row.pointee.quantity
                    let oldBid = market.pointee.book.bestBid
                    let oldAsk = market.pointee.book.bestAsk
                    if row.pointee.sideCode == buy {
                        let previous = market.pointee.book.setBid(tick: tick, lots: lots)
                        // Nearly every row fails both: it is neither ours nor above the best.
                        if UInt64(bitPattern: tick &- watch.lowestBuy) <= buySpan || tick > oldBid,
                            watch.isTouched(byBid: tick, best: market.pointee.book.bestBid, oldBid)
                        {
                            position = cursor
                            if touch(accounts, row, .buy, previous, oldBid, oldBid, oldAsk) {
                                return true
                            }
                        }
                    } else {
                        let previous = market.pointee.book.setAsk(tick: tick, lots: lots)
                        if UInt64(bitPattern: tick &- watch.lowestSell) <= sellSpan
                            || tick < oldAsk,
                            watch.isTouched(byAsk: tick, best: market.pointee.book.bestAsk, oldAsk)
                        {
                            position = cursor
                            if touch(accounts, row, .sell, previous, oldAsk, oldBid, oldAsk) {
                                return true
                            }
                        }
                    }
                } else if kind == trade {
                    if row.pointee.price >= watch.lowestSell
                        || row.pointee.price <= watch.highestBuy
                    {
                        position = cursor
                        if touch(accounts, trade: row) { return true }
                    }
                } else if kind != quote {
                    needsCare = row
                    break
                }
            }
            position = cursor
            if let row = needsCare {
                if row.pointee.kindCode == level {
                    applyRareLevel(row)
                    if isPlain, isJoined, touchAfterCare(accounts, row) { return true }
                } else {
                    applyOther(row)
                    if isPlain, row.pointee.kindCode == EventKind.funding.rawValue {
                        funding.announce(
                            due: row.pointee.quantity, rateE12: row.pointee.price,
                            at: time(of: row))
                        // The payment may be due before `limit`.
                        return true
                    }
                }
            } else if cursor == end {
                if !advanceSegment() { return false }
            } else {
                return false
            }
        }
    }

    private func touch(
        _ accounts: [VenueAccount], _ row: UnsafePointer<EventRow>, _ side: Side,
        _ previous: Int64, _ oldBest: Int64, _ oldBid: Int64, _ oldAsk: Int64
    ) -> Bool {
        let twoSided = oldBid != OrderBook.noBid && oldAsk != OrderBook.noAsk
        var answered = false
        for account in accounts {
            account.hasAnswered = false
            account.levelChanged(
                side, tick: row.pointee.price, previous: previous, new: row.pointee.quantity,
                oldBest: oldBest, doubleMid: twoSided ? oldBid + oldAsk : 0,
                time: time(of: row), market: UnsafePointer(market))
            if account.hasAnswered { answered = true }
        }
        return answered
    }

    private func time(of row: UnsafePointer<EventRow>) -> Int64 {
        max(row.pointee.exchangeTime, earliestTime)
    }

    private func touch(_ accounts: [VenueAccount], trade row: UnsafePointer<EventRow>) -> Bool {
        guard !row.pointee.flags.contains(.nonMarket), let aggressor = row.pointee.side else {
            return false
        }
        var answered = false
        for account in accounts {
            account.hasAnswered = false
            account.traded(
                aggressor: aggressor, tick: row.pointee.price, lots: row.pointee.quantity,
                time: time(of: row), market: UnsafePointer(market))
            if account.hasAnswered { answered = true }
        }
        return answered
    }

    /// After a change that carried a flag, or a whole snapshot: what the levels were before is not
    /// known here, so places in the queue only shrink to the sizes of now.
    private func touchAfterCare(
        _ accounts: [VenueAccount], _ row: UnsafePointer<EventRow>
    ) -> Bool {
        let flags = row.pointee.flags
        if flags.contains(.snapshot) ? !flags.contains(.messageEnd) : flags.contains(.stale) {
            return false
        }
        var answered = false
        for account in accounts where !account.orders.isEmpty {
            account.hasAnswered = false
            account.bookReplaced(
                time: time(of: row), market: UnsafePointer(market))
            if account.hasAnswered { answered = true }
        }
        return answered
    }
}
