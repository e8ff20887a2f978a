// Which host a request goes to.

import MartletFeed
import MartletModel
import MartletVenues
import Testing

@Suite("Addresses of requests")
struct AddressTests {
    @Test("each path goes to the venue's host for it, unless another address was given")
    func hosts() throws {
        let adapter = try #require(VenueCatalog.adapter(for: .alpacaStocks))
        let trading = "https://api.alpaca.markets"
        let market = "https://data.alpaca.markets"
        let profile = adapter.profile
        let clock = try #require(adapter.instruments(nil).first)
        let bars = try #require(
            adapter.bars(
                BarQuery(symbol: "AAPL", interval: BarInterval(seconds: 60), from: nil, to: nil)))
        for (request, host) in [(clock, trading), (bars, market)] {
            #expect(VenueAddress().restBase(for: request.path, of: profile) == host)
            #expect(RESTAccess().base(for: request, of: profile) == host)
            let streams = VenueAddress(webSocket: "ws://127.0.0.1:9/v2/iex")
            #expect(streams.restBase(for: request.path, of: profile) == "http://127.0.0.1:9")
            let both = VenueAddress(webSocket: "ws://127.0.0.1:9", rest: "http://127.0.0.1:8/")
            #expect(both.restBase(for: request.path, of: profile) == "http://127.0.0.1:8")
            var access = RESTAccess()
            access.base = "http://127.0.0.1:7"
            #expect(access.base(for: request, of: profile) == "http://127.0.0.1:7")
        }
    }
}
