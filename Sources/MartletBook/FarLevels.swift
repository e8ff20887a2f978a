// Levels anywhere in the price range: the part of a book side that lies away from the market.

/// Levels of one side, kept in pages of 64 neighbouring ticks behind a hash of page numbers.
///
/// An update costs one probe and two writes; finding the next level costs a bit scan within the
/// page, and beyond it a look into the ``PageIndex``: a few probes, at most 17 across any hole.
/// Memory follows the number of pages in use: empty pages are reclaimed before the table grows.
/// Ticks have at most 53 bits, of either sign. It owns raw memory because Swift arrays in this
/// place cost half the speed; every index computed below is masked by the capacity or by 63.
@frozen @usableFromInline struct FarLevels: ~Copyable {
    @frozen @usableFromInline struct Page {
        @usableFromInline var number: Int64
        @usableFromInline var occupied: UInt64
        @usableFromInline var lots: UnsafeMutablePointer<Int64>?
    }

    @usableFromInline var pages: UnsafeMutablePointer<Page>
    @usableFromInline var mask: Int
    @usableFromInline var used: Int
    @usableFromInline var slabs: [UnsafeMutablePointer<Int64>]
    @usableFromInline var free: [UnsafeMutablePointer<Int64>]
    @usableFromInline var index: PageIndex

    @usableFromInline static var pagesPerSlab: Int { 64 }

    /// An empty side.
    @usableFromInline init() {
        let capacity = 256
        pages = .allocate(capacity: capacity)
        pages.initialize(repeating: Page(number: 0, occupied: 0, lots: nil), count: capacity)
        mask = capacity - 1
        used = 0
        slabs = []
        free = []
        index = PageIndex()
        free.reserveCapacity(Self.pagesPerSlab)
    }

    @inlinable deinit {
        pages.deallocate()
        for slab in slabs { slab.deallocate() }
    }

    @inlinable @inline(__always) static func home(_ number: Int64, _ mask: Int) -> Int {
        // Neighbouring pages stay neighbours (they are visited together); blocks of 1,024 pages
        // are spread, so that far apart prices do not pile up on one another.
        let spread = number &+ (number >> 10) &* 0x9E37_79B9
        return Int(truncatingIfNeeded: spread) & mask
    }

    /// The slot of a page, or −1.
    @inlinable @inline(__always) func find(_ number: Int64) -> Int {
        var slot = Self.home(number, mask)
        while pages[slot].lots != nil {
            if pages[slot].number == number { return slot }
            slot = (slot &+ 1) & mask
        }
        return -1
    }

    /// Sets the size of a level and returns the size it had; 0 lots removes the level.
    @usableFromInline
    mutating func set(tick: Int64, lots: Int64) -> Int64 {
        let bit = Int(tick & 63)
        var slot = find(tick >> 6)
        if slot < 0 {
            if lots == 0 { return 0 }
            slot = insert(tick >> 6)
        }
        let cell = pages[slot].lots.unsafelyUnwrapped + bit
        let previous = cell.pointee
        cell.pointee = lots
        let flag = UInt64(1) &<< UInt64(bit)
        let occupied = pages[slot].occupied
        let nowOccupied = lots != 0 ? occupied | flag : occupied & ~flag
        pages[slot].occupied = nowOccupied
        if (occupied == 0) != (nowOccupied == 0) { reindex(tick >> 6, isUsed: nowOccupied != 0) }
        return previous
    }

    @usableFromInline @inline(never) mutating func reindex(_ page: Int64, isUsed: Bool) {
        if isUsed { index.insert(page) } else { index.remove(page) }
    }

    /// The size of a level in lots, 0 where there is none.
    @usableFromInline func lots(tick: Int64) -> Int64 {
        let slot = find(tick >> 6)
        guard slot >= 0, let lots = pages[slot].lots else { return 0 }
        return lots[Int(tick & 63)]
    }

