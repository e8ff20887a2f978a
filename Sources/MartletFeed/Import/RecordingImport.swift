// Recordings of any venue in, event segments out: through the codecs that the live feed uses.

public import MartletModel
public import MartletStore
import MartletVenues

/// What to import from a recording.
public struct RecordingImportOptions: Sendable {
    /// The captures.
    public var selection: CaptureSelection
    /// The instrument as the venue spells it.
    public var symbol: String
    /// Quote asset per tick; nil takes it from an instrument message of the recording.
    public var tickSize: ExactDecimal?
    /// Quantity units per lot; nil likewise.
    public var lotSize: ExactDecimal?
    /// Only messages received at or after, ns.
    public var from: Int64?
    /// Only messages received before, ns.
    public var to: Int64?
    /// Where the segment goes.
    public var output: String

    /// One instrument of some captures.
    public init(_ selection: CaptureSelection, symbol: String, output: String) {
        self.selection = selection
        self.symbol = symbol
        self.output = output
    }
}

/// What an import of a recording did.
public struct RecordingImportSummary: Sendable {
    /// The sidecar as written.
    public let sidecar: SegmentSidecar
    /// Messages read.
    public let messages: Int64
    /// What did not become rows, by name.
    public let skipped: [(name: String, count: Int64)]
}

/// Makes event segments out of recordings.
public enum RecordingImport {
    /// Writes the segment of one instrument and its sidecar, both or none.
    ///
    /// Connections are merged by receive time; of two that overlap, only the one that delivered is
    /// taken. Two passes where the rules have to be found in the recording.
    ///
    /// - Throws: as ``CaptureMerge/init(_:)``; `usage` where rules are not known or captures of
    ///   several venues are named; `notFound` where nothing is of the instrument; `integrity`
    ///   naming file and line for content that does not fit.
    public static func run(
        _ options: RecordingImportOptions, progress: (_ messages: Int64) -> Void
    ) throws(Failure) -> RecordingImportSummary {
        let (venue, adapter) = try venue(of: options)
        var rules = RecordingRules(
            venue: venue, symbol: options.symbol, tickSize: options.tickSize,
            lotSize: options.lotSize)
        try find(&rules, options)
        let spec = try rules.spec()
        var rows = RecordingRows(
            spec, adapter.profile.bookSource, try SegmentWriter(path: options.output))
        let merge = try CaptureMerge(options.selection)
        var reader = EventReader(merge, options.symbol)
        var messages: Int64 = 0
        while let item = try merge.next() {
            if let to = options.to, item.time >= to { break }
            guard reader.read(item) else { continue }
            messages += 1
            if messages & 8191 == 0 { progress(messages) }
            if let from = options.from, item.time < from { continue }
            do throws(Failure) {
                try reader.forEachOwn { (event, batch) throws(Failure) in
                    try rows.take(event, of: batch, at: item.time)
                }
            } catch {
                guard error.kind == .integrity else { throw error }
                throw merge.failure(error.message)
            }
        }
        let skipped: [(name: String, count: Int64)] = [
            ("otherInstruments", reader.otherInstruments), ("otherKinds", rows.otherKinds),
            ("partialBooks", rows.partialBooks), ("repeatedTrades", rows.repeatedTrades),
            ("control", reader.control), ("undecodable", reader.undecodable),
            ("notDelivering", reader.notDelivering),
        ]
        let crossed = rows.crossed
        var sources: [SegmentSidecar.Source] = []
        for path in merge.paths.flatMap({ $0 }) {
            sources.append(
                SegmentSidecar.Source(
                    path: path, sha256: try Digest.sha256(file: path),
                    bytes: try Folder.fileSize(path), lines: 0))
        }
        let cut = merge.cuts.first?.cut
        let writer = rows.finish()
        let sidecar = try writer.finish { (statistics) throws(Failure) -> SegmentSidecar in
            guard statistics.rows > 0 else {
                throw Failure(
                    .notFound,
                    "no message of \(options.symbol) among \(messages); check --instrument, --from "
                        + "and --to")
            }
            return SegmentSidecar(
                instrument: spec, statistics: statistics, sources: sources, crossed: crossed,
                cut: cut, martletVersion: MartletVersion.text)
        }
        return RecordingImportSummary(sidecar: sidecar, messages: messages, skipped: skipped)
    }

