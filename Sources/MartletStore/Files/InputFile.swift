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
    /// Whether it is a regular file from its beginning, which can be mapped and has a size.
    let isRegular: Bool
    /// What was read ahead to see what it is, and has to be read again.
    private var head: [UInt8] = []

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

    /// The process's standard input, as it is: a file redirected to it from the beginning is
    /// regular; a pipe, a terminal, or a file of which a part was read is not.
    static func standardInput() throws(Failure) -> InputFile {
        let path = "standard input"
        let copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            throw Failure(.failure, "\(path): is closed; give it a file or a pipe")
        }
        var facts = stat()
        guard fstat(copy, &facts) == 0 else {
            let code = errno
            close(copy)
            throw FileFailure.reading(path, code: code)
        }
        let format = facts.st_mode & S_IFMT
        guard format != S_IFDIR else {
            close(copy)
            throw FileFailure.directory(path)
        }
        let isWhole = format == S_IFREG && lseek(copy, 0, SEEK_CUR) == 0
        return InputFile(
            path: path, descriptor: copy, isRegular: isWhole,
            size: isWhole ? Int(facts.st_size) : 0)
    }

    private init(path: String, descriptor: Int32, isRegular: Bool, size: Int) {
        self.path = path
        self.descriptor = descriptor
        self.isRegular = isRegular
        self.size = size
    }

    /// The first bytes, at most `count`, which the next reads give again. Waits for as many as it
    /// takes to tell a compressed stream from text.
    func peek(_ count: Int, while isOpen: ([UInt8]) -> Bool) throws(Failure) -> [UInt8] {
        while head.count < count, head.isEmpty || isOpen(head) {
            var byte: UInt8 = 0
            var problem: Failure?
            var got = 0
            withUnsafeMutableBytes(of: &byte) { target in
                do throws(Failure) { got = try readOn(into: target) } catch { problem = error }
            }
            if let problem { throw problem }
            if got == 0 { break }
            head.append(byte)
        }
        return head
    }

    deinit { close(descriptor) }

    /// Reads up to `target.count` bytes at the file's position; 0 at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        guard head.isEmpty else {
            let count = min(head.count, target.count)
            target.copyBytes(from: head[..<count])
            head.removeFirst(count)
            return count
        }
        return try readOn(into: target)
    }

    private func readOn(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let count = retryingInterrupts {
                Glibc.read(descriptor, target.baseAddress, target.count)
            }
            if count >= 0 { return count }
            guard errno == EAGAIN else { throw FileFailure.reading(path, code: errno) }
            // Whoever made the pipe may have made it non-blocking.
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = retryingInterrupts { Int(poll(&wanted, 1, -1)) }
        }
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
