// Rows of Bybit's REST answers and private streams for the tables of its codec's tests.

enum BybitAnswerRows {
    private static func answer(_ result: String) -> String {
        #"{"retCode":0,"retMsg":"OK","result":\#(result),"retExtInfo":{},"time":1672376496682}"#
    }

    static let rows: [BybitDecoderTests.Row] = [
        .init(
            name: "a book that was asked for",
            message: answer(
                #"{"s":"BTCUSDT","a":[["65557.7","16.606555"]],"b":[["65485.47","47.081829"]],"#
                    + #""ts":1716863719031,"u":230704,"seq":1432604333,"cts":1716863718905}"#),
            request: "GET /v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=1",
            events: [
                "snapshot BTCUSDT @1716863718905000000 [65485.47x47.081829] [65557.7x16.606555] "
                    + "u230704 depth 1"
            ]),
        .init(
            name: "recent trades",
            message: answer(
                #"{"category":"spot","list":[{"execId":"2100000000007764263","symbol":"BTCUSDT","#
                    + #""price":"16618.49","size":"0.00012","side":"Buy","time":"1672052955758","#
                    + #""isBlockTrade":false,"isRPITrade":true,"seq":"123456"}]}"#),
            events: [
                "trade BTCUSDT @1672052955758000000 2100000000007764263 16618.49 0.00012 buy"
            ]),
        .init(
            name: "bars, with the interval of the request",
            message: answer(
                #"{"symbol":"BTCUSD","category":"inverse","list":[["1670608800000","17071","#
                    + #""17073","17027","17055.5","268611","15.74462667"]]}"#),
            request: "GET /v5/market/kline?category=inverse&symbol=BTCUSD&interval=M&limit=1000",
            events: [
                "bar BTCUSD @- 1M 1670608800000000000..1673287200000000000 17071 17073 17027 "
                    + "17055.5 268611"
            ]),
        .init(
            name: "bars, with the interval between them",
            message: answer(
                #"{"symbol":"BTCUSD","list":[["1670608800000","1","2","3","4","5","6"],"#
                    + #"["1670605200000","1","2","3","4","5","6"]]}"#),
            events: [
                "bar BTCUSD @- 1h 1670608800000000000..1670612400000000000 1 2 3 4 5",
                "bar BTCUSD @- 1h 1670605200000000000..1670608800000000000 1 2 3 4 5",
            ]),
        .init(
            name: "bars of the mark price",
            message: answer(#"{"symbol":"X","list":[["1670608800000","1","2","3","4"]]}"#),
            request: "GET /v5/market/mark-price-kline?symbol=X&interval=60",
            events: ["bar X @- 1h 1670608800000000000..1670612400000000000 1 2 3 4 mark"]),
        .init(
            name: "bars of the premium index are no prices",
            message: answer(#"{"symbol":"X","list":[["1652486400000","-1","1","1","1"]]}"#),
            request: "GET /v5/market/premium-index-price-kline?symbol=X&interval=60"),
        .init(
            name: "tickers",
            message: answer(
                #"{"category":"inverse","list":[{"symbol":"BTCUSD","lastPrice":"16597.00","#
                    + #""indexPrice":"16598.54","markPrice":"16596.00","openInterest":"373504107","#
                    + #""fundingRate":"-0.001034","nextFundingTime":"1672387200000","#
                    + #""ask1Size":"1","bid1Price":"16596.00","ask1Price":"16597.50","#
                    + #""bid1Size":"1","basis":""}]}"#),
            events: [
                "quote BTCUSD @1672376496682000000 16596.00 1 16597.50 1",
                "mark BTCUSD @1672376496682000000 16596.00",
                "index BTCUSD @1672376496682000000 16598.54",
                "funding BTCUSD @1672376496682000000 -0.001034 next 1672387200000000000",
                "interest BTCUSD @1672376496682000000 373504107",
            ]),
        .init(
            name: "funding history",
            message: answer(
                #"{"category":"linear","list":[{"symbol":"ETHPERP","fundingRate":"0.0001","#
                    + #""fundingRateTimestamp":"1672041600000"}]}"#),
            events: ["funding ETHPERP @1672041600000000000 0.0001"]),
        .init(
            name: "open interest",
            message: answer(
                #"{"symbol":"BTCUSD","category":"inverse","list":[{"openInterest":"#
                    + #""461134384.00000000","timestamp":"1669571400000"}]}"#),
            events: ["interest BTCUSD @1669571400000000000 461134384.00000000"]),
        .init(
            name: "instruments of three kinds",
            message: answer(
                #"{"category":"linear","list":[{"symbol":"BTCUSDT","contractType":"#
                    + #""LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","#
                    + #""deliveryTime":"0","priceFilter":{"tickSize":"0.10"},"lotSizeFilter":"#
                    + #"{"maxOrderQty":"100.000","minOrderQty":"0.001","qtyStep":"0.001","#
                    + #""minNotionalValue":"5"},"fundingInterval":480,"settleCoin":"USDT"},"#
                    + #"{"symbol":"BTCUSDH26","contractType":"InverseFutures","status":"#
                    + #""PreLaunch","baseCoin":"BTC","quoteCoin":"USD","deliveryTime":"#
                    + #""1774598400000","priceFilter":{"tickSize":"0.5"},"lotSizeFilter":"#
                    + #"{"qtyStep":"1"},"settleCoin":"BTC"},{"symbol":"BTCUSDT","status":"#
                    + #""Trading","baseCoin":"BTC","quoteCoin":"USDT","lotSizeFilter":"#
                    + #"{"basePrecision":"0.000001","minOrderAmt":"5","maxOrderQty":"17000","#
                    + #""maxLimitOrderQty":"17001"},"priceFilter":{"tickSize":"0.01"}}],"#
                    + #""nextPageCursor":"first%3D1"}"#),
            events: [
                "instrument BTCUSDT @- linear trading Trading BTC USDT USDT base tick 0.10 "
                    + "lot 0.001 min 0.001 max 100.000 notional 5 funding 8h",
                "instrument BTCUSDH26 @- inverse preOpen PreLaunch BTC USD BTC contracts tick 0.5 "
                    + "lot 1 multiplier 1 expires 1774598400000000000",
                "instrument BTCUSDT @- spot trading Trading BTC USDT base tick 0.01 lot 0.000001 "
                    + "max 17001 notional 5",
            ]),
        .init(
            name: "an execution",
            message: #"{"topic":"execution","id":"e1","creationTime":1790000001355,"data":["#
                + #"{"category":"linear","symbol":"BTCUSDT","orderId":"a4","orderLinkId":"mt-1","#
                + #""side":"Buy","execId":"0ab1","execPrice":"64000","execQty":"0.004","#
                + #""execFee":"-0.0512","feeCurrency":"USDT","execType":"Trade","isMaker":true,"#
                + #""leavesQty":"0.006","execPnl":"0","execTime":"1790000001353","seq":1}]}"#,
            events: [
                "fill BTCUSDT @1790000001353000000 0ab1 order a4 client mt-1 buy 64000 0.004 "
                    + "leaves 0.006 maker fee -0.0512 USDT pnl 0"
            ]),
        .init(
            name: "a fast execution and a liquidation; funding fills nothing",
            message: #"{"topic":"execution.fast.linear","creationTime":1716800399338,"data":["#
                + #"{"symbol":"X","execId":"1","execPrice":"12.015","execQty":"3","orderId":"o","#
                + #""isMaker":false,"orderLinkId":"","side":"Sell","execTime":"1716800399334"},"#
                + #"{"symbol":"X","execId":"2","execPrice":"12","execQty":"4","orderId":"p","#
                + #""side":"Sell","execTime":"1716800399335","execType":"BustTrade"},"#
                + #"{"symbol":"X","execId":"3","execPrice":"12","execQty":"4","side":"Sell","#
                + #""execType":"Funding","orderType":"UNKNOWN"}]}"#,
            events: [
                "fill X @1716800399334000000 1 order o sell 12.015 3 taker",
                "fill X @1716800399335000000 2 order p sell 12 4 liquidation",
            ]),
        .init(
            name: "orders and what became of them",
            message: #"{"topic":"order","creationTime":1790000000474,"data":["#
                + order("New", "EC_NoError", "0") + "," + order("PartiallyFilled", "", "0.4") + ","
                + order("Filled", "EC_NoError", "1") + ","
                + order("Cancelled", "EC_PostOnlyWillTakeLiquidity", "0") + ","
                + order("Cancelled", "EC_NoImmediateQtyToFill", "0.2") + ","
                + order("Cancelled", "", "0") + "," + order("Rejected", "UNKNOWN", "0.5") + ","
                + order("Rejected", "EC_Insufficient", "0") + ","
                + order("SomethingNew", "", "0") + "]}",
            events: [
                "0 working New", "0.4 partiallyFilled PartiallyFilled", "1 filled Filled",
                "0 canceled Cancelled because postOnlyWouldCross",
                "0.2 expired Cancelled because EC_NoImmediateQtyToFill",
                "0 canceled Cancelled", "0.5 canceled Rejected",
                "0 rejected Rejected because EC_Insufficient", "0 unknown SomethingNew",
            ].map {
                "order BTCUSDT @1790000000472000000 a4 client mt-1 buy Limit GTX anyDirection "
                    + "at 64000 quantity 0.010 filled \($0)"
            }),
        .init(
            name: "prices of 0 stand for none; a post-only order that would cross is canceled",
            message: #"{"topic":"order","creationTime":1,"data":[{"symbol":"B","orderId":"x","#
                + #""side":"Sell","orderType":"Market","price":"0","triggerPrice":"0.00","#
                + #""avgPrice":"0","qty":"1","cumExecQty":"0","orderStatus":"Rejected","#
                + #""rejectReason":"EC_PostOnlyWillTakeLiquidity","updatedTime":"5"}]}"#,
            events: [
                "order B @5000000 x sell Market quantity 1 filled 0 canceled Rejected "
                    + "because postOnlyWouldCross"
            ]),
        .init(
            name: "an execution without a side is passed",
            message: #"{"topic":"execution","creationTime":1,"data":[{"symbol":"X","execId":"1","#
                + #""side":"","execPrice":"1","execQty":"2"},{"symbol":"X","execId":"2","#
                + #""side":"Buy","execPrice":"1","execQty":"2","orderId":"o","execTime":"5"}]}"#,
            events: ["fill X @5000000 2 order o buy 1 2"]),
        .init(
            name: "a trade and a book with a null in them",
            message: #"{"topic":"publicTrade.X","ts":1,"data":[{"T":5,"s":"X","S":"Buy","v":"1","#
                + #""p":"2","i":"3","BT":null}]}"#,
            events: ["trade X @5000000 3 2 1 buy"]),
        .init(
            name: "a book of which one side is null",
            message: #"{"topic":"orderbook.50.X","type":"delta","ts":5,"data":{"s":"X","b":null,"#
                + #""a":[["2","3"]],"u":7}}"#,
            events: ["change X @5000000 [] [2x3] u7 depth 50"]),
        .init(
            name: "a book of which one side is missing",
            message: #"{"topic":"orderbook.50.X","type":"delta","ts":5,"data":{"s":"X","#
                + #""b":[["2","0"]],"u":7}}"#,
            events: ["change X @5000000 [2x0] [] u7 depth 50"]),
        .init(
            name: "notices: of no product, of demo trading, of this product",
            message: #"{"topic":"system.status","ts":5,"data":[{"state":"ongoing","#
                + #""product":null},{"state":"ongoing","product":[1],"env":[2]},"#
                + #"{"state":"ongoing","product":[1,2],"env":[1,2]},"#
                + #"{"state":"scheduled","product":[1],"env":null}]}"#,
            events: ["status - @5000000 halted ongoing", "status - @5000000 unknown scheduled"]),
        .init(
            name: "positions: one-way, short; hedge mode keeps the sign",
            message: #"{"topic":"position","creationTime":1,"data":[{"symbol":"ETHUSDT","#
                + #""side":"Sell","size":"0.01","positionIdx":0,"entryPrice":"3641.075","#
                + #""leverage":"30","markPrice":"3641.33","unrealisedPnl":"-0.00255","#
                + #""liqPrice":"51764.83003276","updatedTime":"1762199125472"},"#
                + #"{"symbol":"BTCUSDT","side":"Sell","size":"3","positionIdx":2,"#
                + #""avgPrice":"","liqPrice":"","updatedTime":"1762199125472"}]}"#,
            events: [
                "position ETHUSDT @1762199125472000000 net -0.01 entry 3641.075 mark 3641.33 "
                    + "liquidation 51764.83003276 pnl -0.00255 leverage 30",
                "position BTCUSDT @1762199125472000000 short 3",
            ]),
        .init(
            name: "a position of a list without its value",
            message: answer(
                #"{"category":"linear","list":[{"symbol":"B","side":"Buy","size":"3","#
                    + #""positionIdx":0,"avgPrice":"2","updatedTime":"5"}]}"#),
            events: ["position B @5000000 net 3 entry 2"]),
        .init(
            name: "the system's status",
            message: answer(
                #"{"list":[{"id":"4d","title":"","state":"ongoing","begin":"1","end":"2","#
                    + #""href":"","serviceTypes":[2],"product":[1,2],"uidSuffix":[],"#
                    + #""maintainType":3,"env":1},{"state":"ongoing","product":[1],"env":2}]}"#),
            request: "GET /v5/system/status",
            events: ["status - @1672376496682000000 halted ongoing"]),
        .init(
            name: "one of several orders was refused",
            message: #"{"retCode":0,"retMsg":"OK","result":{"list":[{"category":"spot","#
                + #""symbol":"B","orderId":"1"},{"category":"spot","symbol":"B","orderId":""}]},"#
                + #""retExtInfo":{"list":[{"code":0,"msg":"OK"},{"code":170213,"#
                + #""msg":"Order does not exist."}]},"time":1}"#,
            kind: "control", control: "refused 170213 Order does not exist."),
        .init(
            name: "a topic with escapes",
            message: #"{"topic":"publicTr\u0061de\u002eX","ts":1,"data":[{"T":5,"s":"X","#
                + #""S":"Buy","v":"1","p":"2","i":"3"}]}"#,
            events: ["trade X @5000000 3 2 1 buy"]),
        .init(
            name: "balances",
            message: #"{"topic":"wallet","creationTime":1700034722104,"data":[{"totalEquity":"1","#
                + #""coin":[{"coin":"BTC","equity":"0.2","walletBalance":"0.1","#
                + #""availableToWithdraw":""},{"coin":"USDT","walletBalance":"9647.75","#
                + #""availableToWithdraw":"9519.89"}]}]}"#,
            events: [
                "balance - @1700034722104000000 BTC total 0.1",
                "balance - @1700034722104000000 USDT total 9647.75 available 9519.89",
            ]),
    ]

    private static func order(_ status: String, _ reason: String, _ filled: String) -> String {
        #"{"symbol":"BTCUSDT","orderId":"a4","orderLinkId":"mt-1","side":"Buy","#
            + #""orderType":"Limit","timeInForce":"PostOnly","price":"64000","qty":"0.010","#
            + #""orderStatus":"\#(status)","cancelType":"UNKNOWN","rejectReason":"\#(reason)","#
            + #""avgPrice":"","cumExecQty":"\#(filled)","reduceOnly":false,"#
            + #""updatedTime":"1790000000472"}"#
    }
}
