// The recorder: every frame and every fact of every connection, as raw truth on disk.

import Glibc
public import MartletModel
public import MartletStore
import Synchronization

/// How far a recording is.
public struct RecordingState: Sendable {
    /// What the archive has done.
    public var totals = CaptureArchive.Totals()
    /// Messages that did not fit the queue; each hole is a `#gap` fact in the capture.
    public var dropped: Int64 = 0
    /// Why recording ended early, where it did.
    public var failure: Failure?
}

/// Records what a feed receives. Frames are copied into a bounded queue; one thread of its own
/// writes them, so that a slow disk never holds up the sockets.
public final class CaptureRecorder: FrameObserver {
    /// The most bytes that wait for the disk. Twice this is in memory while the disk is slow.
    public static let queueBytesMax = 32 << 20

    /// Segments of an earlier recorder that was killed, sealed at the start.
    public let recovered: [RecoveredCapture]
    private let queue: RecorderQueue
    private let state = Shared()
    private let thread: WorkerThread
    private var connections: [ConnectionID: Int] = [:]

    private final class Shared: Sendable {
        let state = Mutex(RecordingState())
        let connections = Mutex<[ConnectionID]>([])
    }

    /// Repairs what a killed recorder left below the root, applies the retention, and starts the
    /// thread.
    ///
    /// - Parameter onFailure: Called once, on the recorder's thread, when the disk refuses; what
    ///   comes afterwards is counted as dropped.
    /// - Throws: where the root cannot be written.
    public init(
        _ settings: CaptureArchiveSettings, queueBytesMax: Int = CaptureRecorder.queueBytesMax,
        onFailure: @escaping @Sendable (Failure) -> Void
    ) throws(Failure) {
        try Folder.make(settings.root)
        recovered = try CaptureRecovery.run(settings.root) { origin, _ in
            CaptureQuality.account(venue: origin?.venue)
        }
        _ = try settings.retention.apply(to: settings.root, at: settings.run)
        let queue = RecorderQueue(bytesMax: queueBytesMax)
        let state = state
        let thread = WorkerThread {
            Writing(settings, queue, state).run(onFailure)
        }
        guard let thread else {
            throw Failure(.failure, "the system has no thread for the recorder; end other programs")
        }
        self.queue = queue
        self.thread = thread
    }

    /// Takes a message.
    public func frame(
        _ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool, request: String?,
        of connection: ConnectionID, at time: Int64
    ) {
        queue.push(
            connection: index(of: connection), time: time, kind: isBinary ? 1 : 0, name: request,
            UnsafeRawBufferPointer(bytes))
    }

    /// Takes a fact.
    public func fact(_ word: String, _ json: String, of connection: ConnectionID, at time: Int64) {
        var json = json
        json.withUTF8 {
            queue.push(
                connection: index(of: connection), time: time, kind: 2, name: word,
                UnsafeRawBufferPointer($0))
        }
    }

    /// How far it is; from any thread.
    public var progress: RecordingState {
        var now = state.state.withLock { $0 }
        now.dropped += queue.droppedCount
        return now
    }

    /// Writes what is left, seals every segment and ends the thread.
    ///
    /// - Throws: why recording ended early, or why a segment could not be sealed.
    public func finish() throws(Failure) -> RecordingState {
        queue.close()
        thread.join()
        let result = progress
        if let failure = result.failure { throw failure }
        return result
    }

    private func index(of connection: ConnectionID) -> Int {
        if let known = connections[connection] { return known }
        let index = connections.count
        connections[connection] = index
        state.connections.withLock { $0.append(connection) }
        return index
    }

    /// The recorder's thread.
    private final class Writing {
        private let settings: CaptureArchiveSettings
        private let queue: RecorderQueue
        private let shared: Shared
        private var known: [ConnectionID] = []

        init(_ settings: CaptureArchiveSettings, _ queue: RecorderQueue, _ shared: Shared) {
            self.settings = settings
            self.queue = queue
            self.shared = shared
        }

        func run(_ onFailure: (Failure) -> Void) {
            var failure: Failure?
            var archive: CaptureArchive?
            func attempt(_ work: () throws(Failure) -> Void) {
                guard failure == nil else { return }
                do throws(Failure) { try work() } catch {
                    failure = error
                    shared.state.withLock { $0.failure = error }
                    onFailure(error)
                }
            }
            attempt { () throws(Failure) in
                archive = try CaptureArchive(settings) { CaptureQuality.account(venue: $0.venue) }
            }
            var spare = RecorderBatch()
            while let batch = queue.swap(spare, wait: Self.wait) {
                if failure == nil {
                    attempt { () throws(Failure) in
                        if let archive { try write(batch, to: archive) }
                    }
                } else {
                    let lost = batch.entries.count { $0.kind != 2 }
                    shared.state.withLock { $0.dropped += Int64(lost) }
                }
                if let archive { publish(archive) }
                batch.removeAll()
                spare = batch
            }
            // Also after a failure: other segments may be sound, and theirs can be sealed.
            do throws(Failure) { try archive?.finish() } catch {
                if failure == nil { shared.state.withLock { $0.failure = error } }
            }
            if let archive { publish(archive) }
        }

        /// How often it looks when little happens, ns: a twentieth of the time that lines may wait.
        private static let wait: Int64 = 25_000_000

        private func publish(_ archive: CaptureArchive) {
            let totals = archive.totals
            shared.state.withLock { $0.totals = totals }
        }

        private func write(
            _ batch: RecorderBatch, to archive: CaptureArchive
        ) throws(Failure) {
            let now = monotonicTime()
            for entry in batch.entries {
                let connection = connection(entry.connection)
                let name = entry.hasRequest ? batch.text(at: entry.start, entry.nameCount) : nil
                let bytes = batch.bytes(of: entry)
                if entry.kind == 2 {
                    try archive.fact(
                        name ?? "", String(decoding: bytes, as: UTF8.self),
                        venue: connection.venue.name, connection: connection.number,
                        at: entry.time, now: now)
                } else {
                    try archive.message(
                        bytes, isBinary: entry.kind == 1, request: name,
                        venue: connection.venue.name, connection: connection.number,
                        at: entry.time, now: now)
                }
            }
            for (index, loss) in batch.losses.sorted(by: { $0.key < $1.key }) {
                let connection = connection(index)
                let json = JSONText.object([
                    ("reason", .string("recorderFull")), ("messages", .integer(loss.messages)),
                    ("bytes", .integer(loss.bytes)), ("from", .integer(loss.from)),
                    ("to", .integer(loss.to)),
                ]).line
                try archive.fact(
                    "gap", json, venue: connection.venue.name, connection: connection.number,
                    at: loss.to, now: now)
            }
            try archive.tick(now: monotonicTime())
        }

        private func connection(_ index: Int) -> ConnectionID {
            if index >= known.count { known = shared.connections.withLock { $0 } }
            return known[index]
        }
    }
}
