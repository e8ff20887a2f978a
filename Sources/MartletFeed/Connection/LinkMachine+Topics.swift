// Subscriptions of a link: batches, answers, refusals, changes.

import MartletModel
import MartletVenues

extension LinkMachine {
    /// How the reason begins for which all topics are refused where the keys are.
    static let keysRefused = "the venue refuses the keys"

    /// Topics in as many requests as the venue needs.
    func batches(_ topics: [Topic]) -> [[Topic]] {
        stride(from: 0, to: topics.count, by: max(profile.topicsPerMessage, 1)).map { start in
            Array(topics[start..<min(start + max(profile.topicsPerMessage, 1), topics.count)])
        }
    }

    /// Sends what waits, as far as the budget allows.
    mutating func flush(
        _ socket: inout LinkSocket, _ time: Int64, _ budget: inout RateBudget,
        _ effects: inout [LinkEffect]
    ) {
        while socket.phase != .opening, let next = socket.outgoing.first {
            if let due = socket.sendAt, due > time { return }
            guard case .texts(var texts, let isSubscription) = next else {
                expand(next, &socket, &effects)
                continue
            }
            guard let text = texts.first else {
                socket.outgoing.removeFirst()
                continue
            }
            // Answers to pings keep the connection open during a ban.
            let later =
                budget.take("messages", ignoresBan: !isSubscription, at: time)
                ?? (isSubscription ? budget.take("subscriptions", at: time) : nil)
            socket.sendAt = later
            guard later == nil else { return }
            effects.append(.send(socket.number, text))
            texts.removeFirst()
            socket.outgoing[0] = .texts(texts, isSubscription: isSubscription)
        }
    }

    /// Replaces what comes next by its texts.
    private mutating func expand(
        _ next: Outgoing, _ socket: inout LinkSocket, _ effects: inout [LinkEffect]
    ) {
        let texts: [String]
        switch next {
        case .subscribe(let topics):
            texts = adapter.subscribe(topics, id: nextRequest)
            socket.unanswered.append((nextRequest, topics, 0))
            effects.append(.expect(socket.number, topics))
        case .unsubscribe(let topics, let isFinal):
            texts = adapter.unsubscribe(topics, id: nextRequest)
            if isFinal { effects.append(.forget(socket.number, topics)) }
        case .texts: return
        }
        nextRequest += Int64(max(texts.count, 1))
        socket.outgoing[0] = .texts(texts, isSubscription: true)
    }

    mutating func handle(
        _ control: LinkControl, _ number: Int, _ time: Int64, _ budget: inout RateBudget,
        _ effects: inout [LinkEffect]
    ) {
        let isPrimary = primary?.number == number
        guard var socket = isPrimary ? primary : successor, socket.number == number else { return }
        switch control {
        case .welcome:
            if socket.phase == .greeting, let credentials,
                let text = adapter.authentication(credentials)
            {
                socket.phase = .authenticating
                socket.phaseEnd = time + times.authentication
                socket.outgoing.insert(.texts([text], isSubscription: true), at: 0)
            }
        case .authenticated:
            if socket.phase != .ready { makeReady(&socket) }
        case .subscribed(let id, let topic): answer(id, topic, &socket)
        case .refused(let id, let code, let reason):
            refuse(id, [code, reason].compactMap(\.self).joined(separator: " "), &socket, &effects)
        case .ping(let answer):
            socket.outgoing.insert(.texts([answer], isSubscription: false), at: 0)
        case .closing:
            notice(&socket, isPrimary: isPrimary, time)
        case .limited(let reason, let retryAfter):
            budget.ban(for: retryAfter ?? times.limited, at: time)
            // What was not answered is asked for again when the venue is ready.
            socket.outgoing += socket.unanswered.map { Outgoing.subscribe($0.topics) }
            socket.unanswered = []
            let words = reason.map { " (\($0))" } ?? ""
            effects.append(.note("\(profile.venue.name): too many requests\(words)"))
        case .pong, .unsubscribed, .serverTime, .other: break
        }
        if isPrimary { primary = socket } else { successor = socket }
    }

    /// Some venues answer a request as a whole, others topic by topic; some repeat no id, and
    /// answer in order.
    private func answer(_ id: String?, _ topic: String?, _ socket: inout LinkSocket) {
        let place =
            id.map { id in socket.unanswered.firstIndex { "\($0.id)" == id } }
            ?? (socket.unanswered.isEmpty ? nil : 0)
        guard let place else { return }
        socket.unanswered[place].answers += 1
        let entry = socket.unanswered[place]
        if topic == nil || entry.answers >= entry.topics.count {
            socket.unanswered.remove(at: place)
            socket.acknowledged.formUnion(entry.topics.filter(\.channel.isEventDriven))
        }
    }

