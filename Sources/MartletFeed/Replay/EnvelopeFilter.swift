// Which envelopes are wanted: by type and by instrument.

public import MartletModel
public import MartletVenues

/// Lets events through by their type and instrument. Records of the stream itself always pass,
/// unless types are named and theirs is not among them.
public struct EnvelopeFilter: Sendable {
    /// The words that `type` has in envelopes of events.
    public static let eventTypes = [
        "trade", "book_snapshot", "book_change", "book_ticker", "bar", "mark_price", "index_price",
        "funding", "open_interest", "liquidation", "instrument", "status", "fill", "order",
        "position", "balance",
    ]
    /// The words of records of the stream itself.
    public static let recordTypes = ["gap", "resync", "connect", "disconnect", "heartbeat"]

    private let types: Set<String>
    private let instruments: [[UInt8]]

    /// A filter; empty lists let everything through.
    ///
    /// - Throws: usage for a type that does not exist.
    public init(types: [String] = [], instruments: [String] = []) throws(Failure) {
        for type in types where !(Self.eventTypes + Self.recordTypes).contains(type) {
            throw Failure(
                .usage,
                "--type '\(type)' is none; there are "
                    + (Self.eventTypes + Self.recordTypes).joined(separator: ", "))
        }
        self.types = Set(types)
        self.instruments = instruments.map { Array($0.utf8) }
    }

    /// Whether everything passes.
    public var passesAll: Bool { types.isEmpty && instruments.isEmpty }

    /// Whether records of this type pass.
    public func passes(record type: String) -> Bool { types.isEmpty || types.contains(type) }

    /// Whether an event of a batch passes.
    public func passes(_ event: MarketEvent, of batch: borrowing EventBatch) -> Bool {
        if !types.isEmpty, !types.contains(Self.type(of: event)) { return false }
        guard !instruments.isEmpty else { return true }
        guard let name = Self.header(of: event, batch).instrument else { return false }
        return instruments.contains { name.equals($0, foldingCase: true) }
    }

    private static func type(of event: MarketEvent) -> String {
        switch event {
        case .trade: "trade"
        case .book(let book): book.isSnapshot ? "book_snapshot" : "book_change"
        case .quote: "book_ticker"
        case .bar: "bar"
        case .markPrice: "mark_price"
        case .indexPrice: "index_price"
        case .funding: "funding"
        case .openInterest: "open_interest"
        case .liquidation: "liquidation"
        case .status: "status"
        case .instrument: "instrument"
        case .fill: "fill"
        case .order: "order"
        case .position: "position"
        case .balance: "balance"
        }
    }

    private static func header(
        of event: MarketEvent, _ batch: borrowing EventBatch
    ) -> EventHeader {
        switch event {
        case .trade(let event): event.header
        case .book(let event): event.header
        case .quote(let event): event.header
        case .bar(let event): event.header
        case .markPrice(let event), .indexPrice(let event): event.header
        case .funding(let event): event.header
        case .openInterest(let event): event.header
        case .liquidation(let event): event.header
        case .status(let event): event.header
        case .instrument(let index): batch.instruments[index].header
        case .fill(let event): event.header
        case .order(let index): batch.orders[index].header
        case .position(let index): batch.positions[index].header
        case .balance(let event): event.header
        }
    }
}
