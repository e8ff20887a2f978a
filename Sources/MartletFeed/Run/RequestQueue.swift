// Requests to one venue: in order, within its budget, tried again where that is safe.

import MartletModel
import MartletNetwork
import MartletVenues

/// Sends the requests of one venue as its budget allows. Bounded; all on the reactor's thread.
final class RequestQueue {
    /// What became of a request.
    enum Outcome {
        case answer(HTTPResponse)
        /// Nothing came, however often it was asked for.
        case failure(String)
        /// The venue says with this status that it has no answer, and would say so again.
        case refusal(Int, String)
    }

    private struct Waiting {
        let request: VenueRequest
        let isPatient: Bool
        let attempt: Int
        let dueAt: Int64
        let done: (Outcome) -> Void
    }

    /// The most requests that wait; more fail at once.
    static let capacity = 1_000
    /// How often a request is sent at most.
    static let attemptMax = 4

    private unowned let runner: FeedRunner
    private let base: (String) -> String
    private let budget: Int
    private let credentials: VenueCredentials?
    private var waiting: [Waiting] = []
    private var timer: TimerToken?
    /// Requests sent.
    private(set) var sentCount: Int64 = 0
    /// Requests that failed for good.
    private(set) var failedCount: Int64 = 0

    /// A queue; `base` gives scheme, host and port of a path.
    init(
        _ runner: FeedRunner, budget: Int, credentials: VenueCredentials?,
        base: @escaping (String) -> String
    ) {
        self.runner = runner
        self.base = base
        self.budget = budget
        self.credentials = credentials
    }

    /// Sends a request when the budget allows; `done` is called once. A patient one lets all others
    /// go first.
    func add(
        _ request: VenueRequest, isPatient: Bool = false, _ done: @escaping (Outcome) -> Void
    ) {
        guard waiting.count < Self.capacity else {
            failedCount += 1
            return done(.failure("too many requests wait"))
        }
        insert(
            Waiting(
                request: request, isPatient: isPatient, attempt: 1, dueAt: runner.reactor.now(),
                done: done))
        pump()
    }

    private func insert(_ item: Waiting) {
        let place = item.isPatient ? nil : waiting.firstIndex { $0.isPatient }
        waiting.insert(item, at: place ?? waiting.count)
    }

    /// Forgets all requests that wait.
    func close() {
        waiting.removeAll()
        if let timer { runner.reactor.cancel(timer) }
        timer = nil
    }

    private func pump() {
        let now = runner.reactor.now()
        var next = Int64.max
        var index = 0
        while index < waiting.count {
            let item = waiting[index]
            guard item.dueAt <= now else {
                next = min(next, item.dueAt)
                index += 1
                continue
            }
            let later =
                runner.budgets[budget].take("weight", item.request.weight, at: now)
                ?? runner.budgets[budget].take("requests", at: now)
            if let later {
                next = min(next, later)
                break
            }
            waiting.remove(at: index)
            send(item)
        }
        if let timer { runner.reactor.cancel(timer) }
        timer = nil
        guard next < Int64.max else { return }
        timer = runner.reactor.setTimer(after: max(next - now, 1_000_000)) { [weak self] in
            self?.timer = nil
            self?.pump()
        }
    }

    private func send(_ item: Waiting) {
        sentCount += 1
        var request = HTTPRequest(item.request.method, base(item.request.path) + item.request.path)
        if !item.request.body.isEmpty {
            request.body = Array(item.request.body.utf8)
            request.headers.append("Content-Type", "application/json")
        }
        if let credentials {
            request.headers.append("APCA-API-KEY-ID", credentials.key)
            request.headers.append("APCA-API-SECRET-KEY", credentials.secret)
        }
        runner.http.fetch(request) { [weak self] result in self?.finish(item, result) }
    }

    private func finish(_ item: Waiting, _ result: Result<HTTPResponse, NetworkFailure>) {
        let now = runner.reactor.now()
        switch result {
        case .success(let response):
            observe(response, now)
            if response.isSuccess { return item.done(.answer(response)) }
            let wait = response.retryAfterSeconds.map(RateBudget.wait(seconds:))
            switch response.status {
            case 429: runner.budgets[budget].banRequests(for: wait ?? 5_000_000_000, at: now)
            case 403 where credentials != nil:
                // The keys may not ask this; without keys it is a ban.
                return refuse(item, response)
            case 403, 418:
                runner.budgets[budget].banRequests(for: wait ?? 120_000_000_000, at: now)
            case 500...599: break
            default: return refuse(item, response)
            }
            again(item, "HTTP \(response.status)", now)
        case .failure(let failure): again(item, failure.message, now)
        }
    }

    private func refuse(_ item: Waiting, _ response: HTTPResponse) {
        failedCount += 1
        let text = String(response.text.prefix(200))
        item.done(.refusal(response.status, "HTTP \(response.status): \(text)"))
    }

    /// All requests here only read, so that asking twice does no harm.
    private func again(_ item: Waiting, _ reason: String, _ now: Int64) {
        guard item.attempt < Self.attemptMax, waiting.count < Self.capacity else {
            failedCount += 1
            return item.done(.failure(reason))
        }
        let wait = runner.backoff.delay(attempt: Int64(item.attempt), using: &runner.random)
        insert(
            Waiting(
                request: item.request, isPatient: item.isPatient, attempt: item.attempt + 1,
                dueAt: now + wait, done: item.done))
        pump()
    }

    /// What the venue says of our usage counts more than what we think.
    private func observe(_ response: HTTPResponse, _ now: Int64) {
        for name in ["X-MBX-USED-WEIGHT-1M", "X-MBX-USED-WEIGHT"] {
            guard let used = response.headers[name].flatMap({ Int64($0) }) else { continue }
            runner.budgets[budget].observe("weight", used: used, window: nil, at: now)
            return
        }
        if let limit = response.headers["X-RateLimit-Limit"].flatMap({ Int64($0) }),
            let left = response.headers["X-RateLimit-Remaining"].flatMap({ Int64($0) }),
            limit >= left
        {
            runner.budgets[budget].observe("requests", used: limit - left, window: nil, at: now)
        }
    }
}
