// A venue that exists only in tests.

import MartletModel
import MartletVenues

/// A venue with numbered requests and whatever limits a test wants.
struct TestAdapter: VenueAdapter {
    var profile: VenueProfile

    init(
        limits: [RateLimit] = [], lifetime: Int64? = nil,
        ping: PingRule = .text("ping", every: 20_000_000_000), topicsPerMessage: Int = 2
    ) {
        profile = VenueProfile(
            venue: .okx, webSocketBase: "ws://test", restBase: "http://test",
            channels: Set(FeedChannel.allCases), bookSource: .streamed(.bybit), ping: ping)
        profile.limits = limits
        profile.lifetime = lifetime
        profile.topicsPerMessage = topicsPerMessage
    }

    func makeDecoder() -> any VenueDecoder { BinanceVenueDecoder(.spot) }
    func route(of topic: Topic) throws(Failure) -> StreamRoute {
        StreamRoute(name: "stream", path: "/")
    }
    func subscribe(_ topics: [Topic], id: Int64) -> [String] {
        ["sub \(id) " + topics.map(\.symbol).joined(separator: ",")]
    }
    func unsubscribe(_ topics: [Topic], id: Int64) -> [String] {
        ["unsub \(id) " + topics.map(\.symbol).joined(separator: ",")]
    }
    func authentication(_ credentials: VenueCredentials) -> String? { "auth" }
    func bookSnapshot(of symbol: String) -> VenueRequest? { nil }
    func trades(of symbol: String, afterID: String?, from: Int64?) -> VenueRequest? { nil }
    func instruments(_ symbol: String?) -> [VenueRequest] { [] }
    func bars(_ query: BarQuery) -> VenueRequest? { nil }
    func serverTime() -> VenueRequest? { nil }
    func symbol(for pair: String) -> String? { pair }
}
