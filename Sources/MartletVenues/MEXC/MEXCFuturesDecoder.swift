// MEXC futures' messages: one JSON form for pushes and answers, another for REST.

/// Reads MEXC's contract messages into a batch. Source: the venue's documentation of contract
/// version 1. Quantities are contracts.
public struct MEXCFuturesDecoder: VenueDecoder {
    /// A decoder of the futures market.
    public init() {}

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        if frame.bytes.count > 2, frame.bytes[0] == 0x1F, frame.bytes[1] == 0x8B {
            batch.note = "compressed frame: plain text is asked for with each subscription"
            return .unknown
        }
        var scanner = try JSONScanner(frame.bytes)
        guard scanner.nextIs(UInt8(ascii: "{")) else {
            _ = try JSONValue(&scanner)
            try scanner.finish()
            batch.note = "no object"
            return .unknown
        }
        var outline = try MEXCFuturesOutline(&scanner)
        if outline.channel == nil {
            return try MEXCFuturesReader(frame, &batch).read(frame.bytes, into: &batch)
        }
        if outline.symbol == nil { outline.symbol = frame.instrument.map { batch.keep($0) } }
        return try MEXCFuturesPush(outline).read(&batch)
    }
}

/// The outer members of a message, wherever they stand in it.
struct MEXCFuturesOutline {
    /// What kind of message it is; nil for a REST answer.
    var channel: TextSlice?
    /// The instrument.
    var symbol: TextSlice?
    /// When the message was made, ns.
    var time: Int64?
    /// A cursor at the value of `data`; nil where there is none.
    var data: JSONScanner?

    private static let symbolKey = JSONScanner.key("symbol")
    private static let channelKey = JSONScanner.key("channel")
    private static let timeKey = JSONScanner.key("ts")

    /// An outline of a REST answer about an instrument.
    init(symbol: TextSlice?) { self.symbol = symbol }

    /// Looks through a whole message and checks its grammar.
    init(_ scanner: inout JSONScanner) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        var hasData = false
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case JSONScanner.endOfObject: break scan
            case Self.channelKey where scanner.nextIs(UInt8(ascii: "\"")):
                guard channel == nil else { throw scanner.failure(.repeatedKey) }
                channel = try scanner.text()
            case Self.symbolKey where scanner.nextIs(UInt8(ascii: "\"")):
                symbol = try scanner.text()
            case Self.timeKey where !scanner.nextIs(UInt8(ascii: "n")):
                time = try scanner.quotedTime()
            case Keys.data:
                guard !hasData else { throw scanner.failure(.repeatedKey) }
                hasData = true
                scanner.skipBlanks()
                data = scanner
                try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }
        try scanner.finish()
    }
}

extension JSONScanner {
    /// Takes a time in milliseconds, in quotes or not, as ns.
    mutating func quotedTime() throws(DecodingFailure) -> Int64 {
        let isQuoted = takeIf(UInt8(ascii: "\""))
        let time = try time()
        if isQuoted { try take(UInt8(ascii: "\"")) }
        return time
    }
}
