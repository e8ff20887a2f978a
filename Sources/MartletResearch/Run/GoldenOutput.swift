// The two files by which a run is compared with another engine's, fill by fill and state by state.

import MartletAccounting
import MartletBook
import MartletModel
import MartletStore

/// Collects `NAME.fills.csv` and `NAME.state.csv`, in the columns of docs/parity.md.
///
/// A state line is taken every ten intervals and at the last moment, after everything known and
/// before the strategy acts. Executions of one taker order that were answered together all carry
/// what was left after the last of them, as the other engine's single answer does.
struct GoldenOutput {
    private let path: String
    private let instrument: InstrumentSpec
    private let start: Int64
    private let step: Int64
    private let end: Int64
    private var fills = "local_ts,exch_ts,order_id,side,price_tick,qty,leaves_qty,maker\n"
    private var states =
        "ts,bid_tick,ask_tick,bid_qty,ask_qty,position,balance,fee,num_trades,"
        + "trading_volume,trading_value\n"
    private var waiting: [Fill] = []
    private(set) var nextTime: Int64

    init(path: String, instrument: InstrumentSpec, start: Int64, interval: Int64, end: Int64) {
        self.path = path
        self.instrument = instrument
        self.start = start
        step = interval * 10
        self.end = end
        nextTime = min(start + step, end)
    }

    mutating func add(_ fill: Fill) {
        if let last = waiting.last,
            last.orderID != fill.orderID || last.receiveTime != fill.receiveTime || last.isMaker
                || fill.isMaker
        {
            flush()
        }
        waiting.append(fill)
    }

    private mutating func flush() {
        guard let last = waiting.last else { return }
        for fill in waiting {
            fills +=
                "\(fill.receiveTime),\(fill.exchangeTime),\(fill.orderID.number),"
                + "\(fill.side == .buy ? "B" : "S"),\(fill.price.ticks),"
                + "\(quantity(fill.quantity.lots)),"
                + "\(quantity(fill.isMaker ? fill.leaves.lots : last.leaves.lots)),"
                + "\(fill.isMaker ? 1 : 0)\n"
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private func quantity(_ lots: Int64) -> String {
        trimmedDecimalText(
            Int128(lots) * Int128(instrument.lotSize.mantissa), scale: instrument.lotSize.scale)
    }

    mutating func sample(at time: Int64, account: borrowing Account, market: MarketView) {
        guard time >= nextTime else { return }
        nextTime = time >= end ? Int64.max : min(nextTime + step, end)
        let bid = market.bestBid
        let ask = market.bestAsk
        let amounts = [account.cash, account.feesPaid].map { account.money($0).text }
        states +=
            "\(time),\(bid ?? 0),\(ask ?? 0),"
            + "\(bid.map { quantity(market.lots(.buy, tick: $0)) } ?? "0"),"
            + "\(ask.map { quantity(market.lots(.sell, tick: $0)) } ?? "0"),"
            + "\(quantity(account.positionLots)),\(amounts[0]),\(amounts[1]),"
            + "\(account.fillCount),\(quantity(account.volumeLots)),"
            + "\(account.money(account.tradedValue).text)\n"
    }

    /// Writes both files, or neither, replacing older ones; creates their directory.
    mutating func write() throws(Failure) {
        flush()
        try Folder.make(Folder.parent(of: path))
        let first = try AtomicFile(path: path + ".fills.csv")
        let second = try AtomicFile(path: path + ".state.csv")
        try first.write(fills)
        try second.write(states)
        try AtomicFile.commit(first, second)
    }
}
