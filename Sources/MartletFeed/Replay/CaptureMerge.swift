// The connections of a recording merged into one stream by receive time.

public import MartletModel
public import MartletStore
import MartletVenues

/// What to replay.
public struct CaptureSelection: Sendable {
    /// Files and folders.
    public var paths: [String]
    /// Whose messages they are where the captures do not say (hftbacktest's).
    public var venue: VenueID?
    /// Keep the complete lines of torn or corrupt captures that have a seal or are not ours.
    public var acceptsTorn = false
    /// Read on where one connection's capture is damaged: it ends there, the others do not, and
    /// ``CaptureMerge/damage`` says so.
    public var goesOnAfterDamage = false

    /// These captures.
    public init(paths: [String]) { self.paths = paths }
}

/// One message or fact of a recording, in the order of the merged stream.
public struct RecordedItem {
    /// Which connection it came on.
    public let connection: ConnectionID
    /// The place of the connection in ``CaptureMerge/connections``, where numbers may repeat.
    public let stream: Int
    /// The number of the message on its connection, from 1; for a fact that of the message before.
    public let sequence: Int64
    /// Its receive time, ns, or an earlier line's where the recorder's clock was set back.
    public let time: Int64
    /// The message or fact; valid until the next read.
    public let content: CaptureItem
}

/// Merges the segments of all connections of a recording by receive time. Lines of equal time come
/// in the order of their connections (venue, run, number), each connection's in file order, so that
/// the same captures always give the same stream.
///
/// One segment of each connection is open at a time, and only from its first line's time on.
public final class CaptureMerge {
    private var streams: [CaptureStream]
    /// The streams that go on, as a heap: the one whose head comes first is at index 0.
    private var heap: [Int]
    private var isStarted: [Bool]
    private let goesOnAfterDamage: Bool
    /// Captures that could not be read to their end, where the selection goes on after that.
    public private(set) var damage: [Failure] = []

    /// Finds the captures and opens the first of them.
    ///
    /// - Throws: `notFound` for paths without captures; `usage` where a capture does not say whose
    ///   it is and the selection does not either; `integrity` for captures that cannot be read.
    public init(_ selection: CaptureSelection) throws(Failure) {
        goesOnAfterDamage = selection.goesOnAfterDamage
        streams = []
        heap = []
        isStarted = []
        var byKey: [String: CaptureStream] = [:]
        for found in try CapturePath.find(selection.paths) where found.bytes > 0 {
            guard let head = try Self.head(of: found.path) else {
                try refuseEmpty(found.path, acceptsTorn: selection.acceptsTorn)
                continue
            }
            let origin = head.origin
            let name = origin?.venue ?? selection.venue?.name ?? Self.venue(inPath: found.path)
            guard let venue = name.flatMap({ name in VenueID.all.first { $0.name == name } })
            else {
                throw Failure(
                    .usage,
                    "\(found.path): does not say whose messages it holds"
                        + (name.map { " ('\($0)' is no venue)" } ?? "") + "; give --venue")
            }
            let number = Int(clamping: origin?.connection ?? 1)
            let key = "\(venue.name)/\(origin?.run ?? 0)/\(number)"
            let stream =
                byKey[key]
                ?? CaptureStream(
                    ConnectionID(venue: venue, number: number), run: origin?.run ?? 0,
                    acceptsTorn: selection.acceptsTorn)
            byKey[key] = stream
            stream.add(found.path, index: origin?.index ?? 0, firstTime: head.time)
        }
        streams = byKey.values.sorted {
            ($0.connection.venue.name, $0.run, $0.connection.number)
                < ($1.connection.venue.name, $1.run, $1.connection.number)
        }
        guard !streams.isEmpty else {
            throw Failure(
                .notFound, "\(selection.paths.joined(separator: ", ")): holds no message")
        }
        heap = Array(streams.indices)
        isStarted = Array(repeating: false, count: streams.count)
        for index in heap.indices.reversed() { sink(index) }
    }

