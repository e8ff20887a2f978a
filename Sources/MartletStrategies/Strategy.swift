// What a strategy is: a value that hears of events and answers with wishes.

public import MartletModel

/// Which events a strategy wants to hear of, besides timers, its own fills and its own orders.
@frozen public struct Subscriptions: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Subscriptions from bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// ``Strategy/bookChanged(_:)`` after each message that changed the book.
    public static let book = Subscriptions(rawValue: 1 << 0)
    /// ``Strategy/traded(_:_:)`` for each public trade.
    public static let trades = Subscriptions(rawValue: 1 << 1)
    /// ``Strategy/barClosed(_:_:)`` for each finished bar.
    public static let bars = Subscriptions(rawValue: 1 << 2)
}

/// A public trade as a strategy hears of it.
@frozen public struct TradePrint: Hashable, Sendable {
    /// Its price.
    public let price: Price
    /// Its size.
    public let quantity: Quantity
    /// Who crossed, or nil where the venue does not say.
    public let aggressor: Side?
    /// When the venue matched it; ns, the venue's clock as replay corrects it.
    public let exchangeTime: Int64

    /// A trade from its facts.
    @inlinable public init(price: Price, quantity: Quantity, aggressor: Side?, exchangeTime: Int64)
    {
        self.price = price
        self.quantity = quantity
        self.aggressor = aggressor
        self.exchangeTime = exchangeTime
    }
}

/// A trading idea: pure, without clock, chance, network or files.
///
/// The engine calls the handlers one at a time, in the order in which things become known to us;
/// whatever a handler wants done it says to the ``StrategyContext``, and the engine does it after
/// the handler returns. Handlers that a strategy does not need have empty defaults. In backtest,
/// paper and live the same calls happen in the same order.
public protocol Strategy: SendableMetatype {
    /// Name, summary and parameters; read without making the strategy.
    static var descriptor: StrategyDescriptor { get }

    /// Makes the strategy from checked parameter values (every declared name has a value in its
    /// declared range) for one instrument.
    ///
    /// - Throws: ``ParameterError`` when values do not go together or do not fit the instrument.
    init(parameters: ParameterValues, instrument: InstrumentSpec) throws(ParameterError)

    /// Which events it wants; asked once, after `init`.
    var subscriptions: Subscriptions { get }

    /// How long it only watches: orders are refused until this much time has passed since start.
    /// Strategies on bars count bars themselves.
    var warmUp: Nanoseconds { get }

    /// The run begins; `context.now` is its first moment and the market may still be unknown.
    mutating func start(_ context: inout StrategyContext)
    /// A message changed the book (only with ``Subscriptions/book``).
    mutating func bookChanged(_ context: inout StrategyContext)
    /// A public trade happened (only with ``Subscriptions/trades``).
    mutating func traded(_ trade: TradePrint, _ context: inout StrategyContext)
    /// A bar closed (only with ``Subscriptions/bars``).
    mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext)
    /// One of our orders was executed, in part or whole; position and order are already updated.
    mutating func filled(_ fill: Fill, _ context: inout StrategyContext)
    /// One of our orders changed for another reason than a fill: accepted, canceled, refused, expired.
    mutating func orderChanged(_ order: Order, _ context: inout StrategyContext)
    /// A timer that it set has come due: everything known up to `context.now` has been applied.
    mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext)
}

extension Strategy {
    /// Nothing but timers, fills and orders.
    public var subscriptions: Subscriptions { [] }
    /// No warm-up.
    public var warmUp: Nanoseconds { .zero }
    /// Does nothing.
    public mutating func start(_ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func bookChanged(_ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func traded(_ trade: TradePrint, _ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func barClosed(_ bar: Bar, _ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func filled(_ fill: Fill, _ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func orderChanged(_ order: Order, _ context: inout StrategyContext) {}
    /// Does nothing.
    public mutating func timerFired(_ timer: TimerID, _ context: inout StrategyContext) {}
}