    /// The highest level at or below `start` and at or above `end`, or nil.
    @usableFromInline func highest(from start: Int64, downTo end: Int64) -> Int64? {
        guard start >= end else { return nil }
        let page = start >> 6
        let slot = find(page)
        if slot >= 0 {
            let found = pages[slot].occupied & (~UInt64(0) >> UInt64(63 - (start & 63)))
            if found != 0 {
                let tick = (page << 6) + Int64(63 - found.leadingZeroBitCount)
                return tick >= end ? tick : nil
            }
        }
        return highest(belowPage: page, downTo: end)
    }

    /// The lowest level at or above `start` and at or below `end`, or nil.
    @usableFromInline func lowest(from start: Int64, upTo end: Int64) -> Int64? {
        guard start <= end else { return nil }
        let page = start >> 6
        let slot = find(page)
        if slot >= 0 {
            let found = pages[slot].occupied & (~UInt64(0) << UInt64(start & 63))
            if found != 0 {
                let tick = (page << 6) + Int64(found.trailingZeroBitCount)
                return tick <= end ? tick : nil
            }
        }
        return lowest(abovePage: page, upTo: end)
    }

    @usableFromInline func highest(belowPage page: Int64, downTo end: Int64) -> Int64? {
        guard let next = index.below(page) else { return nil }
        let slot = find(next)
        precondition(slot >= 0, "an indexed page is in the table")
        let tick = (next << 6) + Int64(63 - pages[slot].occupied.leadingZeroBitCount)
        return tick >= end ? tick : nil
    }

    @usableFromInline func lowest(abovePage page: Int64, upTo end: Int64) -> Int64? {
        guard let next = index.above(page) else { return nil }
        let slot = find(next)
        precondition(slot >= 0, "an indexed page is in the table")
        let tick = (next << 6) + Int64(pages[slot].occupied.trailingZeroBitCount)
        return tick <= end ? tick : nil
    }

    /// Removes every level; pages stay allocated for the next ones.
    @usableFromInline mutating func removeAll() {
        for slot in 0...mask {
            guard let lots = pages[slot].lots, pages[slot].occupied != 0 else { continue }
            lots.update(repeating: 0, count: 64)
            pages[slot].occupied = 0
        }
        index.removeAll()
    }

    /// Pages that memory is held for, in use or not; for tests.
    package var allocatedPages: Int { slabs.count * Self.pagesPerSlab }

    @usableFromInline @inline(never) mutating func insert(_ number: Int64) -> Int {
        if (used + 1) * 2 > mask + 1 { makeRoom() }
        var slot = Self.home(number, mask)
        while pages[slot].lots != nil { slot = (slot &+ 1) & mask }
        if free.isEmpty { addSlab() }
        pages[slot] = Page(number: number, occupied: 0, lots: free.removeLast())
        used += 1
        return slot
    }

    private mutating func addSlab() {
        let cells = Self.pagesPerSlab * 64
        let slab = UnsafeMutablePointer<Int64>.allocate(capacity: cells)
        slab.initialize(repeating: 0, count: cells)
        slabs.append(slab)
        for index in (0..<Self.pagesPerSlab).reversed() { free.append(slab + index * 64) }
    }

    /// Drops empty pages; doubles the table when more than a quarter of it is still in use.
    private mutating func makeRoom() {
        let old = pages
        let oldCapacity = mask + 1
        var kept = 0
        for slot in 0..<oldCapacity where old[slot].lots != nil {
            if old[slot].occupied != 0 {
                kept += 1
            } else if let lots = old[slot].lots {
                free.append(lots)  // An empty page holds zeros only.
                old[slot].lots = nil
            }
        }
        let capacity = kept * 4 > oldCapacity ? oldCapacity * 2 : oldCapacity
        pages = .allocate(capacity: capacity)
        pages.initialize(repeating: Page(number: 0, occupied: 0, lots: nil), count: capacity)
        mask = capacity - 1
        used = kept
        for index in 0..<oldCapacity where old[index].lots != nil {
            var slot = Self.home(old[index].number, mask)
            while pages[slot].lots != nil { slot = (slot &+ 1) & mask }
            pages[slot] = old[index]
        }
        old.deallocate()
    }
}
