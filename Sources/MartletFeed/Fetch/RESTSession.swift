// Requests to one venue, one after the other, within its limits, with patience where that helps.

import Glibc
import MartletModel
public import MartletNetwork
public import MartletVenues

/// How a venue's REST interface is reached.
public struct RESTAccess: Sendable {
    /// Scheme, host and port; nil takes the venue's own.
    public var base: String?
    /// Trust and proxies.
    public var http = HTTPClientOptions()
    /// A key, where public data need one.
    public var credentials: VenueCredentials?
    /// The longest time to wait for the venue's limits or for the end of a ban, ns.
    public var patience: Int64 = 300_000_000_000

    /// The venue's own address.
    public init() {}

    /// Scheme, host and port for a request: as told, else the venue's for such paths.
    public func base(for request: VenueRequest, of profile: VenueProfile) -> String {
        base ?? profile.restBase(for: request.path)
    }
}

/// One answer, as the manifest keeps it.
struct RESTAnswer {
    let request: VenueRequest
    let status: Int
    /// When it was complete, ns since the epoch.
    let time: Int64
    let body: [UInt8]
}

/// Asks one venue. Blocking: a command has nothing else to do.
final class RESTSession {
    let adapter: any VenueAdapter
    private let access: RESTAccess
    private let http: BlockingHTTP
    private var budget: RateBudget
    private var held: UnsafeMutablePointer<UInt8>?
    /// Told, at most once a second, why nothing happens.
    private let onWait: (String) -> Void
    /// Told at once what went wrong with a request that is sent again.
    private let onTrouble: (String) -> Void

    /// How often a request is sent again after a failure that may pass.
    private static let retriesMax = 4

    init(
        _ adapter: any VenueAdapter, _ access: RESTAccess, onWait: @escaping (String) -> Void,
        onTrouble: @escaping (String) -> Void
    ) throws(Failure) {
        self.adapter = adapter
        self.access = access
        self.onWait = onWait
        self.onTrouble = onTrouble
        http = try BlockingHTTP(access.http)
        budget = RateBudget(name: adapter.profile.venue.name, limits: adapter.profile.limits)
    }

    /// The venue's name, for messages.
    var venue: String { adapter.profile.venue.name }

    /// Sends a request until there is an answer of status 200 to 299.
    ///
    /// - Throws: `network` or `timeout` where that does not come about; `notFound` where the venue
    ///   refuses the request as such.
    func ask(_ request: VenueRequest) throws(Failure) -> RESTAnswer {
        var retries = 0
        while true {
            try wait(for: request)
            var reason = ""
            switch http.fetch(message(request)) {
            case .failure(let failure):
                reason = failure.message
                guard retries < Self.retriesMax, Self.mayPass(failure) else {
                    throw Failure(
                        failure.code == .timeout ? .timeout : .network,
                        "\(venue): \(request.summary): \(failure.message)")
                }
            case .success(let response):
                observe(response)
                if response.isSuccess {
                    return RESTAnswer(
                        request: request, status: response.status, time: response.receivedAt,
                        body: response.body)
                }
                try judge(response, request, retries)
                reason = "status \(response.status)"
            }
            retries += 1
            onTrouble(
                "\(venue): \(request.summary): \(reason); sending again"
                    + " (\(retries) of \(Self.retriesMax))")
            pause(Int64(1 << min(retries, 4)) * 500_000_000, "sending again")
        }
    }

    /// Keeps an answer's bytes where they are until the next call; 64 bytes after them may be read.
    func hold(_ body: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        held?.deallocate()
        let room = UnsafeMutablePointer<UInt8>.allocate(capacity: body.count + 64)
        room.initialize(repeating: 0, count: body.count + 64)
        for index in body.indices { room[index] = body[index] }
        held = room
        return UnsafeBufferPointer(start: room, count: body.count)
    }

    deinit { held?.deallocate() }

    /// The venue said in an answer that it was asked too much.
    func limited(retryAfter: Int64?) {
        let seconds = min(max(retryAfter ?? 1, 1), 86_400)
        budget.ban(for: seconds * 1_000_000_000, at: monotonicTime())
    }

    private func message(_ request: VenueRequest) -> HTTPRequest {
        var message = HTTPRequest(
            request.method, access.base(for: request, of: adapter.profile) + request.path,
            body: Array(request.body.utf8))
        if !request.body.isEmpty { message.headers.append("Content-Type", "application/json") }
        if let credentials = access.credentials {
            for header in adapter.headers(credentials) {
                message.headers.append(header.name, header.value)
            }
        }
        return message
    }

