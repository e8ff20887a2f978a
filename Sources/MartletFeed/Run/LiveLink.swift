// A link with real sockets: does what the machine wants, and tells it what happens.

import MartletModel
import MartletNetwork
import MartletVenues

/// One link of a venue: the machine, its sockets, its timer. All on the reactor's thread.
final class LiveLink {
    unowned let venue: VenueFeed
    let route: StreamRoute
    let url: String
    private(set) var machine: LinkMachine
    private(set) var sockets: [Int: LiveSocket] = [:]
    private struct BookKey: Hashable {
        let socket: Int
        let instrument: String
    }

    private var plans: [BookKey: ResyncPlan] = [:]
    private var timer: TimerToken?
    private var timerAt: Int64 = .max
    private var inputs: [LinkInput] = []
    private var isHandling = false
    private var lastHeartbeat: Int64 = 0
    /// What is done about channels that are silent.
    private var silences = SilencePlans()
    /// When a silent topic was last subscribed to again; ns since the epoch.
    private var resubscribedAt: [Topic: Int64] = [:]
    /// What was silent on the connection that was lost, while the connection itself lived.
    private var lostSilent: Set<Topic> = []
    /// The last trades before the connection was lost, of instruments whose hole is not filled.
    var marks: [String: TradeMark] = [:]

    var runner: FeedRunner { venue.runner }

    init(_ venue: VenueFeed, route: StreamRoute, url: String, topics: [Topic]) {
        self.venue = venue
        self.route = route
        self.url = url
        machine = LinkMachine(
            adapter: venue.adapter, topics: topics, credentials: venue.credentials)
    }

    /// The socket that delivers, where it is open.
    var primary: LiveSocket? { machine.primarySocket.flatMap { sockets[$0] } }

    /// Hands an input to the machine. What the effects bring about comes after them.
    func give(_ input: LinkInput) {
        inputs.append(input)
        guard !isHandling else { return }
        isHandling = true
        while !inputs.isEmpty {
            let next = inputs.removeFirst()
            let effects = machine.handle(
                next, at: runner.reactor.now(), budget: &runner.budgets[venue.budget],
                random: &runner.random)
            for effect in effects { perform(effect) }
        }
        isHandling = false
        setTimer()
        runner.flush()
    }

    /// A read has ended on a socket.
    func heard(_ socket: LiveSocket) {
        socket.heardAt = runner.reactor.now()
        machine.heard(socket.number, at: socket.heardAt)
        if socket.pipeline.counts.events > 0 { machine.delivered(socket.number) }
        if socket.pipeline.mayWish { grant(socket) }
        // After the books, which cannot wait.
        if !marks.isEmpty { fillTrades(socket) }
        runner.flush()
    }

    private func setTimer() {
        guard let deadline = machine.deadline else {
            if let timer { runner.reactor.cancel(timer) }
            timer = nil
            timerAt = .max
            return
        }
        guard timer == nil || deadline != timerAt else { return }
        if let timer { runner.reactor.cancel(timer) }
        timerAt = deadline
        timer = runner.reactor.setTimer(after: deadline - runner.reactor.now()) { [weak self] in
            self?.timer = nil
            self?.give(.tick)
        }
    }

    private func perform(_ effect: LinkEffect) {
        let time = runner.reactor.wallTime()
        switch effect {
        case .open(let number): open(number)
        case .send(let number, let text):
            guard let socket = sockets[number] else { return }
            socket.send(text)
            venue.tellSent(text, of: socket.connection, at: time)
        case .ping(let number): sockets[number]?.ping()
        case .close(let number):
            guard let socket = sockets.removeValue(forKey: number) else { return }
            if !socket.isRetired { leave(socket, time) }
            socket.close()
        case .connected(let number, let attempts):
            guard let socket = sockets[number] else { return }
            socket.isConnected = true
            runner.observer?.fact(
                "connected", JSONFacts.connected(url, attempts: attempts), of: socket.connection,
                at: time)
            socket.pipeline.tell(.connect(FeedTrouble(count: attempts)), at: time)
        case .disconnected(let number, let reason):
            guard let socket = sockets[number] else { return }
            if socket.pipeline.isPrimary {
                markTrades()
                markSilent(socket, time)
            }
            if socket.isGone { sockets[number] = nil }
            socket.isRetired = true
            runner.observer?.fact(
                "disconnected", JSONFacts.object([("reason", reason)]), of: socket.connection,
                at: time)
            socket.pipeline.tell(
                .disconnect(FeedTrouble(reason, count: socket.pipeline.counts.frames)), at: time)
            venue.retire(socket.pipeline, isLost: true)
        case .expect(let number, let topics):
            expect(topics, sockets[number], time)
        case .forget(let number, let topics):
            note("forget", JSONFacts.topics(topics), sockets[number], time)
            for topic in topics { sockets[number]?.pipeline.forget(topic, at: time) }
        case .promote(let number): promote(number, time)
        case .retire(let number):
            note("retire", "{}", sockets[number], time)
            sockets[number]?.pipeline.makeSecondary()
        case .refused(let topics, let reason): venue.refused(topics, reason)
        case .note(let text): runner.note(text)
        }
    }

