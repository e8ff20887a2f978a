// What Bybit answers: to messages on a connection, and to REST requests.

import MartletModel

extension BybitReader {
    /// An answer to something that was said on the connection, or what a client says itself.
    mutating func control(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        let operation = envelope.operation?.string ?? ""
        let failed = try failedTopics()
        let isGood =
            failed == nil
            && (envelope.success ?? envelope.code.map { $0.equals("0") } ?? true)
        batch.control = .other
        if envelope.hasArguments, envelope.success == nil, operation != "pong" {
            return .control  // The words of a client.
        }
        guard isGood else {
            batch.control = refusal(reason: failed ?? envelope.reason)
            return .control
        }
        if let refused = try refusedElement() {
            batch.control = refused
            return .control
        }
        let isPong = envelope.reason.map { $0.equals("pong") } ?? false
        switch operation {
        case "auth": batch.control = .authenticated
        case "subscribe": batch.control = .subscribed(id: envelope.requestID, topic: nil)
        case "unsubscribe": batch.control = .unsubscribed(id: envelope.requestID, topic: nil)
        case "pong": batch.control = .pong
        case "ping" where isPong || envelope.code != nil: batch.control = .pong
        default:
            if envelope.type.map({ $0.equals("COMMAND_RESP") }) ?? false {
                batch.control = .subscribed(id: envelope.requestID, topic: nil)
            }
        }
        return .control
    }

    /// The first of `data.failTopics`, where there is one: the options stream answers so.
    private mutating func failedTopics() throws(DecodingFailure) -> TextSlice? {
        guard let place = envelope.data else { return nil }
        var inner = scanner
        inner.at = place
        guard inner.takeIf(UInt8(ascii: "{")) else { return nil }
        var isFirst = true
        while let name = try inner.name(&isFirst) {
            guard name == "failTopics", inner.nextIs(UInt8(ascii: "[")) else {
                try inner.skipValue()
                continue
            }
            try inner.take(UInt8(ascii: "["))
            return inner.nextIs(UInt8(ascii: "\"")) ? try inner.text() : nil
        }
        return nil
    }

    /// The first refusal in `retExtInfo.list`, where one element of a request of many was refused.
    private func refusedElement() throws(DecodingFailure) -> ControlMessage? {
        guard let place = envelope.extra else { return nil }
        var inner = scanner
        inner.at = place
        guard inner.nextIs(UInt8(ascii: "{")) else { return nil }
        var extra = JSONFields(of: inner)
        try extra.read(&inner)
        guard var list = try extra.scanner("list"), list.nextIs(UInt8(ascii: "[")),
            try list.takeArray(), list.nextIs(UInt8(ascii: "{"))
        else { return nil }
        var element = JSONFields(of: list)
        repeat {
            try element.read(&list)
            if let code = try element.text("code"), !code.equals("0") {
                return .refused(
                    id: envelope.requestID, code: code, reason: try element.text("msg"))
            }
        } while try list.takeNextElement()
        return nil
    }

    /// A refusal, or that we ask too much.
    private func refusal(reason: TextSlice?) -> ControlMessage {
        switch envelope.code?.string {
        case "10006", "10018", "10403", "10429", "20003", "170222", "429":
            .limited(code: envelope.code, reason: reason, retryAfter: nil)
        default: .refused(id: envelope.requestID, code: envelope.code, reason: reason)
        }
    }

    /// The answer to a REST request.
    mutating func answer(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        guard envelope.code.map({ $0.equals("0") }) ?? false else {
            batch.control = refusal(reason: envelope.reason)
            return .control
        }
        let query = RequestQuery(request)
        if let place = envelope.result {
            let end = scanner.at
            scanner.at = place
            defer { scanner.at = end }
            if scanner.nextIs(UInt8(ascii: "{")), let kind = try result(query, &batch) {
                return kind
            }
        }
        if let refused = try refusedElement() {
            batch.control = refused
            return .control
        }
        // Known to be an answer, and nothing that has a place among the normalized events.
        batch.control = .other
        return .control
    }

