// Alpaca's REST answers and its trading stream: objects and lists that are told apart by their keys.

import MartletModel

/// The members of an object: where the value of each stands.
typealias AlpacaMembers = [String: UnsafePointer<UInt8>]

extension AlpacaReader {
    /// Passes an object and notes where its values stand.
    private mutating func members() throws(DecodingFailure) -> AlpacaMembers {
        var found: AlpacaMembers = [:]
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            scanner.skipBlanks()
            found[name] = scanner.at
            try scanner.skipValue()
        }
        return found
    }

    /// The text at a place, where one stands there.
    private mutating func words(
        at place: UnsafePointer<UInt8>?
    ) throws(DecodingFailure) -> TextSlice? {
        guard let place else { return nil }
        scanner.at = place
        return try scanner.scalarIfAny()
    }

    /// A message that is an object: of the trading stream, or a REST answer.
    mutating func object(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind? {
        let start = scanner.at
        let found = try members()
        let end = scanner.at
        defer { scanner.at = end }
        if let kind = try words(at: found["T"]) {
            scanner.at = start
            try scanner.take(UInt8(ascii: "{"))
            try dispatch(kind, isFirst: true, &batch)
            return nil
        }
        if let stream = try words(at: found["stream"]) {
            return try trading(stream, found, &batch)
        }
        batch.control = .other
        if found["action"] != nil { return .control }  // The words of a client.
        if found["message"] != nil || found["code"] != nil {
            let code = try words(at: found["code"])
            batch.control = AlpacaReader.refusal(code, try words(at: found["message"]))
            return .control
        }
        if let time = found["timestamp"], found["is_open"] != nil {
            scanner.at = time
            batch.control = try instantIfAny().map { .serverTime($0) } ?? .other
            return .control
        }
        batch.control = nil
        if try marketAnswer(found, start, &batch) { return .decoded }
        if let kind = AlpacaEntryKind(Set(found.keys)) {
            scanner.at = start
            return try entry(kind, &batch)
        }
        batch.note = "an object with \(found.keys.sorted().prefix(3).joined(separator: ", "))"
        return .unknown
    }

    /// One object of a kind; its `{` has not been taken.
    private mutating func entry(
        _ kind: AlpacaEntryKind, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind {
        switch kind {
        case .asset: try asset(&batch)
        case .order:
            let order = try orderMembers(&batch)
            append(order, &batch)
        case .position: try position(&batch)
        case .account: try account(&batch)
        case .execution: try activity(&batch)
        case .answered: try answered(&batch)
        case .other:
            try scanner.skipValue()
            batch.control = .other
            return .control
        }
        return .decoded
    }

    /// What became of one of all orders (or positions) that were to end: the order in its `body`,
    /// or why not.
    private mutating func answered(_ batch: inout EventBatch) throws(DecodingFailure) {
        let found = try members()
        let end = scanner.at
        defer { scanner.at = end }
        guard let body = found["body"] else { return }
        scanner.at = body
        guard scanner.nextIs(UInt8(ascii: "{")) else { return }
        let inner = try members()
        if AlpacaEntryKind(Set(inner.keys)) == .order {
            scanner.at = body
            let order = try orderMembers(&batch)
            append(order, &batch)
        } else if let message = inner["message"] {
            let status = try words(at: found["status"])
            let code = try words(at: inner["code"]) ?? status
            batch.control = .refused(
                id: try words(at: found["id"]), code: code, reason: try words(at: message))
        }
    }

    func append(_ order: OrderEvent, _ batch: inout EventBatch) {
        batch.events.append(.order(batch.orders.count))
        batch.orders.append(order)
    }

    /// A list of objects without `T`: the first tells what they are.
    mutating func answerEntries(_ batch: inout EventBatch) throws(DecodingFailure) {
        let start = scanner.at
        try scanner.take(UInt8(ascii: "["))
        let found = try members()
        scanner.at = start
        guard let kind = AlpacaEntryKind(Set(found.keys)), kind != .other else {
            try scanner.skipValue()
            if AlpacaEntryKind(Set(found.keys)) == .other {
                batch.control = .other
                hasControl = true
            } else {
                batch.note =
                    "a list with \(found.keys.sorted().prefix(3).joined(separator: ", "))"
            }
            return
        }
        hasData = true
        try scanner.take(UInt8(ascii: "["))
        repeat { _ = try entry(kind, &batch) } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    /// Bars, trades, quotes, books and snapshots.
    ///
    /// - Returns: False if the answer holds none of them.
    private mutating func marketAnswer(
        _ found: AlpacaMembers, _ start: UnsafePointer<UInt8>, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        let query = RequestQuery(request)
        let symbol = try words(at: found["symbol"])
        if let token = try words(at: found["next_page_token"]), !token.isEmpty {
            batch.nextPage = token
        }
        let kinds: [(String, AlpacaDataKind)] = [
            ("bars", .bars), ("bar", .bars), ("trades", .trades), ("trade", .trades),
            ("quotes", .quotes), ("quote", .quotes), ("orderbooks", .books),
            ("snapshots", .snapshots),
        ]
        let named = symbol ?? (query?["symbols"] ?? instrument).map { batch.keep($0) }
        var isKnown = false
        for (name, kind) in kinds {
            guard let place = found[name] else { continue }
            scanner.at = place
            isKnown = true
            if scanner.nextIs(UInt8(ascii: "[")) || (symbol != nil && kind != .snapshots) {
                try values(kind, named, query, &batch)
            } else if scanner.nextIs(UInt8(ascii: "{")) {
                try bySymbol(kind, query, &batch)
            }
        }
        if isKnown { return true }
        if AlpacaDataKind.snapshotKeys.contains(where: { found[$0] != nil }) {
            scanner.at = start
            try values(.snapshots, named, query, &batch)
            return true
        }
        // Snapshots of stocks stand in the answer itself, by symbol.
        let isAsked = query?.path.hasSuffix("/stocks/snapshots") ?? false
        if !isAsked {
            guard try firstHoldsSnapshot(found) else { return false }
        }
        scanner.at = start
        try bySymbol(.snapshots, query, &batch)
        return true
    }

    private mutating func firstHoldsSnapshot(
        _ found: AlpacaMembers
    ) throws(DecodingFailure) -> Bool {
        for name in found.keys.sorted() {
            guard let place = found[name] else { continue }
            scanner.at = place
            if scanner.nextIs(UInt8(ascii: "n")) { continue }
            guard scanner.nextIs(UInt8(ascii: "{")) else { return false }
            let inner = try members()
            return AlpacaDataKind.snapshotKeys.contains { inner[$0] != nil }
        }
        return false
    }

    /// An object whose keys are symbols.
    private mutating func bySymbol(
        _ kind: AlpacaDataKind, _ query: RequestQuery?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            try values(kind, batch.keep(name), query, &batch)
        }
    }

    /// What stands for one symbol: an entry, a list of entries, or `null`.
    private mutating func values(
        _ kind: AlpacaDataKind, _ symbol: TextSlice?, _ query: RequestQuery?,
        _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        if kind == .bars { return try bars(symbol, query, &batch) }
        if scanner.takeIf(UInt8(ascii: "{")) { return try value(kind, symbol, &batch) }
        guard scanner.takeIf(UInt8(ascii: "[")) else { return try scanner.skipValue() }
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        repeat {
            try scanner.take(UInt8(ascii: "{"))
            try value(kind, symbol, &batch)
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    private mutating func value(
        _ kind: AlpacaDataKind, _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        switch kind {
        case .trades: try trade(symbol, isFirst: true, &batch)
        case .quotes: try quote(symbol, isFirst: true, &batch)
        case .books: try book(symbol, isFirst: true, isWhole: true, &batch)
        case .snapshots: try snapshot(symbol, &batch)
        case .bars: break
        }
    }

    /// One bar (then of a minute: only the latest comes alone) or a list of bars, whose length the
    /// request says; without a request the distance between them does, where it is a usual one.
    private mutating func bars(
        _ symbol: TextSlice?, _ query: RequestQuery?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        if scanner.takeIf(UInt8(ascii: "{")) {
            let bar = try barMembers(symbol, isFirst: true, &batch)
            return try emit(bar, BarInterval(seconds: 60), isClosed: nil, &batch)
        }
        guard scanner.takeIf(UInt8(ascii: "[")) else { return try scanner.skipValue() }
        if scanner.takeIf(UInt8(ascii: "]")) { return }
        var list: [AlpacaBar] = []
        repeat {
            try scanner.take(UInt8(ascii: "{"))
            list.append(try barMembers(symbol, isFirst: true, &batch))
        } while scanner.takeIf(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
        let asked = query?["timeframe"].flatMap { AlpacaWords.interval($0) }
        guard let interval = asked ?? AlpacaReader.interval(between: list) else { return }
        for bar in list { try emit(bar, interval, isClosed: nil, &batch) }
    }

    private static func interval(between bars: [AlpacaBar]) -> BarInterval? {
        let gaps = zip(bars, bars.dropFirst()).map { abs($1.start - $0.start) / 1_000_000_000 }
        guard let gap = gaps.min() else { return nil }
        switch gap {
        case 60, 3600: return BarInterval(seconds: gap)
        case 23 * 3600...25 * 3600: return BarInterval(seconds: 86_400)
        case 167 * 3600...169 * 3600: return BarInterval(seconds: 604_800)
        case 28 * 86_400...31 * 86_400: return BarInterval(months: 1)
        default: return nil
        }
    }

    /// The latest of everything for a symbol.
    private mutating func snapshot(
        _ symbol: TextSlice?, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var isFirst = true
        while let name = try scanner.name(&isFirst) {
            guard AlpacaDataKind.snapshotKeys.contains(name), scanner.takeIf(UInt8(ascii: "{"))
            else {
                try scanner.skipValue()
                continue
            }
            switch name {
            case "latestTrade": try trade(symbol, isFirst: true, &batch)
            case "latestQuote": try quote(symbol, isFirst: true, &batch)
            default:
                let bar = try barMembers(symbol, isFirst: true, &batch)
                let length: Int64 = name == "minuteBar" ? 60 : 86_400
                let isClosed = name == "prevDailyBar" ? true : nil
                try emit(bar, BarInterval(seconds: length), isClosed: isClosed, &batch)
            }
        }
    }
}

/// What a market data answer holds.
enum AlpacaDataKind {
    case bars
    case trades
    case quotes
    case books
    case snapshots

    static let snapshotKeys = [
        "latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar",
    ]
}

/// What an object of the trading interface is, by its keys.
enum AlpacaEntryKind: Equatable {
    case asset
    case order
    case position
    case account
    case execution
    /// What became of one of several requests.
    case answered
    /// Known, and nothing that has a place among the normalized events.
    case other

    /// Keys that belong to answers about other things.
    private static let otherKeys: Set<String> = [
        "news", "headline", "corporate_actions", "corporate_action_id", "auctions", "most_actives",
        "gainers", "us_treasuries", "us_corporates", "prices", "option_contracts", "greeks",
        "no_shorting", "session_open", "activity_type", "time_in_force", "watchlist",
        "forex_rates", "rates", "currency",
    ]

    init?(_ names: Set<String>) {
        func has(_ wanted: String...) -> Bool { wanted.allSatisfy(names.contains) }
        if has("class", "symbol", "tradable") {
            self = .asset
        } else if has("client_order_id", "status", "symbol") {
            self = .order
        } else if has("avg_entry_price", "qty", "symbol") {
            self = .position
        } else if has("account_number", "cash") {
            self = .account
        } else if has("activity_type", "price", "qty", "side", "transaction_time") {
            self = .execution
        } else if has("status", "body") {
            self = .answered
        } else if !names.isDisjoint(with: AlpacaEntryKind.otherKeys) || has("id", "symbol")
            || has("date", "open", "close")
        {
            self = .other
        } else {
            return nil
        }
    }
}
