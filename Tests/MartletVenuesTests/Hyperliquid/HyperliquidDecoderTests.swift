// What Hyperliquid's messages become, kind by kind.

import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("Hyperliquid decoder")
struct HyperliquidDecoderTests {
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
            name: "a book is whole, of at most 20 levels",
            message:
                #"{"channel":"l2Book","data":{"coin":"BTC","time":1769916001000,"levels":[[{"px":"104310.0","sz":"2.5","n":3},{"n":1,"sz":"1","px":"104309"}],[{"px":"104311","sz":"1.1","n":2}]]}}"#,
            events: [
                "snapshot BTC @1769916001000000000 [104310.0x2.5,104309x1] [104311x1.1] depth 20"
            ]),
        Row(
            name: "an empty book, data first",
            message: #"{"data":{"levels":[[],[]],"coin":"SHIA","time":1},"channel":"l2Book"}"#,
            events: ["snapshot SHIA @1000000 [] [] depth 20"]),
        Row(
            name: "trades; A is a taker who sold",
            message:
                #"{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"104310.5","sz":"0.02","time":1769916001000,"hash":"0x02","tid":300002,"users":["0xb","0xs"]},{"coin":"BTC","side":"A","px":"1","sz":"2","time":3,"hash":"0x0","tid":4}]}"#,
            events: [
                "trade BTC @1769916001000000000 300002 104310.5 0.02 buy",
                "trade BTC @3000000 4 1 2 sell",
            ]),
        Row(
            name: "the best levels, one side empty",
            message:
                #"{"channel":"bbo","data":{"coin":"@107","time":1769916001000,"bbo":[{"px":"104310","sz":"2.5","n":3},null]}}"#,
            events: ["quote @107 @1769916001000000000 104310 2.5 - -"]),
        Row(
            name: "the context of a perpetual",
            message:
                #"{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{"funding":"0.0000125","openInterest":"688.11","prevDayPx":"103000","dayNtlVlm":"1.29","premium":"0.00031","oraclePx":"104300","markPx":"104305","midPx":null,"impactPxs":["1","2"],"dayBaseVlm":"11.2"}}}"#,
            events: [
                "mark BTC @- 104305", "index BTC @- 104300", "funding BTC @- 0.0000125 1h",
                "interest BTC @- 688.11",
            ]),
        Row(
            name: "the context of a spot pair",
            message:
                #"{"channel":"activeSpotAssetCtx","data":{"coin":"@107","ctx":{"prevDayPx":"1","markPx":"35.2","midPx":"35","circulatingSupply":"5"}}}"#,
            events: ["mark @107 @- 35.2"]),
        Row(
            name: "a bar ends where the next begins, and nothing says that it is closed",
            message:
                #"{"channel":"candle","data":{"t":1769916000000,"T":1769916059999,"s":"BTC","i":"1m","o":"104300","c":"104310","h":"104330","l":"104290","v":"12.5","n":189}}"#,
            events: [
                "bar BTC @- 1m 1769916000000000000..1769916060000000000 104300 104330 104290 "
                    + "104310 12.5"
            ]),
        Row(
            name: "the contexts of the coins that changed",
            message:
                #"{"channel":"fastAssetCtxs","data":{"BTC":{"markPx":"1.5","midPx":"1"},"ETH":{"midPx":"2"}}}"#,
            events: ["mark BTC @- 1.5"]),
        Row(
            name: "middle prices have no event",
            message: #"{"channel":"allMids","data":{"mids":{"@142":"80907.5","BTC":"80868.5"}}}"#),
        Row(
            name: "a channel that nobody knows", message: #"{"channel":"new","data":{"a":1}}"#,
            kind: "unknown"),
    ]

    static let user = [
        Row(
            name: "who rested when a position was liquidated was not liquidated",
            message:
                #"{"channel":"user","data":{"fills":[{"coin":"BTC","px":"66653.0","sz":"0.001","side":"A","time":1781528065899,"startPosition":"-0.0213","dir":"Open Short","closedPnl":"0.0","hash":"0xe2","oid":55030848197,"crossed":false,"fee":"0.009997","tid":745210434703679,"cloid":"0xe8","liquidation":{"liquidatedUser":"0x36","markPx":"66607.0","method":"market"},"feeToken":"USDC","twapId":null}]}}"#,
            events: [
                "fill BTC @1781528065899000000 745210434703679 order 55030848197 client 0xe8 sell "
                    + "66653.0 0.001 maker fee 0.009997 USDC pnl 0.0"
            ]),
        Row(
            name: "a fill of a liquidation of this user, and one of another user's",
            message:
                #"{"channel":"userFills","data":{"user":"0xAb","fills":[{"coin":"B","px":"1","sz":"2","side":"A","time":5,"dir":"Close Long","oid":6,"crossed":true,"fee":"0","tid":7,"liquidation":{"liquidatedUser":"0xaB","markPx":"1","method":"market"}},{"coin":"B","px":"1","sz":"2","side":"A","time":5,"dir":"Close Long","oid":6,"crossed":true,"fee":"0","tid":8,"liquidation":{"liquidatedUser":"0xcd","markPx":"1","method":"market"}}]}}"#,
            events: [
                "fill B @5000000 7 order 6 sell 1 2 taker fee 0 liquidation",
                "fill B @5000000 8 order 6 sell 1 2 taker fee 0",
            ]),
        Row(
            name: "without a user, what crosses and closes was forced; what opens was not",
            message:
                #"{"channel":"userEvents","data":{"fills":[{"coin":"B","px":"1","sz":"2","side":"A","time":5,"dir":"Close Long","oid":6,"crossed":true,"tid":7,"liquidation":{"liquidatedUser":"0xaB"}},{"coin":"B","px":"1","sz":"2","side":"A","time":5,"dir":"Open Short","oid":6,"crossed":true,"tid":8,"liquidation":{"liquidatedUser":"0xaB"}}]}}"#,
            events: [
                "fill B @5000000 7 order 6 sell 1 2 taker liquidation",
                "fill B @5000000 8 order 6 sell 1 2 taker",
            ]),
        Row(
            name: "one of several orders was refused",
            message:
                #"{"status":"ok","response":{"type":"order","data":{"statuses":["waitingForTrigger",{"resting":{"oid":1}},{"error":"Order must have minimum value of $10."}]}}}"#,
            kind: "control", control: "refused Order must have minimum value of $10."),
        Row(
            name: "a pong without data", message: #"{"channel":"pong","data":null}"#,
            kind: "control", control: "pong"),
        Row(
            name: "an order that was partly filled",
            message:
                #"{"channel":"orderUpdates","data":[{"order":{"coin":"@107","side":"B","limitPx":"30.0","sz":"0.20","oid":1,"timestamp":1764843090519,"origSz":"0.50","cloid":"0x1"},"status":"open","statusTimestamp":1764843090600}]}"#,
            events: [
                "order @107 @1764843090600000000 1 client 0x1 buy at 30.0 quantity 0.50 "
                    + "filled 0.30 partiallyFilled open"
            ]),
        Row(
            name: "a post-only order that would cross is canceled",
            message:
                #"{"channel":"orderUpdates","data":[{"order":{"coin":"B","side":"A","limitPx":"3","sz":"1","oid":2,"timestamp":1,"origSz":"1"},"status":"badAloPxRejected","statusTimestamp":2}]}"#,
            events: [
                "order B @2000000 2 sell at 3 quantity 1 filled 0 canceled badAloPxRejected "
                    + "because postOnlyWouldCross"
            ]),
        Row(
            name: "funding payments change the balance, but not those of the first message",
            message:
                #"{"channel":"userFundings","data":{"user":"0x1","fundings":[{"time":5,"coin":"ETH","usdc":"-3.625","szi":"49.1","fundingRate":"0.0000417","nSamples":null}]}}"#,
            events: ["balance ETH @5000000 USDC change -3.625"]),
        Row(
            name: "funding payments of the past",
            message:
                #"{"channel":"userFundings","data":{"isSnapshot":true,"user":"0x1","fundings":[{"time":5,"coin":"ETH","usdc":"-3.6","szi":"1","fundingRate":"0.1"}]}}"#
        ),
        Row(
            name: "the state of an account",
            message:
                #"{"channel":"clearinghouseState","data":{"dex":"","user":"0x1","clearinghouseState":{"marginSummary":{"accountValue":"83.3"},"withdrawable":"75.7","assetPositions":[{"type":"oneWay","position":{"coin":"HYPE","szi":"-2.0","leverage":{"type":"cross","value":10},"entryPx":"37.8","unrealizedPnl":"-0.006","liquidationPx":null}}],"time":7}}}"#,
            events: [
                "position HYPE @7000000 net -2.0 entry 37.8 pnl -0.006 leverage 10",
                "balance - @7000000 USDC total 83.3 available 75.7",
            ]),
        Row(
            name: "spot balances; what is on hold is not free",
            message:
                #"{"channel":"spotState","data":{"user":"0x1","spotState":{"balances":[{"coin":"USDC","token":0,"total":"5","hold":"1.25","entryNtl":"0"},{"coin":"HYPE","token":1,"total":"5","hold":"10","entryNtl":"0"}]}}}"#,
            events: [
                "balance - @- USDC total 5 available 3.75", "balance - @- HYPE total 5 available 0",
            ]),
    ]

    static let answers = [
        Row(
            name: "the list of perpetuals",
            message:
                #"{"universe":[{"name":"BTC","szDecimals":5,"maxLeverage":50},{"name":"LOOM","szDecimals":1,"maxLeverage":3,"isDelisted":true}],"collateralToken":0}"#,
            events: [
                "instrument BTC @- linear trading BTC USDC USDC base tick 0.1 lot 0.00001 "
                    + "min 0.00001 notional 10 funding 1h",
                "instrument LOOM @- linear closed LOOM USDC USDC base tick 0.00001 lot 0.1 min 0.1 "
                    + "notional 10 funding 1h",
            ]),
        Row(
            name: "the list of spot pairs, whose tokens are told by number",
            message:
                #"{"universe":[{"tokens":[1,0],"name":"PURR/USDC","index":0,"isCanonical":true},{"tokens":[150,0],"name":"@107","index":107}],"tokens":[{"name":"USDC","szDecimals":8,"index":0},{"name":"PURR","szDecimals":0,"index":1},{"name":"HYPE","szDecimals":2,"index":150}]}"#,
            events: [
                "instrument PURR/USDC @- spot trading PURR USDC base tick 0.00000001 lot 1 min 1 "
                    + "notional 10",
                "instrument @107 @- spot trading HYPE USDC base tick 0.000001 lot 0.01 min 0.01 "
                    + "notional 10",
            ]),
        Row(
            name: "contexts beside the list that names them",
            message:
                #"[{"universe":[{"name":"A","szDecimals":1}]},[{"funding":"0.1","openInterest":"2","oraclePx":"3","markPx":"4"}]]"#,
            events: [
                "instrument A @- linear trading A USDC USDC base tick 0.00001 lot 0.1 min 0.1 "
                    + "notional 10 funding 1h",
                "mark A @- 4", "index A @- 3", "funding A @- 0.1 1h", "interest A @- 2",
            ]),
        Row(
            name: "a book that was asked for",
            message: #"{"coin":"BTC","levels":[[{"px":"1","sz":"2"}],[]],"time":3}"#,
            events: ["snapshot BTC @3000000 [1x2] [] depth 20"],
            request: #"POST /info {"type":"l2Book","coin":"BTC"}"#),
        Row(
            name: "rates that were paid",
            message:
                #"[{"coin":"BTC","fundingRate":"-0.0000081","premium":"-0.1","time":1769912400000}]"#,
            events: ["funding BTC @1769912400000000000 -0.0000081 1h"]),
        Row(
            name: "the clock", message: #"{"time":1769912400000,"specialStatuses":null}"#,
            kind: "control", control: "time 1769912400000000000"),
        Row(
            name: "no recent trades", message: "[]", kind: "control", control: "other",
            request: #"POST /info {"type":"recentTrades","coin":"X"}"#),
        Row(
            name: "an action that was refused",
            message: #"{"status":"err","response":"User or API Wallet 0x1 does not exist."}"#,
            kind: "control", control: "refused User or API Wallet 0x1 does not exist."),
        Row(
            name: "an answer through the stream",
            message:
                #"{"channel":"post","data":{"id":4,"response":{"type":"info","payload":{"type":"l2Book","data":{"coin":"E","levels":[[],[]],"time":3}}}}}"#,
            events: ["snapshot E @3000000 [] [] depth 20"]),
        Row(
            name: "an error through the stream",
            message:
                #"{"channel":"post","data":{"id":4,"response":{"type":"error","payload":"429 Too Many"}}}"#,
            kind: "control", control: "refused 4 429 Too Many"),
    ]

    static let control = [
        Row(
            name: "the greeting", message: "Websocket connection established.", kind: "control",
            control: "welcome"),
        Row(name: "pong", message: #"{"channel":"pong"}"#, kind: "control", control: "pong"),
        Row(
            name: "an acknowledgement",
            message:
                #"{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"1m","nSigFigs":null}}}"#,
            kind: "control", control: "subscribed candle:BTC:1m"),
        Row(
            name: "a refusal",
            message: #"{"channel":"error","data":"Invalid subscription {\"type\":\"x\"}"}"#,
            kind: "control", control: #"refused Invalid subscription {"type":"x"}"#),
        Row(
            name: "a subscription that stands already",
            message: #"{"channel":"error","data":"Already subscribed: {\"type\":\"x\"}"}"#,
            kind: "control", control: "other"),
    ]

    @Test("becomes", arguments: market + user + answers + control)
    func row(_ row: Row) {
        let text = DecodedText(row.message, HyperliquidDecoder(), request: row.request)
        #expect(text.kind == row.kind)
        #expect(text.events == row.events)
        #expect(text.control == row.control)
        #expect(text.note.isEmpty == (row.kind != "unknown"))
    }

    @Test("contexts without names are named by the list that was read before")
    func universe() throws {
        var decoder = HyperliquidDecoder()
        var batch = EventBatch()
        let contexts =
            #"{"channel":"allDexsAssetCtxs","data":{"ctxs":[["",[{"markPx":"1"},{"markPx":"2"}]],"#
            + #"["xyz",[{"markPx":"3"}]]]}}"#
        for (message, events) in [
            (contexts, 0), (#"{"universe":[{"name":"A"},{"name":"B"}]}"#, 2), (contexts, 2),
        ] {
            let bytes = Array(message.utf8)
            try bytes.withUnsafeBufferPointer { bytes in
                _ = try decoder.decode(Frame(bytes), into: &batch)
                let count = batch.events.count
                #expect(count == events)
            }
        }
        guard case .markPrice(let price) = batch.events[1] else {
            Issue.record("no mark price")
            return
        }
        #expect(price.header.instrument?.string == "B")
    }

    @Test(
        "is refused, not guessed",
        arguments: [
            #"{"channel":"trades","data":[{"coin":"B","px":"1","time":1}]}"#,
            #"{"channel":"trades","data":[{"coin":"B","px":"1","sz":"1","side":"C"}]}"#,
            #"{"channel":"l2Book","data":{"coin":"B","time":1,"levels":[[]]}}"#,
            #"{"channel":"l2Book","data":{"time":1,"levels":[[],[]]}}"#,
            #"{"channel":"bbo","data":{"coin":"B","bbo":[null]}}"#,
            #"{"channel":"candle","data":{"t":1,"s":"B","i":"7x","o":"1","c":"1","h":"1","l":"1"}}"#,
            #"{"channel":"trades"}"#, #"{"channel":"#, "", "Nonsense",
        ])
    func malformed(message: String) {
        #expect(DecodedText(message, HyperliquidDecoder()).kind.hasPrefix("failure"))
    }

    @Test("of a recording are all read")
    func recorded() throws {
        let shipped = try ShippedMessages("hyperliquid")
        #expect(shipped.messages.count > 50)
        var books = 0
        for message in shipped.messages {
            let text = DecodedText(message, HyperliquidDecoder(), request: nil)
            #expect(!text.kind.hasPrefix("failure"), "\(String(decoding: message, as: UTF8.self))")
            if text.events.first?.hasPrefix("snapshot BTC") == true { books += 1 }
        }
        #expect(books > 20)
    }

    @Test("with damage are an error or a message, never the end", arguments: UInt64(0)..<40)
    func damaged(seed: UInt64) throws {
        let shipped = try ShippedMessages("hyperliquid")
        var random = SeededGenerator(seed: seed)
        for index in 0..<500 {
            let request = index % 3 == 0 ? "POST /info" : nil
            let text = DecodedText(
                shipped.damaged(&random), HyperliquidDecoder(), request: request)
            #expect(!text.kind.isEmpty)
        }
    }
}
