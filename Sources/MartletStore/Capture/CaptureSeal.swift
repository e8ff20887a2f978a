// The seal of a capture segment: what is in it, and the digest that shows it is untouched.

import FoundationEssentials
public import MartletModel

/// What stands in `<segment>.json`: written once, when nothing is added to the segment any more.
public struct CaptureSeal: Sendable {
    /// The version of the format.
    public static let schema = "martlet.capture/1"

    /// Venue and number of the connection, and when the recorder started (ns), where known.
    public struct Origin: Hashable, Sendable {
        /// The venue's id.
        public var venue: String
        /// Counts from 1 within a run.
        public var connection: Int64
        /// When the recorder started, ns; tells runs apart.
        public var run: Int64
        /// Counts the segments of the connection from 0.
        public var index: Int64

        /// An origin from its parts.
        public init(venue: String, connection: Int64, run: Int64, index: Int64) {
            self.venue = venue
            self.connection = connection
            self.run = run
            self.index = index
        }

        /// As the first line of every segment says it.
        var json: String {
            JSONText.object([
                ("venue", .string(venue)), ("connection", .integer(connection)),
                ("run", .integer(run)), ("segment", .integer(index)),
                ("version", .string(MartletVersion.text)),
            ]).line
        }

        private struct Wire: Decodable {
            var venue: String
            var connection: Int64
            var run: Int64
            var segment: Int64
        }

        /// Reads the fact `#segment {json}`; nil where it is something else.
        public init?(json: UnsafeRawBufferPointer) {
            guard json.count < 1 << 16,
                // Whatever is wrong with it, it is no origin.
                let wire = try? JSONDecoder().decode(Wire.self, from: Data(json))  // see above
            else { return nil }
            self.init(
                venue: wire.venue, connection: wire.connection, run: wire.run, index: wire.segment)
        }
    }

    /// What was cut from a segment that its recorder did not finish.
    public struct Recovery: Hashable, Sendable {
        /// Bytes after the last whole frame.
        public var cutBytes: Int64
        /// What was wrong with them; empty where nothing was cut.
        public var reason: String
    }

    /// What a count of the lines gives, whatever they mean.
    struct Lines {
        var messages: Int64 = 0
        var binary: Int64 = 0
        var facts: Int64 = 0
        var payloadBytes: Int64 = 0
        var firstTime: Int64?
        var lastTime: Int64?

        mutating func message(bytes: Int, isBinary: Bool, at time: Int64) {
            messages += 1
            if isBinary { binary += 1 }
            payloadBytes += Int64(bytes)
            hear(time)
        }

        mutating func fact(at time: Int64) {
            facts += 1
            hear(time)
        }

        /// The first and last time in the order of the file; a clock may be set back in between.
        private mutating func hear(_ time: Int64) {
            if firstTime == nil { firstTime = time }
            lastTime = time
        }
    }

    /// The text of a seal.
    static func text(
        path: String, sha256: String, bytes: Int64, rawBytes: Int64, frames: Int64,
        origin: Origin?, lines: Lines, recovery: Recovery?,
        summary: [(key: String, value: JSONText)]
    ) -> String {
        func optional(_ number: Int64?) -> JSONText { number.map { .integer($0) } ?? .null }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var members: [(key: String, value: JSONText)] = [
            ("schema", .string(schema)), ("file", .string(name)), ("sha256", .string(sha256)),
            ("bytes", .integer(bytes)), ("lineBytes", .integer(rawBytes)),
            ("frames", .integer(frames)),
            ("venue", origin.map { .string($0.venue) } ?? .null),
            ("connection", optional(origin?.connection)), ("run", optional(origin?.run)),
            ("segment", optional(origin?.index)), ("messages", .integer(lines.messages)),
            ("binary", .integer(lines.binary)), ("facts", .integer(lines.facts)),
            ("payloadBytes", .integer(lines.payloadBytes)),
            ("firstTime", optional(lines.firstTime)), ("lastTime", optional(lines.lastTime)),
            (
                "recovered",
                recovery.map {
                    .object([("cutBytes", .integer($0.cutBytes)), ("reason", .string($0.reason))])
                } ?? .null
            ),
        ]
        members += summary
        members.append(("version", .string(MartletVersion.text)))
        return JSONText.object(members).pretty
    }

    /// Digest, size and origin as a seal states them.
    public struct Stated: Hashable, Sendable, Decodable {
        /// The version of the format.
        public let schema: String
        /// SHA-256 of the segment.
        public let sha256: String
        /// Size of the segment, bytes.
        public let bytes: Int64
        /// Messages in it.
        public let messages: Int64
    }

    /// Reads the seal of a segment; nil where it has none.
    ///
    /// - Throws: integrity where the file beside the segment is no seal.
    public static func read(of segment: String) throws(Failure) -> Stated? {
        let path = CapturePath.seal(of: segment)
        if Folder.isMissing(path) { return nil }
        let file = try InputFile(path: path)
        func wrong() -> Failure {
            Failure(.integrity, "\(path): is not the seal of a capture; restore it, or remove it")
        }
        guard file.size > 0, file.size <= 16 << 20 else { throw wrong() }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 8)
        defer { bytes.deallocate() }
        guard try file.read(into: bytes, at: 0),
            // Whatever is wrong with it, it is no seal.
            let stated = try? JSONDecoder().decode(Stated.self, from: Data(bytes)),  // see above
            stated.schema == schema
        else { throw wrong() }
        return stated
    }

    /// Checks a segment against its seal, where it has one.
    ///
    /// - Returns: Whether there is a seal.
    /// - Throws: integrity where size or digest differ.
    public static func verify(_ segment: String) throws(Failure) -> Bool {
        guard let stated = try read(of: segment) else { return false }
        let bytes = try Folder.fileSize(segment)
        guard bytes == stated.bytes else {
            throw Failure(
                .integrity,
                "\(segment): has \(bytes) bytes, its seal says \(stated.bytes); the file was "
                    + "altered or cut: restore it")
        }
        guard try Digest.sha256(file: segment) == stated.sha256 else {
            throw Failure(
                .integrity,
                "\(segment): its SHA-256 is not that of its seal; the file was altered: restore it")
        }
        return true
    }
}
