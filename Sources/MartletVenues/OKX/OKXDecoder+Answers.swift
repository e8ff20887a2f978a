// Reads OKX's control messages and the answers to requests.

import MartletModel

extension OKXDecoder {
    /// A message that tells about the connection, a subscription or a request on it.
    func control(
        _ message: OKXMessage, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let isRefused = message.code.map { !$0.equals("0") } ?? false
        switch message.event?.string {
        case "subscribe":
            batch.control = .subscribed(id: message.identifier, topic: topic(message, &batch))
        case "unsubscribe":
            batch.control = .unsubscribed(id: message.identifier, topic: topic(message, &batch))
        case "login":
            batch.control =
                isRefused
                ? .refused(id: message.identifier, code: message.code, reason: message.text)
                : .authenticated
        case "error", "channel-conn-count-error": batch.control = refusal(message)
        case "notice":
            let isClosing = message.code?.equals("64008") ?? true
            batch.control = isClosing ? .closing(reason: message.text) : .other
        case "channel-conn-count": batch.control = .other
        case let event?:
            batch.note = "event \(event)"
            return .unknown
        case nil:
            batch.control = try orderRefusal(message) ?? (isRefused ? refusal(message) : .other)
        }
        return .control
    }

    /// What an acknowledgement names: `channel:instrument`, or the channel alone.
    private func topic(_ message: OKXMessage, _ batch: inout EventBatch) -> TextSlice? {
        guard !message.channel.isEmpty else { return nil }
        guard let place = message.instrument ?? message.family else { return message.channel }
        return batch.keep("\(message.channel.string):\(place.string)")
    }

    private func refusal(_ message: OKXMessage) -> ControlMessage {
        switch message.code?.string {
        case "50011", "50061", "60014", "60023":
            .limited(code: message.code, reason: message.text, retryAfter: nil)
        default: .refused(id: message.identifier, code: message.code, reason: message.text)
        }
    }

    /// The answer to a request, known by its path, or by what its first row looks like.
    func answer(
        _ message: OKXMessage, _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        guard let code = message.code, let data = message.data else {
            return try loose(message, frame, &batch)
        }
        guard code.equals("0") || code.equals("1") || code.equals("2") else {
            batch.control = refusal(message)
            return .control
        }
        var message = message
        let request = frame.request.map(RequestText.init)
        let name = request?.parameter("instId") ?? frame.instrument
        message.instrument = name.map { batch.keep($0) }
        var scanner = message.start
        scanner.at = data
        var kind = request.flatMap(OKXKind.answer)
        if kind == nil { kind = try shape(scanner) }
        guard let kind else {
            if let refusal = try orderRefusal(message) {
                batch.control = refusal
                return .control
            }
            // An order request was answered, or something was asked that has no event.
            if request != nil || code.equals("1") || isEmptyList(scanner)
                || isOrderAnswer(scanner)
            {
                batch.control = .other
                return .control
            }
            batch.note = "an answer of an unknown kind"
            return .unknown
        }
        try rows(&scanner, kind, message, &batch)
        if batch.control != nil { return .control }
        return batch.note == nil ? .decoded : .unknown
    }

    /// The first refusal among the rows that answer order requests, or nil.
    private func orderRefusal(
        _ message: OKXMessage
    ) throws(DecodingFailure) -> ControlMessage? {
        guard let data = message.data else { return nil }
        var scanner = message.start
        scanner.at = data
        guard isOrderAnswer(scanner), try scanner.takeArray() else { return nil }
        var row = JSONFields(of: scanner)
        repeat {
            try row.read(&scanner)
            guard let code = try row.text("sCode"), !code.equals("0") else { continue }
            return .refused(id: message.identifier, code: code, reason: try row.text("sMsg"))
        } while try scanner.takeNextElement()
        return nil
    }

    /// Whether the rows at `place` answer order requests: each has a code of its own.
    private func isOrderAnswer(_ place: JSONScanner) -> Bool {
        var scanner = place
        guard scanner.takeIf(UInt8(ascii: "[")), scanner.nextIs(UInt8(ascii: "{")) else {
            return false
        }
        var row = JSONFields(of: scanner)
        do throws(DecodingFailure) { try row.read(&scanner) } catch { return false }
        return row.has("sCode")
    }

    private func isEmptyList(_ scanner: JSONScanner) -> Bool {
        var scanner = scanner
        return scanner.takeIf(UInt8(ascii: "[")) && scanner.takeIf(UInt8(ascii: "]"))
    }

    /// What the rows at `data` are by the look of the first, or nil.
    private func shape(_ place: JSONScanner) throws(DecodingFailure) -> OKXKind? {
        var scanner = place
        guard scanner.nextIs(UInt8(ascii: "[")), try scanner.takeArray() else { return nil }
        if scanner.nextIs(UInt8(ascii: "{")) {
            var row = JSONFields(of: scanner)
            try row.read(&scanner)
            return OKXKind.shape(row)
        }
        // Only bars of trades have nine texts, the last of them 0 or 1.
        guard scanner.nextIs(UInt8(ascii: "[")), try scanner.takeArray() else { return nil }
        var count = 0
        var last = TextSlice.empty(at: scanner.at)
        repeat {
            guard scanner.nextIs(UInt8(ascii: "\"")) else { return nil }
            last = try scanner.text()
            count += 1
        } while try scanner.takeNextElement()
        return count == 9 && (last.equals("0") || last.equals("1")) ? .bars(nil, .trade) : nil
    }

    /// An object without channel and code: a single row, as files keep them, or nothing known.
    private func loose(
        _ message: OKXMessage, _ frame: Frame, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var scanner = message.start
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        var message = message
        message.instrument = frame.instrument.map { batch.keep($0) }
        guard let kind = OKXKind.shape(row) else {
            if row.has("sCode"), row.has("sMsg") {
                batch.control = .other
                return .control
            }
            batch.note = row.isEmpty ? "an empty object" : "an object with \(row.names)"
            return .unknown
        }
        switch kind {
        case .books(let depth, let isWhole):
            scanner.at = message.start.at
            var book = try self.book(&scanner, message.instrument, &batch)
            book.isSnapshot = isWhole
            book.depth = depth
            batch.events.append(.book(book))
        case .trades:
            scanner.at = message.start.at
            try trade(&scanner, message, &batch)
        case .tickers:
            batch.note = "a ticker without a channel"
            return .unknown
        default: try self.row(row, kind, message, &batch)
        }
        return batch.control == nil ? .decoded : .control
    }
}
