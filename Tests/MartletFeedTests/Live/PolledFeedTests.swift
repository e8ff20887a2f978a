// What no stream tells: asked for again and again, recorded, replayed, refused where it is missing.

import Glibc
import MartletFeed
import MartletModel
import MartletStore
import MartletTesting
import MartletVenues
import Synchronization
import Testing

@Suite("Polled channels")
struct PolledFeedTests {
    /// Binance USDT-M with one contract, whose open interest grows with every question.
    private static func venue() throws -> ScriptedLiveVenue {
        let count = Mutex(0)
        return try ScriptedLiveVenue(
            onRequest: { target in
                if target == "/fapi/v1/exchangeInfo" {
                    return #"{"timezone":"UTC","serverTime":1700000000000,"symbols":["#
                        + ["BTCUSDT", "ETHUSDT"].map {
                            #"{"symbol":"\#($0)","pair":"\#($0)","contractType":"PERPETUAL","#
                                + #""status":"TRADING","baseAsset":"X","quoteAsset":"USDT","#
                                + #""marginAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","#
                                + #""minPrice":"0.1","maxPrice":"1000","tickSize":"0.10"},"#
                                + #"{"filterType":"LOT_SIZE","stepSize":"0.001","minQty":"0.001","#
                                + #""maxQty":"100"}]}"#
                        }.joined(separator: ",") + "]}"
                }
                guard target == "/fapi/v1/openInterest?symbol=BTCUSDT" else { return nil }
                let value = count.withLock {
                    $0 += 1
                    return $0
                }
                return #"{"symbol":"BTCUSDT","openInterest":"\#(value).500","time":1700000000000}"#
            },
            onMessage: { session, text in
                guard let place = text.firstRange(of: "\"id\":") else { return }
                let id = text[place.upperBound...].prefix { $0.isNumber }
                session.send(#"{"result":null,"id":\#(id)}"#)
            })
    }

    private static func settings(
        _ venue: ScriptedLiveVenue, _ symbols: [String], _ channels: [FeedChannel]
    ) -> FeedSettings {
        var settings = FeedSettings()
        settings.sources = [
            FeedSource(venue: .binanceUSDM, symbols: symbols, channels: channels)
        ]
        settings.addresses[.binanceUSDM] = VenueAddress(
            webSocket: "ws://127.0.0.1:\(venue.port)")
        settings.pollEvery = 100_000_000
        return settings
    }

    @Test("open interest and rules come again and again, and a recording gives the same")
    func polls() throws {
        let folder = TestFolder()
        let venue = try Self.venue()
        let recorder = try CaptureRecorder(.init(root: folder.path, run: 7)) { _ in }
        let bench = try LiveBench(
            Self.settings(venue, ["BTCUSDT"], [.openInterest, .instruments]), observer: recorder)
        #expect(eventually { bench.lines(#""quantity":"3.500""#).count == 1 })
        #expect(eventually { bench.lines(#""type":"instrument""#).count >= 2 })
        bench.listen(to: [
            FeedSource(venue: .binanceUSDM, symbols: ["BTCUSDT"], channels: [.openInterest])
        ])
        #expect(eventually { bench.lines(#""type":"disconnect""#).count >= 2 })
        let health = try #require(bench.health?.venues.first)
        let count = bench.lines(#""type":"open_interest""#).count
        #expect(eventually { bench.lines(#""type":"open_interest""#).count > count })
        _ = bench.stop()
        let lines = bench.allLines
        venue.stop()
        _ = try recorder.finish()
        #expect(health.state == "live" && health.topics == 1 && health.errors == 0)
        let interest = lines.filter { $0.contains(#""type":"open_interest""#) }
        for (index, line) in interest.enumerated() {
            #expect(line.contains(#""instrument":"BTCUSDT","channel":"openinterest""#))
            #expect(line.contains(#""quantity":"\#(index + 1).500""#))
        }
        // Only what was asked for, though the answer lists more.
        #expect(!lines.contains { $0.contains("ETHUSDT") })
        // The channel that is no longer wanted says so, and is not asked for any more.
        let end = try #require(
            lines.firstIndex {
                $0.contains(#""type":"disconnect""#) && $0.contains(#""channel":"instruments""#)
            })
        #expect(!lines[end...].contains { $0.contains(#""type":"instrument""#) })
        let again = try replayed(
            ReplayOptions(CaptureSelection(paths: [folder.path]), filter: try EnvelopeFilter()))
        func isPolled(_ line: some StringProtocol) -> Bool { line.contains(#""connection":1,"#) }
        #expect(
            again.text.split(separator: "\n").filter(isPolled).map(String.init)
                == lines.filter(isPolled).map { String($0.dropLast()) })
        #expect(interest.allSatisfy(isPolled))
    }

    @Test("a contract that the venue does not have ends the run, another one does not")
    func unknown() throws {
        let venue = try Self.venue()
        let bench = try LiveBench(Self.settings(venue, ["NOSUCH"], [.openInterest]))
        #expect(eventually { bench.hopeless != nil })
        #expect(bench.hopeless?.kind == .notFound)
        _ = bench.stop()
        let both = try LiveBench(Self.settings(venue, ["NOSUCH", "BTCUSDT"], [.openInterest]))
        #expect(eventually { both.lines(#""type":"open_interest""#).count >= 3 })
        #expect(eventually { both.notes.contains { $0.contains("no instrument 'NOSUCH'") } })
        let notes = both.notes
        #expect(notes.count { $0.contains("no instrument 'NOSUCH'") } == 1)
        let asked = venue.asked.withLock { $0.count { $0.contains("NOSUCH") } }
        #expect(both.hopeless == nil && asked == 2)
        _ = both.stop()
        venue.stop()
    }
}
