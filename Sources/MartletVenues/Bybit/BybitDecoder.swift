// Bybit's messages, bytes to events: finds out which message it is and reads it.

import MartletModel

/// Reads the V5 streams and REST answers of Bybit spot, linear and inverse.
///
/// Keys may stand in any order, unknown keys are passed. Source: the venue's V5 documentation.
public struct BybitDecoder: VenueDecoder {
    private let product: BybitProduct

    /// A decoder of one of Bybit's markets.
    public init(_ product: BybitProduct) { self.product = product }

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        let scanner = try JSONScanner(frame.bytes)
        var reader = BybitReader(product, scanner, frame)
        return try reader.message(&batch)
    }
}

/// What stands around the data of a message.
struct BybitEnvelope {
    var topic: TextSlice?
    var type: TextSlice?
    var time: Int64?
    var matchTime: Int64?
    var creationTime: Int64?
    var responseTime: Int64?
    var operation: TextSlice?
    var success: Bool?
    var reason: TextSlice?
    var code: TextSlice?
    var requestID: TextSlice?
    /// Where `data` and `result` stand, if they have not been read.
    var data: UnsafePointer<UInt8>?
    var result: UnsafePointer<UInt8>?
    /// Where `retExtInfo` stands.
    var extra: UnsafePointer<UInt8>?
    var dataWasRead = false
    /// `args`: what a client asks; `request`: what the V2 streams echo.
    var hasArguments = false
    var hasRequest = false
    /// `ret_code`: an answer of the V2 REST interface.
    var hasOldCode = false

    /// Whether the message replaces what was before it.
    var isSnapshot: Bool { type.map { $0.equals("snapshot") } ?? false }

    /// Whether the message says only what has changed.
    var isDelta: Bool { type.map { $0.equals("delta") } ?? false }
}

/// Walks over one message of Bybit.
struct BybitReader {
    let product: BybitProduct
    var scanner: JSONScanner
    let request: String?
    let instrument: String?
    var envelope = BybitEnvelope()
    /// The book of this message, until the keys after it have been read.
    var book: BookEvent?
    var bookIsFull = false

    init(_ product: BybitProduct, _ scanner: JSONScanner, _ frame: Frame) {
        self.product = product
        self.scanner = scanner
        request = frame.request
        instrument = frame.instrument
    }

    mutating func message(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        guard scanner.takeIf(UInt8(ascii: "{")) else {
            try scanner.skipValue()
            try scanner.finish()
            return unknown("a message that is no object", &batch)
        }
        try members(&batch)
        try scanner.finish()
        if let topic = envelope.topic { return try pushed(topic, &batch) }
        if envelope.hasOldCode {
            return dead("Bybit V2 REST answer, no longer sent; use /v5", &batch)
        }
        if envelope.hasRequest {
            return dead("Bybit V2 stream, no longer sent; use the V5 streams", &batch)
        }
        if envelope.operation != nil || envelope.success != nil { return try control(&batch) }
        if envelope.code != nil { return try answer(&batch) }
        return unknown("an object without topic, op or retCode", &batch)
    }

    func unknown(_ note: String, _ batch: inout EventBatch) -> FrameKind {
        batch.note = note
        return .unknown
    }

    func dead(_ note: String, _ batch: inout EventBatch) -> FrameKind {
        batch.removeAll()
        batch.note = note
        return .dead
    }

