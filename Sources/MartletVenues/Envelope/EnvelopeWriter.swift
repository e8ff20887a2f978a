// Events as envelopes: one JSON line each, appended to a buffer that is reused.

import MartletModel

/// Writes envelopes, version 1: the layout is `docs/reference/envelope.md`.
///
/// Lines collect in ``lines`` until ``removeAll()``; once the buffer has grown to the usual size,
/// writing allocates nothing. Numbers and texts are the venue's own, digit for digit.
public struct EnvelopeWriter: ~Copyable {
    /// The version that is written as `v`.
    public static let version: Int64 = 1

    var bytes: GrowingBuffer<UInt8>
    /// From `"venue"` to the colon of `"instrument"`, and from `"receiveTime"` to the brace of
    /// `"data"`: the same for all lines of a message.
    private var middle: GrowingBuffer<UInt8>
    private var tail: GrowingBuffer<UInt8>

    /// A writer with room for `capacity` bytes before it grows the first time.
    public init(capacity: Int = 1 << 16) {
        bytes = GrowingBuffer(capacity: capacity)
        middle = GrowingBuffer(capacity: 128)
        tail = GrowingBuffer(capacity: 128)
    }

    /// The lines written since ``removeAll()``, each with its line end; valid until the next change.
    public var lines: UnsafeBufferPointer<UInt8> { bytes.values }

    /// How many bytes the lines have.
    public var count: Int { bytes.count }

    /// Forgets the lines and keeps the memory.
    public mutating func removeAll() { bytes.removeAll() }

    /// Adds one line per event of a message, in the order of the message.
    public mutating func append(_ batch: borrowing EventBatch, _ context: EnvelopeContext) {
        guard batch.events.count > 0 else { return }
        prepare(context)
        for index in 0..<batch.events.count { appendPrepared(index, batch, context) }
    }

    /// Adds the line of one event of a message, by its index in ``EventBatch/events``.
    public mutating func append(
        event index: Int, of batch: borrowing EventBatch, _ context: EnvelopeContext
    ) {
        prepare(context)
        appendPrepared(index, batch, context)
    }

    /// Adds a record of the stream itself.
    ///
    /// - Parameters:
    ///   - channel: The channel concerned; nil where the whole connection is.
    ///   - exchangeTime: The venue's time of it, ns, where there is one.
    public mutating func append(
        _ record: FeedRecord, channel: FeedChannel?, _ context: EnvelopeContext,
        exchangeTime: Int64? = nil
    ) {
        prepare(context)
        bytes.append("{\"v\":1,\"type\":")
        bytes.append(json: record.type)
        bytes.append(middle.values)
        bytes.append(jsonOrNull: context.instrument)
        bytes.append(",\"channel\":")
        bytes.append(jsonOrNull: channel?.rawValue)
        bytes.append(",\"exchangeTime\":")
        bytes.append(decimalOrNull: exchangeTime)
        bytes.append(tail.values)
        appendData(of: record)
        bytes.append("}}\n")
    }

    private mutating func prepare(_ context: EnvelopeContext) {
        middle.removeAll()
        middle.append(",\"venue\":")
        middle.append(json: context.venue.name)
        middle.append(",\"instrument\":")
        tail.removeAll()
        tail.append(",\"receiveTime\":")
        tail.append(decimal: context.receiveTime)
        tail.append(",\"connection\":")
        tail.append(decimal: context.connection)
        tail.append(",\"sequence\":")
        tail.append(decimal: context.sequence)
        tail.append(",\"data\":{")
    }

    /// Writes a line up to the brace that opens `data`. The head names the type and the channel.
    @inline(__always)
    private mutating func start(
        _ type: StaticString, _ channel: StaticString, _ header: EventHeader,
        _ fallback: String? = nil
    ) {
        bytes.append("{\"v\":1,\"type\":\"")
        bytes.append(type)
        bytes.append("\"")
        bytes.append(middle.values)
        if let instrument = header.instrument {
            bytes.append(json: instrument)
        } else {
            bytes.append(jsonOrNull: fallback)
        }
        bytes.append(",\"channel\":\"")
        bytes.append(channel)
        bytes.append("\",\"exchangeTime\":")
        bytes.append(decimalOrNull: header.exchangeTime)
        bytes.append(tail.values)
    }

    private mutating func appendPrepared(
        _ index: Int, _ batch: borrowing EventBatch, _ context: EnvelopeContext
    ) {
        let fallback = context.instrument
        switch batch.events[index] {
        case .trade(let event):
            start("trade", "trades", event.header, fallback)
            appendData(of: event)
        case .book(let event):
            let type: StaticString = event.isSnapshot ? "book_snapshot" : "book_change"
            start(type, "l2", event.header, fallback)
            appendData(of: event, batch)
        case .quote(let event):
            start("book_ticker", "bbo", event.header, fallback)
            appendData(of: event)
        case .bar(let event):
            start("bar", "bars", event.header, fallback)
            appendData(of: event)
        case .markPrice(let event):
            start("mark_price", "markprice", event.header, fallback)
            field("\"price\":", event.price)
        case .indexPrice(let event):
            start("index_price", "indexprice", event.header, fallback)
            field("\"price\":", event.price)
        case .funding(let event):
            start("funding", "funding", event.header, fallback)
            appendData(of: event)
        case .openInterest(let event):
            start("open_interest", "openinterest", event.header, fallback)
            field("\"quantity\":", event.quantity)
        case .liquidation(let event):
            start("liquidation", "liquidations", event.header, fallback)
            appendData(of: event)
        case .status(let event):
            // Without an instrument it is the state of the venue.
            start("status", "status", event.header)
            appendData(of: event)
        case .instrument(let place):
            let event = batch.instruments[place]
            start("instrument", "instruments", event.header, fallback)
            appendData(of: event)
        case .fill(let event):
            start("fill", "fills", event.header, fallback)
            appendData(of: event)
        case .order(let place):
            let event = batch.orders[place]
            start("order", "orders", event.header, fallback)
            appendData(of: event)
        case .position(let place):
            let event = batch.positions[place]
            start("position", "positions", event.header, fallback)
            appendData(of: event)
        case .balance(let event):
            // A balance is of an asset, not of an instrument.
            start("balance", "balances", event.header)
            appendData(of: event)
        }
        bytes.append("}}\n")
    }
}
