// What a ticker message says beside its events, where it may say only what has changed.

public import MartletModel

/// The state of an instrument as a ticker tells it: all of it, or what changed since the last time.
///
/// The events of such a message say what the message says; whoever delivers them live keeps the
/// state of each instrument and fills in what the message leaves out.
@frozen public struct TickerChange: BitwiseCopyable {
    /// Which of an instrument's tickers it is; each is whole, or not, for itself.
    @frozen public enum Part: Hashable, Sendable {
        /// The best bid and ask.
        case quote
        /// Prices and numbers of the contract.
        case contract
    }

    /// Instrument and time.
    public var header: EventHeader
    /// Which ticker it is.
    public var part: Part
    /// Whether it is the whole state: what it does not name is not known or does not exist. Else
    /// what it does not name is as it was.
    public var isWhole: Bool
    /// The best bid.
    public var bidPrice: DecimalText?
    /// Quantity at the best bid.
    public var bidQuantity: DecimalText?
    /// The best ask.
    public var askPrice: DecimalText?
    /// Quantity at the best ask.
    public var askQuantity: DecimalText?
    /// The update that made the quote, where the venue numbers them.
    public var update: Int64?
    /// The mark price.
    public var markPrice: DecimalText?
    /// The index price.
    public var indexPrice: DecimalText?
    /// Open interest, in the venue's unit of quantities.
    public var openInterest: DecimalText?
    /// The funding rate per interval, as a fraction of notional.
    public var fundingRate: DecimalText?
    /// When funding is paid next, ns.
    public var nextFundingTime: Int64?
    /// From one payment of funding to the next.
    public var fundingInterval: BarInterval?

    /// A ticker that names nothing yet.
    public init(header: EventHeader, part: Part, isWhole: Bool) {
        self.header = header
        self.part = part
        self.isWhole = isWhole
    }
}
