// Writes a small new file, never over an existing one.

import Glibc
package import MartletModel

/// Small files made by commands.
package enum NewFile {
    /// Writes `text` to `path`, making `folder` first when it is missing. A write that fails leaves
    /// nothing behind.
    ///
    /// - Throws: usage when the path exists, else a failure with the system's reason.
    package static func write(
        _ text: String, to path: String, creating folder: String
    ) throws(Failure) {
        if mkdir(folder, 0o755) != 0, errno != EEXIST { throw failure(folder) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        var text = text
        let isWritten = text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(
                    descriptor, bytes.baseAddress! + written,  // not empty inside the loop
                    bytes.count - written)
                if count <= 0 { return false }
                written += count
            }
            return true
        }
        let problem = failure(path)
        if close(descriptor) != 0 || !isWritten {
            unlink(path)
            throw problem
        }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(
            errno == EEXIST ? .usage : .failure,
            "\(path): \(String(cString: strerror(errno))); check the folder and its permissions")
    }
}
