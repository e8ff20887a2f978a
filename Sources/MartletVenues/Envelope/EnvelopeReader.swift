// Envelopes back from their lines: strict, so that a line is either understood whole or refused.

/// What a line says besides its event.
public struct Envelope: Sendable {
    /// Venue, connection, sequence and receive time; for a record also its instrument, while that
    /// of an event stands in its header.
    public let context: EnvelopeContext
    /// The channel; nil for a record of a whole connection.
    public let channel: FeedChannel?
    /// The record of the stream itself, or nil where the line is an event, which then is the only
    /// one of the batch.
    public let record: FeedRecord?
    /// The venue's time of a record, ns.
    public let recordTime: Int64?
}

/// Reads lines of version 1. Keys may stand in any order; unknown, missing and repeated ones are
/// failures, and so are values that the schema rules out.
public struct EnvelopeReader: Sendable {
    /// A reader.
    public init() {}

    /// Reads one line, with or without its line end, into the batch, which is emptied first.
    /// Texts of the batch point into the line.
    public func read(
        _ line: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch
    ) throws(EnvelopeFailure) -> Envelope {
        batch.removeAll()
        let head = try EnvelopeHead(line)
        guard let type = head.type.event else { return try readRecord(head) }
        if head.type == .status, head.channel != .status { return try readRecord(head) }
        guard head.channel == head.type.channel else {
            throw head.fields.failure(EnvelopeHead.channelPlace, "is none of this type")
        }
        try type(head, &batch)
        return Envelope(context: head.context, channel: head.channel, record: nil, recordTime: nil)
    }

    private func readRecord(_ head: EnvelopeHead) throws(EnvelopeFailure) -> Envelope {
        var context = head.context
        context.instrument = head.header.instrument?.string
        return Envelope(
            context: context, channel: head.channel, record: try Self.record(head),
            recordTime: head.header.exchangeTime)
    }

    private static func record(_ head: EnvelopeHead) throws(EnvelopeFailure) -> FeedRecord {
        switch head.type {
        case .heartbeat:
            let data = try head.data(["frames", "events", "gaps", "resyncs", "dropped"])
            func count(_ place: Int) throws(EnvelopeFailure) -> Int64 {
                try data.present(place, data.natural(place))
            }
            return .heartbeat(
                FeedCounts(
                    frames: try count(0), events: try count(1), gaps: try count(2),
                    resyncs: try count(3), dropped: try count(4)))
        case .status:
            let data = try head.data(["state", "text", "reason"])
            guard try data.text(1) == nil else { throw data.failure(1, "is not null") }
            return .state(
                try data.present(0, data.word(0, FeedState.self)),
                reason: try data.text(2)?.string)
        default:
            let data = try head.data(["reason", "expected", "seen", "count"])
            let trouble = FeedTrouble(
                try data.text(0)?.string, expected: try data.integer(1),
                seen: try data.integer(2), count: try data.natural(3))
            switch head.type {
            case .connect: return .connect(trouble)
            case .disconnect: return .disconnect(trouble)
            case .gap: return .gap(trouble)
            default: return .resync(trouble)
            }
        }
    }
}

/// The `type` of an envelope.
enum EnvelopeType: String, CaseIterable {
    case trade
    case bookSnapshot = "book_snapshot"
    case bookChange = "book_change"
    case bookTicker = "book_ticker"
    case bar
    case markPrice = "mark_price"
    case indexPrice = "index_price"
    case funding
    case openInterest = "open_interest"
    case liquidation
    case instrument
    case status
    case fill
    case order
    case position
    case balance
    case connect
    case disconnect
    case gap
    case resync
    case heartbeat

    /// The channel that carries it; nil for records of the stream itself, which may concern any.
    var channel: FeedChannel? {
        switch self {
        case .trade: .trades
        case .bookSnapshot, .bookChange: .l2
        case .bookTicker: .bbo
        case .bar: .bars
        case .markPrice: .markPrice
        case .indexPrice: .indexPrice
        case .funding: .funding
        case .openInterest: .openInterest
        case .liquidation: .liquidations
        case .instrument: .instruments
        case .status: .status
        case .fill: .fills
        case .order: .orders
        case .position: .positions
        case .balance: .balances
        case .connect, .disconnect, .gap, .resync, .heartbeat: nil
        }
    }

    /// How its `data` become an event; nil for records of the stream itself.
    var event: ((EnvelopeHead, inout EventBatch) throws(EnvelopeFailure) -> Void)? {
        switch self {
        case .trade: EnvelopeData.trade
        case .bookSnapshot: EnvelopeData.snapshot
        case .bookChange: EnvelopeData.change
        case .bookTicker: EnvelopeData.quote
        case .bar: EnvelopeData.bar
        case .markPrice: EnvelopeData.markPrice
        case .indexPrice: EnvelopeData.indexPrice
        case .funding: EnvelopeData.funding
        case .openInterest: EnvelopeData.openInterest
        case .liquidation: EnvelopeData.liquidation
        case .instrument: EnvelopeData.instrument
        case .status: EnvelopeData.status
        case .fill: EnvelopeData.fill
        case .order: EnvelopeData.order
        case .position: EnvelopeData.position
        case .balance: EnvelopeData.balance
        case .connect, .disconnect, .gap, .resync, .heartbeat: nil
        }
    }
}
