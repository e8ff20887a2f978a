// Connections of a venue server: opening, messages, pings, limits, the end.

import MartletModel

extension VenueEngine {
    /// A client asks for a WebSocket.
    ///
    /// - Returns: What happens to the request; where it is accepted the connection has this number
    ///   from now on, and its greetings are in `outputs`.
    package mutating func open(
        _ request: ServerRequest, number: Int, at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) -> OpeningDecision {
        if faults.isActive(.maintenance, connection: nil, at: age(instant)) {
            return .refuse(venue.maintenance(moment(instant)))
        }
        var session = VenueSession(number: number, request: request, openedAt: instant.now)
        let decision = venue.open(request, &session, moment(instant))
        guard case .accept(let actions) = decision else { return decision }
        usage.connections?.note(request.peer, 1, at: instant.now)
        if let outcome = opened?.charge(request.peer, 1, at: instant.now),
            let refusal = RateRefusal(outcome)
        {
            counters.refused += 1
            return .refuse(venue.limited(refusal, moment(instant)))
        }
        counters.connections += 1
        sessions[number] = SessionState(session)
        order.append(number)
        if !session.subscriptions.isEmpty { startIfAwaited(at: instant) }
        perform(actions, on: number, at: instant, &outputs)
        return decision
    }

    /// A message of a client.
    package mutating func receive(
        _ message: ClientMessage, on number: Int, at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) {
        guard sessions[number] != nil else { return }
        if let rule = faults.active(.slowRead, connection: number, at: age(instant)) {
            sessions[number]?.unread.append((instant.now + rule.delay, message))
            if sessions[number]?.unread.count ?? 0 > Self.queueMax { overflow(number, &outputs) }
            return
        }
        read(message, on: number, at: instant, &outputs)
    }

    private mutating func read(
        _ message: ClientMessage, on number: Int, at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) {
        guard var state = sessions[number] else { return }
        counters.received += 1
        state.session.heardAt = instant.now
        usage.messages?.note("\(number)", 1, at: instant.now)
        guard allows(&state, at: instant) else {
            sessions[number] = state
            counters.refused += 1
            return end(number, code: 1008, reason: "Too many requests", &outputs)
        }
        let isStale = Self.asksForBook(message) && faults.strikesSnapshot("", at: age(instant))
        let venue = self.venue
        let moment = self.moment(instant)
        let actions = Self.reading(market, stale: isStale) {
            venue.receive(message, &state.session, moment)
        }
        if !state.session.subscriptions.isEmpty { startIfAwaited(at: instant) }
        sessions[number] = state
        perform(actions, on: number, at: instant, &outputs)
        log(&outputs)
    }

    /// Whether a message may be answered with a book.
    private static func asksForBook(_ message: ClientMessage) -> Bool {
        guard case .text(let text) = message else { return false }
        return text.utf8.firstRange(of: "ook".utf8) != nil
    }

    /// Counts a message against the connection's limit.
    private func allows(_ state: inout SessionState, at instant: ServerInstant) -> Bool {
        guard let limit = rules.messages else { return true }
        if instant.now >= state.windowEnd {
            state.windowEnd = instant.now + limit.window
            state.messages = 0
        }
        state.messages += 1
        return state.messages <= limit.capacity
    }

    /// Does `body` with old books where that is wanted.
    static func reading<Result>(
        _ market: VenueMarket, stale: Bool, _ body: () -> Result
    ) -> Result {
        guard stale else { return body() }
        return stack(market.instruments[...], body)
    }

    private static func stack<Result>(
        _ rest: ArraySlice<InstrumentMarket>, _ body: () -> Result
    ) -> Result {
        guard let first = rest.first else { return body() }
        return first.withStaleBook { stack(rest.dropFirst(), body) }
    }

    /// A pong frame of a client.
    package mutating func pong(on number: Int, at instant: ServerInstant) {
        sessions[number]?.unansweredSince = nil
        sessions[number]?.session.heardAt = instant.now
    }

