// One connection of a replay: its pipeline, told again what the live one was told.

import FoundationEssentials
import MartletModel
import MartletStore
import MartletVenues

/// Drives a pipeline with what was recorded of a connection.
///
/// The recorder notes everything that a live pipeline is told besides messages: subscriptions, the
/// taking over from another connection, looks at the clock that changed something, signs of life.
/// Captures without such facts (of others, or of a feed that was not live) are read by a pipeline
/// that delivers everything from the start.
final class ReplayedConnection {
    private(set) var pipeline: FeedPipeline
    private let connection: ConnectionID
    private let adapter: any VenueAdapter
    private let memories: TradeMemories
    private let sink: any FeedSink
    private var answer: AnswerFact?

    private struct Connected: Decodable { var attempts: Int64? }

    private struct Disconnected: Decodable { var reason: String? }

    private struct Missed: Decodable { var instrument: String }

    private struct Topics: Decodable {
        struct Item: Decodable {
            var channel: String
            var symbol: String
            var interval: String?
            var depth: Int?
            var silent: Bool?
        }
        var topics: [Item]

        var values: [(topic: Topic, wasSilent: Bool)] {
            topics.compactMap { item in
                guard let channel = FeedChannel(rawValue: item.channel) else { return nil }
                let topic = Topic(
                    channel, of: item.symbol, interval: item.interval.flatMap { BarInterval($0) },
                    depth: item.depth)
                return (topic, item.silent ?? false)
            }
        }
    }

    init(
        _ connection: ConnectionID, _ adapter: any VenueAdapter, _ memories: TradeMemories,
        _ sink: any FeedSink
    ) {
        self.connection = connection
        self.adapter = adapter
        self.memories = memories
        self.sink = sink
        pipeline = FeedPipeline(
            connection: connection, adapter: adapter, memories: memories, sink: sink)
    }

    /// Reads a message.
    func take(_ message: CaptureMessage) {
        let bytes = message.bytes.bindMemory(to: UInt8.self)
        let answer = answer
        self.answer = nil
        if let answer, answer.isBackfill, let request = message.request {
            _ = pipeline.backfill(
                bytes, request: request, instrument: answer.instrument, after: answer.mark,
                at: message.receiveTime)
        } else {
            _ = pipeline.frame(
                bytes, isBinary: message.isBinary, request: message.request,
                instrument: answer?.instrument, at: message.receiveTime)
        }
    }

    /// Tells the pipeline what the live one was told.
    func take(_ fact: CaptureFact) {
        let time = fact.time
        switch fact.word {
        case "connected":
            guard let attempts = decode(Connected.self, fact)?.attempts else { return }
            if pipeline.counts.frames == 0 {
                pipeline = FeedPipeline(
                    connection: connection, adapter: adapter, memories: memories, sink: sink,
                    isPrimary: false, isSelective: true)
            }
            pipeline.tell(.connect(FeedTrouble(count: attempts)), at: time)
        case "polling":
            guard pipeline.counts.frames == 0 else { return }
            pipeline = FeedPipeline(
                connection: connection, adapter: adapter, memories: memories, sink: sink,
                isPolled: true)
        case "disconnected":
            pipeline.tell(
                .disconnect(
                    FeedTrouble(
                        decode(Disconnected.self, fact)?.reason, count: pipeline.counts.frames)),
                at: time)
        case "expect":
            for (topic, wasSilent) in decode(Topics.self, fact)?.values ?? [] {
                pipeline.expect(topic, afterSilence: wasSilent, at: time)
            }
        case "forget":
            for (topic, _) in decode(Topics.self, fact)?.values ?? [] {
                pipeline.forget(topic, at: time)
            }
        case "promote": pipeline.makePrimary(at: time)
        case "retire": pipeline.makeSecondary()
        case "tick": _ = pipeline.tick(at: time)
        case "heartbeat": pipeline.tell(.heartbeat(pipeline.counts), at: time)
        case "answer": answer = AnswerFact(fact.json)
        case "missed":
            guard let instrument = decode(Missed.self, fact)?.instrument else { return }
            pipeline.missTrades(of: instrument, at: time)
        case "gap":
            guard RecorderLoss(fact.json) != nil else { return }
            // The recorder itself lost messages: what it lost cannot be told, but that it did.
            pipeline.tell(
                .gap(FeedTrouble("recorder", count: RecorderLoss(fact.json)?.messages)), at: time)
        default: break
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ fact: CaptureFact) -> Value? {
        // A fact that cannot be read tells nothing; recorders write theirs whole.
        try? JSONDecoder().decode(type, from: Data(fact.json))  // see above
    }
}

/// What a fact `#answer` says of the next message.
struct AnswerFact {
    /// The instrument that was asked for.
    let instrument: String
    /// Whether it fills a hole of trades.
    let isBackfill: Bool
    /// The last trade before the hole, where the recorder knew it.
    let mark: TradeMark?

    private struct Wire: Decodable {
        var instrument: String
        var backfill: Bool
        var after: Int64?
        var afterId: String?
    }

    /// Nil where the fact says nothing of that kind.
    init?(_ json: UnsafeRawBufferPointer) {
        // A fact that cannot be read tells nothing.
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(json))  // see above
        else { return nil }
        instrument = wire.instrument
        isBackfill = wire.backfill
        mark = wire.after.map { TradeMark(time: $0, id: wire.afterId) }
    }
}
