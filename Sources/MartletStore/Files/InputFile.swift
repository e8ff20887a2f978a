// A file open for reading, checked to be one.

import Glibc
import MartletModel

/// A file open for reading; closes itself.
final class InputFile {
    /// As the user named it.
    let path: String
    /// The open descriptor.
    let descriptor: Int32
    /// Size in bytes at opening; 0 where the file is not regular (a pipe).
    let size: Int
    /// Whether it is a regular file, which can be mapped and has a size.
    let isRegular: Bool

    /// Opens `path`; a missing file is ``FailureKind/notFound``, a directory or a missing
    /// permission is ``FailureKind/failure``.
    init(path: String) throws(Failure) {
        self.path = path
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw FileFailure.reading(path, code: errno) }
        var facts = stat()
        guard fstat(opened, &facts) == 0 else {
            let code = errno
            close(opened)
            throw FileFailure.reading(path, code: code)
        }
        let format = facts.st_mode & S_IFMT
        guard format != S_IFDIR else {
            close(opened)
            throw FileFailure.directory(path)
        }
        descriptor = opened
        isRegular = format == S_IFREG
        size = isRegular ? Int(facts.st_size) : 0
    }

    deinit { close(descriptor) }

    /// Reads up to `target.count` bytes at the file's position; 0 at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = retryingInterrupts {
            Glibc.read(descriptor, target.baseAddress, target.count)
        }
        guard count >= 0 else { throw FileFailure.reading(path, code: errno) }
        return count
    }

    /// Reads exactly `target.count` bytes at `offset`; false where the file is too short.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(Failure) -> Bool {
        var done = 0
        while done < target.count {
            let count = retryingInterrupts {
                pread(descriptor, target.baseAddress! + done, target.count - done, offset + done)
            }  // not empty here, so it has a base address
            guard count >= 0 else { throw FileFailure.reading(path, code: errno) }
            if count == 0 { return false }
            done += count
        }
        return true
    }
}

/// A whole file mapped read-only; pages come from the page cache, not from anonymous memory.
final class MappedFile: @unchecked Sendable {
    // Sound because the mapping is read-only and lives as long as the object.

    /// All bytes of the file.
    let bytes: UnsafeRawBufferPointer

    /// Maps a regular, not empty file.
    init(_ file: InputFile) throws(Failure) {
        let count = file.size
        guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, file.descriptor, 0),
            base != MAP_FAILED
        else { throw FileFailure.reading(file.path, code: errno) }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Tells the system that the bytes are read from front to back.
    func willReadSequentially() {
        madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, MADV_SEQUENTIAL)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
