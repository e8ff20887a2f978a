// Alpaca's messages, bytes to events: finds out which messages a frame holds and reads them.

import MartletModel

/// Reads the data streams of Alpaca stocks and crypto, the trading stream and REST answers.
///
/// A frame of a data stream is an array that may hold messages of several kinds; keys may stand in
/// any order, unknown keys are passed. Source: the venue's documentation; docs/venues/alpaca.md.
public struct AlpacaDecoder: VenueDecoder {
    private let market: AlpacaMarket

    /// A decoder of one of Alpaca's markets.
    public init(_ market: AlpacaMarket) { self.market = market }

    /// Reads one frame. Binary frames hold JSON (the trading stream of paper accounts) or
    /// MessagePack (data streams that were asked for it).
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        guard let first = frame.bytes.first, MessagePackText.begins(with: first) else {
            var reader = AlpacaReader(market, try JSONScanner(frame.bytes), frame)
            return try reader.message(&batch)
        }
        let text = batch.keep(try MessagePackText.json(of: frame.bytes))
        var reader = AlpacaReader(market, try JSONScanner(text.bytes), frame)
        do throws(DecodingFailure) { return try reader.message(&batch) } catch {
            // Places in the rewritten text are none in the frame.
            throw DecodingFailure(error.code, at: 0)
        }
    }
}

/// Walks over one frame of Alpaca.
struct AlpacaReader {
    let market: AlpacaMarket
    var scanner: JSONScanner
    let request: String?
    let instrument: String?
    /// What the frame has turned out to hold so far.
    var hasData = false
    var hasControl = false
    var hasUnknown = false

    init(_ market: AlpacaMarket, _ scanner: JSONScanner, _ frame: Frame) {
        self.market = market
        self.scanner = scanner
        request = frame.request
        instrument = frame.instrument
    }

    mutating func message(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        if let path = RequestQuery(request)?.path, path.hasPrefix("/v1beta1/crypto/") {
            try scanner.skipValue()
            try scanner.finish()
            batch.note = "Alpaca crypto data v1beta1, no longer served; use v1beta3"
            return .dead
        }
        var kind: FrameKind?
        if scanner.nextIs(UInt8(ascii: "[")) {
            try list(&batch)
        } else if scanner.nextIs(UInt8(ascii: "{")) {
            kind = try object(&batch)
        } else {
            try scanner.skipValue()
            batch.note = "a message that is neither array nor object"
        }
        try scanner.finish()
        if let kind { return kind }
        if hasUnknown { return .unknown }
        if hasData { return .decoded }
        if hasControl { return .control }
        return batch.note == nil ? .decoded : .unknown
    }

