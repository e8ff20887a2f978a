// Trades in the pipeline: each once, and those that were missed where the venue still has them.

import MartletVenues

/// The last trade before a connection was lost.
public struct TradeMark: Hashable, Sendable {
    /// The venue's time of it; ns.
    public let time: Int64
    /// The venue's id of it, where it has ids.
    public let id: String?

    /// A mark by its parts.
    public init(time: Int64, id: String?) {
        self.time = time
        self.id = id
    }
}

/// What an answer with past trades is to fill.
struct TradeFill {
    /// The last trade before the hole; nil where it is not known.
    let mark: TradeMark?
    /// Whether the venue was asked for what follows the mark, and not for its newest trades.
    let isForward: Bool
    /// When the connection's own first trade happened, where there was one; ns.
    let end: Int64?
}

extension FeedPipeline {
    /// Trades of an answer after a reconnect: told apart by a record before them.
    ///
    /// What is not younger than the mark was delivered before the loss and is left out. An answer
    /// with the venue's newest trades that does not reach back to the mark leaves a hole, which is
    /// told.
    public func backfill(
        _ bytes: UnsafeBufferPointer<UInt8>, request: String, instrument: String,
        after mark: TradeMark? = nil, at time: Int64
    ) -> LinkControl? {
        let before = counts.events
        guard let state = state(named: instrument) else { return nil }
        context.receiveTime = time
        record(.resync(FeedTrouble("backfill")), .trades, state)
        fill = TradeFill(
            mark: mark, isForward: mark.map { asksForward(instrument, $0) } ?? false,
            end: state.firstTradeTime)
        filledTo = nil
        filledToEnd = false
        let control = frame(bytes, request: request, instrument: instrument, at: time)
        fill = nil
        if counts.events > before { setLive() }
        return control
    }

    /// Trades of an instrument were missed, and cannot be had.
    public func missTrades(of instrument: String, at time: Int64) {
        guard let state = state(named: instrument) else { return }
        context.receiveTime = time
        tellMissing(state)
    }

    /// Whether the venue can be asked for what follows a trade.
    public func asksForward(_ instrument: String, _ mark: TradeMark) -> Bool {
        adapter.trades(of: instrument, afterID: mark.id, from: mark.time)?.summary
            != adapter.trades(of: instrument, afterID: nil, from: nil)?.summary
    }

    private func tellMissing(_ state: InstrumentState) {
        count(gap: true)
        record(.gap(FeedTrouble("backfill")), .trades, state)
    }

    /// Says so where an answer with past trades begins after the hole does.
    func judgeFill(_ fallback: String?) {
        guard let fill, let mark = fill.mark, !fill.isForward else { return }
        var oldest: Int64?
        for index in 0..<batch.events.count {
            guard case .trade(let trade) = batch.events[index],
                let time = trade.header.exchangeTime
            else { continue }
            oldest = min(oldest ?? time, time)
        }
        guard let oldest, oldest > mark.time, let state = state(named: fallback ?? "") else {
            return
        }
        tellMissing(state)
    }

    /// Delivers a trade that was not delivered before.
    func handle(
        _ trade: TradeEvent, at index: Int, _ state: InstrumentState?, isAnswer: Bool,
        _ time: Int64
    ) {
        guard let state else { return send(index) }
        if !isAnswer, state.firstTradeTime == nil {
            state.firstTradeTime = trade.header.exchangeTime
        }
        if isAnswer, let fill, isOutside(trade, fill) {
            countWithheld()
        } else if trade.id == nil, !isPrimary {
            // Another connection brings it, too, and nothing tells the two apart.
            countWithheld()
        } else if !state.trades.isNew(trade, receivedAt: time, isAnswer: isAnswer) {
            countWithheld()
        } else {
            if isAnswer, let time = trade.header.exchangeTime {
                filledTo = TradeMark(time: time, id: trade.id?.string)
            }
            send(index)
        }
        if isAnswer, let end = fill?.end, let time = trade.header.exchangeTime, time >= end {
            filledToEnd = true
        }
    }

    /// Whether a trade of an answer lies outside the hole that the answer is to fill. Trades
    /// without ids are taken strictly between what was delivered before and after it.
    private func isOutside(_ trade: TradeEvent, _ fill: TradeFill) -> Bool {
        guard let mark = fill.mark else { return false }
        guard let time = trade.header.exchangeTime else { return trade.id == nil }
        guard trade.id == nil else { return time < mark.time }
        return time <= mark.time || fill.end.map { time >= $0 } ?? false
    }
}
