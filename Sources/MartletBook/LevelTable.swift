// The levels of one side of a book: tick to lots, for any price range, constant work per update.

import Glibc

/// Levels of one side: a flat window of ticks around the market, and ``FarLevels`` for the rest.
///
/// An update within the window costs one store and one bit; finding the next level costs a bit scan
/// of the word, of the summary (one bit per word) and at worst a walk over 256 summary words. The
/// window is virtual memory: only touched parts of it exist. Ticks have at most 53 bits, of either
/// sign. It owns raw memory because Swift arrays in this place cost half the speed; every offset
/// into the window is compared with its length first.
@frozen public struct LevelTable: ~Copyable {
    @usableFromInline var window: UnsafeMutablePointer<Int64>
    @usableFromInline var occupied: UnsafeMutablePointer<UInt64>
    @usableFromInline var summary: UnsafeMutablePointer<UInt64>
    @usableFromInline var base: Int64
    @usableFromInline var far: FarLevels
    /// Updates outside the window since it last moved, and levels that it moved then.
    @usableFromInline var farUpdates = 0
    @usableFromInline var movedLevels = 0

    /// Ticks in the window.
    @inlinable static var length: UInt64 { 1 << 20 }
    private static var words: Int { 1 << 14 }
    private static var summaries: Int { 1 << 8 }
    /// Stands for "no window yet": no tick of 53 bits is within the window's length of it.
    private static var noBase: Int64 { Int64.max }

    /// An empty side.
    public init() {
        window = WindowMemory.map(count: Int(Self.length))
        occupied = Self.zeroed(Self.words)
        summary = Self.zeroed(Self.summaries)
        base = Self.noBase
        far = FarLevels()
    }

    private static func zeroed<Number: FixedWidthInteger>(
        _ count: Int
    ) -> UnsafeMutablePointer<Number> {
        guard let memory = calloc(count, MemoryLayout<Number>.stride) else {
            preconditionFailure("the system has no memory left for a book")
        }
        return memory.bindMemory(to: Number.self, capacity: count)
    }

    @inlinable deinit {
        WindowMemory.unmap(window, count: Int(Self.length))
        Self.release(occupied)
        Self.release(summary)
    }

    @usableFromInline static func release(_ memory: UnsafeMutableRawPointer) { free(memory) }

    /// Sets the size of a level and returns the size it had; 0 lots removes the level.
    @inlinable @inline(__always)
    public mutating func set(tick: Int64, lots: Int64) -> Int64 {
        let offset = UInt64(bitPattern: tick &- base)
        guard offset < Self.length else { return setFar(tick: tick, lots: lots) }
        let index = Int(truncatingIfNeeded: offset)
        let previous = window[index]
        window[index] = lots
        // No branch on whether the level came or went: nobody can predict that. A word that becomes
        // empty or stops being so is rare.
        let word = index >> 6
        let bit = UInt64(truncatingIfNeeded: index & 63)
        let before = occupied[word]
        let after = (before & ~(1 &<< bit)) | ((lots != 0 ? 1 : 0) &<< bit)
        occupied[word] = after
        if (before == 0) != (after == 0) {
            summary[word >> 6] ^= 1 &<< UInt64(truncatingIfNeeded: word & 63)
        }
        return previous
    }

    @usableFromInline @inline(never) mutating func setFar(tick: Int64, lots: Int64) -> Int64 {
        if base == Self.noBase {
            if lots == 0 { return 0 }
            base = Self.base(around: tick)
            return set(tick: tick, lots: lots)
        }
        farUpdates += 1
        return far.set(tick: tick, lots: lots)
    }

    private static func base(around tick: Int64) -> Int64 { (tick &- Int64(length / 2)) & ~63 }

    /// The size of a level in lots, 0 where there is none.
    @inlinable public func lots(tick: Int64) -> Int64 {
        let offset = UInt64(bitPattern: tick &- base)
        return offset < Self.length
            ? window[Int(truncatingIfNeeded: offset)] : far.lots(tick: tick)
    }

    /// The highest level at or below `start` and at or above `end`, or nil.
    @inlinable public func highest(from start: Int64, downTo end: Int64) -> Int64? {
        let offset = UInt64(bitPattern: start &- base)
        if offset < Self.length {
            let index = Int(truncatingIfNeeded: offset)
            let found = occupied[index >> 6] & (~UInt64(0) &>> UInt64(63 - (index & 63)))
            if found != 0 {
                let tick = base + Int64(index & ~63) + Int64(63 - found.leadingZeroBitCount)
                return tick >= end ? tick : nil
            }
        }
        return highestBeyondWord(from: start, downTo: end)
    }

