// The live feed against scripted venues: books, gaps, reconnects, refusals, renewals.

import Glibc
import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Synchronization
import Testing

/// Waits until something holds, for at most 20 s unless told.
func eventually(for seconds: Int = 20, _ condition: () -> Bool) -> Bool {
    for _ in 0..<(seconds * 200) {
        if condition() { return true }
        usleep(5_000)
    }
    return false
}

@Suite("Live feed")
struct LiveFeedTests {
    private static let swap = "BTC-USDT-SWAP"

    private static func book(_ action: String, _ bid: String, _ previous: Int, _ last: Int)
        -> String
    {
        #"{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"\#(action)","data":["#
            + #"{"asks":[["101.5","1","0","1"]],"bids":[["\#(bid)","2.50","0","1"]],"#
            + #""ts":"1700000000000","checksum":0,"prevSeqId":\#(previous),"seqId":\#(last)}]}"#
    }

    private static func trade(_ id: Int, _ time: Int = 1_700_000_000_000) -> String {
        #"{"instId":"BTC-USDT-SWAP","tradeId":"\#(id)","px":"101.0","sz":"0.10","side":"buy","#
            + #""ts":"\#(time + id)","count":"1"}"#
    }

    private static func trades(_ ids: [Int]) -> String {
        #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":["#
            + ids.map { trade($0) }.joined(separator: ",") + "]}"
    }

    private static func settings(
        _ venue: ScriptedLiveVenue, channels: [FeedChannel], symbols: [String] = [swap],
        of id: VenueID = .okx
    ) -> FeedSettings {
        var settings = FeedSettings()
        settings.sources = [FeedSource(venue: id, symbols: symbols, channels: channels)]
        settings.addresses[id] = VenueAddress(webSocket: "ws://127.0.0.1:\(venue.port)")
        return settings
    }

