// What no stream tells: asked for again and again, within the venue's budget, as a connection.

import MartletModel
import MartletNetwork
import MartletVenues

/// The questions of one venue that are repeated, and the pipeline of their answers. In the stream,
/// and in a recording, it is a connection of its own. All on the reactor's thread.
final class PolledLink {
    /// The most questions on their way at a time; patient ones, which everything else overtakes.
    static let askedMax = 4
    /// The most pages of one answer.
    static let pagesMax = 50

    private unowned let venue: VenueFeed
    let pipeline: FeedPipeline
    private let connection: ConnectionID
    /// What is asked for.
    private(set) var topics: [Topic] = []
    /// Whether the latest question was answered, by something that can be used.
    private(set) var isAnswered = false
    /// Whether it has ended.
    private var isStopped = false

    private struct Item {
        var question: VenueQuestion
        /// Whether the answer tells the rules of all instruments.
        let isList: Bool
        var dueAt: Int64
        /// Whether it is on its way, and what for: topics that were wanted before it was sent.
        var isAsked = false
        var asked: Set<Topic> = []
        /// Topics for which it was answered in full since they are wanted.
        var answered: Set<Topic> = []
        /// Whether any answer had an instrument in it.
        var hasListed = false
    }

    private var items: [Item] = []
    private var runner: FeedRunner { venue.runner }

    init(_ venue: VenueFeed) {
        self.venue = venue
        connection = venue.runner.nextConnection(venue.adapter.profile.venue)
        pipeline = FeedPipeline(
            connection: connection, adapter: venue.adapter, memories: venue.memories,
            sink: venue.runner.sink, isPolled: true)
        note("polling", "{}", venue.runner.reactor.wallTime())
    }

    /// Changes what is asked for; what stays is not interrupted.
    func want(_ wanted: [Topic]) {
        let time = runner.reactor.wallTime()
        let gone = topics.filter { !wanted.contains($0) }
        let added = wanted.filter { !topics.contains($0) }
        guard !gone.isEmpty || !added.isEmpty else { return }
        topics = wanted
        if !gone.isEmpty {
            note("forget", JSONFacts.topics(gone), time)
            for topic in gone { pipeline.forget(topic, at: time) }
        }
        if !added.isEmpty {
            note("expect", JSONFacts.topics(added), time)
            for topic in added { pipeline.expect(topic, at: time) }
        }
        renew(added)
        ask()
    }

    /// Makes the questions anew; what is known of those that stay is kept, apart from what it says
    /// of topics that were added.
    private func renew(_ added: [Topic]) {
        let now = runner.reactor.now()
        let lists = venue.adapter.instruments(nil)
        let known = items
        items = venue.adapter.questions(topics).map { question in
            var item = Item(
                question: question, isList: lists.contains(question.request), dueAt: now)
            if let old = known.first(where: { $0.question.request == question.request }) {
                let isNew = question.topics.contains { added.contains($0) }
                item.isAsked = old.isAsked
                item.asked = old.asked.subtracting(added)
                item.answered = old.answered.subtracting(added)
                item.hasListed = old.hasListed
                item.dueAt = isNew ? now : old.dueAt
            }
            return item
        }
    }

    /// Ends it: answers that still come are not wanted.
    func stop() { isStopped = true }

    /// Looks at the clock: what is silent, what is to be asked.
    func tick() {
        let time = runner.reactor.wallTime()
        let changes = pipeline.changeCount
        let silent = pipeline.tick(at: time)
        if !silent.isEmpty || pipeline.changeCount != changes { note("tick", "{}", time) }
        ask()
    }

    /// Asks what has been due for longest, where there is room.
    private func ask() {
        let now = runner.reactor.now()
        let room = Self.askedMax - items.count { $0.isAsked }
        guard room > 0, !isStopped else { return }
        for _ in 0..<room {
            let due = items.indices.filter { !items[$0].isAsked && items[$0].dueAt <= now }
            guard let index = due.min(by: { items[$0].dueAt < items[$1].dueAt }) else { return }
            let question = items[index].question
            items[index].isAsked = true
            items[index].asked = Set(question.topics)
            items[index].dueAt = now + every(question)
            send(question.request, of: question, page: 1)
        }
    }

    /// From one time to the next; ns.
    private func every(_ question: VenueQuestion) -> Int64 {
        runner.settings.pollEvery ?? question.every
    }

