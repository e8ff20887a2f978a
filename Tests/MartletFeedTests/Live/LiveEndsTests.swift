// The ends of a live feed's connections, and when a venue counts as having been live.

import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Synchronization
import Testing

@Suite("Live feed: ends")
struct LiveEndsTests {
    private static let swap = "BTC-USDT-SWAP"

    private static let notice =
        #"{"event":"notice","code":"64008","msg":"The connection will soon be closed for "#
        + #"a service upgrade. Please reconnect.","connId":"a"}"#

    private static func okx(_ session: ScriptedLiveVenue.Session, _ text: String) {
        guard text != "ping" else { return session.send("pong") }
        let event = text.contains("unsubscribe") ? "unsubscribe" : "subscribe"
        session.send(
            #"{"id":"1","event":"\#(event)","arg":{"channel":"x","instId":"\#(swap)"},"#
                + #""connId":"a"}"#)
    }

    private static func book(_ session: ScriptedLiveVenue.Session) {
        session.send(
            #"{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"snapshot","data":["#
                + #"{"asks":[["101.5","1","0","1"]],"bids":[["100.0","2","0","1"]],"#
                + #""ts":"1700000000000","checksum":0,"prevSeqId":-1,"seqId":10}]}"#)
    }

    private static func bench(
        _ venue: ScriptedLiveVenue, _ channels: [FeedChannel], _ symbol: String = swap,
        of id: VenueID = .okx, path: String = ""
    ) throws -> LiveBench {
        var settings = FeedSettings()
        settings.sources = [FeedSource(venue: id, symbols: [symbol], channels: channels)]
        settings.addresses[id] = VenueAddress(webSocket: "ws://127.0.0.1:\(venue.port)\(path)")
        return try LiveBench(settings)
    }

    @Test("a connection that was taken over from and that the venue then ends is told and counted")
    func drained() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            Self.okx(session, text)
            if text.contains("\"subscribe\"") { Self.book(session) }
        })
        let bench = try Self.bench(venue, [.l2])
        #expect(eventually { bench.lines("book_snapshot").count == 1 })
        venue.tell(Self.notice)
        #expect(eventually { bench.lines("renewed").count >= 1 })
        // The venue is faster than the end of our patience for late trades.
        venue.drop(session: 1)
        #expect(eventually { bench.lines(#""type":"disconnect""#).count == 1 })
        #expect(bench.lines("replaced").count == 1 && bench.lines(#""type":"connect""#).count == 2)
        #expect(bench.metrics.contains("martlet_feed_events_total{venue=\"okx\"} 2"))
        #expect(bench.metrics.contains("martlet_feed_frames_total{venue=\"okx\"} 5"))
        #expect(bench.health?.venues.first?.connections == 1)
        _ = bench.stop()
        venue.stop()
    }

    @Test("a successor that is lost before it takes over is told and counted")
    func failedSuccessor() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            Self.okx(session, text)
            // The second connection never brings its book.
            if text.contains("\"subscribe\""), session.number != 2 { Self.book(session) }
        })
        let bench = try Self.bench(venue, [.l2])
        #expect(eventually { bench.lines("book_snapshot").count == 1 })
        venue.tell(Self.notice)
        #expect(eventually { bench.lines(#""type":"connect""#).count == 2 })
        #expect(eventually { venue.clients.open == 2 })
        venue.drop(session: 2)
        #expect(eventually { bench.lines(#""type":"disconnect""#).count == 1 })
        // The first one is asked to be followed still, and is.
        #expect(eventually { bench.lines("replaced").count == 1 })
        let ends = bench.lines(#""type":"disconnect""#)
        let starts = bench.lines(#""type":"connect""#)
        #expect(ends.count == 2 && starts.count == 3)
        #expect(bench.health?.venues.first.map { $0.disconnects == 1 } == true)
        #expect(bench.metrics.contains("martlet_feed_events_total{venue=\"okx\"} 2"))
        _ = bench.stop()
        venue.stop()
    }

    @Test("a venue that acknowledges what may well be silent was live")
    func acknowledged() throws {
        let venue = try ScriptedLiveVenue(onMessage: Self.okx)
        let bench = try Self.bench(venue, [.liquidations])
        #expect(eventually { bench.wasLive })
        #expect(bench.health?.venues.map(\.state) == ["live"])
        #expect(bench.lines(#""type":"liquidation""#).isEmpty)
        _ = bench.stop()
        venue.stop()
    }

    @Test("one that acknowledges a book and brings none was not, nor one that answers nothing")
    func silent() throws {
        let venue = try ScriptedLiveVenue(onMessage: Self.okx)
        let bench = try Self.bench(venue, [.l2])
        let mute = try ScriptedLiveVenue(onMessage: { session, text in
            if text == "ping" { session.send("pong") }
        })
        let other = try Self.bench(mute, [.liquidations])
        #expect(eventually { venue.clients.open == 1 && mute.clients.open == 1 })
        for instance in [bench, other] {
            let isLive = eventually(for: 2) { instance.wasLive }
            #expect(!isLive)
        }
        _ = bench.stop()
        _ = other.stop()
        venue.stop()
        mute.stop()
    }

    @Test("where everything is acknowledged, the name must be one and the path the right one")
    func acknowledgesAnything() throws {
        let asked = Mutex(0)
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard target.contains("exchangeInfo") else { return nil }
                asked.withLock { $0 += 1 }
                return
                    #"{"timezone":"UTC","serverTime":1,"symbols":[{"symbol":"BTCUSDT","pair":"BTCUSDT","#
                    + #""contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC","#
                    + #""quoteAsset":"USDT","marginAsset":"USDT","filters":[]}]}"#
            },
            onMessage: { session, text in
                guard let place = text.firstRange(of: "\"id\":") else { return }
                let id = text[place.upperBound...].prefix { $0.isNumber }
                session.send(#"{"result":null,"id":\#(id)}"#)
            })
        let right = try Self.bench(venue, [.liquidations], "BTCUSDT", of: .binanceUSDM)
        let wrong = try Self.bench(venue, [.liquidations], "BTCUSDX", of: .binanceUSDM)
        let path = try Self.bench(
            venue, [.liquidations], "BTCUSDT", of: .binanceUSDM, path: "/public/stream")
        #expect(eventually { right.wasLive })
        #expect(eventually { asked.withLock { $0 } >= 3 })
        for instance in [wrong, path] {
            let isLive = eventually(for: 1) { instance.wasLive }
            #expect(!isLive)
        }
        for instance in [right, wrong, path] { _ = instance.stop() }
        venue.stop()
    }
}
