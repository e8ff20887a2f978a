// The kept book against a naive twin, and texts that come back digit for digit.

import MartletFeed
import MartletModel
import MartletTesting
import MartletVenues
import Testing

@Suite("KeptBook")
struct KeptBookTests {
    /// A book as a list of prices and quantities as texts, compared as exact decimals.
    private struct NaiveBook {
        var bids: [(price: ExactDecimal, level: KeptLevel)] = []
        var asks: [(price: ExactDecimal, level: KeptLevel)] = []

        mutating func set(_ side: Side, _ level: KeptLevel) {
            let price = ExactDecimal(mantissa: level.price, scale: Int(level.priceScale))
            var levels = side == .buy ? bids : asks
            levels.removeAll { $0.price.isEqual(to: price) }
            if level.quantity != 0 { levels.append((price, level)) }
            levels.sort { left, right in
                let (a, b) = (left.price, right.price)
                let scale = max(a.scale, b.scale)
                let x = Int128(a.mantissa) * Int128(powerOfTen(scale - a.scale))
                let y = Int128(b.mantissa) * Int128(powerOfTen(scale - b.scale))
                return side == .buy ? x > y : x < y
            }
            if side == .buy { bids = levels } else { asks = levels }
        }
    }

    private func level(_ random: inout SeededGenerator) -> KeptLevel {
        let scale = Int8.random(in: 0...4, using: &random)
        let price = Int64.random(in: 1...60, using: &random) * powerOfTen(Int(scale)) / 4
        let isGone = Int.random(in: 0..<3, using: &random) == 0
        return KeptLevel(
            price: max(price, 1), priceScale: scale,
            quantity: isGone ? 0 : Int128(Int64.random(in: 1...500, using: &random)),
            quantityScale: 1)
    }

    @Test("is the naive twin's book after every change", arguments: UInt64(0)..<40)
    func twin(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var book = KeptBook()
        var naive = NaiveBook()
        for step in 0..<400 {
            let side = Side.allCases[step % 2]
            let level = level(&random)
            let isSet = book.set(side, level)
            #expect(isSet)
            naive.set(side, level)
            book.checkInvariants()
            #expect(book.bidCount == naive.bids.count && book.askCount == naive.asks.count)
        }
        for (rank, entry) in naive.bids.enumerated() {
            #expect(book.level(.buy, rank: rank) == entry.level)
        }
        for (rank, entry) in naive.asks.enumerated() {
            #expect(book.level(.sell, rank: rank) == entry.level)
        }
    }

    @Test("keeps thousands of levels sorted while they come and go", arguments: UInt64(0)..<4)
    func many(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var book = KeptBook(levelMax: 1_500)
        var naive: [Int64: Int64] = [:]
        for step in 0..<12_000 {
            let price = Int64.random(in: 1...3_000, using: &random)
            // First the book grows, then it shrinks.
            let isGone = Int.random(in: 0..<10, using: &random) < (step < 6_000 ? 2 : 8)
            let quantity = isGone ? 0 : Int64.random(in: 1...500, using: &random)
            let isSet = book.set(
                .sell,
                KeptLevel(
                    price: price, priceScale: 2, quantity: Int128(quantity), quantityScale: 0))
            #expect(isSet)
            naive[price] = quantity == 0 ? nil : quantity
            if naive.count > 1_500, let worst = naive.keys.max() { naive[worst] = nil }
            if step % 500 == 0 { book.checkInvariants() }
        }
        book.checkInvariants()
        let expected = naive.sorted { $0.key < $1.key }
        #expect(book.askCount == expected.count)
        for (rank, entry) in expected.enumerated() {
            let level = book.level(.sell, rank: rank)
            #expect(level?.price == entry.key && level?.quantity == Int128(entry.value))
        }
    }

