// Facts of connections as small JSON objects, for the recorder.

import MartletModel
import MartletStore
import MartletVenues

/// Writes the details of a fact.
enum JSONFacts {
    /// What a replay needs to begin as the live connection did.
    static func connected(_ url: String, attempts: Int64) -> String {
        JSONText.object([("url", .string(url)), ("attempts", .integer(attempts))]).line
    }

    /// Topics that were subscribed to, or are no longer; `silent` are those of them that were silent
    /// on the connection before.
    static func topics(_ topics: [Topic], silent: Set<Topic> = []) -> String {
        let items: [JSONText] = topics.map { topic in
            .object(
                [
                    ("channel", .string(topic.channel.rawValue)), ("symbol", .string(topic.symbol)),
                    ("interval", topic.interval.map { .string($0.text) } ?? .null),
                    ("depth", topic.depth.map { .integer(Int64($0)) } ?? .null),
                ] + (silent.contains(topic) ? [("silent", .flag(true))] : []))
        }
        return JSONText.object([("topics", .array(items))]).line
    }

    /// What the next line answers, besides its request.
    static func answer(_ instrument: String, isBackfill: Bool) -> String {
        JSONText.object([
            ("instrument", .string(instrument)), ("backfill", .flag(isBackfill)),
        ]).line
    }

    /// That the next line answers with the trades after `mark`.
    static func backfill(_ instrument: String, _ mark: TradeMark) -> String {
        JSONText.object([
            ("instrument", .string(instrument)), ("backfill", .flag(true)),
            ("after", .integer(mark.time)), ("afterId", mark.id.map { .string($0) } ?? .null),
        ]).line
    }

    /// An object of texts.
    static func object(_ members: [(String, String)]) -> String {
        JSONText.object(members.map { ($0.0, .string($0.1)) }).line
    }
}
