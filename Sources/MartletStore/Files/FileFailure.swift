// What the system says about a file, turned into a failure that names the file and the remedy.

import Glibc
public import MartletModel

/// Failures of the file system with the right kind and a message that helps.
public enum FileFailure {
    /// A file that cannot be read: `code` is the `errno` of the call.
    public static func reading(_ path: String, code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR:
            return Failure(.notFound, "\(path): no such file; check the path")
        case EACCES, EPERM:
            return Failure(.failure, "\(path): no permission to read it; change its permissions")
        case EISDIR:
            return directory(path)
        default:
            return Failure(.failure, "\(path): cannot be read: \(text(of: code))")
        }
    }

    /// A file that cannot be written: `code` is the `errno` of the call.
    public static func writing(_ path: String, code: Int32) -> Failure {
        switch code {
        case ENOSPC, EDQUOT:
            return Failure(.failure, "\(path): the disk is full; nothing was kept, free some space")
        case EFBIG:
            return Failure(.failure, "\(path): larger than the file size limit; raise the limit")
        case EACCES, EPERM:
            return Failure(
                .failure, "\(path): no permission to write there; choose another place")
        case EROFS:
            return Failure(.failure, "\(path): the file system is read-only; choose another place")
        case EISDIR:
            return Failure(.failure, "\(path): is a directory; name a file")
        case ENOENT, ENOTDIR:
            return Failure(
                .failure, "\(path): the directory it should go to does not exist; create it first")
        default:
            return Failure(.failure, "\(path): cannot be written: \(text(of: code))")
        }
    }

    /// A directory where a file is needed.
    public static func directory(_ path: String) -> Failure {
        Failure(.failure, "\(path): is a directory; name a file")
    }

    /// The system's own words for an error number.
    public static func text(of code: Int32) -> String {
        guard let words = strerror(code) else { return "error \(code)" }
        return String(cString: words)
    }
}

/// Calls again what a signal interrupted.
func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
