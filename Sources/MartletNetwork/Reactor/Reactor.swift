// One thread that waits for sockets, timers and posted work, and runs what is due.
//
//     let reactor = try Reactor()
//     reactor.setTimer(after: 1_000_000_000) { reactor.stop() }
//     reactor.run()                                  // returns a second later

internal import CLinux
internal import Glibc
internal import Synchronization

/// A timer that is set; cancels it.
public struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// An event loop: one thread, one epoll. It owns every socket and timer of that thread.
///
/// Everything is created and called on the thread of ``run()``, apart from ``post(_:)`` and
/// ``stop()``. Work that is ready runs in turns; a turn handles at most 256 descriptors, the timers
/// that were due and the posts that were there when it began, so nothing can starve the rest.
///
/// Unchecked: the mailbox and the stop flag are behind a lock or atomic, and all other state
/// belongs to the running thread.
public final class Reactor: @unchecked Sendable {
    /// Bytes of the read buffer that all connections of the thread share.
    static let readBufferBytes = 262_144

    /// Read into, and emptied by its reader before the next one is called.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Looks up names off this thread.
    private(set) lazy var resolver = ResolverThreads(reactor: self)

    /// TLS settings of this thread's clients.
    var clientContexts = ClientContexts()

    private let poll: Int32
    private let wakeUp: Int32
    private let clock: Int32
    private var watches: [Watch] = []
    private var generation: UInt32 = 0
    private var again: [Watch] = []
    /// The other of the two lists that take turns, so that neither is made anew.
    private var repeated: [Watch] = []
    private var timers = TimerHeap()
    private var armed = Int64.max
    private let mailbox = Mutex(Mailbox())
    /// Written at the end of each use of the mailbox, read at the beginning of the next one: the
    /// thread sanitizer does not see that one waits for the other in the kernel, but it sees this.
    private let mailboxUses = Atomic(0)
    private let isStopped = Atomic(false)

    private struct Mailbox {
        var works: [@Sendable () -> Void] = []
        var isWoken = false
    }

    private struct Watch {
        var generation: UInt32
        var handler: (any DescriptorHandler)?
    }

    /// An event loop that does not run yet. From here on the process ignores SIGPIPE: a peer that
    /// goes away is an error of the write.
    ///
    /// - Throws: `request` when the process has no descriptors left.
    public init() throws(NetworkFailure) {
        signal(SIGPIPE, SIG_IGN)
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        clock = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
        guard poll >= 0, wakeUp >= 0, clock >= 0 else {
            let reason = errorText(errno)
            readBuffer.deallocate()
            for descriptor in [poll, wakeUp, clock] where descriptor >= 0 { close(descriptor) }
            throw NetworkFailure(
                .request, "no event loop: \(reason); raise the limit of open files (ulimit -n)")
        }
        for (descriptor, token) in [(wakeUp, Self.wakeUpToken), (clock, Self.clockToken)] {
            var event = epoll_event(
                events: EPOLLIN.rawValue, data: epoll_data_t(u64: token))
            epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
        }
    }

    deinit {
        close(poll)
        close(wakeUp)
        close(clock)
        readBuffer.deallocate()
    }

    private static let wakeUpToken = UInt64.max
    private static let clockToken = UInt64.max - 1

    // Running.

    /// Runs until ``stop()``. May be called again.
    public func run() {
        while !isStopped.exchange(false, ordering: .acquiring) { turn(waits: true) }
    }

