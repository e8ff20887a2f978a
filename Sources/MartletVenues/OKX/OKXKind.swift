// Which kinds of data OKX's channels and REST paths carry.

import MartletModel

/// What the rows under `data` are.
enum OKXKind {
    /// Books of at most `depth` levels a side (nil: not known); whole ones each time, or, where
    /// `isWhole` is false, as the message's `action` says.
    case books(depth: Int?, isWhole: Bool)
    /// The best level of each side.
    case quotes
    /// Trades.
    case trades
    /// Tickers, of which the best levels are taken.
    case tickers
    /// Funding rates, current ones or paid ones.
    case funding
    /// Mark prices.
    case markPrices
    /// Index prices.
    case indexPrices
    /// Open interest.
    case openInterest
    /// Forced orders, grouped by instrument.
    case liquidations
    /// Forced orders, the instrument named by the channel.
    case liquidationDetails
    /// Instrument rules.
    case instruments
    /// Maintenance notices.
    case status
    /// Bars; of which length, and of which prices. No length: the rows have to tell.
    case bars(BarInterval?, BarPriceKind)
    /// Orders of ours, pushed: a row may carry an execution.
    case orders
    /// Orders of ours, as an answer: executions are asked for separately.
    case orderList
    /// Orders that wait for a trigger.
    case algoOrders
    /// Executions of ours.
    case fills
    /// Positions of ours.
    case positions
    /// Balances of an account, under `details`.
    case account
    /// Balances, one a row.
    case balances
    /// Balances and positions in one row.
    case balanceAndPosition
    /// The venue's clock.
    case serverTime
    /// Known, and nothing in it that has an event.
    case silent

    /// What a stream channel carries, or nil for a channel that is not known.
    static func channel(_ name: TextSlice) -> OKXKind? {
        if name.equals("trades") { return .trades }
        if name.equals("books") { return .books(depth: 400, isWhole: false) }
        if name.equals("bbo-tbt") || name.equals("sprd-bbo-tbt") { return .quotes }
        if name.equals("tickers") || name.equals("sprd-tickers") { return .tickers }
        if name.equals("trades-all") { return .trades }
        if name.equals("books5") || name.equals("sprd-books5") {
            return .books(depth: 5, isWhole: true)
        }
        if name.equals("books-l2-tbt") || name.equals("books-elp")
            || name.equals("sprd-books-l2-tbt")
        {
            return .books(depth: 400, isWhole: false)
        }
        if name.equals("books50-l2-tbt") { return .books(depth: 50, isWhole: false) }
        return rareChannel(name)
    }

    @inline(never) private static func rareChannel(_ name: TextSlice) -> OKXKind? {
        let text = name.string
        if let bars = bars(text) { return bars }
        if let kind = channels.first(where: { $0.name == text })?.kind { return kind }
        if silentChannels.contains(text) || text.hasPrefix("grid-") || text.hasPrefix("sprd-candle")
        {
            return .silent
        }
        return nil
    }

    private static let channels: [(name: String, kind: OKXKind)] = [
        ("option-trades", .trades), ("sprd-public-trades", .trades), ("funding-rate", .funding),
        ("mark-price", .markPrices), ("index-tickers", .indexPrices),
        ("open-interest", .openInterest), ("liquidation-orders", .liquidations),
        ("liquidations", .liquidationDetails), ("instruments", .instruments),
        ("status", .status), ("orders", .orders), ("sprd-orders", .silent), ("fills", .fills),
        ("orders-algo", .algoOrders), ("algo-advance", .algoOrders), ("positions", .positions),
        ("liquidation-warning", .positions), ("account", .account),
        ("balance_and_position", .balanceAndPosition),
    ]

    private static let silentChannels: [String] = [
        "price-limit", "estimated-price", "opt-summary", "block-tickers", "public-block-trades",
        "public-struc-block-trades", "struc-block-trades", "rfqs", "quotes", "account-greeks",
        "deposit-info", "withdrawal-info", "adl-warning", "economic-calendar", "sprd-trades",
        "algo-recurring-buy", "event-contract-markets", "copytrading-notification",
        "copytrading-lead-notification", "call-auction-details",
    ]

    /// `candle1m`, `mark-price-candle4H`, `index-candle1Dutc`.
    private static func bars(_ channel: String) -> OKXKind? {
        for (prefix, kind) in [
            ("candle", .trade), ("mark-price-candle", .mark), ("index-candle", .index),
        ] as [(String, BarPriceKind)] where channel.hasPrefix(prefix) {
            guard let interval = interval(String(channel.dropFirst(prefix.count))) else {
                return nil
            }
            return .bars(interval, kind)
        }
        return nil
    }

