// A venue server without sockets: connections and requests in, messages and answers out.

package import MartletModel

/// How fast market time goes, and when it starts.
package struct VenuePace: Hashable, Sendable {
    /// Market seconds per second, 1 to 10,000.
    package var speed: Int64 = 1
    /// Whether the market waits for the first subscription.
    package var waitsForSubscriber = false
    /// Whether a recording that ended begins again while somebody listens: connections are closed
    /// first. Without it the next one who comes after all have left hears it from the beginning.
    package var loops = false

    /// As recorded, at once.
    package init() {}
}

/// What the server has to do for the engine.
package enum VenueOutput: Hashable, Sendable {
    /// Send a message; in fragments of so many bytes where that is above 0.
    case send(connection: Int, ServerFrame, fragment: Int)
    /// Send a ping frame.
    case ping(connection: Int)
    /// Send a close frame and end the connection.
    case close(connection: Int, code: UInt16, reason: String)
    /// End the connection without a word.
    case reset(connection: Int)
    /// Keep the connection, and neither read nor send any more.
    case silence(connection: Int)
    /// A line for the log: a JSON object.
    case log(String)
}

/// The instant of an input: monotonic and wall clock, both ns.
package struct ServerInstant: Hashable, Sendable {
    /// Monotonic.
    package var now: Int64
    /// Since the epoch.
    package var wall: Int64

    /// An instant.
    package init(now: Int64, wall: Int64) {
        self.now = now
        self.wall = wall
    }
}

/// Counters of a running server.
package struct VenueCounters: Hashable, Sendable {
    /// Connections opened.
    package var connections: Int64 = 0
    /// Messages of clients.
    package var received: Int64 = 0
    /// Messages sent.
    package var sent: Int64 = 0
    /// REST requests answered.
    package var requests: Int64 = 0
    /// Faults that struck.
    package var faults: Int64 = 0
    /// Connections ended because their queue was full.
    package var overflows: Int64 = 0
    /// Connections and requests refused by a limit.
    package var refused: Int64 = 0
}

