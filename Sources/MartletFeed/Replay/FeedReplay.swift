// A recording through the same decoding as the live stream: envelopes out, the same bytes every time.

public import MartletModel
public import MartletStore
import MartletVenues

/// What to replay, and how.
public struct ReplayOptions: Sendable {
    /// The captures.
    public var selection: CaptureSelection
    /// Envelopes of messages received before this time are not delivered; the messages are read
    /// all the same, because books stand on them. ns.
    public var from: Int64?
    /// The replay ends before the first message received at or after this time. ns.
    public var to: Int64?
    /// How fast.
    public var speed = ReplaySpeed.maximum
    /// Which envelopes.
    public var filter: EnvelopeFilter

    /// Everything, as fast as possible.
    public init(_ selection: CaptureSelection, filter: EnvelopeFilter) {
        self.selection = selection
        self.filter = filter
    }
}

/// What a replay did.
public struct ReplaySummary: Sendable {
    /// Messages by what they were.
    public internal(set) var counts = DecodingCounts()
    /// Envelopes delivered.
    public internal(set) var envelopes: Int64 = 0
    /// Connections in the recording.
    public internal(set) var connections = 0
    /// Receive time of the first message, ns.
    public internal(set) var firstTime: Int64?
    /// Receive time of the last message, ns.
    public internal(set) var lastTime: Int64?
    /// Ends that were cut off torn captures.
    public internal(set) var cuts: [(path: String, cut: CutTail)] = []

    /// One JSON object.
    public var json: JSONText {
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        var members: [(key: String, value: JSONText)] = []
        if case .object(let counted) = counts.json { members = counted }
        members += [
            ("envelopes", .integer(envelopes)), ("connections", .integer(Int64(connections))),
            ("firstTime", number(firstTime)), ("lastTime", number(lastTime)),
            ("cuts", .integer(Int64(cuts.count))),
        ]
        return .object(members)
    }
}

/// Replays recordings.
public final class FeedReplay {
    /// What was done so far.
    public private(set) var summary = ReplaySummary()
    private let options: ReplayOptions
    private let merge: CaptureMerge
    private var decoders: [any VenueDecoder] = []
    private var batch = EventBatch()
    private var writer = EnvelopeWriter(capacity: 1 << 19)
    private var pace: ReplayPace

    /// Envelopes are handed on when there are so many bytes of them, or before waiting.
    private static let chunk = 1 << 18

    /// Finds the captures.
    ///
    /// - Throws: as ``CaptureMerge/init(_:)``; `notFound` for a venue without a decoder.
    public init(_ options: ReplayOptions) throws(Failure) {
        self.options = options
        merge = try CaptureMerge(options.selection)
        pace = ReplayPace(options.speed)
        for connection in merge.connections {
            guard let adapter = VenueCatalog.adapter(for: connection.venue) else {
                throw Failure(.notFound, "there is no decoder for venue \(connection.venue.name)")
            }
            decoders.append(adapter.makeDecoder())
        }
        summary.connections = decoders.count
    }

    /// Runs to the end, or until `deliver` returns false.
    ///
    /// - Parameter deliver: Takes envelopes, whole lines; false ends the replay.
    public func run(
        _ deliver: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool,
        progress: (ReplaySummary) -> Void
    ) throws(Failure) {
        defer { summary.cuts = merge.cuts }
        while let item = try merge.next() {
            if let to = options.to, item.time >= to { break }
            if try !wait(for: item.time, deliver, progress) { return }
            switch item.content {
            case .message(let message): take(message, item)
            case .fact: continue
            }
            if writer.count >= Self.chunk {
                guard try flush(deliver) else { return }
                progress(summary)
            }
        }
        _ = try flush(deliver)
    }

    /// Waits until the line is due, having delivered what came before; false to end the replay.
    private func wait(
        for time: Int64, _ deliver: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool,
        _ progress: (ReplaySummary) -> Void
    ) throws(Failure) -> Bool {
        if let from = options.from, time < from { return true }
        while true {
            let wait = pace.wait(until: time)
            guard wait > 0 else { return true }
            guard try flush(deliver) else { return false }
            progress(summary)
            ReplayPace.sleep(wait)
        }
    }

    private func flush(
        _ deliver: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        guard writer.count > 0 else { return true }
        defer { writer.removeAll() }
        return try deliver(writer.lines)
    }

    private func take(_ message: CaptureMessage, _ item: RecordedItem) {
        summary.counts.frames += 1
        if summary.firstTime == nil { summary.firstTime = message.receiveTime }
        summary.lastTime = message.receiveTime
        let frame = Frame(
            message.bytes.bindMemory(to: UInt8.self), isBinary: message.isBinary,
            request: message.request)
        do throws(DecodingFailure) {
            switch try decoders[item.stream].decode(frame, into: &batch) {
            case .decoded: summary.counts.decoded += 1
            case .control: summary.counts.control += 1
            case .unknown: summary.counts.unknown += 1
            case .dead: summary.counts.dead += 1
            }
        } catch {
            summary.counts.errors += 1
            return
        }
        if let from = options.from, item.time < from { return }
        let context = EnvelopeContext(
            venue: item.connection.venue, connection: Int64(item.connection.number),
            sequence: item.sequence, receiveTime: message.receiveTime)
        if options.filter.passesAll {
            writer.append(batch, context)
            summary.envelopes += Int64(batch.events.count)
            return
        }
        for index in 0..<batch.events.count
        where options.filter.passes(batch.events[index], of: batch) {
            writer.append(event: index, of: batch, context)
            summary.envelopes += 1
        }
    }
}
