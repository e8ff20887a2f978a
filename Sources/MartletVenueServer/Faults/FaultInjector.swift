// Decides when the rules of a fault plan strike, and tells each time that one did.

import MartletModel

/// One time that a fault struck: what tests compare with what a client found.
package struct FaultFiring: Hashable, Sendable {
    /// The kind.
    package var kind: FaultKind
    /// The rule, by its place in the plan, from 0.
    package var rule: Int
    /// How often the rule struck so far, this time included.
    package var number: Int64
    /// The connection; nil: all or none.
    package var connection: Int?
    /// The stream; empty where it is none.
    package var stream = ""
    /// The instrument; empty where it is none.
    package var instrument = ""
    /// The last update of a book message.
    package var update: Int64?
    /// What the view counted when it published the message.
    package var publication: Int64?
    /// The id of a trade.
    package var trade: Int64?
    /// The server's time since its start, ns.
    package var time: Int64

    /// One JSON object, of a server that started at this wall time, ns.
    package func line(startedAt: Int64) -> String {
        var text = "{\"fault\":\"\(kind.rawValue)\",\"rule\":\(rule),\"number\":\(number)"
        text += ",\"time\":\(time),\"at\":\(startedAt &+ time)"
        if let connection { text += ",\"connection\":\(connection)" }
        if !stream.isEmpty { text += ",\"stream\":\(ClientJSON.quoted(stream))" }
        if !instrument.isEmpty { text += ",\"instrument\":\(ClientJSON.quoted(instrument))" }
        if let update { text += ",\"update\":\(update)" }
        if let publication { text += ",\"publication\":\(publication)" }
        if let trade { text += ",\"trade\":\(trade)" }
        return text + "}"
    }
}

