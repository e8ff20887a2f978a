// A connection as a state machine: connects, subscribes, pings, renews, tries again, within budgets.

import MartletModel
public import MartletVenues

/// The connection that carries a set of topics of one route, over as many sockets as it takes.
///
/// Pure: what happens comes in with its time (ns, one clock that does not jump), what is to be
/// done goes out as effects, the budget and the generator are handed in. It keeps one deadline and
/// at most three sockets: the one that delivers, its successor, and a predecessor that still
/// brings late trades.
public struct LinkMachine: Sendable {
    let adapter: any VenueAdapter
    let profile: VenueProfile
    let credentials: VenueCredentials?
    let times: LinkTimes
    let backoff: Backoff
    /// What is wanted, in order, without what was refused.
    public internal(set) var topics: [Topic]
    /// Attempts to open a socket since the last good connection.
    public internal(set) var attempts: Int64 = 0
    /// Sockets that were open and are gone.
    public internal(set) var disconnectCount: Int64 = 0
    /// Whether the link was ended.
    public internal(set) var isStopped = false

    var primary: LinkSocket?
    var successor: LinkSocket?
    var drained: (number: Int, end: Int64)?
    /// When to open the next socket; nil while one is there.
    var openAt: Int64?
    /// When to open a successor; nil while none is needed.
    var succeedAt: Int64?
    /// When a successor was last asked for by the venue, or is to be.
    var lastRenewal: Int64?
    var nextSocket = 1
    var nextRequest: Int64 = 1
    var lastNote = ""

    /// A link that has not begun.
    public init(
        adapter: any VenueAdapter, topics: [Topic], credentials: VenueCredentials? = nil,
        times: LinkTimes = LinkTimes(), backoff: Backoff = Backoff()
    ) {
        self.adapter = adapter
        profile = adapter.profile
        self.topics = topics
        self.credentials = credentials
        self.times = times
        self.backoff = backoff
    }

    /// The socket that delivers, where it is open.
    public var primarySocket: Int? {
        guard let primary, primary.isOpen else { return nil }
        return primary.number
    }

    /// The socket that is to take over, where it is open.
    public var successorSocket: Int? {
        guard let successor, successor.isOpen else { return nil }
        return successor.number
    }

    /// How many sockets there are, opening ones included.
    public var socketCount: Int {
        (primary == nil ? 0 : 1) + (successor == nil ? 0 : 1) + (drained == nil ? 0 : 1)
    }

    /// Subscriptions of the delivering socket that the venue has not answered.
    public var unansweredTopics: [Topic] { primary?.unanswered.flatMap(\.topics) ?? [] }

    /// Topics that speak only when something happens, and that the venue has acknowledged on the
    /// delivering socket: nothing more may ever come of them, and all is well.
    public var acknowledgedTopics: Set<Topic> { primary?.acknowledged ?? [] }

    /// Something arrived on a socket.
    public mutating func heard(_ number: Int, at time: Int64) {
        if primary?.number == number {
            primary?.lastHeard = time
            primary?.pingSent = nil
        } else if successor?.number == number {
            successor?.lastHeard = time
            successor?.pingSent = nil
        }
    }

    /// A socket brought an event that was asked for.
    public mutating func delivered(_ number: Int) {
        if primary?.number == number { primary?.hasDelivered = true }
        if successor?.number == number { successor?.hasDelivered = true }
    }

    /// When ``LinkInput/tick`` is to be handed in; nil where nothing is waited for.
    public var deadline: Int64? {
        var times = [openAt, primary?.isOpen == true ? succeedAt : nil, drained?.end]
        for socket in [primary, successor] {
            guard let socket else { continue }
            times += [socket.phaseEnd, socket.outgoing.isEmpty ? nil : socket.sendAt]
            if socket.isOpen { times.append(pingTime(socket)) }
        }
        if successor == nil, succeedAt == nil { times.append(primary?.renewAt) }
        if let successor, successor.phase == .ready {
            times.append(successor.openedAt + self.times.sync)
        }
        return times.compactMap(\.self).min()
    }

