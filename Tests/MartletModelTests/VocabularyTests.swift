// The small words: instruments, prices, quantities, orders, rows, hashes and chance.

import MartletModel
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
    private func instrument(
        tick: String, lot: String, kind: ContractKind = .linear
    ) throws -> InstrumentSpec {
        InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "ETHUSDT"), kind: kind,
            tickSize: try #require(ExactDecimal(tick)), lotSize: try #require(ExactDecimal(lot)),
            baseAsset: Asset("ETH"), quoteAsset: Asset("USDT"))
    }

    @Test(
        "prices and quantities print every digit of their step",
        arguments: [
            ("0.01", "0.001", 267_730, 10, "2677.30", "0.010"),
            ("0.010", "1", -5, 7, "-0.05", "7"),
            ("25", "0.5", 3, -3, "75", "-1.5"),
            (
                "0.00000001", "0.00000001", 1 << 53, 1 << 53, "90071992.54740992",
                "90071992.54740992"
            ),
        ] as [(String, String, Int64, Int64, String, String)])
    func texts(
        tick: String, lot: String, ticks: Int64, lots: Int64, price: String, quantity: String
    ) throws {
        let spec = try instrument(tick: tick, lot: lot)
        #expect(spec.priceText(Price(ticks: ticks)) == price)
        #expect(spec.quantityText(lots: lots) == quantity)
        #expect(ExactDecimal(price)?.wholeSteps(of: spec.tickSize) == ticks)
        #expect(ExactDecimal(quantity)?.wholeSteps(of: spec.lotSize) == lots)
    }

    @Test("values for models are the nearest doubles, at any size")
    func values() throws {
        let spec = try instrument(tick: "0.01", lot: "0.001")
        #expect(spec.priceValue(Price(ticks: 267_730)) == 2677.30)
        #expect(spec.quantityValue(lots: -10) == -0.010)
        let coarse = try instrument(tick: "1000000", lot: "1000000")
        #expect(coarse.priceValue(Price(ticks: 1 << 53)) == 9_007_199_254_740_992e6)
        #expect(coarse.quantityValue(lots: 1 << 53) == 9_007_199_254_740_992e6)
    }

    @Test("profit is counted in the base asset of inverse contracts, else in the quote asset")
    func settlement() throws {
        for kind in ContractKind.allCases {
            let spec = try instrument(tick: "1", lot: "1", kind: kind)
            #expect(spec.settlementAsset == Asset(kind == .inverse ? "ETH" : "USDT"))
        }
    }

    @Test("prices differ by offsets, quantities are never negative")
    func arithmetic() async {
        let (low, high) = (Price(ticks: -3), Price(ticks: 4))
        #expect(high - low == PriceOffset(ticks: 7))
        #expect(low + (high - low) == high)
        #expect(high - PriceOffset(ticks: 7) == low)
        #expect(low < high)
        #expect(Quantity(lots: 3) - Quantity(lots: 3) == .zero)
        await #expect(processExitsWith: .failure) { _ = Quantity(lots: 1) - Quantity(lots: 2) }
    }

    @Test("a row is 48 bytes with its fields where files have them")
    func rowLayout() {
        #expect(MemoryLayout<EventRow>.size == 48)
        #expect(MemoryLayout<EventRow>.stride == 48)
        #expect(MemoryLayout<EventRow>.offset(of: \.price) == 16)
        #expect(MemoryLayout<EventRow>.offset(of: \.exchangeOrder) == 40)
        #expect(MemoryLayout<EventRow>.offset(of: \.kindCode) == 44)
        #expect(MemoryLayout<EventRow>.offset(of: \.sideCode) == 45)
        #expect(MemoryLayout<EventRow>.offset(of: \.flags) == 46)
        var row = EventRow(
            kind: .trade, side: .sell, flags: [.messageStart, .messageEnd], exchangeTime: 1,
            receiveTime: 2, price: 3, quantity: 4, sequence: 5)
        #expect(row.kind == .trade && row.side == .sell)
        row.kindCode = 99
        row.sideCode = 0
        #expect(row.kind == nil && row.side == nil)
    }

    @Test("flags are single bits, all different")
    func flags() {
        let all: [EventFlags] = [
            .messageEnd, .snapshot, .snapshotStart, .clear, .nonMarket, .eventTime,
            .receiveTimeOnly, .gap, .stale, .timeBackwards, .aggregate, .aggressorUnknown,
            .messageStart, .emptySide,
        ]
        #expect(all.allSatisfy { $0.rawValue.nonzeroBitCount == 1 })
        #expect(Set(all).count == all.count)
    }

    @Test("an order is cancelable when it rests and nothing is on its way")
    func cancelable() {
        let request = OrderRequest(.buy, Quantity(lots: 5), at: Price(ticks: 7))
        var order = Order(id: ClientOrderID(1), request: request, time: 0)
        for status in OrderStatus.allCases {
            for pending in PendingRequest.allCases {
                order.status = status
                order.pending = pending
                let rests = status == .working || status == .partiallyFilled
                #expect(order.isCancelable == (rests && pending == .none))
            }
        }
        #expect(
            OrderStatus.allCases.filter(\.isFinal) == [.filled, .canceled, .rejected, .expired])
    }

    @Test("sides have opposites, signs and words")
    func sides() {
        #expect(Side.buy.opposite == .sell && Side.sell.opposite == .buy)
        #expect(Side.buy.sign == 1 && Side.sell.sign == -1)
        #expect(Side.allCases.map(\.word) == ["buy", "sell"])
    }

    @Test("the generator gives the published sequence of SplitMix64")
    func generator() {
        var random = SeededGenerator(seed: 1_234_567)
        let numbers = (0..<5).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("a hash depends on every value and on their order, and never changes")
    func hash() {
        func hash(_ values: [Int64]) -> StableHash {
            var hash = StableHash()
            for value in values { hash.add(value) }
            return hash
        }
        #expect(hash([1, 2]) == hash([1, 2]))
        #expect(hash([1, 2]) != hash([2, 1]))
        #expect(hash([1]) != hash([1, 0]))
        #expect(hash([]).text == "9e3779b97f4a7c15")
        #expect(hash([1, -1]).text.utf8.count == 16)
    }

    @Test("each kind of failure has its exit code")
    func failures() {
        #expect(FailureKind.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 130])
        #expect(Failure(.usage, "say what").description == "say what")
    }
}