    /// An array: messages of a data stream, or the entries of a REST answer.
    private mutating func list(_ batch: inout EventBatch) throws(DecodingFailure) {
        let start = scanner.at
        try scanner.take(UInt8(ascii: "["))
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        guard scanner.takeIf(UInt8(ascii: "{")) else {
            scanner.at = start
            try scanner.skipValue()
            batch.note = "an array of no objects"
            return
        }
        var isFirst = true
        repeat {
            if !isFirst, !scanner.takeIf(UInt8(ascii: "{")) {
                try scanner.skipValue()
                unknownElement("an element that is no object", &batch)
                continue
            }
            if try element(&batch) == false {
                guard !isFirst else {
                    scanner.at = start
                    return try answerEntries(&batch)
                }
                unknownElement("an element without T", &batch)
            }
            isFirst = false
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    @inline(never)
    private mutating func unknownElement(_ note: String, _ batch: inout EventBatch) {
        hasUnknown = true
        batch.note = note
    }

    /// One message of a data stream, whose `{` has been taken.
    ///
    /// - Returns: False for an object without `T`, which has been passed.
    @inline(__always)
    private mutating func element(_ batch: inout EventBatch) throws(DecodingFailure) -> Bool {
        let inside = scanner.at
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            if key == AlpacaKey.kind {
                guard let kind = try scanner.scalarIfAny() else {
                    isFirst = false
                    continue
                }
                if !isFirst { scanner.at = inside }
                try dispatch(kind, isFirst: !isFirst, &batch)
                return true
            }
            if key == JSONScanner.endOfObject { return false }
            isFirst = false
            try scanner.skipValue()
        }
    }

    /// Reads a message of a data stream, from behind `T` or, if `isFirst`, from behind its `{`.
    mutating func dispatch(
        _ kind: TextSlice, isFirst: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let letter = kind.count == 1 ? kind.start[0] : 0
        let hadData = hasData
        hasData = true
        switch letter {
        case UInt8(ascii: "t"): try trade(nil, isFirst: isFirst, &batch)
        case UInt8(ascii: "q"): try quote(nil, isFirst: isFirst, &batch)
        case UInt8(ascii: "o"): try book(nil, isFirst: isFirst, &batch)
        case UInt8(ascii: "b"), UInt8(ascii: "u"):
            try bar(isFirst: isFirst, BarInterval(seconds: 60), isClosed: true, &batch)
        case UInt8(ascii: "d"):
            try bar(isFirst: isFirst, BarInterval(seconds: 86_400), isClosed: nil, &batch)
        case UInt8(ascii: "s"): try status(isFirst: isFirst, &batch)
        // Price bands, corrections and cancels of prints, news: known, no event of ours.
        case UInt8(ascii: "l"), UInt8(ascii: "c"), UInt8(ascii: "x"), UInt8(ascii: "n"):
            try passMembers(isFirst: isFirst)
        default:
            hasData = hadData
            try control(kind, isFirst: isFirst, &batch)
        }
    }

    private mutating func passMembers(isFirst: Bool) throws(DecodingFailure) {
        var isFirst = isFirst
        while try scanner.member(isFirst: isFirst) != JSONScanner.endOfObject {
            isFirst = false
            try scanner.skipValue()
        }
    }

    /// `success`, `error` and `subscription`; anything else is unknown.
    private mutating func control(
        _ kind: TextSlice, isFirst: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var words: TextSlice?
        var code: TextSlice?
        var isFirst = isFirst
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "msg": words = try scanner.wordsIfAny()
            case "code": code = try scanner.scalarIfAny()
            default: try scanner.skipValue()
            }
        }
        switch kind.string {
        case "success":
            switch words?.string {
            case "connected": batch.add(.welcome)
            case "authenticated": batch.add(.authenticated)
            default: batch.add(.other)
            }
        case "error": batch.add(AlpacaReader.refusal(code, words))
        case "subscription": batch.add(.subscribed(id: nil, topic: nil))
        default:
            return unknownElement("message type \(kind.string)", &batch)
        }
        hasControl = true
    }

    /// A refusal, or that we ask too much: 406 too many connections, 407 too slow, 429 too often.
    static func refusal(_ code: TextSlice?, _ reason: TextSlice?) -> ControlMessage {
        switch code?.string {
        case "406", "407", "429", "42910000":
            .limited(code: code, reason: reason, retryAfter: nil)
        default: .refused(id: nil, code: code, reason: reason)
        }
    }

    /// A time as text, or as the seconds and nanoseconds of a MessagePack timestamp; `null`, `""`
    /// and times before 1970 give nil.
    mutating func instantIfAny() throws(DecodingFailure) -> Int64? {
        scanner.skipBlanks()
        let place = scanner.at
        switch scanner.peek() {
        case UInt8(ascii: "\""):
            let text = try scanner.text()
            if text.isEmpty { return nil }
            guard !text.hasEscapes, let time = InternetTime.nanoseconds(text.bytes) else {
                throw scanner.failure(.badTime, at: place)
            }
            return time == 0 ? nil : time
        case UInt8(ascii: "{"): return try markedInstant(at: place)
        default:
            try scanner.literal("null")
            return nil
        }
    }

    /// `{"$msgpack_timestamp":{"seconds":…,"nanoseconds":…}}`, as recordings of the binary form
    /// write it.
    private mutating func markedInstant(
        at place: UnsafePointer<UInt8>
    ) throws(DecodingFailure) -> Int64? {
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            guard name == "$msgpack_timestamp" else { throw scanner.failure(.badTime, at: place) }
            try scanner.take(UInt8(ascii: "{"))
            var isFirst = true
            while let name = try scanner.name(&isFirst) {
                switch name {
                case "seconds": seconds = try scanner.integer()
                case "nanoseconds": nanoseconds = try scanner.integer()
                default: try scanner.skipValue()
                }
            }
        }
        guard seconds < 9_000_000_000, nanoseconds < 1_000_000_000 else {
            throw scanner.failure(.badTime, at: place)
        }
        return seconds * 1_000_000_000 + nanoseconds
    }
}
