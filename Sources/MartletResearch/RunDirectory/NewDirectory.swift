// A directory that appears under its name complete or not at all.

import Glibc
import MartletModel
import MartletStore

/// A directory put together under a temporary name beside its target.
struct NewDirectory {
    private let target: String
    private let temporary: String
    private let named: String
    private let existed: Bool
    private let madeParents: [String]

    /// Creates the temporary directory, and missing parents of the target.
    init(path: String, force: Bool) throws(Failure) {
        named = path
        (target, existed) = try Self.target(of: path, force: force)
        let missing = Self.missingParents(of: target)
        try Folder.make(Folder.parent(of: target))
        madeParents = missing
        for attempt in 0..<1000 {
            let candidate = "\(target).\(getpid()).\(attempt).tmp"
            if mkdir(candidate, 0o777) == 0 {
                temporary = candidate
                return
            }
            let code = errno
            guard code == EEXIST else {
                for parent in missing.reversed() { rmdir(parent) }
                throw FileFailure.writing(path, code: code)
            }
        }
        throw Failure(.failure, "\(path): remove the old .tmp directories beside it")
    }

    /// The path of a file in the making.
    func file(_ name: String) -> String { temporary + "/" + name }

    /// Gives the directory its final name.
    func publish() throws(Failure) {
        // A directory takes the name of nothing or of an empty directory, never of anything else.
        guard existed else {
            guard rename(temporary, target) == 0 else {
                throw FileFailure.writing(named, code: errno)
            }
            return
        }
        let old = temporary + ".old"
        guard rename(target, old) == 0 else { throw FileFailure.writing(named, code: errno) }
        guard rename(temporary, target) == 0 else {
            let code = errno
            rename(old, target)
            throw FileFailure.writing(named, code: code)
        }
        // What is not ours moves over from the old directory.
        for name in try Self.entries(of: old) where !Self.isOwn(name) {
            guard rename(old + "/" + name, target + "/" + name) == 0 else {
                throw FileFailure.writing(old + "/" + name, code: errno)
            }
        }
        Self.remove(old)
    }

    /// Removes what was written, and the parents made for it; after ``publish()`` it does nothing.
    func discard() {
        Self.remove(temporary)
        for parent in madeParents.reversed() { rmdir(parent) }
    }

    /// Removes our files in a directory, and the directory if nothing else is in it.
    private static func remove(_ path: String) {
        let names = (try? entries(of: path)) ?? []  // gone or unreadable: nothing to remove
        for name in names where isOwn(name) { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// The real path to write to and whether there is a directory already.
    ///
    /// - Throws: usage when the path exists and may not be replaced: not forced, the working
    ///   directory or one above it, or a directory that is neither empty nor a run.
    static func target(of path: String, force: Bool) throws(Failure) -> (String, exists: Bool) {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard !trimmed.isEmpty, !trimmed.utf8.contains(0) else {
            throw Failure(.usage, "the run directory's path is empty or contains a zero byte")
        }
        let last = trimmed.split(separator: "/").last ?? "/"
        guard ![".", "..", "/"].contains(last) else {
            throw Failure(.usage, "\(path) cannot be a run directory: name a new one with --out")
        }
        var facts = stat()
        guard stat(trimmed, &facts) == 0 else {
            if errno == ENOENT { return (trimmed, false) }
            throw FileFailure.writing(path, code: errno)
        }
        guard force else {
            throw Failure(
                .usage, "\(path) exists: choose another --out, or replace it with --force")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(.failure, "\(path) is not a directory: choose another --out")
        }
        guard let resolved = realpath(trimmed, nil) else {
            throw FileFailure.writing(path, code: errno)
        }
        defer { free(resolved) }
        let real = String(cString: resolved)
        try requireReplaceable(real, named: path)
        return (real, true)
    }

    /// Fails unless the directory `path` is empty or a run, and the working directory is elsewhere.
    private static func requireReplaceable(
        _ path: String, named: String
    ) throws(Failure) {
        guard let working = realpath(".", nil) else {
            throw FileFailure.writing(named, code: errno)
        }
        defer { free(working) }
        let base = path.hasSuffix("/") ? path : path + "/"
        guard !(String(cString: working) + "/").hasPrefix(base) else {
            throw Failure(
                .usage, "\(named) holds the working directory: name another directory with --out")
        }
        guard try entries(of: path).isEmpty || StoredRun.isRun(path) else {
            throw Failure(
                .usage,
                "\(named) is neither empty nor a run (no manifest.json of schema "
                    + "martlet.run/1), so --force does not touch it: choose another --out")
        }
    }

    /// The directories above `path` that do not exist yet, outermost first.
    private static func missingParents(of path: String) -> [String] {
        var missing: [String] = []
        var parent = Folder.parent(of: path)
        while parent != ".", parent != "/", access(parent, F_OK) != 0 {
            missing.append(parent)
            parent = Folder.parent(of: parent)
        }
        return missing.reversed()
    }

    /// Whether `name` is a file of a run, or the temporary `FILE.PROCESS.NUMBER.tmp` of one.
    static func isOwn(_ name: String) -> Bool {
        let files = RunArtifacts.names + [RunArtifacts.sumsName]
        if files.contains(name) { return true }
        guard let file = files.first(where: { name.hasPrefix($0 + ".") }) else { return false }
        let rest = name.dropFirst(file.count + 1)
            .split(separator: ".", omittingEmptySubsequences: false)
        return rest.count == 3 && rest[2] == "tmp"
            && rest[..<2].allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
            }
    }

    private static func entries(of path: String) throws(Failure) -> [String] {
        guard let stream = opendir(path) else { throw FileFailure.reading(path, code: errno) }
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
}
