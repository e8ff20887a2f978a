// Everything that is listened to on one venue: links, requests, lists, clock, trouble.

import MartletModel
import MartletNetwork
import MartletVenues

/// One venue of a feed. All on the reactor's thread.
final class VenueFeed {
    unowned let runner: FeedRunner
    let adapter: any VenueAdapter
    let credentials: VenueCredentials?
    let memories = TradeMemories()
    let budget: Int
    private(set) var requests: RequestQueue
    private(set) var links: [LiveLink] = []
    /// Sums over pipelines that are gone.
    private(set) var past = FeedCounts()
    private(set) var pastErrors: Int64 = 0
    private(set) var pastUnknown: Int64 = 0
    private(set) var disconnectCount: Int64 = 0
    private var pastWasLive = false
    /// Venue's clock minus ours, ns; nil while it was not measured.
    private(set) var clockOffset: Int64?
    /// What the venue refuses, in words, and the like.
    var troubles = VenueTroubles()
    /// What is asked for again and again; nil where everything comes on streams.
    private(set) var polls: PolledLink?

    let address: VenueAddress
    private(set) var sources: [FeedSource] = []
    /// What is known of the venue's instruments.
    var list = VenueList()
    private var lastClock: Int64 = 0
    /// When the sources were last changed; ns.
    private(set) var listenedAt: Int64 = 0
    /// Names that were held against the list since then, and when names were last looked at; ns.
    var judged: Set<String> = []
    var checkedAt: Int64 = 0

    init(_ runner: FeedRunner, _ adapter: any VenueAdapter) {
        self.runner = runner
        self.adapter = adapter
        let venue = adapter.profile.venue
        address = runner.settings.addresses[venue] ?? VenueAddress()
        credentials = runner.settings.credentials[venue]
        budget = runner.budgets.index(of: venue, limits: adapter.profile.limits)
        requests = RequestQueue(
            runner, budget: budget, credentials: credentials,
            base: { [address, profile = adapter.profile] in
                address.restBase(for: $0, of: profile)
            })
    }

    var name: String { adapter.profile.venue.name }

    /// Whether anything of the venue was ever delivered, or it acknowledged what may well be silent
    /// and kept the connection.
    var wasLive: Bool { hasDelivered || wasHeeded || links.contains { $0.isHeeded } }

    /// Whether a connection with such a channel has lasted.
    var wasHeeded = false

    /// Whether anything of the venue was ever delivered.
    var hasDelivered: Bool {
        pastWasLive || polls?.pipeline.wasLive == true
            || links.contains { $0.sockets.values.contains { $0.pipeline.wasLive } }
    }

    /// Whether the venue's acknowledgement of a topic means that it will tell what happens.
    func trusts(_ topic: Topic, on link: LiveLink) -> Bool {
        guard adapter.profile.acknowledgesAnything else {
            return !troubles.ghosts.contains(topic.symbol)
        }
        return link.url.hasSuffix(link.route.path) && list.contains(topic.symbol)
    }

    /// What is listened to from now on.
    func listen(to sources: [FeedSource]) {
        self.sources = sources
        // Sources that were changed are asked for anew.
        troubles.begin()
        listenedAt = runner.reactor.now()
        judged = []
        if needsList, list.names.isEmpty { askForList() }
        spread()
        explainRefusals()
        if lastClock == 0 { measureClock() }
    }

    /// Whether names come from the venue's list.
    var needsList: Bool {
        sources.contains { $0.symbols.contains(where: FeedSource.isPattern) }
    }

    /// Spreads the topics over links: those that exist keep theirs.
    func spread() {
        var wanted: [(route: StreamRoute, topics: [Topic])] = []
        var polled: [Topic] = []
        var seen: Set<Topic> = []
        for source in sources {
            for topic in source.topics(known: list.names)
            where !troubles.topics.contains(topic) && seen.insert(topic).inserted {
                if adapter.profile.polled[topic.channel] != nil { polled.append(topic) }
                guard adapter.profile.isStreamed(topic.channel) else { continue }
                do throws(Failure) {
                    let route = try adapter.route(of: topic)
                    if let place = wanted.firstIndex(where: { $0.route == route }) {
                        wanted[place].topics.append(topic)
                    } else {
                        wanted.append((route, [topic]))
                    }
                } catch {
                    refuse(topic, error)
                }
            }
        }
        if !polled.isEmpty, polls == nil { polls = PolledLink(self) }
        polls?.want(polled)
        let room = max(
            min(
                adapter.profile.topicsPerConnection,
                runner.settings.topicsPerConnection ?? Int.max), 1)
        for (route, topics) in wanted { spread(topics, over: route, room) }
        for link in links where !wanted.contains(where: { $0.route == link.route }) {
            link.end()
        }
        links.removeAll { $0.machine.isStopped }
    }

