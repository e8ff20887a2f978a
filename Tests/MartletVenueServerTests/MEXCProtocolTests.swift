// MEXC from the venue's side: its words, and pushes that its own codec reads back into the book.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

/// A book by the texts of its prices, kept from decoded messages without any cleverness.
private struct TextBook {
    var bids: [String: String] = [:]
    var asks: [String: String] = [:]
    var version: Int64 = -1
    /// How many messages did not follow the one before.
    var holes = 0

    /// Reads one message; snapshots replace, changes follow `version`, older ones are passed.
    mutating func read(
        _ frame: ServerFrame, _ decoder: inout any VenueDecoder, request: String? = nil
    ) throws {
        var batch = EventBatch()
        let (bytes, isBinary): ([UInt8], Bool) =
            switch frame {
            case .text(let text): (Array(text.utf8), false)
            case .binary(let bytes): (bytes, true)
            }
        try bytes.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(
                Frame(bytes, isBinary: isBinary, request: request), into: &batch)
            #expect(kind == .decoded)
            for index in 0..<batch.events.count {
                guard case .book(let book) = batch.events[index] else { continue }
                apply(book, batch)
            }
        }
    }

    private mutating func apply(_ book: BookEvent, _ batch: borrowing EventBatch) {
        guard let last = book.lastUpdate else { return }
        if book.isSnapshot {
            (bids, asks) = ([:], [:])
        } else {
            guard last > version else { return }
            if let first = book.firstUpdate, first > version + 1 { holes += 1 }
        }
        version = last
        for (range, isBid) in [(book.bids, true), (book.asks, false)] {
            for index in range.indices {
                let price = batch.levels[index].price.text
                let quantity = batch.levels[index].quantity.text
                let isGone = quantity.allSatisfy { $0 == "0" || $0 == "." }
                if isBid {
                    bids[price] = isGone ? nil : quantity
                } else {
                    asks[price] = isGone ? nil : quantity
                }
            }
        }
    }
}

extension ProtocolBench {
    /// What subscribers hear while the market goes on, as frames.
    fileprivate mutating func frames(_ nanoseconds: Int64) throws -> [ServerFrame] {
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + nanoseconds, &updates)
        var heard: [ServerFrame] = []
        for update in updates {
            for subscription in session.subscriptions {
                guard let told = subscription.told(update, market) else { continue }
                heard += venue.frames(told, for: subscription, in: session, moment)
            }
        }
        return heard
    }
}

