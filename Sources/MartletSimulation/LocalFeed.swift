// What we know of the market: rows applied as they reached us.

import MartletBook
import MartletModel

extension Feed where Order == ArrivalOrder {
    /// Applies every row received at or before `limit`. The hot loop of a replay: it allocates
    /// nothing and calls nobody.
    mutating func run(to limit: Int64) {
        let level = EventKind.level.rawValue
        let trade = EventKind.trade.rawValue
        let quote = EventKind.quote.rawValue
        let buy = Side.buy.rawValue
        let rare = rareFlags.rawValue
        let market = market
        while true {
            var cursor = position
            let end = count
            let base = rows
            let rawLimit = limit &- shift
            let joined = isDirect
            var needsCare: UnsafePointer<EventRow>?
            while cursor < end {
                let row = base + cursor
                if row.pointee.receiveTime > rawLimit { break }
                cursor &+= 1
                let kind = row.pointee.kindCode
                if kind == level, row.pointee.flags.rawValue & rare == 0, joined {
                    if row.pointee.sideCode == buy {
                        market.pointee.book.setBid(
                            tick: row.pointee.price, lots: row.pointee.quantity)
                    } else {
                        market.pointee.book.setAsk(
                            tick: row.pointee.price, lots: row.pointee.quantity)
                    }
                } else if kind == trade {
                    if !row.pointee.flags.contains(.nonMarket) {
                        market.pointee.lastTradeTick = row.pointee.price
                        market.pointee.lastTradeLots = row.pointee.quantity
                        market.pointee.tradeCount &+= 1
                    }
                } else if kind != quote {
                    needsCare = row
                    break
                }
            }
            position = cursor
            if let row = needsCare {
                if row.pointee.kindCode == level { applyRareLevel(row) } else { applyOther(row) }
            } else if cursor == end {
                if !advanceSegment() { return }
            } else {
                return
            }
        }
    }

    /// Applies the rows of the next message; false when its rows changed no book. `trades` gets
    /// its market trades. The caller knows from ``nextTime()`` that there is one.
    ///
    /// A message ends at its last row; should that mark be missing, where time moves on or another
    /// message starts.
    mutating func runMessage(trades: inout [UnsafePointer<EventRow>]) -> Bool {
        var changed = false
        var isFirst = true
        var time: Int64 = 0
        trades.removeAll(keepingCapacity: true)
        while let row = currentRow() {
            if isFirst {
                time = row.pointee.receiveTime
            } else if row.pointee.receiveTime != time
                || row.pointee.flags.contains(.messageStart)
            {
                break
            }
            isFirst = false
            position += 1
            let ends = row.pointee.flags.contains(.messageEnd)
            switch row.pointee.kind {
            case .level:
                changed = true
                if isDirect, row.pointee.flags.isDisjoint(with: rareFlags),
                    let side = row.pointee.side
                {
                    market.pointee.book.set(
                        side, tick: row.pointee.price, lots: row.pointee.quantity)
                } else {
                    applyRareLevel(row)
                }
            case .trade:
                if !row.pointee.flags.contains(.nonMarket) {
                    market.pointee.lastTradeTick = row.pointee.price
                    market.pointee.lastTradeLots = row.pointee.quantity
                    market.pointee.tradeCount += 1
                    trades.append(row)
                }
            case .quote, nil: break
            case .markPrice, .indexPrice, .funding, .liquidation, .openInterest: applyOther(row)
            }
            if ends { break }
        }
        return changed
    }
}
