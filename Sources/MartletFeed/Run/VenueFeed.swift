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
    /// What the venue refuses, in words.
    private(set) var refusals: [String] = []
    /// The latest trouble, in words.
    private(set) var trouble: String?

    private let address: VenueAddress
    private var sources: [FeedSource] = []
    private var known: [String] = []
    private var isAskingForList = false
    private var lastClock: Int64 = 0
    private var lastList: Int64 = 0
    private var said: Set<String> = []
    private var saidSince: Int64 = 0
    /// How many different texts are said within ``saidFor``.
    private static let saidMax = 200
    /// See ``saidMax``; ns.
    private static let saidFor: Int64 = 600_000_000_000

    /// How old a list of instruments may be while patterns depend on it; ns.
    static let listEvery: Int64 = 3_600_000_000_000

    /// The most texts, refusals and symbols of them that are remembered.
    private static let wordsMax = 1_000

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

    private var hasDelivered: Bool {
        pastWasLive || links.contains { $0.sockets.values.contains { $0.pipeline.wasLive } }
    }

    /// Whether the venue's acknowledgement of a topic means that it will tell what happens.
    func trusts(_ topic: Topic, on link: LiveLink) -> Bool {
        guard adapter.profile.acknowledgesAnything else { return !ghosts.contains(topic.symbol) }
        return link.url.hasSuffix(link.route.path) && known.contains(topic.symbol)
    }

    /// Asks once which instruments there are, where nothing else tells whether a name is one.
    func confirmNames() {
        if adapter.profile.acknowledgesAnything, known.isEmpty, lastList == 0 { askForList() }
    }

    /// What is listened to from now on.
    func listen(to sources: [FeedSource]) {
        self.sources = sources
        // A list that was changed asks anew.
        refusedTopics = []
        if needsList, known.isEmpty { askForList() }
        spread()
        if lastClock == 0 { measureClock() }
    }

    private var needsList: Bool {
        sources.contains { $0.symbols.contains(where: FeedSource.isPattern) }
    }

    /// Spreads the topics over links: those that exist keep theirs.
    private func spread() {
        var wanted: [(route: StreamRoute, topics: [Topic])] = []
        var seen: Set<Topic> = []
        for source in sources {
            for topic in source.topics(known: known)
            where !refusedTopics.contains(topic) && seen.insert(topic).inserted {
                do throws(Failure) {
                    let route = try adapter.route(of: topic)
                    if let place = wanted.firstIndex(where: { $0.route == route }) {
                        wanted[place].topics.append(topic)
                    } else {
                        wanted.append((route, [topic]))
                    }
                } catch {
                    noteRefusal(error.message)
                    say(error.message)
                }
            }
        }
        let room = max(
            min(
                adapter.profile.topicsPerConnection,
                runner.settings.topicsPerConnection ?? Int.max), 1)
        for (route, topics) in wanted { spread(topics, over: route, room) }
        for link in links where !wanted.contains(where: { $0.route == link.route }) {
            link.give(.stop)
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
                link.give(.stop)
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

    // MARK: Lists and clock

    private func askForList() {
        guard !isAskingForList else { return }
        isAskingForList = true
        lastList = runner.reactor.now()
        let wanted = adapter.instruments(nil)
        var left = wanted.count
        var names: [String] = []
        for request in wanted {
            requests.add(request) { [weak self] outcome in
                guard let self else { return }
                left -= 1
                switch outcome {
                case .answer(let response): names += self.names(in: response, request)
                case .failure(let reason):
                    say("\(name): no list of instruments: \(reason)")
                }
                guard left == 0 else { return }
                isAskingForList = false
                if !names.isEmpty { known = names }
                explainPatterns()
                spread()
                explainRefusals()
            }
        }
        if wanted.isEmpty { isAskingForList = false }
    }

    private func names(in response: HTTPResponse, _ request: VenueRequest) -> [String] {
        var decoder = adapter.makeDecoder()
        var batch = EventBatch()
        return response.body.withUnsafeBufferPointer { bytes -> [String] in
            let frame = Frame(bytes, request: request.summary)
            // A list that cannot be read is no list; what is missing shows as a missing name.
            let kind = try? decoder.decode(frame, into: &batch)  // see above
            guard kind != nil else { return [] }
            var result: [String] = []
            for index in 0..<batch.instruments.count {
                if let name = batch.instruments[index].header.instrument?.string {
                    result.append(name)
                }
            }
            return result
        }
    }

    private func explainPatterns() {
        for source in sources {
            for symbol in source.symbols where FeedSource.isPattern(symbol) {
                if known.contains(where: { FeedSource.matches($0, pattern: symbol) }) { continue }
                say("\(name): no instrument fits '\(symbol)'")
            }
        }
    }

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

    /// Looks at the clock.
    func tick() {
        for link in links { link.tick() }
        let now = runner.reactor.now()
        if now - lastClock >= runner.settings.clockEvery { measureClock() }
        if needsList, now - lastList >= Self.listEvery { askForList() }
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

    /// The venue refuses topics: says so, with the names that were probably meant once known.
    func refused(_ topics: [Topic], _ reason: String) {
        for topic in topics {
            let words =
                "\(name) refuses \(topic.channel.rawValue) of '\(topic.symbol)': \(reason)"
            noteRefusal(words)
            say(words)
        }
        trouble = refusals.last
        refusedTopics.formUnion(topics)
        for topic in topics { noteRefused(topic.symbol) }
        // A link without topics is of no use; its own work is done first.
        for link in links where link.machine.topics.isEmpty { link.give(.stop) }
        if known.isEmpty { askForList() } else { explainRefusals() }
        runner.checkHope()
    }

    private func noteRefusal(_ words: String) {
        guard refusals.count < Self.wordsMax, !refusals.contains(words) else { return }
        refusals.append(words)
    }

    private func noteRefused(_ symbol: String) {
        guard refusedSymbols.count < Self.wordsMax, !refusedSymbols.contains(symbol) else { return }
        refusedSymbols.append(symbol)
    }

    /// Topics that the venue refused since the lists were last changed.
    private var refusedTopics: Set<Topic> = []
    private var refusedSymbols: [String] = []
    /// Symbols that the venue's own list does not have.
    private var ghosts: Set<String> = []

    private func explainRefusals() {
        for symbol in refusedSymbols where !known.isEmpty && !known.contains(symbol) {
            let hint = runner.settings.nearest(symbol, known).map { "; did you mean '\($0)'?" }
            let words = "\(name) has no instrument '\(symbol)'\(hint ?? "")"
            if ghosts.insert(symbol).inserted { noteRefusal(words) }
            say(words)
        }
        if !known.isEmpty { refusedSymbols = [] }
        runner.checkHope()
    }

    /// A channel was subscribed to and never spoke: says what the cause may be.
    func explain(_ item: SilentTopic, isAnswered: Bool, link: LiveLink) {
        let seconds = item.bound / 1_000_000_000
        var words =
            "\(name) \(item.instrument) \(item.channel.rawValue): subscribed \(seconds) s ago"
            + (isAnswered ? ", acknowledged, but silent" : ", not acknowledged, and silent")
        if link.primary?.pipeline.counts.events == 0 {
            words +=
                "; nothing at all comes from \(link.url): a wrong path of the URL is the likely"
                + " cause"
                + (adapter.profile.acknowledgesAnything
                    ? " (the venue acknowledges"
                        + " subscriptions on every path and then sends nothing)" : "")
        } else {
            words += "; likely causes: a symbol that does not trade, or a quiet market"
        }
        trouble = words
        say(words)
        guard !item.instrument.isEmpty else { return }
        noteRefused(item.instrument)
        if known.isEmpty { askForList() } else { explainRefusals() }
    }

    /// Says something once in a long while.
    func complain(_ words: String) {
        trouble = words
        say("\(name): \(words)")
    }

    private func say(_ words: String) {
        if said.count >= Self.saidMax {
            // Much was said lately; later it may be said again.
            guard runner.reactor.now() - saidSince > Self.saidFor else { return }
            said = []
        }
        if said.isEmpty { saidSince = runner.reactor.now() }
        guard said.insert(words).inserted else { return }
        runner.note(words)
    }

    /// Whether nothing will ever come: every topic was refused, or its instrument does not exist.
    var isHopeless: Bool {
        !refusals.isEmpty && !needsList && !hasDelivered
            && links.allSatisfy { $0.machine.topics.allSatisfy { ghosts.contains($0.symbol) } }
    }

    /// Ends everything.
    func stop() {
        for link in links { link.give(.stop) }
        requests.close()
    }
}
