// The mux's end of the pipelines: filters, counts, conflates, writes envelopes.

public import MartletModel
public import MartletVenues

/// Which envelopes leave the mux.
public struct MuxFilter: Sendable {
    /// Types that leave; nil for all.
    public var types: Set<String>?
    /// Patterns of instruments that leave; empty for all.
    public var instruments: [String] = []

    /// Everything leaves.
    public init() {}

    /// All types of envelopes, in the order of the documentation.
    public static let allTypes = [
        "trade", "book_snapshot", "book_change", "book_ticker", "bar", "mark_price", "index_price",
        "funding", "open_interest", "liquidation", "fill", "order", "position", "balance",
        "instrument", "status", "gap", "resync", "disconnect", "connect", "heartbeat",
    ]
}

/// Writes what the pipelines deliver to one output.
///
/// The rule of conflation: while the reader lags, of best bid and ask, mark price, index price,
/// funding, open interest and bars only the latest envelope per instrument waits; trades, books,
/// liquidations, private events and records are never conflated.
public final class MuxSink: LiveSink {
    /// Why a mux ends by itself.
    public enum End: Hashable, Sendable {
        /// So many envelopes as were asked for have left.
        case count
        /// The reader has gone away.
        case closed
        /// The output cannot be written.
        case failure(Failure)
    }

    /// Envelopes that have left, or wait for the reader.
    public private(set) var count: Int64 = 0
    /// Envelopes replaced by later ones while the reader lagged.
    public private(set) var conflatedCount: Int64 = 0
    /// Envelopes that a filter kept back.
    public private(set) var filteredCount: Int64 = 0
    /// Called once when the mux has to end.
    public var onEnd: ((End) -> Void)?

    private struct HeldKey: Hashable {
        let venue: VenueID
        let type: String
        let instrument: String?
    }

    private let output: any MuxOutput
    /// Outputs that name subjects need the instrument of every envelope.
    private let needsName: Bool
    private let filter: MuxFilter
    private let countMax: Int64
    private let say: (String) -> Void
    private var writer = EnvelopeWriter()
    private var held: [HeldKey: [UInt8]] = [:]
    private var heldOrder: [HeldKey] = []

    /// The most instruments and types that wait in place of their newest envelope.
    static let heldMax = 10_000

    /// A sink for one output.
    ///
    /// - Parameters:
    ///   - countMax: The mux ends after so many envelopes; nil for never.
    ///   - note: Takes words for people.
    public init(
        _ output: any MuxOutput, filter: MuxFilter = MuxFilter(), countMax: Int64? = nil,
        note: @escaping (String) -> Void
    ) {
        self.output = output
        needsName = !(output is DescriptorOutput)
        self.filter = filter
        self.countMax = countMax ?? .max
        say = note
    }

    /// Whether the reader lags so far behind that the venues' data have to wait.
    public var isFull: Bool { output.isFull }

    /// Says words to people.
    public func note(_ text: String) { say(text) }

    /// Takes an event.
    public func event(_ index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext) {
        guard count < countMax else { return }
        let event = batch.events[index]
        let type = event.envelopeType
        guard isWanted(type) else { return }
        let instrument =
            filter.instruments.isEmpty && !needsName
            ? nil : event.instrument(in: batch) ?? context.instrument
        guard isWanted(instrument: instrument) else { return }
        writer.removeAll()
        writer.append(event: index, of: batch, context)
        if output.isCongested, event.isConflatable {
            hold(
                HeldKey(
                    venue: context.venue, type: type,
                    instrument: event.instrument(in: batch) ?? context.instrument))
        } else {
            leave(context.venue.name, type, instrument)
        }
    }

    /// Takes a record.
    public func record(
        _ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext
    ) {
        guard count < countMax, isWanted(record.type),
            context.instrument == nil || isWanted(instrument: context.instrument)
        else { return }
        writer.removeAll()
        writer.append(record, channel: channel, context)
        leave(context.venue.name, record.type, context.instrument)
    }

    /// Lets what was collected leave.
    public func flush() {
        do throws(Failure) {
            if !output.isCongested { release() }
            if try !output.flush() { end(.closed) }
        } catch {
            end(.failure(error))
        }
        if count >= countMax { end(.count) }
    }

    /// Sends the rest at the end of a run.
    ///
    /// - Returns: False where the reader has gone away.
    public func finish() throws(Failure) -> Bool {
        release()
        return try output.finish()
    }

    private func isWanted(_ type: String) -> Bool {
        guard let types = filter.types, !types.contains(type) else { return true }
        filteredCount += 1
        return false
    }

    private func isWanted(instrument: String?) -> Bool {
        guard !filter.instruments.isEmpty else { return true }
        if let instrument,
            filter.instruments.contains(where: {
                FeedSource.matches(instrument, pattern: $0)
            })
        {
            return true
        }
        filteredCount += 1
        return false
    }

    private func leave(_ venue: String, _ type: String, _ instrument: String?) {
        // What was held is older than this, and must not come after it.
        if !output.isCongested { release() }
        guard count < countMax else { return flush() }
        count += 1
        output.take(writer.lines, venue: venue, type: type, instrument: instrument)
        if count >= countMax { flush() }
    }

    private func hold(_ key: HeldKey) {
        let line = Array(writer.lines)
        if held.updateValue(line, forKey: key) != nil {
            conflatedCount += 1
        } else {
            heldOrder.append(key)
            if heldOrder.count >= Self.heldMax { release() }
        }
    }

    private func release() {
        guard !heldOrder.isEmpty else { return }
        for key in heldOrder where count < countMax {
            guard let line = held[key] else { continue }
            count += 1
            line.withUnsafeBufferPointer {
                output.take(
                    $0, venue: key.venue.name, type: key.type, instrument: key.instrument)
            }
        }
        held.removeAll(keepingCapacity: true)
        heldOrder.removeAll(keepingCapacity: true)
    }

    private func end(_ end: End) {
        let report = onEnd
        onEnd = nil
        report?(end)
    }
}

extension MarketEvent {
    /// The envelope's `type`.
    var envelopeType: String {
        switch self {
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

    /// Whether a later one of the same instrument makes it worthless.
    var isConflatable: Bool {
        switch self {
        case .quote, .markPrice, .indexPrice, .funding, .openInterest, .bar: true
        default: false
        }
    }

    /// The instrument that it names.
    func instrument(in batch: borrowing EventBatch) -> String? {
        switch self {
        case .trade(let event): event.header.instrument?.string
        case .book(let event): event.header.instrument?.string
        case .quote(let event): event.header.instrument?.string
        case .bar(let event): event.header.instrument?.string
        case .markPrice(let event), .indexPrice(let event): event.header.instrument?.string
        case .funding(let event): event.header.instrument?.string
        case .openInterest(let event): event.header.instrument?.string
        case .liquidation(let event): event.header.instrument?.string
        case .status(let event): event.header.instrument?.string
        case .fill(let event): event.header.instrument?.string
        case .instrument(let place): batch.instruments[place].header.instrument?.string
        case .order(let place): batch.orders[place].header.instrument?.string
        case .position(let place): batch.positions[place].header.instrument?.string
        case .balance: nil
        }
    }
}
