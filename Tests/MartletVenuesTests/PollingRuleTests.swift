// Which channels are asked for by requests, how, and how often.

import MartletModel
import MartletVenues
import Testing

@Suite("Polling rules")
struct PollingRuleTests {
    @Test("every public channel of a venue is streamed or can be asked for", arguments: VenueID.all)
    func complete(venue: VenueID) throws {
        guard let adapter = VenueCatalog.adapter(for: venue) else { return }
        let symbols: [VenueID: String] = [
            .okx: "BTC-USDT-SWAP", .hyperliquid: "BTC", .mexcFutures: "BTC_USDT",
            .alpacaCrypto: "BTC/USD", .alpacaStocks: "AAPL", .binanceCoinM: "BTCUSD_PERP",
        ]
        let symbol = symbols[venue] ?? "BTCUSDT"
        for channel in adapter.profile.channels where !channel.isPrivate {
            let topic = Topic(channel, of: symbol)
            if adapter.profile.isStreamed(channel) { _ = try adapter.route(of: topic) }
            if let rule = adapter.profile.polled[channel] {
                let questions = adapter.questions([topic])
                #expect(!questions.isEmpty && questions.allSatisfy { $0.topics == [topic] })
                #expect(questions.allSatisfy { $0.every >= rule.every })
                let cadence = try #require(adapter.profile.cadences[channel])
                #expect(cadence > rule.every)
            }
        }
        #expect(adapter.profile.channels.contains(.instruments))
    }

    @Test("what is asked the same way is asked once, many rules as one list")
    func merging() {
        let futures = BinanceAdapter(.usdm)
        let topics = ["AUSDT", "BUSDT"].flatMap {
            [Topic(.instruments, of: $0), Topic(.openInterest, of: $0)]
        }
        let asked = futures.questions(topics)
        #expect(
            asked.map(\.request.path) == [
                "/fapi/v1/exchangeInfo", "/fapi/v1/openInterest?symbol=AUSDT",
                "/fapi/v1/openInterest?symbol=BUSDT",
            ])
        #expect(asked[0].topics.map(\.symbol) == ["AUSDT", "BUSDT"])
        let spot = BinanceAdapter(.spot)
        let few = spot.questions((0..<10).map { Topic(.instruments, of: "A\($0)") })
        #expect(few.count == 10)
        let many = spot.questions((0..<11).map { Topic(.instruments, of: "A\($0)") })
        #expect(many.map(\.request.path) == ["/api/v3/exchangeInfo"])
        #expect(many[0].topics.count == 11)
        #expect(spot.openInterest(of: "BTCUSDT") == nil)
    }

    @Test("questions take at most half of the weight, divided by the markets that share it")
    func pace() {
        let futures = BinanceAdapter(.usdm)
        let second: Int64 = 1_000_000_000
        let few = futures.questions([Topic(.openInterest, of: "BTCUSDT")])
        #expect(few.map(\.every) == [10 * second])
        let many = futures.questions((0..<600).map { Topic(.openInterest, of: "A\($0)") })
        #expect(many.count == 600 && many.allSatisfy { $0.every == 60 * second })
        let other = BinanceAdapter(.coinm).questions(
            (0..<600).map { Topic(.openInterest, of: "A\($0)_PERP") })
        let taken = (many + other).reduce(0.0) {
            $0 + Double($1.request.weight) * 60e9 / Double($1.every)
        }
        #expect(taken <= 1_200)
    }
}
