// An instrument's ticker, put together from messages that say only what has changed.

import MartletModel
import MartletVenues

/// What is known of one instrument by its tickers on one connection. Pure; a class because it has
/// an identity, the connection's ticker of that instrument.
///
/// Each part begins with a message that says all of it; a change before that is of no use. A fact
/// that a message leaves out is as it was; one that the whole leaves out is not known.
final class MergedTicker {
    /// A number with its digits, kept beyond its message.
    private struct Amount {
        private var bytes: [UInt8] = []
        private var mantissa: Int64 = 0
        private var scale: Int32 = 0
        private(set) var isKnown = false

        /// Whether the message speaks of it; without a word, a whole message forgets it.
        mutating func take(_ number: DecimalText?, isWhole: Bool) -> Bool {
            guard let number else {
                if isWhole { isKnown = false }
                return isWhole
            }
            bytes.removeAll(keepingCapacity: true)
            bytes.append(
                contentsOf: UnsafeBufferPointer(start: number.start, count: Int(number.count)))
            mantissa = number.mantissa
            scale = number.scale
            isKnown = true
            return true
        }

        mutating func forget() { isKnown = false }

        func put(into batch: inout EventBatch) -> DecimalText? {
            guard isKnown else { return nil }
            let text = batch.keep(bytes)
            return DecimalText(
                mantissa: mantissa, scale: scale, start: text.start, count: Int32(text.count))
        }
    }

    private var hasQuote = false
    private var hasContract = false
    private var bidPrice = Amount()
    private var bidQuantity = Amount()
    private var askPrice = Amount()
    private var askQuantity = Amount()
    private var markPrice = Amount()
    private var indexPrice = Amount()
    private var openInterest = Amount()
    private var fundingRate = Amount()
    private var nextFundingTime: Int64?
    private var fundingInterval: BarInterval?

    /// Takes a message in and puts the events that follow from it into a batch, which is emptied
    /// first: each complete, and each with something that the message speaks of.
    ///
    /// - Returns: False where the message changes a part of which nothing is known yet.
    func take(
        _ change: TickerChange, of instrument: String, into batch: inout EventBatch
    ) -> Bool {
        batch.removeAll()
        let header = EventHeader(
            instrument: batch.keep(instrument), exchangeTime: change.header.exchangeTime)
        switch change.part {
        case .quote:
            hasQuote = hasQuote || change.isWhole
            if hasQuote { takeQuote(change, header, &batch) }
            return hasQuote
        case .contract:
            hasContract = hasContract || change.isWhole
            if hasContract { takeContract(change, header, &batch) }
            return hasContract
        }
    }

    /// Whether something of a channel is known: then a message that does not speak of it says that
    /// it is as it was.
    func knows(_ channel: FeedChannel) -> Bool {
        switch channel {
        case .bbo: hasQuote
        case .funding: fundingRate.isKnown
        case .markPrice: markPrice.isKnown
        case .indexPrice: indexPrice.isKnown
        case .openInterest: openInterest.isKnown
        default: false
        }
    }

    /// The channels of a part.
    static func channels(of part: TickerChange.Part) -> [FeedChannel] {
        switch part {
        case .quote: [.bbo]
        case .contract: [.funding, .markPrice, .indexPrice, .openInterest]
        }
    }

    /// No message of a part is awaited any more: what comes later begins anew.
    func forget(_ part: TickerChange.Part) {
        switch part {
        case .quote: hasQuote = false
        case .contract:
            hasContract = false
            fundingRate.forget()
            markPrice.forget()
            indexPrice.forget()
            openInterest.forget()
        }
    }

    private func takeQuote(
        _ change: TickerChange, _ header: EventHeader, _ batch: inout EventBatch
    ) {
        let isWhole = change.isWhole
        var speaks = bidPrice.take(change.bidPrice, isWhole: isWhole)
        speaks = bidQuantity.take(change.bidQuantity, isWhole: isWhole) || speaks
        speaks = askPrice.take(change.askPrice, isWhole: isWhole) || speaks
        speaks = askQuantity.take(change.askQuantity, isWhole: isWhole) || speaks
        guard speaks else { return }
        batch.events.append(
            .quote(
                QuoteEvent(
                    header: header, bidPrice: bidPrice.put(into: &batch),
                    bidQuantity: bidQuantity.put(into: &batch),
                    askPrice: askPrice.put(into: &batch),
                    askQuantity: askQuantity.put(into: &batch), update: change.update)))
    }

    private func takeContract(
        _ change: TickerChange, _ header: EventHeader, _ batch: inout EventBatch
    ) {
        let isWhole = change.isWhole
        if markPrice.take(change.markPrice, isWhole: isWhole),
            let price = markPrice.put(into: &batch)
        {
            batch.events.append(.markPrice(PriceEvent(header: header, price: price)))
        }
        if indexPrice.take(change.indexPrice, isWhole: isWhole),
            let price = indexPrice.put(into: &batch)
        {
            batch.events.append(.indexPrice(PriceEvent(header: header, price: price)))
        }
        takeFunding(change, header, &batch)
        if openInterest.take(change.openInterest, isWhole: isWhole),
            let quantity = openInterest.put(into: &batch)
        {
            batch.events.append(
                .openInterest(OpenInterestEvent(header: header, quantity: quantity)))
        }
    }

    private func takeFunding(
        _ change: TickerChange, _ header: EventHeader, _ batch: inout EventBatch
    ) {
        var speaks = fundingRate.take(change.fundingRate, isWhole: change.isWhole)
        if change.isWhole || change.nextFundingTime != nil {
            nextFundingTime = change.nextFundingTime
            speaks = true
        }
        if change.isWhole || change.fundingInterval != nil {
            fundingInterval = change.fundingInterval
            speaks = true
        }
        guard speaks, let rate = fundingRate.put(into: &batch) else { return }
        batch.events.append(
            .funding(
                FundingEvent(
                    header: header, rate: rate, nextFundingTime: nextFundingTime,
                    interval: fundingInterval)))
    }
}