    /// OKX's word for the length of a bar: `1m`, `4H`, `1D`, `1Wutc`, `1M`.
    static func interval(_ word: String) -> BarInterval? {
        let text = word.hasSuffix("utc") ? word.dropLast(3) : word[...]
        switch text.last {
        case "s", "m", "M": return BarInterval(String(text))
        case "H", "D", "W": return BarInterval(text.dropLast() + text.suffix(1).lowercased())
        default: return nil
        }
    }

    /// What the answer to a request carries, or nil for a path that is not known.
    static func answer(to request: RequestText) -> OKXKind? {
        // What is posted is an order or a setting; its answer has no rows of any kind here.
        guard request.method != "POST" else { return nil }
        let bar = interval(request.parameter("bar") ?? "1m")
        switch request.path {
        case "/api/v5/market/books", "/api/v5/market/books-full", "/api/v5/market/books-lite":
            return .books(depth: request.parameter("sz").flatMap { Int($0) }, isWhole: true)
        case "/api/v5/market/trades", "/api/v5/market/history-trades": return .trades
        case "/api/v5/market/ticker", "/api/v5/market/tickers": return .tickers
        case "/api/v5/market/index-tickers": return .indexPrices
        case "/api/v5/market/candles", "/api/v5/market/history-candles":
            return .bars(bar, .trade)
        case "/api/v5/market/mark-price-candles", "/api/v5/market/history-mark-price-candles":
            return .bars(bar, .mark)
        case "/api/v5/market/index-candles", "/api/v5/market/history-index-candles":
            return .bars(bar, .index)
        case "/api/v5/public/instruments", "/api/v5/account/instruments": return .instruments
        case "/api/v5/public/funding-rate", "/api/v5/public/funding-rate-history": return .funding
        case "/api/v5/public/mark-price": return .markPrices
        case "/api/v5/public/open-interest": return .openInterest
        case "/api/v5/public/liquidation-orders": return .liquidations
        case "/api/v5/public/time": return .serverTime
        case "/api/v5/public/price-limit", "/api/v5/public/opt-summary": return .silent
        case "/api/v5/system/status": return .status
        case "/api/v5/trade/order", "/api/v5/trade/orders-pending", "/api/v5/trade/orders-history",
            "/api/v5/trade/orders-history-archive":
            return .orderList
        case "/api/v5/trade/orders-algo-pending", "/api/v5/trade/orders-algo-history":
            return .algoOrders
        case "/api/v5/trade/fills", "/api/v5/trade/fills-history": return .fills
        case "/api/v5/account/positions": return .positions
        case "/api/v5/account/balance": return .account
        default: return nil
        }
    }

    /// What a row is by its members, or nil.
    static func shape(_ row: JSONFields) -> OKXKind? {
        if row.has("asks"), row.has("bids") { return .books(depth: nil, isWhole: true) }
        if row.has("sprdId") || row.has("markVol") { return .silent }
        if row.has("algoId"), row.has("ordType"), row.has("state"), !row.has("accFillSz") {
            return .algoOrders
        }
        if row.has("ordId"), row.has("ordType"), row.has("state") { return .orderList }
        if row.has("fillPx"), row.has("fillSz"), row.has("tradeId"), row.has("ordId") {
            return .fills
        }
        if row.has("posSide"), row.has("pos"), row.has("posId") { return .positions }
        if row.has("balData"), row.has("posData"), row.has("eventType") {
            return .balanceAndPosition
        }
        if row.has("details"), row.has("totalEq") { return .account }
        if row.has("ccy"), row.has("cashBal") { return .balances }
        return marketShape(row)
    }

    private static func marketShape(_ row: JSONFields) -> OKXKind? {
        if row.has("tickSz"), row.has("lotSz") { return .instruments }
        guard row.has("instId") else {
            return row.has("ts") && !row.names.contains(",") ? .serverTime : nil
        }
        if row.has("details"), row.has("instType"), row.has("uly") { return .liquidations }
        if row.has("tradeId"), row.has("px"), row.has("sz"), row.has("side") { return .trades }
        if row.has("askPx"), row.has("bidPx") { return .tickers }
        if row.has("fundingTime") { return .funding }
        if row.has("idxPx") { return .indexPrices }
        if row.has("oi"), row.has("oiCcy") { return .openInterest }
        if row.has("markPx"), row.has("ts") { return .markPrices }
        return nil
    }
}
