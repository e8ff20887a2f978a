// Every public REST path that third-party clients and the venues' pages name has an answer.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Public REST of all venues")
struct PublicRESTTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let venue: VenueID, target: String, has: [String]
        var testDescription: String { "\(venue) \(target)" }
        init(_ venue: VenueID, _ target: String, _ has: String...) {
            (self.venue, self.target, self.has) = (venue, target, has)
        }
    }

    private func bench(_ venue: VenueID) throws -> ProtocolBench {
        let path: String =
            switch venue {
            case .okx: "/ws/v5/public"
            case .bybitSpot: "/v5/public/spot"
            case .bybitLinear: "/v5/public/linear"
            case .bybitInverse: "/v5/public/inverse"
            case .mexcFutures: "/edge"
            case .alpacaCrypto: "/v1beta3/crypto/us"
            case .alpacaStocks: "/v2/iex"
            default: "/ws"
            }
        let speaker = try #require(VenueProtocols.make(venue))
        let opened = ProtocolBench(speaker, path)
        var bench = try #require(opened)
        _ = try bench.listen(20_000_000_000)
        return bench
    }

    private func ask(_ bench: ProtocolBench, _ target: String) -> ServerAnswer? {
        let parts = target.split(separator: " ", maxSplits: 1).map(String.init)
        let request =
            parts.count > 1
            ? ServerRequest("POST", parts[0], body: Array(parts[1].utf8))
            : ServerRequest("GET", target)
        return bench.venue.answer(request, bench.moment)
    }

    private static let futures = [
        "time", "exchangeInfo", "depth?symbol=S&limit=5", "trades?symbol=S", "aggTrades?symbol=S",
        "historicalTrades?symbol=S&fromId=1", "klines?symbol=S&interval=1m",
        "continuousKlines?pair=P&contractType=PERPETUAL&interval=5m&limit=3",
        "markPriceKlines?symbol=S&interval=1m&limit=3",
        "indexPriceKlines?pair=P&interval=1m&limit=3",
        "premiumIndexKlines?symbol=S&interval=1h&limit=3", "premiumIndex", "premiumIndex?symbol=S",
        "fundingRate?symbol=S&limit=5", "fundingInfo", "openInterest?symbol=S", "ticker/24hr",
        "ticker/price", "ticker/bookTicker",
    ]
    private static let statistics = [
        "openInterestHist", "globalLongShortAccountRatio", "topLongShortAccountRatio",
        "topLongShortPositionRatio",
    ]

    /// Paths of one of Binance's futures markets, which spells instruments in its own way.
    static func binance(
        _ venue: VenueID, _ prefix: String, symbol: String, pair: String
    ) -> [Row] {
        var rows = [Row(venue, "/sapi/v1/system/status", "normal")]
        for path in futures {
            let parts = path.split(separator: "=", omittingEmptySubsequences: false).map {
                part -> String in
                if part == "S" || part.hasPrefix("S&") { return symbol + part.dropFirst() }
                return part.hasPrefix("P&") ? pair + part.dropFirst() : String(part)
            }
            rows.append(Row(venue, prefix + parts.joined(separator: "=")))
        }
        let key = venue == .binanceCoinM ? "pair" : "symbol"
        for name in statistics {
            let target = "/futures/data/\(name)?\(key)=\(pair)&period=1h&limit=3"
            rows.append(Row(venue, target, "timestamp"))
        }
        return rows
    }

    static let binance =
        binance(.binanceUSDM, "/fapi/v1/", symbol: "BTCUSDT", pair: "BTCUSDT")
        + binance(.binanceCoinM, "/dapi/v1/", symbol: "BTCUSD_PERP", pair: "BTCUSD")

    static let others = [
        Row(.binanceUSDM, "/fapi/v2/ticker/price", "BTCUSDT", "ETHUSDT"),
        Row(.binanceSpot, "/sapi/v1/system/status", "normal"),
        Row(.binanceSpot, "/api/v3/avgPrice?symbol=BTCUSDT", "\"mins\":5"),
        Row(.binanceSpot, "/api/v3/uiKlines?symbol=BTCUSDT&interval=1m"),
        Row(.binanceSpot, "/api/v3/ticker?symbol=BTCUSDT&windowSize=1h", "openPrice"),
        Row(.binanceSpot, "/api/v3/ticker/tradingDay?symbols=[%22BTCUSDT%22]", "[{", "BTCUSDT"),
        Row(.binanceSpot, "/api/v3/ticker/24hr?symbols=[%22BTCUSDT%22,%22ETHUSDT%22]", "ETHUSDT"),
        Row(.binanceSpot, "/api/v3/exchangeInfo?symbolStatus=TRADING", "LOT_SIZE", "NOTIONAL"),
        Row(.binanceSpot, "/api/v3/exchangeInfo?symbolStatus=HALT", "\"symbols\":[]"),
        Row(.binanceSpot, "/api/v3/exchangeInfo?permissions=MARGIN", "\"symbols\":[]"),
        Row(.okx, "/api/v5/public/price-limit?instId=BTC-USDT-SWAP", "buyLmt", "sellLmt"),
        Row(.okx, "/api/v5/public/funding-rate?instId=ANY", "BTC-USDT-SWAP", "BTC-USD-SWAP"),
        Row(.okx, "/api/v5/public/funding-rate?instId=BTC-USDT-SWAP", "fundingTime"),
        Row(.okx, "/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP", "realizedRate"),
        Row(.okx, "/api/v5/public/mark-price?instType=SWAP", "markPx"),
        Row(.okx, "/api/v5/public/open-interest?instType=SWAP", "oiCcy"),
        Row(
            .okx, "/api/v5/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT",
            "maxLever"),
        Row(.okx, "/api/v5/public/underlying?instType=SWAP", "[[\"BTC-USDT\""),
        Row(.okx, "/api/v5/public/opt-summary?uly=BTC-USD", "\"data\":[]"),
        Row(.okx, "/api/v5/market/index-tickers?instId=BTC-USDT", "idxPx"),
        Row(.okx, "/api/v5/market/index-candles?instId=BTC-USDT&bar=1m&limit=2", "[[\""),
        Row(.okx, "/api/v5/market/history-index-candles?instId=BTC-USDT&limit=2", "[[\""),
        Row(.okx, "/api/v5/market/mark-price-candles?instId=BTC-USDT-SWAP&limit=2", "[[\""),
        Row(
            .okx, "/api/v5/market/history-mark-price-candles?instId=BTC-USDT-SWAP&limit=2", "[[\""),
        Row(
            .okx,
            "/api/v5/rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=1H",
            "[[\""),
        Row(
            .okx, "/api/v5/rubik/stat/contracts/open-interest-volume?ccy=BTC&period=1H", "[[\""),
        Row(
            .okx,
            "/api/v5/rubik/stat/contracts/long-short-account-ratio-contract?instId=BTC-USDT-SWAP",
            "[[\""),
        Row(.bybitSpot, "/v5/market/full_orderbook?category=spot&symbol=BTCUSDT", "\"u\":"),
        Row(.bybitSpot, "/v5/market/price-limit?category=spot&symbol=BTCUSDT", "sellLmt"),
        Row(.bybitSpot, "/v5/market/historical-volatility?category=option", "\"result\":[]"),
    ]

    static let paths: [(name: String, more: String, has: String)] = [
        ("mark-price-kline", "&interval=1&limit=3", "[[\""),
        ("index-price-kline", "&interval=1&limit=3", "[[\""),
        ("premium-index-price-kline", "&interval=1&limit=3", "0.000000"),
        ("price-limit", "", "buyLmt"), ("risk-limit", "", "maxLeverage"),
        ("account-ratio", "&period=1h&limit=3", "buyRatio"),
        ("open-interest", "&intervalTime=5min&limit=3", "openInterest"),
        ("funding/history", "&limit=3", "fundingRateTimestamp"),
        ("delivery-price", "", "\"list\":[]"),
    ]

    static func bybit(_ venue: VenueID, _ category: String, _ symbol: String) -> [Row] {
        paths.map { path in
            let query = "?category=\(category)&symbol=\(symbol)\(path.more)"
            return Row(venue, "/v5/market/" + path.name + query, path.has)
        }
    }

    static let contracts =
        bybit(.bybitLinear, "linear", "BTCUSDT") + bybit(.bybitInverse, "inverse", "BTCUSD")

    static let rest = [
        Row(
            .hyperliquid, #"/info {"type":"predictedFundings"}"#, "HlPerp", "fundingIntervalHours"),
        Row(.hyperliquid, #"/info {"type":"perpsAtOpenInterestCap"}"#, "[]"),
        Row(.mexcFutures, "/api/v1/contract/support_currencies", "USDT"),
        Row(
            .mexcFutures, "/api/v1/contract/kline/index_price/BTC_USDT?interval=Min1",
            "\"open\":["),
        Row(
            .mexcFutures, "/api/v1/contract/kline/fair_price/BTC_USDT?interval=Min1", "\"close\":["
        ),
        Row(.mexcFutures, "/api/v1/contract/index_price/BTC_USDT", "indexPrice"),
        Row(.mexcFutures, "/api/v1/contract/fair_price/BTC_USDT", "fairPrice"),
        Row(.mexcFutures, "/api/v3/time", "serverTime"),
        Row(.mexcFutures, "/api/v3/ping", "{}"),
        Row(.mexcSpot, "/api/v1/contract/ping", "\"success\":true"),
        Row(.mexcSpot, "/api/v1/contract/ticker", "\"data\":[]"),
        Row(
            .alpacaStocks, "/v2/calendar?start=2023-11-13&end=2023-11-19", "2023-11-13",
            "2023-11-17"),
    ]

    @Test("has an answer for", arguments: binance + others + contracts + rest)
    func answers(row: Row) throws {
        let answer = try #require(ask(bench(row.venue), row.target), "no such path")
        #expect(answer.status == 200)
        #expect(ClientJSON.parse(answer.body) != nil)
        for text in row.has { #expect(answer.text.contains(text)) }
    }

    @Test("and refuses what a venue refuses")
    func refusals() throws {
        let spot = try bench(.binanceSpot)
        let both = "/api/v3/exchangeInfo?symbol=BTCUSDT&symbols=[%22BTCUSDT%22]"
        #expect(ask(spot, both)?.text.contains("-1128") == true)
        #expect(ask(spot, "/api/v3/ticker")?.text.contains("-1128") == true)
        #expect(ask(spot, "/api/v3/ticker/price?symbols=[%22NONE%22]")?.status == 400)
        let coin = try bench(.binanceCoinM)
        #expect(ask(coin, "/dapi/v1/fundingRate")?.text.contains("-1102") == true)
        #expect(ask(coin, "/dapi/v1/ticker/price?pair=ETHUSD")?.text.contains("BTCUSD") == false)
        let linear = try bench(.bybitLinear)
        let start = "/v5/market/funding/history?category=linear&symbol=BTCUSDT&startTime=1"
        #expect(ask(linear, start)?.text.contains("\"retCode\":10001") == true)
        #expect(ask(try bench(.okx), "/api/v5/public/price-limit")?.text.contains("50014") == true)
        let calendar = ask(try bench(.alpacaStocks), "/v2/calendar?start=2023-11-18&end=2023-11-19")
        #expect(calendar?.text == "[]", "a weekend")
    }

    @Test("funding history goes page by page and stays within its bounds")
    func fundingPages() throws {
        let mexc = try bench(.mexcFutures)
        func times(_ query: String) -> [Int64] {
            let answer = ask(mexc, "/api/v1/contract/funding_rate/history?symbol=BTC_USDT" + query)
            let rows = answer.flatMap { ClientJSON.parse($0.body)?["data"]?["resultList"]?.items }
            return (rows ?? []).compactMap { $0["settleTime"]?.integer }
        }
        let all = times("&page_size=6")
        #expect(all.count == 6 && all == all.sorted(by: >))
        #expect(times("&page_size=3&page_num=2") == Array(all.suffix(3)))
        let okx = try bench(.okx)
        let path = "/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP"
        func okxTimes(_ query: String) -> [String] {
            let rows = ask(okx, path + query).flatMap { ClientJSON.parse($0.body)?["data"]?.items }
            return (rows ?? []).compactMap { $0["fundingTime"]?.text }
        }
        let newest = okxTimes("&limit=4")
        #expect(okxTimes("&limit=2&after=\(newest[1])") == Array(newest[2...]))
        #expect(okxTimes("&before=\(newest[2])") == Array(newest[..<2]))
    }

    @Test("depth_commits continues a book to the present one, change by change")
    func commits() throws {
        var bench = try bench(.mexcFutures)
        _ = bench.say(#"{"method":"sub.depth","param":{"symbol":"BTC_USDT","compress":false}}"#)
        let pushed = try bench.listen(5_000_000_000).compactMap {
            ClientJSON.parse($0)?["data"]?["version"]?.integer
        }
        let answer = try #require(ask(bench, "/api/v1/contract/depth_commits/BTC_USDT/20"))
        let rows = try #require(ClientJSON.parse(answer.body)?["data"]?.items)
        let versions = rows.compactMap { $0["version"]?.integer }
        #expect(versions.count == 20)
        #expect(versions == Array(pushed.suffix(20)), "as the strict stream told them")
        #expect(zip(versions, versions.dropFirst()).allSatisfy { $1 == $0 + 1 })
        let refused = ask(bench, "/api/v1/contract/depth_commits/BTC_USDT/many")
        #expect(refused?.text.contains("\"success\":false") == true)
        let unknown = ask(bench, "/api/v1/contract/depth_commits/NO_SUCH/20")
        #expect(unknown?.text.contains("1001") == true)
    }

    @Test("the full book of Bybit has the numbers of the topic of all levels")
    func fullBook() throws {
        var bench = try bench(.bybitSpot)
        let path = "/v5/market/full_orderbook?category=spot&symbol=BTCUSDT"
        let answers = bench.say(#"{"op":"subscribe","args":["orderbook.full.BTCUSDT"]}"#)
        #expect(answers.count == 1, "REST begins this book, not the stream")
        let heard = try bench.listen(2_000_000_000)
        let last = try #require(heard.last.flatMap { ClientJSON.parse($0)?["data"] })
        let book = try #require(ask(bench, path).flatMap { ClientJSON.parse($0.body)?["result"] })
        #expect(book["u"]?.integer == last["u"]?.integer)
        #expect(book["seq"]?.integer == last["seq"]?.integer)
    }

    @Test("price limits are told on OKX and Bybit")
    func priceLimits() throws {
        var okx = try bench(.okx)
        let subscription =
            #"{"op":"subscribe","args":[{"channel":"price-limit","instId":"BTC-USDT-SWAP"}]}"#
        #expect(okx.say(subscription).contains { $0.contains("buyLmt") })
        #expect(try okx.listen(2_000_000_000).contains { $0.contains("sellLmt") })
        var bybit = try bench(.bybitLinear)
        _ = bybit.say(#"{"op":"subscribe","args":["priceLimit.BTCUSDT"]}"#)
        let heard = try bybit.listen(2_000_000_000)
        #expect(!heard.isEmpty)
        #expect(heard.allSatisfy { $0.contains("\"topic\":\"priceLimit.BTCUSDT\"") })
    }

    @Test("rows of Alpaca go on over pages, by symbol and time, none twice")
    func alpacaPages() throws {
        let bench = try bench(.alpacaCrypto)
        let path = "/v1beta3/crypto/us/trades?symbols=ETH/USD,BTC/USD&limit=7"
        var token: String?
        var seen: [String: [Int64]] = [:]
        var order: [String] = []
        for _ in 0..<1000 {
            let answer = try #require(
                ask(bench, path + (token.map { "&page_token=\($0)" } ?? "")))
            let body = try #require(ClientJSON.parse(answer.body))
            var count = 0
            for symbol in ["BTC/USD", "ETH/USD"] {
                let rows = body["trades"]?[symbol]?.items ?? []
                count += rows.count
                seen[symbol, default: []] += rows.compactMap { $0["i"]?.integer }
                if !rows.isEmpty, order.last != symbol { order.append(symbol) }
            }
            #expect(count <= 7)
            token = body["next_page_token"]?.text
            if token == nil { break }
        }
        #expect(order == ["BTC/USD", "ETH/USD"])
        for (symbol, identifiers) in seen {
            let trades = try #require(bench.market.instrument(symbol)).trades
            #expect(identifiers == trades.map(\.id), "\(symbol)")
        }
    }

    @Test("each path of OKX has a limit of its own, each address too")
    func budgets() throws {
        var bench = try ServerBench(OKXProtocol())
        let books = "/api/v5/market/books?instId=BTC-USDT&sz=5"
        let statuses = (0..<41).map { _ in bench.get(books).status }
        #expect(statuses.prefix(40).allSatisfy { $0 == 200 })
        #expect(statuses.last == 429)
        #expect(bench.get("/api/v5/market/candles?instId=BTC-USDT").status == 200)
        #expect(bench.get(books, peer: "10.0.0.2").status == 200)
        bench.run(2_000_000_000)
        #expect(bench.get(books).status == 200)
    }

    @Test("a cursor of Bybit leads on, escaped once or twice")
    func cursors() throws {
        let bench = try bench(.bybitLinear)
        let path = "/v5/market/instruments-info?category=linear&limit=1"
        for cursor in ["first%3D1", "first%253D1"] {
            let answer = ask(bench, path + "&cursor=" + cursor)
            #expect(answer?.text.contains("ETHUSDT") == true, "\(cursor)")
        }
    }
}
