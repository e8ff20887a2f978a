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
    /// Whether the latest question was answered.
    private(set) var isAnswered = false
    /// Whether it has ended.
    private var isStopped = false

    private struct Item {
        var question: VenueQuestion
        var dueAt: Int64
        var isAsked = false
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
        let now = runner.reactor.now()
        let known = items
        items = venue.adapter.questions(topics).map { question in
            var item = Item(question: question, dueAt: now)
            if let old = known.first(where: { $0.question.request == question.request }) {
                let isNew = question.topics.contains { added.contains($0) }
                item.isAsked = old.isAsked
                item.dueAt = isNew ? now : old.dueAt
            }
            return item
        }
        ask()
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

    private func ask() {
        let now = runner.reactor.now()
        var room = Self.askedMax - items.count { $0.isAsked }
        for index in items.indices where room > 0 && !items[index].isAsked {
            guard items[index].dueAt <= now, !isStopped else { continue }
            room -= 1
            items[index].isAsked = true
            let question = items[index].question
            items[index].dueAt = now + (runner.settings.pollEvery ?? question.every)
            send(question.request, of: question, page: 1)
        }
    }

    private func send(_ request: VenueRequest, of question: VenueQuestion, page: Int) {
        venue.requests.add(request, isPatient: true) { [weak self] outcome in
            guard let self, !isStopped else { return }
            switch outcome {
            case .answer(let response):
                isAnswered = true
                if let next = take(response, request, question), page < Self.pagesMax {
                    return send(next, of: question, page: page + 1)
                }
                finish(question)
            case .failure(let reason):
                isAnswered = false
                venue.complain("no answer to \(request.summary): \(reason)")
                end(question)
            case .refusal(let status, let reason):
                end(question)
                refuse(question, status, reason)
            }
            runner.flush()
        }
    }

    /// Reads an answer; the request for its next page where it has one.
    private func take(
        _ response: HTTPResponse, _ request: VenueRequest, _ question: VenueQuestion
    ) -> VenueRequest? {
        let control = response.body.withUnsafeBufferPointer { bytes in
            runner.observer?.frame(
                bytes, isBinary: false, request: request.summary, of: connection,
                at: response.receivedAt)
            return pipeline.frame(bytes, request: request.summary, at: response.receivedAt)
        }
        switch control {
        case .refused(_, let code, let reason):
            refuse(question, 0, [code, reason].compactMap(\.self).joined(separator: " "))
        case .limited(_, let retryAfter):
            runner.budgets[venue.budget].banRequests(
                for: retryAfter ?? 5_000_000_000, at: runner.reactor.now())
        default: break
        }
        return pipeline.nextPage.flatMap { venue.adapter.nextPage(of: request, from: $0) }
    }

    /// An answer is complete: what it does not tell, the venue does not have.
    private func finish(_ question: VenueQuestion) {
        end(question)
        guard items.allSatisfy({ !$0.isAsked }) else { return }
        let missing = topics.filter {
            $0.channel == .instruments && pipeline.lastMessage(of: $0) == nil
        }
        guard !missing.isEmpty, isAnswered else { return }
        venue.refused(missing, "its list of instruments does not have it")
    }

    private func end(_ question: VenueQuestion) {
        for index in items.indices where items[index].question.request == question.request {
            items[index].isAsked = false
        }
    }

    /// One refused topic ends; of several, the venue does not say which it means.
    private func refuse(_ question: VenueQuestion, _ status: Int, _ reason: String) {
        if status == 401 || status == 403 {
            return venue.refused(question.topics, "\(LinkMachine.keysRefused): \(reason)")
        }
        guard question.topics.count == 1 else {
            return venue.complain("no answer to \(question.request.summary): \(reason)")
        }
        venue.refused(question.topics, reason)
    }

    private func note(_ word: String, _ json: String, _ time: Int64) {
        runner.observer?.fact(word, json, of: connection, at: time)
    }
}
