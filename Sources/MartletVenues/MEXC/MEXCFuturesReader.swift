// MEXC futures' REST answers: `{"success":…,"code":…,"data":…}`, or the data alone.

import MartletModel

/// Reads an answer of the contract REST interface.
struct MEXCFuturesReader {
    let request: RequestQuery?
    /// The instrument of the request, or the one to assume.
    let symbol: TextSlice?

    init(_ frame: Frame, _ batch: inout EventBatch) {
        request = RequestQuery(frame.request)
        let name = request?["symbol"] ?? MEXCFuturesReader.symbol(request)
        symbol = (name ?? frame.instrument).map { batch.keep($0) }
    }

    /// Most paths end with the instrument: `/contract/depth/BTC_USDT`.
    private static func symbol(_ request: RequestQuery?) -> String? {
        guard let request else { return nil }
        for part in request.path.split(separator: "/").reversed()
        where part.contains("_") && part.utf8.allSatisfy({ $0 < 0x61 || $0 > 0x7A }) {
            return String(part)
        }
        return nil
    }

    /// Reads one whole answer.
    func read(
        _ bytes: UnsafeBufferPointer<UInt8>, into batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let value = try JSONValue(message: bytes)
        let members = try value.members()
        if members.has("method") {
            // A request, as recorders of both directions have it.
            batch.control = .other
            return .control
        }
        guard members.has("success") || members.has("code") else {
            return try object(members, value, &batch)
        }
        let code = members.plain("code")
        let isFine = code.map { $0.equals("0") || $0.equals("200") } ?? true
        guard isFine else {
            let reason = members.plain("message") ?? members.plain("msg")
            batch.control =
                code?.equals("510") == true || code?.equals("2037") == true
                ? .limited(code: code, reason: reason, retryAfter: nil)
                : .refused(id: nil, code: code, reason: reason)
            return .control
        }
        guard let data = members["data"], data.isObject || data.isArray else {
            return time(members["data"], &batch)
        }
        return try answer(data, &batch)
    }

    /// An answer without data, or the clock of `ping`.
    private func time(_ data: JSONValue?, _ batch: inout EventBatch) -> FrameKind {
        let isPing = request.map { $0.pathHas("/contract/ping") } ?? true
        if isPing, let data, !data.isText, let time = try? data.time(),  // else it is no time
            time > 1_000_000_000_000_000_000
        {
            batch.control = .serverTime(time)
        } else {
            batch.control = .other
        }
        return .control
    }

    private func answer(
        _ data: JSONValue, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        if data.isObject {
            let members = try data.members()
            if let list = members["resultList"], list.isArray { return try answer(list, &batch) }
            return try object(members, data, &batch)
        }
        var isKnown = true
        for entry in try data.elements() where entry.isObject {
            let kind = try object(entry.members(), entry, isListed: true, &batch)
            isKnown = kind != .unknown && isKnown
        }
        if isKnown, batch.events.count == 0, batch.control != nil { return .control }
        return isKnown ? .decoded : .unknown
    }

    private func object(
        _ members: JSONMembers, _ value: JSONValue, isListed: Bool = false,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        var outline = MEXCFuturesOutline(symbol: symbol)
        outline.time = try members.time("timestamp")
        let push = MEXCFuturesPush(outline)
        if members.has("asks", "bids") {
            try book(value, isListed: isListed, &batch)
        } else if members.has("p", "v", "T"), members.has("t") {
            var scanner = value.cursor
            try push.deal(&scanner, symbol, &batch)
        } else if members.has("lastPrice", "symbol") {
            try push.ticker(members, symbol, &batch)
        } else if members.has("contractSize", "symbol") {
            outline.time = nil
            try MEXCFuturesRules.instrument(members, outline, &batch)
        } else if members.has("time", "open", "close") {
            return try bars(members, &batch)
        } else if members.has("fairPrice", "symbol") {
            try price(members, "fairPrice", outline, &batch)
        } else if members.has("indexPrice", "symbol") {
            try price(members, "indexPrice", outline, &batch)
        } else if members.has("fundingRate", "symbol") {
            try push.funding(members, outline, &batch)
        } else if try account(members, &batch) {
            return .decoded
        } else if members.has("orderId", "errorCode") {
            // One of several orders to place or to cancel; the first refusal is told.
            if try members.need("errorCode").integer() != 0, batch.control == nil {
                batch.control = .refused(
                    id: nil, code: members.plain("errorCode"), reason: members.plain("errorMsg"))
            }
        } else if request == nil, !MEXCFuturesReader.isSilent(members) {
            batch.note = "no kind that can be told"
            return .unknown
        }
        return .decoded
    }

