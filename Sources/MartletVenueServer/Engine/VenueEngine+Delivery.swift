// From market updates to messages on connections, with the faults that strike on the way; REST.

import MartletModel

extension VenueEngine {
    /// Tells all updates to whoever subscribed.
    mutating func deliver(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        guard !updates.isEmpty else { return }
        let moment = self.moment(instant)
        for update in updates {
            for number in order {
                guard let session = sessions[number]?.session else { continue }
                for subscription in session.subscriptions {
                    guard let told = subscription.told(update, market) else { continue }
                    tell(told, subscription, session, moment, at: instant, &outputs)
                }
            }
        }
        updates.removeAll(keepingCapacity: true)
    }

    private mutating func tell(
        _ update: MarketUpdate, _ subscription: StreamSubscription, _ session: VenueSession,
        _ moment: VenueMoment, at instant: ServerInstant, _ outputs: inout [VenueOutput]
    ) {
        guard !faults.isEmpty else {
            for frame in venue.frames(update, for: subscription, in: session, moment) {
                send(frame, to: session.number, at: instant, &outputs)
            }
            return
        }
        let age = self.age(instant)
        let market = update.instrument < 0 ? nil : self.market.instruments[update.instrument]
        let symbol = market?.instrument.symbol ?? ""
        // A fault strikes at what would be sent: streams that say nothing are left alone.
        guard !venue.frames(update, for: subscription, in: session, moment).isEmpty,
            !faults.isSilent(update, symbol, connection: session.number, at: age)
        else { return }
        let struck = faults.strike(
            update, symbol, stream: subscription.key, connection: session.number, at: age)
        var update = update
        for rule in struck { update = rule.bent(update, market) }
        var frames = venue.frames(update, for: subscription, in: session, moment)
        for rule in struck {
            switch rule.kind {
            case .gap: frames = []
            case .duplicate: frames += frames
            case .truncatedPayload: frames = frames.map(Self.cut)
            case .drop: return leave(session.number, .reset(connection: session.number), &outputs)
            case .halfOpen:
                return leave(session.number, .silence(connection: session.number), &outputs)
            case .close:
                return end(session.number, code: rule.code, reason: "fault", &outputs)
            case .swap:
                sessions[session.number]?.swapped[subscription.key] = frames.last
                frames = Array(frames.dropLast())
            default: break
            }
        }
        for frame in frames { send(frame, to: session.number, at: instant, &outputs) }
        if !struck.contains(where: { $0.kind == .swap }), !frames.isEmpty,
            let late = sessions[session.number]?.swapped.removeValue(forKey: subscription.key)
        {
            send(late, to: session.number, at: instant, &outputs)
        }
    }

    /// The first half of a message.
    private static func cut(_ frame: ServerFrame) -> ServerFrame {
        switch frame {
        case .text(let text): .text(String(text.prefix(text.count / 2)))
        case .binary(let bytes): .binary(Array(bytes.prefix(bytes.count / 2)))
        }
    }

    /// Forgets a connection that ends in a way that is not in order.
    private mutating func leave(
        _ number: Int, _ output: VenueOutput, _ outputs: inout [VenueOutput]
    ) {
        guard sessions.removeValue(forKey: number) != nil else { return }
        order.removeAll { $0 == number }
        outputs.append(output)
    }

    /// Sends a message, later where a fault delays it; what was queued stays in front.
    mutating func send(
        _ frame: ServerFrame, to number: Int, at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) {
        guard sessions[number] != nil else { return }
        let age = self.age(instant)
        var delay: Int64 = 0
        var fragment = 0
        if !faults.isEmpty {
            if let rule = faults.active(.delay, connection: number, at: age) { delay += rule.delay }
            if let rule = faults.active(.jitter, connection: number, at: age) {
                delay += faults.draw(upTo: rule.delay)
            }
            fragment = faults.active(.fragment, connection: number, at: age)?.size ?? 0
        }
        sessions[number]?.session.sentAt = instant.now
        let last = sessions[number]?.queue.last?.time
        if delay == 0, last == nil {
            counters.sent += 1
            outputs.append(.send(connection: number, frame, fragment: fragment))
            return
        }
        let time = max(instant.now + delay, last ?? 0)
        sessions[number]?.queue.append((time, frame, fragment))
        if sessions[number]?.queue.count ?? 0 > Self.queueMax { overflow(number, &outputs) }
    }

