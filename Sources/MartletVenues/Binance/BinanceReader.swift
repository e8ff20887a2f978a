// Binance's less frequent messages: finds out what a message is by the names in it.

import MartletModel

/// Reads the messages that the fast decoder hands back: answers, notices, user data, rare streams.
struct BinanceReader {
    let context: BinanceContext
    var product: BinanceProduct { context.product }

    init(_ context: BinanceContext) { self.context = context }

    /// Reads one whole message.
    func read(
        _ bytes: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let value = try JSONValue(message: bytes)
        guard value.isObject else { return try message(value, &batch) }
        let members = try value.members()
        if members.has("stream"), let data = members["data"] { return try message(data, &batch) }
        if members.has("subscriptionId"), let event = members["event"] {
            return try message(event, &batch)
        }
        if members.has("method") {
            // A request, as recorders of both directions have it.
            batch.control = .other
            return .control
        }
        if members.has("id", "status") || members.has("result") || members["error"] != nil {
            return try answer(members, &batch)
        }
        return try message(members, value, &batch)
    }

    private func message(
        _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if value.isObject { return try message(value.members(), value, &batch) }
        guard value.isArray else {
            // Some requests are answered by `null`.
            return !context.isAnswer ? .unknown : .decoded
        }
        let elements = try value.elements()
        guard let first = elements.first else { return .decoded }
        if first.isArray { return try bars(elements, &batch) }
        // A list may mix orders and refusals, or hold something new.
        var kind = FrameKind.control
        for element in elements {
            let next =
                element.isObject
                ? try message(element.members(), element, &batch) : unknown(nil, &batch)
            kind = kind.joined(with: next)
        }
        return kind
    }

    private func message(
        _ members: JSONMembers, _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if let event = members["e"], event.isText {
            return try self.event(event.text(), members, value, &batch)
        }
        if let kind = try marketAnswer(members, value, &batch) { return kind }
        if let kind = try accountAnswer(members, &batch) { return kind }
        if let kind = try control(members, &batch) { return kind }
        // Of a REST interface that is known all else is known too, and of no consequence here.
        return !context.isAnswer ? unknown(nil, &batch) : .decoded
    }

    private func event(
        _ name: TextSlice, _ members: JSONMembers, _ value: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if try publicEvent(name, members, &batch) { return .decoded }
        if try userEvent(name, members, &batch) { return .decoded }
        for ending in BinanceReader.endings where name.equals(ending) {
            batch.control = .closing(reason: name)
            return .control
        }
        for fast in BinanceReader.fastKinds where name.equals(fast) {
            guard try readFast(value, &batch) else { break }
            return .decoded
        }
        return unknown(name, &batch)
    }

    /// Has the fast decoder read a part of a message.
    func readFast(_ value: JSONValue, _ batch: inout EventBatch) throws(DecodingFailure) -> Bool {
        do throws(DecodingFailure) {
            return try BinanceBatchSink.read(value.bytes, context, into: &batch)
        } catch { throw DecodingFailure(error.code, at: error.offset + value.offset) }
    }

    func unknown(_ event: TextSlice?, _ batch: inout EventBatch) -> FrameKind {
        batch.note = event.map { "event \($0.string)" } ?? "no kind that can be told"
        return .unknown
    }

    private static let fastKinds: [StaticString] = [
        "depthUpdate", "trade", "aggTrade", "bookTicker", "markPriceUpdate", "indexPriceUpdate",
        "forceOrder", "kline",
    ]

    /// Events after which the connection or the key is of no more use.
    private static let endings: [StaticString] = [
        "serverShutdown", "listenKeyExpired", "eventStreamTerminated",
    ]
}
