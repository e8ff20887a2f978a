// Made-up runs from a seed: a market maker on a random walk, booked exactly as a runner would.

import MartletModel
import MartletResearch

/// A seeded market maker whose record is consistent: equity is cash − fees − funding + position at
/// mid, positions are sums of fills, later mids are those of the walk.
struct SyntheticRun {
    var seed: UInt64 = 1
    var seconds: Int = 345
    var cash: Int64 = 0
    var kind = ContractKind.linear
    /// Fee of a maker in millionths of the value; negative is a rebate.
    var makerFee: Int64 = -50
    /// Chance of a fill per second and side, in percent.
    var fillChance = 30
    var quantity: Int64 = 10
    /// Nanoseconds between moments of the walk.
    var step: Int64 = 1_000_000_000

    static let scale = 12
    private static let start: Int64 = 1_723_161_255_088_156_767

    /// The instrument traded.
    var instrument: InstrumentSpec {
        let isInverse = kind == .inverse
        return InstrumentSpec(
            id: InstrumentID(
                venue: isInverse ? .binanceCoinM : .binanceUSDM,
                symbol: isInverse ? "BTCUSD_PERP" : "ETHUSDT"),
            kind: kind, tickSize: ExactDecimal(mantissa: 1, scale: isInverse ? 1 : 2),
            lotSize: isInverse ? .one : ExactDecimal(mantissa: 1, scale: 3),
            minimumNotional: ExactDecimal(mantissa: 20, scale: 0),
            multiplier: isInverse ? ExactDecimal(mantissa: 100, scale: 0) : .one,
            quantityUnit: isInverse ? .contracts : .base,
            baseAsset: Asset(isInverse ? "BTC" : "ETH"),
            quoteAsset: Asset(isInverse ? "USD" : "USDT"))
    }

    /// The walk of the mid, doubled, in ticks.
    private func walk(_ random: inout SeededGenerator) -> [Int64] {
        var double: Int64 = 536_325
        return (0...seconds).map { _ in
            double += 2 * Int64.random(in: -12...12, using: &random)
            return double
        }
    }

    /// The record.
    func record() throws(Failure) -> RunRecord {
        var random = SeededGenerator(seed: seed)
        let mids = walk(&random)
        let arithmetic = try ContractArithmetic(instrument, scale: Self.scale)
        var account = Account(initial: Int128(cash) * 1_000_000_000_000)
        var orders: [OrderRecord] = []
        var fills: [FillRecord] = []
        var equity: [EquityPoint] = []
        var chart: [ChartPoint] = []
        var latencies = RunLatencies()
        for second in 0...seconds {
            let time = Self.start + Int64(second) * step
            let mid = mids[second]
            let bid = (mid - 1) / 2
            let ask = bid + 1
            for side in [Side.buy, .sell] {
                let price = side == .buy ? bid : ask
                var entry = order(Int64(orders.count + 1), side, price, time, mid)
                latencies.entry.add(10_000_000)
                latencies.response.add(10_000_000)
                latencies.feed.add(Int64.random(in: 300_000...9_000_000, using: &random))
                let lean = account.position * side.sign < 0 ? 10 : -10
                if Int.random(in: 0..<100, using: &random) < fillChance
                    + (fillChance > 0 ? lean : 0)
                {
                    let lots = Int64.random(in: 1...quantity, using: &random)
                    let fill = Fill(
                        orderID: entry.order.id, side: side, price: Price(ticks: price),
                        quantity: Quantity(lots: lots), leaves: Quantity(lots: quantity - lots),
                        isMaker: Int.random(in: 0..<20, using: &random) > 0,
                        exchangeTime: time + 200_000_000, receiveTime: time + 210_000_000)
                    entry.order.leaves = fill.leaves
                    entry.order.status = lots == quantity ? .filled : .canceled
                    entry.firstFillTime = fill.receiveTime
                    fills.append(
                        try account.book(fill, mid, makerFee, arithmetic, later(mids, second)))
                }
                orders.append(entry)
            }
            equity.append(try account.point(time + 900_000_000, mid, arithmetic))
            chart.append(
                ChartPoint(
                    time: time, bid: bid, ask: ask, ownBid: second % 9 == 0 ? nil : bid,
                    ownAsk: ask))
        }
        var record = RunRecord(
            instrument: instrument, strategy: "touch-quoter",
            parameters: [("k", "0"), ("quantity", "0.01"), ("timeInForce", "GTX")],
            settings: [
                ("profile", "corrected"), ("queue", "power3"), ("fill-model", "nopartial"),
                ("entry-latency", "10ms"), ("response-latency", "10ms"), ("maker-fee", "-0.00005"),
                ("taker-fee", "0.0007"),
            ], orders: RecordStorage(copying: orders), fills: RecordStorage(copying: fills))
        record.startTime = Self.start
        record.endTime = Self.start + Int64(seconds) * step + 900_000_000
        record.amountScale = Self.scale
        record.initialCash = account.initial
        record.equity = equity
        record.equityStep = step
        record.chart = chart
        record.latencies = latencies
        record.data = Self.facts(&random)
        record.counts = [
            ("submits", Int64(orders.count)), ("cancelRequests", Int64(orders.count - fills.count)),
            ("amendRequests", 0),
        ]
        return record
    }

