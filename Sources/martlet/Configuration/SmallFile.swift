// Reads a small file whole, with failures that say what to do.

import Glibc
package import MartletModel

/// Files that are read whole because they are small.
package enum SmallFile {
    /// The bytes of a file.
    ///
    /// - Parameters:
    ///   - limit: The most bytes it may have.
    ///   - kind: The kind of failure when its content cannot be right (too large).
    /// - Throws: not found, a directory in the way, permissions, or too large.
    package static func read(
        _ path: String, limit: Int, kind: FailureKind
    ) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let problem = errno
            let missing = problem == ENOENT || problem == ENOTDIR
            throw Failure(
                missing ? .notFound : .failure,
                "\(path): \(String(cString: strerror(problem))); "
                    + (missing ? "check the path" : "check its permissions"))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(.failure, "\(path): \(String(cString: strerror(errno))); give a file")
            }
            bytes += block[0..<count]
            if bytes.count > limit {
                throw Failure(kind, "\(path): larger than \(limit) bytes, which no such file is")
            }
        }
    }
}
