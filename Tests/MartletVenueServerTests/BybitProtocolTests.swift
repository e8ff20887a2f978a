// Bybit from the venue's side: what it answers, and that its streams say what the market is.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Bybit, server side")
struct BybitProtocolTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let sent: String
        let answer: String
        var testDescription: String { sent }
    }

    private static let name = "\"conn_id\":\"6d617274-6c65-4000-8000-000000000001\""

    static let rows = [
        Row(
            sent: #"{"op":"ping"}"#,
            answer: "{\"success\":true,\"ret_msg\":\"pong\",\(name),\"op\":\"ping\"}"),
        Row(
            sent: #"{"req_id":"7","op":"ping"}"#,
            answer:
                "{\"success\":true,\"ret_msg\":\"pong\",\(name),\"req_id\":\"7\",\"op\":\"ping\"}"),
        Row(
            sent: #"{"op":"subscribe","args":["publicTrade.BTCUSDT"],"req_id":"a"}"#,
            answer: "{\"success\":true,\"ret_msg\":\"\",\(name),\"req_id\":\"a\","
                + "\"op\":\"subscribe\"}"),
        Row(
            sent: #"{"op":"subscribe","args":["orderbook.51.BTCUSDT"],"req_id":"a"}"#,
            answer: "{\"success\":false,\"ret_msg\":\"error:handler not found,"
                + "topic:orderbook.51.BTCUSDT\",\(name),\"req_id\":\"a\",\"op\":\"subscribe\"}"),
        Row(
            sent: #"{"op":"subscribe","args":["publicTrade.NOSUCH"]}"#,
            answer: "{\"success\":false,\"ret_msg\":\"error:handler not found,"
                + "topic:publicTrade.NOSUCH\",\(name),\"op\":\"subscribe\"}"),
        Row(
            sent: #"{"op":"subscribe","args":["kline.1.ETHUSDT"]}"#,
            answer: "{\"success\":false,\"ret_msg\":\"error:already subscribed,"
                + "topic:kline.1.ETHUSDT\",\(name),\"op\":\"subscribe\"}"),
        Row(
            sent: #"{"op":"unsubscribe","args":["kline.1.ETHUSDT"]}"#,
            answer: "{\"success\":true,\"ret_msg\":\"\",\(name),\"op\":\"unsubscribe\"}"),
        Row(
            sent: "hello",
            answer: "{\"success\":false,\"ret_msg\":\"Params Error\",\(name),\"op\":\"\"}"),
    ]

    private func bench(
        _ product: BybitProduct, seed: UInt64 = 1
    ) throws -> ProtocolBench {
        try #require(
            ProtocolBench(BybitProtocol(product), "/v5/public/\(product.rawValue)", seed: seed))
    }

    @Test("control messages are answered", arguments: rows)
    func control(row: Row) throws {
        var bench = try bench(.linear)
        _ = bench.say(#"{"op":"subscribe","args":["kline.1.ETHUSDT"]}"#)
        #expect(bench.say(row.sent) == [row.answer])
    }

    @Test("only the product's own path opens")
    func paths() {
        #expect(ProtocolBench(BybitProtocol(.spot), "/v5/public/linear") == nil)
        #expect(ProtocolBench(BybitProtocol(.spot), "/v5/private") == nil)
        #expect(ProtocolBench(BybitProtocol(.inverse), "/v5/public/inverse") != nil)
    }

    @Test("spot refuses an eleventh topic, and too many characters are refused")
    func limits() throws {
        var spot = try bench(.spot)
        let list = ["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D"].map {
            "\"kline.\($0).BTCUSDT\""
        }.joined(separator: ",")
        let refused = spot.say("{\"op\":\"subscribe\",\"args\":[\(list)]}")
        #expect(refused.first?.contains("args size >10") == true)
        #expect(spot.session.subscriptions.isEmpty)
        var linear = try bench(.linear)
        let many = Array(repeating: "\"\(String(repeating: "x", count: 100))\"", count: 211)
            .joined(separator: ",")
        let long = linear.say("{\"op\":\"subscribe\",\"args\":[\(many)]}")
        #expect(long.first?.contains("args length exceeds") == true)
    }

    @Test(
        "every topic's messages decode, books follow their numbers and end as the market's",
        arguments: [
            (BybitProduct.linear, "BTCUSDT", 50), (.linear, "XRPUSDT", 200),
            (.spot, "ETHUSDT", 1000), (.inverse, "BTCUSD", 50),
        ])
    func streams(product: BybitProduct, symbol: String, depth: Int) throws {
        var bench = try bench(product)
        var decoder = try #require(VenueCatalog.adapter(for: product.venue)).makeDecoder()
        var book = StreamedBook()
        var topics = [
            "orderbook.\(depth).\(symbol)", "publicTrade.\(symbol)", "tickers.\(symbol)",
            "orderbook.1.\(symbol)", "kline.1.\(symbol)",
        ]
        if product != .spot { topics.append("allLiquidation.\(symbol)") }
        let list = topics.map { "\"\($0)\"" }.joined(separator: ",")
        for text in bench.say("{\"op\":\"subscribe\",\"args\":[\(list)]}") {
            book.take(text, &decoder)
        }
        for _ in 0..<65 {
            for text in try bench.listen(1_000_000_000) { book.take(text, &decoder) }
        }
        #expect(book.failures.isEmpty)
        #expect(book.controls == 1 && book.snapshots == 1 && book.gaps == 0)
        #expect(book.changes > 20)
        let market = try #require(bench.market.instrument(symbol))
        let view = bench.market.view(
            depth: depth, cadence: try #require(BybitProtocol.cadence(ofDepth: depth)))
        let told = market.snapshot(of: view)
        #expect(told.bids.count == book.sides[.buy]?.count)
        for (side, levels) in [(Side.buy, told.bids), (.sell, told.asks)] {
            for level in levels {
                #expect(
                    book.sides[side]?[market.instrument.price(level.tick)]
                        == market.instrument.quantity(level.lots))
            }
        }
        for channel in [FeedChannel.trades, .bbo, .bars] {
            #expect(book.counts[channel] ?? 0 > 0)
        }
        if product != .spot {
            #expect(book.counts[.funding] ?? 0 > 0 && book.counts[.openInterest] ?? 0 > 0)
        }
        #expect(book.trades.count == min(market.trades.count, book.trades.count))
    }

    @Test("level 1 is told again after three seconds of silence")
    func repetition() throws {
        var bench = try bench(.linear)
        _ = bench.say(#"{"op":"subscribe","args":["orderbook.1.BTCUSDT"]}"#)
        var told = 0
        for second in 1...10 {
            let now = Int64(second) * 1_000_000_000
            told += bench.venue.tick(&bench.session, now: now, bench.moment).count
        }
        #expect(told == 3)
    }

    @Test(
        "REST answers decode",
        arguments: [
            ("instruments-info?category=linear&limit=1000", 3, FeedChannel.instruments),
            ("instruments-info?category=spot", 0, .instruments),
            ("orderbook?category=linear&symbol=BTCUSDT&limit=5", 1, .l2),
            ("kline?category=linear&symbol=BTCUSDT&interval=1&limit=7", 7, .bars),
            ("recent-trade?category=linear&symbol=BTCUSDT&limit=4", 4, .trades),
            ("tickers?category=linear&symbol=BTCUSDT", 1, .markPrice),
            ("funding/history?category=linear&symbol=BTCUSDT&limit=3", 3, .funding),
            (
                "open-interest?category=linear&symbol=BTCUSDT&intervalTime=5min&limit=2", 2,
                .openInterest
            ),
        ])
    func rest(target: String, count: Int, channel: FeedChannel) throws {
        var bench = try bench(.linear)
        _ = try bench.listen(20_000_000_000)
        let path = "/v5/market/" + target
        let answer = try #require(
            bench.venue.answer(ServerRequest("GET", path), bench.moment))
        var decoder = try #require(VenueCatalog.adapter(for: .bybitLinear)).makeDecoder()
        var batch = EventBatch()
        var found = 0
        try answer.body.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(
                Frame(bytes, request: "GET " + path), into: &batch)
            #expect(kind == .decoded)
            for index in 0..<batch.events.count where batch.events[index].channel == channel {
                found += 1
            }
        }
        #expect(found == count)
    }

    @Test("pages of instruments end, and wrong requests are refused")
    func pages() throws {
        let bench = try bench(.linear)
        func ask(_ path: String) -> String {
            bench.venue.answer(ServerRequest("GET", "/v5/market/" + path), bench.moment)?.text ?? ""
        }
        let first = ask("instruments-info?category=linear&limit=2")
        #expect(first.contains("\"nextPageCursor\":\"first%3D2\""))
        let second = ask("instruments-info?category=linear&limit=2&cursor=first%3D2")
        #expect(second.contains("XRPUSDT") && second.contains("\"nextPageCursor\":\"\""))
        #expect(ask("orderbook?category=linear&symbol=NOSUCH").contains("\"retCode\":10001"))
        #expect(ask("orderbook?category=spot&symbol=BTCUSDT").contains("\"retCode\":10001"))
        #expect(ask("kline?category=linear&symbol=BTCUSDT&interval=7").contains("10001"))
        #expect(ask("nothing").isEmpty)
    }
}
