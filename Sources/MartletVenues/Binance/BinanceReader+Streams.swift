// Binance's rarer public streams: bars of other prices, block trades, indices, contract notices.

import MartletModel

extension BinanceReader {
    /// A public event that the fast decoder does not read.
    ///
    /// - Returns: False where the event is another one.
    func publicEvent(
        _ name: TextSlice, _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        if name.equals("continuous_kline") {
            try streamBar(members, instrument: continuous(members, &batch), .trade, &batch)
        } else if name.equals("indexPrice_kline") {
            try streamBar(members, instrument: members.plain("ps"), .index, &batch)
        } else if name.equals("markPrice_kline") {
            try streamBar(members, instrument: nil, .mark, &batch)
        } else if name.equals("blockTrade") {
            try blockTrade(members, &batch)
        } else if name.equals("compositeIndex") {
            try index(members, "p", &batch)
        } else if name.equals("assetIndexUpdate") {
            try index(members, "i", &batch)
        } else if name.equals("contractInfo") {
            let header = EventHeader(
                instrument: members.plain("s"), exchangeTime: try members.time("E"))
            let text = try members.need("cs").text()
            batch.events.append(
                .status(StatusEvent(header: header, state: .binance(text), text: text)))
        } else {
            return BinanceReader.silentEvents.contains { name.equals($0) }
        }
        return true
    }

    /// Events that are known and say nothing that Martlet has an event for: rolling statistics,
    /// averages, reference prices, trading sessions, the old options ticker.
    private static let silentEvents: [StaticString] = [
        "24hrTicker", "24hrMiniTicker", "1hTicker", "4hTicker", "1dTicker", "avgPrice",
        "referencePrice", "EquityUpdate", "CommodityUpdate", "KR_EquityUpdate", "tradingSession",
        "ticker_all",
    ]

    /// The contract that a continuous bar is of.
    private func continuous(_ members: JSONMembers, _ batch: inout EventBatch) -> TextSlice? {
        guard let pair = members.plain("ps") else { return nil }
        return batch.keep(product.contract(of: pair.string, kind: members.plain("ct")?.string))
    }

    private func streamBar(
        _ members: JSONMembers, instrument: TextSlice?, _ kind: BarPriceKind,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let bar = try members.need("k").members()
        let text = try bar.need("i").text()
        guard let interval = BarInterval(text.string) else {
            throw try bar.need("i").failure(.badValue)
        }
        batch.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(
                        instrument: instrument ?? bar.plain("s"),
                        exchangeTime: try members.time("E")
                    ),
                    interval: interval, openTime: try bar.need("t").time(),
                    closeTime: try bar.need("T").time() / 1_000_000 * 1_000_000 + 1_000_000,
                    open: try bar.need("o").number(&batch), high: try bar.need("h").number(&batch),
                    low: try bar.need("l").number(&batch), close: try bar.need("c").number(&batch),
                    volume: kind == .trade ? try bar.number("v", &batch) : nil,
                    isClosed: try bar.flag("x"), priceKind: kind)))
    }

    private func blockTrade(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let isBuyerMaker = try members.flag("m")
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(
                        instrument: members.plain("s"),
                        exchangeTime: try members.time("T", "E")),
                    id: members.plain("t"), price: try members.need("p").number(&batch),
                    quantity: try members.need("q").number(&batch),
                    aggressor: isBuyerMaker.map { $0 ? .sell : .buy } ?? .unknown,
                    isMarket: false)))
    }

    private func index(
        _ members: JSONMembers, _ key: StaticString, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(
            instrument: try members.need("s").text(), exchangeTime: try members.time("E"))
        batch.events.append(
            .indexPrice(PriceEvent(header: header, price: try members.need(key).number(&batch))))
    }
}

extension BinanceProduct {
    /// The contract of a kind (`PERPETUAL`, `CURRENT_QUARTER`, …) of a pair: the perpetual by its
    /// own name, others by pair and kind, because which contract is the current one changes.
    func contract(of pair: String, kind: String?) -> String {
        guard let kind else { return pair }
        if kind == "PERPETUAL" { return self == .coinm ? pair + "_PERP" : pair }
        return "\(pair)_\(kind)"
    }
}

extension TradingState {
    /// Binance's words for what a symbol allows.
    static func binance(_ word: TextSlice) -> TradingState {
        let words: [(StaticString, TradingState)] = [
            ("TRADING", .trading), ("CANCEL_ONLY", .cancelOnly), ("AUCTION_MATCH", .auction),
            ("HALT", .halted), ("BREAK", .halted), ("SETTLING", .halted), ("PRE_SETTLE", .halted),
            ("PRE_DELIVERING", .halted), ("DELIVERING", .halted), ("PENDING_TRADING", .preOpen),
            ("PRE_TRADING", .preOpen), ("END_OF_DAY", .closed), ("POST_TRADING", .closed),
            ("DELIVERED", .closed), ("CLOSE", .closed),
        ]
        return words.first { word.equals($0.0) }?.1 ?? .unknown
    }
}