    /// Answers that are known and say nothing that Martlet has an event for.
    private static func isSilent(_ members: JSONMembers) -> Bool {
        members.has("orderId", "ts")
            || members.has("symbol", "available") || members.has("symbol", "funding")
            || members.has("makerFee", "takerFee")
    }

    private func account(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        let account = MEXCFuturesAccount(time: nil)
        if members.has("positionId", "holdVol") {
            try account.position(members, &batch)
        } else if members.has("orderId", "isTaker") {
            try account.fill(members, &batch)
        } else if members.has("orderId", "orderType", "state"), members.has("dealVol") {
            try account.order(members, &batch)
        } else if members.has("currency", "availableBalance") {
            try account.balance(members, &batch)
        } else {
            return false
        }
        return true
    }

    private func book(
        _ value: JSONValue, isListed: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var scanner = value.cursor
        let book = try MEXCFuturesBook(&scanner, &batch)
        // A list of commits is a list of changes, each with its version.
        let isSnapshot = request.map { !$0.pathHas("depth_commits") } ?? !isListed
        batch.events.append(
            .book(
                BookEvent(
                    header: EventHeader(
                        instrument: symbol, exchangeTime: book.time ?? book.timestamp),
                    isSnapshot: isSnapshot, bids: book.bids, asks: book.asks,
                    firstUpdate: isSnapshot ? nil : book.version, lastUpdate: book.version,
                    depth: isSnapshot ? request?["limit"].flatMap { Int($0) } : nil)))
    }

    private func price(
        _ members: JSONMembers, _ key: StaticString, _ outline: MEXCFuturesOutline,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let event = PriceEvent(
            header: EventHeader(
                instrument: members.plain("symbol") ?? symbol, exchangeTime: outline.time),
            price: try members.need(key).number(&batch))
        batch.events.append(members.has("fairPrice") ? .markPrice(event) : .indexPrice(event))
    }

    /// Bars column by column; times in seconds.
    private func bars(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        let columns = try MEXCFuturesColumns(members)
        let asked = request?["interval"].map { BarInterval.mexc($0) }
        guard let interval = asked ?? (request == nil ? columns.interval : .mexc("Min1")) else {
            // One bar of a length that nobody names.
            batch.note = "bars of unknown length"
            return .decoded
        }
        var kind = BarPriceKind.trade
        if request?.pathHas("/kline/index_price/") == true { kind = .index }
        if request?.pathHas("/kline/fair_price/") == true { kind = .mark }
        if kind == .trade, columns.volume.count != columns.times.count {
            throw try members.need("time").failure(.badValue)
        }
        for row in columns.times.indices {
            let open = columns.times[row]
            guard let close = interval.end(ofBarFrom: open) else {
                throw columns.open[row].failure(.badTime)
            }
            batch.events.append(
                .bar(
                    BarEvent(
                        header: EventHeader(instrument: symbol, exchangeTime: nil),
                        interval: interval, openTime: open, closeTime: close,
                        open: try columns.open[row].number(&batch),
                        high: try columns.high[row].number(&batch),
                        low: try columns.low[row].number(&batch),
                        close: try columns.close[row].number(&batch),
                        volume: kind == .trade ? try columns.volume[row].number(&batch) : nil,
                        isClosed: nil, priceKind: kind)))
        }
        return .decoded
    }
}

/// The columns of a list of bars, all of one length; that of volumes may be missing.
private struct MEXCFuturesColumns {
    let times: [Int64]
    let open: [JSONValue]
    let high: [JSONValue]
    let low: [JSONValue]
    let close: [JSONValue]
    let volume: [JSONValue]

    init(_ members: JSONMembers) throws(DecodingFailure) {
        var times: [Int64] = []
        for value in try members.need("time").elements() {
            let seconds = try value.integer()
            guard seconds <= 9_000_000_000 else { throw value.failure(.badTime) }
            times.append(seconds * 1_000_000_000)
        }
        self.times = times
        open = try members.list("open")
        high = try members.list("high")
        low = try members.list("low")
        close = try members.list("close")
        volume = try members.list("vol")
        for column in [open, high, low, close] where column.count != times.count {
            throw try members.need("time").failure(.badValue)
        }
    }

    /// The length as the distance of the first two bars, or nil.
    var interval: BarInterval? {
        times.count < 2 ? nil : BarInterval(from: times[0], to: times[1])
    }
}