    /// Reads the object under `result`; nil where it holds nothing for us.
    private mutating func result(
        _ query: RequestQuery?, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if query?.path.hasPrefix("/v5/spread") ?? false { return nil }
        let start = scanner.at
        var facts = BybitResult()
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": facts.symbol = try scanner.wordsIfAny()
            case "category": facts.category = try scanner.wordsIfAny()?.string
            case "nextPageCursor": batch.nextPage = try scanner.wordsIfAny()
            case "timeNano": facts.timeNano = try scanner.countIfAny()
            case "timeSecond": facts.timeSecond = try scanner.countIfAny()
            case "list":
                scanner.skipBlanks()
                facts.list = scanner.at
                try scanner.skipValue()
            default:
                if name == "a" || name == "b" || name == "u" { facts.bookKeys += 1 }
                try scanner.skipValue()
            }
        }
        if facts.bookKeys == 3 {
            scanner.at = start
            try book(depth: nil, &batch)
            wholeBook(depth: query?["limit"].flatMap { Int($0) }, &batch)
            return .decoded
        }
        if let seconds = facts.timeSecond {
            let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            guard let time = facts.timeNano ?? (overflow ? nil : scaled) else { return nil }
            batch.control = .serverTime(time)
            return .control
        }
        guard let list = facts.list else { return nil }
        scanner.at = list
        let symbol =
            facts.symbol ?? (query?["symbol"] ?? instrument).map { batch.keep($0) }
        return try entries(query, facts.category ?? query?["category"], symbol, &batch)
    }

    /// Hands on a book that was asked for: a whole book, whatever its update number.
    private mutating func wholeBook(depth: Int?, _ batch: inout EventBatch) {
        guard var event = book else { return }
        book = nil
        event.header.exchangeTime = envelope.matchTime ?? envelope.time
        event.isSnapshot = true
        event.depth = depth
        batch.events.append(.book(event))
    }

    /// The entries of `list`: arrays are bars, objects are told apart by their keys.
    private mutating func entries(
        _ query: RequestQuery?, _ category: String?, _ symbol: TextSlice?,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        guard scanner.nextIs(UInt8(ascii: "[")) else { return nil }
        let list = scanner.at
        try scanner.take(UInt8(ascii: "["))
        if scanner.nextIs(UInt8(ascii: "]")) { return .decoded }
        if scanner.nextIs(UInt8(ascii: "[")) {
            scanner.at = list
            try barRows(query, symbol, &batch)
            return .decoded
        }
        guard scanner.takeIf(UInt8(ascii: "{")) else { return nil }
        let kind = try BybitEntryKind(&scanner)
        scanner.at = list
        switch kind {
        case .instruments: try instruments(category, &batch)
        case .tickers:
            try eachObject(&batch) { reader, batch throws(DecodingFailure) in
                let ticker = try reader.tickerMembers(&batch)
                let header = EventHeader(
                    instrument: ticker.symbol ?? symbol,
                    exchangeTime: reader.envelope.responseTime)
                ticker.emit(header, &batch)
            }
        case .trades:
            try eachObject(&batch) { reader, batch throws(DecodingFailure) in
                try reader.listedTrade(&batch)
            }
        case .fundings, .openInterests:
            try eachObject(&batch) { reader, batch throws(DecodingFailure) in
                try reader.history(symbol, &batch)
            }
        case .executions: try executions(&batch)
        case .orders: try orders(&batch)
        case .positions: try positions(&batch)
        case .wallets: try wallets(&batch)
        case .notices: try systemStatus(&batch)
        case .other: return nil
        }
        return .decoded
    }

    /// One of the recent trades.
    private mutating func listedTrade(_ batch: inout EventBatch) throws(DecodingFailure) {
        var symbol: TextSlice?
        var time: Int64?
        var identifier: TextSlice?
        var price: DecimalText?
        var quantity: DecimalText?
        var aggressor: Side?
        var isBlock = false
        let place = scanner.at
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": symbol = try scanner.text()
            case "time": time = try scanner.instantIfAny()
            case "execId": identifier = try scanner.scalarIfAny()
            case "price": price = try scanner.amount(&batch)
            case "size": quantity = try scanner.amount(&batch)
            case "side": aggressor = try side()
            case "isBlockTrade": isBlock = try scanner.flagIfAny() ?? false
            default: try scanner.skipValue()
            }
        }
        guard let symbol, let time, let price, let quantity, let aggressor else {
            throw scanner.failure(.missingField, at: place)
        }
        batch.events.append(
            .trade(
                TradeEvent(
                    header: EventHeader(instrument: symbol, exchangeTime: time), id: identifier,
                    price: price, quantity: quantity,
                    aggressor: aggressor == .buy ? .buy : .sell, isMarket: !isBlock)))
    }

    /// One entry of the history of funding rates or of open interest.
    private mutating func history(
        _ named: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var symbol = named
        var time: Int64?
        var rate: DecimalText?
        var openInterest: DecimalText?
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            switch name {
            case "symbol": symbol = try scanner.text()
            case "fundingRateTimestamp", "timestamp": time = try scanner.instantIfAny()
            case "fundingRate": rate = try scanner.amountIfAny(&batch)
            case "openInterest": openInterest = try scanner.amountIfAny(&batch)
            default: try scanner.skipValue()
            }
        }
        let header = EventHeader(instrument: symbol, exchangeTime: time)
        if let rate {
            batch.events.append(
                .funding(
                    FundingEvent(header: header, rate: rate, nextFundingTime: nil, interval: nil)))
        }
        if let openInterest {
            batch.events.append(
                .openInterest(OpenInterestEvent(header: header, quantity: openInterest)))
        }
    }
}

/// What stands beside the list of an answer.
struct BybitResult {
    var symbol: TextSlice?
    var category: String?
    var timeNano: Int64?
    var timeSecond: Int64?
    var list: UnsafePointer<UInt8>?
    /// How many of `a`, `b` and `u` there are.
    var bookKeys = 0
}

/// What the entries of a list are, by the keys of the first.
enum BybitEntryKind {
    case instruments
    case tickers
    case trades
    case fundings
    case openInterests
    case executions
    case orders
    case positions
    case wallets
    case notices
    case other

    /// Looks through an object whose `{` has been taken.
    init(_ scanner: inout JSONScanner) throws(DecodingFailure) {
        var names: Set<String> = []
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            names.insert(name)
            try scanner.skipValue()
        }
        func has(_ wanted: String...) -> Bool { wanted.allSatisfy(names.contains) }
        if has("symbol", "lotSizeFilter", "priceFilter") {
            self = .instruments
        } else if has("symbol", "lastPrice"), has("bid1Price") || has("markPrice") {
            self = .tickers
        } else if has("execId", "price", "size", "side", "time") {
            self = .trades
        } else if has("fundingRate", "fundingRateTimestamp") {
            self = .fundings
        } else if has("openInterest", "timestamp") {
            self = .openInterests
        } else if has("execId", "execPrice", "execQty") {
            self = has("legs") ? .other : .executions
        } else if has("orderId", "orderStatus", "symbol") {
            self = has("leg1Side") ? .other : .orders
        } else if has("symbol", "size", "positionIdx") {
            self = .positions
        } else if has("state", "product"), has("env") || has("serviceTypes") {
            self = .notices
        } else if has("coin", "totalEquity") || has("coin", "accountType") {
            self = .wallets
        } else {
            self = .other
        }
    }
}
