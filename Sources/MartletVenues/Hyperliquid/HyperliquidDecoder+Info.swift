// Reads answers of Hyperliquid's info and exchange endpoints, by the look of them.

import MartletModel

extension HyperliquidDecoder {
    /// A whole message that is an answer.
    mutating func info(
        _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var scanner = try JSONScanner(frame.bytes)
        let kind = try value(&scanner, isAnswer: frame.request != nil, &batch)
        try scanner.finish()
        return kind
    }

    /// One value that answers something. What is not recognised is of no consequence where it is
    /// known to answer a request, and unknown elsewhere.
    mutating func value(
        _ scanner: inout JSONScanner, isAnswer: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if scanner.nextIs(UInt8(ascii: "{")) {
            var row = JSONFields(of: scanner)
            let place = scanner.at
            try row.read(&scanner)
            let end = scanner.at
            defer { scanner.at = end }
            scanner.at = place
            if let kind = try object(row, &scanner, &batch) { return kind }
            return unrecognised("an object with \(row.names)", isAnswer, &batch)
        }
        if scanner.nextIs(UInt8(ascii: "[")) {
            let place = scanner.at
            try scanner.skipValue()
            let end = scanner.at
            defer { scanner.at = end }
            scanner.at = place
            if let kind = try list(&scanner, &batch) { return kind }
            return unrecognised("a list", isAnswer, &batch)
        }
        // `null` stands for a market that is not known.
        try scanner.skipValue()
        return unrecognised("a single value", isAnswer, &batch)
    }

    private func unrecognised(
        _ words: String, _ isAnswer: Bool, _ batch: inout EventBatch
    ) -> FrameKind {
        if isAnswer {
            batch.control = .other
            return .control
        }
        batch.note = words
        return .unknown
    }

    /// An object, at which the scanner stands; nil where it is none that is known.
    private mutating func object(
        _ row: JSONFields, _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if row.has("universe") {
            try meta(row, &batch)
        } else if row.has("coin"), row.has("levels") {
            try book(&scanner, &batch)
        } else if row.has("coin"), row.has("bbo") {
            try quote(&scanner, &batch)
        } else if row.has("assetPositions") || row.has("balances") {
            return try userData(&scanner, "", &batch)
        } else if let kind = HyperliquidDecoder.rowKind(row) {
            try rows(&scanner, kind, &batch)
        } else if row.has("t"), row.has("s"), row.has("i"), row.has("o") {
            try candle(&scanner, &batch)
        } else if row.has("name"), row.has("szDecimals"), row.has("maxLeverage") {
            try perpetual(row, asset: nil, &batch)
        } else if row.has("specialStatuses"), let time = try row.time("time") {
            batch.control = .serverTime(time)
            return .control
        } else if row.has("status") {
            return try statusAnswer(row, &batch)
        } else if row.has("nRequestsUsed") || row.has("statuses") {
            batch.control = .other
            return .control
        } else if try !isPriceList(row) {
            return nil
        }
        return .decoded
    }

    /// A list, at which the scanner stands; nil where it is none that is known.
    private mutating func list(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        let place = scanner.at
        guard try scanner.takeArray() else {
            batch.control = .other
            return .control
        }
        guard scanner.nextIs(UInt8(ascii: "{")) else {
            scanner.at = place
            return arePredictedFundings(scanner, &batch) ? .decoded : nil
        }
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        if row.has("universe") {
            try meta(row, &batch)
            if scanner.takeIf(UInt8(ascii: ",")) {
                try contexts(&scanner, names: row.has("tokens") ? [] : universe, &batch)
            }
            return .decoded
        }
        scanner.at = place
        if let kind = HyperliquidDecoder.rowKind(row) {
            try rows(&scanner, kind, &batch)
        } else if row.has("t"), row.has("s"), row.has("i"), row.has("o") {
            try candles(&scanner, &batch)
        } else {
            return nil
        }
        return .decoded
    }

    /// What a row is by its members, or nil.
    private static func rowKind(_ row: JSONFields) -> UserRow? {
        if row.has("order"), row.has("status"), row.has("statusTimestamp") { return .orders }
        guard row.has("coin") else { return row.has("fill") ? .sliceFills : nil }
        if row.has("limitPx"), row.has("oid") { return .openOrders }
        if row.has("px"), row.has("sz"), row.has("side") {
            return row.has("oid") ? .fills : .trades
        }
        return row.has("fundingRate") && row.has("time") && !row.has("usdc") ? .funding : nil
    }