    /// A subscription was sent. What was silent on the connection before has yet to show that it
    /// goes on: the book that a subscription begins with comes of a silent channel, too.
    private func expect(_ topics: [Topic], _ socket: LiveSocket?, _ time: Int64) {
        guard let socket else { return }
        let isOther = socket.number != machine.primarySocket
        let silent = Set(
            topics.filter { topic in
                guard !socket.expected.contains(topic) else { return false }
                return isOther
                    ? primary?.pipeline.isDoubted(topic) ?? false : lostSilent.contains(topic)
            })
        note("expect", JSONFacts.topics(topics, silent: silent), socket, time)
        for topic in topics {
            socket.pipeline.expect(topic, afterSilence: silent.contains(topic), at: time)
        }
        socket.expected.formUnion(topics)
    }

    /// The connection is lost. What was silent before its last sign of life is so for reasons of
    /// its own; the silence since then says nothing of its channels.
    private func markSilent(_ socket: LiveSocket, _ time: Int64) {
        let lastSign = time - (runner.reactor.now() - socket.heardAt)
        lostSilent = Set(
            machine.topics.filter { topic in
                socket.expected.contains(topic)
                    ? socket.pipeline.isDoubted(topic, by: lastSign) : lostSilent.contains(topic)
            })
    }

    /// A socket is given up that was not lost; one that others replaced says that it has ended.
    private func leave(_ socket: LiveSocket, _ time: Int64, reason: String = "replaced") {
        if socket.isConnected, !machine.isStopped {
            runner.observer?.fact(
                "disconnected", JSONFacts.object([("reason", reason)]),
                of: socket.connection, at: time)
            socket.pipeline.tell(
                .disconnect(FeedTrouble(reason, count: socket.pipeline.counts.frames)),
                at: time)
        }
        venue.retire(socket.pipeline, isLost: false)
    }

    /// Nothing of it is wanted any more: says that its channels and its connection end.
    func end() {
        if let socket = primary, !socket.isRetired {
            let time = runner.reactor.wallTime()
            if !machine.topics.isEmpty {
                note("forget", JSONFacts.topics(machine.topics), socket, time)
                for topic in machine.topics { socket.pipeline.forget(topic, at: time) }
            }
            leave(socket, time, reason: "ended")
            socket.isRetired = true
        }
        give(.stop)
    }

    private func open(_ number: Int) {
        let pipeline = FeedPipeline(
            connection: runner.nextConnection(venue.adapter.profile.venue),
            adapter: venue.adapter, memories: venue.memories, sink: runner.sink, isPrimary: false,
            isSelective: true)
        let socket = LiveSocket(number: number, link: self, pipeline: pipeline)
        // What could not even be opened leaves nothing behind; the end of all others is told first.
        sockets = sockets.filter {
            !$0.value.isGone || ($0.value.isConnected && !$0.value.isRetired)
        }
        sockets[number] = socket
        var options = WebSocketOptions()
        options.tls = runner.settings.tls
        options.proxies = runner.settings.proxies
        options.deflate = runner.settings.deflate
        socket.connect(url, options, runner.reactor)
    }

    private func promote(_ number: Int, _ time: Int64) {
        guard let socket = sockets[number] else { return }
        note("promote", "{}", socket, time)
        socket.pipeline.makePrimary(at: time)
    }

    /// Has the recorder note what the pipeline is told, so that a replay can tell it the same.
    func note(_ word: String, _ json: String, _ socket: LiveSocket?, _ time: Int64) {
        guard let socket else { return }
        runner.observer?.fact(word, json, of: socket.connection, at: time)
    }

    // MARK: Books and trades

    /// Asks for what books wait for, as often as their plans allow.
    private func grant(_ socket: LiveSocket) {
        let now = runner.reactor.now()
        for wish in socket.pipeline.wishes() {
            let key = BookKey(socket: socket.number, instrument: wish.instrument)
            var plan = plans[key] ?? ResyncPlan()
            // An answer that does not come, or never fits, is given up for a new subscription.
            let asks = wish.need == .requestedSnapshot && plan.attempts % 6 != 5
            let isDue = plan.begin(at: now, for: asks ? 20_000_000_000 : 1_000_000_000)
            // Before the request, which may fail at once and end the attempt.
            plans[key] = plan
            if isDue {
                if asks {
                    request(wish.instrument, socket, key)
                } else {
                    give(.resubscribe([Topic(.l2, of: wish.instrument)]))
                }
            }
        }
    }

