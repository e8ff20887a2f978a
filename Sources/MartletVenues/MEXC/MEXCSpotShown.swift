// MEXC spot's pushes shown as JSON: how documentation and recorders print the protobuf messages.

import MartletModel

/// Reads a push that was turned into JSON before it was written down. Names of members differ
/// between tools in case and in an appended `List`; both are accepted.
struct MEXCSpotShown {
    private let members: JSONMembers
    var wrapper = MEXCSpotWrapper()

    init(
        _ members: JSONMembers, _ channel: TextSlice, _ reader: MEXCSpotReader
    ) throws(DecodingFailure) {
        self.members = members
        wrapper.channel = channel
        wrapper.symbol = members.plain("symbol") ?? reader.symbol
        wrapper.createTime = try members.time("createTime", "createtime")
        wrapper.sendTime = try members.time("sendTime", "sendtime")
    }

    /// Reads the push.
    func read(_ batch: inout EventBatch) throws(DecodingFailure) -> FrameKind {
        var kind = FrameKind.decoded
        try members.forEach { key, value throws(DecodingFailure) in
            guard value.isObject else { return }
            let name = key.string.lowercased()
            guard name.hasPrefix("public") || name.hasPrefix("private") else { return }
            if try !body(name, try value.members(), &batch) { kind = .unknown }
        }
        if kind == .unknown { batch.note = "push shown as JSON, of a kind not read in this form" }
        return kind
    }

    private func body(
        _ name: String, _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> Bool {
        if name.hasPrefix("private") {
            return try account(name, body, &batch)
        } else if name.hasSuffix("deals") {
            for item in try list(body, "deals", "dealsList") {
                try deal(item.members(), &batch)
            }
        } else if name.hasSuffix("depthssnapshot") {
            try snapshot(body, &batch)
        } else if name.hasSuffix("depthsbatch") {
            for item in try body.list("items") { try book(item.members(), isTop: false, &batch) }
        } else if name.hasSuffix("depths") {
            try book(body, isTop: name.contains("limit"), &batch)
        } else if name.hasSuffix("bookticker") {
            try quote(body, &batch)
        } else if name.hasSuffix("booktickerbatch") {
            for item in try body.list("items") { try quote(item.members(), &batch) }
        } else if name.hasSuffix("kline") {
            try bar(body, &batch)
        } else {
            return name.contains("miniticker")
        }
        return true
    }

    func header(_ time: Int64?) -> EventHeader {
        EventHeader(instrument: wrapper.instrument, exchangeTime: time ?? wrapper.time)
    }

    private func list(
        _ body: JSONMembers, _ key: StaticString, _ other: StaticString
    ) throws(DecodingFailure) -> [JSONValue] {
        body.has(key) ? try body.list(key) : try body.list(other)
    }

    private func deal(
        _ item: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let side = try (item["tradeType"] ?? item["tradetype"])?.integer() ?? 0
        batch.events.append(
            .trade(
                TradeEvent(
                    header: header(try item.time("time")), id: item.plain("tradeId"),
                    price: try item.need("price").number(&batch),
                    quantity: try item.need("quantity").number(&batch), aggressor: .mexc(side))))
    }

    private func levels(
        _ items: [JSONValue], _ batch: inout EventBatch
    ) throws(DecodingFailure) -> LevelRange {
        let first = batch.levels.count
        for item in items {
            let item = try item.members()
            batch.levels.append(
                BookLevel(
                    price: try item.need("price").number(&batch),
                    quantity: try item.need("quantity").number(&batch)))
        }
        return LevelRange(first: first, count: items.count)
    }

    private func book(
        _ body: JSONMembers, isTop: Bool, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let bids = try levels(list(body, "bids", "bidsList"), &batch)
        let asks = try levels(list(body, "asks", "asksList"), &batch)
        let version = try body["version"]?.integer()
        let from = try body["fromVersion"]?.integer()
        let to = try body["toVersion"]?.integer()
        batch.events.append(
            .book(
                BookEvent(
                    header: header(nil), isSnapshot: isTop, bids: bids, asks: asks,
                    firstUpdate: isTop ? nil : from ?? version, lastUpdate: to ?? version,
                    depth: isTop ? wrapper.depth : nil, isTopOnly: isTop)))
    }

    /// A REST snapshot that a recorder put between the pushes.
    private func snapshot(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var bids = try body.need("bids").cursor
        var asks = try body.need("asks").cursor
        let bidRange = try bids.bookLevels(into: &batch)
        let askRange = try asks.bookLevels(into: &batch)
        batch.events.append(
            .book(
                BookEvent(
                    header: header(try body.time("timestamp")), isSnapshot: true, bids: bidRange,
                    asks: askRange, lastUpdate: try body["lastUpdateId"]?.integer())))
    }

    private func quote(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        batch.events.append(
            .quote(
                QuoteEvent(
                    header: header(nil),
                    bidPrice: try body.number("bidPrice", or: "bidprice", &batch),
                    bidQuantity: try body.number("bidQuantity", or: "bidquantity", &batch),
                    askPrice: try body.number("askPrice", or: "askprice", &batch),
                    askQuantity: try body.number("askQuantity", or: "askquantity", &batch),
                    update: try body["version"]?.integer())))
    }

    private func bar(
        _ body: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let name = try body.need("interval")
        guard let interval = BarInterval.mexc(try name.text()),
            let start = try seconds(body, "windowStart", "windowstart"),
            let end = try seconds(body, "windowEnd", "windowend") ?? interval.end(ofBarFrom: start)
        else { throw name.failure(.badValue) }
        guard let open = try body.number("openingPrice", or: "openingprice", &batch),
            let high = try body.number("highestPrice", or: "highestprice", &batch),
            let low = try body.number("lowestPrice", or: "lowestprice", &batch),
            let close = try body.number("closingPrice", or: "closingprice", &batch)
        else { throw name.failure(.missingField) }
        batch.events.append(
            .bar(
                BarEvent(
                    header: header(nil), interval: interval, openTime: start, closeTime: end,
                    open: open, high: high, low: low, close: close,
                    volume: try body.number("volume", &batch), isClosed: nil)))
    }

    private func seconds(
        _ body: JSONMembers, _ key: StaticString, _ other: StaticString
    ) throws(DecodingFailure) -> Int64? {
        guard let value = body[key] ?? body[other] else { return nil }
        let seconds = try value.integer()
        guard seconds <= 9_000_000_000 else { throw value.failure(.badTime) }
        return seconds * 1_000_000_000
    }
}
