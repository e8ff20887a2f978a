// Envelopes are written field by field as documented.

import MartletModel
import MartletVenues
import Testing

@Suite("Envelope writer")
struct EnvelopeWriterTests {
    private func lines(_ writer: borrowing EnvelopeWriter) -> [String] {
        String(decoding: writer.lines, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static let tail =
        ",\"receiveTime\":1700000000123456789,\"connection\":3,\"sequence\":17,\"data\":"

    private static func expected(
        _ type: String, _ channel: String, _ data: String,
        instrument: String = "\"BTC-USDT-SWAP\"", time: String = "1700000000000"
    ) -> String {
        "{\"v\":1,\"type\":\"\(type)\",\"venue\":\"okx\",\"instrument\":\(instrument),"
            + "\"channel\":\"\(channel)\",\"exchangeTime\":\(time)" + tail + data + "}"
    }

    @Test("writes public events with the documented fields in order")
    func market() {
        var batch = EventBatch()
        batch.fillWithEverything()
        var writer = EnvelopeWriter(capacity: 1)
        writer.append(batch, SampleRecords.context)
        let lines = lines(writer)
        #expect(lines.count == batch.events.count)
        let market = [
            Self.expected(
                "trade", "trades",
                #"{"id":"7","price":"100.50","quantity":"0.10","aggressor":"sell"}"#),
            Self.expected(
                "trade", "trades",
                #"{"id":"7","price":"100.50","quantity":"0.10","aggressor":"sell","firstId":"5","#
                    + #""lastId":"7","flags":["nonMarket"]}"#),
            Self.expected(
                "book_change", "l2",
                #"{"bids":[],"asks":[],"firstUpdate":null,"lastUpdate":null,"#
                    + #""previousUpdate":null,"depth":null}"#),
            Self.expected(
                "book_snapshot", "l2",
                #"{"bids":[["1","0"],["0.9","2.0"]],"asks":[["1.1","3"]],"firstUpdate":1,"#
                    + #""lastUpdate":2,"previousUpdate":0,"depth":20,"checksum":-5}"#),
            Self.expected(
                "book_ticker", "bbo",
                #"{"bidPrice":"1","bidQuantity":"2","askPrice":null,"askQuantity":null,"update":9}"#
            ),
            Self.expected(
                "bar", "bars",
                #"{"interval":"8h","openTime":0,"closeTime":28800000000000,"open":"1","high":"2","#
                    + #""low":"0.5","close":"1.5","volume":"10","closed":null}"#),
            Self.expected("mark_price", "markprice", #"{"price":"1.25"}"#),
            Self.expected("index_price", "indexprice", #"{"price":"1.26"}"#),
            Self.expected(
                "funding", "funding",
                #"{"rate":"-0.0001","nextFundingTime":5,"interval":"1M"}"#),
            Self.expected("open_interest", "openinterest", #"{"quantity":"123456"}"#),
            Self.expected(
                "liquidation", "liquidations",
                #"{"side":"sell","price":"99","priceKind":"bankruptcy","quantity":"4"}"#),
            Self.expected(
                "status", "status", #"{"state":"halted","text":"a\u0041\n","reason":null}"#),
        ]
        for (line, expected) in zip(lines, market) { #expect(line == expected) }
    }

    @Test("writes private events and rules with the documented fields in order")
    func account() {
        var batch = EventBatch()
        batch.fillWithEverything()
        var writer = EnvelopeWriter()
        writer.append(batch, SampleRecords.context)
        let lines = lines(writer)
        let account = [
            Self.expected(
                "fill", "fills",
                #"{"id":null,"orderId":null,"clientOrderId":null,"side":"buy","price":"1","#
                    + #""quantity":"2","leaves":null,"isMaker":null,"fee":null,"feeAsset":null,"#
                    + #""realizedPnl":null,"isLiquidation":false}"#),
            Self.expected(
                "fill", "fills",
                #"{"id":"f1","orderId":"o1","clientOrderId":"c\"1\u0001é","side":"buy","#
                    + #""price":"1","quantity":"2","leaves":"0","isMaker":true,"fee":"-0.01","#
                    + #""feeAsset":"USDT","realizedPnl":"3","isLiquidation":true}"#),
            Self.expected(
                "order", "orders",
                #"{"orderId":null,"clientOrderId":null,"side":null,"type":null,"#
                    + #""timeInForce":null,"reduceOnly":null,"price":null,"triggerPrice":null,"#
                    + #""quantity":null,"filled":null,"averagePrice":null,"status":"working","#
                    + #""statusText":null,"reason":null}"#),
            Self.expected(
                "order", "orders",
                #"{"orderId":"o1","clientOrderId":"c1","side":"sell","type":"LIMIT","#
                    + #""timeInForce":"GTX","reduceOnly":false,"price":"1","triggerPrice":"2","#
                    + #""quantity":"3","filled":"0","averagePrice":"0.0","status":"working","#
                    + #""statusText":"NEW","reason":""}"#),
            Self.expected(
                "position", "positions",
                #"{"side":"net","quantity":"-2","entryPrice":null,"markPrice":null,"#
                    + #""liquidationPrice":null,"unrealizedPnl":null,"leverage":null}"#),
            Self.expected(
                "position", "positions",
                #"{"side":"net","quantity":"-2","entryPrice":"1","markPrice":"1.1","#
                    + #""liquidationPrice":"3","unrealizedPnl":"-0.2","leverage":"10"}"#),
            Self.expected(
                "balance", "balances",
                #"{"asset":"USDT","total":null,"available":null,"change":null}"#,
                instrument: "null", time: "null"),
            Self.expected(
                "balance", "balances",
                #"{"asset":"USDT","total":"10","available":"9","change":"-1"}"#,
                instrument: "null", time: "null"),
            Self.expected(
                "instrument", "instruments",
                #"{"kind":"linear","state":"unknown","stateText":null,"baseAsset":null,"#
                    + #""quoteAsset":null,"settlementAsset":null,"unit":"contracts","#
                    + #""tickSize":null,"priceFiguresMax":null,"lotSize":null,"#
                    + #""minimumQuantity":null,"maximumQuantity":null,"minimumNotional":null,"#
                    + #""multiplier":null,"expiryTime":null,"fundingInterval":null}"#),
            Self.expected(
                "instrument", "instruments",
                #"{"kind":"linear","state":"trading","stateText":"live","baseAsset":"BTC","#
                    + #""quoteAsset":"USDT","settlementAsset":"USDT","unit":"contracts","#
                    + #""tickSize":"0.1","priceFiguresMax":5,"lotSize":"1","#
                    + #""minimumQuantity":"1","maximumQuantity":"1000","minimumNotional":"5","#
                    + #""multiplier":"0.01","expiryTime":1,"fundingInterval":"8h","#
                    + #""apiAllowed":false}"#),
        ]
        for (line, expected) in zip(lines.suffix(account.count), account) {
            #expect(line == expected)
        }
    }

    @Test("a fallback names the instrument of events that are of one, and of no others")
    func fallback() {
        var batch = EventBatch()
        batch.fillWithNameless()
        var context = SampleRecords.context
        context.instrument = "X\"Y"
        var writer = EnvelopeWriter()
        writer.append(batch, context)
        let lines = lines(writer)
        #expect(lines[0].contains(#""instrument":"X\"Y","channel":"trades","exchangeTime":null"#))
        #expect(lines[0].contains(#""data":{"id":null,"#))
        #expect(lines[1].contains(#""instrument":null"#))
        #expect(lines[2].contains(#""instrument":null"#))
    }

    @Test("writes records of the stream itself")
    func records() {
        var writer = EnvelopeWriter()
        var context = SampleRecords.context
        context.instrument = "BTC-USDT-SWAP"
        for (record, channel) in SampleRecords.all {
            writer.append(record, channel: channel, context)
        }
        let lines = lines(writer)
        let trouble = #"{"reason":"sequence","expected":5,"seen":9,"count":4}"#
        #expect(lines[2] == Self.expected("gap", "l2", trouble, time: "null"))
        #expect(
            lines[0].hasSuffix(#""data":{"reason":null,"expected":null,"seen":null,"count":1}}"#))
        #expect(lines[0].contains(#""channel":null"#))
        #expect(
            lines[4].hasSuffix(
                #""data":{"frames":1,"events":2,"gaps":3,"resyncs":4,"dropped":5}}"#))
        #expect(
            lines[5]
                == Self.expected(
                    "status", "l2", #"{"state":"live","text":null,"reason":null}"#, time: "null"))
    }

    @Test(
        "writes whole numbers to their ends",
        arguments: [0, 9, 10, -1, 1_700_000_000_000_000_000, Int64.max, Int64.min])
    func integers(value: Int64) {
        var writer = EnvelopeWriter(capacity: 1)
        writer.append(
            .gap(FeedTrouble(expected: value)), channel: nil, SampleRecords.context)
        #expect(lines(writer)[0].contains("\"expected\":\(value),"))
    }

    @Test("a slice with bytes that are not UTF-8 still makes a valid line")
    func repaired() {
        var batch = EventBatch()
        let header = EventHeader(instrument: batch.keep([0x41, 0xFF, 0x22]), exchangeTime: nil)
        batch.events.append(.markPrice(PriceEvent(header: header, price: batch.number("1"))))
        var writer = EnvelopeWriter()
        writer.append(batch, SampleRecords.context)
        #expect(lines(writer)[0].contains("\"instrument\":\"A\u{FFFD}\\\"\""))
    }
}
