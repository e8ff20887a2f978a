// Round trips: opened, closed in parts, flipped; and nothing lost between them and the account.

import MartletModel
import MartletResearch
import MartletStatistics
import Testing

@Suite("Round trips")
struct RoundTripTests {
    /// A fill by side, lots, ticks and fee; one second apart.
    struct Step: Sendable {
        let side: Side
        let lots: Int64
        let ticks: Int64
        var fee: Int128 = 0
    }

    private func record(_ steps: [Step], equity: [EquityPoint] = []) -> RunRecord {
        var position: Int64 = 0
        let fills = steps.enumerated().map { index, step -> FillRecord in
            position += step.side.sign * step.lots
            let fill = Fill(
                orderID: ClientOrderID(Int64(index + 1)), side: step.side,
                price: Price(ticks: step.ticks), quantity: Quantity(lots: step.lots),
                leaves: .zero, isMaker: true, exchangeTime: Int64(index + 1) * 1_000_000_000,
                receiveTime: Int64(index + 1) * 1_000_000_000)
            return FillRecord(
                fill: fill, queueAheadAtFill: 0, doubleMidAtFill: 2 * step.ticks,
                doubleMidAtSubmit: 2 * step.ticks, positionAfter: position, fee: step.fee)
        }
        var record = RunRecord(
            instrument: SyntheticRun().instrument, strategy: "test", parameters: [], settings: [],
            orders: RecordStorage(copying: []), fills: RecordStorage(copying: fills))
        record.amountScale = 5
        record.endTime = 100_000_000_000
        record.equity = equity
        return record
    }

    private func trips(_ record: RunRecord) throws -> (closed: [RoundTrip], open: RoundTrip?) {
        var walker = RoundTripWalker(
            record, arithmetic: try ContractArithmetic(record.instrument, scale: 5))
        var closed: [RoundTrip] = []
        while let trip = try walker.next() { closed.append(trip) }
        return (closed, try walker.openTrip())
    }

    @Test("two entries and two exits are one trip with exact averages")
    func partialCloses() throws {
        let record = record([
            Step(side: .buy, lots: 2, ticks: 100_00, fee: 7),
            Step(side: .buy, lots: 1, ticks: 100_10, fee: 5),
            Step(side: .sell, lots: 1, ticks: 101_00, fee: -3),
            Step(side: .sell, lots: 2, ticks: 102_00),
        ])
        let (closed, open) = try trips(record)
        let trip = try #require(closed.first)
        #expect(closed.count == 1 && open == nil)
        #expect(trip.side == .buy && trip.fills == 4 && trip.maximumLots == 3)
        #expect(trip.entryText(record.instrument) == "100.03333333")
        #expect(trip.exitText(record.instrument) == "101.66666667")
        // (101.00 + 2 × 102.00 − 2 × 100.00 − 100.10) × 0.001
        #expect(trip.gross == 490)
        #expect(trip.fees == 9 && trip.net == 481)
        #expect(trip.holding == 3_000_000_000)
    }

    @Test("a flip ends one trip and begins the next, its fee split by lots")
    func flip() throws {
        let record = record([
            Step(side: .buy, lots: 2, ticks: 100_00),
            Step(side: .sell, lots: 5, ticks: 101_00, fee: 11),
            Step(side: .buy, lots: 3, ticks: 100_50),
        ])
        let (closed, open) = try trips(record)
        #expect(closed.count == 2 && open == nil)
        #expect(closed[0].side == .buy && closed[1].side == .sell)
        #expect(closed[0].gross == 200 && closed[1].gross == 150)
        #expect(closed[0].fees == 4 && closed[1].fees == 7)
        #expect(closed[0].closeTime == closed[1].openTime)
        #expect(closed[1].entryText(record.instrument) == "101")
    }

    @Test("what stays open is valued at the last mid, excursions at every point")
    func openTrip() throws {
        func point(_ second: Int64, _ doubleMid: Int64) -> EquityPoint {
            EquityPoint(
                time: second * 1_000_000_000, positionLots: 0, doubleMid: doubleMid, cash: 0,
                fees: 0, funding: 0, equity: 0)
        }
        let record = record(
            [Step(side: .sell, lots: 10, ticks: 100_00)],
            equity: [point(0, 200_00), point(5, 200_10), point(7, 199_00), point(9, 199_80)])
        let (closed, open) = try trips(record)
        #expect(closed.isEmpty)
        let trip = try #require(open)
        #expect(trip.gross == 100)
        #expect(trip.adverse == -50 && trip.favorable == 500)
        #expect(trip.exitText(record.instrument).isEmpty)
    }

    @Test(
        "closed and open trips add up to the net result",
        arguments: [ContractKind.linear, .inverse], UInt64(0)..<25)
    func conservation(kind: ContractKind, seed: UInt64) throws {
        let record = try SyntheticRun(seed: seed, kind: kind).record()
        let metrics = try RunMetrics(record)
        let open = metrics.roundTrips.open?.net ?? 0
        let difference = metrics.roundTrips.net + open - metrics.attribution.net
        // Each amount is rounded once, at the 12th decimal.
        #expect(abs(difference) <= Int128(record.fills.count) * 2 + 2)
        #expect(metrics.roundTrips.results.count > 0)
    }

    @Test("a naive ledger finds the same trips", arguments: UInt64(0)..<20)
    func naiveTwin(seed: UInt64) throws {
        let record = try SyntheticRun(seed: seed).record()
        var position: Int64 = 0
        var results: [Double] = []
        var cash = 0.0
        for entry in record.fills {
            let price = Double(entry.fill.price.ticks) / 100
            let fee = Double(entry.fee) / 1e12 / Double(entry.fill.quantity.lots)
            for _ in 0..<entry.fill.quantity.lots {
                let sign = entry.fill.side.sign
                position += sign
                cash -= Double(sign) * price * 0.001 + fee
                if position == 0 {
                    results.append(cash)
                    cash = 0
                }
            }
        }
        let metrics = try RunMetrics(record)
        #expect(metrics.roundTrips.results.count == results.count)
        #expect(abs((metrics.roundTrips.results.best ?? 0) - (results.max() ?? 0)) < 1e-9)
        #expect(abs((metrics.roundTrips.results.worst ?? 0) - (results.min() ?? 0)) < 1e-9)
        #expect(metrics.roundTrips.histogram?.counts.reduce(0, +) == Int64(results.count))
    }
}