    private func request(_ instrument: String, _ socket: LiveSocket, _ key: BookKey) {
        guard let request = venue.adapter.bookSnapshot(of: instrument) else { return }
        venue.requests.add(request) { [weak self, weak socket] outcome in
            guard let self, let socket, !socket.isGone else { return }
            plans[key]?.end()
            switch outcome {
            case .answer(let response):
                take(response, request, instrument, socket)
                if socket.pipeline.keeper(of: instrument)?.isLive == true {
                    plans[key] = nil
                }
                if socket.pipeline.mayWish { grant(socket) }
                runner.flush()
            case .failure(let reason), .refusal(_, let reason):
                venue.complain("no book of \(instrument): \(reason)")
            }
        }
    }

    private func take(
        _ response: HTTPResponse, _ request: VenueRequest, _ instrument: String,
        _ socket: LiveSocket
    ) {
        note(
            "answer", JSONFacts.answer(instrument, isBackfill: false), socket, response.receivedAt)
        response.body.withUnsafeBufferPointer { bytes in
            runner.observer?.frame(
                bytes, isBinary: false, request: request.summary, of: socket.connection,
                at: response.receivedAt)
            _ = socket.pipeline.frame(
                bytes, request: request.summary, instrument: instrument, at: response.receivedAt)
        }
    }

    // MARK: Time

    /// Looks at the clock: silence, successors, signs of life.
    func tick() {
        let (wall, now) = (runner.reactor.wallTime(), runner.reactor.now())
        for socket in sockets.values.sorted(by: { $0.number < $1.number }) where socket.openedAt > 0
        {
            let changes = socket.pipeline.changeCount
            let silent = socket.pipeline.tick(at: wall)
            // A look at the clock that changed nothing need not be repeated.
            if !silent.isEmpty || socket.pipeline.changeCount != changes {
                note("tick", "{}", socket, wall)
            }
            if socket.number == machine.primarySocket {
                handle(silent, now, wall)
                if !marks.isEmpty { fillTrades(socket) }
            }
            if socket.pipeline.mayWish { grant(socket) }
            if socket.number == machine.successorSocket, now - socket.openedAt > 1_000_000_000,
                socket.pipeline.isSynced(like: primary?.pipeline)
            {
                give(.synced(socket.number))
            }
        }
        plans = plans.filter { key, _ in
            guard let socket = sockets[key.socket] else { return false }
            return socket.pipeline.keeper(of: key.instrument)?.isLive == false
        }
        if let socket = primary { heed(socket, now) }
        guard now - lastHeartbeat >= runner.settings.heartbeatEvery else { return }
        lastHeartbeat = now
        if let pipeline = primary?.pipeline {
            note("heartbeat", "{}", primary, wall)
            pipeline.tell(.heartbeat(pipeline.counts), at: wall)
        }
    }

    /// Whether the venue heeds us on a connection that is open, although nothing may have happened
    /// yet that it would tell.
    var isHeeded: Bool {
        primary != nil && machine.acknowledgedTopics.contains { venue.trusts($0, on: self) }
    }

    /// A connection that has lasted made the venue a live one where it heeds us.
    private func heed(_ socket: LiveSocket, _ now: Int64) {
        let age = now - socket.openedAt
        guard !venue.wasHeeded, age > 1_000_000_000, !machine.acknowledgedTopics.isEmpty else {
            return
        }
        venue.wasHeeded = isHeeded
    }

    /// Nothing is read for now: nobody is taken for dead meanwhile.
    func excuse() {
        for number in sockets.keys { machine.heard(number, at: runner.reactor.now()) }
    }

    private func handle(_ silent: [SilentTopic], _ now: Int64, _ wall: Int64) {
        guard let pipeline = primary?.pipeline else { return }
        silences.keep(machine.topics)
        for topic in silences.watched {
            guard let latest = pipeline.lastMessage(of: topic) else { continue }
            if latest > resubscribedAt[topic] ?? Int64.min { silences.spoke(topic) }
        }
        for item in silent where !item.isQuiet {
            let topics = machine.topics.filter {
                venue.adapter.subject(of: $0) == item.instrument && $0.channel == item.channel
            }
            guard let topic = topics.first else { continue }
            if item.isFirst { venue.explain(item, isAnswered: isAnswered(topic), link: self) }
            silences.fellSilent(topic, bound: item.bound, at: now)
        }
        // One silent instrument costs no living connection its life.
        if silences.isHopeless, pipeline.counts.events > 0, !pipeline.isAlive(at: wall) {
            silences.reconnected()
            return give(.reconnect("silent"))
        }
        let again = silences.due(at: now, order: machine.topics)
        guard !again.isEmpty else { return }
        resubscribedAt = resubscribedAt.filter { machine.topics.contains($0.key) }
        for topic in again { resubscribedAt[topic] = wall }
        give(.resubscribe(again))
    }

    private func isAnswered(_ topic: Topic) -> Bool {
        !machine.unansweredTopics.contains(topic)
    }
}
