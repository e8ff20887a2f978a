// A recording served: its messages, numbers and decimals come out as they went in.

import MartletModel
import MartletStore
import MartletTesting
import MartletVenueServer
import MartletVenues
import Testing

@Suite("Recorded market")
struct CaptureMarketTests {
    private static let capture = TestData.packageRoot + "/Tests/Data/ethusdt_usdm_300.gz"

    private func market() throws -> VenueMarket {
        VenueMarket(
            source: try CaptureMarket(
                paths: [Self.capture], venue: BinanceProtocol(.usdm),
                adapter: BinanceAdapter(.usdm)))
    }

    /// The recorded messages of a stream, as their data.
    private func recorded(_ stream: String) throws -> [ClientJSON] {
        let reader = try CaptureReader(path: Self.capture)
        var found: [ClientJSON] = []
        while let line = try reader.next() {
            guard let message = ClientJSON.parse(Array(line.payload)),
                message["stream"]?.text == stream, let data = message["data"]
            else { continue }
            found.append(data)
        }
        return found
    }

    @Test(
        "subscribers hear the recorded facts, digit for digit",
        arguments: [
            ("depth@0ms", "/public/ws", ["U", "u", "pu", "b", "a", "T"]),
            ("trade", "/public/ws", ["t", "p", "q", "m", "T"]),
            ("bookTicker", "/public/ws", ["u", "b", "B", "a", "A", "T"]),
        ])
    func fidelity(stream: String, path: String, keys: [String]) throws {
        let market = try market()
        let venue = BinanceProtocol(.usdm)
        let request = ServerRequest("GET", path + "/ethusdt@" + stream)
        var session = VenueSession(number: 1, request: request, openedAt: 0)
        _ = venue.open(request, &session, VenueMoment(market: market, wallTime: 1))
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + 3_600_000_000_000, &updates)
        #expect(market.isAtEnd)
        #expect(market.unusable == 0)
        var heard: [ClientJSON] = []
        for update in updates {
            for subscription in session.subscriptions {
                guard let told = subscription.told(update, market) else { continue }
                let moment = VenueMoment(market: market, wallTime: 1)
                for case .text(let text) in venue.frames(
                    told, for: subscription, in: session, moment)
                {
                    heard.append(try #require(ClientJSON.parse(text)))
                }
            }
        }
        let wanted = try recorded("ethusdt@" + stream)
        #expect(heard.count == wanted.count && !wanted.isEmpty)
        for (ours, theirs) in zip(heard, wanted) {
            for key in keys { #expect(ours[key]?.json == theirs[key]?.json, "\(key)") }
        }
    }

    @Test("the recorded snapshot is served, and the stream joins it")
    func snapshot() throws {
        let market = try market()
        let instrument = try #require(market.instrument("ETHUSDT"))
        let first = instrument.update
        #expect(instrument.levels(.buy, depth: 0).count == 1000)
        var updates: [MarketUpdate] = []
        instrument.activate(BookViewKey(depth: 0, cadence: 0))
        try market.advance(to: market.time + 3_600_000_000_000, &updates)
        var last = first
        var joined = false
        for update in updates {
            guard case .book(_, let change) = update.content, change.lastUpdate > first else {
                continue
            }
            if joined {
                #expect(change.previousUpdate == last)
            } else {
                #expect(change.firstUpdate <= first || change.previousUpdate == first)
            }
            joined = true
            last = change.lastUpdate
        }
        #expect(joined)
        #expect(instrument.update == last)
        #expect(!instrument.isCrossed)
    }

    @Test("a file without anything of the venue is refused with what was seen")
    func refusal() throws {
        #expect {
            _ = try CaptureMarket(
                paths: [Self.capture], venue: BinanceProtocol(.usdm),
                adapter: try #require(VenueCatalog.adapter(for: .bybitLinear)))
        } throws: { error in
            (error as? Failure)?.kind == .integrity
        }
        #expect(throws: Failure.self) {
            _ = try CaptureMarket(
                paths: ["/nowhere"], venue: BinanceProtocol(.spot), adapter: BinanceAdapter(.spot))
        }
    }

    @Test("a recording says what it holds by kind, and what clients will miss")
    func holdings() throws {
        let whole = try market()
        #expect(whole.summary.contains("300 messages hold 1 whole book, "))
        #expect(whole.summary.contains(" trades, ") && !whole.summary.contains("; no "))
        let folder = TestFolder()
        func write(_ lines: [String]) -> String {
            folder.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: "lines")
        }
        let trade =
            #"{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":1,"p":"10.5","q":"2","T":1700000000000,"m":true}"#
        let control = #"{"result":null,"id":1}"#
        let path = write([
            "1700000000000000000 " + control, "1700000000000000001 " + trade,
            "1700000000000000002 {\"e\":\"novelty\"}", "1700000000000000003 {\"e\":",
        ])
        let market = try CaptureMarket(
            paths: [path], venue: BinanceProtocol(.spot), adapter: BinanceAdapter(.spot))
        #expect(
            market.summary == "4 messages hold 1 trade; 1 control message, 1 of unknown kinds, "
                + "1 that do not decode; no books, no best bid and ask")
        let empty = write([
            "1700000000000000000 " + control, "1700000000000000002 {\"e\":\"novelty\"}",
        ])
        #expect {
            _ = try CaptureMarket(
                paths: [empty], venue: BinanceProtocol(.spot), adapter: BinanceAdapter(.spot))
        } throws: { error in
            let words = (error as? Failure)?.message ?? ""
            return words.contains(
                "2 messages hold nothing of a market; 1 control message, 1 of unknown kinds; needed"
            )
        }
    }

    @Test("captures of another recorder are read with their snapshots")
    func otherRecorder() throws {
        guard let shared = TestData.shared else { return }  // not there: said by other suites
        let folder = shared + "/data/captures/binance-coinm/BINANCE_DELIVERY"
        let market = VenueMarket(
            source: try CaptureMarket(
                paths: [folder + ".ws.1.0", folder + ".http.0.0"], venue: BinanceProtocol(.coinm),
                adapter: BinanceAdapter(.coinm)))
        #expect(market.instruments.count == 10)
        var updates: [MarketUpdate] = []
        try market.advance(to: market.time + 60_000_000_000, &updates)
        #expect(market.isAtEnd)
        #expect(market.instruments.allSatisfy { !$0.isCrossed && $0.hasBook })
        #expect(updates.count > 2000)
    }
}