    private func send(_ request: VenueRequest, of question: VenueQuestion, page: Int) {
        venue.requests.add(request, isPatient: true) { [weak self] outcome in
            guard let self, !isStopped else { return }
            switch outcome {
            case .answer(let response):
                switch take(response, request, question) {
                case .next(let next) where page < Self.pagesMax:
                    return send(next, of: question, page: page + 1)
                case .next:
                    isAnswered = true
                    venue.complain("\(question.request.summary) has too many pages")
                    end(question)
                case .whole:
                    isAnswered = true
                    finish(question)
                case .unusable(let reason):
                    isAnswered = false
                    if let reason { complain(question, reason) }
                    endUnanswered(question)
                }
            case .failure(let reason):
                isAnswered = false
                complain(question, reason)
                endUnanswered(question)
                // Not from here, where nothing more may be sent: the clock asks again.
                return runner.flush()
            case .refusal(let status, let reason):
                endUnanswered(question)
                refuse(question, status, reason)
            }
            ask()
            runner.flush()
        }
    }

    private func complain(_ question: VenueQuestion, _ reason: String) {
        venue.complain("no answer to \(question.request.summary): \(reason)")
    }

    /// What an answer is good for.
    private enum Answer {
        /// It goes on there.
        case next(VenueRequest)
        /// It was the last page.
        case whole
        /// It says nothing of what was asked; in words, where they are to be said.
        case unusable(String?)
    }

    /// Reads an answer.
    private func take(
        _ response: HTTPResponse, _ request: VenueRequest, _ question: VenueQuestion
    ) -> Answer {
        let unread = pipeline.errorCount + pipeline.unknownCount + pipeline.deadCount
        let control = response.body.withUnsafeBufferPointer { bytes in
            runner.observer?.frame(
                bytes, isBinary: false, request: request.summary, of: connection,
                at: response.receivedAt)
            return pipeline.frame(bytes, request: request.summary, at: response.receivedAt)
        }
        switch control {
        case .refused(_, let code, let reason):
            refuse(question, 0, [code, reason].compactMap(\.self).joined(separator: " "))
            return .unusable(nil)
        case .limited(let reason, let retryAfter):
            runner.budgets[venue.budget].banRequests(
                for: retryAfter ?? 5_000_000_000, at: runner.reactor.now())
            return .unusable(reason ?? "too many requests")
        default: break
        }
        let isRead = pipeline.errorCount + pipeline.unknownCount + pipeline.deadCount == unread
        guard isRead, control == nil || pipeline.batch.events.count > 0 else {
            return .unusable("it says something else")
        }
        if pipeline.batch.instruments.count > 0 {
            for index in items.indices where items[index].question.request == question.request {
                items[index].hasListed = true
            }
        }
        let next = pipeline.nextPage.flatMap { venue.adapter.nextPage(of: request, from: $0) }
        return next.map { .next($0) } ?? .whole
    }

    /// An answer is complete. What no answer to any question for it tells, the venue does not have;
    /// lists without any instrument say nothing.
    private func finish(_ question: VenueQuestion) {
        for index in items.indices where items[index].question.request == question.request {
            items[index].answered.formUnion(items[index].asked)
        }
        end(question)
        let missing = question.topics.filter { topic in
            guard topic.channel == .instruments, topics.contains(topic),
                pipeline.lastMessage(of: topic) == nil
            else { return false }
            let asking = items.filter { $0.question.topics.contains(topic) }
            return asking.allSatisfy { $0.answered.contains(topic) }
                && asking.contains { $0.hasListed || !$0.isList }
        }
        guard !missing.isEmpty else { return }
        venue.refused(missing, "its list of instruments does not have it")
    }

    private func end(_ question: VenueQuestion) {
        for index in items.indices where items[index].question.request == question.request {
            items[index].isAsked = false
            items[index].asked = []
        }
    }

    /// The rules of instruments are asked for seldom: sooner again where there was no answer.
    private func endUnanswered(_ question: VenueQuestion) {
        end(question)
        guard question.topics.allSatisfy({ $0.channel == .instruments }) else { return }
        let soon = runner.reactor.now() + every(question) / 10
        for index in items.indices where items[index].question.request == question.request {
            items[index].dueAt = min(items[index].dueAt, soon)
        }
    }

    /// One refused topic ends; of several, the venue does not say which it means. Only statuses
    /// that speak of what was asked for do (0 where the answer itself says it); others may come
    /// from anything on the way, and pass.
    private func refuse(_ question: VenueQuestion, _ status: Int, _ reason: String) {
        isAnswered = false
        if status == 401 || status == 403 {
            return venue.refused(question.topics, "\(LinkMachine.keysRefused): \(reason)")
        }
        guard question.topics.count == 1, [0, 400, 404, 410, 422].contains(status) else {
            return complain(question, reason)
        }
        venue.refused(question.topics, reason)
    }

    private func note(_ word: String, _ json: String, _ time: Int64) {
        runner.observer?.fact(word, json, of: connection, at: time)
    }
}
