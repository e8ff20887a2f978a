// OKX from the venue's side: routes, subscriptions, books that chain, answers.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

@Suite("OKX, server side")
struct OKXProtocolTests {
    private func bench(
        _ route: String = "public", _ options: ProtocolOptions = .init()
    ) throws -> ProtocolBench {
        try #require(ProtocolBench(OKXProtocol(options), "/ws/v5/\(route)"))
    }

    private func subscribe(_ channel: String, _ symbol: String = "BTC-USDT") -> String {
        #"{"op":"subscribe","args":[{"channel":"\#(channel)","instId":"\#(symbol)"}]}"#
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let route: String
        let sent: String
        let answer: String
        var testDescription: String { "\(route): \(sent)" }
    }

    static let rows = [
        Row(route: "public", sent: "ping", answer: "pong"),
        Row(
            route: "public",
            sent: #"{"id":"7","op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"}]}"#,
            answer:
                #"{"id":"7","event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"#
        ),
        Row(
            route: "public",
            sent: #"{"op":"subscribe","args":[{"channel":"trades","instId":"NO-SUCH"}]}"#,
            answer: #"{"event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:"#),
        Row(
            route: "business",
            sent: #"{"op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"}]}"#,
            answer: #"{"event":"error","code":"60018","#),
        Row(
            route: "public",
            sent: #"{"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}"#,
            answer: #"{"event":"error","code":"60018","#),
        Row(
            route: "private",
            sent: #"{"op":"subscribe","args":[{"channel":"orders","instType":"ANY"}]}"#,
            answer: #"{"event":"error","code":"60011","msg":"Please log in","#),
        Row(
            route: "public", sent: #"{"op":"subscribe"}"#,
            answer: #"{"event":"error","code":"60012","msg":"Invalid request: "#),
        Row(route: "public", sent: "nonsense", answer: #"{"event":"error","code":"60012","#),
        Row(
            route: "public",
            sent: #"{"op":"unsubscribe","args":[{"channel":"trades","instId":"BTC-USDT"}]}"#,
            answer: #"{"event":"unsubscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"#),
    ]

    @Test("answers control messages", arguments: rows)
    func control(row: Row) throws {
        var bench = try bench(row.route)
        let answer = try #require(bench.say(row.sent).first)
        #expect(answer.hasPrefix(row.answer))
    }

    @Test("only the venue's paths open")
    func paths() {
        #expect(ProtocolBench(OKXProtocol(), "/ws/v5/public") != nil)
        #expect(ProtocolBench(OKXProtocol(), "/ws/v5/other") == nil)
        #expect(ProtocolBench(OKXProtocol(), "/ws") == nil)
    }

    @Test("a second subscription is answered and starts nothing")
    func duplicate() throws {
        var bench = try bench()
        #expect(bench.say(subscribe("books")).count == 2)
        #expect(bench.say(subscribe("books")).count == 1)
        #expect(bench.session.subscriptions.count == 1)
    }

    /// A book kept from what the server says, checked message by message.
    private struct Follower {
        var decoder = OKXDecoder()
        var bids: [String: String] = [:]
        var asks: [String: String] = [:]
        var sequence: Int64?
        var breaks = 0
        var isChained = false

        mutating func hear(_ text: String, request: String? = nil) throws {
            let bytes = Array(text.utf8)
            var batch = EventBatch()
            try bytes.withUnsafeBufferPointer { bytes in
                _ = try decoder.decode(Frame(bytes, request: request), into: &batch)
                guard batch.events.count == 1, case .book(let book) = batch.events[0] else {
                    return
                }
                follow(book, batch, wasRequested: request != nil)
            }
        }

        private mutating func follow(
            _ book: BookEvent, _ batch: borrowing EventBatch, wasRequested: Bool
        ) {
            if book.isSnapshot {
                bids.removeAll()
                asks.removeAll()
            } else if let sequence, let last = book.lastUpdate, last <= sequence {
                return
            } else if book.previousUpdate != sequence {
                // The first change after a requested book may begin before it.
                let joins = !isChained && (book.previousUpdate ?? .max) <= (sequence ?? .min)
                if !joins { breaks += 1 }
                isChained = true
            }
            isChained = isChained || (book.isSnapshot && !wasRequested)
            sequence = book.lastUpdate
            for index in book.bids.indices {
                let level = batch.levels[index]
                bids[level.price.text] = level.quantity.text == "0" ? nil : level.quantity.text
            }
            for index in book.asks.indices {
                let level = batch.levels[index]
                asks[level.price.text] = level.quantity.text == "0" ? nil : level.quantity.text
            }
        }
    }

    private func levels(_ market: InstrumentMarket, _ side: Side) -> [String: String] {
        var levels: [String: String] = [:]
        for level in market.levels(side, depth: 400) {
            levels[market.instrument.price(level.tick)] = market.instrument.quantity(level.lots)
        }
        return levels
    }

    @Test("changes continue the snapshot and lead to the market's book", arguments: [1, 2, 3])
    func books(seed: UInt64) throws {
        var bench = try #require(ProtocolBench(OKXProtocol(), "/ws/v5/public", seed: seed))
        var follower = Follower()
        for text in bench.say(subscribe("books", "BTC-USDT-SWAP")).dropFirst() {
            try follower.hear(text)
        }
        for text in try bench.listen(20_000_000_000) { try follower.hear(text) }
        #expect(follower.breaks == 0)
        let market = try #require(bench.market.instrument("BTC-USDT-SWAP"))
        #expect(follower.sequence == market.update)
        #expect(follower.bids == levels(market, .buy))
        #expect(follower.asks == levels(market, .sell))
    }

    @Test("without a snapshot on the stream the requested one bridges into the changes")
    func requested() throws {
        var options = ProtocolOptions()
        options.sendsBookSnapshot = false
        var bench = try bench("public", options)
        #expect(bench.say(subscribe("books")).count == 1)
        let early = try bench.listen(1_030_000_000)
        let adapter = OKXAdapter()
        let request = try #require(adapter.bookSnapshot(of: "BTC-USDT"))
        let answer = try #require(
            bench.venue.answer(ServerRequest("GET", request.path), bench.moment))
        var follower = Follower()
        try follower.hear(answer.text, request: request.summary)
        #expect(follower.sequence != nil)
        for text in early { try follower.hear(text) }
        for text in try bench.listen(5_000_000_000) { try follower.hear(text) }
        #expect(follower.breaks == 0)
        let market = try #require(bench.market.instrument("BTC-USDT"))
        #expect(follower.bids == levels(market, .buy))
    }

    @Test(
        "what is pushed, our codec reads",
        arguments: [
            ("public", "trades", "BTC-USDT-SWAP"), ("public", "books5", "BTC-USDT"),
            ("public", "bbo-tbt", "BTC-USDT"), ("public", "tickers", "BTC-USDT"),
            ("public", "mark-price", "BTC-USDT-SWAP"), ("public", "index-tickers", "BTC-USDT"),
            ("public", "funding-rate", "BTC-USDT-SWAP"),
            ("public", "open-interest", "BTC-USDT-SWAP"), ("business", "candle1m", "BTC-USDT"),
            ("business", "trades-all", "BTC-USDT"),
        ])
    func readable(route: String, channel: String, symbol: String) throws {
        var bench = try bench(route)
        var texts = bench.say(subscribe(channel, symbol))
        #expect(texts.first?.contains("\"event\":\"subscribe\"") == true)
        texts += try bench.listen(40_000_000_000)
        #expect(texts.count > 2)
        try expectReadable(texts.dropFirst(), OKXDecoder())
    }

    @Test("forced orders come by type of product, not for spot")
    func liquidations() throws {
        var bench = try bench()
        _ = bench.say(
            #"{"op":"subscribe","args":[{"channel":"liquidation-orders","instType":"SWAP"}]}"#)
        let texts = try bench.listen(300_000_000_000)
        #expect(!texts.isEmpty)
        #expect(texts.allSatisfy { $0.contains("-SWAP\"") })
        try expectReadable(texts[...], OKXDecoder())
    }

    @Test(
        "answers requests",
        arguments: [
            "/api/v5/public/instruments?instType=SPOT", "/api/v5/public/instruments?instType=SWAP",
            "/api/v5/market/books?instId=BTC-USDT&sz=5",
            "/api/v5/market/candles?instId=BTC-USDT&bar=1m&limit=10",
            "/api/v5/market/history-candles?instId=BTC-USDT&bar=5m&before=1&limit=100",
            "/api/v5/market/trades?instId=BTC-USDT&limit=3",
            "/api/v5/market/tickers?instType=SPOT", "/api/v5/public/mark-price?instType=SWAP",
            "/api/v5/public/funding-rate?instId=BTC-USDT-SWAP",
            "/api/v5/public/open-interest?instType=SWAP",
            "/api/v5/market/index-tickers?instId=BTC-USDT",
        ])
    func answers(target: String) throws {
        var bench = try bench()
        _ = try bench.listen(30_000_000_000)
        let answer = try #require(bench.venue.answer(ServerRequest("GET", target), bench.moment))
        #expect(answer.status == 200)
        var decoder = OKXDecoder()
        var batch = EventBatch()
        try answer.body.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(Frame(bytes, request: "GET " + target), into: &batch)
            #expect(kind == .decoded)
        }
        let count = batch.events.count
        #expect(count > 0)
    }

    @Test(
        "refuses what it does not have",
        arguments: [
            ("/api/v5/market/books?instId=NO", "51001"), ("/api/v5/market/books", "50014"),
            ("/api/v5/market/candles?instId=BTC-USDT&bar=7m", "51000"),
            ("/api/v5/public/instruments?instType=X", "51000"),
        ])
    func refused(target: String, code: String) throws {
        let bench = try bench()
        let answer = try #require(bench.venue.answer(ServerRequest("GET", target), bench.moment))
        #expect(answer.text.contains("\"code\":\"\(code)\""))
        let none = bench.venue.answer(ServerRequest("GET", "/api/v5/none"), bench.moment)
        #expect(none == nil)
    }
}

/// Every text decodes to data, and to at least one event in all.
func expectReadable(_ texts: ArraySlice<String>, _ decoder: any VenueDecoder) throws {
    var decoder = decoder
    var batch = EventBatch()
    var events = 0
    for text in texts {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(Frame(bytes), into: &batch)
            #expect(kind == .decoded, "\(text.prefix(200))")
            events += batch.events.count
        }
    }
    #expect(events > 0)
}
