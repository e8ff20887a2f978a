// Which instruments a venue has: its list is asked for, read and held against the names wanted.

import MartletNetwork
import MartletVenues

extension VenueFeed {
    /// How long a name may be silent on a connection before it is held against the list; ns.
    static let nameDoubt: Int64 = 2_000_000_000
    /// From one look at the names to the next; ns.
    static let nameEvery: Int64 = 1_000_000_000

    /// Asks for the venue's list of instruments, all pages of all parts.
    func askForList() {
        guard !list.isAsking else { return }
        let wanted = adapter.instruments(nil)
        guard !wanted.isEmpty else { return }
        list.ask(at: runner.reactor.now())
        var left = wanted.count
        var names: [String] = []
        var isWhole = true
        func ask(_ request: VenueRequest, page: Int) {
            requests.add(request) { [weak self] outcome in
                guard let self else { return }
                switch outcome {
                case .answer(let response):
                    if let (found, next) = self.names(in: response, request) {
                        names += found
                        if let next, page < PolledLink.pagesMax { return ask(next, page: page + 1) }
                        if next != nil { isWhole = false }
                    } else {
                        isWhole = false
                        say(
                            "\(name): no list of instruments: the answer to \(request.summary)"
                                + " cannot be used")
                    }
                case .failure(let reason), .refusal(_, let reason):
                    isWhole = false
                    say("\(name): no list of instruments: \(reason)")
                }
                left -= 1
                if left == 0 { listed(names, isWhole: isWhole) }
            }
        }
        for request in wanted { ask(request, page: 1) }
    }

    private func listed(_ names: [String], isWhole: Bool) {
        list.take(names, isWhole: isWhole)
        troubles.forgetGhosts { list.contains($0) }
        explainPatterns()
        spread()
        explainRefusals()
        checkNames(runner.reactor.now())
        runner.flush()
    }

    /// The names of an answer and the request for its next page; nil where it is none that tells
    /// all it should: unreadable, of an unknown kind, a refusal, a limit.
    private func names(
        in response: HTTPResponse, _ request: VenueRequest
    ) -> (names: [String], next: VenueRequest?)? {
        var decoder = adapter.makeDecoder()
        var batch = EventBatch()
        return response.body.withUnsafeBufferPointer { bytes in
            let frame = Frame(bytes, request: request.summary)
            // What cannot be read is as good as no answer.
            let kind = try? decoder.decode(frame, into: &batch)  // see above
            if case .limited(_, _, let seconds)? = batch.control {
                runner.budgets[budget].banRequests(
                    for: seconds.map(RateBudget.wait(seconds:)) ?? 5_000_000_000,
                    at: runner.reactor.now())
            }
            guard kind == .decoded, batch.control == nil else { return nil }
            var result: [String] = []
            for index in 0..<batch.instruments.count {
                if let name = batch.instruments[index].header.instrument?.string {
                    result.append(name)
                }
            }
            let next = batch.nextPage.flatMap { adapter.nextPage(of: request, from: $0.string) }
            return (result, next)
        }
    }

    /// Names of which nothing was ever heard on a connection that has stood for a while: the venue
    /// may not have such an instrument, and not say so.
    private func silentNames(_ now: Int64) -> Set<String> {
        var result: Set<String> = []
        for link in links {
            guard let socket = link.primary, now - socket.openedAt >= Self.nameDoubt else {
                continue
            }
            for topic in link.machine.topics {
                // Of what is asked for, too, the answers tell whether there is such a name.
                guard !topic.symbol.isEmpty, !topic.channel.isPrivate,
                    adapter.profile.polled[topic.channel] == nil, adapter.lists(topic.symbol),
                    socket.pipeline.lastMessage(of: topic) == nil
                else { continue }
                result.insert(topic.symbol)
            }
        }
        return result
    }

    /// Holds names that stay silent against the venue's list: one that was read as a whole and
    /// asked for since the names are wanted. Until there is one it is asked for again.
    func checkNames(_ now: Int64) {
        guard !list.isAsking else { return }
        checkedAt = now
        let missing = silentNames(now).filter { !list.contains($0) && !judged.contains($0) }
        guard !missing.isEmpty else { return }
        guard let from = list.wholeFrom, from >= listenedAt else {
            if isListDue(from: listenedAt) { askForList() }
            return
        }
        judged.formUnion(missing)
        for symbol in missing.sorted() { troubles.note(symbol: symbol) }
        explainRefusals()
    }

    /// Whether to ask for a list that is at least as young as `start`.
    func isListDue(from start: Int64) -> Bool {
        list.isDue(
            at: runner.reactor.now(), from: start, retryEvery: runner.settings.listRetryEvery)
    }

    /// Says which of the refused or silent symbols the venue does not have, once that is known.
    func explainRefusals() {
        guard list.wholeFrom != nil else { return }
        for symbol in troubles.symbols where adapter.lists(symbol) && !list.contains(symbol) {
            let hint = runner.settings.nearest(symbol, list.names).map { "; did you mean '\($0)'?" }
            let words = "\(name) has no instrument '\(symbol)'\(hint ?? "")"
            let isNew = troubles.note(ghost: symbol)
            if hint == nil, troubles.isExplained(symbol) { continue }
            if isNew { troubles.note(refusal: words) }
            say(words)
        }
        troubles.forgetSymbols()
        runner.checkHope()
    }

    /// Says which patterns fit no instrument, once that is known.
    private func explainPatterns() {
        guard list.wholeFrom != nil else { return }
        for source in sources {
            for symbol in source.symbols where FeedSource.isPattern(symbol) {
                if list.names.contains(where: { FeedSource.matches($0, pattern: symbol) }) {
                    continue
                }
                let words = "\(name): no instrument fits '\(symbol)'"
                troubles.note(refusal: words)
                say(words)
            }
        }
    }
}
