// A growing buffer: bytes are appended at the end and taken from the front.

internal import Glibc

/// Bytes in memory of our own, so that a steady state allocates nothing. At least 64 readable bytes
/// follow the last one.
struct ByteQueue: ~Copyable {
    private static let padding = 64

    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0

    /// An empty queue.
    init(capacity: Int = 4096) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity + Self.padding, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Bytes waiting.
    var count: Int { end - start }
    /// Whether nothing waits.
    var isEmpty: Bool { start == end }

    /// The bytes, oldest first; good until the next change.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + start, count: count)
    }

    /// The bytes as `UInt8`; good until the next change.
    var octets: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: (base + start).assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// Appends bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let room = reserve(bytes.count)
        room.baseAddress!.copyMemory(from: source, byteCount: bytes.count)  // never empty
        commit(bytes.count)
    }

    /// Appends a text as UTF-8.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Room for at least `count` bytes after the last one; ``commit(_:)`` says how many were put.
    mutating func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if capacity - end < count { makeRoom(count) }
        return UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
    }

    /// Takes the first `count` bytes of the reserved room as appended.
    mutating func commit(_ count: Int) {
        precondition(count <= capacity - end, "only reserved room can be filled")
        end += count
    }

    /// Drops the first `count` bytes.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= end - start, "only bytes that wait can be dropped")
        start += count
        if start == end { (start, end) = (0, 0) }
    }

    /// Drops the last `count` bytes.
    mutating func removeLast(_ count: Int) {
        precondition(count <= end - start, "only bytes that wait can be dropped")
        end -= count
    }

    /// Drops all bytes, and the memory of an unusually large message with them.
    mutating func removeAll() {
        (start, end) = (0, 0)
        if capacity > 4 << 20 {
            base.deallocate()
            capacity = 4096
            base = .allocate(byteCount: capacity + Self.padding, alignment: 16)
        }
    }

    private mutating func makeRoom(_ more: Int) {
        let used = count
        if capacity >= 2 * (used + more) {
            memmove(base, base + start, used)
        } else {
            let larger = max(2 * capacity, used + more)
            let moved = UnsafeMutableRawPointer.allocate(
                byteCount: larger + Self.padding, alignment: 16)
            moved.copyMemory(from: base + start, byteCount: used)
            base.deallocate()
            (base, capacity) = (moved, larger)
        }
        (start, end) = (0, used)
    }
}
