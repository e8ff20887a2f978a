// Where captures lie: by venue, day, time and connection; and which of them are sealed.

import Glibc
public import MartletModel

/// The place of one capture segment: `<root>/<venue>/<YYYY-MM-DD>/<HHMMSS>-<connection>.zst`.
///
/// A name that is taken gets `-2`, `-3` behind the connection.
public struct CapturePath: Hashable, Sendable {
    /// What segment files end with.
    public static let suffix = ".zst"

    /// The file.
    public let path: String
    /// Its size, bytes.
    public let bytes: Int64

    /// Where the seal of a segment lies: `.json` in place of `.zst`.
    public static func seal(of path: String) -> String {
        (path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path) + ".json"
    }

    /// Whether the segment has its seal.
    public var isSealed: Bool { !Folder.isMissing(Self.seal(of: path)) }

    /// Day and time of the first line as the path says them, `2026-11-20/131500`, for sorting.
    var age: String {
        let parts = path.split(separator: "/")
        guard parts.count >= 2 else { return path }
        return parts[parts.count - 2] + "/" + parts[parts.count - 1]
    }

    /// The day in the path, `YYYY-MM-DD`.
    var day: String {
        let parts = path.split(separator: "/")
        return parts.count >= 2 ? String(parts[parts.count - 2]) : ""
    }

    /// The file of a new segment, whose first line is of this time (ns).
    static func fresh(
        root: String, venue: String, connection: Int, at time: Int64, attempt: Int
    ) -> String {
        let text = Timestamp(nanoseconds: max(0, time)).iso8601
        let clock = text.dropFirst(11).prefix(8).filter { $0 != ":" }
        let repeated = attempt == 0 ? "" : "-\(attempt + 1)"
        return "\(root)/\(venue)/\(text.prefix(10))/\(clock)-\(connection)\(repeated)\(suffix)"
    }

    /// All captures at or below paths, in the order of their paths: files as they are, of folders
    /// what ends in `.zst` or `.gz`.
    ///
    /// - Throws: `notFound` for a path that is not there, and for folders without any capture.
    public static func find(_ paths: [String]) throws(Failure) -> [CapturePath] {
        var found: [CapturePath] = []
        for path in paths {
            var facts = stat()
            guard stat(path, &facts) == 0 else { throw FileFailure.reading(path, code: errno) }
            guard facts.st_mode & S_IFMT == S_IFDIR else {
                found.append(CapturePath(path: path, bytes: Int64(facts.st_size)))
                continue
            }
            let below = try inFolder(path, depth: 0)
            guard !below.isEmpty else {
                throw Failure(.notFound, "\(path): holds no captures (.zst, .gz); check the path")
            }
            found += below
        }
        return found
    }

    /// The segments below a root of captures; none where it is not there.
    static func segments(_ root: String) throws(Failure) -> [CapturePath] {
        if Folder.isMissing(root) { return [] }
        return try inFolder(root, depth: 0).filter { $0.path.hasSuffix(suffix) }
    }

    private static func inFolder(_ folder: String, depth: Int) throws(Failure) -> [CapturePath] {
        guard depth < 16 else { return [] }
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        var found: [CapturePath] = []
        for name in try Folder.names(in: folder) {
            let path = base + "/" + name
            var facts = stat()
            guard lstat(path, &facts) == 0 else { continue }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR: found += try inFolder(path, depth: depth + 1)
            case S_IFREG where name.hasSuffix(suffix) || name.hasSuffix(".gz"):
                found.append(CapturePath(path: path, bytes: Int64(facts.st_size)))
            default: break
            }
        }
        return found
    }
}
