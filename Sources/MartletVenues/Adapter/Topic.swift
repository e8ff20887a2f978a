// What can be subscribed to, in the words of the command line: a channel of an instrument.

public import MartletModel

/// A kind of data, in Martlet's words. The raw value is the name in commands and envelopes.
@frozen public enum FeedChannel: String, CaseIterable, Sendable {
    /// Trades.
    case trades
    /// The order book with its changes.
    case l2
    /// Best bid and ask.
    case bbo
    /// Bars.
    case bars
    /// Funding rates.
    case funding
    /// Mark prices.
    case markPrice = "markprice"
    /// Index prices.
    case indexPrice = "indexprice"
    /// Open interest.
    case openInterest = "openinterest"
    /// Forced orders.
    case liquidations
    /// Instrument rules.
    case instruments
    /// Trading states.
    case status
    /// Our executions.
    case fills
    /// Our orders.
    case orders
    /// Our positions.
    case positions
    /// Our balances.
    case balances

    /// Whether only the owner of an account may subscribe.
    public var isPrivate: Bool {
        switch self {
        case .fills, .orders, .positions, .balances: true
        default: false
        }
    }

    /// Whether silence is ordinary: it speaks only when something happens.
    public var isEventDriven: Bool {
        switch self {
        case .trades, .liquidations, .instruments, .status: true
        default: isPrivate
        }
    }
}

extension MarketEvent {
    /// The channel that carries such events.
    public var channel: FeedChannel {
        switch self {
        case .trade: .trades
        case .book: .l2
        case .quote: .bbo
        case .bar: .bars
        case .markPrice: .markPrice
        case .indexPrice: .indexPrice
        case .funding: .funding
        case .openInterest: .openInterest
        case .liquidation: .liquidations
        case .status: .status
        case .instrument: .instruments
        case .fill: .fills
        case .order: .orders
        case .position: .positions
        case .balance: .balances
        }
    }
}

/// One channel of one instrument.
public struct Topic: Hashable, Sendable {
    /// What kind of data.
    public let channel: FeedChannel
    /// The instrument as the venue spells it; empty for a channel of the whole venue or account.
    public let symbol: String
    /// The length of the bars; nil for other channels.
    public let interval: BarInterval?
    /// Levels a side of a book; nil for the venue's usual depth.
    public let depth: Int?

    /// A channel of an instrument.
    public init(
        _ channel: FeedChannel, of symbol: String, interval: BarInterval? = nil, depth: Int? = nil
    ) {
        self.channel = channel
        self.symbol = symbol
        self.interval = interval
        self.depth = depth
    }
}