    private func spread(_ topics: [Topic], over route: StreamRoute, _ room: Int) {
        let own = links.filter { $0.route == route && !$0.machine.isStopped }
        // What one link has already is not given to another.
        let present = Set(own.flatMap { $0.machine.topics })
        var rest = topics.filter { !present.contains($0) }
        for link in own {
            let kept = link.machine.topics.filter { topics.contains($0) }
            let added = Array(rest.prefix(max(room - kept.count, 0)))
            rest.removeFirst(added.count)
            guard !(kept + added).isEmpty else {
                link.end()
                continue
            }
            if kept + added != link.machine.topics { link.give(.wanted(kept + added)) }
        }
        while !rest.isEmpty {
            let part = Array(rest.prefix(room))
            rest.removeFirst(part.count)
            let link = LiveLink(
                self, route: route,
                url: address.url(of: route, base: adapter.profile.webSocketBase),
                topics: part)
            links.append(link)
            link.give(.start)
        }
    }

    // MARK: Clock

    private func measureClock() {
        lastClock = runner.reactor.now()
        guard let request = adapter.serverTime() else { return }
        requests.add(request) { [weak self] outcome in
            guard let self, case .answer(let response) = outcome else { return }
            var decoder = adapter.makeDecoder()
            var batch = EventBatch()
            response.body.withUnsafeBufferPointer { bytes in
                let frame = Frame(bytes, request: request.summary)
                // A clock that cannot be read stays unknown.
                let kind = try? decoder.decode(frame, into: &batch)  // see above
                guard kind != nil,
                    case .serverTime(let time)? = batch.control
                else { return }
                let middle = response.startedAt + (response.receivedAt - response.startedAt) / 2
                clockOffset = time - middle
            }
        }
    }

    /// Stops reading; see ``FeedRunner/isWaiting``.
    func pause() { for link in links { for socket in link.sockets.values { socket.pause() } } }

    /// Reads again.
    func resume() { for link in links { for socket in link.sockets.values { socket.resume() } } }

    /// Nothing is read, or was a moment ago.
    func excuse() { for link in links { link.excuse() } }

    /// The venue refused topics: they are not asked for any more.
    func drop(_ topics: [Topic]) {
        troubles.topics.formUnion(topics)
        if let polls { polls.want(polls.topics.filter { !troubles.topics.contains($0) }) }
        // A link without topics is of no use; its own work is done first.
        for link in links where link.machine.topics.isEmpty { link.end() }
    }

    /// Looks at the clock.
    func tick() {
        for link in links { link.tick() }
        polls?.tick()
        let now = runner.reactor.now()
        if now - checkedAt >= Self.nameEvery { checkNames(now) }
        if now - lastClock >= runner.settings.clockEvery { measureClock() }
        if needsList, isListDue(from: now - VenueList.listEvery) { askForList() }
        if list.wholeFrom == nil, !troubles.symbols.isEmpty, isListDue(from: 0) { askForList() }
    }

    // MARK: Trouble

    /// A link's socket is gone; what it counted stays.
    func retire(_ pipeline: FeedPipeline, isLost: Bool) {
        if isLost { disconnectCount += 1 }
        past.frames += pipeline.counts.frames
        past.events += pipeline.counts.events
        past.gaps += pipeline.counts.gaps
        past.resyncs += pipeline.counts.resyncs
        past.dropped += pipeline.counts.dropped
        pastErrors += pipeline.errorCount
        pastUnknown += pipeline.unknownCount
        pastWasLive = pastWasLive || pipeline.wasLive
    }

    /// A message went out; keys are never told.
    func tellSent(_ text: String, of connection: ConnectionID, at time: Int64) {
        if let credentials, text.contains(credentials.key) || text.contains(credentials.secret) {
            return
        }
        runner.observer?.fact(
            "sent", JSONFacts.object([("text", text)]), of: connection, at: time)
    }

    /// Ends everything.
    func stop() {
        for link in links { link.give(.stop) }
        polls?.stop()
        requests.close()
    }
}