    /// By how much handshakes and answers are late, ns.
    mutating func answerDelay(at instant: ServerInstant) -> Int64 {
        guard !faults.isEmpty else { return 0 }
        let age = self.age(instant)
        let jitter = faults.active(.jitter, connection: nil, at: age)?.delay ?? 0
        let delay = faults.active(.delay, connection: nil, at: age)?.delay ?? 0
        return delay + (jitter > 0 ? faults.draw(upTo: jitter) : 0)
    }

    /// Answers a REST request.
    package mutating func request(
        _ request: ServerRequest, at instant: ServerInstant, _ outputs: inout [VenueOutput]
    ) -> ServerAnswer {
        counters.requests += 1
        let age = self.age(instant)
        let moment = self.moment(instant)
        if faults.isActive(.maintenance, connection: nil, at: age) {
            return venue.maintenance(moment)
        }
        for (kind, isBan) in [(FaultKind.ban, true), (.rateLimit, false)] {
            guard let until = faults.activeUntil(kind, at: age) else { continue }
            let seconds = max(1, (until - age + 999_999_999) / 1_000_000_000)
            return venue.limited(
                isBan ? .banned(retryAfter: seconds) : .limited(retryAfter: seconds), moment)
        }
        let account = request.peer + " " + venue.budget(of: request)
        if let refusal = weights?.charge(account, 0, at: instant.now).refusal {
            counters.refused += 1
            return venue.limited(refusal, moment)
        }
        let isStale = strikesBook(request, at: age)
        let venue = self.venue
        let answer = Self.reading(market, stale: isStale) { venue.answer(request, moment) }
        log(&outputs)
        guard var answer else {
            return ServerAnswer(404, "{\"msg\":\"no such path\"}")
        }
        usage.weight?.note(account, answer.weight, at: instant.now)
        guard let outcome = weights?.charge(account, answer.weight, at: instant.now) else {
            return answer
        }
        if let refusal = RateRefusal(outcome) {
            counters.refused += 1
            return venue.limited(refusal, moment)
        }
        if case .allowed(let used) = outcome { answer.headers += venue.usage(used) }
        return answer
    }

    /// Whether a request for a book is to be answered with an old one.
    private mutating func strikesBook(_ request: ServerRequest, at age: Int64) -> Bool {
        guard faults.plan.rules.contains(where: { $0.kind == .staleSnapshot }),
            venue.isBookRequest(request)
        else { return false }
        let named = request.query.first { market.instrument($0.value) != nil }?.value ?? ""
        return faults.strikesSnapshot(named, at: age)
    }

    /// Carries out the timed faults that are due.
    mutating func carryOutFaults(at instant: ServerInstant, _ outputs: inout [VenueOutput]) {
        guard !faults.isEmpty else { return }
        // Only who was told has to go: a client that came back already stays.
        for number in order where sessions[number]?.endsAt ?? Int64.max <= instant.now {
            end(number, code: 1001, reason: "server shutdown", &outputs)
        }
        for index in faults.due(at: age(instant)) {
            let rule = faults.plan.rules[index]
            let affected = order.filter { rule.connection == nil || rule.connection == $0 }
            switch rule.kind {
            case .drop:
                for number in affected { leave(number, .reset(connection: number), &outputs) }
            case .halfOpen:
                for number in affected { leave(number, .silence(connection: number), &outputs) }
            case .close:
                for number in affected { end(number, code: rule.code, reason: "fault", &outputs) }
            case .maintenance:
                announce(.maintenance, to: order, at: instant, &outputs)
                closeAll(code: 1012, reason: "maintenance", &outputs)
            case .serverShutdown:
                announce(.shutdown, to: affected, at: instant, &outputs)
                for number in affected {
                    let end = sessions[number]?.endsAt ?? Int64.max
                    sessions[number]?.endsAt = min(end, instant.now + rule.duration)
                }
            default: break
            }
        }
        log(&outputs)
    }

    private mutating func announce(
        _ notice: VenueNotice, to numbers: [Int], at instant: ServerInstant,
        _ outputs: inout [VenueOutput]
    ) {
        for number in numbers {
            guard let session = sessions[number]?.session else { continue }
            for frame in venue.notice(notice, in: session, moment(instant)) {
                send(frame, to: number, at: instant, &outputs)
            }
        }
    }

    /// Hands the firings of faults to the log.
    mutating func log(_ outputs: inout [VenueOutput]) {
        for firing in faults.takeFirings() {
            counters.faults += 1
            outputs.append(.log(firing.line(startedAt: startedWall)))
        }
    }
}

extension WeightLedger.Outcome {
    fileprivate var refusal: RateRefusal? {
        if case .banned(let seconds) = self { .banned(retryAfter: seconds) } else { nil }
    }
}
