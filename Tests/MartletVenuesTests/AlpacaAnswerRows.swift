// Rows of Alpaca's REST answers and trading stream for the tables of its codec's tests.

enum AlpacaAnswerRows {
    private static let bar = #"{"t":"2022-03-09T05:00:00Z","o":1,"h":3,"l":1,"c":2,"v":8}"#

    static let rows: [AlpacaDecoderTests.Row] = [
        .init(
            name: "bars, with the length of the request",
            message: #"{"bars":{"BTC/USD":[\#(bar)],"ETH/USD":[\#(bar)]},"#
                + #""next_page_token":"TUVUQXxEfA=="}"#,
            request: "GET /v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=4Hour",
            events: ["BTC/USD", "ETH/USD"].map {
                "bar \($0) @- 4h 1646802000000000000..1646816400000000000 1 3 1 2 8"
            }),
        .init(
            name: "the latest bars are of a minute",
            message: #"{"bars":{"SPY":\#(bar)}}"#,
            events: ["bar SPY @- 1m 1646802000000000000..1646802060000000000 1 3 1 2 8"]),
        .init(
            name: "bars of one symbol, without a request: the distance between them",
            message: #"{"bars":[{"t":"2022-06-08T04:00:00Z","o":1,"h":1,"l":1,"c":1,"v":1},"#
                + #"{"t":"2022-06-09T04:00:00Z","o":2,"h":2,"l":2,"c":2,"v":2}],"symbol":"META"}"#,
            events: [
                "bar META @- 1d 1654660800000000000..1654747200000000000 1 1 1 1 1",
                "bar META @- 1d 1654747200000000000..1654833600000000000 2 2 2 2 2",
            ]),
        .init(
            name: "weeks around a change of the clock, without a request",
            message: #"{"bars":[{"t":"2021-03-08T05:00:00Z","o":1,"h":1,"l":1,"c":1,"v":1},"#
                + #"{"t":"2021-03-15T04:00:00Z","o":2,"h":2,"l":2,"c":2,"v":2}],"symbol":"META"}"#,
            events: [
                "bar META @- 1w 1615179600000000000..1615780800000000000 1 1 1 1 1",
                "bar META @- 1w 1615780800000000000..1616385600000000000 2 2 2 2 2",
            ]),
        .init(
            name: "a month with a change of the clock",
            message: #"{"bars":{"X":[{"t":"2021-11-01T04:00:00Z","o":1,"h":1,"l":1,"c":1,"#
                + #""v":1}]}}"#,
            request: "GET /v2/stocks/bars?symbols=X&timeframe=1Month",
            events: ["bar X @- 1M 1635739200000000000..1638334800000000000 1 1 1 1 1"]),
        .init(
            name: "a single bar without a request could be of any length",
            message: #"{"bars":{"SPY":[\#(bar)]}}"#),
        .init(
            name: "trades by symbol, and none",
            message: #"{"trades":{"SUSHI/USD":[{"i":2590119,"p":0.94,"s":192.963,"#
                + #""t":"2023-01-01T20:03:20.783Z","tks":"S"}],"NONE/USD":[],"NULL/USD":null}}"#,
            events: ["trade SUSHI/USD @1672603400783000000 2590119 0.94 192.963 sell"]),
        .init(
            name: "the latest trade of one symbol",
            message: #"{"symbol":"AAPL","trade":{"t":"2022-04-11T17:56:08.406302477Z","x":"V","#
                + #""p":166.81,"s":300,"c":["@"],"i":10503,"z":"C"}}"#,
            events: ["trade AAPL @1649699768406302477 10503 166.81 300 unknown"]),
        .init(
            name: "quotes",
            message: #"{"quotes":{"ETH/USD":[{"ap":1822.352602,"as":8.76015633,"bp":1820.8,"#
                + #""bs":4.399406,"t":"2023-08-16T18:59:58.662421578Z"}]}}"#,
            events: ["quote ETH/USD @1692212398662421578 1820.8 4.399406 1822.352602 8.76015633"]),
        .init(
            name: "books are whole",
            message: #"{"orderbooks":{"BTC/USD":{"a":[{"p":2,"s":3}],"b":[{"p":1,"s":4}],"#
                + #""t":"2023-08-16T18:59:58Z"}}}"#,
            events: ["snapshot BTC/USD @1692212398000000000 [1x4] [2x3]"]),
        .init(
            name: "snapshots under their name",
            message: #"{"snapshots":{"ETH/USD":{"latestTrade":{"t":"2021-12-08T19:26:58.703892Z","#
                + #""p":4393.18,"s":0.04299154,"tks":"S","i":191026243},"latestQuote":null,"#
                + #""prevDailyBar":\#(bar)}}}"#,
            events: [
                "trade ETH/USD @1638991618703892000 191026243 4393.18 0.04299154 sell",
                "bar ETH/USD @- 1d 1646802000000000000..1646888400000000000 1 3 1 2 8 closed",
            ]),
        .init(
            name: "snapshots of stocks stand in the answer itself",
            message: #"{"ABC":null,"MSFT":{"minuteBar":\#(bar)}}"#,
            events: ["bar MSFT @- 1m 1646802000000000000..1646802060000000000 1 3 1 2 8"]),
        .init(
            name: "assets of both markets",
            message: #"[{"id":"2","class":"crypto","exchange":"X","symbol":"BTC/USD","#
                + #""status":"active","tradable":true,"min_order_size":"0.0001","#
                + #""min_trade_increment":"0.00001","price_increment":"1"},{"id":"9","#
                + #""class":"us_equity","symbol":"AAPL","status":"active","tradable":false}]"#,
            events: [
                "instrument BTC/USD @- spot trading active BTC USD base tick 1 lot 0.00001 "
                    + "min 0.0001",
                "instrument AAPL @- spot halted active AAPL USD shares",
            ]),
        .init(
            name: "orders",
            message: "[" + order("pending_new", filled: #""0""#) + ","
                + order("pending_cancel", filled: "0.5") + "," + order("replaced", filled: "0")
                + "," + order("expired", filled: "0") + "]",
            events: [
                "filled 0 sent pending_new", "filled 0.5 partiallyFilled pending_cancel",
                "filled 0 canceled replaced", "filled 0 expired expired",
            ].map {
                "order BTC/USD @1658909553669027290 e6 client c6 sell limit GTC at 300 "
                    + "quantity 0.0283 \($0)"
            }),
        .init(
            name: "orders whose market stands, and one that lives on under another id",
            message: "[" + order("suspended", filled: "0") + ","
                + order("calculated", filled: "0.5") + ","
                + order(#"replaced","replaced_by":"e7"#, filled: "0") + "]",
            events: [
                "filled 0 working suspended", "filled 0.5 partiallyFilled calculated",
                "filled 0 canceled replaced because replaced_by e7",
            ].map {
                "order BTC/USD @1658909553669027290 e6 client c6 sell limit GTC at 300 "
                    + "quantity 0.0283 \($0)"
            }),
        .init(
            name: "all orders were to end: one did, one could not",
            message: #"[{"id":"e6","status":200,"body":"# + order("pending_cancel", filled: "0")
                + #"},{"id":"e7","status":422,"body":{"code":42210000,"message":"is filled"}}]"#,
            events: [
                "order BTC/USD @1658909553669027290 e6 client c6 sell limit GTC at 300 "
                    + "quantity 0.0283 filled 0 working pending_cancel"
            ], control: "refused e7 42210000 is filled"),
        .init(
            name: "positions: a short one is below 0 however it is told",
            message: #"[{"asset_id":"9","symbol":"AAPL","avg_entry_price":"100.0","qty":"5","#
                + #""side":"long","current_price":"120.0","unrealized_pl":"100.0","#
                + #""usd":{"qty":"7"}},{"symbol":"B","avg_entry_price":1,"qty":5,"#
                + #""side":"short"},{"symbol":"C","avg_entry_price":1,"qty":-5,"side":"short"}]"#,
            events: [
                "position AAPL @- net 5 entry 100.0 mark 120.0 pnl 100.0",
                "position B @- net -5 entry 1", "position C @- net -5 entry 1",
            ]),
        .init(
            name: "the account",
            message: #"{"account_number":"010203ABCD","currency":"USD","cash":"-23140.2","#
                + #""non_marginable_buying_power":"98945.02","buying_power":"262113.632"}"#,
            events: ["balance - @- USD total -23140.2 available 98945.02"]),
        .init(
            name: "executions among the account's activities",
            message: #"[{"activity_type":"FILL","id":"20","order_id":"o","symbol":"AAPL","#
                + #""side":"sell_short","price":"3","qty":"2","leaves_qty":"1","#
                + #""transaction_time":"2022-04-19T17:45:05.024916716Z"}]"#,
            events: ["fill AAPL @1650390305024916716 20 order o sell 3 2 leaves 1"]),
        .init(
            name: "an execution on the trading stream",
            message: #"{"stream":"trade_updates","data":{"event":"fill","execution_id":"2f","#
                + #""order":"# + order("filled", filled: #""0.0283""#)
                + #","position_qty":"-3","price":"105.9","qty":"0.0283","#
                + #""timestamp":"2022-04-19T17:45:05.024916716Z"}}"#,
            events: [
                "fill BTC/USD @1650390305024916716 2f order e6 client c6 sell 105.9 0.0283",
                "order BTC/USD @1650390305024916716 e6 client c6 sell limit GTC at 300 "
                    + "quantity 0.0283 filled 0.0283 filled filled",
                "position BTC/USD @1650390305024916716 net -3",
            ]),
        .init(
            name: "a replacement that was refused",
            message: #"{"stream":"trade_updates","data":{"event":"order_replace_rejected","#
                + #""timestamp":"2022-04-19T17:45:05Z","order":"# + order("new", filled: "0")
                + "}}",
            events: [
                "order BTC/USD @1650390305000000000 e6 client c6 sell limit GTC at 300 "
                    + "quantity 0.0283 filled 0 working new because order_replace_rejected"
            ]),
        .init(
            name: "answers about other things",
            message: #"{"news":[],"next_page_token":null}"#, kind: "control", control: "other"),
    ]

    private static func order(_ status: String, filled: String) -> String {
        #"{"id":"e6","client_order_id":"c6","updated_at":"2022-07-27T08:12:33.66902729Z","#
            + #""symbol":"BTC/USD","qty":"0.0283","filled_qty":\#(filled),"#
            + #""filled_avg_price":null,"type":"limit","side":"sell","time_in_force":"gtc","#
            + #""limit_price":300,"stop_price":null,"status":"\#(status)"}"#
    }
}
