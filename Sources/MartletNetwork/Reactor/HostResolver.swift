// Host names to addresses, on threads of their own: a slow name server delays nobody else.

internal import Glibc
internal import Synchronization

/// Looks up host names. Tests and fault plans give their own.
public struct HostResolver: Sendable {
    let lookUp:
        @Sendable (_ host: String, _ port: UInt16) -> Result<[SocketAddress], NetworkFailure>

    /// The system's resolver: `/etc/hosts`, DNS, and what else the machine is set up with.
    public static let system = HostResolver { host, port in
        SocketAddress.lookUp(host: host, port: port)
    }

    /// A resolver of the caller's.
    ///
    /// - Parameter addresses: Takes a host name and answers IPv4 or IPv6 addresses as text, or
    ///   throws. It is called on a thread of the resolver's and may block.
    public init(
        addresses: @escaping @Sendable (String) throws(NetworkFailure) -> [String]
    ) {
        self.init { host, port in
            do throws(NetworkFailure) {
                return .success(
                    try addresses(host).compactMap { SocketAddress(numeric: $0, port: port) })
            } catch {
                return .failure(error)
            }
        }
    }

    private init(
        lookUp: @escaping @Sendable (String, UInt16) -> Result<[SocketAddress], NetworkFailure>
    ) {
        self.lookUp = lookUp
    }
}

/// Two threads that look names up for one reactor; they start with the first name.
///
/// Unchecked: what the threads share is behind the lock, the callbacks run on the reactor.
final class ResolverThreads: @unchecked Sendable {
    /// Lookups that may wait; more are refused.
    static let waitingMax = 1024

    private typealias Answer = (Result<[SocketAddress], NetworkFailure>) -> Void

    /// State that threads outliving their owner keep.
    private final class Shared: @unchecked Sendable {
        let lock = Mutex<[@Sendable () -> Void]>([])
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        let isEnded = Atomic(false)

        init() { sem_init(semaphore, 0, 0) }

        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }

        func work() {
            while true {
                while sem_wait(semaphore) != 0 {}
                if isEnded.load(ordering: .acquiring) { return }
                let next = lock.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                next?()
            }
        }
    }

    private unowned let reactor: Reactor
    private let shared = Shared()
    private var threadCount = 0
    private var answers: [UInt64: Answer] = [:]
    private var nextNumber: UInt64 = 0

    init(reactor: Reactor) { self.reactor = reactor }

    deinit {
        shared.isEnded.store(true, ordering: .releasing)
        for _ in 0..<threadCount { sem_post(shared.semaphore) }
    }

    /// Looks a name up and answers on the reactor, unless it is cancelled before. Numeric addresses
    /// are answered at once.
    ///
    /// - Returns: A number for ``cancel(_:)``.
    func resolve(
        host: String, port: UInt16, with resolver: HostResolver,
        _ answer: @escaping (Result<[SocketAddress], NetworkFailure>) -> Void
    ) -> UInt64 {
        nextNumber += 1
        let number = nextNumber
        if let address = SocketAddress(numeric: host, port: port) {
            answer(.success([address]))
            return number
        }
        startThreads()
        guard threadCount > 0, answers.count < Self.waitingMax else {
            answer(.failure(NetworkFailure(.resolve, "\(host): too many names wait for an answer")))
            return number
        }
        answers[number] = answer
        // The reactor outlives its loop's work; a stopped one never runs the post.
        let work: @Sendable () -> Void = { [weak reactor = self.reactor, weak self] in
            let result = resolver.lookUp(host, port)
            reactor?.post { [weak self] in self?.finish(number, host, result) }
        }
        shared.lock.withLock { $0.append(work) }
        sem_post(shared.semaphore)
        return number
    }

    /// Forgets a lookup.
    func cancel(_ number: UInt64) { answers[number] = nil }

    private func finish(
        _ number: UInt64, _ host: String, _ result: Result<[SocketAddress], NetworkFailure>
    ) {
        guard let answer = answers.removeValue(forKey: number) else { return }
        if case .success(let addresses) = result, addresses.isEmpty {
            answer(.failure(NetworkFailure(.resolve, "\(host): the name has no address")))
        } else {
            answer(result)
        }
    }

    private func startThreads() {
        while threadCount < 2 {
            let reference = Unmanaged.passRetained(shared)
            var thread = pthread_t()
            let problem = pthread_create(
                &thread, nil,
                { argument in
                    // The argument is the reference passed below.
                    let shared = Unmanaged<Shared>.fromOpaque(argument!).takeRetainedValue()
                    shared.work()
                    return nil
                }, reference.toOpaque())
            guard problem == 0 else {
                reference.release()
                return
            }
            pthread_detach(thread)
            threadCount += 1
        }
    }
}
