// Writes down one configuration's run while it happens: orders, executions, equity, markouts.

import MartletAccounting
import MartletBook
import MartletEngine
import MartletModel
import MartletSimulation
import MartletStore

/// Collects a run's records in spool files, so that memory does not grow with the run.
final class RunCollector: RunRecorder {
    /// What surrounded one execution at the venue, by the order in which they happened.
    private struct Execution {
        let orderNumber: Int64
        let time: Int64
        let ahead: Double
        let doubleMid: Int64
        var later: (Int64, Int64, Int64, Int64)
    }

    /// After how long the venue's mid is looked at again; ns.
    static let horizons: [Int64] = [100_000_000, 1_000_000_000, 5_000_000_000, 30_000_000_000]

    private let orders: SpooledRecords<OrderRecord>
    private let fills: SpooledRecords<FillRecord>
    private let executions: SpooledRecords<Execution>
    private let initialCash: Int128
    private let grid: SampleGrid
    private(set) var golden: GoldenOutput?
    private(set) var failure: Failure?
    private var equity: [EquityPoint] = []
    private var chart: [ChartPoint] = []
    private var lastDoubleMid: Int64 = 0
    private var lastFees: Int128 = 0
    private var nextMarks = [0, 0, 0, 0]
    private var latencies = RunLatencies()
    private var tally = RunTally()
    private var notLiveSince: Int64?
    private(set) var notLiveNanoseconds: Int64 = 0

    /// Whether the last price stands for bid, ask and mid: bars have no book.
    private let marksByLastPrice: Bool
    private(set) var nextSampleTime: Int64
    private(set) var nextMarkoutTime = Int64.max

    init(
        directory: String, grid: SampleGrid, initialCash: Int128, feedLatency: LatencyHistogram,
        golden: GoldenOutput?, marksByLastPrice: Bool = false
    ) throws(Failure) {
        orders = try SpooledRecords(directory: directory)
        fills = try SpooledRecords(directory: directory)
        executions = try SpooledRecords(directory: directory)
        self.initialCash = initialCash
        self.grid = grid
        self.golden = golden
        self.marksByLastPrice = marksByLastPrice
        latencies.feed = feedLatency
        nextSampleTime = grid.start
        equity.reserveCapacity(4096)
        chart.reserveCapacity(4096)
    }

    // MARK: At the venue

    func orderRested(_ id: ClientOrderID, ahead: Double) {
        if index(of: id) < orders.count { orders[index(of: id)].queueAheadAtJoin = ahead }
    }

    func orderExecuted(_ id: ClientOrderID, ahead: Double, doubleMid: Int64, time: Int64) {
        attempt { () throws(Failure) in
            try executions.append(
                Execution(
                    orderNumber: id.number, time: time, ahead: ahead, doubleMid: doubleMid,
                    later: (0, 0, 0, 0)))
        }
        updateNextMarkout()
    }

    func requestHandled(_ id: ClientOrderID, sent: Int64, handled: Int64) {
        latencies.entry.add(handled - sent)
        let index = index(of: id)
        if index < orders.count, orders[index].exchangeTime == 0 {
            orders[index].exchangeTime = handled
        }
    }

    func markout(at time: Int64, doubleMid: Int64) {
        for horizon in Self.horizons.indices {
            while nextMarks[horizon] < executions.count,
                executions[nextMarks[horizon]].time + Self.horizons[horizon] <= time
            {
                switch horizon {
                case 0: executions[nextMarks[horizon]].later.0 = doubleMid
                case 1: executions[nextMarks[horizon]].later.1 = doubleMid
                case 2: executions[nextMarks[horizon]].later.2 = doubleMid
                default: executions[nextMarks[horizon]].later.3 = doubleMid
                }
                nextMarks[horizon] += 1
            }
        }
        updateNextMarkout()
    }

    private func updateNextMarkout() {
        nextMarkoutTime = Int64.max
        for horizon in Self.horizons.indices where nextMarks[horizon] < executions.count {
            let due = executions[nextMarks[horizon]].time + Self.horizons[horizon]
            nextMarkoutTime = min(nextMarkoutTime, due)
        }
    }

    func fundingUnpriced(at time: Int64) { tally.unpricedFundings += 1 }

    // MARK: Locally

    func requested(_ effect: Effect, at time: Int64, market: MarketView) {
        tally.count(effect)
        switch effect {
        case .submit(let id, let request):
            let record = OrderRecord(
                order: Order(id: id, request: request, time: time),
                doubleMidAtSubmit: doubleMid(market) ?? 0)
            attempt { () throws(Failure) in try orders.append(record) }
        case .cancel(let id):
            let index = index(of: id)
            if index < orders.count, orders[index].cancelRequestTime == 0 {
                orders[index].cancelRequestTime = time
            }
        case .amend, .setTimer: break
        }
    }

