// A growing list of plain records that lives in the page cache instead of anonymous memory.

import Glibc
public import MartletModel

/// An append-only list of plain records in an unlinked, mapped temporary file.
///
/// However long it gets, the memory is file-backed: the system writes it out under pressure. The
/// disk space is reserved before it is used, so that a full disk is an error and never a trap.
/// `Record` must be trivial: no references, no strings, no arrays (a precondition).
///
/// Not thread-safe: one owner uses it.
public final class SpooledRecords<Record> {
    @usableFromInline @exclusivity(unchecked) var base: UnsafeMutablePointer<Record>
    @usableFromInline @exclusivity(unchecked) var used = 0
    @usableFromInline @exclusivity(unchecked) var capacity = 0
    private let descriptor: Int32
    private let place: String

    /// An empty list in `directory`.
    public convenience init(directory: String) throws(Failure) {
        try self.init(beside: directory + "/spool")
    }

    /// An empty list in the directory of `path`.
    init(beside path: String) throws(Failure) {
        precondition(_isPOD(Record.self), "spooled records are plain bytes")
        place = path
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let name = (directory.isEmpty ? "/" : directory) + "/.spool."
        var template = Array((name + String(repeating: "X", count: 6)).utf8CString)
        // An ending between making and unlinking would leave the name behind.
        TemporaryRegistry.hold()
        var blocked = BlockedSignals()
        let opened = mkstemp(&template)
        let code = errno
        if opened >= 0 { unlink(template) }
        blocked.restore()
        TemporaryRegistry.release()
        guard opened >= 0 else { throw FileFailure.writing(path, code: code) }
        descriptor = opened
        base = UnsafeMutablePointer(bitPattern: MemoryLayout<Record>.alignment)!  // never zero
    }

    deinit {
        if capacity > 0 { munmap(base, capacity * MemoryLayout<Record>.stride) }
        close(descriptor)
    }

    /// How many records there are.
    @inlinable public var count: Int { used }

    /// Adds a record at the end.
    @inlinable public func append(_ record: Record) throws(Failure) {
        if used == capacity { try grow() }
        base[used] = record
        used += 1
    }

    /// A record by its position, which is below ``count`` (a precondition).
    @inlinable public subscript(index: Int) -> Record {
        get {
            precondition(index >= 0 && index < used, "a record within the list")
            return base[index]
        }
        set {
            precondition(index >= 0 && index < used, "a record within the list")
            base[index] = newValue
        }
    }

    /// Calls `body` with all records; the view is valid during the call and while nothing is
    /// appended.
    public func withRecords<Result>(
        _ body: (UnsafeBufferPointer<Record>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: base, count: used))
    }

    /// A view of all records, valid while the list lives and nothing is appended.
    public var records: UnsafeBufferPointer<Record> {
        UnsafeBufferPointer(start: base, count: used)
    }

    @usableFromInline func grow() throws(Failure) {
        let stride = MemoryLayout<Record>.stride
        let wanted = max(capacity * 2, ((1 << 18) + stride - 1) / stride)
        let code = posix_fallocate(descriptor, 0, wanted * stride)
        guard code == 0 else { throw FileFailure.writing(place, code: code) }
        guard
            let mapped = mmap(
                nil, wanted * stride, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            mapped != MAP_FAILED
        else { throw FileFailure.writing(place, code: errno) }
        if capacity > 0 { munmap(base, capacity * stride) }
        base = mapped.bindMemory(to: Record.self, capacity: wanted)
        capacity = wanted
    }
}
