// A plain array of plain values that keeps its memory between messages.

/// Values in one block of memory that grows and is reused; one owner, no reference counting.
@frozen public struct GrowingBuffer<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<Element>
    @usableFromInline var capacity: Int
    /// How many values there are.
    @inlinable public var count: Int { used }
    @usableFromInline var used: Int

    /// Room for `capacity` values, at least one, before it grows the first time.
    @inlinable public init(capacity: Int) {
        self.capacity = Swift.max(capacity, 1)
        base = .allocate(capacity: self.capacity)
        used = 0
    }

    @inlinable deinit { base.deallocate() }

    /// Forgets the values and keeps the memory.
    @inlinable @inline(__always) public mutating func removeAll() { used = 0 }

    /// Forgets all values from `count` on.
    @inlinable public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= used, "there are not that many values")
        used = count
    }

    /// Adds a value at the end.
    @inlinable @inline(__always) public mutating func append(_ value: Element) {
        if used == capacity { grow() }
        (base + used).initialize(to: value)
        used += 1
    }

    @usableFromInline @inline(never) mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }

    /// The value at `index`, which must be one of the values.
    @inlinable public subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "no value at this index")
            return base[index]
        }
        @inline(__always) set {
            precondition(index >= 0 && index < count, "no value at this index")
            base[index] = newValue
        }
    }

    /// All values in place: valid until the next change.
    @inlinable public var values: UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(start: base, count: count)
    }
}
