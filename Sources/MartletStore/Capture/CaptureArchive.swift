// The segments being written, by connection: opened, flushed, rotated and sealed in time.

import Glibc
public import MartletModel

/// How captures are written.
public struct CaptureArchiveSettings: Sendable {
    /// The folder that the venues' folders lie in.
    public var root: String
    /// When the recorder started, ns since the epoch; tells its runs apart.
    public var run: Int64
    /// A segment is sealed after this time and the next one begun; ns. A new day (UTC) begins a new
    /// one in any case.
    public var rotation: Int64 = 3_600_000_000_000
    /// A segment is sealed after this many bytes of lines, before compression.
    public var segmentBytes: Int64 = 256 << 20
    /// Lines wait at most this long for the disk; ns.
    public var flushInterval: Int64 = 250_000_000
    /// What happens to old segments.
    public var retention = CaptureRetention()

    /// Ordinary settings below `root`.
    public init(root: String, run: Int64) {
        self.root = root
        self.run = run
    }
}

/// Writes captures. One thread owns it; the clock is handed in, so nothing here waits.
public final class CaptureArchive {
    /// What happened since the start.
    public struct Totals: Hashable, Sendable {
        /// Messages taken.
        public var messages: Int64 = 0
        /// Bytes of their payloads.
        public var payloadBytes: Int64 = 0
        /// Bytes written to the disk.
        public var bytes: Int64 = 0
        /// Messages too large to be recorded; each left a `#gap` fact.
        public var tooLarge: Int64 = 0
        /// Messages that were taken and that the disk refused afterwards.
        public var refused: Int64 = 0
        /// Segments sealed.
        public var sealed: [String] = []
        /// Segments removed because they were old or took too much room.
        public var removed: [String] = []

        /// Nothing happened yet.
        public init() {}
    }

    /// What happened so far.
    public private(set) var totals = Totals()
    private let settings: CaptureArchiveSettings
    private let makeAccount: (CaptureSeal.Origin) -> any CaptureAccount
    private var segments: [Connection: OpenSegment] = [:]
    private var counts: [Connection: Int64] = [:]

    private struct Connection: Hashable {
        let venue: String
        let number: Int
    }

    /// An archive without open segments.
    public init(
        _ settings: CaptureArchiveSettings,
        account: @escaping (CaptureSeal.Origin) -> any CaptureAccount
    ) throws(Failure) {
        self.settings = settings
        makeAccount = account
        try Folder.make(settings.root)
    }

    /// Writes down a message of a connection.
    ///
    /// - Parameters:
    ///   - time: Receive time, ns since the epoch.
    ///   - now: The monotonic clock, ns.
    public func message(
        _ bytes: UnsafeRawBufferPointer, isBinary: Bool, request: String?, venue: String,
        connection: Int, at time: Int64, now: Int64
    ) throws(Failure) {
        guard bytes.count <= CaptureText.messageBytesMax else {
            totals.tooLarge += 1
            let json = JSONText.object([
                ("reason", .string("tooLarge")), ("messages", .integer(1)),
                ("bytes", .integer(Int64(bytes.count))),
            ]).line
            return try fact(
                "gap", json, venue: venue, connection: connection, at: time, now: now)
        }
        let segment = try segment(venue, connection, at: time, now: now)
        // Room for base64, the request and two times; a frame is kept below its size.
        let room = bytes.count * 4 / 3 + (request?.utf8.count ?? 0) * 2 + 128
        if segment.file.stage.count + room > CaptureSegmentFile.frameBytesMax { try flush(segment) }
        let before = segment.file.stage.count
        CaptureText.append(
            bytes, isBinary: isBinary, request: request, at: time, to: segment.file.stage)
        segment.took(lineBytes: segment.file.stage.count - before, now: now)
        segment.stagedMessages += 1
        totals.messages += 1
        totals.payloadBytes += Int64(bytes.count)
        segment.lines.message(bytes: bytes.count, isBinary: isBinary, at: time)
        segment.account.message(bytes, isBinary: isBinary, request: request, at: time)
        if segment.file.stage.count >= CaptureSegmentFile.frameBytesMax { try flush(segment) }
    }

    /// Writes down a fact of a connection.
    public func fact(
        _ word: String, _ json: String, venue: String, connection: Int, at time: Int64, now: Int64
    ) throws(Failure) {
        let segment = try segment(venue, connection, at: time, now: now)
        note(word, json, segment, at: time, now: now)
        segment.isEnding = word == "disconnected"
    }

    /// Flushes what has waited long enough, and seals segments whose time has come.
    public func tick(now: Int64) throws(Failure) {
        for (connection, segment) in segments {
            // Much is flushed at once: waiting longer would not make it smaller.
            if let since = segment.stagedSince,
                now - since >= settings.flushInterval || segment.file.stage.count >= Self.flushBytes
            {
                try flush(segment)
            }
            let isQuiet = segment.isEnding && now - segment.lastNow > Self.quietMax
            if isQuiet || now - segment.opened >= settings.rotation { try seal(connection) }
        }
    }

    private static let flushBytes = 1 << 17

