// What every codec does: one frame in, its events out, and a word on what kind of frame it was.

/// One message as it arrived, and what is known about where it came from.
public struct Frame {
    /// The payload; must stay where it is while the batch is read.
    public let bytes: UnsafeBufferPointer<UInt8>
    /// Whether it came in a binary frame.
    public let isBinary: Bool
    /// For the answer to a request: method, path and query, and after a blank the body, such as
    /// `GET /fapi/v1/depth?symbol=ETHUSDT&limit=1000` or `POST /info {"type":"l2Book",…}`.
    public let request: String?
    /// The instrument to assume where neither payload, stream name nor request names one.
    public let instrument: String?

    /// A frame from its parts.
    public init(
        _ bytes: UnsafeBufferPointer<UInt8>, isBinary: Bool = false, request: String? = nil,
        instrument: String? = nil
    ) {
        self.bytes = bytes
        self.isBinary = isBinary
        self.request = request
        self.instrument = instrument
    }
}

/// What kind of frame it was.
@frozen public enum FrameKind: String, CaseIterable, Sendable {
    /// A known kind of data; it may still hold no event (an empty list).
    case decoded
    /// An answer, a greeting, a pong, an error, a notice: see ``EventBatch/control``.
    case control
    /// Well-formed, of a kind that the codec does not know, or with a part of such a kind;
    /// ``EventBatch/note`` says what it saw. The events of the parts that are known are there.
    case unknown
    /// A generation that the venue no longer sends; ``EventBatch/note`` names it.
    case dead

    /// The kind of a message that has parts of both kinds: what was not understood decides (dead,
    /// then unknown), then data over control. The events of the other parts stay in the batch.
    func joined(with other: FrameKind) -> FrameKind { rank >= other.rank ? self : other }

    private var rank: Int {
        switch self {
        case .control: 0
        case .decoded: 1
        case .unknown: 2
        case .dead: 3
        }
    }
}

/// What a control message says to the connection that it came on. Texts point into the message.
public enum ControlMessage {
    /// The venue greets; some venues want the authentication after it.
    case welcome
    /// Authentication went well.
    case authenticated
    /// A subscription stands. `id` is the request's id where the venue echoes it, `topic` what it
    /// names.
    case subscribed(id: TextSlice?, topic: TextSlice?)
    /// A subscription ended on request.
    case unsubscribed(id: TextSlice?, topic: TextSlice?)
    /// The venue refuses something: subscription, authentication, request.
    case refused(id: TextSlice?, code: TextSlice?, reason: TextSlice?)
    /// The answer to our ping.
    case pong
    /// The venue's own ping, to be answered with this text.
    case ping(answer: String)
    /// The venue will close the connection or stop for maintenance: open another one now.
    case closing(reason: TextSlice?)
    /// Too many requests or messages; `retryAfter` in seconds where the venue says it.
    case limited(code: TextSlice?, reason: TextSlice?, retryAfter: Int64?)
    /// The venue's clock, ns.
    case serverTime(Int64)
    /// Known and of no consequence.
    case other
}

/// Reads the messages of one venue. Pure: no clock, no state of a book; what a message says depends
/// on the frame alone, apart from lists that a venue's messages refer to (Hyperliquid's `meta`).
public protocol VenueDecoder: Sendable {
    /// Reads one frame into the batch, which is emptied first.
    ///
    /// - Throws: a failure with the offset of the offending byte; the batch is then not to be read.
    mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind
}
