// Reads OKX's v5 messages: pushes of all channels, answers to requests, control messages.

import MartletModel

/// Reads one message of OKX at a time. Every number and time stands in quotes; an empty text is an
/// absent value. Keys may stand in any order; those of no interest are skipped.
///
/// Messages of the v3 interface and before it are told as dead, which the venue no longer sends.
public struct OKXDecoder: VenueDecoder {
    /// A decoder; it keeps nothing from message to message.
    public init() {}

    /// Reads one message.
    public mutating func decode(
        _ frame: Frame, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        batch.removeAll()
        if let kind = plainText(frame, &batch) { return kind }
        var scanner = try JSONScanner(frame.bytes)
        if scanner.nextIs(UInt8(ascii: "[")) { return try list(&scanner, &batch) }
        var message = OKXMessage(at: scanner)
        var kind: OKXKind?
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        scan: while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case OKXKeys.arg:
                guard !message.hasArgument else { throw scanner.failure(.repeatedKey) }
                message.hasArgument = true
                try argument(&scanner, &message)
                kind = OKXKind.channel(message.channel)
            case OKXKeys.action: message.action = try scanner.text()
            case OKXKeys.data:
                guard message.data == nil else { throw scanner.failure(.repeatedKey) }
                scanner.skipBlanks()
                message.data = scanner.at
                // Read at once where all that it needs has been read before it, as the venue sends.
                if let kind, !message.isAnswer, !message.needsAction(kind) {
                    try rows(&scanner, kind, message, &batch)
                    message.isRead = true
                } else {
                    try scanner.skipValue()
                }
            case JSONScanner.endOfObject: break scan
            default: try message.other(key, &scanner)
            }
        }
        try scanner.finish()
        if message.isRead, !message.isAnswer { return .decoded }
        return try unread(message, kind, frame, &batch)
    }

    /// A `pong`, or what is no JSON at all.
    @inline(__always)
    private func plainText(_ frame: Frame, _ batch: inout EventBatch) -> FrameKind? {
        guard let first = frame.bytes.first, first != UInt8(ascii: "{") else { return nil }
        return otherText(frame, first, &batch)
    }

    @inline(never)
    private func otherText(
        _ frame: Frame, _ first: UInt8, _ batch: inout EventBatch
    ) -> FrameKind? {
        guard let start = frame.bytes.baseAddress else { return nil }
        let text = TextSlice(start: start, count: frame.bytes.count, hasEscapes: false)
        if text.equals("pong") {
            batch.control = .pong
            return .control
        }
        if text.equals("ping") {
            batch.control = .ping(answer: "pong")
            return .control
        }
        let isText = first == UInt8(ascii: "[") || first <= 0x20
        guard frame.isBinary, !isText else { return nil }
        batch.note = "a compressed frame, as OKEx v1 and v3 sent them"
        return .dead
    }

    /// What the push is about: channel and instrument.
    @inline(__always)
    private func argument(
        _ scanner: inout JSONScanner, _ message: inout OKXMessage
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let key = try scanner.member(isFirst: isFirst)
            isFirst = false
            switch key {
            case OKXKeys.channel: message.channel = try scanner.text()
            case OKXKeys.instrument: message.instrument = try scanner.text()
            case JSONScanner.endOfObject: return
            default: try message.scope(key, &scanner)
            }
        }
    }

    /// Everything but a push in the usual order.
    @inline(never)
    private func unread(
        _ message: OKXMessage, _ kind: OKXKind?, _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if let old = message.deadGeneration {
            batch.removeAll()
            batch.note = old
            return .dead
        }
        if message.event != nil || (message.operation != nil && !message.hasArgument) {
            batch.removeAll()
            return try control(message, &batch)
        }
        guard message.hasArgument else { return try answer(message, frame, &batch) }
        guard let kind else {
            batch.note = "channel \(message.channel.string)"
            return .unknown
        }
        if message.isRead { return .decoded }
        guard let data = message.data else { throw message.start.failure(.missingField) }
        var scanner = message.start
        scanner.at = data
        try rows(&scanner, kind, message, &batch)
        return .decoded
    }

    /// The rows of one kind, up to the `]` after the last.
    @inline(__always)
    func rows(
        _ scanner: inout JSONScanner, _ kind: OKXKind, _ message: OKXMessage,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        switch kind {
        case .trades: try trades(&scanner, message, &batch)
        case .books(let depth, let isWhole):
            try books(&scanner, message, depth, isWhole: isWhole, &batch)
        case .quotes: try quotes(&scanner, message, &batch)
        case .tickers: try tickers(&scanner, message, &batch)
        default: try rareRows(&scanner, kind, message, &batch)
        }
    }

    @inline(never)
    private func rareRows(
        _ scanner: inout JSONScanner, _ kind: OKXKind, _ message: OKXMessage,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        if case .bars(let interval, let prices) = kind {
            return try bars(&scanner, interval, prices, message, &batch)
        }
        guard scanner.nextIs(UInt8(ascii: "[")) else {
            // A few answers have an object here; none of them has an event.
            return try scanner.skipValue()
        }
        guard try scanner.takeArray() else { return }
        var row = JSONFields(of: scanner)
        repeat {
            try row.read(&scanner)
            try self.row(row, kind, message, &batch)
        } while try scanner.takeNextElement()
    }

    /// A list at the top: the first interfaces sent such, the present one never does.
    @inline(never)
    private func list(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var note = "a list"
        if try scanner.takeArray() {
            var row = JSONFields(of: scanner)
            var isFirst = true
            repeat {
                guard isFirst, scanner.nextIs(UInt8(ascii: "{")) else {
                    try scanner.skipValue()
                    continue
                }
                isFirst = false
                try row.read(&scanner)
                if row.has("instrument_id") {
                    note = "an answer of OKEx v3"
                } else if let channel = try row.text("channel"), channel.hasPrefix("ok_sub") {
                    note = "OKEx v1 (channel \(channel.string))"
                } else {
                    note = "a list of objects with \(row.names)"
                }
            } while try scanner.takeNextElement()
        }
        try scanner.finish()
        batch.note = note
        return note.contains("OKEx") ? .dead : .unknown
    }
}