    /// A connection that has ended gets its seal after this time; ns.
    private static let quietMax: Int64 = 60_000_000_000

    /// Flushes and seals everything. Goes on where one segment fails, and throws its failure then.
    public func finish() throws(Failure) {
        var problem: Failure?
        for connection in segments.keys.sorted(by: { ($0.venue, $0.number) < ($1.venue, $1.number) }
        ) {
            do throws(Failure) { try seal(connection) } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
    }

    // MARK: Segments

    private final class OpenSegment {
        let file: CaptureSegmentFile
        let account: any CaptureAccount
        let origin: CaptureSeal.Origin
        let day: Int64
        let opened: Int64
        var lines = CaptureSeal.Lines()
        var stagedSince: Int64?
        var lastNow: Int64
        var lineBytes: Int64 = 0
        var stagedMessages: Int64 = 0
        var isBroken = false
        var isEnding = false

        init(
            _ file: CaptureSegmentFile, _ account: any CaptureAccount,
            _ origin: CaptureSeal.Origin, day: Int64, now: Int64
        ) {
            self.file = file
            self.account = account
            self.origin = origin
            self.day = day
            opened = now
            lastNow = now
        }

        func took(lineBytes count: Int, now: Int64) {
            if stagedSince == nil { stagedSince = now }
            lastNow = now
            lineBytes += Int64(count)
        }
    }

    private static func day(of time: Int64) -> Int64 {
        time.flooredDivision(by: 86_400_000_000_000).quotient
    }

    /// The segment that a line of this time belongs into, opened where there is none.
    private func segment(
        _ venue: String, _ number: Int, at time: Int64, now: Int64
    ) throws(Failure) -> OpenSegment {
        let connection = Connection(venue: venue, number: number)
        if let open = segments[connection] {
            // A clock set back does not begin a new day.
            if Self.day(of: time) <= open.day, open.lineBytes < settings.segmentBytes {
                return open
            }
            try seal(connection)
        }
        let index = counts[connection, default: 0]
        counts[connection] = index + 1
        let origin = CaptureSeal.Origin(
            venue: venue, connection: Int64(number), run: settings.run, index: index)
        let opened = OpenSegment(
            try create(venue, number, at: time), makeAccount(origin), origin,
            day: Self.day(of: time), now: now)
        segments[connection] = opened
        note("segment", origin.json, opened, at: time, now: now)
        return opened
    }

    private func create(
        _ venue: String, _ number: Int, at time: Int64
    ) throws(Failure) -> CaptureSegmentFile {
        for attempt in 0..<10_000 {
            let path = CapturePath.fresh(
                root: settings.root, venue: venue, connection: number, at: time, attempt: attempt)
            try Folder.make(Folder.parent(of: path))
            // A seal without segment keeps the name too: its segment may be restored.
            guard Folder.isMissing(CapturePath.seal(of: path)) else { continue }
            if let file = try CaptureSegmentFile(creating: path) { return file }
        }
        throw Failure(
            .failure,
            "\(settings.root): too many captures of one second; record into another folder"
        )
    }

    private func note(
        _ word: String, _ json: String, _ segment: OpenSegment, at time: Int64, now: Int64
    ) {
        let before = segment.file.stage.count
        CaptureText.append(word, json, time, segment.file.stage)
        segment.took(lineBytes: segment.file.stage.count - before, now: now)
        segment.lines.fact(at: time)
        var copy = json
        copy.withUTF8 { segment.account.fact(word, UnsafeRawBufferPointer($0), at: time) }
    }

    private func flush(_ segment: OpenSegment) throws(Failure) {
        segment.stagedSince = nil
        let messages = segment.stagedMessages
        segment.stagedMessages = 0
        let before = segment.file.bytes
        do throws(Failure) { try segment.file.flush() } catch {
            segment.isBroken = true
            totals.refused += messages
            throw error
        }
        totals.bytes += segment.file.bytes - before
    }

    private func seal(_ connection: Connection) throws(Failure) {
        guard let segment = segments.removeValue(forKey: connection) else { return }
        let file = segment.file
        var problem: Failure?
        do throws(Failure) { try flush(segment) } catch { problem = error }
        guard !segment.isBroken else {
            // What the segment's counts say was not all written: it is counted anew.
            _ = try file.finish()
            if let repaired = try CaptureRecovery.repair(
                file.path,
                { [makeAccount] origin, _ in
                    origin.map(makeAccount) ?? EmptyAccount()
                }),
                repaired.lastTime != nil
            {
                totals.sealed.append(file.path)
            }
            if let problem { throw problem }
            return
        }
        let digest = try file.finish()
        let text = CaptureSeal.text(
            path: file.path, sha256: digest, bytes: file.bytes, rawBytes: file.rawBytes,
            frames: file.frames, origin: segment.origin, lines: segment.lines, recovery: nil,
            summary: segment.account.summary())
        try AtomicFile.write(text, to: CapturePath.seal(of: file.path))
        totals.sealed.append(file.path)
        let now = segment.lines.lastTime ?? settings.run
        totals.removed += try settings.retention.apply(to: settings.root, at: now)
    }
}
