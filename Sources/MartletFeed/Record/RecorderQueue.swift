// Frames on their way from the sockets to the recorder's thread: copied once, bounded, never waited for.

import Glibc

/// What waits for the recorder's thread: frames and facts in the order of arrival, in one block of
/// memory. Only its holder touches it.
final class RecorderBatch: @unchecked Sendable {
    struct Entry {
        let connection: Int
        let time: Int64
        /// 0 text, 1 binary, 2 fact.
        let kind: UInt8
        let hasRequest: Bool
        let start: Int
        let count: Int
        /// Of the request or the fact's word, which stand before the bytes.
        let nameCount: Int
    }

    /// What did not fit.
    struct Loss {
        var messages: Int64 = 0
        var bytes: Int64 = 0
        var from: Int64 = 0
        var to: Int64 = 0
    }

    var entries: [Entry] = []
    var losses: [Int: Loss] = [:]
    private(set) var base = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 64)
    private var capacity = 1 << 20
    private(set) var used = 0

    deinit { base.deallocate() }

    var isEmpty: Bool { entries.isEmpty && losses.isEmpty }

    func removeAll() {
        entries.removeAll(keepingCapacity: true)
        losses.removeAll()
        used = 0
    }

    func text(at start: Int, _ count: Int) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: base + start, count: count), as: UTF8.self)
    }

    func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + entry.start + entry.nameCount, count: entry.count)
    }

    func append(
        connection: Int, time: Int64, kind: UInt8, name: String?, _ bytes: UnsafeRawBufferPointer
    ) {
        let nameCount = name?.utf8.count ?? 0
        reserve(nameCount + bytes.count)
        let start = used
        if let name {
            for byte in name.utf8 {
                base.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
                used += 1
            }
        }
        if let source = bytes.baseAddress, bytes.count > 0 {
            memcpy(base + used, source, bytes.count)
            used += bytes.count
        }
        entries.append(
            Entry(
                connection: connection, time: time, kind: kind, hasRequest: name != nil,
                start: start, count: bytes.count, nameCount: nameCount))
    }

    private func reserve(_ more: Int) {
        guard used + more > capacity else { return }
        while used + more > capacity { capacity *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        memcpy(larger, base, used)
        base.deallocate()
        base = larger
    }
}

/// The queue `recorder`: at most ``bytesMax`` bytes. Whoever puts in never waits: what does not fit
/// is counted, and the capture says `#gap` at that place.
final class RecorderQueue: @unchecked Sendable {
    // Sound because everything mutable is touched with the mutex held only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var filling = RecorderBatch()
    private var isClosed = false
    private var dropped: Int64 = 0
    let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// How many messages did not fit, since the start.
    var droppedCount: Int64 {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return dropped
    }

    /// Puts in a message or a fact.
    func push(
        connection: Int, time: Int64, kind: UInt8, name: String?, _ bytes: UnsafeRawBufferPointer
    ) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return }
        // Facts are small and rare, and say what happened to the messages: they always fit.
        if kind != 2, !filling.isEmpty, filling.used + bytes.count > bytesMax {
            dropped += 1
            var loss = filling.losses[connection] ?? .init(from: time)
            loss.messages += 1
            loss.bytes += Int64(bytes.count)
            loss.to = time
            filling.losses[connection] = loss
            return
        }
        let before = filling.used
        filling.append(connection: connection, time: time, kind: kind, name: name, bytes)
        // The thread looks by itself every few milliseconds; it is woken for large amounts only.
        if before < Self.wakeAt, filling.used >= Self.wakeAt { pthread_cond_signal(condition) }
    }

    private static let wakeAt = 1 << 18

    /// Hands over what has come in, for `empty`, which is used next.
    ///
    /// - Parameter wait: How long to wait at most until there is much, ns.
    /// - Returns: Nil when the queue is closed and empty.
    func swap(_ empty: RecorderBatch, wait: Int64) -> RecorderBatch? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if !isClosed, filling.used < Self.wakeAt {
            var until = timespec()
            clock_gettime(CLOCK_MONOTONIC, &until)
            let (seconds, rest) = (Int64(until.tv_nsec) + max(0, wait)).quotientAndRemainder(
                dividingBy: 1_000_000_000)
            until.tv_sec += Int(seconds)
            until.tv_nsec = Int(rest)
            pthread_cond_timedwait(condition, mutex, &until)
        }
        if isClosed, filling.isEmpty { return nil }
        let full = filling
        filling = empty
        return full
    }

    /// Ends the queue: nothing goes in any more.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// The monotonic clock, ns.
func monotonicTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
