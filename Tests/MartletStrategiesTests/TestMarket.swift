// A market and a strategy context that tests move by hand.

import MartletBook
import MartletModel
import MartletStrategies

/// Owns a market state at a stable address, and the context of one strategy on it.
final class TestMarket {
    private let state: UnsafeMutablePointer<MarketState>
    /// What the strategy under test sees.
    var context: StrategyContext

    init(
        instrument: InstrumentSpec = TestMarket.instrument(), now: Int64 = 0,
        openOrdersMax: Int = 64
    ) {
        state = .allocate(capacity: 1)
        state.initialize(to: MarketState())
        context = StrategyContext(
            instrument: instrument, market: MarketView(state), now: now,
            openOrdersMax: openOrdersMax)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// A linear instrument; prices and lots as given.
    static func instrument(
        tick: String = "0.01", lot: String = "0.001", minimumLots: Int64 = 1,
        minimumNotional: String = "0", kind: ContractKind = .linear, multiplier: String = "1"
    ) -> InstrumentSpec {
        InstrumentSpec(
            id: InstrumentID(venue: .binanceUSDM, symbol: "TESTUSDT"), kind: kind,
            tickSize: decimal(tick), lotSize: decimal(lot),
            minimumQuantity: Quantity(lots: minimumLots),
            minimumNotional: decimal(minimumNotional), multiplier: decimal(multiplier),
            baseAsset: Asset("TEST"), quoteAsset: Asset("USDT"))
    }

    /// Decimal text that a test writes itself, so it is always valid.
    static func decimal(_ text: String) -> ExactDecimal {
        guard let value = ExactDecimal(text) else { preconditionFailure("a bad test: \(text)") }
        return value
    }

    /// Makes the touch these levels and nothing else.
    func setTouch(bid: Int64?, ask: Int64?, bidLots: Int64 = 1_000, askLots: Int64 = 1_000) {
        state.pointee.book.removeAll(.buy)
        state.pointee.book.removeAll(.sell)
        if let bid { state.pointee.book.setBid(tick: bid, lots: bidLots) }
        if let ask { state.pointee.book.setAsk(tick: ask, lots: askLots) }
        state.pointee.status = .live
    }

    /// Takes the commands that the strategy gave, leaving none.
    func takeCommands() -> [Command] {
        let commands = context.commands
        context.commands.removeAll(keepingCapacity: true)
        return commands
    }

    /// The venue accepts every order that was just sent.
    func acceptAll() {
        for position in 0..<context.orders.count where context.orders[position].pending == .submit {
            context.orders[position].pending = .none
            context.orders[position].status = .working
        }
    }

    /// The venue answers every cancel that was just sent.
    func finishCancels() {
        for position in 0..<context.orders.count where context.orders[position].pending == .cancel {
            context.orders[position].pending = .none
            context.orders[position].status = .canceled
        }
        context.orders.removeFinished()
    }

    /// An order executes whole, and the position follows.
    func fill(_ id: ClientOrderID) {
        guard let position = context.orders.position(of: id) else { return }
        context.positionLots +=
            context.orders[position].side.sign * context.orders[position].leaves.lots
        context.orders[position].leaves = .zero
        context.orders[position].status = .filled
        context.orders.removeFinished()
    }
}

extension [Command] {
    /// The orders among the commands, in order.
    var submissions: [OrderRequest] {
        compactMap { if case .submit(_, let request) = $0 { request } else { nil } }
    }

    /// The cancels among the commands, in order.
    var cancels: [Int64] {
        compactMap { if case .cancel(let id) = $0 { id.number } else { nil } }
    }
}

/// Makes a strategy from `name=value` texts.
func make<S: Strategy>(
    _ type: S.Type, _ texts: [(name: String, text: String)] = [],
    instrument: InstrumentSpec = TestMarket.instrument()
) throws -> S {
    try S(
        parameters: ParameterValues(texts, for: S.descriptor), instrument: instrument)
}
