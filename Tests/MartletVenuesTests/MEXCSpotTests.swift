// MEXC spot's protobuf pushes and JSON answers become the documented events.

import MartletModel
import MartletVenues
import Testing

/// A protobuf message put together field by field, as the wire format has it.
struct ProtobufBytes {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    func adding(_ field: UInt64, _ number: UInt64) -> ProtobufBytes {
        var copy = self
        copy.varint(field << 3)
        copy.varint(number)
        return copy
    }

    func adding(_ field: UInt64, _ value: [UInt8]) -> ProtobufBytes {
        var copy = self
        copy.varint(field << 3 | 2)
        copy.varint(UInt64(value.count))
        copy.bytes += value
        return copy
    }

    func adding(_ field: UInt64, _ text: String) -> ProtobufBytes {
        adding(field, Array(text.utf8))
    }

    func adding(_ field: UInt64, _ message: ProtobufBytes) -> ProtobufBytes {
        adding(field, message.bytes)
    }
}

@Suite("MEXC spot")
struct MEXCSpotTests {
    private static let empty = ProtobufBytes()

    private static func push(
        _ channel: String, _ field: UInt64, _ body: ProtobufBytes
    ) -> ProtobufBytes {
        empty.adding(1, channel).adding(3, "BTCUSDT").adding(6, 7).adding(field, body)
    }

    private static func level(_ price: String, _ quantity: String) -> ProtobufBytes {
        empty.adding(1, price).adding(2, quantity)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        var kind = "decoded"
        var expected: [String] = []
        var testDescription: String { name }
    }