    /// A connection is gone.
    package mutating func closed(
        _ number: Int, at instant: ServerInstant, _ outputs: inout [VenueOutput]
    ) {
        sessions[number] = nil
        order.removeAll { $0 == number }
        faults.forget(connection: number)
        usage.messages?.forget("\(number)")
        rewindIfOver(at: instant, &outputs)
    }

    /// Carries out what a protocol wants.
    mutating func perform(
        _ actions: [ServerAction], on number: Int, at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) {
        for action in actions {
            switch action {
            case .send(let frame): send(frame, to: number, at: instant, &outputs)
            case .tell(let subscription, let frame):
                guard !isSilent(subscription, on: number, at: instant) else { continue }
                send(frame, to: number, at: instant, &outputs)
            case .ping: outputs.append(.ping(connection: number))
            case .close(let code, let reason): end(number, code: code, reason: reason, &outputs)
            }
        }
    }

    /// Whether a fault silences a stream.
    private func isSilent(
        _ subscription: StreamSubscription, on number: Int, at instant: ServerInstant
    ) -> Bool {
        guard !faults.isEmpty else { return false }
        let symbol =
            subscription.instrument < 0
            ? "" : market.instruments[subscription.instrument].instrument.symbol
        return faults.isSilent(subscription.kind, symbol, connection: number, at: age(instant))
    }

    /// Ends a connection with a close frame.
    mutating func end(
        _ number: Int, code: UInt16, reason: String, _ outputs: inout [VenueOutput]
    ) {
        guard sessions.removeValue(forKey: number) != nil else { return }
        order.removeAll { $0 == number }
        outputs.append(.close(connection: number, code: code, reason: reason))
    }

    /// Ends a connection whose queue is full.
    mutating func overflow(_ number: Int, _ outputs: inout [VenueOutput]) {
        guard sessions.removeValue(forKey: number) != nil else { return }
        order.removeAll { $0 == number }
        counters.overflows += 1
        outputs.append(.reset(connection: number))
    }

    /// Once a second: pings, pongs that did not come, silence, age, and what the protocol does.
    mutating func look(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        for number in order {
            guard var state = sessions[number] else { continue }
            if let lifetime = rules.lifetime, instant.now - state.session.openedAt >= lifetime {
                end(number, code: 1001, reason: "lifetime reached", &outputs)
                continue
            }
            if let idle = rules.idleTimeout, instant.now - state.session.heardAt >= idle {
                end(number, code: rules.idleCode, reason: "idle", &outputs)
                continue
            }
            if let since = state.unansweredSince, instant.now - since >= rules.pongTimeout {
                end(number, code: 1008, reason: "pong timeout", &outputs)
                continue
            }
            if let interval = rules.pingInterval, instant.now - state.pingedAt >= interval {
                state.pingedAt = instant.now
                if state.unansweredSince == nil { state.unansweredSince = instant.now }
                outputs.append(.ping(connection: number))
            }
            let actions = venue.tick(&state.session, now: instant.now, moment(instant))
            sessions[number] = state
            perform(actions, on: number, at: instant, &outputs)
        }
        keepBooks()
    }

    /// Reads and sends what waited for its time.
    mutating func release(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        for number in order {
            while let first = sessions[number]?.unread.first, first.time <= instant.now {
                sessions[number]?.unread.removeFirst()
                read(first.message, on: number, at: instant, &outputs)
            }
            guard let queue = sessions[number]?.queue, !queue.isEmpty else { continue }
            let due = queue.prefix { $0.time <= instant.now }
            sessions[number]?.queue.removeFirst(due.count)
            for item in due {
                counters.sent += 1
                outputs.append(.send(connection: number, item.frame, fragment: item.fragment))
            }
        }
    }
}

extension RateRefusal {
    /// What a ledger's outcome means for the client; nil where it is allowed.
    init?(_ outcome: WeightLedger.Outcome) {
        switch outcome {
        case .allowed: return nil
        case .limited(let seconds, _): self = .limited(retryAfter: seconds)
        case .banned(let seconds): self = .banned(retryAfter: seconds)
        }
    }
}
