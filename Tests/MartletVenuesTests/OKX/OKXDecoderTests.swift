// What OKX's messages become, kind by kind.

import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("OKX decoder")
struct OKXDecoderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let message: String
        var kind = "decoded"
        var events: [String] = []
        var control = ""
        var request: String?
        var testDescription: String { name }
    }

    static let market = [
        Row(
            name: "an aggregate of trades is known by its last",
            message:
                #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"130639474","px":"42219.90","sz":"0.12","side":"buy","ts":"1630048897897","count":"3","source":"0","seqId":1234}]}"#,
            events: ["trade BTC-USDT-SWAP @1630048897897000000 130639474 42219.90 0.12 buy"]),
        Row(
            name: "keys in any order, data first",
            message:
                #"{"data":[{"ts":"1","side":"sell","sz":"1","px":"2","tradeId":"7"}],"arg":{"instId":"A-B","channel":"trades"}}"#,
            events: ["trade A-B @1000000 7 2 1 sell"]),
        Row(
            name: "a snapshot has no update before it, and 0 is no checksum",
            message:
                #"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","checksum":0,"prevSeqId":-1,"seqId":123456}]}"#,
            events: [
                "snapshot BTC-USDT @1597026383085000000 [8476.97x256] [8476.98x415] u123456 depth 400"
            ]),
        Row(
            name: "a change, its action after its data",
            message:
                #"{"arg":{"channel":"books50-l2-tbt","instId":"BTC-USDT"},"data":[{"asks":[["8476.98","0","0","0"]],"bids":[],"ts":"1597026383185","checksum":-855196043,"prevSeqId":123456,"seqId":123457}],"action":"update"}"#,
            events: ["change BTC-USDT @1597026383185000000 [] [8476.98x0] u123457 depth 50"]),
        Row(
            name: "a five-level book is whole",
            message:
                #"{"arg":{"channel":"books5","instId":"X-Y"},"data":[{"asks":[["2","1","0","1"]],"bids":[],"instId":"X-Y","ts":"5","seqId":9}]}"#,
            events: ["snapshot X-Y @5000000 [] [2x1] u9 depth 5"]),
        Row(
            name: "the best levels, one side empty",
            message:
                #"{"arg":{"channel":"bbo-tbt","instId":"X-Y"},"data":[{"asks":[],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","seqId":123456}]}"#,
            events: ["quote X-Y @1597026383085000000 8476.97 256 - - u123456"]),
        Row(
            name: "a ticker is a quote",
            message:
                #"{"arg":{"channel":"tickers","instId":"X-Y"},"data":[{"instType":"SPOT","instId":"X-Y","last":"9999.99","askPx":"9999.99","askSz":"11","bidPx":"","bidSz":"","ts":"1597026383085"}]}"#,
            events: ["quote X-Y @1597026383085000000 - - 9999.99 11"]),
        Row(
            name: "funding with its interval",
            message:
                #"{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","fundingRate":"0.0001","nextFundingRate":"","fundingTime":"1744590349506","nextFundingTime":"1744619149506","ts":"1744590349000"}]}"#,
            events: [
                "funding BTC-USDT-SWAP @1744590349000000000 0.0001 next 1744590349506000000 8h"
            ]),
        Row(
            name: "a contract without a rate yet has no event",
            message:
                #"{"arg":{"channel":"funding-rate","instId":"S"},"data":[{"fundingTime":"1640851200000","instId":"S"}]}"#
        ),
        Row(
            name: "a number with an exponent is written out",
            message:
                #"{"arg":{"channel":"mark-price","instId":"S"},"data":[{"instId":"S","markPx":"1.5e-7","ts":"1"}]}"#,
            events: ["mark S @1000000 0.00000015"]),
        Row(
            name: "an index has the name of the row",
            message:
                #"{"arg":{"channel":"index-tickers","instId":"ETH-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"0.1","ts":"1597026383085"}]}"#,
            events: ["index BTC-USDT @1597026383085000000 0.1"]),
        Row(
            name: "forced orders",
            message:
                #"{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"0.007831","ccy":"","posSide":"short","side":"buy","sz":"13","ts":"1692266434010"}],"instFamily":"IOST-USDT","instId":"IOST-USDT-SWAP","instType":"SWAP","uly":"IOST-USDT"}]}"#,
            events: [
                "liquidation IOST-USDT-SWAP @1692266434010000000 buy 0.007831 bankruptcy 13"
            ]),
        Row(
            name: "a bar of a day ends a day later, and says whether it is closed",
            message:
                #"{"arg":{"channel":"candle1Dutc","instId":"B"},"data":[["1597017600000","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","5529.5858061","1"]]}"#,
            events: [
                "bar B @- 1d 1597017600000000000..1597104000000000000 8533.02 8553.74 8527.17 "
                    + "8548.26 45247 closed"
            ]),
        Row(
            name: "a bar of a month that begins in Hong Kong",
            message:
                #"{"arg":{"channel":"candle1M","instId":"B"},"data":[["1706716800000","1","2","1","2","4","5","6","0"]]}"#,
            events: ["bar B @- 1M 1706716800000000000..1709222400000000000 1 2 1 2 4 open"]),
        Row(
            name: "a bar of mark prices has no volume",
            message:
                #"{"arg":{"channel":"mark-price-candle4H","instId":"B"},"data":[["14400000","1","2","1","2","0"]]}"#,
            events: ["bar B @- 4h 14400000000000..28800000000000 1 2 1 2 open mark"]),
        Row(
            name: "a notice of maintenance concerns the venue",
            message:
                #"{"arg":{"channel":"status"},"data":[{"title":"Upgrade","state":"ongoing","begin":"1610019546","end":"1610019546","ts":"1597026383085"}]}"#,
            events: ["status - @1597026383085000000 halted ongoing"]),
        Row(
            name: "what is scheduled says nothing of the state; demo trading is another venue",
            message:
                #"{"arg":{"channel":"status"},"data":[{"title":"A","state":"scheduled","env":"1","ts":"5"},{"title":"B","state":"ongoing","env":"2","ts":"6"}]}"#,
            events: ["status - @5000000 unknown scheduled"]),
        Row(
            name: "an option's contract is worth value times multiplier",
            message:
                #"{"arg":{"channel":"instruments","instType":"OPTION"},"data":[{"instType":"OPTION","instId":"BTC-USD-220514-22000-C","uly":"BTC-USD","settleCcy":"BTC","ctVal":"1","ctMult":"0.1","ctType":"","expTime":"1652515200000","tickSz":"0.0005","lotSz":"1","minSz":"1","maxLmtSz":"1000000","state":"live"}]}"#,
            events: [
                "instrument BTC-USD-220514-22000-C @- option trading live BTC USD BTC contracts "
                    + "tick 0.0005 lot 1 min 1 max 1000000 multiplier 0.1 "
                    + "expires 1652515200000000000"
            ]),
        Row(
            name: "a limit of prices is known and has no event",
            message:
                #"{"arg":{"channel":"price-limit","instId":"L"},"data":[{"instId":"L","buyLmt":"200","sellLmt":"300","ts":"1"}]}"#
        ),
        Row(
            name: "a channel that nobody knows",
            message: #"{"arg":{"channel":"new-thing","instId":"L"},"data":[{"a":"1"}]}"#,
            kind: "unknown"),
    ]

    static let account = [
        Row(
            name: "an order that was filled tells its fill, a charge being above 0",
            message:
                #"{"arg":{"channel":"orders","instType":"SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","ordId":"24","clOrdId":"m1","side":"buy","posSide":"net","ordType":"limit","px":"103700","sz":"0.10","accFillSz":"0.03","avgPx":"103698.9","fillPx":"103698.9","fillSz":"0.03","fillTime":"1746947317402","tradeId":"1518905529","execType":"M","fillFee":"-0.0217","fillFeeCcy":"USDT","fee":"-0.1","feeCcy":"USDT","fillPnl":"0","state":"partially_filled","category":"normal","reduceOnly":"false","cancelSource":"","amendResult":"","code":"0","msg":"","cTime":"1746947317401","uTime":"1746947317402"}]}"#,
            events: [
                "order BTC-USDT-SWAP @1746947317402000000 24 client m1 buy limit GTC anyDirection "
                    + "at 103700 quantity 0.10 filled 0.03 average 103698.9 partiallyFilled "
                    + "partially_filled",
                "fill BTC-USDT-SWAP @1746947317402000000 1518905529 order 24 client m1 buy "
                    + "103698.9 0.03 leaves 0.07 maker fee 0.0217 USDT pnl 0",
            ]),
        Row(
            name: "a post-only order that would cross is canceled",
            message:
                #"{"arg":{"channel":"orders","instType":"ANY"},"data":[{"instId":"B","ordId":"1","side":"sell","ordType":"post_only","px":"5","sz":"1","accFillSz":"0","fillSz":"0","state":"canceled","cancelSource":"31","cancelSourceReason":"would take","uTime":"2"}]}"#,
            events: [
                "order B @2000000 1 sell post_only GTX at 5 quantity 1 filled 0 canceled canceled "
                    + "because postOnlyWouldCross"
            ]),
        Row(
            name: "an empty position does not lose the others",
            message:
                #"{"arg":{"channel":"positions","instType":"ANY"},"data":[{"instId":"A","posSide":"net","pos":"","uTime":"2"},{"instId":"B","posSide":"net","pos":"-3","uTime":"2"}]}"#,
            events: ["position B @2000000 net -3"]),
        Row(
            name: "a position in hedge mode",
            message:
                #"{"arg":{"channel":"positions","instType":"ANY"},"data":[{"instId":"E","posSide":"short","pos":"3","avgPx":"2566.31","markPx":"2353.849","liqPx":"","upl":"-0.1","lever":"10","uTime":"7"}]}"#,
            events: [
                "position E @7000000 short 3 entry 2566.31 mark 2353.849 pnl -0.1 leverage 10"
            ]),
        Row(
            name: "balances and positions in one",
            message:
                #"{"arg":{"channel":"balance_and_position"},"data":[{"pTime":"5","eventType":"snapshot","balData":[{"ccy":"BTC","cashBal":"1","uTime":"6"}],"posData":[{"posId":"1","instId":"B","posSide":"net","pos":"-10","avgPx":"3320","uTime":"7"}]}]}"#,
            events: [
                "balance - @6000000 BTC total 1", "position B @7000000 net -10 entry 3320",
            ]),
    ]

    static let answers = [
        Row(
            name: "a book that was asked for",
            message:
                #"{"code":"0","msg":"","data":[{"asks":[["2","1","0","1"]],"bids":[["1","3","0","1"]],"ts":"4","seqId":77}]}"#,
            events: ["snapshot BTC-USDT @4000000 [1x3] [2x1] u77 depth 400"],
            request: "GET /api/v5/market/books?instId=BTC-USDT&sz=400"),
        Row(
            name: "bars that were asked for",
            message:
                #"{"code":"0","msg":"","data":[["3600000","3","4","2","3","1","1","1","0"],["0","1","2","1","2","9","9","9","1"]]}"#,
            events: [
                "bar A-B @- 1h 3600000000000..7200000000000 3 4 2 3 1 open",
                "bar A-B @- 1h 0..3600000000000 1 2 1 2 9 closed",
            ], request: "GET /api/v5/market/candles?instId=A-B&bar=1H"),
        Row(
            name: "bars without their request are as long as they are apart",
            message:
                #"{"code":"0","msg":"","data":[["120000","3","4","2","3","1","1","1","0"],["60000","1","2","1","2","9","9","9","1"]]}"#,
            events: [
                "bar - @- 1m 120000000000..180000000000 3 4 2 3 1 open",
                "bar - @- 1m 60000000000..120000000000 1 2 1 2 9 closed",
            ]),
        Row(
            name: "rates that were paid",
            message:
                #"{"code":"0","msg":"","data":[{"fundingRate":"0.00007466","fundingTime":"1703059200000","instId":"BTC-USD-SWAP","instType":"SWAP","method":"next_period","realizedRate":"0.00007467"}]}"#,
            events: ["funding BTC-USD-SWAP @1703059200000000000 0.00007467"]),
        Row(
            name: "the clock", message: #"{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}"#,
            kind: "control", control: "time 1597026383085000000"),
        Row(
            name: "too many requests",
            message: #"{"code":"50011","msg":"Too Many Requests","data":[]}"#, kind: "control",
            control: "limited 50011 Too Many Requests"),
        Row(
            name: "an instrument that is not there",
            message: #"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#,
            kind: "control", control: "refused 51001 Instrument ID does not exist"),
        Row(
            name: "a refused order in a batch",
            message:
                #"{"id":"7","op":"batch-orders","code":"2","msg":"","data":[{"ordId":"1","sCode":"0","sMsg":""},{"ordId":"","sCode":"51008","sMsg":"Insufficient balance"}],"inTime":"1","outTime":"2"}"#,
            kind: "control", control: "refused 7 51008 Insufficient balance"),
    ]

    static let control = [
        Row(name: "pong", message: "pong", kind: "control", control: "pong"),
        Row(
            name: "an acknowledgement",
            message:
                #"{"id":"15","event":"subscribe","arg":{"channel":"books","instId":"A-B"},"connId":"a4d3ae55"}"#,
            kind: "control", control: "subscribed 15 books:A-B"),
        Row(
            name: "the end of a subscription",
            message:
                #"{"event":"unsubscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"},"connId":"a"}"#,
            kind: "control", control: "unsubscribed liquidation-orders:SWAP"),
        Row(
            name: "a refusal",
            message: #"{"event":"error","code":"60018","msg":"Wrong URL or channel","connId":"a"}"#,
            kind: "control", control: "refused 60018 Wrong URL or channel"),
        Row(
            name: "a login", message: #"{"event":"login","code":"0","msg":"","connId":"a"}"#,
            kind: "control", control: "authenticated"),
        Row(
            name: "the venue is about to close",
            message: #"{"event":"notice","code":"64008","msg":"Please reconnect.","connId":"a"}"#,
            kind: "control", control: "closing Please reconnect."),
        Row(
            name: "a count of connections",
            message:
                #"{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"a"}"#,
            kind: "control", control: "other"),
        Row(
            name: "an old acknowledgement",
            message: #"{"event":"subscribe","channel":"spot/trade:BTC-USDT"}"#, kind: "dead"),
        Row(
            name: "an old table", message: #"{"table":"spot/trade","data":[{"side":"sell"}]}"#,
            kind: "dead"),
        Row(
            name: "an oldest message",
            message: #"[{"channel":"ok_sub_spot_btc_usdt_ticker","data":{"last":"1"}}]"#,
            kind: "dead"),
    ]

    @Test("becomes", arguments: market + account + answers + control)
    func row(_ row: Row) {
        let text = DecodedText(row.message, OKXDecoder(), request: row.request)
        #expect(text.kind == row.kind)
        #expect(text.events == row.events)
        #expect(text.control == row.control)
        #expect(text.note.isEmpty == (row.kind == "decoded" || row.kind == "control"))
    }

    @Test("a compressed frame is of a dead generation")
    func compressed() {
        let text = DecodedText([0xCB, 0x48, 0xCD], OKXDecoder(), isBinary: true)
        #expect(text.kind == "dead")
        #expect(text.note.contains("v3"))
    }

    @Test(
        "is refused, not guessed",
        arguments: [
            #"{"arg":{"channel":"trades","instId":"A"},"data":[{"tradeId":"1","px":"1"}]}"#,
            #"{"arg":{"channel":"trades","instId":"A"},"data":[{"px":"1","px":"2","sz":"1"}]}"#,
            #"{"arg":{"channel":"trades","instId":"A"},"data":[{"px":"1","sz":"1","side":"up"}]}"#,
            #"{"arg":{"channel":"books","instId":"A"},"data":[{"asks":[],"bids":[],"ts":"1"}]}"#,
            #"{"arg":{"channel":"books","instId":"A"},"action":"partial","data":[{"asks":[],"bids":[]}]}"#,
            #"{"arg":{"channel":"books","instId":"A"},"action":"update","data":[{"asks":[]}]}"#,
            #"{"arg":{"channel":"mark-price","instId":"A"},"data":[{"markPx":"abc"}]}"#,
            #"{"arg":{"channel":"candle1m","instId":"A"},"data":[["1","2","3"]]}"#,
            #"{"arg":{"channel":"trades","instId":"A"}}"#, #"{"arg":"#, "", "nonsense",
        ])
    func malformed(message: String) {
        #expect(DecodedText(message, OKXDecoder()).kind.hasPrefix("failure"))
    }
}
