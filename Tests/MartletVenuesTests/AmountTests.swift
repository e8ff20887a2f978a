// Numbers of every size and notation: written out digit for digit, or refused in clear words.

import MartletModel
import MartletVenues
import Testing

@Suite("Numbers in messages")
struct AmountTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let venue: VenueID
        var request: String?
        let text: String
        let events: [String]
        var testDescription: String { "\(venue) \(text.prefix(60))" }
    }

    static let exponents = [
        Row(
            venue: .binanceSpot,
            text: #"{"e":"trade","E":1,"s":"X","t":9,"p":"1.50e-7","q":"2E+3","T":1,"m":true}"#,
            events: ["trade X @1000000 9 0.000000150 2000 sell"]),
        Row(
            venue: .binanceUSDM,
            text: #"{"stream":"x@depth","data":{"e":"depthUpdate","E":1,"T":1,"s":"X","U":1,"#
                + #""u":2,"pu":0,"b":[["1e-8","1"],["0.5","0e0"]],"a":[[2E0,"3.0"]]}}"#,
            events: ["change X @1000000 [0.00000001x1,0.5x0] [2x3.0] u2"]),
        Row(
            venue: .binanceSpot, request: "GET /api/v3/depth?symbol=X&limit=5",
            text: #"{"lastUpdateId":7,"bids":[["1e-8","1"]],"asks":[]}"#,
            events: ["snapshot X @- [0.00000001x1] [] u7 depth 5"]),
        Row(
            venue: .binanceSpot,
            text: #"[{"e":"avgPrice"},{"u":4,"s":"X","b":"1e-2","B":"1","a":"2","A":"1"}]"#,
            events: ["quote X @- 0.01 1 2 1 u4"]),
        Row(
            venue: .bybitSpot,
            text: #"{"topic":"publicTrade.X","type":"snapshot","ts":1,"data":[{"T":1,"s":"X","#
                + #""S":"Buy","v":"1E2","p":"1.5e-5","i":"a"}]}"#,
            events: ["trade X @1000000 a 0.000015 100 buy"]),
        Row(
            venue: .okx,
            text: #"{"arg":{"channel":"trades","instId":"X"},"data":[{"instId":"X","#
                + #""tradeId":"1","px":"1.5e-5","sz":"1E2","side":"buy","ts":"1"}]}"#,
            events: ["trade X @1000000 1 0.000015 100 buy"]),
        Row(
            venue: .hyperliquid,
            text: #"{"channel":"trades","data":[{"coin":"X","side":"B","px":"1.5e-5","#
                + #""sz":"1E2","time":1,"hash":"0x","tid":1}]}"#,
            events: ["trade X @1000000 1 0.000015 100 buy"]),
        Row(
            venue: .mexcFutures,
            text: #"{"channel":"push.deal","symbol":"X","data":[{"p":"1.5e-5","v":1E2,"T":1,"#
                + #""t":1}],"ts":1}"#,
            events: ["trade X @1000000 0.000015 100 buy"]),
        Row(
            venue: .alpacaCrypto,
            text: #"[{"T":"t","S":"X","p":"1.5e-5","s":1E2,"t":"1970-01-01T00:00:01Z"}]"#,
            events: ["trade X @1000000000 0.000015 100 unknown"]),
    ]

    private func decode(_ row: Row) throws -> DecodedText {
        let adapter = try #require(VenueCatalog.adapter(for: row.venue))
        return DecodedText(row.text, adapter.makeDecoder(), request: row.request)
    }

    @Test("with exponents are written out on every venue", arguments: exponents)
    func writtenOut(row: Row) throws {
        let result = try decode(row)
        #expect(result.kind == "decoded")
        #expect(result.events == row.events)
    }

    @Test(
        "that are no numbers are refused at their place",
        arguments: [
            (#"{"e":"trade","s":"X","t":9,"p":"1e","q":"2","m":true}"#, 33),
            (#"{"e":"trade","s":"X","t":9,"p":"1e-7","q":"2e","m":true}"#, 33),
            (#"{"e":"trade","s":"X","t":9,"p":"1e9999","q":"2","m":true}"#, 33),
            (#"{"e":"trade","s":"X","t":9,"p":"NaN","q":"2","m":true}"#, 32),
        ])
    func refused(text: String, offset: Int) {
        let result = DecodedText(text, BinanceVenueDecoder(.spot))
        #expect(result.kind == "failure not plain decimal text at byte \(offset)")
    }

    @Test("that would be too long when written out are refused, not expanded without end")
    func hostile() {
        let levels = Array(repeating: #"["1e400","1"]"#, count: 20_000).joined(separator: ",")
        let result = DecodedText(
            #"{"lastUpdateId":7,"bids":[\#(levels)],"asks":[]}"#, BinanceVenueDecoder(.spot))
        #expect(result.kind.hasPrefix("failure not plain decimal text"))
    }

    @Test(
        "above the largest that is kept are refused in clear words",
        arguments: [
            (VenueID.binanceSpot, "9223372036854775808"),
            (.binanceSpot, "18446744073709551616"), (.mexcFutures, "9223372036854775808"),
        ])
    func tooLarge(venue: VenueID, number: String) throws {
        let text =
            venue == .mexcFutures
            ? #"{"channel":"push.depth","symbol":"X","data":{"asks":[],"version":\#(number)}}"#
            : #"{"e":"depthUpdate","s":"X","U":1,"u":\#(number),"b":[],"a":[]}"#
        let result = try decode(Row(venue: venue, text: text, events: []))
        #expect(result.kind.contains("above 9223372036854775807, the largest that is kept"))
        let fitting = text.replacing(number, with: "9223372036854775807")
        let kept = try decode(Row(venue: venue, text: fitting, events: []))
        #expect(kept.events == ["change X @- [] [] u9223372036854775807"])
    }
}
