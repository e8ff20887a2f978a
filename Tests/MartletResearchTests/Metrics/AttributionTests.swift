// Attribution and exact values: every cent has a source, and too large is an error, not a trap.

import MartletModel
import MartletResearch
import Testing

@Suite("Attribution")
struct AttributionTests {
    @Test(
        "the residual is below 1e-8 of the traded value, 0 where nothing is rounded",
        arguments: [ContractKind.linear, .inverse, .spot], UInt64(0)..<20)
    func residual(kind: ContractKind, seed: UInt64) throws {
        let record = try SyntheticRun(seed: seed, kind: kind).record()
        let metrics = try RunMetrics(record)
        let residual = abs(metrics.arithmetic.number(metrics.attribution.residual))
        let traded = metrics.arithmetic.number(metrics.execution.tradedValue)
        #expect(traded > 0)
        #expect(residual < 1e-8 * traded)
        if kind != .inverse { #expect(metrics.attribution.residual.magnitude <= 2) }
    }

    @Test("sources of one buy and one sell")
    func byHand() throws {
        func fill(_ side: Side, _ ticks: Int64, _ doubleMid: Int64, _ after: Int64) -> FillRecord {
            FillRecord(
                fill: Fill(
                    orderID: ClientOrderID(1), side: side, price: Price(ticks: ticks),
                    quantity: Quantity(lots: 1000), leaves: .zero, isMaker: true, exchangeTime: 1,
                    receiveTime: 1), queueAheadAtFill: 0, doubleMidAtFill: doubleMid,
                doubleMidAtSubmit: 0, positionAfter: after, fee: -100)
        }
        var record = RunRecord(
            instrument: SyntheticRun().instrument, strategy: "test", parameters: [], settings: [],
            orders: RecordStorage(copying: []),
            fills: RecordStorage(copying: [fill(.buy, 100, 201, 1000), fill(.sell, 110, 219, 0)]))
        record.amountScale = 5
        let parts = try Attribution(
            record, arithmetic: ContractArithmetic(record.instrument, scale: 5))
        // In hundred-thousandths: half a tick twice, nine ticks held, two rebates.
        #expect(parts.spreadCapture == 1000)
        #expect(parts.inventory == 9000)
        #expect(parts.fees == -200)
        #expect(parts.net == 10_200 && parts.residual == 0)
    }

    @Test("values of linear and inverse positions")
    func values() throws {
        let linear = try ContractArithmetic(SyntheticRun().instrument, scale: 8)
        #expect(try linear.doubleValue(lots: -3, doubleTicks: 201) == -603_000)
        #expect(try linear.notional(lots: 7, ticks: 268_163) == 1_877_141_000)
        // 1 contract of 100 USD at 50,000.0 is 0.002 BTC.
        let inverse = try ContractArithmetic(SyntheticRun(kind: .inverse).instrument, scale: 8)
        #expect(try inverse.notional(lots: 1, ticks: 500_000) == 200_000)
        #expect(try inverse.doubleValue(lots: 1, doubleTicks: 1_000_000) == -400_000)
        #expect(try inverse.doubleValue(lots: 1, doubleTicks: 0) == 0)
    }

    @Test("amounts that leave 128 bits are an integrity failure")
    func tooLarge() throws {
        let arithmetic = try ContractArithmetic(SyntheticRun().instrument, scale: 18)
        let failure = #expect(throws: Failure.self) {
            _ = try arithmetic.doubleValue(lots: 1 << 53, doubleTicks: 1 << 54)
        }
        #expect(failure?.kind == .integrity)
        #expect(throws: Failure.self) {
            _ = try ContractArithmetic(SyntheticRun().instrument, scale: 60)
        }
    }
}