    private static func venue(
        of options: RecordingImportOptions
    ) throws(Failure) -> (VenueID, any VenueAdapter) {
        let venues = Set(try CaptureMerge(options.selection).connections.map(\.venue.name)).sorted()
        guard venues.count == 1, let name = venues.first else {
            throw Failure(
                .usage,
                "these are captures of \(venues.joined(separator: ", ")); name the folder of one "
                    + "venue")
        }
        guard let venue = VenueID.named(name), let adapter = VenueCatalog.adapter(for: venue) else {
            throw Failure(.notFound, "there is no decoder for venue \(name)")
        }
        return (venue, adapter)
    }

    /// Looks for an instrument message of the instrument.
    private static func find(
        _ rules: inout RecordingRules, _ options: RecordingImportOptions
    ) throws(Failure) {
        let merge = try CaptureMerge(options.selection)
        var reader = EventReader(merge, options.symbol)
        while rules.listed == nil, let item = try merge.next() {
            guard reader.read(item) else { continue }
            reader.forEachInstrument { rules.take($0) }
        }
    }
}

/// Decodes the messages of connections that deliver, and picks those of one instrument.
private struct EventReader: ~Copyable {
    private(set) var otherInstruments: Int64 = 0
    private(set) var control: Int64 = 0
    private(set) var undecodable: Int64 = 0
    private(set) var notDelivering: Int64 = 0
    private let symbol: [UInt8]
    private var decoders: [any VenueDecoder] = []
    private var isDelivering: [Bool]
    private var answers: [String?]
    private var batch = EventBatch()
    private var fallback: String?

    init(_ merge: CaptureMerge, _ symbol: String) {
        self.symbol = Array(symbol.utf8)
        isDelivering = Array(repeating: true, count: merge.connections.count)
        answers = Array(repeating: nil, count: merge.connections.count)
        for connection in merge.connections {
            // A merge names venues that have adapters; of others there is nothing to read.
            if let adapter = VenueCatalog.adapter(for: connection.venue) {
                decoders.append(adapter.makeDecoder())
            }
        }
    }

    /// Reads an item; whether it is a message that is wanted.
    mutating func read(_ item: RecordedItem) -> Bool {
        switch item.content {
        case .fact(let fact):
            switch fact.word {
            case "retire": isDelivering[item.stream] = false
            case "promote": isDelivering[item.stream] = true
            case "answer": answers[item.stream] = AnswerFact(fact.json)?.instrument
            default: break
            }
            return false
        case .message(let message):
            fallback = answers[item.stream]
            answers[item.stream] = nil
            guard isDelivering[item.stream], item.stream < decoders.count else {
                notDelivering += 1
                return false
            }
            let frame = Frame(
                message.bytes.bindMemory(to: UInt8.self), isBinary: message.isBinary,
                request: message.request, instrument: fallback)
            do throws(DecodingFailure) {
                switch try decoders[item.stream].decode(frame, into: &batch) {
                case .decoded: return true
                case .control: control += 1
                case .unknown, .dead:
                    undecodable += 1
                    // Parts of known kinds are as good as any.
                    return batch.events.count > 0
                }
            } catch {
                undecodable += 1
            }
            return false
        }
    }

    /// Calls `body` with the events of the instrument.
    mutating func forEachOwn(
        _ body: (MarketEvent, borrowing EventBatch) throws(Failure) -> Void
    ) throws(Failure) {
        for index in 0..<batch.events.count {
            let event = batch.events[index]
            let name = CaptureQuality.name(of: event)
            // A book without a name is of the only instrument of a capture that does not say more.
            let isOwn = name?.equals(symbol, foldingCase: true) ?? true
            guard isOwn else {
                otherInstruments += 1
                continue
            }
            if name == nil, let fallback, Array(fallback.utf8) != symbol {
                otherInstruments += 1
                continue
            }
            try body(event, batch)
        }
    }

    mutating func forEachInstrument(_ body: (InstrumentEvent) -> Void) {
        for index in 0..<batch.instruments.count { body(batch.instruments[index]) }
    }
}
