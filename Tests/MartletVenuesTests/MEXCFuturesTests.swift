// MEXC futures' pushes and answers become the documented events.

import MartletModel
import MartletVenues
import Testing

@Suite("MEXC futures")
struct MEXCFuturesTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var request: String?
        let text: String
        var kind = "decoded"
        var expected: [String] = []
        var testDescription: String { name }
    }

    static let pushes = [
        Row(
            name: "trades, data first",
            text:
                #"{"symbol":"BTC_USDT","data":[{"p":115309.8,"v":55,"T":2,"O":3,"M":1,"t":1755487578276,"i":"13064218826"},{"p":1.5E-7,"v":1e3,"T":1,"t":"1755487578275"}],"channel":"push.deal","ts":1}"#,
            expected: [
                "trade BTC_USDT @1755487578276000000 13064218826 115309.8 55 sell",
                "trade BTC_USDT @1755487578275000000 0.00000015 1000 buy",
            ]),
        Row(
            name: "one trade as an object",
            text:
                #"{"channel":"push.deal","data":{"M":1,"O":1,"T":1,"p":6866.50,"t":1587442049632,"v":2096},"symbol":"BTC_USDT","ts":1587442022003}"#,
            expected: ["trade BTC_USDT @1587442049632000000 6866.50 2096 buy"]),
        Row(
            name: "changes of the book",
            text:
                #"{"channel":"push.depth","data":{"asks":[[6859.5,3251,1]],"bids":[],"version":96801927},"symbol":"BTC_USDT","ts":"1587442022003"}"#,
            expected: ["change BTC_USDT @1587442022003000000 [] [6859.5x3251] u96801927"]),
        Row(
            name: "merged changes",
            text:
                #"{"channel":"push.depth","data":{"bids":[[1,0,0]],"begin":5,"end":8,"version":8,"cts":9},"symbol":"A_B","ts":10}"#,
            expected: ["change A_B @9000000 [1x0] [] u8"]),
        Row(
            name: "top of the book",
            text:
                #"{"channel":"push.depth.full","data":{"asks":[[3,1,1]],"bids":[[2,1,1],[1,1,1]],"version":4},"symbol":"A_B","ts":10}"#,
            expected: ["snapshot A_B @10000000 [2x1,1x1] [3x1] u4 depth 5"]),
        Row(
            name: "ticker",
            text:
                #"{"channel":"push.ticker","data":{"ask1":6866.5,"bid1":6865,"fairPrice":6867.4,"fundingRate":-1.2e-05,"indexPrice":6861.6,"lastPrice":6865.5,"symbol":"BTC_USDT","timestamp":1587442022003,"holdVol":2284742},"symbol":"BTC_USDT","ts":1}"#,
            expected: [
                "quote BTC_USDT @1587442022003000000 6865 - 6866.5 -",
                "mark BTC_USDT @1587442022003000000 6867.4",
                "index BTC_USDT @1587442022003000000 6861.6",
                "interest BTC_USDT @1587442022003000000 2284742",
            ]),
        Row(
            name: "tickers of all",
            text: #"{"channel":"push.tickers","data":[{"symbol":"A_B","fairPrice":2}],"ts":1}"#,
            expected: ["mark A_B @1000000 2"]),
        Row(
            name: "bar",
            text:
                #"{"channel":"push.kline","data":{"a":233.7,"c":6885,"h":6910.5,"interval":"Min60","l":6885,"o":6894.5,"q":1611754,"symbol":"BTC_USDT","t":1587448800},"symbol":"BTC_USDT","ts":1}"#,
            expected: [
                "bar BTC_USDT @1000000 1h 1587448800000000000..1587452400000000000 6894.5 6910.5 "
                    + "6885 6885 1611754"
            ]),
        Row(
            name: "funding",
            text:
                #"{"channel":"push.funding.rate","data":{"rate":0.0012,"symbol":"BTC_USDT","nextSettleTime":1587445200000},"symbol":"BTC_USDT","ts":1}"#,
            expected: ["funding BTC_USDT @1000000 0.0012 next 1587445200000000000"]),
        Row(
            name: "fair price is the mark price",
            text:
                #"{"channel":"push.fair.price","data":{"symbol":"BTC_USDT","price":64011.20},"symbol":"BTC_USDT","ts":3}"#,
            expected: ["mark BTC_USDT @3000000 64011.20"]),
        Row(
            name: "index price",
            text:
                #"{"channel":"push.index.price","data":{"symbol":"BTC_USDT","price":64011.20},"symbol":"BTC_USDT","ts":3}"#,
            expected: ["index BTC_USDT @3000000 64011.20"]),
        Row(
            name: "contract",
            text:
                #"{"channel":"push.contract","data":{"symbol":"BTC_USD","baseCoin":"BTC","quoteCoin":"USD","settleCoin":"BTC","contractSize":100,"priceUnit":0.5,"volUnit":1,"minVol":1,"maxVol":10000,"state":4},"ts":3}"#,
            expected: [
                "instrument BTC_USD @3000000 inverse halted 4 BTC USD BTC contracts tick 0.5 lot 1 "
                    + "min 1 max 10000 multiplier 100"
            ]),
        Row(
            name: "coarse book", text: #"{"channel":"push.depth.step","data":{},"symbol":"A_B"}"#),
        Row(
            name: "order",
            text:
                #"{"channel":"push.personal.order","data":{"orderId":"102067003631907840","symbol":"BTC_USDT","price":64000,"vol":10,"remainVol":6,"side":1,"category":1,"orderType":2,"dealAvgPrice":64000,"dealVol":4,"state":2,"errorCode":0,"externalOid":"mt-1","createTime":5,"updateTime":6,"version":2},"ts":7}"#,
            expected: [
                "order BTC_USDT @6000000 102067003631907840 client mt-1 buy 2 GTX at 64000 "
                    + "quantity 10 filled 4 average 64000 partiallyFilled 2"
            ]),
        Row(
            name: "post-only that would have crossed",
            text:
                #"{"channel":"push.personal.order","data":{"orderId":"1","symbol":"A_B","price":2,"vol":1,"side":3,"category":1,"orderType":2,"dealAvgPrice":0,"dealVol":0,"state":4,"errorCode":20,"updateTime":6},"ts":7}"#,
            expected: [
                "order A_B @6000000 1 sell 2 GTX at 2 quantity 1 filled 0 canceled 4 "
                    + "because postOnlyWouldCross"
            ]),
        Row(
            name: "refused by the venue, and with a part filled",
            text:
                #"{"channel":"push.personal.order","data":{"orderId":"1","symbol":"A_B","price":2,"vol":3,"side":3,"category":1,"orderType":1,"dealAvgPrice":2,"dealVol":1,"state":5,"errorCode":2,"updateTime":6},"ts":7}"#,
            expected: [
                "order A_B @6000000 1 sell 1 GTC at 2 quantity 3 filled 1 average 2 canceled 5 "
                    + "because 2"
            ]),
        Row(
            name: "refused by the venue",
            text:
                #"{"channel":"push.personal.order","data":{"orderId":"1","symbol":"A_B","price":2,"vol":3,"side":3,"category":1,"orderType":1,"dealAvgPrice":0,"dealVol":0,"state":5,"errorCode":2,"updateTime":6},"ts":7}"#,
            expected: [
                "order A_B @6000000 1 sell 1 GTC at 2 quantity 3 filled 0 rejected 5 because 2"
            ]),
        Row(
            name: "a side that is null has no change",
            text:
                #"{"channel":"push.depth","data":{"asks":null,"bids":[[1,2,1]],"version":9},"symbol":"A_B","ts":7}"#,
            expected: ["change A_B @7000000 [1x2] [] u9"]),
        Row(
            name: "fill",
            text:
                #"{"channel":"push.personal.order.deal","data":{"id":98,"symbol":"BTC_USDT","side":2,"vol":4,"price":64000,"feeCurrency":"USDT","fee":0.01,"timestamp":5,"profit":-1,"isTaker":false,"category":2,"orderId":102067003631907841,"isSelf":false,"externalOid":"mt-1"},"ts":7}"#,
            expected: [
                "fill BTC_USDT @5000000 98 order 102067003631907841 client mt-1 buy 64000 4 maker "
                    + "fee 0.01 USDT pnl -1 liquidation"
            ]),
        Row(
            name: "position",
            text:
                #"{"channel":"push.personal.position","data":{"holdVol":3,"holdAvgPrice":0.736,"leverage":15,"liquidatePrice":0,"positionType":2,"state":1,"symbol":"CRV_USDT"},"ts":7}"#,
            expected: ["position CRV_USDT @7000000 short 3 entry 0.736 leverage 15"]),
        Row(
            name: "balance",
            text:
                #"{"channel":"push.personal.asset","data":{"availableBalance":0.7514236,"bonus":0,"currency":"USDT","frozenBalance":0},"ts":7}"#,
            expected: ["balance - @7000000 USDT available 0.7514236"]),
        Row(
            name: "other private notices",
            text: #"{"channel":"push.personal.adl.level","data":{"adlLevel":0},"ts":7}"#),
        Row(name: "unknown push", text: #"{"channel":"push.new","data":{}}"#, kind: "unknown"),
        Row(
            name: "acknowledgement", text: #"{"channel":"rs.sub.deal","data":"success","ts":"1"}"#,
            kind: "control", expected: ["subscribed rs.sub.deal"]),
        Row(
            name: "end of a subscription", text: #"{"channel":"rs.unsub.deal","data":"success"}"#,
            kind: "control", expected: ["unsubscribed rs.unsub.deal"]),
        Row(
            name: "refusal",
            text: #"{"channel":"rs.error","data":"Contract doesn't exist!","ts":"1587442022003"}"#,
            kind: "control", expected: ["refused Contract doesn't exist!"]),
        Row(
            name: "login", text: #"{"channel":"rs.login","data":"success","ts":"1"}"#,
            kind: "control", expected: ["authenticated"]),
        Row(
            name: "pong", text: #"{"channel":"pong","data":1587453241453}"#, kind: "control",
            expected: ["pong"]),
    ]

    static let answers = [
        Row(
            name: "depth", request: "GET /api/v1/contract/depth/BTC_USDT?limit=1000",
            text:
                #"{"success":true,"code":0,"data":{"asks":[[29676.5,20696,2]],"bids":[[29675.50,59944,2]],"version":5216820883,"timestamp":1654328706778}}"#,
            expected: [
                "snapshot BTC_USDT @1654328706778000000 [29675.50x59944] [29676.5x20696] "
                    + "u5216820883 depth 1000"
            ]),
        Row(
            name: "depth without an envelope",
            text: #"{"asks":[[3968.5,121]],"bids":[[3968.4,179,4]],"version":1,"timestamp":5}"#,
            expected: ["snapshot - @5000000 [3968.4x179] [3968.5x121] u1"]),
        Row(
            name: "changes that were missed",
            request: "GET /api/v1/contract/depth_commits/BTC_USDT/1000",
            text: #"{"success":true,"code":0,"data":[{"asks":[],"bids":[[1,2,1]],"version":9}]}"#,
            expected: ["change BTC_USDT @- [1x2] [] u9"]),
        Row(
            name: "a list of books is a list of changes, also without its request",
            text:
                #"{"success":true,"code":0,"data":[{"asks":[],"bids":[[1,2,1]],"version":8},{"asks":[[3,0,0]],"bids":[],"version":9}]}"#,
            expected: ["change - @- [1x2] [] u8", "change - @- [] [3x0] u9"]),
        Row(
            name: "bars of fair prices without volumes",
            request: "GET /api/v1/contract/kline/fair_price/BTC_USDT?interval=Min1",
            text:
                #"{"success":true,"code":0,"data":{"time":[60],"open":[1],"close":[2],"high":[4],"low":[0.5]}}"#,
            expected: ["bar BTC_USDT @- 1m 60000000000..120000000000 1 4 0.5 2 mark"]),
        Row(
            name: "trades", request: "GET /api/v1/contract/deals/BTC_USDT?limit=100",
            text: #"{"success":true,"code":0,"data":[{"p":31199,"v":18,"T":1,"O":3,"M":2,"t":5}]}"#,
            expected: ["trade BTC_USDT @5000000 31199 18 buy"]),
        Row(
            name: "bars", request: "GET /api/v1/contract/kline/BTC_USDT?interval=Min15&start=1",
            text:
                #"{"success":true,"code":0,"data":{"time":[900,1800],"open":[1,2],"close":[2,3],"high":[4,5],"low":[0.5,1.50],"vol":[7,8],"amount":[1,1]}}"#,
            expected: [
                "bar BTC_USDT @- 15m 900000000000..1800000000000 1 4 0.5 2 7",
                "bar BTC_USDT @- 15m 1800000000000..2700000000000 2 5 1.50 3 8",
            ]),
        Row(
            name: "bars of an index",
            request: "GET /api/v1/contract/kline/index_price/BTC_USDT?interval=Min1",
            text:
                #"{"success":true,"code":0,"data":{"time":[60],"open":[1],"close":[2],"high":[4],"low":[0.5],"vol":[0.0],"amount":[0.0]}}"#,
            expected: ["bar BTC_USDT @- 1m 60000000000..120000000000 1 4 0.5 2 index"]),
        Row(
            name: "funding",
            text:
                #"{"success":true,"code":0,"data":{"symbol":"BTC_USDT","fundingRate":-0.000489,"maxFundingRate":0.001,"minFundingRate":-0.001,"collectCycle":8,"nextSettleTime":6,"timestamp":5}}"#,
            expected: ["funding BTC_USDT @5000000 -0.000489 next 6000000 8h"]),
        Row(
            name: "past funding",
            text:
                #"{"success":true,"code":0,"data":{"pageSize":1,"resultList":[{"symbol":"BTC_USDT","fundingRate":0.000266,"settleTime":5}]}}"#,
            expected: ["funding BTC_USDT @5000000 0.000266"]),
        Row(
            name: "fair price",
            text:
                #"{"success":true,"code":0,"data":{"symbol":"BTC_USD","fairPrice":8000,"timestamp":5}}"#,
            expected: ["mark BTC_USD @5000000 8000"]),
        Row(
            name: "index price",
            text:
                #"{"success":true,"code":0,"data":{"symbol":"BTC_USD","indexPrice":8000,"timestamp":5}}"#,
            expected: ["index BTC_USD @5000000 8000"]),
        Row(
            name: "clock", request: "GET /api/v1/contract/ping",
            text: #"{"success":true,"code":0,"data":1587442022003}"#, kind: "control",
            expected: ["time 1587442022003000000"]),
        Row(
            name: "refusal",
            text: #"{"success":false,"code":1001,"message":"Contract does not exist"}"#,
            kind: "control", expected: ["refused 1001 Contract does not exist"]),
        Row(
            name: "one of several cancels was refused",
            text:
                #"{"success":true,"code":0,"data":[{"orderId":1,"errorCode":0,"errorMsg":"success"},{"orderId":2,"errorCode":2041,"errorMsg":"order state cannot be cancelled"}]}"#,
            kind: "control", expected: ["refused 2041 order state cannot be cancelled"]),
        Row(
            name: "contract that may not be traded by programs",
            text:
                #"{"success":true,"code":0,"data":{"symbol":"A_B","baseCoin":"A","quoteCoin":"B","settleCoin":"B","contractSize":1,"state":0,"apiAllowed":false}}"#,
            expected: [
                "instrument A_B @- linear trading 0 A B B contracts multiplier 1 no programs"
            ]),
        Row(
            name: "limit", text: #"{"success":false,"code":510,"message":"too frequent"}"#,
            kind: "control", expected: ["limited 510 too frequent"]),
    ]

    @Test("reads its messages", arguments: pushes + answers)
    func meanings(row: Row) {
        let result = DecodedText(row.text, MEXCFuturesDecoder(), request: row.request)
        #expect(result.kind == row.kind)
        if row.kind == "control" {
            #expect([result.control] == row.expected)
        } else {
            #expect(result.events == row.expected, "\(result.events)")
        }
    }

    @Test("no prefix of a message is a message, and no damage traps", arguments: pushes + answers)
    func damage(row: Row) {
        var random = SeededGenerator(seed: UInt64(row.text.utf8.count))
        let bytes = Array(row.text.utf8)
        for count in 0..<bytes.count {
            let result = DecodedText(
                Array(bytes[..<count]), MEXCFuturesDecoder(), request: row.request)
            #expect(result.kind.hasPrefix("failure"), "prefix of \(count) bytes")
        }
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0x20...0x7E, using: &random)
            }
            _ = DecodedText(damaged, MEXCFuturesDecoder(), request: row.request)
        }
    }

    @Test("subscribes channel by channel, in plain text and with single changes")
    func adapter() throws {
        let adapter = MEXCFuturesAdapter()
        let topics = [
            Topic(.trades, of: "BTC_USDT"), Topic(.l2, of: "BTC_USDT"),
            Topic(.funding, of: "BTC_USDT"), Topic(.markPrice, of: "BTC_USDT"),
            Topic(.openInterest, of: "BTC_USDT"), Topic(.bbo, of: "BTC_USDT"),
            Topic(.instruments, of: ""), Topic(.fills, of: ""),
        ]
        #expect(
            adapter.subscribe(topics, id: 1) == [
                #"{"method":"sub.deal","param":{"symbol":"BTC_USDT"},"gzip":false}"#,
                #"{"method":"sub.depth","param":{"symbol":"BTC_USDT","compress":false},"gzip":false}"#,
                #"{"method":"sub.funding.rate","param":{"symbol":"BTC_USDT"},"gzip":false}"#,
                #"{"method":"sub.fair.price","param":{"symbol":"BTC_USDT"},"gzip":false}"#,
                #"{"method":"sub.ticker","param":{"symbol":"BTC_USDT"},"gzip":false}"#,
                #"{"method":"sub.contract","param":{},"gzip":false}"#,
                #"{"method":"personal.filter","param":{"filters":[{"filter":"order.deal"}]}}"#,
            ])
        #expect(try adapter.route(of: topics[0]).path == "/edge")
        #expect(adapter.symbol(for: "BTC/USDT:USDT") == "BTC_USDT")
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.trades, of: "BTCUSDT")) }
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.liquidations, of: "A_B")) }
        #expect(
            adapter.bars(
                BarQuery(
                    symbol: "BTC_USDT", interval: BarInterval(seconds: 60), from: 60_000_000_000,
                    to: 120_000_000_000))?.path
                == "/api/v1/contract/kline/BTC_USDT?interval=Min1&start=60&end=119")
    }
}
