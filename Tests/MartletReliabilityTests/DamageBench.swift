// A venue and two readers in virtual time: one hears the truth, the other what faults left of it.

import MartletFeed
import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

/// A connection to the engine and the pipeline that reads it.
final class BenchReader {
    let number: Int
    let witness = BookWitness()
    let pipeline: FeedPipeline
    let topics: [Topic]
    /// Answers on their way: when they arrive, and to what.
    var answers: [(time: Int64, body: [UInt8], request: String, instrument: String)] = []
    /// When a book may be asked for again.
    var askAgainAt: [String: Int64] = [:]
    /// Whether the venue still speaks on it.
    var isOpen = true

    init(number: Int, adapter: any VenueAdapter, topics: [Topic]) {
        self.number = number
        self.topics = topics
        pipeline = FeedPipeline(
            connection: ConnectionID(venue: adapter.profile.venue, number: number),
            adapter: adapter, memories: TradeMemories(), sink: witness)
    }
}

/// Runs a venue's engine against two readers. Connection 1 is clean, connection 2 damaged.
final class DamageBench {
    let adapter: any VenueAdapter
    let clean: BenchReader
    let damaged: BenchReader
    private(set) var engine: VenueEngine
    /// What struck so far, by kind.
    private(set) var firings: [String: Int] = [:]
    /// Delivered states of the damaged reader that differ from the truth at the same update.
    private(set) var wrong = 0
    /// Delivered states that could be compared.
    private(set) var compared = 0
    private var truth: [String: [Int64: [Int128]]] = [:]
    private var now: Int64 = 0
    private var requestID: Int64 = 1

    static let start: Int64 = 1_700_000_000_000_000_000
    static let step: Int64 = 20_000_000

    init(_ venue: VenueID, seed: UInt64, rules: [FaultRule]) throws {
        adapter = try #require(VenueCatalog.adapter(for: venue))
        let protocolSide = try #require(VenueProtocols.make(venue))
        var plan = FaultPlan(seed: seed, rules)
        for index in plan.rules.indices { plan.rules[index].connection = 2 }
        var options = SyntheticOptions(seed: seed, startTime: Self.start)
        options.updateStep = protocolSide.rules.updateStep
        options.hasReference = protocolSide.rules.hasReference
        options.minutesBefore = 2
        options.eventsPerSecond = 30
        var limits = protocolSide.rules
        limits.messages = nil
        engine = try VenueEngine(
            protocolSide, rules: limits, faults: plan,
            at: ServerInstant(now: 0, wall: Self.start)
        ) { () throws(Failure) in
            VenueMarket(
                source: SyntheticMarket(
                    instruments: protocolSide.syntheticInstruments, options: options))
        }
        let symbols = protocolSide.syntheticInstruments.prefix(2).map(\.symbol)
        let topics = symbols.map { Topic(.l2, of: $0) }
        clean = BenchReader(number: 1, adapter: adapter, topics: topics)
        damaged = BenchReader(number: 2, adapter: adapter, topics: topics)
        clean.witness.onBook = { [unowned self] name, update, book in
            if let update, book.isLive { truth[name, default: [:]][update] = book.top }
        }
        damaged.witness.onBook = { [unowned self] name, update, book in
            guard let update, book.isLive, let right = truth[name]?[update] else { return }
            compared += 1
            if right != book.top { wrong += 1 }
        }
        for reader in [clean, damaged] { try open(reader) }
    }

    private var instant: ServerInstant { ServerInstant(now: now, wall: Self.start + now) }

    private func open(_ reader: BenchReader) throws {
        let route = try adapter.route(of: reader.topics[0])
        var outputs: [VenueOutput] = []
        let decision = engine.open(
            ServerRequest("GET", route.path), number: reader.number, at: instant, &outputs)
        guard case .accept = decision else {
            Issue.record("\(adapter.profile.venue.name) refuses \(route.path): \(decision)")
            return
        }
        carryOut(outputs)
        let keys = VenueCredentials(key: "key", secret: "secret")
        if let text = adapter.authentication(keys) { say(text, reader) }
        for topic in reader.topics { reader.pipeline.expect(topic, at: instant.wall) }
        for text in adapter.subscribe(reader.topics, id: nextID()) { say(text, reader) }
    }

    private func nextID() -> Int64 {
        requestID += 1
        return requestID
    }

    private func say(_ text: String, _ reader: BenchReader) {
        var outputs: [VenueOutput] = []
        engine.receive(.text(text), on: reader.number, at: instant, &outputs)
        carryOut(outputs)
    }

    private func reader(_ number: Int) -> BenchReader { number == 1 ? clean : damaged }

    private func carryOut(_ outputs: [VenueOutput]) {
        for output in outputs {
            switch output {
            case .send(let number, let frame, _): hear(frame, reader(number))
            case .log(let line): note(line)
            case .close(let number, _, _), .reset(let number), .silence(let number):
                reader(number).isOpen = false
            case .ping(let number): engine.pong(on: number, at: instant)
            }
        }
    }

    private func note(_ line: String) {
        guard let range = line.utf8.firstRange(of: "{\"fault\":\"".utf8) else { return }
        let kind = line[range.upperBound...].prefix { $0 != "\"" }
        firings[String(kind), default: 0] += 1
    }

    private func hear(_ frame: ServerFrame, _ reader: BenchReader) {
        let (bytes, isBinary): ([UInt8], Bool) =
            switch frame {
            case .text(let text): (Array(text.utf8), false)
            case .binary(let bytes): (bytes, true)
            }
        bytes.withUnsafeBufferPointer {
            _ = reader.pipeline.frame($0, isBinary: isBinary, at: instant.wall)
        }
    }

    /// Lets the venue run for a while.
    func run(_ nanoseconds: Int64) {
        let end = now + nanoseconds
        while now < end {
            now += Self.step
            var outputs: [VenueOutput] = []
            engine.advance(at: instant, &outputs)
            carryOut(outputs)
            for reader in [clean, damaged] { serve(reader) }
        }
    }

    /// Answers that arrive, silence, and what books wait for.
    private func serve(_ reader: BenchReader) {
        while let first = reader.answers.first, first.time <= now {
            reader.answers.removeFirst()
            first.body.withUnsafeBufferPointer {
                _ = reader.pipeline.frame(
                    $0, request: first.request, instrument: first.instrument, at: instant.wall)
            }
        }
        if now % 200_000_000 == 0 { _ = reader.pipeline.tick(at: instant.wall) }
        for wish in reader.pipeline.wishes() where now >= reader.askAgainAt[wish.instrument] ?? 0 {
            reader.askAgainAt[wish.instrument] = now + 1_000_000_000
            let topic = Topic(.l2, of: wish.instrument)
            if wish.need == .requestedSnapshot,
                let request = adapter.bookSnapshot(of: wish.instrument)
            {
                ask(request, wish.instrument, reader)
            } else {
                for text in adapter.unsubscribe([topic], id: nextID()) { say(text, reader) }
                for text in adapter.subscribe([topic], id: nextID()) { say(text, reader) }
            }
        }
    }

    /// A request whose answer is made now and arrives 30 ms later.
    private func ask(_ request: VenueRequest, _ instrument: String, _ reader: BenchReader) {
        var outputs: [VenueOutput] = []
        let answer = engine.request(
            ServerRequest(request.method, request.path, body: Array(request.body.utf8)),
            at: instant, &outputs)
        carryOut(outputs)
        guard answer.status == 200 else { return }
        reader.answers.append((now + 30_000_000, answer.body, request.summary, instrument))
    }
}
