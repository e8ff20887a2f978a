// How a live feed does: numbers per venue, as a table, a JSON line, metrics.

import MartletModel
public import MartletStore
public import MartletVenues

/// How one venue does.
public struct VenueHealth: Sendable {
    /// The venue's id.
    public let venue: String
    /// `live`, `syncing`, `gapped`, `stale`, `quiet` or `down`.
    public let state: String
    /// Connections that are open.
    public let connections: Int
    /// Topics wanted.
    public let topics: Int
    /// Since the start.
    public let counts: FeedCounts
    /// Messages that could not be read.
    public let errors: Int64
    /// Messages of unknown kinds.
    public let unknown: Int64
    /// Connections lost.
    public let disconnects: Int64
    /// Books by state: live, and all.
    public let liveBooks: Int
    /// Books kept.
    public let books: Int
    /// Since the latest message; ns, nil while there was none.
    public let age: Int64?
    /// Venue's clock minus ours; ns.
    public let clockOffset: Int64?
    /// The latest trouble in words.
    public let trouble: String?

    init(_ feed: VenueFeed, at now: Int64, wall: Int64) {
        venue = feed.name
        let pipelines =
            feed.links.flatMap { link in
                link.sockets.values.filter { !$0.isRetired }.map(\.pipeline)
            } + [feed.polls?.pipeline].compactMap(\.self)
        let polls = feed.polls.flatMap { $0.topics.isEmpty ? nil : $0 }
        let open =
            feed.links.compactMap(\.primary?.pipeline)
            + [polls.flatMap { $0.isAnswered ? $0.pipeline : nil }].compactMap(\.self)
        connections = open.count
        topics = feed.links.reduce(polls?.topics.count ?? 0) { $0 + $1.machine.topics.count }
        var sum = feed.past
        var states: [FeedState: Int] = [:]
        for pipeline in pipelines {
            sum.frames += pipeline.counts.frames
            sum.events += pipeline.counts.events
            sum.gaps += pipeline.counts.gaps
            sum.resyncs += pipeline.counts.resyncs
            sum.dropped += pipeline.counts.dropped
            guard pipeline.isPrimary else { continue }
            for (state, count) in pipeline.bookStates { states[state, default: 0] += count }
        }
        counts = sum
        errors = pipelines.reduce(feed.pastErrors) { $0 + $1.errorCount }
        unknown = pipelines.reduce(feed.pastUnknown) { $0 + $1.unknownCount }
        disconnects = feed.disconnectCount
        liveBooks = states[.live] ?? 0
        books = states.values.reduce(0, +)
        let last = pipelines.compactMap(\.lastFrame).max()
        age = last.map { max(wall - $0, 0) }
        clockOffset = feed.clockOffset
        trouble = feed.troubles.latest
        state = Self.word(
            states, isOpen: !open.isEmpty,
            isLive: open.contains(where: \.wasLive) || feed.links.contains { $0.isHeeded })
    }

    private static func word(_ states: [FeedState: Int], isOpen: Bool, isLive: Bool) -> String {
        guard isOpen else { return "down" }
        for state in [FeedState.gapped, .stale, .syncing] where (states[state] ?? 0) > 0 {
            return state.rawValue
        }
        return isLive ? "live" : "syncing"
    }

    /// As a JSON object.
    public var json: JSONText {
        .object([
            ("venue", .string(venue)), ("state", .string(state)),
            ("connections", .integer(Int64(connections))), ("topics", .integer(Int64(topics))),
            ("frames", .integer(counts.frames)), ("events", .integer(counts.events)),
            ("gaps", .integer(counts.gaps)), ("resyncs", .integer(counts.resyncs)),
            ("dropped", .integer(counts.dropped)), ("errors", .integer(errors)),
            ("unknown", .integer(unknown)), ("disconnects", .integer(disconnects)),
            ("liveBooks", .integer(Int64(liveBooks))), ("books", .integer(Int64(books))),
            ("ageMilliseconds", .integer(age.map { $0 / 1_000_000 } ?? -1)),
            ("clockOffsetMilliseconds", .double(clockOffset.map { Double($0) / 1e6 })),
        ])
    }
}

/// How all venues of a feed do.
public struct FeedHealth: Sendable {
    /// The venues in the order of the sources.
    public let venues: [VenueHealth]

    init(_ venues: [VenueHealth]) { self.venues = venues }

    /// One line for machines.
    public var json: JSONText {
        .object([("type", .string("health")), ("venues", .array(venues.map(\.json)))])
    }

    /// Metrics in the exposition format; labels are bounded by the number of venues.
    var metrics: String {
        var text = ""
        func family(_ name: String, _ kind: String, _ value: (VenueHealth) -> Int64) {
            text += "# TYPE martlet_feed_\(name) \(kind)\n"
            for venue in venues {
                text += "martlet_feed_\(name){venue=\"\(venue.venue)\"} \(value(venue))\n"
            }
        }
        family("connections", "gauge") { Int64($0.connections) }
        family("topics", "gauge") { Int64($0.topics) }
        family("books", "gauge") { Int64($0.books) }
        family("books_live", "gauge") { Int64($0.liveBooks) }
        family("frames_total", "counter") { $0.counts.frames }
        family("events_total", "counter") { $0.counts.events }
        family("gaps_total", "counter") { $0.counts.gaps }
        family("resyncs_total", "counter") { $0.counts.resyncs }
        family("withheld_total", "counter") { $0.counts.dropped }
        family("errors_total", "counter") { $0.errors }
        family("unknown_total", "counter") { $0.unknown }
        family("disconnects_total", "counter") { $0.disconnects }
        family("message_age_nanoseconds", "gauge") { $0.age ?? -1 }
        family("clock_offset_nanoseconds", "gauge") { $0.clockOffset ?? 0 }
        return text
    }
}
