// Binance's answers to requests and subscriptions, its refusals and its clock.

import MartletModel

extension BinanceReader {
    /// An answer on a connection: `{"result":…,"id":…}`, with `status` on the WebSocket API.
    func answer(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let id = members.plain("id")
        if let error = members["error"], error.isObject {
            return try refuse(error.members(), id: id, status: members.plain("status"), &batch)
        }
        guard let result = members["result"] else {
            batch.control = .subscribed(id: id, topic: nil)
            return .control
        }
        if try isSubscription(result, members) {
            batch.control = .subscribed(id: id, topic: nil)
            return .control
        }
        guard members.has("status") else {
            // The list of subscriptions.
            batch.control = .other
            return .control
        }
        let kind = try self.result(result, &batch)
        if kind == .unknown, batch.events.count == 0 {
            batch.note = nil
            batch.control = .other
            return .control
        }
        return kind
    }

    /// Only WebSocket API answers carry a `status`, and only those to queries a result of their own.
    private func isSubscription(
        _ result: JSONValue, _ members: JSONMembers
    ) throws(DecodingFailure) -> Bool {
        guard result.isObject else { return false }
        if !members.has("status") { return true }
        return try result.members().has("subscriptionId")
    }

    /// `{"code":…,"msg":…}` and the like; nil where it is something else.
    func control(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if let time = try members.time("serverTime") {
            batch.control = .serverTime(time)
            return .control
        }
        // An empty object answers a ping.
        if members.has("listenKey") || members.count == 0 {
            batch.control = .other
            return .control
        }
        guard let code = members["code"] else { return nil }
        let digits = code.plain
        // 200 and strings of zeros say that all is well.
        if digits?.equals("200") == true
            || digits?.bytes.allSatisfy({ $0 == UInt8(ascii: "0") }) == true
        {
            batch.control = .other
            return .control
        }
        return try refuse(members, id: members.plain("id"), status: nil, &batch)
    }

    /// A refusal. One of a cancel and replace in one carries what became of the two halves.
    private func refuse(
        _ error: JSONMembers, id: TextSlice?, status: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if let data = error["data"], data.isObject {
            let halves = try data.members()
            if halves.has("cancelResult") || halves.has("newOrderResult") {
                return try refuse(halves: halves, of: error, id: id, &batch)
            }
        }
        let code = error.plain("code")
        let reason = error.plain("msg")
        let isLimit =
            code.map { $0.equals("-1003") || $0.equals("-1015") || $0.equals("-1008") } ?? false
        let isStatus = status.map { $0.equals("429") || $0.equals("418") } ?? false
        guard isLimit || isStatus else {
            batch.control = .refused(id: id, code: code, reason: reason)
            return .control
        }
        var seconds: Int64?
        if let data = try error["data"]?.members(), let now = try data.time("serverTime"),
            let until = try data.time("retryAfter"), until > now
        {
            seconds = (until - now) / 1_000_000_000 + 1
        }
        batch.control = .limited(code: code, reason: reason, retryAfter: seconds)
        return .control
    }

    /// The half that was carried out becomes an order; the one that was refused says why.
    private func refuse(
        halves: JSONMembers, of error: JSONMembers, id: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        _ = try accountAnswer(halves, &batch)
        batch.control = .refused(id: id, code: error.plain("code"), reason: error.plain("msg"))
        for key in ["newOrderResponse", "cancelResponse"] as [StaticString] {
            guard let half = halves[key], half.isObject else { continue }
            let refusal = try half.members()
            guard let code = refusal.plain("code") else { continue }
            batch.control = .refused(id: id, code: code, reason: refusal.plain("msg"))
            break
        }
        return batch.events.count == 0 ? .control : .decoded
    }
}
