// A directory that appears under its name complete or not at all.

import Glibc
import MartletModel

/// A directory put together under a temporary name beside its target.
struct NewDirectory {
    private let target: String
    private let temporary: String
    private let named: String
    private let existed: Bool

    /// Creates the temporary directory, and missing parents of the target.
    init(path: String, force: Bool) throws(Failure) {
        named = path
        (target, existed) = try Self.target(of: path, force: force)
        var parent = target
        while let slash = parent.lastIndex(of: "/") {
            parent = String(parent[..<slash])
            break
        }
        if !existed, target.contains("/"), !parent.isEmpty { try Self.makeParents(parent) }
        for attempt in 0..<1000 {
            let candidate = "\(target).\(getpid()).\(attempt).tmp"
            if mkdir(candidate, 0o777) == 0 {
                temporary = candidate
                return
            }
            guard errno == EEXIST else { throw Self.failure("cannot create", path, errno) }
        }
        throw Failure(.failure, "\(path): remove the old .tmp directories beside it")
    }

    /// The path of a file in the making.
    func file(_ name: String) -> String { temporary + "/" + name }

    /// Gives the directory its final name.
    func publish() throws(Failure) {
        if !existed {
            // Not over whatever has appeared there meanwhile.
            guard renameat2(AT_FDCWD, temporary, AT_FDCWD, target, 1 /* RENAME_NOREPLACE */) == 0
            else { throw Self.failure("cannot create", named, errno) }
            return
        }
        guard renameat2(AT_FDCWD, temporary, AT_FDCWD, target, 2 /* RENAME_EXCHANGE */) == 0 else {
            throw Self.failure("cannot replace", named, errno)
        }
        // The old directory has the temporary name now: what is not ours moves over.
        for name in Self.entries(of: temporary) where !Self.isOwn(name) {
            if rename(temporary + "/" + name, target + "/" + name) != 0 {
                throw Self.failure("cannot keep \(name) in", named, errno)
            }
        }
        discard()
    }

    /// Removes the temporary directory and our files in it.
    func discard() {
        for name in Self.entries(of: temporary) where Self.isOwn(name) {
            unlink(temporary + "/" + name)
        }
        rmdir(temporary)
    }

    /// The real path to write to and whether there is a directory already.
    static func target(of path: String, force: Bool) throws(Failure) -> (String, exists: Bool) {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard !trimmed.isEmpty, !trimmed.utf8.contains(0) else {
            throw Failure(.usage, "the run directory's path is empty or contains a zero byte")
        }
        var facts = stat()
        guard stat(trimmed, &facts) == 0 else {
            if errno == ENOENT { return (trimmed, false) }
            throw failure("cannot use", path, errno)
        }
        guard force else {
            throw Failure(.usage, "\(path) exists: choose another --out, or replace it with --force")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(.failure, "\(path) is not a directory: choose another --out")
        }
        guard let resolved = realpath(trimmed, nil) else {
            throw failure("cannot use", path, errno)
        }
        defer { free(resolved) }
        return (String(cString: resolved), true)
    }

    private static func makeParents(_ path: String) throws(Failure) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
            if mkdir(built, 0o777) != 0, errno != EEXIST {
                throw failure("cannot create", built, errno)
            }
        }
    }

    private static func isOwn(_ name: String) -> Bool {
        RunArtifacts.names.contains(name) || name == RunArtifacts.sumsName || name.hasSuffix(".tmp")
    }

    private static func entries(of path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32) -> Failure {
        Failure(.failure, "\(what) \(path): \(String(cString: strerror(code)))")
    }
}