    /// The connections, in the order of ``RecordedItem/stream``.
    public var connections: [ConnectionID] { streams.map(\.connection) }

    /// When the recorder of each connection started, ns; 0 where the captures do not say.
    public var runs: [Int64] { streams.map(\.run) }

    /// The files of each connection, in their order.
    public var paths: [[String]] { streams.map { $0.segments.map(\.path) } }

    /// How many bytes all captures have.
    public var bytes: Int64 {
        var total: Int64 = 0
        for segment in streams.flatMap(\.segments) {
            // A size for a progress bar: a file that has gone is reported when it is opened.
            total += (try? Folder.fileSize(segment.path)) ?? 0  // see above
        }
        return total
    }

    /// The ends that were cut off torn captures so far.
    public var cuts: [(path: String, cut: CutTail)] { streams.flatMap(\.cuts) }

    /// Captures without a seal: the recorder was killed, or still writes.
    public var unsealed: [String] { streams.flatMap(\.unsealed) }

    private var delivered: Int?

    /// The next message or fact, or nil at the end.
    public func next() throws(Failure) -> RecordedItem? {
        if let last = delivered {
            delivered = nil
            try move(last)
        }
        while let first = heap.first {
            let stream = streams[first]
            guard isStarted[first] else {
                isStarted[first] = true
                try move(first)
                continue
            }
            guard let item = stream.current else { return nil }
            delivered = first
            return RecordedItem(
                connection: stream.connection, stream: first, sequence: stream.sequence,
                time: stream.time, content: item)
        }
        return nil
    }

    /// A failure about the item delivered last, naming its file and line.
    public func failure(_ message: String) -> Failure {
        guard let delivered else { return Failure(.integrity, message) }
        return streams[delivered].failure(message)
    }

    /// Moves the stream at the top of the heap on.
    private func move(_ stream: Int) throws(Failure) {
        var goesOn = false
        do throws(Failure) { goesOn = try streams[stream].advance() } catch {
            guard goesOnAfterDamage, error.kind == .integrity else { throw error }
            damage.append(error)
        }
        if !goesOn {
            heap[0] = heap[heap.count - 1]
            heap.removeLast()
        }
        if !heap.isEmpty { sink(0) }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (streams[left].time, left) < (streams[right].time, right)
    }

    private func sink(_ start: Int) {
        var index = start
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if isBefore(heap[child], heap[smallest]) { smallest = child }
            }
            if smallest == index { return }
            heap.swapAt(index, smallest)
            index = smallest
        }
    }

    /// A capture without a readable line was torn in its first frame. Where it has a seal, that is
    /// damage: lines were there once.
    private func refuseEmpty(_ path: String, acceptsTorn: Bool) throws(Failure) {
        guard !acceptsTorn, !Folder.isMissing(CapturePath.seal(of: path)) else { return }
        let failure = Failure(
            .integrity,
            "\(path): damaged from its first frame on, though it is sealed; restore it, or give "
                + "--accept-torn to go without it")
        guard goesOnAfterDamage else { throw failure }
        damage.append(failure)
    }

    /// The first line of a capture: its time, and the origin where it says one.
    private static func head(
        of path: String
    ) throws(Failure) -> (origin: CaptureSeal.Origin?, time: Int64)? {
        let messages = try CaptureMessages(path: path, acceptTorn: true)
        guard let item = try messages.next() else { return nil }
        switch item {
        case .message(let message): return (nil, message.receiveTime)
        case .fact(let fact):
            return (
                fact.word == "segment" ? CaptureSeal.Origin(json: fact.json) : nil, fact.time
            )
        }
    }

    /// The venue in `…/<venue>/<YYYY-MM-DD>/<file>` or `…/<venue>/<file>`, where there is one.
    private static func venue(inPath path: String) -> String? {
        let folders = path.split(separator: "/").dropLast().suffix(2).reversed()
        return folders.map(String.init).first { name in
            VenueID.all.contains { $0.name == name }
        }
    }
}
