// What an import of a capture is asked to do, and what it tells afterwards.

public import MartletModel
public import MartletStore
public import MartletVenues

/// How to make an event segment out of captures of a Binance market.
public struct CaptureImportOptions: Sendable {
    /// Whose messages the captures hold.
    public var product: BinanceProduct
    /// The captures, plain, gzip or zstd; each continues the one before.
    public var sources: [String]
    /// The instrument to import, as the venue names it; case does not matter.
    public var symbol: String
    /// Quote asset per tick; nil takes it from ``instrumentList`` or an instrument list in the
    /// captures.
    public var tickSize: ExactDecimal?
    /// Quantity units per lot; nil as for ``tickSize``.
    public var lotSize: ExactDecimal?
    /// A file with the venue's answer to `exchangeInfo`, to take the instrument's rules from.
    public var instrumentList: String?
    /// Only messages received at or after this time.
    public var from: Timestamp?
    /// Only messages received before this time.
    public var to: Timestamp?
    /// Refuse captures with gaps, repeated or late updates, or exchange times that run backwards.
    public var isStrict = false
    /// Keep the complete lines of a torn or corrupt capture.
    public var acceptsTorn = false
    /// Where the segment goes; its sidecar goes beside it.
    public var output: String
    /// Told how far the import is, every 32,768 lines.
    public var progress: (@Sendable (ImportProgress) -> Void)?

    /// An import of one or more captures.
    public init(
        product: BinanceProduct, sources: [String], symbol: String, tickSize: ExactDecimal? = nil,
        lotSize: ExactDecimal? = nil, output: String
    ) {
        self.product = product
        self.sources = sources
        self.symbol = symbol
        self.tickSize = tickSize
        self.lotSize = lotSize
        self.output = output
    }
}

/// How far an import is.
public struct ImportProgress: Hashable, Sendable {
    /// The source being read, counted from 0.
    public let source: Int
    /// How many sources there are.
    public let sourceCount: Int
    /// Lines read so far, over all sources.
    public let lines: Int64
}

/// What an import did.
public struct ImportSummary: Hashable, Sendable {
    /// The sidecar as written.
    public let sidecar: SegmentSidecar
    /// Lines read, over all sources.
    public let lines: Int64
    /// What did not become rows.
    public let skipped: SkippedMessages
}

/// Messages of a capture that did not become rows.
public struct SkippedMessages: Hashable, Sendable {
    /// Of other instruments.
    public var otherInstruments: Int64 = 0
    /// Of kinds that segments do not hold: bars, tickers, account events.
    public var otherKinds: Int64 = 0
    /// Of partial depth streams (`@depth20`), where the instrument's book comes as changes.
    public var partialBooks: Int64 = 0
    /// Answers to subscriptions and requests, errors of the venue.
    public var control: Int64 = 0
    /// Lines in which the recorder noted a fact.
    public var recorderFacts: Int64 = 0
    /// Binary frames.
    public var binary: Int64 = 0
    /// Received before or after the wanted time.
    public var outsideTime: Int64 = 0

    /// Nothing skipped.
    public init() {}
}
