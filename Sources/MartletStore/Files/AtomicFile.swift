// A file that appears under its name complete or not at all.

import Glibc
public import MartletModel

/// A file written under a temporary name beside its target and renamed at the end.
///
/// Without ``commit()`` nothing stays behind. Write errors are checked, also the late ones that
/// only `close` reports. Nothing is forced to the disk (no `fsync`). A target that exists and is no
/// regular file (a device, a pipe) cannot be replaced and is written directly.
public struct AtomicFile: ~Copyable {
    /// The final path, as the user named it.
    public let path: String
    /// Open for writing and reading back.
    public var descriptor: Int32 { temporary.descriptor }
    private let temporary: TemporaryFile

    /// Creates the temporary file beside `path`; an existing target is replaced by ``commit()``.
    ///
    /// - Throws: ``FailureKind/failure`` for a directory in the way, a missing directory, missing
    ///   permissions or a full disk.
    public init(path: String) throws(Failure) {
        self.path = path
        self.temporary = try TemporaryFile(beside: path)
    }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try Self.write(bytes, to: descriptor, path: path)
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(Failure) {
        let problem: Failure? = bytes.withUnsafeBytes { raw in
            do throws(Failure) {
                try write(raw)
                return nil
            } catch { return error }
        }
        if let problem { throw problem }
    }

    /// Overwrites bytes at `offset`, without moving the place where bytes are appended.
    public func overwrite(_ bytes: [UInt8], at offset: Int) throws(Failure) {
        let problem: Failure? = bytes.withUnsafeBytes { raw in
            do throws(Failure) {
                try overwrite(raw, at: offset)
                return nil
            } catch { return error }
        }
        if let problem { throw problem }
    }

    /// Appends text as UTF-8.
    public func write(_ text: String) throws(Failure) { try write(Array(text.utf8)) }

    /// Overwrites bytes at `offset`, without moving the place where ``write(_:)`` appends.
    public func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = retryingInterrupts {
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done)
            }  // not empty here, so it has a base address
            guard count > 0 else { throw FileFailure.writing(path, code: errno) }
            done += count
        }
    }

    /// Closes the file and gives it its final name.
    public consuming func commit() throws(Failure) {
        try temporary.close()
        try temporary.rename()
    }

    /// Gives both files their final names, `first` first, or neither: then what was there before
    /// stays.
    public static func commit(_ first: consuming AtomicFile, _ second: consuming AtomicFile)
        throws(Failure)
    {
        try first.temporary.close()
        try second.temporary.close()
        // An ending between the two names would leave one of them behind.
        let uncut = UncutWork()
        try uncut.check()
        let old = KeptFile(first.path)
        try first.temporary.rename()
        do throws(Failure) {
            try second.temporary.rename()
        } catch {
            if !old.putBack() { unlink(first.path) }
            throw error
        }
    }

    /// Writes `text` to `path`, complete or not at all.
    public static func write(_ text: String, to path: String) throws(Failure) {
        let file = try AtomicFile(path: path)
        try file.write(text)
        try file.commit()
    }

    /// Unlinks every temporary file of this process and ends it. For an ordinary thread that waits
    /// for signals: two files committed together are either both there or both not.
    public static func leave(code: Int32) -> Never { TemporaryRegistry.leave(code: code) }

    /// Appends all of `bytes` to an open descriptor.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
    ) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = retryingInterrupts {
                Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            }  // not empty here, so it has a base address
            guard count > 0 else { throw FileFailure.writing(path, code: errno) }
            done += count
        }
    }
}

/// Keeps signals away from this thread for a few steps that belong together.
struct BlockedSignals {
    private var old = sigset_t()

    init() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &old)
    }

    mutating func restore() { pthread_sigmask(SIG_SETMASK, &old, nil) }
}

/// The temporary file behind an ``AtomicFile``: closed and removed when nobody renames it.
private final class TemporaryFile {
    let descriptor: Int32
    private let target: String
    private let path: String
    private let slot: Int?
    private var isOpen = true
    private var isRenamed = false

    init(beside target: String) throws(Failure) {
        guard !target.isEmpty, !target.utf8.contains(0) else {
            throw Failure(.usage, "an output path is empty or contains a zero byte")
        }
        var facts = stat()
        let exists = stat(target, &facts) == 0
        if exists, facts.st_mode & S_IFMT == S_IFDIR { throw FileFailure.directory(target) }
        if exists, facts.st_mode & S_IFMT != S_IFREG {
            let opened = open(target, O_RDWR | O_CLOEXEC)
            guard opened >= 0 else { throw FileFailure.writing(target, code: errno) }
            self.target = target
            path = target
            descriptor = opened
            slot = nil
            return
        }
        for attempt in 0..<10_000 {
            let candidate = "\(target).\(getpid()).\(attempt).tmp"
            // Entered before it exists, so that no ending can fall between.
            TemporaryRegistry.hold()
            defer { TemporaryRegistry.release() }
            guard let slot = TemporaryRegistry.add(candidate) else {
                throw Failure(
                    .failure,
                    "\(target): the path is too long, or too many files are written at once")
            }
            let opened = open(candidate, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            let code = errno
            if opened >= 0 {
                self.target = target
                path = candidate
                descriptor = opened
                self.slot = slot
                return
            }
            TemporaryRegistry.remove(slot)
            guard code == EEXIST else { throw FileFailure.writing(target, code: code) }
        }
        throw Failure(.failure, "\(target): remove the old .tmp files beside it")
    }

    deinit {
        if isOpen { _ = Glibc.close(descriptor) }
        if let slot, !isRenamed {
            unlink(path)
            TemporaryRegistry.remove(slot)
        }
    }

    func close() throws(Failure) {
        isOpen = false
        guard Glibc.close(descriptor) == 0 else { throw FileFailure.writing(target, code: errno) }
    }

    func rename() throws(Failure) {
        guard let slot else { return }
        guard Glibc.rename(path, target) == 0 else {
            throw FileFailure.writing(target, code: errno)
        }
        isRenamed = true
        TemporaryRegistry.remove(slot)
    }
}

/// A second name of a regular file that is about to be replaced, to put it back; gone with the
/// object.
private final class KeptFile {
    private let original: String
    private let path: String
    private var slot: Int?

    /// Keeps nothing where there is no such file, or the file system has no hard links.
    init(_ original: String) {
        self.original = original
        path = "\(original).\(getpid()).old.tmp"
        var facts = stat()
        guard lstat(original, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return }
        slot = TemporaryRegistry.add(path)
        if let slot, link(original, path) != 0 {
            TemporaryRegistry.remove(slot)
            self.slot = nil
        }
    }

    deinit {
        guard let slot else { return }
        unlink(path)
        TemporaryRegistry.remove(slot)
    }

    /// Gives the file its name again; false where nothing was kept.
    func putBack() -> Bool { slot != nil && Glibc.rename(path, original) == 0 }
}