    /// Ends ``run()`` after the current turn, or the next one before its first. From any thread.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        ring()
    }

    /// Runs `work` on the loop's thread, soon and in order. From any thread.
    public func post(_ work: @escaping @Sendable () -> Void) {
        let isFirst = withMailbox { mailbox in
            mailbox.works.append(work)
            defer { mailbox.isWoken = true }
            return !mailbox.isWoken
        }
        if isFirst { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    /// One turn: what is due now; with `waits`, first until something is.
    func turn(waits: Bool) {
        runTimers()
        arm()
        let isIdle = again.isEmpty
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsMax) { events in
            let count = epoll_wait(
                poll, events.baseAddress, Int32(Self.eventsMax), waits && isIdle ? -1 : 0)
            for index in 0..<max(0, Int(count)) {
                dispatch(events[index].data.u64, ReadySet(rawValue: events[index].events))
            }
        }
        guard !again.isEmpty else { return }
        swap(&again, &repeated)
        for index in repeated.indices {
            repeated[index].handler?.descriptorReady([.readable, .repeated])
        }
        repeated.removeAll(keepingCapacity: true)
    }

    /// Events of one turn; those beyond come with the next. More than 1 KiB of them would be taken
    /// from the heap, turn by turn.
    private static let eventsMax = 64

    private func dispatch(_ token: UInt64, _ ready: ReadySet) {
        switch token {
        case Self.wakeUpToken: runPosts()
        case Self.clockToken:
            var expirations: UInt64 = 0
            _ = read(clock, &expirations, 8)
            armed = .max
        default:
            let descriptor = Int(token & 0xFFFF_FFFF)
            // A descriptor closed and reused within the turn has another generation.
            guard descriptor < watches.count,
                watches[descriptor].generation == UInt32(token >> 32)
            else { return }
            watches[descriptor].handler?.descriptorReady(ready)
        }
    }

    private func runPosts() {
        var counter: UInt64 = 0
        _ = read(wakeUp, &counter, 8)
        let works = withMailbox { mailbox in
            defer { mailbox = Mailbox() }
            return mailbox.works
        }
        for work in works { work() }
    }

    private func withMailbox<Answer: Sendable>(_ body: (inout Mailbox) -> Answer) -> Answer {
        mailbox.withLock { mailbox in
            let count = mailboxUses.load(ordering: .acquiring)
            defer { mailboxUses.store(count &+ 1, ordering: .releasing) }
            return body(&mailbox)
        }
    }

    // Time.

    /// Nanoseconds of the monotonic clock; only differences mean something.
    public func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Nanoseconds since 1970 in UTC: the clock of receive times.
    public func wallTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Runs `work` once, `nanoseconds` from now (at once when 0 or less), unless cancelled before.
    @discardableResult
    public func setTimer(
        after nanoseconds: Int64, _ work: @escaping () -> Void
    ) -> TimerToken {
        let (deadline, overflow) = now().addingReportingOverflow(max(0, nanoseconds))
        return timers.add(deadline: overflow ? .max : deadline, work)
    }

    /// Forgets a timer; one that ran already is no mistake.
    public func cancel(_ timer: TimerToken) {
        timers.remove(timer)
    }

    /// Timers that are set. For tests and metrics.
    public var timerCount: Int { timers.count }
    /// Descriptors that are watched. For tests and metrics.
    public private(set) var watchCount = 0

    private func runTimers() {
        let time = now()
        // Those that a timer sets while running wait for the next turn.
        for _ in 0..<timers.count {
            guard let work = timers.removeDue(at: time) else { return }
            work()
        }
    }

    private func arm() {
        let earliest = timers.earliest ?? .max
        guard earliest < armed else { return }
        armed = earliest
        martlet_timer_arm(clock, earliest)
    }

    // Descriptors.

    /// Calls `work` whenever the descriptor has something to read (or ended), such as a signalfd or
    /// standard input. The descriptor stays the caller's.
    ///
    /// - Returns: Whether the kernel takes it; a regular file is refused.
    @discardableResult
    public func watchReadable(_ descriptor: Int32, _ work: @escaping () -> Void) -> Bool {
        watch(descriptor, .readable, ClosureHandler(work))
    }

    /// Calls `work` whenever the descriptor can be written to. The descriptor stays the caller's.
    @discardableResult
    public func watchWritable(_ descriptor: Int32, _ work: @escaping () -> Void) -> Bool {
        watch(descriptor, .writable, ClosureHandler(work))
    }

    /// Stops watching; to be called before the descriptor is closed. Unknown ones are ignored.
    public func unwatch(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard descriptor >= 0, index < watches.count, watches[index].handler != nil else { return }
        watches[index].handler = nil
        watches[index].generation = 0
        watchCount -= 1
        epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Watches a descriptor for an owner, or changes what it is watched for.
    @discardableResult
    func watch(
        _ descriptor: Int32, _ interest: ReadySet, _ handler: any DescriptorHandler
    ) -> Bool {
        precondition(descriptor >= 0, "a descriptor to watch is open")
        let index = Int(descriptor)
        while watches.count <= index { watches.append(Watch(generation: 0, handler: nil)) }
        let isNew = watches[index].handler == nil
        if isNew {
            // 0 is for nobody, and the two highest belong to the loop's own descriptors.
            generation = generation >= 0xFFFF_FF00 ? 1 : generation + 1
            watches[index].generation = generation
        }
        watches[index].handler = handler
        let token = UInt64(watches[index].generation) << 32 | UInt64(index)
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        var result = epoll_ctl(poll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event)
        if !isNew, result != 0, errno == ENOENT {
            // Its owner closed it without a word, and the number was given out again.
            result = epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
        }
        if isNew, result == 0 { watchCount += 1 }
        if isNew, result != 0 { watches[index] = Watch(generation: 0, handler: nil) }
        return result == 0
    }

    /// Calls the watched descriptor's handler again at the end of this turn, with `repeated` set:
    /// its bytes wait in a library, where epoll cannot see them.
    func callAgain(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard descriptor >= 0, index < watches.count, watches[index].handler != nil else { return }
        again.append(watches[index])
    }
}