    /// `{"status":"ok"|"err", "response": …}` of an action; `{"status":"order", "order": …}` of a
    /// question for an order.
    private func statusAnswer(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        guard let status = try row.text("status") else { return nil }
        if status.equals("order"), var order = try row.scanner("order") {
            try rows(&order, .orders, &batch)
            return .decoded
        }
        if status.equals("err") {
            var reason = TextSlice.empty(at: status.start)
            if var response = try row.scanner("response"), response.nextIs(UInt8(ascii: "\"")) {
                reason = try response.text()
            }
            batch.control = .refused(id: nil, code: nil, reason: reason)
            return .control
        }
        guard status.equals("ok") || status.equals("unknownOid") else { return nil }
        batch.control = .other
        if let reason = try refusedAction(row) {
            batch.control = .refused(id: nil, code: nil, reason: reason)
        }
        return .control
    }

    /// The first error among the statuses of an action's parts, each of which may be refused alone.
    private func refusedAction(_ row: JSONFields) throws(DecodingFailure) -> TextSlice? {
        guard var response = try row.scanner("response"), response.nextIs(UInt8(ascii: "{")) else {
            return nil
        }
        var fields = JSONFields(of: response)
        try fields.read(&response)
        guard var data = try fields.scanner("data"), data.nextIs(UInt8(ascii: "{")) else {
            return nil
        }
        try fields.read(&data)
        if var status = try fields.scanner("status"), status.nextIs(UInt8(ascii: "{")) {
            return try error(&status)
        }
        guard var statuses = try fields.scanner("statuses"), statuses.nextIs(UInt8(ascii: "[")),
            try statuses.takeArray()
        else { return nil }
        repeat {
            guard statuses.nextIs(UInt8(ascii: "{")) else {
                try statuses.skipValue()
                continue
            }
            if let reason = try error(&statuses) { return reason }
        } while try statuses.takeNextElement()
        return nil
    }

    private func error(_ scanner: inout JSONScanner) throws(DecodingFailure) -> TextSlice? {
        var fields = JSONFields(of: scanner)
        try fields.read(&scanner)
        guard var text = try fields.scanner("error"), text.nextIs(UInt8(ascii: "\"")) else {
            return nil
        }
        return try text.text()
    }

    /// Middle prices by coin: nothing but numbers in quotes. There is no event for them.
    private func isPriceList(_ row: JSONFields) throws(DecodingFailure) -> Bool {
        var isList = !row.isEmpty
        try row.forEach { _, value throws(DecodingFailure) in
            let first = value.peek() == UInt8(ascii: "\"") && value.end - value.at > 1
            isList = isList && first && value.at[1] &- 48 <= 9
        }
        return isList
    }

    /// Answers on the stream to what was asked there, subscriptions, errors.
    mutating func control(
        _ scanner: inout JSONScanner, _ channel: String, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        switch channel {
        case "error":
            let reason = try scanner.textOrScalar()
            let words = reason.string.lowercased()
            if words.hasPrefix("already") {
                batch.control = .other
            } else if words.contains("too many") || words.contains("rate limit") {
                batch.control = .limited(code: nil, reason: reason, retryAfter: nil)
            } else {
                batch.control = .refused(id: nil, code: nil, reason: reason)
            }
        case "subscriptionResponse": try subscription(&scanner, &batch)
        case "post": return try post(&scanner, &batch)
        default:
            try scanner.skipValue()
            batch.control = channel == "pong" ? .pong : .other
        }
        return .control
    }

    private func subscription(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        var topic = ""
        if var inner = try row.scanner("subscription") {
            var fields = JSONFields(of: inner)
            try fields.read(&inner)
            topic = try fields.text("type")?.string ?? ""
            if let coin = try fields.text("coin") { topic += ":" + coin.string }
            if let interval = try fields.text("interval") { topic += ":" + interval.string }
            if let user = try fields.text("user") { topic += ":" + user.string }
        }
        let isEnd = try row.text("method")?.equals("unsubscribe") ?? false
        let name = batch.keep(topic)
        batch.control =
            isEnd ? .unsubscribed(id: nil, topic: name) : .subscribed(id: nil, topic: name)
    }

    /// `{id, response: {type, payload}}`.
    private mutating func post(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        batch.control = .other
        guard var inner = try row.scanner("response") else { throw row.missing() }
        var response = JSONFields(of: inner)
        try response.read(&inner)
        guard var payload = try response.scanner("payload") else { return .control }
        let type = try response.text("type")
        if type?.equals("error") == true || !payload.nextIs(UInt8(ascii: "{")) {
            let reason = try? payload.textOrScalar()  // an error is a text; else nothing is said
            batch.control = .refused(id: try row.text("id"), code: nil, reason: reason)
            return .control
        }
        var fields = JSONFields(of: payload)
        try fields.read(&payload)
        if type?.equals("info") == true, var data = try fields.scanner("data") {
            batch.control = nil
            return try value(&data, isAnswer: true, &batch)
        }
        if let kind = try statusAnswer(fields, &batch) {
            if case .refused(_, let code, let reason)? = batch.control {
                batch.control = .refused(id: try row.text("id"), code: code, reason: reason)
            }
            return kind
        }
        return .control
    }
}
