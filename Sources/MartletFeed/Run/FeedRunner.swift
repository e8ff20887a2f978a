// The live feed: venues, their links and budgets on one reactor.

public import MartletModel
public import MartletNetwork
import MartletVenues

/// Where a live feed delivers.
public protocol LiveSink: FeedSink {
    /// A read has been handled: what was collected can go out.
    func flush()
    /// Whether so much waits that nothing more should be read for now.
    var isFull: Bool { get }
}

extension LiveSink {
    /// Most sinks take everything at once.
    public var isFull: Bool { false }
}

/// Listens to any number of venues and delivers one stream. All on the reactor's thread.
///
/// A venue that fails does not stop the others: it is tried again within its budget, for ever.
public final class FeedRunner {
    /// The loop that everything runs on.
    public let reactor: Reactor
    /// How it runs.
    public let settings: FeedSettings
    /// Where it delivers.
    public let sink: any LiveSink
    /// Sees every frame and fact, where one is wanted.
    public let observer: (any FrameObserver)?
    /// Called when nothing that was asked for will ever come.
    public var onHopeless: ((Failure) -> Void)?

    /// From the return of the read that brought a message to the return of the write that it led
    /// to; ns, one entry per message, since the start or the last ``takeDelays()``.
    public private(set) var delays = LatencyHistogram()

    let http: HTTPClient
    var budgets = RateBudgets()
    var random: SeededGenerator
    let backoff = Backoff()
    private var venues: [VenueFeed] = []
    private var connections: [VenueID: Int] = [:]
    private var timer: TimerToken?
    /// Whether the sockets are not read because the sink is full.
    private(set) var isWaiting = false
    private var waitedUntil: Int64?
    /// How long nobody is called silent after the sockets were not read; ns.
    private static let grace: Int64 = 3_000_000_000
    private let startedAt: Int64

    /// A feed that has not begun.
    ///
    /// - Throws: `network` where the machine has no room for it.
    public init(
        _ settings: FeedSettings, reactor: Reactor, sink: any LiveSink,
        observer: (any FrameObserver)? = nil
    ) throws(Failure) {
        self.settings = settings
        self.reactor = reactor
        self.sink = sink
        self.observer = observer
        random = SeededGenerator(seed: settings.seed)
        startedAt = reactor.now()
        var options = HTTPClientOptions()
        options.tls = settings.tls
        options.proxies = settings.proxies
        do throws(NetworkFailure) {
            http = try HTTPClient(reactor: reactor, options: options)
        } catch {
            throw Failure(.network, error.message)
        }
    }

    /// Begins to listen.
    public func start() {
        listen(to: settings.sources)
        setTimer()
    }

    /// Changes what is listened to while it runs; what stays is not interrupted.
    public func listen(to sources: [FeedSource]) {
        for source in sources where venue(source.venue) == nil {
            guard let adapter = VenueCatalog.adapter(for: source.venue) else {
                note("there is no adapter for venue \(source.venue.name)")
                continue
            }
            venues.append(VenueFeed(self, adapter))
        }
        for venue in venues {
            venue.listen(to: sources.filter { $0.venue == venue.adapter.profile.venue })
        }
        checkHope()
        flush()
    }

    /// Ends all connections and requests.
    public func stop() {
        if let timer { reactor.cancel(timer) }
        timer = nil
        for venue in venues { venue.stop() }
        http.close()
        flush()
    }

    /// Whether any venue was live: something of it was delivered, or it acknowledged a channel that
    /// speaks only when something happens, on a connection that stood.
    public var wasLive: Bool { venues.contains { $0.wasLive } }

    /// How every venue and link does.
    public var health: FeedHealth {
        FeedHealth(venues.map { VenueHealth($0, at: reactor.now(), wall: reactor.wallTime()) })
    }

    /// Metrics in the exposition format.
    public func metrics() -> String {
        health.metrics + budgets.metrics(at: reactor.now())
    }

    /// The delays so far; counting starts anew.
    public func takeDelays() -> LatencyHistogram {
        defer { delays = LatencyHistogram() }
        return delays
    }

    /// The messages of one read have been handled and what they led to was written.
    func delivered(_ count: Int64, readAt time: Int64) {
        guard count > 0 else { return }
        delays.add(max(reactor.wallTime() - time, 0), count: count)
    }

    private func venue(_ id: VenueID) -> VenueFeed? {
        venues.first { $0.adapter.profile.venue == id }
    }

    private func setTimer() {
        timer = reactor.setTimer(after: settings.tickEvery) { [weak self] in
            guard let self else { return }
            flush()
            resumeIfDue()
            // Who was not listened to was not silent.
            let isDeaf = isWaiting || waitedUntil.map { reactor.now() - $0 < Self.grace } == true
            for venue in venues { isDeaf ? venue.excuse() : venue.tick() }
            flush()
            setTimer()
        }
    }

    /// A number for a connection; never used twice in a run.
    func nextConnection(_ venue: VenueID) -> ConnectionID {
        connections[venue, default: 0] += 1
        numbers += 1
        return ConnectionID(venue: venue, number: numbers)
    }

    private var numbers = 0

    func note(_ text: String) { sink.note(text) }

    /// Lets what was collected leave; a sink that is full makes the sockets wait, not the reactor.
    func flush() {
        sink.flush()
        guard sink.isFull, !isWaiting else { return }
        isWaiting = true
        for venue in venues { venue.pause() }
    }

    private func resumeIfDue() {
        guard isWaiting, !sink.isFull else { return }
        isWaiting = false
        waitedUntil = reactor.now()
        for venue in venues { venue.resume() }
    }

    /// Ends a run of which nothing can come any more.
    func checkHope() {
        guard isHopeless, !isHopeTimed else { return }
        isHopeTimed = true
        // Not from inside a link's work, and later than the names that may be found meanwhile.
        reactor.setTimer(after: 1_500_000_000) { [weak self] in
            guard let self else { return }
            isHopeTimed = false
            // The sources may have changed meanwhile.
            guard isHopeless, let report = onHopeless else { return }
            onHopeless = nil
            let reasons = venues.flatMap(\.troubles.refusals)
            let kind: FailureKind =
                venues.contains { $0.troubles.areKeysRefused } ? .configuration : .notFound
            report(Failure(kind, reasons.prefix(3).joined(separator: "; ")))
        }
    }

    private var isHopeTimed = false

    private var isHopeless: Bool { !venues.isEmpty && venues.allSatisfy { $0.isHopeless } }
}