    /// A refused request with one topic, or with one that the reason names, ends that topic; others
    /// of the request are asked for again one by one.
    private mutating func refuse(
        _ id: String?, _ reason: String, _ socket: inout LinkSocket, _ effects: inout [LinkEffect]
    ) {
        guard socket.phase == .ready else {
            guard !["already", "timeout"].contains(where: reason.lowercased().contains) else {
                effects.append(.note("\(profile.venue.name): authentication: \(reason)"))
                return
            }
            // The same keys would be refused again: nothing is left to be asked for.
            effects.append(
                .note("\(profile.venue.name): \(Self.keysRefused): \(reason)"))
            effects.append(.refused(topics, reason: "\(Self.keysRefused): \(reason)"))
            topics = []
            socket.isRefused = true
            socket.phaseEnd = socket.openedAt
            return
        }
        // The subscription stands then, whoever asked for it.
        guard !reason.lowercased().contains("already") else { return }
        let place =
            id.flatMap { id in socket.unanswered.firstIndex { "\($0.id)" == id } }
            ?? (socket.unanswered.count == 1 ? 0 : nil)
        let candidates = place.map { socket.unanswered[$0].topics } ?? topics
        let named = candidates.filter { Self.names($0.symbol, in: reason) }
        let ended = candidates.count == 1 ? candidates : named
        guard !ended.isEmpty else {
            if let place, candidates.count > 1 {
                socket.unanswered.remove(at: place)
                socket.outgoing += candidates.map { Outgoing.subscribe([$0]) }
            } else {
                effects.append(.note("\(profile.venue.name): the venue refuses: \(reason)"))
            }
            return
        }
        if let place {
            socket.unanswered.remove(at: place)
            let rest = candidates.filter { !ended.contains($0) }
            // A venue that refuses one topic may have taken the others; asking again does no harm.
            if !rest.isEmpty { socket.outgoing += rest.map { Outgoing.subscribe([$0]) } }
        }
        topics.removeAll { ended.contains($0) }
        socket.acknowledged.subtract(ended)
        effects.append(.forget(socket.number, ended))
        effects.append(.refused(ended, reason: reason))
    }

    /// Whether a symbol stands in a text as a word of its own.
    static func names(_ symbol: String, in text: String) -> Bool {
        guard !symbol.isEmpty else { return false }
        let text = Array(text.utf8)
        let word = Array(symbol.utf8)
        func isPart(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "/")
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
        }
        guard text.count >= word.count else { return false }
        for start in 0...(text.count - word.count)
        where text[start..<(start + word.count)].elementsEqual(word) {
            let end = start + word.count
            if start > 0, isPart(text[start - 1]) { continue }
            if end < text.count, isPart(text[end]) { continue }
            return true
        }
        return false
    }

    mutating func resubscribe(_ wanted: [Topic]) {
        let known = wanted.filter { topics.contains($0) }
        guard !known.isEmpty else { return }
        for batch in batches(known) {
            guard var socket = primary, socket.phase == .ready else { continue }
            socket.outgoing += [.unsubscribe(batch, isFinal: false), .subscribe(batch)]
            primary = socket
        }
    }

    /// Topics that went away: those whose stream at the venue also carries a topic that stays, and
    /// the others. Topics of one stream are unsubscribed from by the same words.
    private func split(_ gone: [Topic]) -> (shared: [Topic], alone: [Topic]) {
        guard !gone.isEmpty else { return ([], []) }
        let kept = Set(topics.map { adapter.unsubscribe([$0], id: 0) })
        var (shared, alone): ([Topic], [Topic]) = ([], [])
        for topic in gone {
            if kept.contains(adapter.unsubscribe([topic], id: 0)) {
                shared.append(topic)
            } else {
                alone.append(topic)
            }
        }
        return (shared, alone)
    }

    mutating func want(_ wanted: [Topic], _ time: Int64, _ effects: inout [LinkEffect]) {
        let added = wanted.filter { !topics.contains($0) }
        let gone = topics.filter { !wanted.contains($0) }
        topics = wanted
        let (shared, removed) = split(gone)
        for number in [primary?.number, successor?.number] {
            if let number, !shared.isEmpty { effects.append(.forget(number, shared)) }
        }
        let changes =
            batches(removed).map { Outgoing.unsubscribe($0, isFinal: true) }
            + batches(added).map(Outgoing.subscribe)
        if var socket = primary, socket.phase == .ready {
            socket.outgoing += changes
            socket.acknowledged.subtract(gone)
            primary = socket
        }
        if var socket = successor, socket.phase == .ready {
            socket.outgoing += changes
            socket.acknowledged.subtract(gone)
            successor = socket
        }
        if primary == nil, openAt == nil, !topics.isEmpty { openAt = time }
    }
}
