// The CSV files of a run directory: orders, fills, equity. Columns: docs/reference/run-directory.md.

import MartletModel
import MartletStore

/// Writes the tables of a run; each gives the SHA-256 of its file.
struct RunTables {
    let record: RunRecord
    private var instrument: InstrumentSpec { record.instrument }

    init(_ record: RunRecord) { self.record = record }

    static let orderColumns = [
        "orderId", "side", "type", "timeInForce", "reduceOnly", "price", "quantity", "filled",
        "status", "reason", "submitTime", "exchangeTime", "ackTime", "firstFillTime", "endTime",
        "cancelRequestTime", "cancelAckTime", "amends", "midAtSubmit", "queueAheadAtJoin",
    ]

    static let fillColumns = [
        "orderId", "side", "liquidity", "price", "quantity", "leaves", "exchangeTime",
        "receiveTime", "fee", "positionAfter", "midAtFill", "midAtSubmit", "mid100ms", "mid1s",
        "mid5s", "mid30s", "queueAheadAtFill",
    ]

    static let equityColumns = [
        "time", "position", "mid", "cash", "fees", "funding", "equity",
    ]

    func writeOrders(to path: String) throws(Failure) -> String {
        var table = try TableWriter(path: path, columns: Self.orderColumns)
        for index in record.orders.indices {
            let entry = record.orders[index]
            let order = entry.order
            table.add(order.id.number)
            table.add(order.side.word)
            table.add(order.type.rawValue)
            table.add(order.timeInForce.rawValue)
            table.add(order.reduceOnly ? "true" : "false")
            if order.type == .market {
                table.add("")
            } else {
                add(ticks: order.price.ticks, &table)
            }
            add(lots: order.quantity.lots, &table)
            add(lots: order.quantity.lots - order.leaves.lots, &table)
            table.add(order.status.rawValue)
            table.add(order.reason == .none ? "" : order.reason.rawValue)
            table.add(order.requestTime)
            table.add(time: entry.exchangeTime)
            table.add(time: entry.ackTime)
            table.add(time: entry.firstFillTime)
            table.add(time: entry.endTime)
            table.add(time: entry.cancelRequestTime)
            table.add(time: entry.cancelAckTime)
            table.add(Int64(entry.amends))
            add(doubleMid: entry.doubleMidAtSubmit, &table)
            if entry.queueAheadAtJoin < 0 {
                table.add("")
            } else {
                table.add(estimate: entry.queueAheadAtJoin)
            }
            try table.endRow()
        }
        return try table.finish()
    }

    func writeFills(to path: String) throws(Failure) -> String {
        var table = try TableWriter(path: path, columns: Self.fillColumns)
        for index in record.fills.indices {
            let entry = record.fills[index]
            let fill = entry.fill
            table.add(fill.orderID.number)
            table.add(fill.side.word)
            table.add(fill.isMaker ? "maker" : "taker")
            add(ticks: fill.price.ticks, &table)
            add(lots: fill.quantity.lots, &table)
            add(lots: fill.leaves.lots, &table)
            table.add(fill.exchangeTime)
            table.add(fill.receiveTime)
            add(amount: entry.fee, &table)
            add(lots: entry.positionAfter, &table)
            add(doubleMid: entry.doubleMidAtFill, &table)
            add(doubleMid: entry.doubleMidAtSubmit, &table)
            add(doubleMid: entry.laterDoubleMid.0, &table)
            add(doubleMid: entry.laterDoubleMid.1, &table)
            add(doubleMid: entry.laterDoubleMid.2, &table)
            add(doubleMid: entry.laterDoubleMid.3, &table)
            table.add(estimate: entry.queueAheadAtFill)
            try table.endRow()
        }
        return try table.finish()
    }

    func writeEquity(to path: String) throws(Failure) -> String {
        var table = try TableWriter(path: path, columns: Self.equityColumns)
        for point in record.equity {
            table.add(point.time)
            add(lots: point.positionLots, &table)
            add(doubleMid: point.doubleMid, &table)
            add(amount: point.cash, &table)
            add(amount: point.fees, &table)
            add(amount: point.funding, &table)
            add(amount: point.equity, &table)
            try table.endRow()
        }
        return try table.finish()
    }

    private func add(ticks: Int64, _ table: inout TableWriter) {
        let size = instrument.tickSize
        table.add(Int128(ticks) * Int128(size.mantissa), scale: size.scale)
    }

    private func add(lots: Int64, _ table: inout TableWriter) {
        let size = instrument.lotSize
        table.add(Int128(lots) * Int128(size.mantissa), scale: size.scale)
    }

    private func add(amount: Int128, _ table: inout TableWriter) {
        table.add(amount, scale: record.amountScale, isTrimmed: true)
    }

    /// Half of `doubleMid` ticks, exactly; empty when there was none. Half a tick is five tenths.
    private func add(doubleMid: Int64, _ table: inout TableWriter) {
        guard doubleMid != 0 else { return table.add("") }
        let size = instrument.tickSize
        table.add(
            Int128(doubleMid) * Int128(size.mantissa) * 5, scale: size.scale + 1, isTrimmed: true)
    }
}
