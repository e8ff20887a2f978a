// MEXC spot's JSON: answers on the stream, REST answers, and the dead JSON pushes.

import MartletModel

/// Reads the JSON messages of MEXC spot.
struct MEXCSpotReader {
    let request: RequestQuery?
    /// The instrument of the request, or the one to assume.
    let symbol: TextSlice?

    init(_ frame: Frame, _ batch: inout EventBatch) {
        request = RequestQuery(frame.request)
        let name = request?["symbol"] ?? frame.instrument
        symbol = name.map { batch.keep($0) }
    }

    /// Reads one whole message.
    func read(
        _ bytes: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let value = try JSONValue(message: bytes)
        if value.isObject {
            let members = try value.members()
            if let kind = try stream(members, &batch) { return kind }
            return try object(members, &batch)
        }
        guard value.isArray else { return unknown(&batch) }
        let elements = try value.elements()
        guard let first = elements.first else { return .decoded }
        if first.isArray { return try bars(elements, &batch) }
        var kind = FrameKind.control
        for element in elements {
            let next =
                element.isObject ? try object(element.members(), &batch) : unknown(&batch)
            kind = kind.joined(with: next)
        }
        return kind
    }

    /// What comes on the stream; nil for a REST answer.
    private func stream(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if members.has("c", "d") {
            return dead("JSON push of spot version 3, replaced by protobuf", &batch)
        }
        if let channel = members.plain("channel") {
            if channel.string.hasPrefix("spot@"), channel.string.contains(".v3.api.pb") {
                return try MEXCSpotShown(members, channel, self).read(&batch)
            }
            return dead("JSON push of spot version 2", &batch)
        }
        if let method = members.plain("method") {
            batch.control =
                method.equals("PING") ? .ping(answer: #"{"method":"PONG"}"#) : .other
            return .control
        }
        guard members.has("msg"), members.has("code"), !members.has("data") else {
            if members.has("code", "data"), let data = members["data"], data.isObject,
                try data.members().has("asks", "bids", "version")
            {
                return dead("REST answer of spot version 2", &batch)
            }
            return nil
        }
        answer(members, &batch)
        return .control
    }

    /// `{"id":…,"code":…,"msg":…}`: code 0 alone does not say that all is well.
    private func answer(_ members: JSONMembers, _ batch: inout EventBatch) {
        let id = members.plain("id")
        let code = members.plain("code")
        let text = members.plain("msg")
        let isLimit = ["429", "510", "418"].contains { code?.string == $0 }
        if isLimit {
            batch.control = .limited(code: code, reason: text, retryAfter: nil)
        } else if code?.equals("0") == true, text?.equals("PONG") == true {
            batch.control = .pong
        } else if code?.equals("0") == true, text?.string.hasPrefix("spot@") == true {
            batch.control = .subscribed(id: id, topic: text)
        } else if code?.equals("0") == true || code?.equals("200") == true,
            text == nil || text?.equals("success") == true
        {
            batch.control = .other
        } else {
            batch.control = .refused(id: id, code: code, reason: text)
        }
    }

    private func object(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if try market(members, &batch) { return .decoded }
        if try account(members, &batch) { return .decoded }
        if let time = try members.time("serverTime") {
            batch.control = .serverTime(time)
            return .control
        }
        if members.has("listenKey") || members.has("code", "msg") || members.count == 0 {
            batch.control = .other
            return .control
        }
        return request == nil ? unknown(&batch) : .decoded
    }

    func unknown(_ batch: inout EventBatch) -> FrameKind {
        batch.note = "no kind that can be told"
        return .unknown
    }

    func dead(_ what: String, _ batch: inout EventBatch) -> FrameKind {
        batch.note = what
        return .dead
    }
}
