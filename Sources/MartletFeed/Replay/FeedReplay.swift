// A recording through the live pipeline: the same envelopes as live, the same bytes every time.

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
    /// Decode each message by itself, as `feed decode` does: no books, no records.
    public var isStateless = false

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
    /// Holes that the pipelines found.
    public internal(set) var gaps: Int64 = 0
    /// Books put together.
    public internal(set) var resyncs: Int64 = 0
    /// Connections in the recording.
    public internal(set) var connections = 0
    /// Receive time of the first message, ns.
    public internal(set) var firstTime: Int64?
    /// Receive time of the last message, ns.
    public internal(set) var lastTime: Int64?
    /// Ends that were cut off torn captures.
    public internal(set) var cuts: [(path: String, cut: CutTail)] = []
    /// Words for people.
    public internal(set) var notes: [String] = []

    /// One JSON object.
    public var json: JSONText {
        func number(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
        var members: [(key: String, value: JSONText)] = []
        if case .object(let counted) = counts.json { members = counted }
        members += [
            ("envelopes", .integer(envelopes)), ("gaps", .integer(gaps)),
            ("resyncs", .integer(resyncs)), ("connections", .integer(Int64(connections))),
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
    private let sink: ReplaySink
    private var connections: [ReplayedConnection] = []
    private var decoders: [any VenueDecoder] = []
    private var batch = EventBatch()
    private var pace: ReplayPace

    /// Envelopes are handed on when there are so many bytes of them, or before waiting.
    private static let chunk = 1 << 18

    /// Finds the captures.
    ///
    /// - Throws: as ``CaptureMerge/init(_:)``; `notFound` for a venue without a decoder.
    public convenience init(_ options: ReplayOptions) throws(Failure) {
        try self.init(options, clock: .machine)
    }

    /// As ``init(_:)``, paced by another clock.
    package init(_ options: ReplayOptions, clock: ReplayClock) throws(Failure) {
        self.options = options
        merge = try CaptureMerge(options.selection)
        pace = ReplayPace(options.speed, clock)
        sink = ReplaySink(options.filter)
        // Connections of one venue within a run know each other's trades.
        var memories: [String: TradeMemories] = [:]
        for (connection, run) in zip(merge.connections, merge.runs) {
            guard let adapter = VenueCatalog.adapter(for: connection.venue) else {
                throw Failure(.notFound, "there is no decoder for venue \(connection.venue.name)")
            }
            let key = "\(connection.venue.name)/\(run)"
            let memory = memories[key] ?? TradeMemories()
            memories[key] = memory
            decoders.append(adapter.makeDecoder())
            connections.append(ReplayedConnection(connection, adapter, memory, sink))
        }
        summary.connections = connections.count
    }

    /// Runs to the end, or until `deliver` returns false.
    ///
    /// - Parameter deliver: Takes envelopes, whole lines; false ends the replay.
    /// - Throws: `integrity` for a damaged capture; with ``CaptureSelection/goesOnAfterDamage``
    ///   after all that can be read was delivered.
    public func run(
        _ deliver: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool,
        progress: (ReplaySummary) -> Void
    ) throws(Failure) {
        defer { finish() }
        while let item = try merge.next() {
            if let to = options.to, item.time >= to { break }
            if try !wait(for: item.time, deliver, progress) { return }
            sink.isOpen = options.from.map { item.time >= $0 } ?? true
            take(item)
            if sink.byteCount >= Self.chunk {
                guard try sink.drain(deliver) else { return }
                progress(summary)
            }
        }
        if sink.byteCount > 0 { _ = try sink.drain(deliver) }
        if let first = merge.damage.first { throw first }
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
            if sink.byteCount > 0 {
                guard try sink.drain(deliver) else { return false }
            }
            progress(summary)
            pace.sleep(wait)
        }
    }

    private func take(_ item: RecordedItem) {
        switch item.content {
        case .message(let message):
            summary.counts.frames += 1
            if summary.firstTime == nil { summary.firstTime = message.receiveTime }
            summary.lastTime = message.receiveTime
            if options.isStateless {
                decode(message, item)
            } else {
                connections[item.stream].take(message)
            }
        case .fact(let fact):
            if !options.isStateless { connections[item.stream].take(fact) }
        }
    }

    private func decode(_ message: CaptureMessage, _ item: RecordedItem) {
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
        let context = EnvelopeContext(
            venue: item.connection.venue, connection: Int64(item.connection.number),
            sequence: item.sequence, receiveTime: message.receiveTime)
        for index in 0..<batch.events.count { sink.event(index, of: batch, context) }
    }

    private func finish() {
        summary.cuts = merge.cuts
        summary.envelopes = sink.count
        summary.notes =
            merge.unsealed.map {
                "\($0): not sealed: its recorder was killed, or still writes; its whole frames are read"
            } + sink.notes
        guard !options.isStateless else { return }
        for connection in connections {
            let pipeline = connection.pipeline
            summary.counts.errors += pipeline.errorCount
            summary.counts.unknown += pipeline.unknownCount
            summary.counts.dead += pipeline.deadCount
            summary.counts.control += pipeline.controlCount
            summary.gaps += pipeline.counts.gaps
            summary.resyncs += pipeline.counts.resyncs
        }
        let counts = summary.counts
        summary.counts.decoded =
            counts.frames - counts.errors - counts.unknown - counts.dead - counts.control
    }
}
