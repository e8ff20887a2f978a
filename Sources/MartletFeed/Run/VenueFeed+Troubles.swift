// What goes wrong on one venue: said once, with the likely cause, and judged for hope.

import MartletModel
import MartletNetwork
import MartletVenues

/// What a venue refused and what was said of it. Bounded.
struct VenueTroubles {
    /// The most texts and symbols that are remembered.
    private static let wordsMax = 1_000
    /// How many different texts are said within ``saidFor``.
    private static let saidMax = 200
    /// See ``saidMax``; ns.
    private static let saidFor: Int64 = 600_000_000_000

    /// What the venue refuses, in words.
    private(set) var refusals: [String] = []
    /// Topics that the venue refused since the lists were last changed.
    var topics: Set<Topic> = []
    /// Symbols of them whose names were not looked up yet.
    private(set) var symbols: [String] = []
    /// Symbols that cannot be any of the venue, as was said of them.
    private var impossible: Set<String> = []
    /// Symbols that the venue's own list does not have.
    private(set) var ghosts: Set<String> = []
    /// Whether the venue refused the keys.
    var areKeysRefused = false
    /// The latest trouble, in words.
    var latest: String?
    private var said: Set<String> = []
    private var saidSince: Int64 = 0

    mutating func note(refusal words: String) {
        guard refusals.count < Self.wordsMax, !refusals.contains(words) else { return }
        refusals.append(words)
    }

    mutating func note(symbol: String) {
        guard symbols.count < Self.wordsMax, !symbols.contains(symbol) else { return }
        symbols.append(symbol)
    }

    /// The symbol is none of the venue's; whether that is new.
    mutating func note(ghost symbol: String) -> Bool {
        guard ghosts.count < Self.wordsMax else { return false }
        return ghosts.insert(symbol).inserted
    }

    /// The symbol cannot be one of the venue's.
    mutating func note(impossible symbol: String) {
        if impossible.count < Self.wordsMax { impossible.insert(symbol) }
        note(symbol: symbol)
    }

    /// Whether enough was said of a symbol that the venue does not have.
    func isExplained(_ symbol: String) -> Bool { impossible.contains(symbol) }

    /// Other sources are listened to: what was refused before says nothing of them.
    mutating func begin() {
        refusals = []
        topics = []
        symbols = []
        impossible = []
        ghosts = []
        areKeysRefused = false
    }

    /// Symbols that the venue has, after all.
    mutating func forgetGhosts(_ exists: (String) -> Bool) {
        ghosts = ghosts.filter { !exists($0) }
    }

    mutating func forgetSymbols() { symbols = [] }

    /// Whether a text is to be said: each once in a long while, and not too many of them.
    mutating func isToSay(_ words: String, at now: Int64) -> Bool {
        if said.count >= Self.saidMax {
            // Much was said lately; later it may be said again.
            guard now - saidSince > Self.saidFor else { return false }
            said = []
        }
        if said.isEmpty { saidSince = now }
        return said.insert(words).inserted
    }
}

extension VenueFeed {
    /// The venue refuses topics: says so, with the names that were probably meant once known.
    func refused(_ topics: [Topic], _ reason: String) {
        if reason.hasPrefix(LinkMachine.keysRefused) { troubles.areKeysRefused = true }
        for topic in topics {
            let words =
                "\(name) refuses \(topic.channel.rawValue) of '\(topic.symbol)': \(reason)"
                + hint(of: topic)
            troubles.note(refusal: words)
            say(words)
            troubles.note(symbol: topic.symbol)
        }
        troubles.latest = troubles.refusals.last
        drop(topics)
        if troubles.areKeysRefused { return runner.checkHope() }
        if list.wholeFrom != nil { explainRefusals() } else if isListDue(from: 0) { askForList() }
        runner.checkHope()
    }

    /// A topic that cannot be asked for, because its symbol cannot be one of the venue.
    func refuse(_ topic: Topic, _ failure: Failure) {
        troubles.note(refusal: failure.message)
        say(failure.message)
        troubles.topics.insert(topic)
        troubles.note(impossible: topic.symbol)
        if list.wholeFrom == nil, isListDue(from: 0) { askForList() }
    }

    /// What may be wrong with the address that a topic was asked for at.
    private func hint(of topic: Topic) -> String {
        guard let path = address.path, let route = try? adapter.route(of: topic),  // else no hint
            route.path != path
        else { return "" }
        return "; --url has the path \(path), which is used for every channel, but \(name) has"
            + " \(topic.channel.rawValue) on \(route.path): leave the path out"
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
        troubles.latest = words
        say(words)
    }

    /// Says something once in a long while.
    func complain(_ words: String) {
        troubles.latest = words
        say("\(name): \(words)")
    }

    /// Says something once in a long while, as it is.
    func say(_ words: String) {
        guard troubles.isToSay(words, at: runner.reactor.now()) else { return }
        runner.note(words)
    }

    /// Whether nothing will ever come: every topic was refused, or its instrument does not exist.
    var isHopeless: Bool {
        guard !troubles.refusals.isEmpty, !hasDelivered else { return false }
        // What patterns stand for is not known before the list is.
        if needsList, list.wholeFrom == nil, !troubles.areKeysRefused { return false }
        let polled = troubles.areKeysRefused ? [] : polls?.topics ?? []
        let topics = links.flatMap(\.machine.topics) + polled
        return topics.allSatisfy { troubles.ghosts.contains($0.symbol) }
    }
}
