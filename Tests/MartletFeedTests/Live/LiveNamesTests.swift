// Names that stay silent: called wrong only by a whole list that covers them.

import MartletFeed
import MartletModel
import MartletVenues
import Synchronization
import Testing

@Suite("Live feed: names")
struct LiveNamesTests {
    private static let swap = "BTC-USDT-SWAP"
    private static let wrong = "BTC-USDX-SWAP"
    private static let option = "BTC-USD-261225-100000-C"

    /// What the scripted OKX lists, by type; a type that is missing is not answered.
    private final class Lists: Sendable {
        let names: Mutex<[String: [String]]>
        init(_ names: [String: [String]]) { self.names = Mutex(names) }

        func answer(_ target: String) -> String? {
            guard let place = target.firstRange(of: "instruments?instType=") else { return nil }
            let type = String(target[place.upperBound...].prefix { $0 != "&" })
            guard let found = names.withLock({ $0[type] }) else { return nil }
            let rows = found.map {
                #"{"instType":"\#(type)","instId":"\#($0)","ctType":"linear","ctVal":"0.01","#
                    + #""ctMult":"1","tickSz":"0.1","lotSz":"0.01","minSz":"0.01","#
                    + #""settleCcy":"USDT","state":"live"}"#
            }
            return #"{"code":"0","msg":"","data":[\#(rows.joined(separator: ","))]}"#
        }
    }

    private static let all = ["SPOT": ["BTC-USDT"], "SWAP": [swap], "FUTURES": ["BTC-USDT-261225"]]

    /// An OKX that acknowledges everything and tells nothing but trades of ``swap``.
    private static func venue(_ lists: Lists) throws -> ScriptedLiveVenue {
        try ScriptedLiveVenue(
            onRequest: { lists.answer($0) },
            onMessage: { session, text in
                guard text != "ping" else { return session.send("pong") }
                guard let place = text.firstRange(of: #""id":""#) else { return }
                let id = text[place.upperBound...].prefix { $0.isNumber }
                let event = text.contains("unsubscribe") ? "unsubscribe" : "subscribe"
                session.send(
                    #"{"id":"\#(id)","event":"\#(event)","arg":{"channel":"trades","#
                        + #""instId":"x"},"connId":"a"}"#)
                guard text.contains(#"trades","instId":"\#(swap)""#) else { return }
                session.send(
                    #"{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"#
                        + #""instId":"BTC-USDT-SWAP","tradeId":"1","px":"101.0","sz":"0.10","#
                        + #""side":"buy","ts":"1700000000000","count":"1"}]}"#)
            })
    }

    private static func bench(
        _ venue: ScriptedLiveVenue, _ symbols: [String], _ channel: FeedChannel
    ) throws -> LiveBench {
        var settings = FeedSettings()
        settings.sources = sources(symbols, channel)
        settings.addresses[.okx] = VenueAddress(webSocket: "ws://127.0.0.1:\(venue.port)")
        settings.listRetryEvery = 300_000_000
        return try LiveBench(settings)
    }

    private static func sources(_ symbols: [String], _ channel: FeedChannel) -> [FeedSource] {
        [FeedSource(venue: .okx, symbols: symbols, channels: [channel])]
    }

    private static func isWrong(_ name: String, _ bench: LiveBench) -> Bool {
        bench.notes.contains { $0.contains("no instrument '\(name)'") }
    }

    @Test("a name of a kind that the lists do not cover is never called wrong")
    func uncovered() throws {
        let venue = try Self.venue(Lists(Self.all))
        let bench = try Self.bench(venue, [Self.option, Self.wrong], .trades)
        #expect(eventually { Self.isWrong(Self.wrong, bench) })
        let isHopeless = eventually(for: 3) { bench.hopeless != nil }
        #expect(!isHopeless && !Self.isWrong(Self.option, bench))
        _ = bench.stop()
        venue.stop()
    }

    @Test("a list of which a part is missing calls nothing wrong, and is asked for again")
    func partial() throws {
        let lists = Lists(Self.all.filter { $0.key != "SWAP" })
        let venue = try Self.venue(lists)
        let bench = try Self.bench(venue, [Self.swap, Self.wrong], .liquidations)
        #expect(
            eventually {
                venue.asked.withLock { $0.count { $0.contains("instType=SWAP") } } >= 3
            })
        #expect(bench.hopeless == nil)
        #expect(!Self.isWrong(Self.swap, bench) && !Self.isWrong(Self.wrong, bench))
        lists.names.withLock { $0 = Self.all }
        #expect(eventually { Self.isWrong(Self.wrong, bench) })
        #expect(!Self.isWrong(Self.swap, bench) && bench.hopeless == nil)
        // A whole list has come: it is not asked for any more.
        let asked = venue.asked.withLock { $0.count }
        let isAsked = eventually(for: 2) { venue.asked.withLock { $0.count } > asked + 1 }
        #expect(!isAsked)
        _ = bench.stop()
        venue.stop()
    }

    @Test("an instrument of a pattern stays subscribed to when a later list lacks its part")
    func lostPart() throws {
        let lists = Lists(Self.all)
        let venue = try Self.venue(lists)
        let bench = try Self.bench(venue, ["BTC*SWAP"], .trades)
        #expect(eventually { bench.lines(#""type":"trade""#).count == 1 })
        lists.names.withLock { $0["SWAP"] = nil }
        let asked = venue.asked.withLock { $0.count }
        bench.listen(to: Self.sources(["BTC*SWAP", Self.wrong], .trades))
        #expect(
            eventually {
                venue.asked.withLock {
                    $0[asked...].count { $0.contains("instType=SWAP") }
                } >= 2
            })
        #expect(bench.lines(#""reason":"ended""#).isEmpty)
        #expect(!venue.heard.withLock { $0.contains { $0.contains("unsubscribe") } })
        _ = bench.stop()
        venue.stop()
    }

    @Test("a name that was wrong is no longer so when the sources change and the list has it")
    func grown() throws {
        let lists = Lists(Self.all)
        let venue = try Self.venue(lists)
        let bench = try Self.bench(venue, [Self.wrong], .trades)
        #expect(eventually { Self.isWrong(Self.wrong, bench) })
        lists.names.withLock { $0["SWAP"] = [Self.swap, Self.wrong] }
        bench.listen(to: Self.sources([Self.wrong], .trades))
        let isHopeless = eventually(for: 4) { bench.hopeless != nil }
        #expect(!isHopeless)
        _ = bench.stop()
        venue.stop()
    }
}
