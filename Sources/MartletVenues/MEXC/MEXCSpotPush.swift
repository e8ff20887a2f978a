// MEXC spot's protobuf pushes: the wrapper, and which body it holds.

import MartletModel

/// Reads one `PushDataV3ApiWrapper`.
struct MEXCSpotPush {
    var wrapper = MEXCSpotWrapper()

    /// `frame` gives the instrument to assume where the push names none.
    init(_ frame: Frame, _ batch: inout EventBatch) {
        wrapper.symbol = frame.instrument.map { batch.keep($0) }
    }

    /// Reads the frame.
    mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var reader = try ProtobufReader(bytes)
        var body: (number: UInt32, reader: ProtobufReader)?
        while let field = try reader.next() {
            switch field.number {
            case 1: wrapper.channel = try reader.text(field)
            case 3:
                let symbol = try reader.text(field)
                if !symbol.isEmpty { wrapper.symbol = symbol }
            case 5: wrapper.createTime = try reader.time(field)
            case 6: wrapper.sendTime = try reader.time(field)
            case 301...400: body = (field.number, try reader.message(field))
            default: try reader.skip(field)
            }
        }
        guard var body else {
            // A push about nothing: known by its channel.
            guard wrapper.part(0)?.equals("spot") == true else {
                batch.note = "protobuf message without channel or body"
                return .unknown
            }
            return .decoded
        }
        return try read(body.number, &body.reader, &batch)
    }

    private func read(
        _ number: UInt32, _ body: inout ProtobufReader, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        switch number {
        case 301, 314: try deals(&body, &batch)
        case 302, 303, 313: try book(body, kind: number, &batch)
        case 304: try order(&body, &batch)
        case 305, 315: try quote(&body, update: nil, &batch)
        case 306: try fill(&body, &batch)
        case 307: try balance(&body, &batch)
        case 308: try bar(&body, &batch)
        case 309, 310: while let field = try body.next() { try body.skip(field) }
        case 311: try quotes(body, &batch)
        case 312:
            while let field = try body.next() {
                if field.number == 1 {
                    try book(body.message(field), kind: 302, &batch)
                } else {
                    try body.skip(field)
                }
            }
        default:
            batch.note = "push with body \(number)"
            return .unknown
        }
        return .decoded
    }

    func header(_ time: Int64?) -> EventHeader {
        EventHeader(instrument: wrapper.instrument, exchangeTime: time ?? wrapper.time)
    }

    /// The value of a field that must have been there.
    func need<Value>(
        _ value: Value?, _ reader: ProtobufReader
    ) throws(DecodingFailure) -> Value {
        guard let value else { throw reader.failure(.missingField) }
        return value
    }
}