/// Everything a venue server decides, as one state machine: the shell owns sockets and clocks.
package struct VenueEngine {
    /// The venue.
    package let venue: any VenueProtocol
    /// The market as it is now; another one after a recording began again.
    package private(set) var market: VenueMarket
    /// Counters.
    package internal(set) var counters = VenueCounters()
    /// Whether the market stands still.
    package private(set) var isPaused = false

    /// Limits and habits in force: the venue's, unless others were asked for.
    package let rules: VenueServerRules
    let pace: VenuePace
    let startedAt: Int64
    let startedWall: Int64
    var sessions: [Int: SessionState] = [:]
    var order: [Int] = []
    var faults: FaultInjector
    /// What clients used of the limits at most.
    package internal(set) var usage: VenueUsage
    var weights: WeightLedger?
    var opened: WeightLedger?
    var updates: [MarketUpdate] = []
    private var isRunning: Bool
    private var anchorNow: Int64
    private var anchorMarket: Int64
    private var nextSecond: Int64
    private let makeMarket: () throws(Failure) -> VenueMarket

    /// Messages that wait for one connection at most; with more it is ended.
    package static let queueMax = 10_000

    /// A server at its start. `makeMarket` gives the market from its beginning, each time anew.
    package init(
        _ venue: any VenueProtocol, rules: VenueServerRules? = nil, pace: VenuePace = VenuePace(),
        faults: FaultPlan = FaultPlan(),
        at instant: ServerInstant, makeMarket: @escaping () throws(Failure) -> VenueMarket
    ) throws(Failure) {
        self.venue = venue
        self.rules = rules ?? venue.rules
        usage = VenueUsage(self.rules)
        startedWall = instant.wall
        self.pace = pace
        self.makeMarket = makeMarket
        self.faults = FaultInjector(faults)
        market = try makeMarket()
        startedAt = instant.now
        anchorNow = instant.now
        anchorMarket = market.time
        nextSecond = instant.now + 1_000_000_000
        isRunning = !pace.waitsForSubscriber
        weights = self.rules.weight.map { [ban = self.rules.ban] in WeightLedger($0, ban: ban) }
        opened = self.rules.connections.map { [ban = self.rules.ban] in WeightLedger($0, ban: ban) }
        keepBooks()
    }

    /// The moment for the protocol.
    func moment(_ instant: ServerInstant) -> VenueMoment {
        VenueMoment(market: market, wallTime: instant.wall)
    }

    /// Time since the start, for faults.
    func age(_ instant: ServerInstant) -> Int64 { instant.now - startedAt }

    /// When ``advance(at:_:)`` has something to do next, monotonic ns.
    package var nextTime: Int64 {
        var next = nextSecond
        if isRunning, !isPaused, let due = market.nextTime {
            next = min(next, anchorNow + (due - anchorMarket) / pace.speed)
        }
        if let due = faults.nextTime { next = min(next, startedAt + due) }
        for session in sessions.values {
            if let due = session.nextTime { next = min(next, due) }
        }
        return next
    }

    /// Stops the market: nothing happens in it until ``resume(at:)``. What streams were to say later
    /// they say now, so that all subscribers and REST agree while it stands.
    package mutating func pause(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        advance(at: instant, &outputs)
        isPaused = true
        market.publishAll(&updates)
        deliver(at: instant, &outputs)
    }

    /// Lets a stopped market go on.
    package mutating func resume(at instant: ServerInstant) {
        guard isPaused else { return }
        isPaused = false
        anchorNow = instant.now
        anchorMarket = market.time
    }

    /// Does everything that is due.
    package mutating func advance(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        carryOutFaults(at: instant, &outputs)
        moveMarket(at: instant, &outputs)
        release(at: instant, &outputs)
        if instant.now >= nextSecond {
            nextSecond = instant.now + 1_000_000_000
            look(at: instant, &outputs)
        }
        log(&outputs)
    }

    /// Where the market should be. What passed is taken over once an hour, so that the product
    /// stays small however long the server runs.
    private mutating func marketTime(at instant: ServerInstant) -> Int64 {
        let passed = instant.now - anchorNow
        let (way, overflow) = passed.multipliedReportingOverflow(by: pace.speed)
        let (target, isBeyond) = anchorMarket.addingReportingOverflow(way)
        guard !overflow, !isBeyond else { return Int64.max }
        if passed > 3_600_000_000_000 {
            anchorNow = instant.now
            anchorMarket = target
        }
        return target
    }

    private mutating func moveMarket(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        guard isRunning, !isPaused else { return }
        let target = marketTime(at: instant)
        // Not more than a second of market time at once: connections are served in between.
        let step = min(target, market.time + 1_000_000_000)
        do throws(Failure) {
            try market.advance(to: step, &updates)
        } catch {
            outputs.append(.log("{\"failure\":\(ClientJSON.quoted(error.message))}"))
            isRunning = false
        }
        deliver(at: instant, &outputs)
        if market.isAtEnd, pace.loops { begin(at: instant, closing: true, &outputs) }
    }

    /// Plays the recording from its beginning.
    private mutating func begin(
        at instant: ServerInstant, closing: Bool, _ outputs: inout [VenueOutput]
    ) {
        do throws(Failure) {
            market = try makeMarket()
        } catch {
            outputs.append(.log("{\"failure\":\(ClientJSON.quoted(error.message))}"))
            return
        }
        if closing { closeAll(code: 1001, reason: "the recording begins again", &outputs) }
        anchorNow = instant.now
        anchorMarket = market.time
        isRunning = !pace.waitsForSubscriber
        keepBooks()
    }

    /// A subscription was made: a waiting market starts.
    mutating func startIfAwaited(at instant: ServerInstant) {
        guard !isRunning else { return }
        isRunning = true
        anchorNow = instant.now
        anchorMarket = market.time
    }

    /// All connections are gone: a recording that ended begins again for the next one.
    mutating func rewindIfOver(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        guard order.isEmpty, market.isAtEnd else { return }
        begin(at: instant, closing: false, &outputs)
    }

    /// Old books are kept where the plan will want to show them.
    func keepBooks() {
        guard faults.plan.rules.contains(where: { $0.kind == .staleSnapshot }) else { return }
        for instrument in market.instruments { instrument.keepBook() }
    }

    /// Closes every connection.
    mutating func closeAll(code: UInt16, reason: String, _ outputs: inout [VenueOutput]) {
        for number in order {
            outputs.append(.close(connection: number, code: code, reason: reason))
        }
        sessions.removeAll()
        order.removeAll()
    }
}
