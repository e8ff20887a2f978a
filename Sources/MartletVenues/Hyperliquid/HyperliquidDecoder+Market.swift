// Reads Hyperliquid's other public data: bars, the contexts of assets, funding history.

import MartletModel

extension HyperliquidDecoder {
    /// Funding is paid every hour.
    static let fundingInterval = BarInterval(seconds: 3600)

    /// An array of bars.
    func candles(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        repeat {
            try candle(&scanner, &batch)
        } while try scanner.takeNextElement()
    }

    /// `{t, T, s, i, o, c, h, l, v, n}`: the bar is updated in place, and nothing says that it is
    /// closed. `T` is the last millisecond of it.
    func candle(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        guard let coin = try row.text("s"), let word = try row.text("i"),
            var time = try row.scanner("t"), let open = try row.decimal("o", &batch),
            let high = try row.decimal("h", &batch), let low = try row.decimal("l", &batch),
            let close = try row.decimal("c", &batch)
        else { throw row.missing() }
        let openTime = try time.venueTime()
        guard let interval = BarInterval(word.string), let end = interval.end(ofBarFrom: openTime)
        else { throw row.unknown(word) }
        batch.events.append(
            .bar(
                BarEvent(
                    header: EventHeader(instrument: coin, exchangeTime: nil), interval: interval,
                    openTime: openTime, closeTime: end, open: open, high: high, low: low,
                    close: close, volume: try row.decimal("v", &batch), isClosed: nil)))
    }

    /// `{coin, ctx}` of one asset.
    func activeContext(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        guard let coin = try row.text("coin"), var context = try row.scanner("ctx") else {
            throw row.missing()
        }
        var fields = JSONFields(of: scanner)
        try fields.read(&context)
        try self.context(fields, of: coin, &batch)
    }

    /// What a context says of an asset: mark and oracle price, funding, open interest. A context
    /// has no time.
    func context(
        _ row: JSONFields, of coin: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(instrument: coin, exchangeTime: nil)
        if let price = try row.decimal("markPx", &batch) {
            batch.events.append(.markPrice(PriceEvent(header: header, price: price)))
        }
        if let price = try row.decimal("oraclePx", &batch) {
            batch.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        }
        if let rate = try row.decimal("funding", &batch) {
            batch.events.append(
                .funding(
                    FundingEvent(
                        header: header, rate: rate, nextFundingTime: nil,
                        interval: Self.fundingInterval)))
        }
        if let quantity = try row.decimal("openInterest", &batch) {
            batch.events.append(
                .openInterest(OpenInterestEvent(header: header, quantity: quantity)))
        }
    }

    /// A list of contexts: each names its coin, or stands at the index of its name.
    func contexts(
        _ scanner: inout JSONScanner, names: [String], _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard try scanner.takeArray() else { return }
        var row = JSONFields(of: scanner)
        var index = 0
        repeat {
            if scanner.nextIs(UInt8(ascii: "n")) {
                try scanner.skipValue()
            } else {
                try row.read(&scanner)
                if let coin = try row.text("coin") {
                    try context(row, of: coin, &batch)
                } else if index < names.count {
                    try context(row, of: batch.keep(names[index]), &batch)
                }
            }
            index += 1
        } while try scanner.takeNextElement()
    }

    /// `{coin: {markPx, midPx}}` of the coins that changed.
    func fastContexts(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "{"))
        if scanner.takeIf(UInt8(ascii: "}")) { return }
        var row = JSONFields(of: scanner)
        while true {
            scanner.skipBlanks()
            let coin = try scanner.text()
            try scanner.take(UInt8(ascii: ":"))
            if scanner.nextIs(UInt8(ascii: "{")) {
                try row.read(&scanner)
                try context(row, of: coin, &batch)
            } else {
                try scanner.skipValue()
            }
            if scanner.takeIf(UInt8(ascii: ",")) { continue }
            return try scanner.take(UInt8(ascii: "}"))
        }
    }

    /// `{dex, ctxs: [...]}`, or `{ctxs: [[dex, [...]], …]}` of all markets. The contexts stand in
    /// the order of `meta`; only the main market's is known here.
    func allContexts(
        _ scanner: inout JSONScanner, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var row = JSONFields(of: scanner)
        try row.read(&scanner)
        guard var list = try row.scanner("ctxs") else { throw row.missing() }
        let isMain = try row.text("dex") == nil
        var inner = list
        guard try inner.takeArray() else { return }
        guard inner.nextIs(UInt8(ascii: "[")) else {
            return try contexts(&list, names: isMain ? universe : [], &batch)
        }
        repeat {
            try inner.take(UInt8(ascii: "["))
            let name = try inner.textOrScalar()
            try inner.take(UInt8(ascii: ","))
            try contexts(&inner, names: name.isEmpty ? universe : [], &batch)
            try inner.take(UInt8(ascii: "]"))
        } while try inner.takeNextElement()
    }

    /// `[[coin, [[venue, {fundingRate, nextFundingTime, fundingIntervalHours}], …]], …]`: what is
    /// paid next, here and on other venues, of which only the own rate is handed on.
    ///
    /// - Returns: False, and no event, for a list of another shape.
    func arePredictedFundings(_ place: JSONScanner, _ batch: inout EventBatch) -> Bool {
        var scanner = place
        do throws(DecodingFailure) {
            guard try scanner.takeArray() else { return false }
            repeat {
                try scanner.take(UInt8(ascii: "["))
                let coin = try scanner.text()
                try scanner.take(UInt8(ascii: ","))
                if try scanner.takeArray() {
                    repeat {
                        try predictedFunding(&scanner, of: coin, &batch)
                    } while try scanner.takeNextElement()
                }
                try scanner.take(UInt8(ascii: "]"))
            } while try scanner.takeNextElement()
            return true
        } catch {
            batch.forgetEvents()
            return false
        }
    }

    /// `[venue, {…}]`, or `[venue, null]`.
    private func predictedFunding(
        _ scanner: inout JSONScanner, of coin: TextSlice, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        try scanner.take(UInt8(ascii: "["))
        let isOwn = try scanner.text().equals("HlPerp")
        try scanner.take(UInt8(ascii: ","))
        if scanner.nextIs(UInt8(ascii: "{")), isOwn {
            var row = JSONFields(of: scanner)
            try row.read(&scanner)
            if let rate = try row.decimal("fundingRate", &batch) {
                let header = EventHeader(instrument: coin, exchangeTime: nil)
                batch.events.append(
                    .funding(
                        FundingEvent(
                            header: header, rate: rate,
                            nextFundingTime: try row.time("nextFundingTime"),
                            interval: Self.fundingInterval)))
            }
        } else {
            try scanner.skipValue()
        }
        try scanner.take(UInt8(ascii: "]"))
    }

    /// Rates that were paid: `{coin, fundingRate, premium, time}`.
    func fundingHistory(
        _ row: JSONFields, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let coin = try row.text("coin"), let rate = try row.decimal("fundingRate", &batch)
        else { throw row.missing() }
        let header = EventHeader(instrument: coin, exchangeTime: try row.time("time"))
        batch.events.append(
            .funding(
                FundingEvent(
                    header: header, rate: rate, nextFundingTime: nil,
                    interval: Self.fundingInterval)))
    }
}
