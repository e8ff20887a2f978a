// What is asked a venue again and again, because no stream tells it.

/// A request that is repeated, and the topics that its answer brings.
public struct VenueQuestion: Hashable, Sendable {
    /// What is asked.
    public let request: VenueRequest
    /// What for.
    public let topics: [Topic]
    /// From one time to the next; ns.
    public let every: Int64
}

extension VenueAdapter {
    /// The questions that bring topics of channels that the venue tells in answers only, or only
    /// there completely (``VenueProfile/polled``). What is asked the same way is asked once; the
    /// rules of many instruments are asked for as one list.
    ///
    /// - Returns: Questions in the order of their first topics; together they take at most half of
    ///   the venue's weight, or requests, of a minute, divided by the markets that share them.
    public func questions(_ topics: [Topic]) -> [VenueQuestion] {
        var asked: [(request: VenueRequest, topics: [Topic], every: Int64)] = []
        func ask(_ request: VenueRequest, _ topic: Topic, _ every: Int64) {
            if let place = asked.firstIndex(where: { $0.request == request }) {
                asked[place].topics.append(topic)
            } else {
                asked.append((request, [topic], every))
            }
        }
        let listed = topics.filter { $0.channel == .instruments }
        let single = Set(listed.flatMap { instruments($0.symbol) })
        for topic in topics {
            guard let rule = profile.polled[topic.channel] else { continue }
            switch topic.channel {
            case .openInterest:
                if let request = openInterest(of: topic.symbol) { ask(request, topic, rule.every) }
            case .instruments:
                let requests =
                    single.count <= Self.singleMax
                    ? instruments(topic.symbol) : instruments(nil)
                for request in requests { ask(request, topic, rule.every) }
            default: break
            }
        }
        let limit = profile.limits.first { $0.name == "weight" || $0.name == "requests" }
        let pace = Self.leastPace(
            of: asked.map(\.request.weight), limit, sharedBy: profile.marketsSharingLimits)
        return asked.map { item in
            VenueQuestion(
                request: item.request, topics: item.topics, every: max(item.every, pace))
        }
    }

    /// Up to so many requests for one instrument each are preferred to one for all.
    private static var singleMax: Int { 10 }

    /// How long a round of all requests takes at half of a market's share of a limit; ns.
    private static func leastPace(
        of weights: [Int64], _ limit: RateLimit?, sharedBy markets: Int
    ) -> Int64 {
        guard let limit else { return 0 }
        let sum = weights.reduce(0.0) { $0 + Double(limit.name == "weight" ? $1 : 1) }
        let pace = sum * Double(limit.window) / Double(limit.capacity) * 2 * Double(markets)
        return pace < 86_400e9 ? Int64(pace) : 86_400_000_000_000
    }
}
