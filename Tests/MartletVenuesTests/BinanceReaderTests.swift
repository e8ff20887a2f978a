// Binance's rarer messages, answers and user data become the documented events.

import MartletModel
import MartletVenues
import Testing

@Suite("Binance events")
struct BinanceReaderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var product = BinanceProduct.usdm
        var request: String?
        let text: String
        var kind = "decoded"
        var expected: [String] = []
        var testDescription: String { name }
    }

    private func check(_ row: Row) {
        let result = DecodedText(
            row.text, BinanceVenueDecoder(row.product), request: row.request)
        #expect(result.kind == row.kind)
        if row.kind == "control" {
            #expect([result.control] == row.expected)
        } else {
            #expect(result.events == row.expected, "\(result.events)")
        }
    }

    static let streams = [
        Row(
            name: "mark price, index price, funding",
            text:
                #"{"e":"markPriceUpdate","E":1790000001000,"s":"BTCUSDT","p":"64011.5","ap":"64011.2","i":"64009.8","P":"64008.0","r":"0.00010000","T":1790006400000,"st":1}"#,
            expected: [
                "mark BTCUSDT @1790000001000000000 64011.5",
                "index BTCUSDT @1790000001000000000 64009.8",
                "funding BTCUSDT @1790000001000000000 0.00010000 next 1790006400000000000",
            ]),
        Row(
            name: "marks of contracts without funding, and of others",
            text:
                #"[{"e":"markPriceUpdate","E":2,"s":"A","p":"1","i":null,"r":null,"T":null},{"e":"markPriceUpdate","E":2,"s":"B","p":"1","i":"","r":"","T":""},{"e":"markPriceUpdate","E":2,"s":"C","p":"1","i":"2","r":"0.1","T":3}]"#,
            expected: [
                "mark A @2000000 1", "mark B @2000000 1", "mark C @2000000 1", "index C @2000000 2",
                "funding C @2000000 0.1 next 3000000",
            ]),
        Row(
            name: "quotes with an empty side",
            text:
                #"[{"e":"bookTicker","u":1,"E":2,"T":1,"s":"A","b":"","B":"","a":"1","A":"2"},{"e":"bookTicker","u":2,"E":2,"T":1,"s":"A","b":"1","B":"2","a":null,"A":null},{"e":"bookTicker","u":3,"E":2,"T":1,"s":"A","b":"0.000","B":"0.00","a":"1","A":"2"}]"#,
            expected: [
                "quote A @1000000 - - 1 2 u1", "quote A @1000000 1 2 - - u2",
                "quote A @1000000 - - 1 2 u3",
            ]),
        Row(
            name: "index price of a pair", product: .coinm,
            text: #"{"e":"indexPriceUpdate","E":2,"i":"BTCUSD","p":"9636.57860000"}"#,
            expected: ["index BTCUSD @2000000 9636.57860000"]),
        Row(
            name: "forced order, as it traded",
            text:
                #"{"e":"forceOrder","E":1790000002000,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"63700","ap":"63710.1","X":"FILLED","l":"0.014","z":"0.014","T":1790000001990},"st":1,"ps":"BTCUSDT"}"#,
            expected: ["liquidation BTCUSDT @1790000001990000000 sell 63710.1 fill 0.014"]),
        Row(
            name: "forced order that has not traded",
            text:
                #"{"e":"forceOrder","E":2,"o":{"s":"B","S":"BUY","q":"3","p":"63700","ap":"0","T":1}}"#,
            expected: ["liquidation B @1000000 buy 63700 order 3"]),
        Row(
            name: "bar of a continuous contract",
            text:
                #"{"e":"continuous_kline","E":1607443058651,"ps":"BTCUSDT","ct":"PERPETUAL","k":{"t":1607443020000,"T":1607443079999,"i":"1m","f":1,"L":2,"o":"18787.00","c":"18804.04","h":"18804.04","l":"18786.54","v":"197.664","n":543,"x":false,"q":"1","V":"1","Q":"3","B":"0"}}"#,
            expected: [
                "bar BTCUSDT @1607443058651000000 1m 1607443020000000000..1607443080000000000 "
                    + "18787.00 18804.04 18786.54 18804.04 197.664 open"
            ]),
        Row(
            name: "bar of the current quarter", product: .coinm,
            text:
                #"{"e":"continuous_kline","E":1,"ps":"BTCUSD","ct":"CURRENT_QUARTER","k":{"t":0,"T":59999,"i":"1m","o":"1","c":"1","h":"1","l":"1","v":"2","x":true}}"#,
            expected: [
                "bar BTCUSD_CURRENT_QUARTER @1000000 1m 0..60000000000 1 1 1 1 2 closed"
            ]),
        Row(
            name: "bar of an index", product: .coinm,
            text:
                #"{"e":"indexPrice_kline","E":1,"ps":"BTCUSD","k":{"t":0,"T":59999,"s":"0","i":"1m","o":"1","c":"1","h":"1","l":"1","v":"0","x":false}}"#,
            expected: ["bar BTCUSD @1000000 1m 0..60000000000 1 1 1 1 open index"]),
        Row(
            name: "block trade is no trade of the book", product: .spot,
            text:
                #"{"e":"blockTrade","E":3,"s":"BTCUSDT","t":17,"p":"60000","q":"10","T":2,"m":false}"#,
            expected: ["trade BTCUSDT @2000000 17 60000 10 buy nonMarket"]),
        Row(
            name: "contract notice",
            text:
                #"{"e":"contractInfo","E":3,"s":"IOTAUSDT","ps":"IOTAUSDT","ct":"PERPETUAL","dt":4133404800000,"ot":1569398400000,"cs":"SETTLING"}"#,
            expected: ["status IOTAUSDT @3000000 halted SETTLING"]),
        Row(
            name: "indices of assets, in the combined form",
            text:
                #"{"stream":"!assetIndex@arr","data":[{"e":"assetIndexUpdate","E":1,"s":"ADAUSD","i":"0.27462452","b":"0.1"},{"e":"assetIndexUpdate","E":1,"s":"USDTUSD","i":"0.99987691"}]}"#,
            expected: ["index ADAUSD @1000000 0.27462452", "index USDTUSD @1000000 0.99987691"]),
        Row(
            name: "composite index",
            text:
                #"{"e":"compositeIndex","E":1,"s":"DEFIUSDT","p":"554.41604065","C":"baseAsset","c":[]}"#,
            expected: ["index DEFIUSDT @1000000 554.41604065"]),
        Row(
            name: "rolling statistics say nothing",
            text:
                #"[{"e":"24hrTicker","E":1,"s":"B","c":"1"},{"e":"24hrMiniTicker","E":1,"s":"B"}]"#),
        Row(
            name: "quotes of all symbols", product: .spot,
            text:
                #"{"stream":"!bookTicker","data":{"u":5,"s":"BTCUSDT","b":"1.0","B":"2","a":"3","A":"4"}}"#,
            expected: ["quote BTCUSDT @- 1.0 2 3 4 u5"]),
        Row(
            name: "top of a spot book takes its name from the stream", product: .spot,
            text:
                #"{"stream":"bnbusdt@depth5@100ms","data":{"lastUpdateId":7,"bids":[["1","2"]],"asks":[]}}"#,
            expected: ["snapshot BNBUSDT @- [1x2] [] u7 depth 5"]),
        Row(
            name: "special print",
            text: #"{"e":"trade","E":3,"T":2,"s":"B","t":9,"p":"1.5","q":"2","X":"ADL","m":true}"#,
            expected: ["trade B @2000000 9 1.5 2 sell nonMarket"]),
        Row(
            name: "unknown event", text: #"{"e":"brandNew","E":1}"#, kind: "unknown"),
    ]

    @Test("of streams", arguments: streams)
    func stream(row: Row) { check(row) }

    static let controls = [
        Row(
            name: "subscription", text: #"{"result":null,"id":312}"#, kind: "control",
            expected: ["subscribed 312"]),
        Row(
            name: "refusal", text: #"{"error":{"code":2,"msg":"Invalid request"},"id":"x1"}"#,
            kind: "control", expected: ["refused x1 2 Invalid request"]),
        Row(
            name: "refusal without id", text: #"{"code":2,"msg":"Invalid request: unknown"}"#,
            kind: "control", expected: ["refused 2 Invalid request: unknown"]),
        Row(
            name: "ban",
            text:
                #"{"id":"a","status":418,"error":{"code":-1003,"msg":"banned","data":{"serverTime":1659142907531,"retryAfter":1659146400000}}}"#,
            kind: "control", expected: ["limited -1003 banned"]),
        Row(
            name: "clock", text: #"{"serverTime":1499827319559}"#, kind: "control",
            expected: ["time 1499827319559000000"]),
        Row(
            name: "clock by WebSocket API",
            text: #"{"id":"7","status":200,"result":{"serverTime":1656400526260},"rateLimits":[]}"#,
            kind: "control", expected: ["time 1656400526260000000"]),
        Row(
            name: "user data subscription",
            text: #"{"id":"d3","status":200,"result":{"subscriptionId":0}}"#, kind: "control",
            expected: ["subscribed d3"]),
        Row(
            name: "shutdown notice", product: .spot,
            text: #"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
            kind: "control", expected: ["closing serverShutdown"]),
        Row(
            name: "expired key", text: #"{"e":"listenKeyExpired","E":1,"listenKey":"k"}"#,
            kind: "control", expected: ["closing listenKeyExpired"]),
        Row(
            name: "success", text: #"{"code":200,"msg":"success"}"#, kind: "control",
            expected: ["other"]),
        Row(
            name: "our own request", text: #"{"method":"SUBSCRIBE","params":["a"],"id":1}"#,
            kind: "control", expected: ["other"]),
        Row(
            name: "interface that is gone", request: "POST /wapi/v3/withdraw.html",
            text: #"{"msg":"success","success":true}"#, kind: "dead"),
    ]

    @Test("of answers and notices", arguments: controls)
    func control(row: Row) { check(row) }

    static let answers = [
        Row(
            name: "depth", request: "GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000",
            text: #"{"lastUpdateId":5,"E":7,"T":6,"bids":[["1.0","2"]],"asks":[["3","4"]]}"#,
            expected: ["snapshot BTCUSDT @6000000 [1.0x2] [3x4] u5 depth 1000"]),
        Row(
            name: "trades", product: .spot, request: "GET /api/v3/trades?symbol=BNBBTC",
            text:
                #"[{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}]"#,
            expected: ["trade BNBBTC @1499865549590000000 28457 4.00000100 12.00000000 sell"]),
        Row(
            name: "aggregates", request: "GET /fapi/v1/aggTrades?symbol=BTCUSDT&fromId=26129",
            text:
                #"[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27782,"T":1498793709153,"m":false}]"#,
            expected: ["trade BTCUSDT @1498793709153000000 26129 0.01633102 4.70443515 buy"]),
        Row(
            name: "bars", request: "GET /fapi/v1/klines?symbol=BTCUSDT&interval=1w",
            text:
                #"[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","0"]]"#,
            expected: [
                "bar BTCUSDT @- 1w 1499040000000000000..1499644800000000000 0.01634790 0.80000000 "
                    + "0.01575800 0.01577100 148976.11427815"
            ]),
        Row(
            name: "bars of a month that nobody names",
            text: #"[[1512086400000,"1","2","0.5","1.5","9",1514764799999,"1",1,"1","1","0"]]"#,
            expected: ["bar - @- 1M 1512086400000000000..1514764800000000000 1 2 0.5 1.5 9"]),
        Row(
            name: "bars of mark prices",
            request: "GET /dapi/v1/markPriceKlines?symbol=BTCUSD_PERP&interval=1m",
            text: #"[[0,"1","2","0.5","1.5","0  ",59999,"0",60,"0","0","0"]]"#,
            expected: ["bar BTCUSD_PERP @- 1m 0..60000000000 1 2 0.5 1.5 mark"]),
        Row(
            name: "quotes", product: .coinm,
            text:
                #"[{"lastUpdateId":1027024,"symbol":"BTCUSD_200626","pair":"BTCUSD","bidPrice":"9650.1","bidQty":"16","askPrice":"9650.3","askQty":"7","time":1591257300345}]"#,
            expected: ["quote BTCUSD_200626 @1591257300345000000 9650.1 16 9650.3 7 u1027024"]),
        Row(
            name: "premium index",
            text:
                #"{"symbol":"BTCUSDT","markPrice":"11793.63","indexPrice":"11781.80","estimatedSettlePrice":"1","lastFundingRate":"0.00038246","nextFundingTime":1597392000000,"interestRate":"0.0001","time":1597370495002}"#,
            expected: [
                "mark BTCUSDT @1597370495002000000 11793.63",
                "index BTCUSDT @1597370495002000000 11781.80",
                "funding BTCUSDT @1597370495002000000 0.00038246 next 1597392000000000000",
            ]),
        Row(
            name: "past funding",
            text:
                #"[{"symbol":"BTCUSDT","fundingTime":1698768000000,"fundingRate":"0.00010000","markPrice":"34287.5"}]"#,
            expected: ["funding BTCUSDT @1698768000000000000 0.00010000"]),
        Row(
            name: "open interest",
            text: #"{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}"#,
            expected: ["interest BTCUSDT @1589437530011000000 10659.509"]),
        Row(
            name: "rules", product: .coinm,
            text:
                #"{"exchangeFilters":[],"rateLimits":[],"serverTime":1,"symbols":[{"symbol":"BTCUSD_200925","pair":"BTCUSD","contractType":"CURRENT_QUARTER","deliveryDate":1601020800000,"contractStatus":"TRADING","contractSize":100,"quoteAsset":"USD","baseAsset":"BTC","marginAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","maxPrice":"100000","minPrice":"0.1","tickSize":"0.1"},{"filterType":"LOT_SIZE","maxQty":"100000","minQty":"1","stepSize":"1"}]}]}"#,
            expected: [
                "instrument BTCUSD_200925 @1000000 inverse trading TRADING BTC USD BTC contracts "
                    + "tick 0.1 lot 1 min 1 max 100000 multiplier 100 expires 1601020800000000000"
            ]),
        Row(
            name: "rules of a perpetual",
            text:
                #"{"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","contractType":"PERPETUAL","deliveryDate":4133404800000,"status":"TRADING","quoteAsset":"USDT","baseAsset":"BTC","marginAsset":"USDT","filters":[{"filterType":"MIN_NOTIONAL","notional":"5.0"}]}]}"#,
            expected: [
                "instrument BTCUSDT @- linear trading TRADING BTC USDT USDT base notional 5.0"
            ]),
        Row(name: "ping", product: .spot, text: "{}", kind: "control", expected: ["other"]),
        Row(
            name: "any other answer", request: "POST /fapi/v1/leverage",
            text: #"{"leverage":21,"maxNotionalValue":"1000000","symbol":"BTCUSDT"}"#),
    ]

    @Test("of REST answers", arguments: answers)
    func answer(row: Row) { check(row) }
}