@Suite("MEXC, server side")
struct MEXCProtocolTests {
    @Test("spot answers subscriptions, pings and what it does not know")
    func spotControl() throws {
        var bench = try #require(ProtocolBench(MEXCSpotProtocol(), "/ws"))
        let deals = "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"
        #expect(
            bench.say(#"{"method":"SUBSCRIPTION","params":["\#(deals)"],"id":7}"#)
                == [#"{"id":7,"code":0,"msg":"\#(deals)"}"#])
        #expect(bench.say(#"{"method":"PING"}"#) == [#"{"id":0,"code":0,"msg":"PONG"}"#])
        let refused = bench.say(#"{"method":"SUBSCRIPTION","params":["spot@public.nothing"]}"#)
        #expect(refused.count == 1 && refused[0].contains("Not Subscribed successfully!"))
        #expect(bench.session.subscriptions.count == 1)
        #expect(
            bench.say(#"{"method":"UNSUBSCRIPTION","params":["\#(deals)"]}"#)
                == [#"{"id":0,"code":0,"msg":"\#(deals)"}"#])
        #expect(bench.session.subscriptions.isEmpty)
        #expect(ProtocolBench(MEXCSpotProtocol(), "/edge") == nil)
    }

    @Test("spot refuses the subscription after the thirtieth, and is silent for other letters")
    func spotLimits() throws {
        var bench = try #require(ProtocolBench(MEXCSpotProtocol(), "/ws"))
        for number in 0..<30 {
            _ = bench.say(
                #"{"method":"SUBSCRIPTION","params":["spot@public.bookTicker.batch.v3.api.pb@X\#(number)"]}"#
            )
        }
        #expect(bench.session.subscriptions.count == 30)
        let late = bench.say(
            #"{"method":"SUBSCRIPTION","params":["spot@public.bookTicker.batch.v3.api.pb@Y"]}"#)
        #expect(late[0].contains("Blocked"))
        var quiet = try #require(ProtocolBench(MEXCSpotProtocol(), "/ws"))
        _ = quiet.say(
            #"{"method":"SUBSCRIPTION","params":["spot@public.aggre.deals.v3.api.pb@100ms@btcusdt"]}"#
        )
        let heard = try quiet.frames(5_000_000_000)
        #expect(heard.isEmpty)
    }

    @Test("connections without a subscription, and silent ones, are closed")
    func spotIdle() throws {
        let venue = MEXCSpotProtocol()
        var bench = try #require(ProtocolBench(venue, "/ws"))
        let second: Int64 = 1_000_000_000
        #expect(venue.tick(&bench.session, now: 29 * second, bench.moment).isEmpty)
        #expect(venue.tick(&bench.session, now: 31 * second, bench.moment).count == 1)
    }

    private static let spotDepth = "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"
    private static let futuresDepth = #"{"method":"sub.depth","param":{"symbol":"BTC_USDT""#

    @Test(
        "changes joined with a REST snapshot make the market's book, without a hole",
        arguments: [
            (true, #"{"method":"SUBSCRIPTION","params":["\#(spotDepth)"]}"#),
            (false, futuresDepth + "}}"), (false, futuresDepth + #","compress":false}}"#),
        ])
    func books(isSpot: Bool, subscription: String) throws {
        let venue: any VenueProtocol = isSpot ? MEXCSpotProtocol() : MEXCFuturesProtocol()
        var bench = try #require(ProtocolBench(venue, isSpot ? "/ws" : "/edge"))
        _ = bench.say(subscription)
        let buffered = try bench.frames(3_000_000_000)
        let target =
            isSpot
            ? "/api/v3/depth?symbol=BTCUSDT&limit=5000" : "/api/v1/contract/depth/BTC_USDT"
        let answer = try #require(venue.answer(ServerRequest("GET", target), bench.moment))
        let later = try bench.frames(5_000_000_000)
        var decoder: any VenueDecoder = isSpot ? MEXCSpotDecoder() : MEXCFuturesDecoder()
        var book = TextBook()
        try book.read(.text(answer.text), &decoder, request: "GET \(target)")
        for frame in buffered + later { try book.read(frame, &decoder) }
        #expect(buffered.count > 5 && later.count > 5)
        #expect(book.holes == 0)
        var again = TextBook()
        let end = try #require(venue.answer(ServerRequest("GET", target), bench.moment))
        try again.read(.text(end.text), &decoder, request: "GET \(target)")
        // What is not published yet is in the later snapshot only.
        let last = try bench.frames(1_000_000_000)
        for frame in last {
            try book.read(frame, &decoder)
            try again.read(frame, &decoder)
        }
        #expect(book.version == again.version)
        #expect(book.bids == again.bids && book.asks == again.asks)
    }

    @Test("every public channel of spot speaks, in words that the codec reads")
    func spotChannels() throws {
        var bench = try #require(ProtocolBench(MEXCSpotProtocol(), "/ws"))
        let names = [
            "aggre.deals.v3.api.pb@10ms@ETHUSDT", "limit.depth.v3.api.pb@ETHUSDT@5",
            "aggre.bookTicker.v3.api.pb@100ms@ETHUSDT", "bookTicker.batch.v3.api.pb@ETHUSDT",
            "kline.v3.api.pb@ETHUSDT@Min1", "miniTicker.v3.api.pb@ETHUSDT@UTC+8",
        ].map { "\"spot@public.\($0)\"" }
        _ = bench.say(
            #"{"method":"SUBSCRIPTION","params":[\#(names.joined(separator: ","))]}"#)
        #expect(bench.session.subscriptions.count == names.count)
        let frames = try bench.frames(70_000_000_000)
        var seen: Set<String> = []
        var decoder = MEXCSpotDecoder()
        var batch = EventBatch()
        for case .binary(let bytes) in frames {
            try bytes.withUnsafeBufferPointer { bytes in
                let kind = try decoder.decode(Frame(bytes, isBinary: true), into: &batch)
                #expect(kind == .decoded)
                for index in 0..<batch.events.count {
                    seen.insert(batch.events[index].channel.rawValue)
                }
            }
        }
        #expect(seen == ["trades", "l2", "bbo", "bars"])
    }

    @Test("futures answer in the venue's words")
    func futuresControl() throws {
        var bench = try #require(ProtocolBench(MEXCFuturesProtocol(), "/edge"))
        #expect(bench.say(#"{"method":"ping"}"#)[0].hasPrefix(#"{"channel":"pong","data":17"#))
        #expect(
            bench.say(#"{"method":"sub.deal","param":{"symbol":"BTC_USDT"},"gzip":false}"#)[0]
                .hasPrefix(#"{"channel":"rs.sub.deal","data":"success""#))
        #expect(
            bench.say(#"{"method":"sub.deal","param":{"symbol":"NO_USDT"}}"#)[0]
                .hasPrefix(#"{"channel":"rs.error","data":"Contract doesn't exist!""#))
        _ = bench.say(#"{"method":"sub.kline","param":{"symbol":"BTC_USDT","interval":"Min5"}}"#)
        #expect(bench.session.subscriptions.count == 2)
        #expect(
            bench.say(#"{"method":"unsub.kline","param":{"symbol":"BTC_USDT"}}"#)[0]
                .hasPrefix(#"{"channel":"rs.unsub.kline","data":"success""#))
        #expect(bench.session.subscriptions.count == 1)
        #expect(ProtocolBench(MEXCFuturesProtocol(), "/ws") == nil)
    }

    @Test("every public channel of futures speaks, in words that the codec reads")
    func futuresChannels() throws {
        var bench = try #require(ProtocolBench(MEXCFuturesProtocol(), "/edge"))
        for name in ["deal", "ticker", "funding.rate", "fair.price", "index.price", "depth.full"] {
            _ = bench.say(#"{"method":"sub.\#(name)","param":{"symbol":"BTC_USDT"}}"#)
        }
        _ = bench.say(#"{"method":"sub.kline","param":{"symbol":"BTC_USDT","interval":"Min1"}}"#)
        #expect(bench.session.subscriptions.count == 7)
        let frames = try bench.frames(70_000_000_000)
        var seen: Set<String> = []
        var decoder = MEXCFuturesDecoder()
        var batch = EventBatch()
        for case .text(let text) in frames {
            let bytes = Array(text.utf8)
            try bytes.withUnsafeBufferPointer { bytes in
                let kind = try decoder.decode(Frame(bytes), into: &batch)
                #expect(kind == .decoded, "\(text)")
                for index in 0..<batch.events.count {
                    seen.insert(batch.events[index].channel.rawValue)
                }
            }
        }
        #expect(
            seen == [
                "trades", "l2", "bbo", "bars", "markprice", "indexprice", "funding", "openinterest",
            ])
    }

    @Test(
        "REST answers are read by the codec",
        arguments: [
            "/api/v3/time", "/api/v3/exchangeInfo", "/api/v3/exchangeInfo?symbol=BTCUSDT",
            "/api/v3/depth?symbol=BTCUSDT", "/api/v3/trades?symbol=BTCUSDT&limit=3",
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5", "/api/v3/ticker/bookTicker",
            "/api/v3/ticker/24hr", "/api/v3/aggTrades?symbol=BTCUSDT",
            "/api/v1/contract/ping", "/api/v1/contract/detail",
            "/api/v1/contract/depth/BTC_USDT?limit=5", "/api/v1/contract/deals/BTC_USDT",
            "/api/v1/contract/kline/BTC_USDT?interval=Min5", "/api/v1/contract/ticker",
            "/api/v1/contract/funding_rate/BTC_USDT", "/api/v1/contract/fair_price/BTC_USDT",
            "/api/v1/contract/index_price/BTC_USDT",
            "/api/v1/contract/funding_rate/history?symbol=BTC_USDT",
        ])
    func answers(target: String) throws {
        let isSpot = target.hasPrefix("/api/v3")
        let venue: any VenueProtocol = isSpot ? MEXCSpotProtocol() : MEXCFuturesProtocol()
        var bench = try #require(ProtocolBench(venue, isSpot ? "/ws" : "/edge"))
        _ = try bench.frames(5_000_000_000)
        let answer = try #require(venue.answer(ServerRequest("GET", target), bench.moment))
        #expect(answer.status == 200)
        var decoder: any VenueDecoder = isSpot ? MEXCSpotDecoder() : MEXCFuturesDecoder()
        var batch = EventBatch()
        try answer.body.withUnsafeBufferPointer { bytes in
            let kind = try decoder.decode(Frame(bytes, request: "GET \(target)"), into: &batch)
            let isClock = target.hasSuffix("time") || target.hasSuffix("ping")
            #expect(kind == (isClock ? .control : .decoded))
            let count = batch.events.count
            #expect(count > 0 || isClock || target.hasSuffix("24hr"))
        }
    }

    @Test("what it does not know is refused in the venue's words")
    func refusals() throws {
        let spot = try #require(ProtocolBench(MEXCSpotProtocol(), "/ws"))
        let answer = spot.venue.answer(
            ServerRequest("GET", "/api/v3/depth?symbol=NO"), spot.moment)
        #expect(answer?.status == 400)
        #expect(answer?.text == #"{"code":-1121,"msg":"Invalid symbol."}"#)
        #expect(
            spot.venue.answer(ServerRequest("GET", "/api/v1/contract/depth/BTC_USDT"), spot.moment)
                == nil)
        #expect(
            spot.venue.answer(ServerRequest("GET", "/api/v1/contract/detail"), spot.moment)?.text
                == #"{"success":true,"code":0,"data":[]}"#)
        let futures = try #require(ProtocolBench(MEXCFuturesProtocol(), "/edge"))
        #expect(
            futures.venue.answer(
                ServerRequest("GET", "/api/v1/contract/depth/NO_USDT"), futures.moment)?.text
                == #"{"success":false,"code":1001,"message":"Contract does not exist"}"#)
    }
}
