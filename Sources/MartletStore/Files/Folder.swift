// Directories, and what stands in them.

import Glibc
public import MartletModel

/// Directories by path.
public enum Folder {
    /// The directory that a path lies in; `.` where it names none.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a directory and those above it; one that exists is fine.
    ///
    /// - Throws: a failure when something else is in the way, or permission is missing.
    public static func make(_ path: String) throws(Failure) {
        if path.isEmpty || path == "." || path == "/" { return }
        if mkdir(path, 0o755) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw Failure(
                    .failure, "\(path): a file is in the way: name another directory, or remove it")
            }
        case ENOENT:
            try make(parent(of: path))
            // Once: where the parent exists and the folder still cannot be, it never will.
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw FileFailure.writing(path, code: errno)
            }
        default: throw FileFailure.writing(path, code: errno)
        }
    }

    /// The size of a file in bytes.
    public static func fileSize(_ path: String) throws(Failure) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileFailure.reading(path, code: errno) }
        return Int64(status.st_size)
    }

    /// Whether nothing at all has this path.
    public static func isMissing(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// The names in a directory, sorted, without `.` and `..`.
    public static func names(in path: String) throws(Failure) -> [String] {
        guard let directory = opendir(path) else { throw FileFailure.reading(path, code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The nearest directory at or above `path` that exists.
    public static func nearestExisting(_ path: String) -> String {
        var candidate = path.isEmpty ? "." : path
        while access(candidate, F_OK) != 0, candidate != "/", candidate != "." {
            candidate = parent(of: candidate)
        }
        return candidate
    }
}
