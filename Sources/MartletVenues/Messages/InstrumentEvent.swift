// Instrument rules and trading state as venues publish them, with the venue's own numbers.

public import MartletModel

/// What one unit of the venue's quantity text is.
@frozen public enum QuantityUnitName: String, CaseIterable, Sendable {
    /// Units of the base asset.
    case base
    /// Contracts; see the multiplier.
    case contracts
    /// Shares.
    case shares
    /// Units of the quote asset.
    case quote
}

/// How an instrument pays, in the envelope's words.
@frozen public enum InstrumentKind: String, CaseIterable, Sendable {
    /// The asset itself changes hands.
    case spot
    /// Pays in the quote asset.
    case linear
    /// Pays in the base asset.
    case inverse
    /// An option.
    case option
}

/// What an instrument allows at the moment.
@frozen public enum TradingState: String, CaseIterable, Sendable {
    /// Orders and cancels.
    case trading
    /// Cancels only.
    case cancelOnly
    /// An auction, or orders before the start.
    case auction
    /// Nothing for now.
    case halted
    /// Not open yet.
    case preOpen
    /// No more, for good or until the next session.
    case closed
    /// The venue's word is none that the codec knows.
    case unknown
}

/// The rules of one instrument; nil where the venue does not say.
@frozen public struct InstrumentEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// How it pays.
    public var kind: InstrumentKind
    /// What it allows.
    public var state: TradingState
    /// The venue's word for ``state``.
    public var stateText: TextSlice?
    /// The asset bought.
    public var baseAsset: TextSlice?
    /// The asset that prices are counted in.
    public var quoteAsset: TextSlice?
    /// The asset that margin and PnL are counted in.
    public var settlementAsset: TextSlice?
    /// What one unit of quantity is.
    public var unit: QuantityUnitName
    /// Price step.
    public var tickSize: DecimalText?
    /// Significant figures a price may have at most, where the venue has such a rule.
    public var priceFiguresMax: Int?
    /// Quantity step.
    public var lotSize: DecimalText?
    /// The smallest order.
    public var minimumQuantity: DecimalText?
    /// The largest order.
    public var maximumQuantity: DecimalText?
    /// The smallest order value.
    public var minimumNotional: DecimalText?
    /// Base units (linear) or quote units (inverse) per contract.
    public var multiplier: DecimalText?
    /// When it expires, ns.
    public var expiryTime: Int64?
    /// From one funding to the next.
    public var fundingInterval: BarInterval?
    /// False where the venue says that programs may not trade it, whatever ``state`` is: people on
    /// the venue's own pages may. True also where the venue has no such rule.
    public var isAPIAllowed: Bool

    /// Rules of which only the instrument and its kind are known.
    @inlinable public init(header: EventHeader, kind: InstrumentKind, unit: QuantityUnitName) {
        self.header = header
        self.kind = kind
        self.unit = unit
        state = .unknown
        isAPIAllowed = true
    }
}

/// A trading state, of one instrument or (instrument nil) of the venue.
@frozen public struct StatusEvent: BitwiseCopyable {
    /// Instrument and time.
    public var header: EventHeader
    /// What is allowed.
    public var state: TradingState
    /// The venue's own word.
    public var text: TextSlice

    /// A state from its facts.
    @inlinable public init(header: EventHeader, state: TradingState, text: TextSlice) {
        self.header = header
        self.state = state
        self.text = text
    }
}
