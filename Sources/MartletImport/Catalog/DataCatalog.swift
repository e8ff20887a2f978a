// Which event segments there are, from their sidecars alone.

import Glibc
public import MartletModel
public import MartletStore

/// The segments below folders, in the order of their paths.
public struct DataCatalog: Hashable, Sendable {
    /// One segment, as its sidecar describes it.
    public struct Entry: Hashable, Sendable {
        /// The segment's path.
        public let path: String
        /// Its sidecar.
        public let sidecar: SegmentSidecar
        /// 0 to 100; see ``SegmentScore``.
        public let score: Int

        /// The UTC day on which it was first received, or nil without rows.
        public var day: String? {
            sidecar.statistics.firstReceiveTime.map { Timestamp(nanoseconds: $0).utcDay }
        }

        /// From the first to the last receive time in seconds with three decimals, or nil.
        public var spanSeconds: String? {
            let counts = sidecar.statistics
            guard let first = counts.firstReceiveTime, let last = counts.lastReceiveTime else {
                return nil
            }
            return decimalText((Int128(last) - Int128(first)) / 1_000_000, scale: 3)
        }
    }

    /// The segments.
    public let entries: [Entry]
    /// Why the other segments below the folders cannot be listed, in the order of their paths.
    public let problems: [Failure]

    /// Folders deeper than this are not looked into.
    public static let depthMax = 32

    /// Reads the sidecars of all segments below `folders`; links to folders are not followed.
    /// A sidecar that is damaged or cannot be read is one of the ``problems``.
    ///
    /// - Throws: for a missing or unreadable folder.
    public init(folders: [String]) throws(Failure) {
        var paths: [String] = []
        for folder in folders { try Self.collect(folder, depth: 0, into: &paths) }
        var entries: [Entry] = []
        var problems: [Failure] = []
        var last: String?
        for path in paths.sorted() where path != last {
            last = path
            do throws(Failure) {
                let sidecar = try SegmentSidecar(path: SegmentLayout.sidecarPath(of: path))
                entries.append(
                    Entry(path: path, sidecar: sidecar, score: SegmentScore(sidecar).points))
            } catch { problems.append(error) }
        }
        self.entries = entries
        self.problems = problems
    }

    private static func collect(
        _ folder: String, depth: Int, into paths: inout [String]
    ) throws(Failure) {
        guard depth <= depthMax else {
            throw Failure(
                .failure,
                "\(folder): folders are nested more than \(depthMax) deep; name one inside")
        }
        guard let handle = opendir(folder) else {
            throw FileFailure.reading(folder, code: errno)
        }
        defer { closedir(handle) }
        let suffix = SegmentLayout.sidecarPath(of: ".npy")
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            var facts = stat()
            guard lstat(path, &facts) == 0 else { continue }  // it is gone by now
            if facts.st_mode & S_IFMT == S_IFDIR {
                try collect(path, depth: depth + 1, into: &paths)
            } else if name.hasSuffix(suffix) {
                paths.append(String(path.dropLast(suffix.count - ".npy".count)))
            }
        }
    }

    /// Headings and rows of a table for people; numbers are in columns 3 to 6.
    public var table: (headings: [String], rows: [[String]]) {
        let headings = ["segment", "instrument", "day", "rows", "seconds", "gaps", "score"]
        let rows = entries.map { entry in
            let id = entry.sidecar.instrument.id
            return [
                entry.path, "\(id.venue.name) \(id.symbol)", entry.day ?? "–",
                "\(entry.sidecar.statistics.rows)", entry.spanSeconds ?? "–",
                "\(entry.sidecar.statistics.gaps)", "\(entry.score)",
            ]
        }
        return (headings, rows)
    }

    /// Values for scripts.
    public var json: JSONText {
        func text(_ nanoseconds: Int64?) -> JSONText {
            nanoseconds.map { .string(Timestamp(nanoseconds: $0).iso8601) } ?? .null
        }
        return .array(
            entries.map { entry in
                let counts = entry.sidecar.statistics
                return .object([
                    ("path", .string(entry.path)),
                    ("venue", .string(entry.sidecar.instrument.id.venue.name)),
                    ("symbol", .string(entry.sidecar.instrument.id.symbol)),
                    ("day", entry.day.map { .string($0) } ?? .null),
                    ("rows", .integer(counts.rows)), ("first", text(counts.firstReceiveTime)),
                    ("last", text(counts.lastReceiveTime)), ("gaps", .integer(counts.gaps)),
                    ("score", .integer(Int64(entry.score))),
                ])
            })
    }
}