    private static func hexadecimal(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    static let pushes: [Row] = [
        Row(
            name: "documented depth",
            bytes: hexadecimal(
                "0a2f73706f74407075626c69632e61676772652e64657074682e76332e6170692e7062403130306d73"
                    + "40425443555344541a074254435553445430bad2c3d1c432ca13730a160a0839323837372e36"
                    + "30120a302e353030303030303012160a0839323837372e3538120a302e30303030303030301a"
                    + "2773706f74407075626c69632e61676772652e64657074682e76332e6170692e706240313030"
                    + "6d73220b31303538393633323335392a0b3130353839363332333631"),
            expected: [
                "change BTCUSDT @1736411507002000000 [92877.58x0.00000000] [92877.60x0.50000000] "
                    + "u10589632361"
            ]),
        Row(
            name: "documented trade",
            bytes: hexadecimal(
                "0a2f73706f74407075626c69632e61676772652e6465616c732e76332e6170692e7062403130306d73"
                    + "40425443555344541a074254435553445430bca9d9d0c432d2134a0a1f0a0839333232302e30"
                    + "30120a302e3034343338323433180220bba9d9d0c432122773706f74407075626c69632e6167"
                    + "6772652e6465616c732e76332e6170692e7062403130306d73"),
            expected: ["trade BTCUSDT @1736409765051000000 93220.00 0.04438243 sell"]),
        Row(
            name: "top of the book, name from the channel, fields in another order",
            bytes: empty.adding(
                303,
                empty.adding(4, "36").adding(1, level("2", "0.2")).adding(2, level("1", "0.1"))
            ).adding(1, "spot@public.limit.depth.v3.api.pb@ETHUSDT@5").adding(5, 3).bytes,
            expected: ["snapshot ETHUSDT @3000000 [1x0.1] [2x0.2] u36 depth 5"]),
        Row(
            name: "changes one by one, and in a batch",
            bytes: push(
                "spot@public.increase.depth.batch.v3.api.pb@BTCUSDT", 312,
                empty.adding(1, empty.adding(2, level("1", "0E-8")).adding(4, "8"))
                    .adding(1, empty.adding(1, level("2", "3")).adding(4, "9")).adding(2, "x")
            ).bytes,
            expected: [
                "change BTCUSDT @7000000 [1x0.00000000] [] u8",
                "change BTCUSDT @7000000 [] [2x3] u9",
            ]),
        Row(
            name: "quote with an empty side and a version",
            bytes: push(
                "spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT", 315,
                empty.adding(1, "1.0").adding(2, "5").adding(3, "").adding(5, "77")
            ).bytes,
            expected: ["quote BTCUSDT @7000000 1.0 5 - - u77"]),
        Row(
            name: "batch of quotes",
            bytes: push(
                "spot@public.bookTicker.batch.v3.api.pb@BTCUSDT", 311,
                empty.adding(
                    1, empty.adding(1, "1").adding(2, "2").adding(3, "3").adding(4, "4")
                ).adding(2, "12")
            ).bytes,
            expected: ["quote BTCUSDT @7000000 1 2 3 4 u12"]),
        Row(
            name: "bar",
            bytes: push(
                "spot@public.kline.v3.api.pb@BTCUSDT@Min15", 308,
                empty.adding(1, "Min15").adding(2, 900).adding(3, "1").adding(4, "4")
                    .adding(5, "5").adding(6, "0.5").adding(7, "10").adding(8, "99").adding(9, 1800)
            ).bytes,
            expected: ["bar BTCUSDT @7000000 15m 900000000000..1800000000000 1 5 0.5 4 10"]),
        Row(
            name: "statistics say nothing",
            bytes: push("spot@public.miniTicker.v3.api.pb@BTCUSDT@UTC+8", 309, empty.adding(2, "1"))
                .bytes),
        Row(
            name: "order",
            bytes: push(
                "spot@private.orders.v3.api.pb", 304,
                empty.adding(1, "C02__1").adding(2, "mt-1").adding(3, "3.51").adding(4, "1")
                    .adding(6, "3.51").adding(7, 2).adding(8, 1).adding(13, "0.4").adding(15, 3)
            ).bytes,
            expected: [
                "order BTCUSDT @7000000 C02__1 client mt-1 buy LIMIT_MAKER GTX at 3.51 quantity 1 "
                    + "filled 0.4 average 3.51 partiallyFilled 3"
            ]),
        Row(
            name: "IOC rest",
            bytes: push(
                "spot@private.orders.v3.api.pb", 304,
                empty.adding(1, "C1").adding(3, "3").adding(4, "1").adding(6, "0").adding(7, 3)
                    .adding(8, 2).adding(13, "0").adding(15, 4)
            ).bytes,
            expected: [
                "order BTCUSDT @7000000 C1 sell IMMEDIATE_OR_CANCEL IOC at 3 quantity 1 filled 0 "
                    + "expired 4"
            ]),
        Row(
            name: "canceled with a part filled",
            bytes: push(
                "spot@private.orders.v3.api.pb", 304,
                empty.adding(1, "C1").adding(3, "3").adding(4, "1").adding(6, "3").adding(7, 3)
                    .adding(8, 2).adding(13, "0.5").adding(15, 5)
            ).bytes,
            expected: [
                "order BTCUSDT @7000000 C1 sell IMMEDIATE_OR_CANCEL IOC at 3 quantity 1 "
                    + "filled 0.5 average 3 canceled 5"
            ]),
        Row(
            name: "fill",
            bytes: push(
                "spot@private.deals.v3.api.pb", 306,
                empty.adding(1, "3.6962").adding(2, "1").adding(3, "3.6962").adding(4, 2)
                    .adding(7, "50X1").adding(9, "C02").adding(10, "0.0003").adding(11, "MX")
                    .adding(12, 5)
            ).bytes,
            expected: ["fill BTCUSDT @5000000 50X1 order C02 sell 3.6962 1 taker fee 0.0003 MX"]),
        Row(
            name: "balance",
            bytes: push(
                "spot@private.account.v3.api.pb", 307,
                empty.adding(1, "USDT").adding(2, "12").adding(3, "21.94").adding(4, "10")
                    .adding(5, "0.006").adding(7, "DEPOSIT").adding(8, 5)
            ).bytes,
            expected: ["balance - @5000000 USDT total 21.946 available 21.94"]),
        Row(
            name: "unknown fields are passed, groups too",
            bytes: [0x13, 0x08, 0x01, 0x14]
                + push(
                    "spot@public.aggre.deals.v3.api.pb@10ms@BTCUSDT", 314,
                    empty.adding(99, "?").adding(
                        1,
                        empty.adding(1, "1").adding(2, "2").adding(3, 1).adding(4, 5).adding(
                            5, "9X0"
                        ).adding(77, 3))
                ).bytes,
            expected: ["trade BTCUSDT @5000000 9X0 1 2 buy"]),
        Row(
            name: "a body that nobody knows",
            bytes: push("spot@public.new@BTCUSDT", 399, empty).bytes,
            kind: "unknown"),
        Row(
            name: "nothing but a channel",
            bytes: empty.adding(1, "spot@public.aggre.deals.v3.api.pb@10ms@BTCUSDT").bytes),
    ]

    @Test("reads its pushes", arguments: pushes)
    func push(row: Row) {
        let result = DecodedText(row.bytes, MEXCSpotDecoder(), isBinary: true)
        #expect(result.kind == row.kind)
        #expect(result.events == row.expected, "\(result.events)")
    }

    @Test("no cut of a push and no change of its bytes traps", arguments: pushes)
    func damage(row: Row) {
        var random = SeededGenerator(seed: UInt64(row.bytes.count))
        for count in 0..<row.bytes.count {
            _ = DecodedText(Array(row.bytes[..<count]), MEXCSpotDecoder(), isBinary: true)
        }
        for _ in 0..<500 {
            var damaged = row.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            _ = DecodedText(damaged, MEXCSpotDecoder(), isBinary: true)
        }
    }

    @Test(
        "refuses what is no protobuf",
        arguments: [
            [], [0x0A], [0x0A, 0x05, 0x61], [0x08], [0xFF], Array(repeating: 0xFF, count: 12),
            [0x02, 0x00], [0x0E, 0x00], [0x0C], [0x13, 0x08, 0x01], [0x13, 0x1C],
            Array(repeating: 0x13, count: 100),
            // A quote in a text, a text that is not UTF-8, a time below 0, a price that is none.
            [0x0A, 0x01, 0x22], [0x0A, 0x01, 0xFF],
            [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0xD2, 0x13, 0x05, 0x0A, 0x03, 0x0A, 0x01, 0x78], [0xD2, 0x13, 0x02, 0x0A, 0x00],
        ] as [[UInt8]])
    func refusals(bytes: [UInt8]) {
        let result = DecodedText(bytes, MEXCSpotDecoder(), isBinary: true)
        #expect(result.kind.hasPrefix("failure"), "\(result.kind)")
    }

    struct TextRow: CustomTestStringConvertible, Sendable {
        let name: String
        var request: String?
        let text: String
        var kind = "decoded"
        var expected: [String] = []
        var testDescription: String { name }
    }

    static let texts = [
        TextRow(
            name: "acknowledgement",
            text: #"{"id":1,"code":0,"msg":"spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"}"#,
            kind: "control",
            expected: ["subscribed 1 spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"]),
        TextRow(
            name: "refusal with code 0",
            text:
                #"{"id":0,"code":0,"msg":"Not Subscribed successfully! [spot@x]. Reason: Blocked!"}"#,
            kind: "control",
            expected: ["refused 0 0 Not Subscribed successfully! [spot@x]. Reason: Blocked!"]),
        TextRow(
            name: "pong", text: #"{"id":0,"code":0,"msg":"PONG"}"#, kind: "control",
            expected: ["pong"]),
        TextRow(
            name: "ping of the venue", text: #"{"method":"PING"}"#, kind: "control",
            expected: [#"ping {"method":"PONG"}"#]),
        TextRow(
            name: "limit", text: #"{"code":429,"msg":"Too many requests"}"#, kind: "control",
            expected: ["limited 429 Too many requests"]),
        TextRow(
            name: "clock", text: #"{"serverTime":1645539742000}"#, kind: "control",
            expected: ["time 1645539742000000000"]),
        TextRow(
            name: "JSON push of version 3",
            text: #"{"c":"spot@public.deals.v3.api@ETHUSDT","d":{"deals":[]},"s":"ETHUSDT","t":1}"#,
            kind: "dead"),
        TextRow(
            name: "JSON push of version 2",
            text: #"{"symbol":"BTC_USDT","data":{"deals":[]},"channel":"push.deal"}"#, kind: "dead"),
        TextRow(
            name: "push shown as JSON",
            text:
                #"{"channel":"spot@public.aggre.depth.v3.api.pb@10ms@BTCUSDT","symbol":"BTCUSDT","sendTime":"7","publicAggreDepths":{"asks":[{"price":"100.1","quantity":"0"}],"bids":[],"fromVersion":"102","toVersion":"103"}}"#,
            expected: ["change BTCUSDT @7000000 [] [100.1x0] u103"]),
        TextRow(
            name: "order shown as JSON",
            text:
                #"{"channel":"spot@private.orders.v3.api.pb","symbol":"MXUSDT","sendTime":7,"privateOrders":{"id":"C02__1","clientId":"mt-1","price":"3.51","quantity":"1","avgPrice":"3.51","orderType":2,"tradeType":1,"remainQuantity":"0.6","cumulativeQuantity":"0.4","status":3,"createTime":5}}"#,
            expected: [
                "order MXUSDT @7000000 C02__1 client mt-1 buy LIMIT_MAKER GTX at 3.51 quantity 1 "
                    + "filled 0.4 average 3.51 partiallyFilled 3"
            ]),
        TextRow(
            name: "fill shown as JSON",
            text:
                #"{"channel":"spot@private.deals.v3.api.pb","symbol":"MXUSDT","sendTime":7,"privateDeals":{"price":"3.6962","quantity":"1","amount":"3.6962","tradeType":2,"tradeId":"50X1","orderId":"C02","feeAmount":"0.0003","feeCurrency":"MX","time":5}}"#,
            expected: ["fill MXUSDT @5000000 50X1 order C02 sell 3.6962 1 taker fee 0.0003 MX"]),
        TextRow(
            name: "balance shown as JSON",
            text:
                #"{"channel":"spot@private.account.v3.api.pb","createTime":6,"sendTime":7,"privateAccount":{"vcoinName":"USDT","coinId":"12","balanceAmount":"21.94","balanceAmountChange":"-2","frozenAmount":"0.006","type":"CONTRACT_TRANSFER","time":5}}"#,
            expected: ["balance - @5000000 USDT total 21.946 available 21.94"]),
        TextRow(
            name: "depth", request: "GET /api/v3/depth?symbol=BTCUSDT&limit=1000",
            text:
                #"{"lastUpdateId":1112416,"bids":[["15.00000","49999.00000"]],"asks":[["16","1"]]}"#,
            expected: ["snapshot BTCUSDT @- [15.00000x49999.00000] [16x1] u1112416 depth 1000"]),
        TextRow(
            name: "trades without ids", request: "GET /api/v3/trades?symbol=ETHUSDT",
            text:
                #"[{"id":null,"price":"3219.58","qty":"0.04757","quoteQty":"153.1","time":1737623988881,"isBuyerMaker":false,"isBestMatch":true,"tradeType":"BID"}]"#,
            expected: ["trade ETHUSDT @1737623988881000000 3219.58 0.04757 buy"]),
        TextRow(
            name: "bars", request: "GET /api/v3/klines?symbol=BTCUSDT&interval=60m",
            text: #"[[3600000,"1","3","0.5","2","10",7200000,"20"]]"#,
            expected: ["bar BTCUSDT @- 1h 3600000000000..7200000000000 1 3 0.5 2 10"]),
        TextRow(
            name: "rules",
            text:
                #"{"timezone":"CST","serverTime":5,"symbols":[{"symbol":"BROCKUSDT","status":"1","baseAsset":"BROCK","baseAssetPrecision":2,"quoteAsset":"USDT","quotePrecision":5,"quoteAssetPrecision":5,"quoteAmountPrecision":"1","baseSizePrecision":"0","filters":[]}]}"#,
            expected: [
                "instrument BROCKUSDT @5000000 spot trading 1 BROCK USDT base tick 0.00001 "
                    + "lot 0.01 notional 1"
            ]),
        TextRow(
            name: "rules of what may not be traded by programs",
            text:
                #"{"timezone":"CST","serverTime":5,"symbols":[{"symbol":"X","status":"1","baseAsset":"X","baseAssetPrecision":2,"quoteAsset":"Y","quotePrecision":2,"isSpotTradingAllowed":false}]}"#,
            expected: [
                "instrument X @5000000 spot trading 1 X Y base tick 0.01 lot 0.01 no programs"
            ]),
        TextRow(
            name: "order that was accepted",
            text:
                #"{"symbol":"MXUSDT","orderId":"06a4","orderListId":-1,"price":"0.1","origQty":"50","type":"LIMIT","side":"BUY","transactTime":5}"#,
            expected: ["order MXUSDT @5000000 06a4 buy LIMIT at 0.1 quantity 50 sent"]),
        TextRow(
            name: "balances",
            text: #"{"accountType":"SPOT","balances":[{"asset":"MX","free":"3","locked":"0.5"}]}"#,
            expected: ["balance - @- MX total 3.5 available 3"]),
    ]

    @Test("reads its texts", arguments: texts)
    func text(row: TextRow) {
        let result = DecodedText(row.text, MEXCSpotDecoder(), request: row.request)
        #expect(result.kind == row.kind)
        if row.kind == "control" {
            #expect([result.control] == row.expected)
        } else {
            #expect(result.events == row.expected, "\(result.events)")
        }
    }

    @Test("subscribes by channel names, thirty a connection at most")
    func adapter() throws {
        let adapter = MEXCSpotAdapter()
        let topics = [
            Topic(.trades, of: "BTCUSDT"), Topic(.l2, of: "BTCUSDT"),
            Topic(.l2, of: "BTCUSDT", depth: 5), Topic(.bbo, of: "BTCUSDT"),
            Topic(.bars, of: "BTCUSDT", interval: BarInterval(seconds: 900)), Topic(.fills, of: ""),
        ]
        #expect(
            adapter.subscribe(topics, id: 3) == [
                #"{"method":"SUBSCRIPTION","params":["#
                    + #""spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT","#
                    + #""spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT","#
                    + #""spot@public.limit.depth.v3.api.pb@BTCUSDT@5","#
                    + #""spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT","#
                    + #""spot@public.kline.v3.api.pb@BTCUSDT@Min15","#
                    + #""spot@private.deals.v3.api.pb"],"id":3}"#
            ])
        #expect(try adapter.route(of: topics[0]).path == "/ws")
        #expect(adapter.profile.topicsPerConnection == 30)
        #expect(adapter.symbol(for: "BTC/USDT") == "BTCUSDT")
        #expect(adapter.symbol(for: "BTC/USDT:USDT") == nil)
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.trades, of: "btcusdt")) }
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.trades, of: "BTC_USDT")) }
        #expect(throws: Failure.self) { try adapter.route(of: Topic(.funding, of: "BTCUSDT")) }
    }
}
