// Recorded lines to envelopes without any state of books: each line alone, in order, counted once.

public import MartletStore
public import MartletVenues

/// How many lines there were of each kind; the kinds sum to ``frames``.
public struct DecodingCounts: Hashable, Sendable {
    /// Lines that hold a message, or should.
    public var frames: Int64 = 0
    /// Messages of a known kind of data.
    public var decoded: Int64 = 0
    /// Answers, greetings, pongs, errors of the venue.
    public var control: Int64 = 0
    /// Well-formed messages of a kind that the codec does not know.
    public var unknown: Int64 = 0
    /// Messages of a generation that the venue no longer sends.
    public var dead: Int64 = 0
    /// Lines without a receive time, and messages that cannot be read.
    public var errors: Int64 = 0

    /// No lines yet.
    public init() {}

    /// Whether a strict reader is content.
    public var areClean: Bool { unknown == 0 && dead == 0 && errors == 0 }

    /// One JSON object with the counts, in their order.
    public var json: JSONText {
        .object([
            ("frames", .integer(frames)), ("decoded", .integer(decoded)),
            ("control", .integer(control)), ("unknown", .integer(unknown)),
            ("dead", .integer(dead)), ("errors", .integer(errors)),
        ])
    }
}

/// What a line was, for whoever wants to say more than the counts do.
public enum LineOutcome: Hashable, Sendable {
    /// A blank line, a comment, a fact of the recorder: not counted.
    case skipped
    /// A message that is counted as what it is.
    case frame(FrameKind)
    /// A line that is counted as an error, for this reason.
    case error(String)
}

/// Decodes lines `<receive time, ns> <payload>` of one venue into envelopes.
///
/// Stateless towards the market: no book, no sequence check, no removal of repeats; a message gives
/// its envelopes whatever came before. What is remembered is the request that a fact line
/// (`#response {"request":"GET /…"}`) names for the next message, and what a venue's messages refer
/// to (Hyperliquid's `meta`).
public struct LineDecoding: ~Copyable {
    /// The counts so far.
    public private(set) var counts = DecodingCounts()
    /// The envelopes of the lines so far; the caller takes and empties it.
    public var writer: EnvelopeWriter
    /// In words, which kind the last unknown or dead message was of.
    public var note: String? { batch.note }

    private var decoder: any VenueDecoder
    private var batch = EventBatch()
    private var context: EnvelopeContext
    private let instrument: String?
    private var request: String?
    /// Whether the next base64 is of a text message that no line can hold.
    private var isText = false
    private var binary: [UInt8] = []

    /// A decoder of one venue's lines.
    ///
    /// - Parameter instrument: The instrument to assume where neither message nor request names one.
    public init(_ adapter: any VenueAdapter, instrument: String? = nil) {
        decoder = adapter.makeDecoder()
        self.instrument = instrument
        context = EnvelopeContext(
            venue: adapter.profile.venue, connection: 1, sequence: 0, receiveTime: 0,
            instrument: instrument)
        writer = EnvelopeWriter(capacity: 1 << 19)
    }

    /// Takes a line (without its end) that was too long to be kept.
    public mutating func refuse(_ reason: String) -> LineOutcome {
        counts.frames += 1
        counts.errors += 1
        request = nil
        return .error(reason)
    }

    /// Takes a line without its end.
    public mutating func take(_ line: UnsafeRawBufferPointer) -> LineOutcome {
        var index = 0
        while index < line.count, line[index] == 0x20 || line[index] == 0x09 { index += 1 }
        guard index < line.count, line[index] != UInt8(ascii: "#") else { return .skipped }
        guard let (time, payload) = LineDecoding.parts(of: line) else {
            return refuse("expected a receive time in ns, one blank, and the message as received")
        }
        if payload[0] == UInt8(ascii: "#") {
            takeFact(payload)
            return .skipped
        }
        counts.frames += 1
        context.sequence = counts.frames
        context.receiveTime = time
        let isText = isText
        defer {
            request = nil
            self.isText = false
        }
        guard payload[0] == UInt8(ascii: "b"), payload.starts(with: "b64:".utf8) else {
            return decode(payload.bindMemory(to: UInt8.self), isBinary: false)
        }
        binary.removeAll(keepingCapacity: true)
        let text = UnsafeRawBufferPointer(rebasing: payload.dropFirst(4))
        guard Base64Text.decode(text, appendingTo: &binary), !binary.isEmpty else {
            counts.errors += 1
            return .error("what follows b64: is not base64")
        }
        // Taken out while it is read, so that this value is not used twice at a time.
        let bytes = binary
        return bytes.withUnsafeBufferPointer { decode($0, isBinary: !isText) }
    }

    private mutating func decode(
        _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool
    ) -> LineOutcome {
        let frame = Frame(payload, isBinary: isBinary, request: request, instrument: instrument)
        do throws(DecodingFailure) {
            let kind = try decoder.decode(frame, into: &batch)
            switch kind {
            case .decoded: counts.decoded += 1
            case .control: counts.control += 1
            case .unknown: counts.unknown += 1
            case .dead: counts.dead += 1
            }
            writer.append(batch, context)
            return .frame(kind)
        } catch {
            counts.errors += 1
            return .error("\(error) of the message")
        }
    }

    /// The receive time and the payload of a line, or nil where it does not have them.
    static func parts(
        of line: UnsafeRawBufferPointer
    ) -> (time: Int64, payload: UnsafeRawBufferPointer)? {
        var time: Int64 = 0
        var index = 0
        while index < line.count {
            let digit = line[index] &- 48
            if digit > 9 { break }
            let (scaled, overflow) = time.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            time = sum
            index += 1
        }
        guard index > 0, index + 1 < line.count, line[index] == 0x20 else { return nil }
        return (time, UnsafeRawBufferPointer(rebasing: line[(index + 1)...]))
    }

    /// Keeps the request that a fact of the recorder names.
    private mutating func takeFact(_ fact: UnsafeRawBufferPointer) {
        if fact.starts(with: "#text".utf8) { isText = true }
        guard let brace = fact.firstIndex(of: UInt8(ascii: "{")) else { return }
        let object = UnsafeRawBufferPointer(rebasing: fact[brace...]).bindMemory(to: UInt8.self)
        // A fact that cannot be read names no request.
        if let found = try? LineDecoding.request(in: object) { request = found }  // see above
    }

    private static func request(
        in object: UnsafeBufferPointer<UInt8>
    ) throws(DecodingFailure) -> String? {
        var scanner = try JSONScanner(object)
        var found: String?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            if key == JSONScanner.endOfObject { return found }
            if key == JSONScanner.key("request"), scanner.nextIs(UInt8(ascii: "\"")) {
                found = try scanner.text().string
            } else {
                try scanner.skipValue()
            }
        }
    }
}