    private static let acknowledge: @Sendable (ScriptedLiveVenue.Session, String) -> Void = {
        session, text in
        guard text != "ping" else { return session.send("pong") }
        let channel = text.contains("books") ? "books" : "trades"
        let event = text.contains("unsubscribe") ? "unsubscribe" : "subscribe"
        session.send(
            #"{"id":"1","event":"\#(event)","arg":{"channel":"\#(channel)","instId":"\#(swap)"},"#
                + #""connId":"a"}"#)
    }

    @Test("a book goes live as a whole, and after a gap again, from the venue's answer")
    func gap() throws {
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard target.hasPrefix("/api/v5/market/books") else { return nil }
                return #"{"code":"0","msg":"","data":[{"asks":[["101.5","9","0","1"]],"#
                    + #""bids":[["99.0","9","0","1"]],"ts":"1700000000500","seqId":30}]}"#
            },
            onMessage: { session, text in
                Self.acknowledge(session, text)
                guard text.contains("\"subscribe\"") else { return }
                session.send(Self.book("snapshot", "100.0", -1, 10))
                session.send(Self.book("update", "100.1", 10, 12))
                session.send(Self.book("update", "100.2", 20, 25))
                session.send(Self.book("update", "100.3", 25, 30))
                session.send(Self.book("update", "100.4", 30, 31))
            })
        let bench = try LiveBench(Self.settings(venue, channels: [.l2]))
        #expect(eventually { bench.lines(#""reason":"sequence""#).count >= 3 })
        let lines = bench.lines
        _ = bench.stop()
        venue.stop()
        let types = lines.compactMap { line in
            line.firstRange(of: "\"type\":\"").map { line[$0.upperBound...].prefix { $0 != "\"" } }
        }
        #expect(
            types == [
                "connect", "status", "resync", "status", "book_snapshot", "book_change", "gap",
                "status", "resync", "status", "book_snapshot",
            ])
        #expect(lines[6].contains(#""expected":12,"seen":20"#))
        // The last book: the answer, and the change that continued it.
        #expect(lines[10].contains(#""bids":[["100.4","2.50"],["99.0","9"]]"#))
    }

    @Test("trades missed during a reconnect are asked for, and none comes twice")
    func backfill() throws {
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard target.hasPrefix("/api/v5/market/trades") else { return nil }
                // The newest trades, whatever was delivered before the feed began or the loss.
                let list = [4, 3, 2, 1, 0].map { Self.trade($0) }.joined(separator: ",")
                return #"{"code":"0","msg":"","data":[\#(list)]}"#
            },
            onMessage: { session, text in
                Self.acknowledge(session, text)
                guard text.contains("\"subscribe\"") else { return }
                session.send(Self.trades(session.number == 1 ? [1, 2] : [4, 5]))
            })
        let bench = try LiveBench(Self.settings(venue, channels: [.trades]))
        #expect(eventually { bench.lines(#""id":"2""#).count == 1 })
        venue.drop()
        #expect(eventually { bench.lines(#""type":"trade""#).count == 5 })
        let lines = bench.lines
        let (timers, _) = bench.stop()
        venue.stop()
        #expect(!lines.contains { $0.contains(#""id":"0""#) })
        #expect(!lines.contains { $0.contains(#""type":"gap""#) })
        // What is subscribed to comes first: nothing is lost between the answer and the stream.
        let asked = venue.order.withLock { $0 }
        let request = try #require(asked.lastIndex { $0.hasPrefix("/api/v5/market/trades") })
        let subscription = try #require(asked.lastIndex { $0.contains("\"subscribe\"") })
        #expect(subscription < request)
        for id in 1...5 {
            #expect(lines.count { $0.contains(#""id":"\#(id)""#) } == 1)
        }
        #expect(lines.contains { $0.contains(#""type":"disconnect""#) })
        #expect(lines.contains { $0.contains("backfill") })
        #expect(timers <= 2)
    }

    @Test("a long hole is filled page by page, until nothing is left")
    func pages() throws {
        @Sendable func row(_ id: Int, _ more: String = "") -> String {
            #"{\#(more)"a":\#(id),"p":"1.0","q":"2.0","f":1,"l":1,"T":\#(1_700_000_000_000 + id),"#
                + #""m":true}"#
        }
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard let place = target.firstRange(of: "fromId="),
                    let from = Int(target[place.upperBound...].prefix { $0.isNumber }), from > 0
                else { return nil }
                let rows = (from..<(from + 3)).filter { $0 <= 15 }.map { row($0) }
                return "[" + rows.joined(separator: ",") + "]"
            },
            onMessage: { session, text in
                guard let place = text.firstRange(of: "\"id\":") else { return }
                let id = text[place.upperBound...].prefix { $0.isNumber }
                session.send(#"{"result":null,"id":\#(id)}"#)
                guard session.number == 1 else { return }
                session.send(row(7, #""e":"aggTrade","E":1700000000007,"s":"BTCUSDT","#))
            })
        let bench = try LiveBench(
            Self.settings(venue, channels: [.trades], symbols: ["BTCUSDT"], of: .binanceUSDM))
        #expect(eventually { bench.lines(#""id":"7""#).count == 1 })
        venue.drop()
        #expect(eventually { bench.lines(#""id":"15""#).count == 1 })
        #expect(eventually { venue.asked.withLock { $0.contains { $0.contains("fromId=16&") } } })
        let lines = bench.lines(#""type":"trade""#)
        let gaps = bench.lines(#""type":"gap""#)
        _ = bench.stop()
        venue.stop()
        #expect(lines.count == 9 && gaps.isEmpty)
    }

    @Test("a refused symbol ends the run, with the name that was probably meant")
    func refusal() throws {
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard target.contains("instType=SWAP") else {
                    return #"{"code":"0","msg":"","data":[]}"#
                }
                return #"{"code":"0","msg":"","data":[{"instType":"SWAP","#
                    + #""instId":"BTC-USDT-SWAP","ctType":"linear","ctVal":"0.01","ctMult":"1","#
                    + #""tickSz":"0.1","lotSz":"0.01","minSz":"0.01","settleCcy":"USDT","#
                    + #""state":"live"}]}"#
            },
            onMessage: { session, text in
                guard text != "ping" else { return session.send("pong") }
                session.send(
                    #"{"id":"1","event":"error","code":"60018","msg":"Wrong URL or "#
                        + #"channel:trades,instId:BTC-USDX-SWAP doesn't exist","connId":"a"}"#)
            })
        var settings = Self.settings(venue, channels: [.trades], symbols: ["BTC-USDX-SWAP"])
        settings.nearest = { word, known in known.first { $0.hasPrefix(word.prefix(7)) } }
        let bench = try LiveBench(settings)
        #expect(eventually { bench.hopeless != nil })
        let (failure, notes) = (bench.hopeless, bench.notes)
        _ = bench.stop()
        venue.stop()
        #expect(failure?.kind == .notFound)
        #expect(notes.contains { $0.contains("did you mean 'BTC-USDT-SWAP'?") })
    }

    @Test("every refusal is said, and what was refused is not asked for again")
    func refusals() throws {
        let venue = try ScriptedLiveVenue(
            onRequest: { target in
                guard target.contains("instType=SWAP") else {
                    return #"{"code":"0","msg":"","data":[]}"#
                }
                return #"{"code":"0","msg":"","data":[{"instType":"SWAP","#
                    + #""instId":"BTC-USDT-SWAP","ctType":"linear","ctVal":"0.01","ctMult":"1","#
                    + #""tickSz":"0.1","lotSz":"0.01","minSz":"0.01","settleCcy":"USDT","#
                    + #""state":"live"}]}"#
            },
            onMessage: { session, text in
                guard text.contains("BTC-USDX-SWAP") else {
                    return Self.acknowledge(session, text)
                }
                session.send(
                    #"{"id":"1","event":"error","code":"60018","msg":"Wrong URL or "#
                        + #"channel:trades,instId:BTC-USDX-SWAP doesn't exist","connId":"a"}"#)
            })
        // The venue is asked for one of these, the others cannot be names of its instruments.
        let wrong = (0..<150).map { "WRONG\($0)" }
        let bench = try LiveBench(
            Self.settings(
                venue, channels: [.trades], symbols: [Self.swap, "BTC-USDX-SWAP"] + wrong))
        #expect(
            eventually { bench.notes.contains { $0.contains("no instrument 'BTC-USDX-SWAP'") } })
        usleep(300_000)
        let notes = bench.notes
        for name in wrong { #expect(notes.count { $0.contains("'\(name)'") } == 1) }
        let asked = venue.heard.withLock { heard in
            heard.count { $0.contains("BTC-USDX-SWAP") && $0.contains(#""subscribe""#) }
        }
        #expect(asked == 1)
        _ = bench.stop()
        venue.stop()
    }

    @Test("keys that the venue refuses end the run as a matter of configuration")
    func refusedKeys() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, _ in
            session.send(#"[{"T":"error","code":402,"msg":"auth failed"}]"#)
        })
        var settings = Self.settings(
            venue, channels: [.trades], symbols: ["BTC/USD"], of: .alpacaCrypto)
        settings.credentials[.alpacaCrypto] = VenueCredentials(key: "k", secret: "s")
        let bench = try LiveBench(settings)
        #expect(eventually { venue.clients.open == 1 })
        venue.tell(#"[{"T":"success","msg":"connected"}]"#)
        #expect(eventually { bench.hopeless != nil })
        #expect(bench.hopeless?.kind == .configuration)
        #expect(bench.hopeless?.message.contains("refuses the keys") == true)
        _ = bench.stop()
        venue.stop()
    }

    @Test("a broken protocol is said once, with the close code")
    func brokenProtocol() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            Self.acknowledge(session, text)
            // A text frame of one byte that no UTF-8 begins with.
            ([0x81, 0x01, 0xFF] as [UInt8]).withUnsafeBytes { _ = session.socket?.send(raw: $0) }
        })
        let bench = try LiveBench(Self.settings(venue, channels: [.trades]))
        #expect(eventually { venue.clients.all >= 3 })
        #expect(eventually { bench.lines(#""reason":"protocol""#).count >= 2 })
        let notes = bench.notes.filter { $0.contains("1007") }
        #expect(notes.count == 1 && notes[0].contains("not UTF-8"))
        _ = bench.stop()
        venue.stop()
    }

    @Test("a connection whose topics are all gone ends, and says so")
    func unused() throws {
        let venue = try ScriptedLiveVenue(onMessage: Self.acknowledge)
        var settings = Self.settings(venue, channels: [.trades, .bbo])
        settings.topicsPerConnection = 1
        let bench = try LiveBench(settings)
        #expect(eventually { venue.clients.open == 2 })
        bench.listen(to: [FeedSource(venue: .okx, symbols: [Self.swap], channels: [.bbo])])
        #expect(eventually { venue.clients.open == 1 })
        #expect(venue.clients.all == 2)
        let ends = bench.lines(#""reason":"ended""#)
        #expect(ends.count == 2)
        #expect(ends.first?.contains(#""channel":"trades""#) == true)
        #expect(ends.last?.contains(#""instrument":null,"channel":null"#) == true)
        _ = bench.stop()
        venue.stop()
    }

    @Test("a closing notice brings a new connection before the old one goes")
    func renewal() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            Self.acknowledge(session, text)
            guard text.contains("\"subscribe\"") else { return }
            session.send(Self.book("snapshot", "100.0", -1, 10 * session.number))
            session.send(Self.trades([1, 2]))
        })
        let bench = try LiveBench(Self.settings(venue, channels: [.l2, .trades]))
        #expect(eventually { bench.lines("book_snapshot").count == 1 })
        venue.tell(
            #"{"event":"notice","code":"64008","msg":"The connection will soon be closed for "#
                + #"a service upgrade. Please reconnect.","connId":"a"}"#)
        #expect(eventually { bench.lines("renewed").count >= 1 })
        #expect(eventually { venue.clients.open == 1 && venue.clients.all == 2 })
        // The one that was replaced says its end, and what it brought stays counted.
        #expect(eventually { bench.lines("replaced").count == 1 })
        #expect(bench.metrics.contains("martlet_feed_events_total{venue=\"okx\"} 4"))
        let lines = bench.lines
        _ = bench.stop()
        venue.stop()
        #expect(lines.count { $0.contains(#""type":"trade""#) } == 2)
        // Nothing was lost, so nothing is asked for.
        #expect(!venue.asked.withLock { $0.contains { $0.contains("market/trades") } })
        #expect(!lines.contains { $0.contains(#""type":"gap""#) })
        #expect(lines.count { $0.contains("book_snapshot") } == 2)
    }

    @Test("a venue that fails does not stop the others, and lists change while running")
    func independence() throws {
        let venue = try ScriptedLiveVenue(onMessage: { session, text in
            Self.acknowledge(session, text)
            if text.contains("\"subscribe\"") { session.send(Self.trades([session.number])) }
        })
        var settings = Self.settings(venue, channels: [.trades])
        settings.sources.append(
            FeedSource(venue: .bybitLinear, symbols: ["BTCUSDT"], channels: [.trades]))
        settings.addresses[.bybitLinear] = VenueAddress(webSocket: "ws://127.0.0.1:1")
        let bench = try LiveBench(settings)
        #expect(eventually { bench.lines(#""type":"trade""#).count == 1 })
        #expect(eventually { bench.notes.contains { $0.contains("bybit-linear") } })
        #expect(bench.health?.venues.map(\.state) == ["live", "down"])
        bench.listen(to: [
            FeedSource(venue: .okx, symbols: [Self.swap], channels: [.trades, .markPrice])
        ])
        #expect(eventually { venue.heard.withLock { $0.contains { $0.contains("mark-price") } } })
        #expect(bench.metrics.contains("martlet_feed_events_total{venue=\"okx\"} 1"))
        _ = bench.stop()
        venue.stop()
    }
}