/// The state of a fault plan. Pure: times are handed in (ns since the server's start), chance comes
/// from the plan's seed.
package struct FaultInjector: Sendable {
    private struct RuleState {
        var firings: Int64 = 0
        var nextTime: Int64
        var activeUntil = Int64.min
        /// Timed faults of messages that are due and wait for a message.
        var isArmed = false
        /// Messages seen, by connection and stream.
        var seen: [Int: [String: Int64]] = [:]
    }

    /// The plan.
    package private(set) var plan: FaultPlan
    /// Every firing so far, oldest first; the server takes them away.
    package private(set) var firings: [FaultFiring] = []

    private var states: [RuleState]
    private var random: SeededGenerator

    /// The longest time that a rule can name, ns: ten years. More could not be added to a clock.
    package static let timeMax: Int64 = 3_650 * 86_400_000_000_000

    /// A plan at the server's start. Times above ``timeMax`` count as that.
    package init(_ plan: FaultPlan) {
        self.plan = plan
        self.plan.rules = plan.rules.map(Self.bounded)
        random = SeededGenerator(seed: plan.seed)
        states = self.plan.rules.map(Self.start)
    }

    private static func bounded(_ rule: FaultRule) -> FaultRule {
        var rule = rule
        rule.duration = min(rule.duration, timeMax)
        rule.delay = min(rule.delay, timeMax)
        switch rule.timing {
        case .after(let time): rule.timing = .after(min(time, timeMax))
        case .every(let time): rule.timing = .every(min(time, timeMax))
        default: break
        }
        return rule
    }

    private static func start(_ rule: FaultRule) -> RuleState {
        switch rule.timing {
        case .after(let time), .every(let time): RuleState(nextTime: time)
        default: RuleState(nextTime: Int64.max)
        }
    }

    /// Adds a rule to the plan while it runs.
    package mutating func add(_ rule: FaultRule) {
        let bounded = Self.bounded(rule)
        plan.rules.append(bounded)
        states.append(Self.start(bounded))
    }

    /// Whether anything can ever strike.
    package var isEmpty: Bool { plan.rules.isEmpty }

    /// When a timed rule is due next; nil where none is.
    package var nextTime: Int64? {
        states.map(\.nextTime).filter { $0 < Int64.max }.min()
    }

    /// Takes the firings since the last call.
    package mutating func takeFirings() -> [FaultFiring] {
        defer { firings.removeAll() }
        return firings
    }

    /// Rules whose time has come. Lasting ones are on from now; those that need a message wait for
    /// one; the others are given back, for the server to carry out.
    package mutating func due(at time: Int64) -> [Int] {
        var struck: [Int] = []
        for index in states.indices where states[index].nextTime <= time {
            let rule = plan.rules[index]
            if case .every(let period) = rule.timing {
                let (next, overflow) = states[index].nextTime.addingReportingOverflow(period)
                states[index].nextTime = overflow ? Int64.max : max(next, time + 1)
            } else {
                states[index].nextTime = Int64.max
            }
            guard mayFire(index) else { continue }
            if rule.kind.isTimed {
                states[index].activeUntil = time &+ rule.duration
                fire(index, at: time) { $0.connection = rule.connection }
                struck.append(index)
            } else {
                states[index].isArmed = true
            }
        }
        return struck
    }

    /// Whether a lasting fault is on for a connection (nil: for the server).
    package func isActive(_ kind: FaultKind, connection: Int?, at time: Int64) -> Bool {
        active(kind, connection: connection, at: time) != nil
    }

    /// The rule of a lasting fault that is on for a connection.
    package func active(_ kind: FaultKind, connection: Int?, at time: Int64) -> FaultRule? {
        for (index, rule) in plan.rules.enumerated()
        where rule.kind == kind && states[index].activeUntil > time {
            if let wanted = rule.connection, let connection, wanted != connection { continue }
            return rule
        }
        return nil
    }

    /// When a lasting fault ends that is on; nil where it is not.
    package func activeUntil(_ kind: FaultKind, at time: Int64) -> Int64? {
        plan.rules.indices.filter { plan.rules[$0].kind == kind }
            .map { states[$0].activeUntil }.filter { $0 > time }.max()
    }

    /// Whether a stream is silenced.
    package func isSilent(
        _ update: MarketUpdate, _ instrument: String, connection: Int, at time: Int64
    ) -> Bool {
        silencing(instrument, connection, at: time) { $0.holds(update) }
    }

    /// Whether a stream of this kind is silenced.
    package func isSilent(
        _ kind: StreamKind, _ instrument: String, connection: Int, at time: Int64
    ) -> Bool {
        silencing(instrument, connection, at: time) { $0.holds(kind) }
    }

    private func silencing(
        _ instrument: String, _ connection: Int, at time: Int64,
        _ holds: (FaultChannel) -> Bool
    ) -> Bool {
        plan.rules.indices.contains { index in
            let rule = plan.rules[index]
            return rule.kind == .silentChannel && states[index].activeUntil > time
                && isAbout(rule, instrument, connection) && holds(rule.channel)
        }
    }

    /// The message faults that strike at a message about to be sent.
    package mutating func strike(
        _ update: MarketUpdate, _ instrument: String, stream: String, connection: Int,
        at time: Int64
    ) -> [FaultRule] {
        var struck: [FaultRule] = []
        for (index, rule) in plan.rules.enumerated() {
            guard !rule.kind.isState, rule.kind != .staleSnapshot, rule.kind != .serverShutdown,
                Self.fits(rule.kind, update), matches(rule, update, instrument, connection),
                falls(index, connection, stream), mayFire(index)
            else { continue }
            states[index].isArmed = false
            fire(index, at: time) { firing in
                firing.connection = connection
                firing.stream = stream
                firing.instrument = instrument
                if case .book(_, let change) = update.content {
                    firing.update = change.lastUpdate
                    firing.publication = change.publication
                }
                if case .trade(let trade) = update.content { firing.trade = trade.id }
            }
            struck.append(rule)
        }
        return struck
    }

    /// Whether a book that is asked for is to be an old one.
    package mutating func strikesSnapshot(_ instrument: String, at time: Int64) -> Bool {
        for (index, rule) in plan.rules.enumerated() where rule.kind == .staleSnapshot {
            if let wanted = rule.instrument, wanted != instrument { continue }
            guard falls(index, 0, ""), mayFire(index) else { continue }
            states[index].isArmed = false
            fire(index, at: time) { $0.instrument = instrument }
            return true
        }
        return false
    }

    /// A number from 0 to `limit`, by chance.
    package mutating func draw(upTo limit: Int64) -> Int64 {
        Int64(random.next() % (UInt64(max(0, limit)) + 1))
    }

    /// Whether the timing of a rule falls on this message.
    private mutating func falls(_ index: Int, _ connection: Int, _ stream: String) -> Bool {
        switch plan.rules[index].timing {
        case .after, .every: return states[index].isArmed
        case .probability(let millionths):
            return Int64(random.next() % 1_000_000) < millionths
        case .atMessage(let number): return count(index, connection, stream) == number
        case .everyMessages(let number): return count(index, connection, stream) % number == 0
        }
    }

    /// Counts a message of a stream, from 1.
    private mutating func count(_ index: Int, _ connection: Int, _ stream: String) -> Int64 {
        let count = (states[index].seen[connection]?[stream] ?? 0) + 1
        states[index].seen[connection, default: [:]][stream] = count
        return count
    }

    /// Forgets what was counted on a connection that is gone.
    package mutating func forget(connection: Int) {
        for index in states.indices { states[index].seen[connection] = nil }
    }

    private func mayFire(_ index: Int) -> Bool {
        plan.rules[index].count.map { states[index].firings < $0 } ?? true
    }

    private mutating func fire(
        _ index: Int, at time: Int64, _ fill: (inout FaultFiring) -> Void
    ) {
        states[index].firings += 1
        var firing = FaultFiring(
            kind: plan.rules[index].kind, rule: index, number: states[index].firings, time: time)
        fill(&firing)
        firings.append(firing)
    }

    private func matches(
        _ rule: FaultRule, _ update: MarketUpdate, _ instrument: String, _ connection: Int
    ) -> Bool {
        isAbout(rule, instrument, connection) && rule.channel.holds(update)
    }

    private func isAbout(_ rule: FaultRule, _ instrument: String, _ connection: Int) -> Bool {
        (rule.connection ?? connection) == connection
            && (rule.instrument ?? instrument) == instrument
    }

    /// Whether a kind can do anything to such an update.
    private static func fits(_ kind: FaultKind, _ update: MarketUpdate) -> Bool {
        switch (kind, update.content) {
        case (.crossedBook, .book), (.crossedBook, .quote), (.checksumMismatch, .book),
            (.sequenceReset, .book), (.priceOutlier, .trade), (.priceOutlier, .quote),
            (.timeBackwards, .trade), (.timeBackwards, .book), (.timeBackwards, .quote):
            true
        case (.crossedBook, _), (.checksumMismatch, _), (.sequenceReset, _), (.priceOutlier, _),
            (.timeBackwards, _):
            false
        default: true
        }
    }
}