    /// The lowest level at or above `start` and at or below `end`, or nil.
    @inlinable public func lowest(from start: Int64, upTo end: Int64) -> Int64? {
        let offset = UInt64(bitPattern: start &- base)
        if offset < Self.length {
            let index = Int(truncatingIfNeeded: offset)
            let found = occupied[index >> 6] & (~UInt64(0) &<< UInt64(index & 63))
            if found != 0 {
                let tick = base + Int64(index & ~63) + Int64(found.trailingZeroBitCount)
                return tick <= end ? tick : nil
            }
        }
        return lowestBeyondWord(from: start, upTo: end)
    }

    @usableFromInline func highestBeyondWord(from start: Int64, downTo end: Int64) -> Int64? {
        guard start >= end, base != Self.noBase else { return nil }
        let last = base + Int64(Self.length) - 1
        if start > last, let tick = far.highest(from: start, downTo: max(end, last + 1)) {
            return tick
        }
        if start >= base, let index = highestInWindow(below: min(start, last) - base) {
            return base + index >= end ? base + index : nil
        }
        return far.highest(from: min(start, base - 1), downTo: end)
    }

    @usableFromInline func lowestBeyondWord(from start: Int64, upTo end: Int64) -> Int64? {
        guard start <= end, base != Self.noBase else { return nil }
        let next = base + Int64(Self.length)
        if start < base, let tick = far.lowest(from: start, upTo: min(end, base - 1)) {
            return tick
        }
        if start < next, let index = lowestInWindow(above: max(start, base) - base) {
            return base + index <= end ? base + index : nil
        }
        return far.lowest(from: max(start, next), upTo: end)
    }

    /// The highest level of the window at or below an offset.
    private func highestInWindow(below offset: Int64) -> Int64? {
        var word = Int(offset >> 6)
        let here = occupied[word] & (~UInt64(0) >> UInt64(63 - (offset & 63)))
        if here != 0 { return Int64(word << 6 + 63 - here.leadingZeroBitCount) }
        var group = word >> 6
        var marks = summary[group] & ((1 << UInt64(word & 63)) - 1)
        while marks == 0 {
            if group == 0 { return nil }
            group -= 1
            marks = summary[group]
        }
        word = group << 6 + 63 - marks.leadingZeroBitCount
        return Int64(word << 6 + 63 - occupied[word].leadingZeroBitCount)
    }

    /// The lowest level of the window at or above an offset.
    private func lowestInWindow(above offset: Int64) -> Int64? {
        var word = Int(offset >> 6)
        let here = occupied[word] & (~UInt64(0) << UInt64(offset & 63))
        if here != 0 { return Int64(word << 6 + here.trailingZeroBitCount) }
        var group = word >> 6
        var marks = summary[group] & ~(~UInt64(0) >> UInt64(63 - (word & 63)))
        while marks == 0 {
            group += 1
            if group == Self.summaries { return nil }
            marks = summary[group]
        }
        word = group << 6 + marks.trailingZeroBitCount
        return Int64(word << 6 + occupied[word].trailingZeroBitCount)
    }

    /// Whether the window is well placed for a market at `tick`: not within an eighth of its ends.
    func isCentered(on tick: Int64) -> Bool {
        let offset = UInt64(bitPattern: tick &- base)
        return offset < Self.length && offset > Self.length / 8 && offset < Self.length / 8 * 7
    }

    /// Moves the window around `tick`; called when the market has left the middle of the window.
    ///
    /// It costs work in the number of levels, so it is put off until several times as many updates
    /// have missed the window: also where levels lie farther apart than the window is long, the
    /// work per update stays constant.
    mutating func recenter(on tick: Int64) {
        guard farUpdates >= 64 + 4 * movedLevels else { return }
        var levels: [(tick: Int64, lots: Int64)] = []
        var next = lowest(from: Int64.min / 4, upTo: Int64.max / 4)
        while let found = next {
            levels.append((found, lots(tick: found)))
            next = lowest(from: found + 1, upTo: Int64.max / 4)
        }
        removeAll()
        base = Self.base(around: tick)
        for level in levels { _ = set(tick: level.tick, lots: level.lots) }
        movedLevels = levels.count
        farUpdates = 0
    }

    /// Removes every level; memory stays for the next ones.
    public mutating func removeAll() {
        for group in 0..<Self.summaries where summary[group] != 0 {
            for word in group << 6..<(group + 1) << 6 where occupied[word] != 0 {
                (window + word << 6).update(repeating: 0, count: 64)
                occupied[word] = 0
            }
            summary[group] = 0
        }
        far.removeAll()
    }

    /// Pages that memory is held for away from the market, in use or not; for tests.
    package var allocatedPages: Int { far.allocatedPages }
}