    @Test("filling takes any order and gives the same book", arguments: UInt64(0)..<20)
    func fill(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let messages = BookMessages()
        let sorted = (1...200).reversed().map { price in
            (price % 5 == 0 ? "0.\(price + 1000)" : "0.\(price + 1000)0", "\(price)")
        }
        let settings = BookSettings(source: .snapshots, canRequest: false)
        let (first, second) = (BookKeeper(settings), BookKeeper(settings))
        let ask = [("9", "1")]
        let isFirstLive = messages.hand(first, isSnapshot: true, bids: sorted, asks: ask)
        let isSecondLive = messages.hand(
            second, isSnapshot: true, bids: sorted.shuffled(using: &random), asks: ask)
        #expect(
            isFirstLive == .wentLive(FeedTrouble("bootstrap", count: 0))
                && isSecondLive == isFirstLive)
        second.book.checkInvariants()
        #expect(first.texts.bids == sorted.map { "\($0.0)x\($0.1)" })
        #expect(second.texts.bids == first.texts.bids)
    }

    @Test("texts come back digit for digit, whatever their length", arguments: UInt64(0)..<20)
    func texts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let messages = BookMessages()
        for _ in 0..<100 {
            let number = { (random: inout SeededGenerator) in
                let digits = Int.random(in: 1...18, using: &random)
                let mantissa = Int64.random(in: 1..<powerOfTen(digits), using: &random)
                return decimalText(
                    Int128(mantissa), scale: Int.random(in: 0...18, using: &random))
            }
            let level = (number(&random), number(&random))
            let keeper = BookKeeper(BookSettings(source: .snapshots, canRequest: false))
            _ = messages.hand(keeper, isSnapshot: true, bids: [level], asks: [])
            var batch = EventBatch()
            keeper.render(into: &batch, instrument: "X")
            #expect(batch.levels.count == 1)
            guard batch.levels.count == 1 else { continue }
            let (price, quantity) = (batch.levels[0].price.text, batch.levels[0].quantity.text)
            #expect(price == level.0 && quantity == level.1)
        }
    }

    @Test("a rendered book has the texts of its levels")
    func rendered() {
        let messages = BookMessages()
        let keeper = BookKeeper(BookSettings(source: .snapshots, canRequest: false))
        let bids = [
            ("-0.5", "12345678901234567890.123456789012345678"), ("-1", "0.000000000000000001"),
            ("-922337203685477580.7", "9223372036854775807"), ("-922337203685477580.8", "10"),
        ]
        let asks = [("0.1", "7"), ("100", "1.50")]
        _ = messages.hand(keeper, isSnapshot: true, bids: bids, asks: asks)
        var batch = EventBatch()
        keeper.render(into: &batch, instrument: "X")
        let texts = (0..<batch.levels.count).map { index in
            "\(batch.levels[index].price.text)x\(batch.levels[index].quantity.text)"
        }
        #expect(texts == (bids + asks).map { "\($0.0)x\($0.1)" })
        let values = (0..<batch.levels.count).map { batch.levels[$0].price.value }
        #expect(values[2] == ExactDecimal(mantissa: -9_223_372_036_854_775_807, scale: 1))
        #expect(batch.levels[0].quantity.fits == false && batch.levels[2].quantity.fits)
    }

    @Test("is bounded, and keeps the best")
    func bounded() {
        var book = KeptBook(levelMax: 10)
        for price in 1...100 as ClosedRange<Int64> {
            let level = KeptLevel(price: price, priceScale: 0, quantity: 1, quantityScale: 0)
            _ = book.set(.buy, level)
            _ = book.set(.sell, level)
        }
        book.checkInvariants()
        #expect(book.bidCount == 10 && book.askCount == 10)
        #expect(book.level(.buy, rank: 0)?.price == 100)
        #expect(book.level(.sell, rank: 0)?.price == 1)
        #expect(book.trimmedCount > 0)
    }

    @Test("prices that do not fit beside each other are refused, not trapped")
    func extremes() {
        var book = KeptBook()
        let high = KeptLevel(price: Int64.max, priceScale: 0, quantity: 1, quantityScale: 0)
        let fine = KeptLevel(price: 1, priceScale: 18, quantity: 1, quantityScale: 0)
        let isHighSet = book.set(.sell, high)
        let isFineSet = book.set(.buy, fine)
        #expect(isHighSet && !isFineSet)
        #expect(book.askCount == 1 && book.bidCount == 0)
        let isLow = book.set(
            .buy, KeptLevel(price: Int64.min, priceScale: 0, quantity: 1, quantityScale: 0))
        #expect(isLow)
        book.checkInvariants()
    }
}
