// What Alpaca's codec makes of each kind of message: one row each.

import MartletModel
import MartletVenues
import Testing

@Suite("Alpaca codec")
struct AlpacaDecoderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let message: String
        var request: String?
        var kind = "decoded"
        var events: [String] = []
        var control = ""
        var testDescription: String { name }
    }

    static let messages: [Row] = [
        Row(
            name: "a frame with messages of several kinds, keys in any order",
            message: #"[{"T":"t","S":"AAPL","i":96921,"x":"D","p":126.55,"s":1,"#
                + #""t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"},"#
                + #"{"bp":87.66,"bs":1,"ap":87.68,"as":4,"S":"AMD","#
                + #""t":"2021-02-22T15:51:45.335689322Z","T":"q"},"#
                + #"{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"#
                + #""v":49378,"n":461,"vw":389.06,"t":"2021-02-22T19:15:00Z"}]"#,
            events: [
                "trade AAPL @1614009104208000000 96921 126.55 1 unknown",
                "quote AMD @1614009105335689322 87.66 1 87.68 4",
                "bar SPY @- 1m 1614021300000000000..1614021360000000000 388.985 389.13 388.975 "
                    + "389.12 49378 closed",
            ]),
        Row(
            name: "crypto says who crossed; ids need all 64 bits",
            message: #"[{"T":"t","S":"AVAX/USD","p":47.299,"s":29.205707815,"#
                + #""t":"2024-03-12T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"},"#
                + #"{"T":"t","S":"A/USD","p":1,"s":2,"t":"2024-03-12T10:27:48Z","i":1,"tks":"-"}]"#,
            events: [
                "trade AVAX/USD @1710239268858228144 3447222699101865076 47.299 29.205707815 sell",
                "trade A/USD @1710239268000000000 1 1 2 unknown",
            ]),
        Row(
            name: "numbers with exponents keep every digit",
            message: #"[{"T":"t","S":"SHIB/USD","p":1.230e-05,"s":5E+3,"#
                + #""t":"2024-03-12T10:27:48Z","i":9,"tks":"B"},{"T":"q","S":"X","bp":1e-7,"#
                + #""bs":2.5e1,"ap":12.345e2,"as":0e0,"t":"2024-03-12T10:27:48Z"}]"#,
            events: [
                "trade SHIB/USD @1710239268000000000 9 0.00001230 5000 buy",
                "quote X @1710239268000000000 0.0000001 25 1234.5 0",
            ]),
        Row(
            name: "a whole book, then changes of it",
            message: #"[{"T":"o","S":"BTC/USD","t":"2024-03-12T10:38:50.79613221Z","#
                + #""b":[{"p":71859.53,"s":0.27994}],"a":[{"p":71939.7,"s":0.83953}],"r":true},"#
                + #"{"T":"o","S":"BTC/USD","t":"2024-03-12T10:38:51.1Z","b":[],"#
                + #""a":[{"s":0,"p":71939.7}]}]"#,
            events: [
                "snapshot BTC/USD @1710239930796132210 [71859.53x0.27994] [71939.7x0.83953]",
                "change BTC/USD @1710239931100000000 [] [71939.7x0]",
            ]),
        Row(
            name: "a side without a price is empty",
            message: #"[{"T":"q","S":"X","bp":0,"bs":0,"ap":5,"as":1,"#
                + #""t":"2021-02-22T15:51:44Z"}]"#,
            events: ["quote X @1614009104000000000 - - 5 1"]),
        Row(
            name: "corrected bars are closed, day bars may be open",
            message: #"[{"T":"u","S":"X","o":1,"h":2,"l":1,"c":2,"v":0,"#
                + #""t":"2021-02-22T19:15:00Z"},{"T":"d","S":"X","o":1,"h":2,"l":1,"c":2,"v":9,"#
                + #""t":"2021-02-22T05:00:00Z"}]"#,
            events: [
                "bar X @- 1m 1614021300000000000..1614021360000000000 1 2 1 2 0 closed",
                "bar X @- 1d 1613970000000000000..1614056400000000000 1 2 1 2 9",
            ]),
        Row(
            name: "day bars of stocks end at midnight in New York, of crypto in Chicago",
            message: #"[{"T":"d","S":"X","o":1,"h":2,"l":1,"c":2,"v":9,"#
                + #""t":"2021-03-14T05:00:00Z"},{"T":"d","S":"X","o":1,"h":2,"l":1,"c":2,"v":9,"#
                + #""t":"2021-11-07T04:00:00Z"},{"T":"d","S":"A/B","o":1,"h":2,"l":1,"c":2,"#
                + #""v":9,"t":"2021-11-07T05:00:00Z"}]"#,
            events: [
                "bar X @- 1d 1615698000000000000..1615780800000000000 1 2 1 2 9",
                "bar X @- 1d 1636257600000000000..1636347600000000000 1 2 1 2 9",
                "bar A/B @- 1d 1636261200000000000..1636351200000000000 1 2 1 2 9",
            ]),
        Row(
            name: "halts of both tapes",
            message: #"[{"T":"s","S":"AAPL","sc":"H","sm":"Trading Halt","rc":"T12","#
                + #""t":"2021-02-22T19:15:00Z","z":"C"},{"T":"s","S":"IBM","sc":"3","sm":"","#
                + #""t":"2021-02-22T19:15:00Z","z":"A"},{"T":"s","S":"IBM","sc":"E","z":"A"}]"#,
            events: [
                "status AAPL @1614021300000000000 halted Trading Halt",
                "status IBM @1614021300000000000 trading 3", "status IBM @- unknown E",
            ]),
        Row(
            name: "price bands, corrections and cancels are known",
            message: #"[{"T":"l","S":"IONM","u":3.24,"d":2.65,"i":"B"},"#
                + #"{"T":"c","S":"E","x":"M","oi":52},{"T":"x","S":"G","i":465,"p":1}]"#),
        Row(name: "an empty frame", message: "[]"),
        Row(
            name: "a timestamp of MessagePack as recordings write it",
            message: #"{"T":"t","S":"AAPL","i":6142,"p":177.79,"s":90,"#
                + #""t":{"$msgpack_timestamp":{"seconds":10,"nanoseconds":10}}}"#,
            events: ["trade AAPL @10000000010 6142 177.79 90 unknown"]),
        Row(
            name: "an unknown type beside a known one",
            message: #"[{"T":"zz","S":"X"},{"T":"t","S":"X","p":1,"s":2,"i":3}]"#,
            kind: "unknown", events: ["trade X @- 3 1 2 unknown"]),
        Row(name: "an unknown type", message: #"[{"T":"zz","S":"X"}]"#, kind: "unknown"),
        Row(name: "an unknown object", message: #"{"weather":1}"#, kind: "unknown"),
        Row(name: "an unknown list", message: "[1,2]", kind: "unknown"),
        Row(name: "a number", message: "7", kind: "unknown"),
        Row(
            name: "data streams before v2",
            message: #"{"stream":"T.SPY","data":{"ev":"T","T":"SPY","p":283.63}}"#, kind: "dead"),
        Row(
            name: "crypto data v1beta1", message: #"{"trades":[],"symbol":"BTCUSD"}"#,
            request: "GET /v1beta1/crypto/BTCUSD/trades", kind: "dead"),
    ]

    static let controls: [Row] = [
        Row(
            name: "welcome", message: #"[{"T":"success","msg":"connected"}]"#, kind: "control",
            control: "welcome"),
        Row(
            name: "authenticated", message: #"[{"T":"success","msg":"authenticated"}]"#,
            kind: "control", control: "authenticated"),
        Row(
            name: "subscribed",
            message: #"[{"T":"subscription","trades":["BTC/USD"],"quotes":[],"bars":[]}]"#,
            kind: "control", control: "subscribed"),
        Row(
            name: "a second connection",
            message: #"[{"T":"error","code":406,"msg":"connection limit exceeded"}]"#,
            kind: "control", control: "limited 406 connection limit exceeded"),
        Row(
            name: "wrong key", message: #"[{"T":"error","code":402,"msg":"auth failed"}]"#,
            kind: "control", control: "refused 402 auth failed"),
        Row(
            name: "what a client says",
            message: #"{"action":"auth","key":"K","secret":"S"}"#, kind: "control",
            control: "other"),
        Row(
            name: "the trading stream listens",
            message: #"{"stream":"listening","data":{"streams":["trade_updates"]}}"#,
            kind: "control", control: "subscribed trade_updates"),
        Row(
            name: "the trading stream knows us",
            message: #"{"data":{"status":"authorized","action":"authenticate"},"#
                + #""stream":"authorization"}"#, kind: "control", control: "authenticated"),
        Row(
            name: "the trading stream does not",
            message: #"{"stream":"authorization","data":{"status":"unauthorized","#
                + #""action":"listen"}}"#, kind: "control",
            control: "refused listen unauthorized"),
        Row(
            name: "REST at its limit",
            message: #"{"code":42910000,"message":"rate limit exceeded"}"#, kind: "control",
            control: "limited 42910000 rate limit exceeded"),
        Row(
            name: "REST refusal", message: #"{"message":"forbidden."}"#, kind: "control",
            control: "refused forbidden."),
        Row(
            name: "the clock",
            message: #"{"timestamp":"2022-04-19T13:45:04.98-04:00","is_open":true,"#
                + #""next_open":"x","next_close":"y"}"#,
            kind: "control", control: "time 1650390304980000000"),
    ]

    @Test("streams become events", arguments: messages)
    func streams(row: Row) { check(row) }

    @Test("answers are understood", arguments: controls)
    func answers(row: Row) { check(row) }

    @Test("REST answers and the trading stream become events", arguments: AlpacaAnswerRows.rows)
    func rest(row: Row) { check(row) }

    private func check(_ row: Row) {
        let result = DecodedText(row.message, AlpacaDecoder(.crypto), request: row.request)
        #expect(result.kind == row.kind)
        #expect(result.events == row.events)
        #expect(result.control == row.control)
    }

    @Test(
        "what a kind must have is missed where it is missing",
        arguments: [
            #"[{"T":"t","S":"X","p":1}]"#, #"[{"T":"t","p":1,"s":1}]"#, #"[{"T":"q","S":"X"}]"#,
            #"[{"T":"t","S":"X","p":1,"s":1,"t":"yesterday"}]"#,
            #"[{"T":"t","S":"X","p":1,"s":1,"t":"2021-02-30T00:00:00Z"}]"#,
            #"[{"T":"t","S":"X","p":1e999,"s":1}]"#, #"[{"T":"t","S":"X","p":01,"s":1}]"#,
            #"[{"T":"o","S":"X"}]"#, #"[{"T":"o","S":"X","b":[{"p":1}],"a":[]}]"#,
            #"[{"T":"o","S":"X","b":[],"b":[],"a":[]}]"#, #"[{"T":"b","S":"X","o":1}]"#,
            #"{"stream":"trade_updates","data":{"event":"fill"}}"#, "", "[", #"[{"T":"t""#, "nope",
        ])
    func damage(message: String) {
        #expect(DecodedText(message, AlpacaDecoder(.stocks)).kind.hasPrefix("failure"))
    }

    @Test("a MessagePack frame says the same as its JSON")
    func messagePack() {
        // [{"T":"t","S":…
        var frame: [UInt8] = [0x91, 0x87, 0xA1, 0x54, 0xA1, 0x74, 0xA1, 0x53, 0xA4]
        frame += Array("AAPL".utf8)
        frame += [0xA1, 0x69, 0xCD, 0x17, 0xFE]  // "i":6142
        frame += [0xA1, 0x70, 0xCB, 0x40, 0x66, 0x39, 0x47, 0xAE, 0x14, 0x7A, 0xE1]  // "p":177.79
        frame += [0xA1, 0x73, 0x5A, 0xA1, 0x63, 0x92, 0xA1, 0x40, 0xA1, 0x49]  // "s":90,"c":[…]
        frame += [0xA1, 0x74, 0xD7, 0xFF, 0, 0, 0, 40, 0, 0, 0, 10]  // "t": 10 s and 10 ns
        let result = DecodedText(frame, AlpacaDecoder(.stocks), isBinary: true)
        #expect(result.kind == "decoded")
        #expect(result.events == ["trade AAPL @10000000010 6142 177.79 90 unknown"])
        for count in 0..<frame.count {
            let kind = DecodedText(Array(frame.prefix(count)), AlpacaDecoder(.stocks)).kind
            #expect(kind.hasPrefix("failure"))
        }
    }

    @Test("a binary frame of the trading stream holds JSON")
    func binaryJSON() {
        let text = #"{"stream":"listening","data":{"streams":["trade_updates"]}}"#
        let result = DecodedText(text, AlpacaDecoder(.stocks), isBinary: true)
        #expect(result.control == "subscribed trade_updates")
    }
}
