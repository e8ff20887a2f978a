// Memory of a book's window: zeros, made of large pages where the system has them.

import Glibc

/// Maps and unmaps zeroed memory. Large pages spare most of the address look-ups that scattered
/// levels cost; parts that nobody touches take no memory either way.
@usableFromInline enum WindowMemory {
    private static let largePage = 1 << 21

    /// `count` zeros.
    static func map(count: Int) -> UnsafeMutablePointer<Int64> {
        let bytes = count * MemoryLayout<Int64>.stride
        // One large page more than needed, cut to start at a multiple of it.
        let mapped = mmap(
            nil, bytes + largePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            preconditionFailure("the system has no address space left for a book")
        }
        let before = (largePage - Int(bitPattern: mapped) % largePage) % largePage
        if before > 0 { munmap(mapped, before) }
        let start = mapped + before
        if before < largePage { munmap(start + bytes, largePage - before) }
        madvise(start, bytes, MADV_HUGEPAGE)
        return start.bindMemory(to: Int64.self, capacity: count)
    }

    /// Gives the memory back.
    @usableFromInline static func unmap(_ memory: UnsafeMutablePointer<Int64>, count: Int) {
        munmap(memory, count * MemoryLayout<Int64>.stride)
    }
}
