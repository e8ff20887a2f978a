// Which temporary files exist right now, in a form that a signal handler may use.

import Glibc
import Synchronization

/// A fixed table of C paths. Entries are published and withdrawn with atomic exchanges, so that a
/// signal handler can walk the table at any moment without locks or allocation.
enum TemporaryRegistry {
    /// At most this many temporary files at a time; more are refused by ``add(_:)``.
    static let capacity = 256

    // Sound because each slot is only accessed while `lock` is held, or by the signal handler,
    // which reads aligned pointers that are published after the path behind them is complete and
    // withdrawn (never freed) before the file gets its final name.
    private nonisolated(unsafe) static let slots:
        UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = {
            let slots = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
                capacity: capacity)
            slots.initialize(repeating: nil, count: capacity)
            return slots
        }()

    private nonisolated(unsafe) static let lock: UnsafeMutablePointer<pthread_mutex_t> = {
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(lock, &attributes)
        return lock
    }()

    private static let ending = Atomic(false)

    /// Makes the table, so that the signal handler never has to.
    static func prepare() {
        _ = slots
        _ = lock
    }

    /// Enters a path; returns its slot, or nil when the table is full.
    static func add(_ path: String) -> Int? {
        let copy = strdup(path)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        for index in 0..<capacity where slots[index] == nil {
            slots[index] = copy
            return index
        }
        free(copy)
        return nil
    }

    /// Takes a path out: the file has its final name, or is gone.
    static func remove(_ slot: Int) {
        pthread_mutex_lock(lock)
        // The few bytes of the path stay allocated: a signal handler may be reading them.
        slots[slot] = nil
        pthread_mutex_unlock(lock)
    }

    /// Whether somebody waits to end the process.
    static var isEnding: Bool { ending.load(ordering: .acquiring) }

    /// Holds back endings of the process; see ``leave(code:)``.
    static func hold() { pthread_mutex_lock(lock) }

    /// Lets endings through again; to be called by the thread that held them back.
    static func release() { pthread_mutex_unlock(lock) }

    /// Unlinks every file in the table and ends the process; no file is entered any more. To be
    /// called by an ordinary thread, not by a signal handler.
    static func leave(code: Int32) -> Never {
        ending.store(true, ordering: .releasing)
        pthread_mutex_lock(lock)
        unlinkAll()
        _exit(code)
    }

    /// Unlinks every file in the table; safe inside a signal handler.
    static func unlinkAll() {
        for index in 0..<capacity {
            if let path = slots[index] { unlink(path) }
        }
    }
}
