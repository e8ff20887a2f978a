// The order of requests: books before trades of the past, whatever was asked for first.

@testable import MartletFeed
import MartletModel
import MartletNetwork
import MartletVenues
import Synchronization
import Testing

@Suite("Request queue")
struct RequestQueueTests {
    /// A runner and a queue on a thread of their own. Unchecked: both are only touched there.
    private final class Bench: @unchecked Sendable {
        private final class Sink: LiveSink {
            func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {}
            func record(
                _ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext
            ) {}
            func note(_ text: String) {}
            func flush() {}
        }

        private let thread: ReactorThread
        private var runner: FeedRunner?
        private var queue: RequestQueue?
        let outcomes = Mutex<[String]>([])

        init(
            port: UInt16, _ limit: RateLimit, credentials: VenueCredentials? = nil
        ) throws {
            thread = try ReactorThread()
            let settings = FeedSettings()
            thread.call { [self] reactor in
                // Without a runner nothing is answered, and the test fails.
                let made = try? FeedRunner(settings, reactor: reactor, sink: Sink())  // see above
                guard let runner = made else { return }
                let budget = runner.budgets.index(of: .okx, limits: [limit])
                self.runner = runner
                queue = RequestQueue(runner, budget: budget, credentials: credentials) { _ in
                    "http://127.0.0.1:\(port)"
                }
            }
        }

        /// Asks for all of them at once; patient ones begin with `p`.
        func ask(_ names: [String]) {
            thread.call { [self] _ in
                for name in names {
                    queue?.add(VenueRequest("GET", "/" + name), isPatient: name.hasPrefix("p")) {
                        [self] outcome in
                        let word =
                            switch outcome {
                            case .answer: ""
                            case .failure: "failed "
                            case .refusal(let status, _): "\(status) "
                            }
                        outcomes.withLock { $0.append(word + name) }
                    }
                }
            }
        }

        func stop() {
            thread.call { [self] _ in
                queue?.close()
                runner?.stop()
                queue = nil
                runner = nil
            }
            thread.stop()
        }
    }

    @Test("patient requests let all others go first")
    func order() throws {
        let venue = try ScriptedLiveVenue(onRequest: { _ in "{}" }, onMessage: { _, _ in })
        let bench = try Bench(
            port: venue.port, RateLimit("requests", 1, per: 100_000_000))
        // The first one finds the way free.
        bench.ask(["p1", "p2", "b1", "p3", "b2", "b3"])
        #expect(eventually { bench.outcomes.withLock { $0.count } == 6 })
        let asked = venue.asked.withLock { $0 }
        #expect(asked == ["/p1", "/b1", "/b2", "/b3", "/p2", "/p3"])
        #expect(bench.outcomes.withLock { $0 } == ["p1", "b1", "b2", "b3", "p2", "p3"])
        bench.stop()
        venue.stop()
    }

    @Test("a 403 refuses the keys where there are some, and is not asked for again")
    func forbidden() throws {
        let venue = try ScriptedLiveVenue(onRequest: { _ in "HTTP 403" }, onMessage: { _, _ in })
        let bench = try Bench(
            port: venue.port, RateLimit("requests", 100, per: 1_000_000_000),
            credentials: VenueCredentials(key: "k", secret: "s"))
        bench.ask(["b1", "b2"])
        #expect(eventually { bench.outcomes.withLock { $0.count } == 2 })
        #expect(bench.outcomes.withLock { $0.sorted() } == ["403 b1", "403 b2"])
        #expect(venue.asked.withLock { $0.count } == 2)
        bench.stop()
        venue.stop()
    }

    @Test("a queue that is full refuses at once, and keeps what waits")
    func full() throws {
        let venue = try ScriptedLiveVenue(onRequest: { _ in "{}" }, onMessage: { _, _ in })
        let bench = try Bench(port: venue.port, RateLimit("requests", 1, per: 3_600_000_000_000))
        bench.ask((0..<(RequestQueue.capacity + 11)).map { "b\($0)" })
        // One went out, so many wait, and the others are told.
        #expect(bench.outcomes.withLock { $0.count { $0.hasPrefix("failed ") } } == 10)
        bench.stop()
        venue.stop()
    }
}
