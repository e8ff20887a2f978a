// What Bybit's codec makes of each kind of message: one row each.

import MartletModel
import MartletVenues
import Testing

@Suite("Bybit codec")
struct BybitDecoderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let message: String
        var request: String?
        var kind = "decoded"
        var events: [String] = []
        var control = ""
        var testDescription: String { name }
    }

    static let market: [Row] = [
        Row(
            name: "trades, oldest first; a block trade did not trade in the book",
            message:
                #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":["#
                + #"{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","#
                + #""L":"PlusTick","i":"20f43950","BT":false,"RPI":false,"seq":1783284617},"#
                + #"{"T":1672304486866,"s":"BTCUSDT","S":"Sell","v":"3","p":"16578.40","i":"2","#
                + #""BT":true}]}"#,
            events: [
                "trade BTCUSDT @1672304486865000000 20f43950 16578.50 0.001 buy",
                "trade BTCUSDT @1672304486866000000 2 16578.40 3 sell nonMarket",
            ]),
        Row(
            name: "a snapshot; the time is that of the engine, which stands last",
            message: #"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1790000000978,"#
                + #""data":{"s":"BTCUSDT","b":[["64010.00","0.006"]],"a":[["64010.10","0.029"]],"#
                + #""u":18521288,"seq":7961638724},"cts":1790000000976}"#,
            events: [
                "snapshot BTCUSDT @1790000000976000000 [64010.00x0.006] [64010.10x0.029] "
                    + "u18521288 depth 50"
            ]),
        Row(
            name: "changes with the keys in another order, without the engine's time",
            message: #"{"data":{"seq":2,"u":18521289,"a":[],"b":[["64010.00","0"]],"s":"X"},"#
                + #""type":"delta","ts":1790000000998,"topic":"orderbook.1000.X"}"#,
            events: ["change X @1790000000998000000 [64010.00x0] [] u18521289 depth 1000"]),
        Row(
            name: "update 1 replaces the book",
            message: #"{"topic":"orderbook.200.X","type":"delta","ts":1790000000998,"#
                + #""data":{"s":"X","b":[["1","2"]],"a":[],"u":1,"seq":9}}"#,
            events: ["snapshot X @1790000000998000000 [1x2] [] u1 depth 200"]),
        Row(
            name: "the full book is never told whole",
            message: #"{"topic":"orderbook.full.X","ts":1784103477732,"type":"delta","#
                + #""data":{"s":"X","b":[["0.4758","2342.47"]],"a":[],"u":1,"seq":1501100579},"#
                + #""cts":1784103477730}"#,
            events: ["change X @1784103477730000000 [0.4758x2342.47] [] u1"]),
        Row(
            name: "level 1 is the best bid and ask",
            message: #"{"topic":"orderbook.1.BTCUSDT","type":"delta","ts":1682092584425,"data":"#
                + #"{"s":"BTCUSDT","b":[["27994.60","0"],["27991.70","0.777"]],"#
                + #""a":[["27994.40","0.058"],["27994.80","0"]],"u":1188472,"seq":11155892580}}"#,
            events: [
                "quote BTCUSDT @1682092584425000000 27991.70 0.777 27994.40 0.058 u1188472"
            ]),
        Row(
            name: "rows of the book with retail price improvement have a third number",
            message: #"{"topic":"orderbook.rpi.X","type":"snapshot","ts":1790000000998,"#
                + #""data":{"s":"X","b":[["1.5","2","7"]],"a":[["1.6","0","3"]],"u":5,"seq":9}}"#,
            events: ["snapshot X @1790000000998000000 [1.5x2] [1.6x0] u5 depth 50"]),
        Row(
            name: "a ticker says all it has",
            message: #"{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","#
                + #""tickDirection":"PlusTick","markPrice":"17217.33","indexPrice":"17227.36","#
                + #""openInterest":"68744.761","nextFundingTime":"1673280000000","#
                + #""fundingRate":"-0.000212","bid1Price":"17215.50","bid1Size":"84.489","#
                + #""ask1Price":"17216.00","ask1Size":"83.020","fundingIntervalHour":"8"},"#
                + #""cs":24987956059,"ts":1673272861686}"#,
            events: [
                "quote BTCUSDT @1673272861686000000 17215.50 84.489 17216.00 83.020",
                "mark BTCUSDT @1673272861686000000 17217.33",
                "index BTCUSDT @1673272861686000000 17227.36",
                "funding BTCUSDT @1673272861686000000 -0.000212 next 1673280000000000000 8h",
                "interest BTCUSDT @1673272861686000000 68744.761",
            ]),
        Row(
            name: "a ticker's change says only what changed; empty funding is none",
            message: #"{"topic":"tickers.BTCUSDU23","type":"delta","data":{"symbol":"BTCUSDU23","#
                + #""bid1Price":"29025.00","bid1Size":"3100","fundingRate":"","#
                + #""nextFundingTime":""},"cs":12,"ts":1680673822199}"#,
            events: ["quote BTCUSDU23 @1680673822199000000 29025.00 3100 - -"]),
        Row(
            name: "a ticker of spot has nothing for us",
            message: #"{"topic":"tickers.BTCUSDT","ts":1673853746003,"type":"snapshot","cs":2,"#
                + #""data":{"symbol":"BTCUSDT","lastPrice":"21109.77","usdIndexPrice":"21120"}}"#),
        Row(
            name: "a bar ends where the next begins",
            message: #"{"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"#
                + #""end":1672325099999,"interval":"5","open":"16649.5","close":"16677","#
                + #""high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","#
                + #""confirm":false,"timestamp":1672324988882}],"ts":1672324988890,"#
                + #""type":"snapshot"}"#,
            events: [
                "bar BTCUSDT @1672324988882000000 5m 1672324800000000000..1672325100000000000 "
                    + "16649.5 16677 16608 16677 2.081 open"
            ]),
        Row(
            name: "a liquidated long position is sold, at its bankruptcy price",
            message: #"{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"#
                + #""data":[{"T":1739502302929,"s":"ROSEUSDT","S":"Buy","v":"20000","#
                + #""p":"0.04499"},{"T":1739502302930,"s":"ROSEUSDT","S":"Sell","v":"1","p":"2"}]}"#,
            events: [
                "liquidation ROSEUSDT @1739502302929000000 sell 0.04499 bankruptcy 20000",
                "liquidation ROSEUSDT @1739502302930000000 buy 2 bankruptcy 1",
            ]),
        Row(
            name: "the liquidation topic before 2025",
            message: #"{"data":{"price":"0.03803","side":"Buy","size":"1637","#
                + #""symbol":"GALAUSDT","updatedTime":1673251091822},"#
                + #""topic":"liquidation.GALAUSDT","ts":1673251091822,"type":"snapshot"}"#,
            events: ["liquidation GALAUSDT @1673251091822000000 sell 0.03803 bankruptcy 1637"]),
        Row(
            name: "maintenance of this product",
            message: #"{"topic":"system.status","ts":1751858399649,"data":[{"id":"4","#
                + #""state":"ongoing","product":[1,2]},{"state":"completed","product":[3]}]}"#,
            events: ["status - @1751858399649000000 halted ongoing"]),
        Row(
            name: "a topic of no consequence",
            message: #"{"topic":"priceLimit.BTCUSDT","data":{"symbol":"BTCUSDT","#
                + #""buyLmt":"114450.00","sellLmt":"103550.00"},"ts":1750059683782}"#),
        Row(
            name: "an unknown topic", message: #"{"topic":"weather.X","data":[],"ts":1}"#,
            kind: "unknown"),
        Row(name: "no object", message: "[1,2]", kind: "unknown"),
        Row(name: "another object", message: #"{"a":{"b":1}}"#, kind: "unknown"),
        Row(
            name: "V2 book",
            message: #"{"topic":"orderBookL2_25.BTCUSDT","type":"delta","#
                + #""data":{"delete":[]},"cross_seq":"1","timestamp_e6":"2"}"#, kind: "dead"),
        Row(
            name: "V2 trades",
            message: #"{"topic":"trade.BTCUSDT","data":[{"symbol":"BTCUSDT","#
                + #""price":"57170.00","size":0.04,"side":"Buy","trade_id":"f"}]}"#, kind: "dead"),
        Row(
            name: "V2 acknowledgement",
            message: #"{"success":true,"ret_msg":"","conn_id":"3","#
                + #""request":{"op":"subscribe","args":["trade.BCHUSDT"]}}"#, kind: "dead"),
        Row(
            name: "V2 REST", message: #"{"ret_code":0,"ret_msg":"OK","result":[],"time_now":"1"}"#,
            kind: "dead"),
    ]

    static let controls: [Row] = [
        Row(
            name: "subscribed",
            message: #"{"success":true,"ret_msg":"subscribe","conn_id":"2","#
                + #""req_id":"10001","op":"subscribe"}"#, kind: "control",
            control: "subscribed 10001"),
        Row(
            name: "subscribed without an id",
            message: #"{"success":true,"ret_msg":"","op":"subscribe","conn_id":"c"}"#,
            kind: "control", control: "subscribed"),
        Row(
            name: "unsubscribed",
            message: #"{"success":true,"ret_msg":"","req_id":"7","op":"unsubscribe"}"#,
            kind: "control", control: "unsubscribed 7"),
        Row(
            name: "refused",
            message: #"{"success":false,"ret_msg":"error:handler not found","conn_id":"5","#
                + #""req_id":"","op":"subscribe"}"#,
            kind: "control", control: "refused error:handler not found"),
        Row(
            name: "options: refused",
            message: #"{"success":true,"conn_id":"a","data":{"failTopics":["x.y"],"#
                + #""successTopics":[]},"type":"COMMAND_RESP"}"#,
            kind: "control", control: "refused x.y"),
        Row(
            name: "pong of public streams",
            message: #"{"success":true,"ret_msg":"pong","conn_id":"0","req_id":"","op":"ping"}"#,
            kind: "control", control: "pong"),
        Row(
            name: "pong of options", message: #"{"args":["1672916271846"],"op":"pong"}"#,
            kind: "control", control: "pong"),
        Row(
            name: "pong of private streams",
            message: #"{"req_id":"t","op":"pong","args":["1675418560633"],"conn_id":"c"}"#,
            kind: "control", control: "pong"),
        Row(
            name: "pong of order entry",
            message: #"{"retCode":0,"retMsg":"OK","op":"pong","data":["1"],"connId":"c"}"#,
            kind: "control", control: "pong"),
        Row(
            name: "authenticated",
            message: #"{"success":true,"ret_msg":"","op":"auth","conn_id":"c"}"#,
            kind: "control", control: "authenticated"),
        Row(
            name: "signature refused",
            message: #"{"retCode":10004,"retMsg":"error sign","op":"auth","connId":"c"}"#,
            kind: "control", control: "refused 10004 error sign"),
        Row(
            name: "order entry at its limit",
            message: #"{"reqId":"r","retCode":10403,"retMsg":"Too many","op":"order.create"}"#,
            kind: "control", control: "limited 10403 Too many"),
        Row(
            name: "what a client says", message: #"{"op":"subscribe","args":["wallet"]}"#,
            kind: "control", control: "other"),
        Row(
            name: "REST at its limit",
            message: #"{"retCode":10006,"retMsg":"Too many visits","result":{},"time":1}"#,
            kind: "control", control: "limited 10006 Too many visits"),
        Row(
            name: "REST refusal",
            message: #"{"retCode":10001,"retMsg":"params error","result":{},"time":1}"#,
            kind: "control", control: "refused 10001 params error"),
        Row(
            name: "the clock",
            message: #"{"retCode":0,"retMsg":"OK","result":{"timeSecond":"1688639403","#
                + #""timeNano":"1688639403423213947"},"retExtInfo":{},"time":1688639403423}"#,
            kind: "control", control: "time 1688639403423213947"),
    ]

    @Test("streams become events", arguments: market)
    func streams(row: Row) { check(row) }

    @Test("answers are understood", arguments: controls)
    func answers(row: Row) { check(row) }

    @Test("REST answers become events", arguments: BybitAnswerRows.rows)
    func rest(row: Row) { check(row) }

    private func check(_ row: Row) {
        let result = DecodedText(row.message, BybitDecoder(.linear), request: row.request)
        #expect(result.kind == row.kind)
        #expect(result.events == row.events)
        #expect(result.control == row.control)
        #expect(result.note.isEmpty == (row.kind != "unknown" && row.kind != "dead"))
    }

    @Test(
        "what a kind must have is missed where it is missing",
        arguments: [
            #"{"topic":"publicTrade.X","ts":1,"data":[{"T":1,"s":"X","S":"Buy","p":"1"}]}"#,
            #"{"topic":"publicTrade.X","ts":1,"data":[{"T":1,"s":"X","S":"Up","p":"1","v":"1"}]}"#,
            #"{"topic":"publicTrade.X","ts":1}"#,
            #"{"topic":"orderbook.50.X","data":{"s":"X","b":[],"a":[]}}"#,
            #"{"topic":"orderbook.50.X","data":{"s":"X","b":[],"b":[],"a":[],"u":3}}"#,
            #"{"topic":"orderbook.50.X","data":{"s":"X","b":[["1"]],"a":[],"u":3}}"#,
            #"{"topic":"orderbook.50.X","data":{"s":"X","b":[["x","1"]],"a":[],"u":3}}"#,
            #"{"topic":"kline.5.X","data":[{"start":1,"interval":"7"}]}"#,
            #"{"topic":"tickers.X","data":7}"#, "", "{", "nonsense", #"{"topic":"tickers.X"} x"#,
        ])
    func damage(message: String) {
        #expect(DecodedText(message, BybitDecoder(.linear)).kind.hasPrefix("failure"))
    }
}