/// What stands around the data of a message.
struct OKXMessage {
    /// The scanner at the start of the message, for reading a part of it again.
    let start: JSONScanner
    /// Channel of a push; empty where there is none.
    var channel: TextSlice
    /// Instrument of a push, or of the request that is answered.
    var instrument: TextSlice?
    /// Family or type of instruments of a push, where it names no instrument.
    var family: TextSlice?
    var action: TextSlice?
    var event: TextSlice?
    var operation: TextSlice?
    var identifier: TextSlice?
    var code: TextSlice?
    var text: TextSlice?
    var table: TextSlice?
    /// The channel of an old control message.
    var oldChannel: TextSlice?
    /// Where `data` stands.
    var data: UnsafePointer<UInt8>?
    var hasArgument = false
    var isRead = false
    /// Other members at the top, the first ones.
    var otherKeys: [String] = []

    init(at start: JSONScanner) {
        self.start = start
        channel = .empty(at: start.at)
    }

    /// Whether it answers something or tells about the connection.
    @inline(__always) var isAnswer: Bool { event != nil || operation != nil || table != nil }

    /// Whether data of this kind cannot be read before the action is known.
    @inline(__always) func needsAction(_ kind: OKXKind) -> Bool {
        guard case .books(_, let isWhole) = kind else { return false }
        return !isWhole && action == nil
    }

    /// Which generation before v5 it is of, in words; nil for v5.
    var deadGeneration: String? {
        if let table { return "OKEx v3 (table \(table.string))" }
        if let oldChannel, event != nil, oldChannel.bytes.contains(UInt8(ascii: "/")) {
            return "OKEx v3 (channel \(oldChannel.string))"
        }
        if otherKeys.contains("instrument_id") || otherKeys.contains("error_code") {
            return "an answer of OKEx v3"
        }
        return nil
    }

    /// Takes a member at the top that is neither `arg`, `action` nor `data`.
    @inline(never)
    mutating func other(_ key: UInt64, _ scanner: inout JSONScanner) throws(DecodingFailure) {
        switch key {
        case OKXKeys.event: event = try scanner.textOrScalar()
        case OKXKeys.code: code = try scanner.textOrScalar()
        case OKXKeys.message: text = try scanner.textOrScalar()
        case OKXKeys.identifier: identifier = try scanner.textOrScalar()
        case OKXKeys.operation: operation = try scanner.textOrScalar()
        case OKXKeys.table: table = try scanner.textOrScalar()
        case OKXKeys.channel: oldChannel = try scanner.textOrScalar()
        default:
            if otherKeys.count < 8 { otherKeys.append(name(of: key, scanner)) }
            // Some old notices name the subscription under `args`.
            guard otherKeys.last == "args", scanner.nextIs(UInt8(ascii: "{")) else {
                return try scanner.skipValue()
            }
            var fields = JSONFields(of: scanner)
            try fields.read(&scanner)
            channel = try fields.text("channel") ?? channel
            instrument = try fields.text("instId") ?? instrument
        }
    }

    /// Takes a member of `arg` that is neither channel nor instrument.
    @inline(never)
    mutating func scope(_ key: UInt64, _ scanner: inout JSONScanner) throws(DecodingFailure) {
        switch name(of: key, scanner) {
        case "sprdId": instrument = try scanner.text()
        case "instFamily", "instType", "uly", "ccy": family = try scanner.textOrScalar()
        default: try scanner.skipValue()
        }
    }

    private func name(of key: UInt64, _ scanner: JSONScanner) -> String {
        guard key != JSONScanner.longKey else { return scanner.keyText.string }
        let letters = (0..<7).map { UInt8(truncatingIfNeeded: key >> UInt64(8 * $0)) }
        return String(decoding: letters.prefix { $0 != 0 }, as: UTF8.self)
    }
}