    /// Handles one input.
    ///
    /// - Parameters:
    ///   - time: ns, never smaller than before.
    ///   - budget: The venue's limits, shared by all links of its address.
    ///   - random: For the jitter of waits.
    /// - Returns: What to do, in order.
    public mutating func handle(
        _ input: LinkInput, at time: Int64, budget: inout RateBudget,
        random: inout some RandomNumberGenerator
    ) -> [LinkEffect] {
        guard !isStopped else { return late(input) }
        var effects: [LinkEffect] = []
        switch input {
        case .start: openAt = time
        case .stop: stop(&effects)
        case .opened(let number): opened(number, time, &random, &effects)
        case .control(let number, let control):
            heard(number, at: time)
            handle(control, number, time, &budget, &effects)
        case .closed(let number, let failure):
            closed(number, failure, time, &budget, &random, &effects)
        case .synced(let number): synced(number, time, &effects)
        case .resubscribe(let topics): resubscribe(topics)
        case .wanted(let topics): want(topics, time, &effects)
        case .reconnect(let reason):
            if let number = primary?.number {
                closed(number, LinkFailure(reason), time, &budget, &random, &effects)
                effects.append(.close(number))
            }
        case .tick: break
        }
        if !isStopped { work(time, &budget, &random, &effects) }
        return effects
    }

    /// A socket may still open after the end: it is closed again.
    private func late(_ input: LinkInput) -> [LinkEffect] {
        if case .opened(let number) = input { return [.close(number)] }
        return []
    }

    /// Does everything that is due.
    private mutating func work(
        _ time: Int64, _ budget: inout RateBudget, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        if let end = drained?.end, end <= time, let number = drained?.number {
            drained = nil
            effects.append(.close(number))
        }
        endPhases(time, &budget, &random, &effects)
        keepAlive(time, &budget, &random, &effects)
        openIfDue(time, &budget, &random, &effects)
        succeedIfDue(time, &budget, &random, &effects)
        if var socket = primary {
            flush(&socket, time, &budget, &effects)
            primary = socket
        }
        if var socket = successor {
            flush(&socket, time, &budget, &effects)
            successor = socket
        }
    }

    private mutating func stop(_ effects: inout [LinkEffect]) {
        isStopped = true
        for number in [primary?.number, successor?.number, drained?.number] {
            if let number { effects.append(.close(number)) }
        }
        primary = nil
        successor = nil
        drained = nil
        openAt = nil
        succeedAt = nil
    }

    // MARK: Opening

    private mutating func openIfDue(
        _ time: Int64, _ budget: inout RateBudget, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        guard let due = openAt, due <= time, primary == nil else { return }
        guard !topics.isEmpty else {
            openAt = nil
            return
        }
        if let later = budget.take("connections", at: time) {
            // Many links wait for one window: they come back one after the other.
            openAt = later + Int64.random(in: 0...50_000_000, using: &random)
            return
        }
        openAt = nil
        attempts += 1
        primary = newSocket(time, &effects)
    }

    private var openTime: Int64 { attempts > times.patience ? times.longOpen : times.open }

    mutating func newSocket(_ time: Int64, _ effects: inout [LinkEffect]) -> LinkSocket {
        var socket = LinkSocket(number: nextSocket)
        socket.phaseEnd = time + openTime
        nextSocket += 1
        effects.append(.open(socket.number))
        return socket
    }

    private mutating func opened(
        _ number: Int, _ time: Int64, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        let isPrimary = primary?.number == number
        guard var socket = isPrimary ? primary : successor, socket.number == number,
            socket.phase == .opening
        else {
            // It was given up in the meantime.
            effects.append(.close(number))
            return
        }
        socket.openedAt = time
        socket.lastHeard = time
        socket.lastPing = time
        if let lifetime = profile.lifetime {
            let margin = min(lifetime / 10, 300_000_000_000)
            let early = Int64.random(in: 0...(margin / 2), using: &random)
            socket.renewAt = time + lifetime - margin - early
        }
        effects.append(.connected(number, attempts: attempts))
        if profile.needsCredentials {
            socket.phase = .greeting
            socket.phaseEnd = time + times.authentication
        } else {
            makeReady(&socket)
        }
        if isPrimary {
            primary = socket
            effects.append(.promote(number))
        } else {
            successor = socket
        }
    }

    func makeReady(_ socket: inout LinkSocket) {
        socket.phase = .ready
        socket.phaseEnd = nil
        socket.outgoing = batches(topics).map(Outgoing.subscribe)
    }

