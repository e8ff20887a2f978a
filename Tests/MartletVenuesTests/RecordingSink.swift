// A sink that writes down what it is told, one line per message, for tests to compare.

import MartletModel
import MartletVenues

/// Writes each message as a line of text; levels stand before their message.
struct RecordingSink: BinanceSink {
    private(set) var lines: [String] = []
    private var levels: [String] = []

    mutating func startMessage() { levels = [] }

    mutating func level(_ side: Side, price: DecimalText, quantity: DecimalText) {
        levels.append("\(side.word) \(price.text)x\(quantity.text)")
    }

    private mutating func claim(_ text: String) {
        lines.append(([text] + levels).joined(separator: " | "))
        levels = []
    }

    mutating func depth(_ message: BinanceDepth) {
        claim(
            "depth \(message.symbol.string) \(shown(message.eventTime)) "
                + "\(shown(message.transactionTime)) \(message.firstUpdate) \(message.lastUpdate) "
                + "\(shown(message.previousUpdate)) \(message.partialLevels)")
    }

    mutating func snapshot(_ message: BinanceSnapshot) {
        claim(
            "snapshot \(message.symbol?.string ?? "-") '\(message.stream.string)' "
                + "\(message.lastUpdate) \(shown(message.eventTime)) "
                + shown(message.transactionTime))
    }

    mutating func trade(_ message: BinanceTrade) {
        claim(
            "\(message.isAggregate ? "aggregate" : "trade") \(message.symbol.string) "
                + "\(shown(message.eventTime)) \(shown(message.tradeTime)) \(message.id) "
                + "\(message.price.text)x\(message.quantity.text) \(message.aggressor.word) "
                + "\(shown(message.firstTrade)) \(shown(message.lastTrade))"
                + (message.isMarket ? "" : " special"))
    }

    mutating func quote(_ message: BinanceQuote) {
        claim(
            "quote \(message.symbol.string) \(shown(message.eventTime)) "
                + "\(shown(message.transactionTime)) \(message.update) "
                + "\(message.bidPrice.text)x\(message.bidQuantity.text) "
                + "\(message.askPrice.text)x\(message.askQuantity.text)")
    }

    mutating func markPrice(_ message: BinanceMarkPrice) {
        claim(
            "mark \(message.symbol.string) \(shown(message.eventTime)) "
                + "\(message.markPrice?.text ?? "-") \(message.indexPrice?.text ?? "-") "
                + "\(message.fundingRate?.text ?? "-") \(shown(message.nextFundingTime))")
    }

    mutating func liquidation(_ message: BinanceLiquidation) {
        claim(
            "liquidation \(message.symbol.string) \(shown(message.eventTime)) "
                + "\(shown(message.tradeTime)) \(message.side.word) \(message.price.text) "
                + "\(message.averagePrice?.text ?? "-") \(message.quantity.text)")
    }

    mutating func bar(_ message: BinanceBar) {
        claim(
            "bar \(message.symbol.string) \(message.interval.string) \(message.openTime) "
                + "\(message.closeTime) \(message.open.text) \(message.high.text) "
                + "\(message.low.text) \(message.close.text) \(message.volume.text) "
                + (message.isClosed ? "closed" : "open"))
    }

    mutating func instrument(_ rules: BinanceInstrument) {
        guard let spec = rules.spec else { return claim("instrument \(rules.symbol) unusable") }
        claim(
            "instrument \(rules.symbol) \(rules.status) \(spec.kind.rawValue) \(spec.tickSize) "
                + "\(spec.lotSize) min \(spec.minimumQuantity.lots) \(spec.minimumNotional) "
                + "x\(spec.multiplier) \(spec.baseAsset.name)/\(spec.quoteAsset.name)")
    }

    mutating func control() { claim("control") }

    mutating func unknown(event: TextSlice?) { claim("unknown \(event?.string ?? "-")") }

    private func shown(_ number: Int64?) -> String { number.map(String.init) ?? "-" }
}

/// What a message says, or the failure in words.
func decoded(_ text: String, as product: BinanceProduct = .usdm) -> [String] {
    decoded(Array(text.utf8), as: product)
}

/// What a message says, or the failure in words.
func decoded(_ bytes: [UInt8], as product: BinanceProduct = .usdm) -> [String] {
    var sink = RecordingSink()
    let failure = bytes.withUnsafeBufferPointer { buffer -> DecodingFailure? in
        do throws(DecodingFailure) {
            try BinanceDecoder(product).decode(buffer, into: &sink)
            return nil
        } catch { return error }
    }
    if let failure { return ["failure \(failure.code) at \(failure.offset)"] }
    return sink.lines
}