extension FaultRule {
    /// The update as this fault bends it.
    func bent(_ update: MarketUpdate, _ market: InstrumentMarket?) -> MarketUpdate {
        var update = update
        switch (kind, update.content) {
        case (.crossedBook, .book(let key, var change)):
            if let ask = market?.quote.ask, ask.lots > 0 {
                change.bids.removeAll { $0.tick == ask.tick + 1 }
                change.bids.insert(MarketLevel(tick: ask.tick + 1, lots: ask.lots), at: 0)
            }
            update.content = .book(key, change)
        case (.crossedBook, .quote(var quote)):
            (quote.bid, quote.ask) = (quote.ask, quote.bid)
            update.content = .quote(quote)
        case (.checksumMismatch, .book(let key, var change)):
            change.spoilsChecksum = true
            update.content = .book(key, change)
        case (.sequenceReset, .book(let key, var change)):
            let length = max(0, change.lastUpdate - change.firstUpdate)
            (change.firstUpdate, change.lastUpdate) = (1, 1 + length)
            (change.previousUpdate, change.publication) = (0, 1)
            update.content = .book(key, change)
        case (.priceOutlier, .trade(var trade)):
            trade.tick = multiplied(trade.tick)
            update.content = .trade(trade)
        case (.priceOutlier, .quote(var quote)):
            quote.bid.tick = multiplied(quote.bid.tick)
            quote.ask.tick = multiplied(quote.ask.tick)
            update.content = .quote(quote)
        case (.timeBackwards, .trade(var trade)):
            trade.time -= delay
            update.content = .trade(trade)
        case (.timeBackwards, .book(let key, var change)):
            change.time -= delay
            update.content = .book(key, change)
        case (.timeBackwards, .quote(var quote)):
            quote.time -= delay
            update.content = .quote(quote)
        default: break
        }
        return update
    }

    private func multiplied(_ tick: Int64) -> Int64 {
        let product = Int128(tick) * Int128(factorThousandths) / 1000
        return Int64(exactly: product) ?? tick
    }
}
