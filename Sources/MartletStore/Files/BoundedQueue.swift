// A queue between two threads that makes the faster one wait, and a thread to go with it.

import Glibc

/// A first-in, first-out queue of at most `capacity` elements between two threads.
///
/// Full: ``push(_:)`` waits. Empty: ``pop()`` waits. Closed: ``push(_:)`` returns false, and
/// ``pop()`` hands out what is left and then nil.
final class BoundedQueue<Element>: @unchecked Sendable {
    // Sound because everything mutable is accessed with the mutex held only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let capacity: Int
    private var elements: [Element] = []
    private var isClosed = false

    /// An empty queue.
    init(capacity: Int) {
        self.capacity = capacity
        elements.reserveCapacity(capacity)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Adds an element, waiting for room; false when the queue is closed.
    func push(_ element: sending Element) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.count >= capacity && !isClosed { pthread_cond_wait(condition, mutex) }
        if isClosed { return false }
        elements.append(element)
        pthread_cond_broadcast(condition)
        return true
    }

    /// Takes the oldest element, waiting for one; nil when the queue is closed and empty.
    func pop() -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
        if elements.isEmpty { return nil }
        let element = elements.removeFirst()
        pthread_cond_broadcast(condition)
        return element
    }

    /// Ends the queue: no more elements go in.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// A thread that runs one function; ``join()`` waits for its end.
///
/// Signals are left to the thread that started the process.
package final class WorkerThread {
    private var thread = pthread_t()
    private var isRunning = false

    /// Starts the thread; nil where the system refuses one.
    package init?(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(run: body))
        var blocked = BlockedSignals()
        let code = pthread_create(&thread, nil, workerMain, box.toOpaque())
        blocked.restore()
        guard code == 0 else {
            box.release()
            return nil
        }
        isRunning = true
    }

    deinit { join() }

    /// Waits until the function has returned.
    package func join() {
        guard isRunning else { return }
        isRunning = false
        pthread_join(thread, nil)
    }

    fileprivate final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<WorkerThread.Body>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
