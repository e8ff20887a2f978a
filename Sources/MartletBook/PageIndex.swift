// Which pages of a level table are in use, searchable in order: nine summaries of 64 to one.

/// An ordered set of page numbers. Adding, removing and finding a neighbour cost one probe where
/// pages are close together, and at most 17 across the whole price range.
///
/// Each summary node says in 64 bits which of its 64 children are not empty; nodes of all heights
/// live in one hash table. A page is added when it gets its first level and removed with its last,
/// so updates of existing levels never come here. It owns raw memory; every slot is masked.
@frozen @usableFromInline struct PageIndex: ~Copyable {
    @frozen @usableFromInline struct Node {
        @usableFromInline var key: Int64
        @usableFromInline var children: UInt64

        init(key: Int64, children: UInt64) {
            self.key = key
            self.children = children
        }
    }

    /// Page numbers are shifted by this to be above 0: prices have at most 53 bits, pages 47.
    private static let bias: Int64 = 1 << 48
    /// 64^9 = 2^54 exceeds every shifted page number, so the highest summary has one node.
    private static let heights: Int64 = 9
    /// No node has this key: heights begin at 1.
    private static let unused: Int64 = 0

    @usableFromInline var nodes: UnsafeMutablePointer<Node>
    @usableFromInline var mask: Int
    @usableFromInline var used: Int

    @usableFromInline init() {
        let capacity = 64
        nodes = .allocate(capacity: capacity)
        nodes.initialize(repeating: Node(key: Self.unused, children: 0), count: capacity)
        mask = capacity - 1
        used = 0
    }

    @inlinable deinit { nodes.deallocate() }

    /// Adds a page; adding it twice changes nothing.
    @usableFromInline mutating func insert(_ page: Int64) {
        var number = page &+ Self.bias
        for height in 1...Self.heights {
            let slot = slotToWrite(height, number >> 6)
            let before = nodes[slot].children
            nodes[slot].children = before | (1 << UInt64(number & 63))
            if before != 0 { return }
            number >>= 6
        }
    }

    /// Removes a page; removing one that is not there changes nothing.
    @usableFromInline mutating func remove(_ page: Int64) {
        var number = page &+ Self.bias
        for height in 1...Self.heights {
            let slot = find(height, number >> 6)
            guard slot >= 0, nodes[slot].children != 0 else { return }
            nodes[slot].children &= ~(1 << UInt64(number & 63))
            if nodes[slot].children != 0 { return }
            number >>= 6
        }
    }

    /// Removes every page.
    @usableFromInline mutating func removeAll() {
        nodes.update(repeating: Node(key: Self.unused, children: 0), count: mask + 1)
        used = 0
    }

    /// The highest page below `page`, or nil.
    @usableFromInline func below(_ page: Int64) -> Int64? {
        var number = Self.clamped(page)
        for height in 1...Self.heights {
            let lower = children(height, number >> 6) & ((1 << UInt64(number & 63)) - 1)
            number >>= 6
            guard lower != 0 else { continue }
            var found = number << 6 | Int64(63 - lower.leadingZeroBitCount)
            for inner in stride(from: height - 1, to: 0, by: -1) {
                found = found << 6 | Int64(63 - children(inner, found).leadingZeroBitCount)
            }
            return found &- Self.bias
        }
        return nil
    }

    /// The lowest page above `page`, or nil.
    @usableFromInline func above(_ page: Int64) -> Int64? {
        var number = Self.clamped(page)
        for height in 1...Self.heights {
            let bit = UInt64(number & 63)
            let higher = children(height, number >> 6) & ~(UInt64.max >> (63 - bit))
            number >>= 6
            guard higher != 0 else { continue }
            var found = number << 6 | Int64(higher.trailingZeroBitCount)
            for inner in stride(from: height - 1, to: 0, by: -1) {
                found = found << 6 | Int64(children(inner, found).trailingZeroBitCount)
            }
            return found &- Self.bias
        }
        return nil
    }

    /// The shifted page number, or the nearest one in range: searches may begin anywhere.
    private static func clamped(_ page: Int64) -> Int64 { max(-bias, min(bias - 1, page)) + bias }

    private static func key(_ height: Int64, _ number: Int64) -> Int64 { number << 4 | height }

    private static func home(_ key: Int64, _ mask: Int) -> Int {
        // Multiplication by 2^64 ÷ golden ratio; the upper half has the well mixed bits.
        Int(truncatingIfNeeded: (UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    private func find(_ height: Int64, _ number: Int64) -> Int {
        let key = Self.key(height, number)
        var slot = Self.home(key, mask)
        while nodes[slot].key != Self.unused {
            if nodes[slot].key == key { return slot }
            slot = (slot &+ 1) & mask
        }
        return -1
    }

    private func children(_ height: Int64, _ number: Int64) -> UInt64 {
        let slot = find(height, number)
        return slot >= 0 ? nodes[slot].children : 0
    }

    private mutating func slotToWrite(_ height: Int64, _ number: Int64) -> Int {
        let slot = find(height, number)
        if slot >= 0 { return slot }
        if (used + 1) * 2 > mask + 1 { makeRoom() }
        let key = Self.key(height, number)
        let free = freeSlot(key)
        nodes[free] = Node(key: key, children: 0)
        used += 1
        return free
    }

    private func freeSlot(_ key: Int64) -> Int {
        var slot = Self.home(key, mask)
        while nodes[slot].key != Self.unused { slot = (slot &+ 1) & mask }
        return slot
    }

    /// Drops empty nodes; doubles the table when more than a quarter of it is still in use.
    private mutating func makeRoom() {
        let old = nodes
        let oldCapacity = mask + 1
        var kept = 0
        for slot in 0..<oldCapacity where old[slot].children != 0 { kept += 1 }
        let capacity = kept * 4 > oldCapacity ? oldCapacity * 2 : oldCapacity
        nodes = .allocate(capacity: capacity)
        nodes.initialize(repeating: Node(key: Self.unused, children: 0), count: capacity)
        mask = capacity - 1
        used = kept
        for index in 0..<oldCapacity where old[index].children != 0 {
            nodes[freeSlot(old[index].key)] = old[index]
        }
        old.deallocate()
    }
}
