// Which temporary files exist right now, so that an ending of the process can remove them.

import Glibc
import Synchronization

/// A fixed table of C paths: entering one allocates nothing.
enum TemporaryRegistry {
    /// At most this many temporary files at a time; more are refused by ``add(_:)``.
    static let capacity = 256
    /// Paths of this many bytes or more are refused, as they are by the system.
    private static let pathSize = 4096

    // Sound because slots are only touched while `lock` is held. Untouched pages cost no memory.
    private nonisolated(unsafe) static let slots: UnsafeMutablePointer<CChar> = {
        guard let slots = calloc(capacity, pathSize) else {
            preconditionFailure("a megabyte of address space is there")
        }
        return slots.assumingMemoryBound(to: CChar.self)
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

    /// Enters a path; returns its slot, or nil when the table is full or the path too long.
    static func add(_ path: String) -> Int? {
        let bytes = path.utf8CString
        guard bytes.count > 1, bytes.count <= pathSize else { return nil }
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        for index in 0..<capacity where slots[index * pathSize] == 0 {
            let slot = slots + index * pathSize
            for place in 0..<bytes.count { slot[place] = bytes[place] }
            return index
        }
        return nil
    }

    /// Takes a path out: the file has its final name, or is gone.
    static func remove(_ slot: Int) {
        pthread_mutex_lock(lock)
        slots[slot * pathSize] = 0
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
        for index in 0..<capacity where slots[index * pathSize] != 0 {
            unlink(slots + index * pathSize)
        }
        _exit(code)
    }
}
