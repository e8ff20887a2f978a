// Each kind of Binance message is read as documented, in any key order and form.

import MartletModel
import MartletVenues
import Testing

@Suite("Binance messages")
struct BinanceDecoderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var product = BinanceProduct.usdm
        let text: String
        let expected: [String]
        var testDescription: String { name }
    }

    static let table = [
        Row(
            name: "futures depth, combined",
            text: #"""
                {"stream":"ethusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256303,"T":1723161256302,"s":"ETHUSDT","U":10,"u":12,"pu":9,"b":[["2681.62","1.5"],["2681.60","0"]],"a":[["2681.63","3"]]}}
                """#,
            expected: [
                "depth ETHUSDT 1723161256303000000 1723161256302000000 10 12 9 0 | buy 2681.62x1.5"
                    + " | buy 2681.60x0 | sell 2681.63x3"
            ]),
        Row(
            name: "spot depth, raw, asks first, kind last, blanks",
            product: .spot,
            text: #"""
                { "a" : [ ["5","1"] ] , "b" : [ [ "4" , "2" , [] ] ] , "u":2,"U":1, "s":"X" ,"E":1, "e" : "depthUpdate" }
                """#,
            expected: ["depth X 1000000 - 1 2 - 0 | buy 4x2 | sell 5x1"]),
        Row(
            name: "partial depth on futures",
            text: #"""
                {"stream":"btcusdt@depth5@100ms","data":{"e":"depthUpdate","E":2,"T":1,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[],"a":[]}}
                """#,
            expected: ["depth BTCUSDT 2000000 1000000 1 2 0 5"]),
        Row(
            name: "partial depth on spot", product: .spot,
            text:
                #"{"stream":"btcusdt@depth20","data":{"lastUpdateId":5,"bids":[["1","2"]],"asks":[]}}"#,
            expected: ["snapshot - 'btcusdt@depth20' 5 - - | buy 1x2"]),
        Row(
            name: "REST depth, any order",
            text: #"{"asks":[["3","4"]],"E":7,"bids":[["1","2"]],"T":6,"lastUpdateId":5}"#,
            expected: ["snapshot - '' 5 7000000 6000000 | buy 1x2 | sell 3x4"]),
        Row(
            name: "REST depth, coin-margined", product: .coinm,
            text:
                #"{"lastUpdateId":5,"E":7,"T":6,"symbol":"BTCUSD_PERP","pair":"BTCUSD","bids":[],"asks":[]}"#,
            expected: ["snapshot BTCUSD_PERP '' 5 7000000 6000000"]),
        Row(
            name: "trade with X",
            text:
                #"{"e":"trade","E":3,"T":2,"s":"ETHUSDT","t":9,"p":"1.5","q":"2","X":"INSURANCE_FUND","m":true}"#,
            expected: ["trade ETHUSDT 3000000 2000000 9 1.5x2 sell - - special"]),
        Row(
            name: "spot trade in microseconds", product: .spot,
            text:
                #"{"e":"trade","E":1723161255612001,"s":"X","t":9,"p":"1","q":"2","T":1723161255611002,"m":false,"M":true}"#,
            expected: ["trade X 1723161255612001000 1723161255611002000 9 1x2 buy - -"]),
        Row(
            name: "aggregate trade",
            text:
                #"{"e":"aggTrade","E":3,"s":"B","a":5,"p":"0.001","q":"100","nq":"99","f":100,"l":105,"T":2,"m":true,"st":1}"#,
            expected: ["aggregate B 3000000 2000000 5 0.001x100 sell 100 105"]),
        Row(
            name: "futures quote",
            text: #"{"e":"bookTicker","u":4,"E":3,"T":2,"s":"B","b":"1","B":"2","a":"3","A":"4"}"#,
            expected: ["quote B 3000000 2000000 4 1x2 3x4"]),
        Row(
            name: "spot quote has no kind", product: .spot,
            text: #"{"u":4,"s":"B","b":"1","B":"2","a":"3","A":"4"}"#,
            expected: ["quote B - - 4 1x2 3x4"]),
        Row(
            name: "spot quote, other order", product: .spot,
            text:
                #"{"stream":"b@bookTicker","data":{"A":"4","s":"B","b":"1","B":"2","a":"3","u":4}}"#,
            expected: ["quote B - - 4 1x2 3x4"]),
        Row(
            name: "an event that starts like a quote", product: .spot,
            text: #"{"u":4,"e":"trade","s":"X","t":9,"p":"1","q":"2","m":false}"#,
            expected: ["trade X - - 9 1x2 buy - -"]),
        Row(
            name: "mark price with funding",
            text:
                #"{"e":"markPriceUpdate","E":1,"s":"B","p":"11794.15","ap":"1","i":"11784.6","P":"1","r":"0.00038167","T":1562306400000}"#,
            expected: ["mark B 1000000 11794.15 11784.6 0.00038167 1562306400000000000"]),
        Row(
            name: "mark prices of all, contract that expires", product: .coinm,
            text:
                #"[{"e":"markPriceUpdate","E":1,"s":"B_1","p":"1","P":"1","r":"","T":0},{"e":"indexPriceUpdate","E":1,"i":"BTCUSD","p":"2"}]"#,
            expected: ["mark B_1 1000000 1 - - -", "mark BTCUSD 1000000 - 2 - -"]),
        Row(
            name: "forced order",
            text:
                #"{"e":"forceOrder","E":5,"o":{"s":"B","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910.5","X":"FILLED","l":"0.014","z":"0.014","T":4}}"#,
            expected: ["liquidation B 5000000 4000000 sell 9910 9910.5 0.014"]),
        Row(
            name: "bar",
            text:
                #"{"e":"kline","E":1,"s":"B","k":{"t":60000,"T":119999,"s":"B","i":"1m","f":1,"L":2,"o":"1","c":"2","h":"3","l":"0.5","v":"9","n":1,"x":true,"q":"1","V":"5","Q":"1","B":"0"}}"#,
            expected: ["bar B 1m 60000000000 120000000000 1 3 0.5 2 9 closed"]),
        Row(name: "subscription answer", text: #"{"result":null,"id":1}"#, expected: ["control"]),
        Row(
            name: "error", text: #"{"code":-1121,"msg":"Invalid symbol."}"#, expected: ["control"]),
        Row(
            name: "unknown event", text: #"{"e":"24hrTicker","o":[1,{}]}"#,
            expected: ["unknown 24hrTicker"]),
        Row(name: "unknown object", text: "{}", expected: ["unknown -"]),
        Row(name: "unknown array", text: "[1,2]", expected: ["unknown -"]),
        Row(
            name: "data before stream", product: .spot,
            text: #"{"data":{"lastUpdateId":5,"bids":[],"asks":[]},"stream":"x@depth5"}"#,
            expected: ["snapshot - 'x@depth5' 5 - -"]),
        Row(
            name: "other keys before stream",
            text:
                #"{"id":1,"stream":"x","data":{"e":"trade","s":"X","t":9,"p":"1","q":"2","m":false}}"#,
            expected: ["trade X - - 9 1x2 buy - -"]),
        Row(
            name: "escaped keys and values",
            text: #"{"\u0065":"tr\u0061de","\u0073":"\u0058","t":9,"p":"1","q":"2","m":false}"#,
            expected: ["trade X - - 9 1x2 buy - -"]),
    ]

    @Test("are read as the table says", arguments: table)
    func meanings(row: Row) { #expect(decoded(row.text, as: row.product) == row.expected) }

    @Test(
        "are refused where they are wrong",
        arguments: [
            (#"{"e":"trade","s":"X","t":9,"p":"1","q":"2"}"#, "failure missingField at 43"),
            (#"{"e":"trade","s":"X","t":9,"t":9,"p":"1","q":"2","m":true}"#, "failure repeatedKey"),
            (#"{"e":"trade","s":"X","t":9,"p":"1e5","q":"2","m":true}"#, "failure badDecimal"),
            (#"{"e":"trade","s":"X","t":-9,"p":"1","q":"2","m":true}"#, "failure badInteger"),
            (#"{"e":"trade","s":"X","t":9,"p":"1","q":"2","m":1}"#, "failure unexpectedByte"),
            (#"{"e":"trade","T":99999999999999,"s":"X"}"#, "failure badTime"),
            (#"{"e":"depthUpdate","s":"X","U":1,"u":1,"b":[["1"]],"a":[]}"#, "failure unexpected"),
            (#"{"e":"depthUpdate","s":"X","U":1,"u":1,"b":[],"b":[],"a":[]}"#, "failure repeated"),
            (#"{"e":"forceOrder","o":{"s":"B","S":"HOLD","q":"1","p":"1"}}"#, "failure badValue"),
            (#"{"lastUpdateId":5,"bids":[]}"#, "failure missingField"),
            (#"{"stream":"x","data":{}} x"#, "failure trailingBytes at 25"),
            (#"{"stream":"x","stream":"y"}"#, "failure repeatedKey"),
            ("", "failure truncated at 0"),
        ])
    func refusals(text: String, expected: String) {
        let result = decoded(text)
        #expect(result.count == 1 && result[0].hasPrefix(expected), "\(result)")
    }

    @Test("no prefix of a message is a message", arguments: table)
    func prefixes(row: Row) {
        let bytes = Array(row.text.utf8)
        for count in 0..<bytes.count {
            let result = decoded(Array(bytes[..<count]), as: row.product)
            #expect(result.first?.hasPrefix("failure") == true, "prefix of \(count) bytes")
        }
    }

    @Test("the order of keys does not matter", arguments: UInt64(0)..<50)
    func keyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let messages: [([String], BinanceProduct)] = [
            (
                [
                    #""e":"depthUpdate""#, #""E":3"#, #""T":2"#, #""s":"X""#, #""U":1"#, #""u":2"#,
                    #""pu":0"#, #""b":[["1","2"],["0.5","1"]]"#, #""a":[["3","4"]]"#,
                    #""st":{"x":[1]}"#,
                ], .usdm
            ),
            (
                [
                    #""u":4"#, #""s":"B""#, #""b":"1""#, #""B":"2""#, #""a":"3""#, #""A":"4""#,
                    #""zz":null"#,
                ], .spot
            ),
            (
                [
                    #""lastUpdateId":5"#, #""bids":[["1","2"]]"#, #""asks":[["3","4"]]"#, #""E":7"#,
                    #""T":6"#,
                ], .usdm
            ),
        ]
        for (members, product) in messages {
            let usual = decoded("{\(members.joined(separator: ","))}", as: product)
            #expect(usual.first?.hasPrefix("failure") == false)
            let shuffled = members.shuffled(using: &random).joined(separator: ",")
            #expect(decoded("{\(shuffled)}", as: product) == usual, "\(shuffled)")
        }
    }

    @Test("instrument lists give the rules of each market")
    func instruments() {
        let spot = #"""
            {"timezone":"UTC","symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","tickSize":"0.00000100"},{"filterType":"LOT_SIZE","minQty":"0.00150000","maxQty":"1","stepSize":"0.00100000"},{"minNotional":"0.001","filterType":"NOTIONAL"}]},{"symbol":"DEAD","status":"BREAK","filters":[]}]}
            """#
        #expect(
            decoded(spot, as: .spot) == [
                "instrument ETHBTC TRADING spot 0.000001 0.001 min 2 0.001 x1 ETH/BTC",
                "instrument DEAD unusable",
            ])
        let coin = #"""
            {"exchangeFilters":[],"symbols":[{"symbol":"BTCUSD_PERP","contractStatus":"TRADING","contractSize":100,"baseAsset":"BTC","quoteAsset":"USD","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.1"},{"filterType":"LOT_SIZE","minQty":"1","stepSize":"1"}]}]}
            """#
        #expect(
            decoded(coin, as: .coinm) == [
                "instrument BTCUSD_PERP TRADING inverse 0.1 1 min 1 0 x100 BTC/USD"
            ])
        #expect(
            decoded(coin, as: .usdm) == [
                "instrument BTCUSD_PERP TRADING linear 0.1 1 min 1 0 x1 BTC/USD"
            ])
    }
}