    // MARK: Ending

    private mutating func closed(
        _ number: Int, _ failure: LinkFailure, _ time: Int64, _ budget: inout RateBudget,
        _ random: inout some RandomNumberGenerator, _ effects: inout [LinkEffect]
    ) {
        if drained?.number == number {
            drained = nil
            effects.append(.close(number))
            return
        }
        guard let socket = primary?.number == number ? primary : successor,
            socket.number == number
        else { return }
        note(failure, &effects)
        if socket.isOpen {
            disconnectCount += 1
            effects.append(.disconnected(number, reason: failure.reason))
        }
        switch failure.status {
        case 429: budget.ban(for: failure.retryAfter ?? times.limited, at: time)
        case 403, 418: budget.ban(for: failure.retryAfter ?? times.banned, at: time)
        default:
            if let retryAfter = failure.retryAfter { budget.ban(for: retryAfter, at: time) }
        }
        if successor?.number == number {
            successor = nil
            succeedAt = time + backoff.delay(attempt: 8, using: &random)
            return
        }
        if isGood(socket, time) { attempts = 0 }
        primary = nil
        succeedAt = nil
        if let next = successor {
            // The successor takes over as it is; its books may still be on their way.
            primary = next
            successor = nil
            if next.isOpen { effects.append(.promote(next.number)) }
        } else {
            openAt = time + backoff.delay(attempt: attempts, using: &random)
            // What the lost connection was told says nothing of the next one.
            lastRenewal = nil
        }
    }

    /// Whether a connection was of use: it delivered, or stood for long.
    private func isGood(_ socket: LinkSocket, _ time: Int64) -> Bool {
        guard socket.phase == .ready else { return false }
        return time - socket.openedAt >= (socket.hasDelivered ? times.good : times.quietGood)
    }

    private mutating func note(_ failure: LinkFailure, _ effects: inout [LinkEffect]) {
        guard !failure.message.isEmpty, failure.message != lastNote else { return }
        lastNote = failure.message
        effects.append(.note(failure.message))
    }

    private mutating func endPhases(
        _ time: Int64, _ budget: inout RateBudget, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        for socket in [primary, successor] {
            guard let socket, let end = socket.phaseEnd, end <= time else { continue }
            let reason = socket.phase == .opening ? "timeout" : "authentication"
            closed(
                socket.number,
                LinkFailure(
                    reason,
                    message: socket.isRefused
                        ? ""
                        : socket.phase == .opening
                            ? "\(profile.venue.name): no connection within \(openTime / 1_000_000_000) s"
                            : "\(profile.venue.name): the venue does not answer the authentication"),
                time, &budget, &random, &effects)
            effects.append(.close(socket.number))
        }
    }

    // MARK: Pings

    /// How often we ping of our own accord; nil where only silence makes us.
    private var pingEvery: Int64? {
        switch profile.ping {
        case .venuePings: nil
        case .text(_, let every), .frames(let every): every
        }
    }

    private func pingTime(_ socket: LinkSocket) -> Int64 {
        if let sent = socket.pingSent { return sent + times.pong }
        let probe = max(socket.lastHeard, socket.lastPing) + times.probe
        guard let every = pingEvery else { return probe }
        return min(probe, socket.lastPing + every)
    }

    private mutating func keepAlive(
        _ time: Int64, _ budget: inout RateBudget, _ random: inout some RandomNumberGenerator,
        _ effects: inout [LinkEffect]
    ) {
        for socket in [primary, successor] {
            guard var socket, socket.isOpen, pingTime(socket) <= time else { continue }
            if socket.pingSent != nil {
                closed(socket.number, LinkFailure("halfOpen"), time, &budget, &random, &effects)
                effects.append(.close(socket.number))
                continue
            }
            socket.lastPing = time
            if budget.take("messages", ignoresBan: true, at: time) == nil {
                socket.pingSent = time
                if case .text(let text, _) = profile.ping {
                    effects.append(.send(socket.number, text))
                } else {
                    effects.append(.ping(socket.number))
                }
            }
            if primary?.number == socket.number {
                primary = socket
            } else if successor?.number == socket.number {
                successor = socket
            }
        }
    }
}
