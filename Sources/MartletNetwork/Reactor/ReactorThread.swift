// A reactor on a thread of its own, for servers beside a program and for tests.
//
//     let thread = try ReactorThread()
//     let port = thread.call { reactor in ... }      // runs there, answers here
//     thread.stop()                                  // ends and joins the thread

internal import Glibc

/// Runs a ``Reactor`` on its own thread.
///
/// Unchecked: all that is stored is the reactor, whose calls from here are the thread-safe ones,
/// and the thread's name, written once.
public final class ReactorThread: @unchecked Sendable {
    /// The thread's reactor; only `post` may be called on it from elsewhere.
    public let reactor: Reactor
    private var thread = pthread_t()
    private var isJoined = false

    /// Starts the thread.
    public init() throws(NetworkFailure) {
        reactor = try Reactor()
        let reference = Unmanaged.passRetained(reactor)
        let problem = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the reference passed below.
                let reactor = Unmanaged<Reactor>.fromOpaque(argument!).takeRetainedValue()
                reactor.run()
                return nil
            }, reference.toOpaque())
        guard problem == 0 else {
            reference.release()
            throw NetworkFailure(.request, "no thread for the network: \(errorText(problem))")
        }
    }

    deinit { stop() }

    /// Runs `work` on the thread and waits for its answer. Not to be called on that thread.
    public func call<Answer: Sendable>(
        _ work: @escaping @Sendable (Reactor) -> Answer
    ) -> Answer {
        let box = AnswerBox<Answer>()
        reactor.post { [reactor] in box.fill(work(reactor)) }
        return box.wait()
    }

    /// Ends the loop and waits until the thread has ended. The second call does nothing.
    public func stop() {
        guard !isJoined else { return }
        isJoined = true
        reactor.stop()
        pthread_join(thread, nil)
    }
}

/// An answer that one thread waits for. Unchecked: the semaphore orders the write and the read.
private final class AnswerBox<Answer>: @unchecked Sendable {
    private var answer: Answer?
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func fill(_ value: Answer) {
        answer = value
        sem_post(semaphore)
    }

    func wait() -> Answer {
        while sem_wait(semaphore) != 0 {}
        // Filled before the semaphore was raised.
        return answer!
    }
}