    func heard(_ event: OrderEvent, account: borrowing Account) {
        let index = index(of: event.id)
        guard index < orders.count else { return }
        if event.exchangeTime > 0 {
            latencies.response.add(event.receiveTime - event.exchangeTime)
        }
        var record = orders[index]
        if record.ackTime == 0 { record.ackTime = event.receiveTime }
        tally.count(event)
        switch event.kind {
        case .filled(let price, let quantity, let isMaker):
            record.order.leaves = event.leaves
            record.order.status = event.leaves.lots == 0 ? .filled : .partiallyFilled
            if record.firstFillTime == 0 { record.firstFillTime = event.receiveTime }
            if event.leaves.lots == 0 { record.endTime = event.receiveTime }
            recordFill(event, price, quantity, isMaker, record, account)
        case .accepted:
            record.order.status = event.leaves < record.order.quantity ? .partiallyFilled : .working
        case .amended(let price, let quantity):
            record.order.price = price
            record.order.quantity = quantity
            record.order.leaves = event.leaves
            record.amends += 1
        case .ended(let status, let reason):
            record.order.status = status
            record.order.reason = reason
            record.endTime = event.receiveTime
            if record.cancelRequestTime > 0 { record.cancelAckTime = event.receiveTime }
        case .requestRefused(let reason):
            if record.order.status == .sent {
                record.order.status = .rejected
                record.order.reason = reason
                record.endTime = event.receiveTime
            } else if record.cancelRequestTime > 0, record.cancelAckTime == 0 {
                record.cancelAckTime = event.receiveTime
            }
        }
        orders[index] = record
    }

    private func recordFill(
        _ event: OrderEvent, _ price: Price, _ quantity: Quantity, _ isMaker: Bool,
        _ record: OrderRecord, _ account: borrowing Account
    ) {
        let fill = Fill(
            orderID: event.id, side: record.order.side, price: price, quantity: quantity,
            leaves: event.leaves, isMaker: isMaker, exchangeTime: event.exchangeTime,
            receiveTime: event.receiveTime)
        // Answers are heard in the order in which the venue gave them: this fill's execution is the
        // first one not matched yet.
        let position = fills.count
        let execution = position < executions.count ? executions[position] : nil
        attempt { () throws(Failure) in
            try fills.append(
                FillRecord(
                    fill: fill, queueAheadAtFill: execution?.ahead ?? Double.nan,
                    doubleMidAtFill: execution?.doubleMid ?? 0,
                    doubleMidAtSubmit: record.doubleMidAtSubmit,
                    positionAfter: account.positionLots, fee: account.feesPaid - lastFees))
        }
        lastFees = account.feesPaid
        golden?.add(fill)
    }

    func sample(
        at time: Int64, account: borrowing Account, orders: OrderView, market: MarketView
    ) {
        if let mid = doubleMid(market) { lastDoubleMid = mid }
        if grid.isEquityTime(time) {
            var known: Int128 = 0
            attempt { () throws(Failure) in
                do throws(AccountingError) {
                    known = try account.equity(
                        doubleMid: lastDoubleMid, initialCash: initialCash)
                } catch {
                    throw Failure(
                        .integrity,
                        "the account's value left the range of its integers: prices, quantities or "
                            + "the position are too large")
                }
            }
            equity.append(
                EquityPoint(
                    time: time, positionLots: account.positionLots,
                    doubleMid: doubleMid(market) ?? 0, cash: account.cash, fees: account.feesPaid,
                    funding: account.fundingPaid, equity: known))
        }
        if grid.isChartTime(time) {
            let price = marksByLastPrice ? market.lastTradeTick : nil
            chart.append(
                ChartPoint(
                    time: time, bid: price ?? market.bestBid, ask: price ?? market.bestAsk,
                    ownBid: orders.bestBuy, ownAsk: orders.bestSell))
        }
        noteStatus(market.status, at: time)
        golden?.sample(at: time, account: account, market: market)
        nextSampleTime = min(grid.next(after: time), golden?.nextTime ?? Int64.max)
    }

    private func doubleMid(_ market: MarketView) -> Int64? {
        marksByLastPrice ? market.lastTradeTick.map { 2 * $0 } : market.doubleMid
    }

    private func noteStatus(_ status: BookStatus, at time: Int64) {
        if let since = notLiveSince {
            notLiveNanoseconds += time - since
            notLiveSince = status == .live ? nil : time
        } else if status != .live {
            notLiveSince = time
        }
    }

    // MARK: Afterwards

    /// Hands everything over; the collector is not used any more.
    func finish(into record: inout RunRecord) throws(Failure) {
        if let failure { throw failure }
        for position in 0..<min(fills.count, executions.count) {
            fills[position].laterDoubleMid = executions[position].later
        }
        record.ordersStorage = storage(of: orders)
        record.fillsStorage = storage(of: fills)
        record.equity = equity
        record.equityStep = grid.equityStep
        record.chart = chart
        record.initialCash = initialCash
        record.latencies = latencies
        record.counts = tally.counts
        record.data.notLiveNanoseconds = notLiveNanoseconds
    }

    private func storage<Record>(of spool: SpooledRecords<Record>) -> RecordStorage<Record> {
        RecordStorage(spool.records) { withExtendedLifetime(spool) {} }
    }

    private func index(of id: ClientOrderID) -> Int { Int(id.number) - 1 }

    /// Remembers the first failure of a write; the run reports it at its end.
    private func attempt(_ body: () throws(Failure) -> Void) {
        do { try body() } catch { failure = failure ?? error }
    }
}
