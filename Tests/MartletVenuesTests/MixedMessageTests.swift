// Messages with parts of several kinds: the worst part names the kind, the other parts give events.

import MartletModel
import MartletVenues
import Testing

@Suite("Messages of several parts")
struct MixedMessageTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let venue: VenueID
        var request: String?
        let text: String
        var kind = "unknown"
        var events: [String] = []
        var control = ""
        var testDescription: String { name }
    }

    private static let alpacaTrade = #"{"T":"t","S":"X","p":1,"s":2,"t":"1970-01-01T00:00:01Z"}"#
    private static let binanceMark = #"{"e":"markPriceUpdate","E":2,"s":"A","p":"1"}"#
    private static let binanceDepth =
        #"{"e":"depthUpdate","E":2,"s":"A","U":1,"u":3,"b":[["1","2"]],"a":[]}"#

    static let rows = [
        Row(
            name: "Alpaca: a new type beside trades", venue: .alpacaCrypto,
            text: "[\(alpacaTrade),{\"T\":\"zz\",\"S\":\"X\"},\(alpacaTrade)]",
            events: Array(repeating: "trade X @1000000000 1 2 unknown", count: 2)),
        Row(
            name: "Alpaca: an element without a type", venue: .alpacaStocks,
            text: "[\(alpacaTrade),{\"S\":\"X\"}]", events: ["trade X @1000000000 1 2 unknown"]),
        Row(
            name: "Alpaca: an element whose type is null", venue: .alpacaStocks,
            text: "[\(alpacaTrade),{\"T\":null,\"S\":\"X\"}]",
            events: ["trade X @1000000000 1 2 unknown"]),
        Row(
            name: "Alpaca: an element that is no object", venue: .alpacaStocks,
            text: "[\(alpacaTrade),7,\(alpacaTrade)]",
            events: Array(repeating: "trade X @1000000000 1 2 unknown", count: 2)),
        Row(
            name: "Alpaca: a known type without an event beside an answer", venue: .alpacaStocks,
            text: #"[{"T":"l","S":"X"},{"T":"success","msg":"connected"}]"#, kind: "decoded",
            control: "welcome"),
        Row(
            name: "Alpaca: an answer beside a new type", venue: .alpacaStocks,
            text: #"[{"T":"success","msg":"authenticated"},{"T":"zz"}]"#,
            control: "authenticated"),
        Row(
            name: "Binance: a new event in an array", venue: .binanceUSDM,
            text: "[\(binanceMark),{\"e\":\"brandNew\",\"s\":\"A\"},\(binanceMark)]",
            events: Array(repeating: "mark A @2000000 1", count: 2)),
        Row(
            name: "Binance: an element that is no object", venue: .binanceUSDM,
            text: "{\"stream\":\"!markPrice@arr\",\"data\":[\(binanceMark),null,\(binanceMark)]}",
            events: Array(repeating: "mark A @2000000 1", count: 2)),
        Row(
            name: "Binance: each book of an array keeps its levels", venue: .binanceSpot,
            text: "[\(binanceDepth),{\"e\":\"avgPrice\"},\(binanceDepth)]", kind: "decoded",
            events: Array(repeating: "change A @2000000 [1x2] [] u3", count: 2)),
        Row(
            name: "Binance: a refusal beside an order", venue: .binanceUSDM,
            text: #"[{"code":-1,"msg":"no"},{"orderId":1,"symbol":"A","status":"NEW"}]"#,
            kind: "decoded", events: ["order A @- 1 working NEW"], control: "refused -1 no"),
        Row(
            name: "Bybit: a liquidation of the old shape beside a present one",
            venue: .bybitLinear,
            text: #"{"topic":"allLiquidation.A","type":"snapshot","ts":2,"data":[{"T":1,"#
                + #""s":"A","S":"Buy","v":"1","p":"2"},{"symbol":"A","side":"Buy","qty":1}]}"#,
            kind: "dead", events: ["liquidation A @1000000 sell 2 bankruptcy 1"]),
        Row(
            name: "MEXC spot: an unknown entry beside a trade", venue: .mexcSpot,
            text: #"[{"id":null,"price":"1","qty":"2","time":3,"isBuyerMaker":true},{"x":1}]"#,
            events: ["trade - @3000000 1 2 sell"]),
        Row(
            name: "MEXC spot: all of several orders refused", venue: .mexcSpot,
            text: #"[{"code":30002,"msg":"a"},{"code":30002,"msg":"b"}]"#, kind: "control",
            control: "other"),
        Row(
            name: "Hyperliquid: an event of an account of an unknown kind", venue: .hyperliquid,
            text: #"{"channel":"user","data":{"somethingNew":[1]}}"#),
        Row(
            name: "Hyperliquid: an unknown part beside fills", venue: .hyperliquid,
            text: #"{"channel":"user","data":{"fills":[],"somethingNew":[1]}}"#,
            kind: "decoded"),
    ]

    @Test("are counted by the worst part and give the events of the others", arguments: rows)
    func parts(row: Row) throws {
        let adapter = try #require(VenueCatalog.adapter(for: row.venue))
        let result = DecodedText(row.text, adapter.makeDecoder(), request: row.request)
        #expect(result.kind == row.kind)
        #expect(result.events == row.events)
        #expect(result.control == row.control)
        #expect(result.note.isEmpty == (row.kind != "unknown" && row.kind != "dead"))
    }
}