    /// Decides what an answer that is no success means; returns where it may pass.
    private func judge(
        _ response: HTTPResponse, _ request: VenueRequest, _ retries: Int
    ) throws(Failure) {
        let text = String(response.text.prefix(200).filter { !$0.isNewline })
        let words = "\(venue): \(request.summary): status \(response.status) \(text)"
        let saysWhen = response.retryAfterSeconds != nil
        let isLimit = [429, 418].contains(response.status)
        switch response.status {
        case _ where isLimit || (saysWhen && [403, 503].contains(response.status)):
            limited(retryAfter: Int64(response.retryAfterSeconds ?? (1 << min(retries, 6))))
            // Bans have an end; a venue that refuses for ever is given up.
            if retries >= 3 * Self.retriesMax { throw Failure(.network, words) }
        case 401, 403:
            throw Failure(
                .configuration,
                words + "; the venue wants a key for this, or refuses this address")
        case 408, 500...599:
            if retries >= Self.retriesMax { throw Failure(.network, words) }
        default:
            throw Failure(.notFound, words + "; check --symbol and --timeframe")
        }
    }

    private static func mayPass(_ failure: NetworkFailure) -> Bool {
        switch failure.code {
        case .connect, .closed, .timeout, .resolve: true
        case .tls, .handshake, .protocol, .tooLarge, .request: false
        }
    }

    /// Binance says in a header how much of the minute's weight is used, by whomever.
    private func observe(_ response: HTTPResponse) {
        guard let text = response.headers["X-MBX-USED-WEIGHT-1M"], let used = Int64(text) else {
            return
        }
        budget.observe("weight", used: used, window: 60_000_000_000, at: monotonicTime())
    }

    /// Waits until the budget has room, and takes it.
    private func wait(for request: VenueRequest) throws(Failure) {
        let kind = budget.limits("weight") ? "weight" : "requests"
        while let due = budget.take(kind, request.weight, at: monotonicTime()) {
            let left = due - monotonicTime()
            guard left <= access.patience else {
                throw Failure(
                    .network,
                    "\(venue): refuses requests for another \(left / 1_000_000_000) s; try again "
                        + "then, what is complete is kept")
            }
            pause(max(left, 1_000_000), "limits of \(venue)")
        }
    }

    private func pause(_ nanoseconds: Int64, _ reason: String) {
        let end = monotonicTime() + nanoseconds
        while true {
            let left = end - monotonicTime()
            guard left > 0 else { return }
            if left > 200_000_000 { onWait(reason) }
            ReplayClock.machine.sleep(min(left, 100_000_000))
        }
    }
}

/// An HTTP client for a thread that waits for its answers.
///
/// Unchecked: the client is made, used and closed on the reactor's thread only.
private final class BlockingHTTP: @unchecked Sendable {
    private let thread: ReactorThread
    private var client: HTTPClient?

    init(_ options: HTTPClientOptions) throws(Failure) {
        do throws(NetworkFailure) { thread = try ReactorThread() } catch {
            throw Failure(.failure, error.message)
        }
        let problem: NetworkFailure? = thread.call { [self] reactor in
            do throws(NetworkFailure) {
                client = try HTTPClient(reactor: reactor, options: options)
                return nil
            } catch { return error }
        }
        if let problem { throw Failure(.failure, problem.message) }
    }

    deinit {
        let client = client
        // The last reference must go on the reactor's thread.
        nonisolated(unsafe) let handedOver = client
        _ = thread.call { _ in handedOver?.close() }
        thread.stop()
    }

    func fetch(_ request: HTTPRequest) -> Result<HTTPResponse, NetworkFailure> {
        let answer = Answer()
        thread.reactor.post { [self] in
            guard let client else {
                return answer.fill(.failure(NetworkFailure(.closed, "the client has ended")))
            }
            client.fetch(request) { answer.fill($0) }
        }
        return answer.wait()
    }

    /// Unchecked: the semaphore orders the write and the read.
    private final class Answer: @unchecked Sendable {
        private var result: Result<HTTPResponse, NetworkFailure>?
        private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { sem_init(semaphore, 0, 0) }

        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }

        func fill(_ value: Result<HTTPResponse, NetworkFailure>) {
            result = value
            sem_post(semaphore)
        }

        func wait() -> Result<HTTPResponse, NetworkFailure> {
            while sem_wait(semaphore) != 0 {}
            return result ?? .failure(NetworkFailure(.closed, "no answer"))
        }
    }
}
