// A venue server without sockets on virtual time, and a client that believes what it hears.

import MartletModel
import MartletVenueServer
import MartletVenues
import Testing

/// An engine driven step by step; collects what each connection is sent.
struct ServerBench {
    var engine: VenueEngine
    var instant = ServerInstant(now: 1_000_000_000_000, wall: 1_700_000_000_000_000_000)
    var heard: [Int: [String]] = [:]
    var ends: [Int: String] = [:]
    var log: [String] = []
    private var nextNumber = 1

    static let start: Int64 = 1_700_000_000_000_000_000

    init(
        _ venue: any VenueProtocol, seed: UInt64 = 1, rate: Int64 = 50,
        rules: VenueServerRules? = nil, faults: [FaultRule] = [], faultSeed: UInt64 = 1
    ) throws {
        engine = try VenueEngine(
            venue, rules: rules, faults: FaultPlan(seed: faultSeed, faults), at: instant
        ) { () throws(Failure) in
            var options = SyntheticOptions(seed: seed, startTime: Self.start)
            options.updateStep = venue.rules.updateStep
            options.hasReference = venue.rules.hasReference
            options.eventsPerSecond = rate
            options.minutesBefore = 20
            return VenueMarket(
                source: SyntheticMarket(
                    instruments: Array(venue.syntheticInstruments.prefix(1)), options: options))
        }
    }

    /// Opens a connection; nil where it is refused, with the status in `ends[0]`.
    mutating func open(_ target: String, peer: String = "10.0.0.1") -> Int? {
        let number = nextNumber
        nextNumber += 1
        var outputs: [VenueOutput] = []
        let decision = engine.open(
            ServerRequest("GET", target, peer: peer), number: number, at: instant, &outputs)
        take(outputs)
        switch decision {
        case .accept: return number
        case .refuse(let answer): ends[0] = "\(answer.status)"
        case .notAWebSocketPath: ends[0] = "none"
        }
        return nil
    }

    /// Opens a connection that has to open.
    mutating func connect(_ target: String) throws -> Int {
        let number = open(target)
        return try #require(number)
    }

    mutating func say(_ text: String, on number: Int) {
        var outputs: [VenueOutput] = []
        engine.receive(.text(text), on: number, at: instant, &outputs)
        take(outputs)
    }

    mutating func get(_ target: String, peer: String = "10.0.0.1") -> ServerAnswer {
        var outputs: [VenueOutput] = []
        let answer = engine.request(
            ServerRequest("GET", target, peer: peer), at: instant, &outputs)
        take(outputs)
        return answer
    }

    /// Lets time pass.
    mutating func run(_ nanoseconds: Int64) {
        let end = instant.now + nanoseconds
        while instant.now < end {
            let next = min(end, max(engine.nextTime, instant.now + 1))
            instant.wall += next - instant.now
            instant.now = next
            var outputs: [VenueOutput] = []
            engine.advance(at: instant, &outputs)
            take(outputs)
        }
    }

    mutating func pause() {
        var outputs: [VenueOutput] = []
        engine.pause(at: instant, &outputs)
        take(outputs)
    }

    private mutating func take(_ outputs: [VenueOutput]) {
        for output in outputs {
            switch output {
            case .send(let number, .text(let text), let fragment):
                heard[number, default: []].append(fragment > 0 ? "\(fragment)|" + text : text)
            case .send(let number, .binary(let bytes), _):
                heard[number, default: []].append("binary \(bytes.count)")
            case .ping(let number): heard[number, default: []].append("ping")
            case .close(let number, let code, _): ends[number] = "close \(code)"
            case .reset(let number): ends[number] = "reset"
            case .silence(let number): ends[number] = "silence"
            case .log(let line): log.append(line)
            }
        }
    }

    /// What a connection heard so far, as JSON; damaged messages are nil.
    func messages(_ number: Int) -> [ClientJSON?] {
        (heard[number] ?? []).map { ClientJSON.parse($0) }
    }

    /// The firings of a kind in the log.
    func firings(_ kind: FaultKind) -> [ClientJSON] {
        log.compactMap { ClientJSON.parse($0) }.filter { $0["fault"]?.text == kind.rawValue }
    }
}

/// Binance's book as a client keeps it, with what it noticed.
struct NaiveClientBook {
    var bids: [String: String] = [:]
    var asks: [String: String] = [:]
    var last: Int64 = 0
    /// Messages whose numbers do not continue the one before.
    var breaks: [Int64] = []
    /// Messages that were there before.
    var repeats: [Int64] = []
    /// Messages after which the best bid was at or above the best ask.
    var crossings: [Int64] = []

    /// Takes a REST snapshot.
    init(_ snapshot: ClientJSON) {
        for (side, path) in [("bids", \NaiveClientBook.bids), ("asks", \NaiveClientBook.asks)] {
            apply(snapshot[side]?.items ?? [], to: path)
        }
        last = snapshot["lastUpdateId"]?.integer ?? 0
    }

    private mutating func apply(
        _ levels: [ClientJSON], to path: WritableKeyPath<NaiveClientBook, [String: String]>
    ) {
        for level in levels {
            guard let items = level.items, items.count == 2, let price = items[0].text,
                let quantity = items[1].text
            else { continue }
            let isZero = quantity.allSatisfy { $0 == "0" || $0 == "." }
            self[keyPath: path][price] = isZero ? nil : quantity
        }
    }

    /// Takes a `depthUpdate`, by the rules of spot or futures.
    mutating func take(_ message: ClientJSON, isSpot: Bool) {
        guard let first = message["U"]?.integer, let end = message["u"]?.integer else { return }
        if end <= last {
            repeats.append(end)
            return
        }
        let previous = message["pu"]?.integer
        let follows =
            isSpot ? first <= last + 1 : (previous == last || (first <= last && end >= last))
        if !follows { breaks.append(end) }
        apply(message["b"]?.items ?? [], to: \.bids)
        apply(message["a"]?.items ?? [], to: \.asks)
        last = end
        guard let bid = bids.keys.compactMap({ Double($0) }).max(),
            let ask = asks.keys.compactMap({ Double($0) }).min()
        else { return }
        if bid >= ask { crossings.append(end) }
    }
}