    private func order(
        _ number: Int64, _ side: Side, _ price: Int64, _ time: Int64, _ mid: Int64
    ) -> OrderRecord {
        let request = OrderRequest(
            side, Quantity(lots: quantity), at: Price(ticks: price), timeInForce: .gtx)
        var order = Order(id: ClientOrderID(number), request: request, time: time)
        order.status = .canceled
        order.pending = .none
        var entry = OrderRecord(order: order, doubleMidAtSubmit: mid)
        entry.exchangeTime = time + 10_000_000
        entry.ackTime = time + 20_000_000
        entry.cancelRequestTime = time + 700_000_000
        entry.cancelAckTime = time + 720_000_000
        entry.endTime = time + 720_000_000
        entry.queueAheadAtJoin = Double(number % 40 * 100)
        return entry
    }

    private func later(_ mids: [Int64], _ second: Int) -> (Int64, Int64, Int64, Int64) {
        func mid(_ ahead: Int) -> Int64 { second + ahead < mids.count ? mids[second + ahead] : 0 }
        return (mid(0), mid(1), mid(5), mid(30))
    }

    private static func facts(_ random: inout SeededGenerator) -> DataFacts {
        var data = DataFacts()
        data.rows = 1_234_567
        data.rowsByKind = [("level", 1_200_000), ("trade", 30_000), ("bookTicker", 4_567)]
        data.timesBackwards = 12
        data.clockShift = 1_270_123_456
        data.clockRule = "minimum-zero"
        for _ in 0..<1000 { data.tradeSizes.add(Int64.random(in: 1...60, using: &random)) }
        return data
    }
}

/// The exact books of a made-up run.
private struct Account {
    let initial: Int128
    var position: Int64 = 0
    var doubleCash: Int128 = 0
    var fees: Int128 = 0
    var funding: Int128 = 0

    init(initial: Int128) { self.initial = initial }

    mutating func book(
        _ fill: Fill, _ mid: Int64, _ makerFee: Int64, _ arithmetic: ContractArithmetic,
        _ later: (Int64, Int64, Int64, Int64)
    ) throws(Failure) -> FillRecord {
        let signed = fill.side.sign * fill.quantity.lots
        position += signed
        doubleCash -= try arithmetic.doubleValue(lots: signed, doubleTicks: 2 * fill.price.ticks)
        let value = try arithmetic.notional(lots: fill.quantity.lots, ticks: fill.price.ticks)
        let fee = value * Int128(fill.isMaker ? makerFee : 700) / 1_000_000
        fees += fee
        var record = FillRecord(
            fill: fill, queueAheadAtFill: fill.isMaker ? Double(fill.quantity.lots % 3) * -4 : .nan,
            doubleMidAtFill: mid, doubleMidAtSubmit: mid - 2, positionAfter: position, fee: fee)
        record.laterDoubleMid = later
        return record
    }

    func point(
        _ time: Int64, _ mid: Int64, _ arithmetic: ContractArithmetic
    ) throws(Failure) -> EquityPoint {
        let value = try arithmetic.doubleValue(lots: position, doubleTicks: mid)
        return EquityPoint(
            time: time, positionLots: position, doubleMid: mid, cash: doubleCash / 2, fees: fees,
            funding: funding, equity: initial + (doubleCash + value) / 2 - fees - funding)
    }
}
