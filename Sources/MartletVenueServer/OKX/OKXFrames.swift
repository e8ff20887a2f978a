// Market updates as OKX's pushes.

import MartletModel
import MartletVenues

extension OKXProtocol {
    /// The messages of an update on one subscription.
    package func frames(
        _ update: MarketUpdate, for subscription: StreamSubscription, in session: VenueSession,
        _ moment: VenueMoment
    ) -> [ServerFrame] {
        guard update.instrument >= 0, update.instrument < moment.market.instruments.count else {
            return []
        }
        let market = moment.market.instruments[update.instrument]
        return texts(update, subscription, market).map { .text($0) }
    }

    private func texts(
        _ update: MarketUpdate, _ subscription: StreamSubscription, _ market: InstrumentMarket
    ) -> [String] {
        let rows = OKXRows(market)
        switch (subscription.kind, update.content) {
        case (.trades, .trade(let trade)):
            let isAll = subscription.key.hasPrefix("trades-all")
            return [push(subscription, rows.trade(trade, tellsCount: !isAll))]
        case (.book, .book(_, let change)): return [book(change, subscription, rows)]
        case (.top, .book(_, let change)):
            return [push(subscription, rows.top(change.bids, change.asks, change))]
        case (.quote, .quote(let quote)): return [push(subscription, rows.quote(quote))]
        case (.bars(let interval), .bars(let time)):
            return rows.bars(interval, at: time).map { push(subscription, $0) }
        case (.ticker, .bars(let time)) where subscription.key.hasPrefix("price-limit:"):
            return [push(subscription, rows.priceLimit(at: time))]
        case (.ticker, .bars(let time)): return [push(subscription, rows.ticker(at: time))]
        case (.reference(let seconds), .reference(let reference)):
            guard reference.time / 1_000_000_000 % seconds == 0 else { return [] }
            return row(of: reference, subscription, rows).map { [push(subscription, $0)] } ?? []
        case (.openInterest, .openInterest(let quantity, let time)):
            return [push(subscription, rows.openInterest(quantity, time))]
        case (.liquidations, .liquidation(let order)):
            let type = Self.type(of: market.instrument)
            guard type != "SPOT", subscription.key.hasSuffix(":\(type)") else { return [] }
            return [push(subscription, rows.liquidation(order))]
        default: return []
        }
    }

    /// Mark price, index price or funding, as the channel says; nil where a recording has none.
    private func row(
        of reference: MarketReference, _ subscription: StreamSubscription, _ rows: OKXRows
    ) -> String? {
        if subscription.key.hasPrefix("mark-price") {
            return reference.mark.isEmpty ? nil : rows.mark(reference)
        }
        if subscription.key.hasPrefix("index-tickers") {
            return reference.index.isEmpty ? nil : rows.index(reference)
        }
        return reference.fundingRate.isEmpty ? nil : rows.funding(reference)
    }

    /// A push around one row.
    func push(
        _ subscription: StreamSubscription, action: String? = nil, _ row: String
    ) -> String {
        let parts = subscription.key.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var text = "{\"arg\":{\"channel\":\"\(parts[0])\""
        if parts.count > 1, !parts[1].isEmpty {
            let isType = subscription.instrument < 0
            text += ",\"\(isType ? "instType" : "instId")\":\"\(parts[1])\""
        }
        text += "}"
        if let action { text += ",\"action\":\"\(action)\"" }
        return text + ",\"data\":[\(row)]}"
    }

    private func book(
        _ change: BookChange, _ subscription: StreamSubscription, _ rows: OKXRows
    ) -> String {
        var checksum = change.checksum ?? 0
        if change.spoilsChecksum { checksum = checksum == 0 ? 1 : checksum ^ 0x55AA }
        let previous = change.isSnapshot ? -1 : change.previousUpdate
        let row =
            "{\"asks\":[\(rows.levels(change.asks))],\"bids\":[\(rows.levels(change.bids))],"
            + "\"ts\":\"\(change.time / 1_000_000)\",\"checksum\":\(checksum),"
            + "\"prevSeqId\":\(previous),\"seqId\":\(change.lastUpdate)}"
        return push(subscription, action: change.isSnapshot ? "snapshot" : "update", row)
    }

    /// What is pushed right after a subscription: the state of now.
    func first(_ subscription: StreamSubscription, _ moment: VenueMoment) -> [String] {
        guard subscription.instrument >= 0 else {
            guard subscription.key.hasPrefix("instruments:") else { return [] }
            let type = String(subscription.key.dropFirst("instruments:".utf8.count))
            let rows = moment.market.instruments.filter { Self.type(of: $0.instrument) == type }
                .map { OKXRows($0).instrument() }
            return rows.isEmpty ? [] : [push(subscription, rows.joined(separator: ","))]
        }
        let market = moment.market.instruments[subscription.instrument]
        let rows = OKXRows(market)
        switch subscription.kind {
        case .book(let view):
            guard options.sendsBookSnapshot, market.hasBook else { return [] }
            return [book(market.snapshot(of: view), subscription, rows)]
        case .top(let view, let levels):
            guard market.hasBook else { return [] }
            let bids = market.levels(.buy, depth: levels)
            let asks = market.levels(.sell, depth: levels)
            return [push(subscription, rows.top(bids, asks, market.snapshot(of: view)))]
        case .quote where market.hasBook: return [push(subscription, rows.quote(market.quote))]
        case .ticker where subscription.key.hasPrefix("price-limit:"):
            return [push(subscription, rows.priceLimit(at: moment.market.time))]
        case .ticker where market.hasBook || !market.trades.isEmpty:
            return [push(subscription, rows.ticker(at: moment.market.time))]
        case .reference:
            guard let reference = market.reference else { return [] }
            return row(of: reference, subscription, rows).map { [push(subscription, $0)] } ?? []
        case .openInterest:
            guard let quantity = market.openInterest else { return [] }
            return [push(subscription, rows.openInterest(quantity, moment.market.time))]
        default: return []
        }
    }
}