    /// The members of the message; the data of the two hot topics are read on the way.
    private mutating func members(_ batch: inout EventBatch) throws(DecodingFailure) {
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case BybitKey.topic:
                guard envelope.topic == nil else { throw scanner.failure(.repeatedKey) }
                let topic = try scanner.text()
                envelope.topic = topic.hasEscapes ? unescaped(topic, &batch) : topic
            case BybitKey.type: envelope.type = try scanner.wordsIfAny()
            case BybitKey.ts: envelope.time = try scanner.instantIfAny()
            case BybitKey.cts: envelope.matchTime = try scanner.instantIfAny()
            case BybitKey.data: try data(&batch)
            case JSONScanner.endOfObject: return
            default: try rareMember(key)
            }
        }
    }

    /// The topic without its escapes, where it can be written without any.
    @inline(never)
    private func unescaped(_ topic: TextSlice, _ batch: inout EventBatch) -> TextSlice {
        let text = topic.string
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        return isPlain ? batch.keep(text) : topic
    }

    private mutating func data(_ batch: inout EventBatch) throws(DecodingFailure) {
        guard envelope.data == nil, !envelope.dataWasRead else {
            throw scanner.failure(.repeatedKey)
        }
        if let topic = envelope.topic {
            switch BybitTopic(topic) {
            case .trades:
                envelope.dataWasRead = true
                return try trades(&batch)
            case .book(let depth):
                envelope.dataWasRead = true
                return try book(depth: depth, &batch)
            default: break
            }
        }
        scanner.skipBlanks()
        envelope.data = scanner.at
        try scanner.skipValue()
    }

    @inline(never)
    private mutating func rareMember(_ key: UInt64) throws(DecodingFailure) {
        switch key {
        case BybitKey.op: envelope.operation = try scanner.scalarIfAny()
        case BybitKey.success: envelope.success = try scanner.flagIfAny()
        case BybitKey.retMessageOfStream, BybitKey.retMessage:
            envelope.reason = try scanner.wordsIfAny()
        case BybitKey.retCode: envelope.code = try scanner.scalarIfAny()
        case BybitKey.requestIDOfStream, BybitKey.requestID:
            envelope.requestID = try scanner.wordsIfAny()
        case BybitKey.time: envelope.responseTime = try instantOrOther()
        case BybitKey.args:
            envelope.hasArguments = true
            try scanner.skipValue()
        case BybitKey.request:
            envelope.hasRequest = true
            try scanner.skipValue()
        case BybitKey.result:
            guard envelope.result == nil else { throw scanner.failure(.repeatedKey) }
            scanner.skipBlanks()
            envelope.result = scanner.at
            try scanner.skipValue()
        case JSONScanner.longKey where scanner.keyIs("creationTime"):
            envelope.creationTime = try instantOrOther()
        case JSONScanner.longKey where scanner.keyIs("retExtInfo"):
            scanner.skipBlanks()
            envelope.extra = scanner.at
            try scanner.skipValue()
        default:
            if key == JSONScanner.longKey, scanner.keyIs("ret_code") { envelope.hasOldCode = true }
            try scanner.skipValue()
        }
    }

    /// A time, or any other value, which is passed: older messages use the keys otherwise.
    private mutating func instantOrOther() throws(DecodingFailure) -> Int64? {
        scanner.skipBlanks()
        guard scanner.peek() &- 48 <= 9 || scanner.peek() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.instantIfAny()
    }

    /// A message of a topic.
    private mutating func pushed(
        _ topic: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let kind = BybitTopic(topic)
        switch kind {
        case .dead(let note): return dead(note.description, &batch)
        case .unknown: return unknown("topic \(topic.string)", &batch)
        default: break
        }
        guard envelope.dataWasRead || envelope.data != nil else {
            throw scanner.failure(.missingField, at: scanner.at)
        }
        if let book { finish(book, &batch) }
        guard !envelope.dataWasRead || batch.events.count == 0, let place = envelope.data else {
            return .decoded
        }
        let end = scanner.at
        scanner.at = place
        defer { scanner.at = end }
        switch kind {
        case .trades: try trades(&batch)
        case .book(let depth):
            try book(depth: depth, &batch)
            if let book { finish(book, &batch) }
        case .tickers: try ticker(BybitTopic.rest(of: topic, afterPoints: 1), &batch)
        case .bars: try bars(BybitTopic.rest(of: topic, afterPoints: 2), &batch)
        case .liquidations: return try liquidations(&batch)
        case .tradesOfEitherShape: return try tradesOfEitherShape(&batch)
        case .executions: try executions(&batch)
        case .orders: try orders(&batch)
        case .positions: try positions(&batch)
        case .wallet: try wallets(&batch)
        case .systemStatus: try systemStatus(&batch)
        case .other, .dead, .unknown: break
        }
        return .decoded
    }
}
